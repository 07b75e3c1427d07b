"""Random lives of orders against an oracle: whatever happens in whatever order, the ledger is balanced and right.

Each example is one or two orders living through random events on a real database, all of it taken back at the end.
The oracle is written down separately, from the mission's words.
"""

import asyncio
import os
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal import wiring
from portal.core.base.audit import SYSTEM
from portal.core.base.database import connect, disconnect, reading, writing
from portal.core.base.hooks import OrderFact
from portal.service.earnings import ledger, queries
from portal.service.earnings.actions import on_order, set_without_link
from portal.service.earnings.sweeps import release_all
from portal.service.earnings.tables import EarningLine, LedgerEntry, LedgerTransaction
from portal.service.orders.actions import put_order
from portal.service.orders.rules import LineFacts, OrderFacts, Status
from tests import make
from tests.make import START
from tests.service.earnings import make as earn
from tests.service.orders import make as bought

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EXAMPLES = int(os.environ.get("PORTAL_TEST_LEDGERS", "600"))
RATES = (500, 777, 1_200, 2_000)


Happening = tuple[str, int, int]


class Taken(Exception):
    """Everything of an example is taken back."""


@dataclass
class Town:
    """What all examples share: a store, its buyer, links and products."""

    store_id: int = 0
    buyer: Any = None
    codes: dict[str, str | None] = field(default_factory=dict)
    products: list[str] = field(default_factory=list)
    open_lines: set[int] = field(default_factory=set)

    async def held(self, order_lines: Collection[int]) -> set[int]:
        return self.open_lines & set(order_lines)


TOWN = Town()


@dataclass
class OracleLine:
    """What the mission says of one line, kept by hand beside the software."""

    bp: int
    paid: int
    refunded: int = 0
    there: bool = True
    released: bool = False


def half_even(exact: Fraction) -> int:
    return round(exact)  # of a fraction, Python rounds half to even


def week_after(delivered: datetime) -> datetime:
    """The day of delivery is not counted, and the seventh day after it is whole, in China."""
    there = delivered + 8 * HOUR
    return there.replace(hour=0, minute=0, second=0, microsecond=0) + 8 * DAY - 8 * HOUR


@dataclass
class OracleOrder:
    """An order beside the software: the verdict of its link and day, its lines, its delivery."""

    told: OrderFacts
    lines: dict[str, OracleLine]
    earns: bool
    ever_without_right: bool
    delivered: datetime | None = None
    history: list[OrderFacts] = field(default_factory=list)

    def due_of(self, line: OracleLine) -> int:
        if not self.earns or not line.there or self.told.status in (Status.PLACED, Status.CANCELLED, Status.REFUNDED):
            return 0
        return half_even(Fraction((line.paid - line.refunded) * line.bp, 10_000))


_LINES = (
    "SELECT o.number, l.line, e.id, e.pending_fen, e.payable_fen, e.reversed_fen, e.moves FROM earning_lines e"
    " JOIN order_lines l ON l.id = e.order_line JOIN orders o ON o.id = l.order_of ORDER BY e.id"
)
QUIET = {"return", "jump", "sweep"}  # what happens without a word of the shop


