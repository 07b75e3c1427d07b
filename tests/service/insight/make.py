"""Makers: a random year with certificates, links, visits, earnings and replies, and the same counted by hand."""

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from certification.certificates.tables import Certificate
from portal.core.base.audit import SYSTEM
from portal.core.base.database import reading, writing
from portal.core.base.ids import new_number
from portal.core.stores import actions as stores
from portal.service.earnings.tables import EarningLine, LedgerTransaction
from portal.service.insight import keeping
from portal.service.insight.rules import DaySums
from portal.service.insight.tables import InsightDay
from portal.service.sharing import actions as sharing
from portal.service.sharing.tables import ShareLink
from portal.service.voices.tables import Thread, ThreadMessage
from tests import make
from tests.service.facts.make import Year, keep_all

ZONE = ZoneInfo("Asia/Shanghai")
Days = dict[tuple[str, str, str], DaySums]


async def rows(sql: str, *values: Any) -> list[dict[str, Any]]:
    async with reading():
        found: list[dict[str, Any]] = await InsightDay.raw(sql, *values)
        return found


def day(at: datetime) -> str:
    return at.astimezone(ZONE).date().isoformat()


@dataclass
class Ways(Year):
    """A year in which owners also learn, share, earn and answer; rows that other rooms write are put down here."""

    links: list[int] = field(default_factory=list)
    ended: bool = False

    async def beside(self, steps: int) -> None:
        acts = (self.certify, self.link, *(self.visit,) * 5, self.earn, *(self.reply,) * 4, self.move_store, self.end)
        for _ in range(steps):
            self.at += timedelta(minutes=self.dice.randrange(60, 2_500))
            act: Callable[[], Any] = self.dice.choice(acts)
            await act()
            if self.dice.random() < 0.3:
                await self.keep_some()

    async def keep_some(self) -> None:
        await self.dice.choice((keeping.keep, keeping.count))()

    def _any_store(self) -> tuple[int, int]:
        number = self.dice.randrange(len(self.stores))
        return self.stores[number], self.owners[number]

    async def certify(self) -> None:
        _, owner = self._any_store()
        async with writing():
            found = await InsightDay.raw(
                "SELECT a.id, a.curriculum_version FROM assignments a WHERE a.person = {}"
                " AND NOT EXISTS (SELECT 1 FROM certificates c WHERE c.assignment = a.id) LIMIT 1",
                owner,
            )
            for row in found:
                await Certificate.insert(
                    Certificate(
                        number=new_number(),
                        person=owner,
                        assignment=row["id"],
                        curriculum_version=row["curriculum_version"],
                        holder_name="何晓梅",
                        store_name="小店",
                        issued_at=self.at,
                        valid_until=self.at + timedelta(days=365),
                    )
                )

    async def link(self) -> None:
        store, _ = self._any_store()
        async with writing():
            decision = await InsightDay.raw("SELECT id FROM gate_decisions WHERE store = {} LIMIT 1", store)
            known = await InsightDay.raw("SELECT id FROM share_links WHERE store = {}", store)
            if decision and not known:
                row = ShareLink(code=make.serial("link"), store=store, made_at=self.at, decision=decision[0]["id"])
                self.links.append((await ShareLink.insert(row))[0]["id"])

    async def visit(self) -> None:
        if self.links:
            await sharing.count_visit(self.dice.choice(self.links), self.at)

    async def earn(self) -> None:
        async with writing():
            found = await InsightDay.raw(
                "SELECT l.id, o.store FROM order_lines l JOIN orders o ON o.id = l.order_of"
                " WHERE NOT EXISTS (SELECT 1 FROM ledger_transactions m JOIN earning_lines e ON e.id = m.line"
                " WHERE e.order_line = l.id) ORDER BY l.id DESC LIMIT 1"
            )
            for row in found:
                line = await InsightDay.raw("SELECT id FROM earning_lines WHERE order_line = {}", row["id"])
                if not line:
                    earning = EarningLine(
                        order_line=row["id"],
                        store=row["store"],
                        placed_at=self.at,
                        why="link",
                        bp=1000,
                        state="pending",
                    )
                    earning.at = self.at
                    line = await EarningLine.insert(earning)
                await LedgerTransaction.insert(
                    LedgerTransaction(
                        line=line[0]["id"],
                        store=row["store"],
                        number=1,
                        kind="accrue",
                        cause="paid",
                        fen=100,
                        at=self.at,
                        month=day(self.at)[:7],
                    )
                )

    async def reply(self) -> None:
        async with writing():
            found = await InsightDay.raw("SELECT id, store, vip FROM orders ORDER BY id DESC LIMIT 8")
            if not found:
                return
            order = self.dice.choice(found)
            known = await InsightDay.raw("SELECT id FROM threads WHERE order_of = {}", order["id"])
            if not known:
                known = await Thread.insert(
                    Thread(
                        ref=make.serial("thread"),
                        order_of=order["id"],
                        store=order["store"],
                        vip=order["vip"],
                        opened_at=self.at,
                        last_at=self.at,
                    )
                )
            seconds = self.dice.choice((None, 40, 3_600, 9_000, 80_000, 200_000))
            await ThreadMessage.insert(
                ThreadMessage(thread=known[0]["id"], at=self.at, text="x", reply_seconds=seconds)
            )

    async def end(self) -> None:
        if self.dice.random() < 0.2 and not self.ended:
            self.ended = True
            await stores.close_store(SYSTEM, self.stores[2], self.at)