class Life:
    """One or two orders living through events, and the oracle beside them."""

    def __init__(self) -> None:
        self.at = START + 10 * DAY
        self.rights: list[tuple[datetime, bool, datetime]] = [(START, True, START + 90 * DAY)]
        self.without_link = False
        self.orders: dict[str, OracleOrder] = {}
        self.open: set[tuple[str, str]] = set()
        self.versions = 0

    # ---- the oracle ----

    def right_at(self, moment: datetime) -> bool:
        found = [one for one in self.rights if one[0] <= moment]
        return bool(found) and found[-1][1] and moment < found[-1][2]

    def verdict(self, link: str, placed_at: datetime) -> bool:
        own = link == "own"
        return self.right_at(placed_at) and (own or self.without_link)

    def settle(self, number: str) -> None:
        order = self.orders[number]
        for name, line in order.lines.items():
            over = order.delivered is not None and week_after(order.delivered) <= self.at
            if over and (number, name) not in self.open and order.due_of(line) > 0:
                line.released = True

    # ---- what happens ----

    async def live(self, event: str, a: int, b: int) -> None:
        self.at += HOUR
        await getattr(self, f"_{event}")(a, b)
        if event in QUIET:
            await self.settle_all()
        if self.orders:
            await self.agree()

    async def agree(self) -> None:
        """At every moment the lines say what the oracle says."""
        rows = await EarningLine.raw(_LINES)
        found = {(row["number"], row["line"]): (row["pending_fen"], row["payable_fen"]) for row in rows}
        for number, order in self.orders.items():
            for name, line in order.lines.items():
                due = order.due_of(line)
                assert found[number, name] == ((0, due) if line.released else (due, 0)), (number, name, self.at)
                assert due == 0 or not order.ever_without_right, "it earned though the right did not hold"

    def _one(self, a: int) -> OracleOrder | None:
        numbers = sorted(self.orders)
        return self.orders[numbers[a % len(numbers)]] if numbers else None

    async def _order(self, a: int, b: int) -> None:
        if len(self.orders) == 2:
            return
        link = ("own", "own", "none", "foreign", "unknown")[a % 5]
        placed_at = self.at - (b % 60) * HOUR
        lines = tuple(
            LineFacts(str(n), TOWN.products[(a + n) % len(RATES)], "草莓", 1, (b * (n + 3)) % 20_011)
            for n in range(1 + b % 3)
        )
        facts = OrderFacts(
            number=make.serial("ledger"),
            updated_at=self._version(),
            placed_at=placed_at,
            status=(Status.PLACED, Status.PAID)[a % 2],
            vip=TOWN.buyer.external_id,
            address=bought.ADDRESS,
            lines=lines,
            paid_fen=sum(line.paid_fen for line in lines),
            share_code=TOWN.codes[link],
        )
        known = {line.line: OracleLine(RATES[TOWN.products.index(line.product)], line.paid_fen) for line in facts.lines}
        right = self.right_at(placed_at)
        self.orders[facts.number] = OracleOrder(facts, known, self.verdict(link, placed_at), not right)
        await self._tell(facts)

    def _version(self) -> datetime:
        self.versions += 1
        return START + self.versions * timedelta(seconds=1)

    async def _tell(self, facts: OrderFacts) -> None:
        order = self.orders[facts.number]
        order.told = facts
        order.history.append(facts)
        if facts.delivered_at is not None:
            order.delivered = facts.delivered_at
        elif order.delivered is None and facts.status in (Status.DELIVERED, Status.COMPLETED):
            order.delivered = facts.updated_at
        for name, line in order.lines.items():
            now_told = next((one for one in facts.lines if one.line == name), None)
            line.there = now_told is not None
            if now_told is not None:
                line.paid, line.refunded = now_told.paid_fen, now_told.refunded_fen
        await put_order(SYSTEM, facts, self.at)
        self.settle(facts.number)

    async def _change(self, order: OracleOrder, **changes: object) -> None:
        await self._tell(replace(order.told, updated_at=self._version(), **changes))  # type: ignore[arg-type]

    async def _status(self, a: int, b: int) -> None:
        if order := self._one(a):
            when = order.told.delivered_at if b % 2 else None  # the shop need not say it again
            await self._change(order, status=list(Status)[b % len(Status)], delivered_at=when)

    async def _pay(self, a: int, b: int) -> None:
        if order := self._one(a):
            await self._change(order, status=Status.PAID)

    async def _deliver(self, a: int, b: int) -> None:
        if order := self._one(a):
            when = max(self.at - (b % 240) * HOUR, order.told.placed_at)
            await self._change(order, status=Status.DELIVERED, delivered_at=when)

    async def _refund(self, a: int, b: int) -> None:
        if order := self._one(a):
            line = order.told.lines[b % len(order.told.lines)]
            back = replace(line, refunded_fen=(b * 7_919) % (line.paid_fen + 1))
            await self._change(order, lines=tuple(back if one is line else one for one in order.told.lines))

    async def _whole_refund(self, a: int, b: int) -> None:
        if order := self._one(a):
            lines = tuple(replace(line, refunded_fen=line.paid_fen) for line in order.told.lines)
            await self._change(order, lines=lines)

    async def _price(self, a: int, b: int) -> None:
        if order := self._one(a):
            line = order.told.lines[0]
            paid = replace(line, paid_fen=line.refunded_fen + b)
            await self._change(order, lines=(paid, *order.told.lines[1:]))

    async def _drop(self, a: int, b: int) -> None:
        if (order := self._one(a)) and len(order.told.lines) > 1:
            await self._change(order, lines=order.told.lines[:-1])

    async def _bring_back(self, a: int, b: int) -> None:
        if order := self._one(a):
            await self._change(order, lines=order.history[0].lines)

    async def _link(self, a: int, b: int) -> None:
        if order := self._one(a):
            before = self._link_of(order)
            link = ("own", "none", "foreign")[b % 3]
            if before != link:
                order.earns = self.verdict(link, order.told.placed_at)
                order.ever_without_right = not self.right_at(order.told.placed_at)
            await self._change(order, share_code=TOWN.codes[link])

    def _link_of(self, order: OracleOrder) -> str:
        named = next(name for name, code in TOWN.codes.items() if code == order.told.share_code)
        return "none" if named == "unknown" else named

    async def _replay(self, a: int, b: int) -> None:
        """The shop's word of before comes again, late or twice."""
        if order := self._one(a):
            await put_order(SYSTEM, order.history[b % len(order.history)], self.at)
            await on_order(OrderFact((await self._held(order)), self.at, SYSTEM))
            self.settle(order.told.number)

    async def _held(self, order: OracleOrder) -> int:
        rows = await EarningLine.raw("SELECT id FROM orders WHERE number = {}", order.told.number)
        return int(rows[0]["id"])

    async def _return(self, a: int, b: int) -> None:
        """A return opens on a line, or closes."""
        if order := self._one(a):
            name = sorted(order.lines)[b % len(order.lines)]
            self.open ^= {(order.told.number, name)}
            rows = await EarningLine.raw(
                "SELECT l.id FROM order_lines l JOIN orders o ON o.id = l.order_of WHERE o.number = {} AND l.line = {}",
                order.told.number,
                name,
            )
            TOWN.open_lines ^= {row["id"] for row in rows}

    async def _right(self, a: int, b: int) -> None:
        """Suspended, restored, or soon expiring."""
        suspended, until = a % 2 == 0, self.at + (b % 40) * HOUR + HOUR
        self.rights.append((self.at, not suspended, until))
        await earn.decision(TOWN.store_id, self.at, until=until, suspended=suspended)

    async def _setting(self, a: int, b: int) -> None:
        self.without_link = b % 2 == 0
        await set_without_link(SYSTEM, self.without_link, self.at)

    async def _jump(self, a: int, b: int) -> None:
        self.at += ((a * b) % 300 - 30) * HOUR

    async def _sweep(self, a: int, b: int) -> None:
        await release_all(self.at)

    async def settle_all(self) -> None:
        for number in sorted(self.orders):
            await on_order(OrderFact(await self._held(self.orders[number]), self.at, SYSTEM))
            self.settle(number)


async def check(life: Life) -> None:
    """Every transaction is balanced, the accounts add up to the lines, and no move is missing or there twice."""
    await life.agree()
    rows = await EarningLine.raw(_LINES)
    entries = await LedgerEntry.select(LedgerEntry.move, LedgerEntry.account, LedgerEntry.fen)
    sums: dict[int, int] = {}
    accounts = {"commission_expense": 0, "owner_pending": 0, "owner_payable": 0}
    for entry in entries:
        sums[entry["move"]] = sums.get(entry["move"], 0) + entry["fen"]
        accounts[entry["account"]] += entry["fen"]
    assert not any(sums.values())
    assert accounts["owner_pending"] == sum(row["pending_fen"] for row in rows)
    assert accounts["owner_payable"] == sum(row["payable_fen"] for row in rows)
    assert accounts["commission_expense"] == -accounts["owner_pending"] - accounts["owner_payable"]
    moves = await LedgerTransaction.select(LedgerTransaction.line, LedgerTransaction.number, LedgerTransaction.fen)
    assert all(move["fen"] > 0 for move in moves)
    for row in rows:
        numbers = sorted(move["number"] for move in moves if move["line"] == row["id"])
        assert numbers == list(range(1, row["moves"] + 1))
    assert (await queries.balance_check()).whole