async def lived(seed: int, steps: int, beside: int) -> Ways:
    """Such a year, and everything kept up to its end."""
    year = Ways(random.Random(seed))
    await year.open()
    half = steps // 2
    await year.go(half)
    await year.beside(beside)
    await year.go(steps - half)
    await year.beside(beside)
    await keep_ways()
    for _ in range(4):
        await year.move_store()
        await year.visit()
        await year.reply()
    await keep_ways()
    return year


async def keep_ways() -> None:
    await keep_all()
    for sweep in (keeping.keep, keeping.count, keeping.miss):
        while await sweep() >= keeping.BATCH:
            pass


# ---- by hand, from the rows of the rooms below ----


async def by_hand(until: str) -> Days:
    """Every day counted with plain loops over raw rows."""
    found: dict[tuple[str, str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    regions = {one["id"]: one["region"] or "" for one in await rows("SELECT id, region FROM stores")}

    def put(store: int, when: str, column: str, n: int = 1) -> None:
        for key in (("platform", "", when), ("region", regions[store], when)):
            found[key][column] += n

    await _ways(put)
    for visit in await rows("SELECT l.store, v.day, v.visits FROM link_visits v JOIN share_links l ON l.id = v.link"):
        put(visit["store"], visit["day"], "visits", visit["visits"])
    for said in await rows(
        "SELECT t.store, m.at, m.reply_seconds AS s FROM thread_messages m JOIN threads t ON t.id = m.thread"
        " WHERE m.reply_seconds IS NOT NULL"
    ):
        put(said["store"], day(said["at"]), "replies")
        hours = said["s"] / 3600
        column = "in_hour" if hours <= 1 else "in_four" if hours <= 4 else "in_day" if hours <= 24 else "over_day"
        put(said["store"], day(said["at"]), column)
    await _lost(put, until)
    return {key: DaySums(**columns) for key, columns in found.items()}


Put = Callable[..., None]


async def _ways(put: Put) -> None:
    certified = await rows("SELECT person, issued_at AS at FROM certificates ORDER BY id DESC")
    shared = await rows("SELECT store, made_at AS at FROM share_links ORDER BY id DESC")
    earned = await rows("SELECT store, at FROM ledger_transactions WHERE kind = 'accrue' ORDER BY id DESC")
    of_person, of_links, of_ledger = (
        {one[name]: one["at"] for one in many}
        for name, many in (("person", certified), ("store", shared), ("store", earned))
    )
    for store in await rows("SELECT id, owner, opened_at, closed_at, kit_returned_at FROM stores"):
        when = day(store["opened_at"])
        put(store["id"], when, "opened")
        if store["closed_at"] or store["kit_returned_at"]:
            put(store["id"], when, "closed")
        if store["id"] in of_links:
            put(store["id"], when, "shared")
        if store["id"] in of_ledger:
            put(store["id"], when, "earned")
        if store["owner"] in of_person:
            put(store["id"], when, "certified")
            days = (of_person[store["owner"]] - store["opened_at"]) / timedelta(days=1)
            spans = ((3, "in_3"), (7, "in_7"), (14, "in_14"), (30, "in_30"))
            put(store["id"], when, next((name for most, name in spans if days <= most), "over_30"))


async def _lost(put: Put, until: str) -> None:
    """Who ordered at least twice, from the orders themselves."""
    lines: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for order in await rows(
        "SELECT o.id, o.vip, o.store, o.placed_at, o.status, f.own FROM orders o JOIN order_facts f"
        " ON f.order_of = o.id WHERE o.status <> 'cancelled' ORDER BY o.placed_at, f.id"
    ):
        lines[order["vip"]].append(order)
    for orders in lines.values():
        counted = sorted(
            (one for one in orders if one["status"] != "refunded"), key=lambda o: (o["placed_at"], o["id"])
        )
        for number, order in enumerate(orders):
            if order["own"] or order not in counted or counted.index(order) < 1:
                continue
            gone = (date.fromisoformat(day(order["placed_at"])) + timedelta(days=90)).isoformat()
            following = orders[number + 1] if number + 1 < len(orders) else None
            if gone <= until and (following is None or day(following["placed_at"]) > gone):
                put(order["store"], gone, "lost")