async def everything_again(life: Life) -> None:
    """Every word of the shop once more, in another order, and the clock's sweep: nothing may move."""
    before = await LedgerTransaction.count()
    for order in life.orders.values():
        for facts in [*order.history[::-1], order.told]:
            await put_order(SYSTEM, facts, life.at)
    await life.settle_all()
    await release_all(life.at)
    assert await LedgerTransaction.count() == before


async def _live(events: list[Happening]) -> None:
    TOWN.open_lines.clear()
    with suppress(Taken):
        async with writing():
            life = Life()
            for event in events:
                await life.live(*event)
            await life.settle_all()
            await everything_again(life)
            await check(life)
            raise Taken


NAMES = [
    "order", "order", "status", "pay", "deliver", "deliver", "deliver", "refund", "refund", "whole_refund", "price", "drop", "bring_back",
    "link", "replay", "replay", "return", "return", "right", "right", "setting", "jump", "jump", "sweep",
]  # fmt: skip
EVENTS = st.tuples(st.sampled_from(NAMES), st.integers(0, 97), st.integers(0, 30_011))
BEFORE = st.tuples(st.sampled_from(["right", "right", "jump", "setting"]), st.integers(0, 97), st.integers(0, 30_011))
FIRST = st.tuples(st.just("order"), st.integers(0, 97), st.integers(0, 30_011))


@pytest.fixture
def town(database_url: str) -> Iterator[asyncio.Runner]:
    """A loop of our own with a connected database, a certified store, its buyer, links, and products of four rates."""

    async def begin() -> None:
        wiring.join()
        await connect(database_url)
        owner, other = await make.owner("李芳", START - DAY), await make.owner("王梅", START - DAY)
        TOWN.store_id = owner.store_id
        TOWN.buyer = await bought.vip(owner, START)
        TOWN.codes = {"none": None, "unknown": "no-such-code"}
        for name, store in (("own", owner.store_id), ("foreign", other.store_id)):
            decided = await earn.decision(store, START, until=START + 90 * DAY)
            TOWN.codes[name] = await earn.link(store, decided, START)
        TOWN.products = [await make.product(START, commission_bp=bp) for bp in RATES]

    held = TOWN.held
    with asyncio.Runner() as runner:
        runner.run(begin())
        ledger.HOLDS.append(held)
        yield runner
        runner.run(disconnect())
    ledger.HOLDS.remove(held)


@pytest.mark.slow
def test_no_life_of_an_order_unbalances_the_ledger(town: asyncio.Runner, database_url: str) -> None:
    examples = EXAMPLES if database_url.startswith("sqlite") else EXAMPLES // 12

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(BEFORE, max_size=3), FIRST, st.lists(EVENTS, min_size=1, max_size=5))
    def lives(before: list[Happening], first: Happening, events: list[Happening]) -> None:
        town.run(_live([*before, first, *events]))

    lives()


def test_a_life_that_uses_everything(town: asyncio.Runner) -> None:
    town.run(
        _live(
            [("order", 1, 5_902), ("deliver", 0, 1), ("return", 0, 0), ("jump", 1, 230), ("sweep", 0, 0),
             ("return", 0, 0), ("jump", 1, 40), ("sweep", 0, 0), ("refund", 0, 301), ("right", 0, 3), ("order", 0, 77),
             ("link", 1, 0), ("replay", 0, 0), ("price", 0, 8_000), ("drop", 0, 0), ("bring_back", 0, 0),
             ("whole_refund", 1, 0), ("status", 0, 5)]
        )
    )  # fmt: skip


def test_the_doctor_sees_what_does_not_add_up(town: asyncio.Runner) -> None:
    async def tampered() -> None:
        with suppress(Taken):
            async with writing():
                life = Life()
                await life.live("order", 1, 5_902)
                assert (await queries.balance_check()).whole
                await LedgerEntry.update({LedgerEntry.fen: 1}).where(LedgerEntry.account == "owner_pending")
                found = await queries.balance_check()
                assert found.unbalanced > 0
                assert found.apart > 0
                raise Taken

    async def counted() -> int:
        async with reading():
            return int(await LedgerTransaction.count())

    town.run(tampered())
    assert town.run(counted()) == 0
