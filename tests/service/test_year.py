"""A random year, with everything kept up as it goes: recounted from zero it is the same, by the product and by hand.

Events come in any order and late; sweeps run at any moment; at each month's end stars and judgements are frozen.
PORTAL_YEAR says how many things happen in it.
"""

import json
import os
import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from portal.commands.checkup_database import CHECKS
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import local, now
from portal.core.base.database import DB, reading, writing
from portal.core.base.refusals import Refused
from portal.core.stores import actions as stores
from portal.core.web.frame import Frame
from portal.service.assessments import judging, mending, queries, verdicts, versions
from portal.service.assessments.cases import mendings
from portal.service.assessments.criteria import Criteria
from portal.service.facts import keeping, recounting
from portal.service.facts.queries import ORDER_COLUMNS, PARTY_COLUMNS
from portal.service.facts.rules import OrderFacts, PartyFacts
from portal.service.facts.tables import OrderFact
from portal.service.insight import keeping as ways_keeping
from portal.service.insight import recounting as ways_recounting
from portal.service.insight.tables import InsightDay
from portal.service.stars import publishing, runs, setting
from portal.service.stars import queries as star_queries
from portal.service.stars.criteria import FIRST as SHIPPED
from portal.service.stars.spans import month_after, month_of
from tests import make
from tests.service import by_hand
from tests.service.by_hand_parties import party_rows
from tests.service.facts.make import FIRST, Act, Year, forget, keep_all, kept
from tests.service.insight.make import Ways, keep_ways
from tests.service.insight.make import by_hand as ways_by_hand

YEAR = timedelta(days=366)
FEW, MANY = 240, 300  # things that happen, on PostgreSQL and on SQLite
BUYERS = 3  # more, of each store
FROZEN = {
    "star_inputs": "SELECT * FROM star_inputs ORDER BY id",
    "star_results": "SELECT * FROM star_results ORDER BY id",
    "assessment_verdicts": "SELECT * FROM assessment_verdicts ORDER BY id",
}


@dataclass
class Platform(Ways):
    """A platform whose months end: stars are run and published, parties judged, and what was frozen is noted."""

    second: int = 0
    month: str = ""
    frozen: dict[str, dict[int, str]] = field(default_factory=lambda: {name: {} for name in FROZEN})

    async def open(self) -> None:
        await super().open()
        self.month = month_of(self.at)
        for _ in range(9):
            await self.certify()
        self.second = await make.person("admin", "周宁", self.at)
        for number, store in enumerate(self.stores):
            for buyer in range(BUYERS):
                vip, _ = await stores.bind_vip(
                    SYSTEM,
                    external_id=f"more-{number}-{buyer}",
                    name="王芳",
                    phone=f"13722{number}{buyer}0000",
                    store_id=store,
                    registered_at=self.at,
                    via="owner",
                    at=self.at,
                )
                self.buyers.append(vip)
        fair = replace(SHIPPED, orders=3, vips=2, ratings=0, active_days=30)
        await setting.set_criteria(SYSTEM, self.managers[0], fair, month_after(self.month), "few orders", 1, self.at)
        strict = Criteria(window_days=180, proof_from=2, watch_from=2, plain_from=10, fresh_from=3, fresh_days=30)
        await versions.set_criteria(SYSTEM, self.managers[0], strict, self.at, "few orders", 0, self.at)

    def acts(self) -> tuple[Act, ...]:
        more: tuple[Act, ...] = (self.certify, self.link, *(self.visit,) * 3, *(self.earn,) * 2, *(self.reply,) * 2)
        sweeps: tuple[Act, ...] = (*(self.keep_up,) * 5, self.keep_some, self.look, self.end)
        often: tuple[Act, ...] = (*(self.place,) * 6, *(self.complain,) * 3, *(self.find,) * 5, *(self.rate,) * 4)
        return (*Year.acts(self), *often, *more, *sweeps)

    async def rate(self) -> bool:
        """Orders lie days apart here, and most are too old or too young to be rated: one that is not."""
        for _ in range(15):
            try:
                return await super().rate()
            except Refused:
                continue
        return False

    async def find(self) -> bool:
        """Several at once, so that parties are judged on more than chance."""
        return any([await super(Platform, self).find() for _ in range(4)])

    async def keep_up(self) -> None:
        await self.dice.choice((keeping.keep, keeping.notice))()

    async def look(self) -> None:
        """Judge what is over, whether its facts are all there or not."""
        await judging.judge_day(local(self.at).date() - timedelta(days=1), self.at)

    async def live(self, steps: int) -> None:
        acts, until = self.acts(), FIRST + YEAR
        step = YEAR / steps
        while self.at < until:
            self.at += step * 2 * self.dice.random()
            while self.month < month_of(self.at):
                await self.end_month()
            await self.happen(self.dice.choice(acts))

    async def end_month(self) -> None:
        """What time brings on the first: stars of the month by two people, parties judged, who must mend answers."""
        await keep_all()
        run_id = await runs.begin(self.month, self.at)
        assert run_id is not None
        while await runs.work(run_id, self.at):
            pass
        await publishing.propose(SYSTEM, self.managers[0], self.month, self.at)
        await publishing.confirm(SYSTEM, self.second, self.month, self.at)
        await self.look()
        async with reading():
            ordered = await mendings("r.state = 'ordered'")
        for each in ordered:
            await mending.submit(SYSTEM, each.ref, "x", (), self.at)
            await mending.accept(SYSTEM, self.second, each.ref, "x", self.at)
        for name, rows in (await snapshots()).items():
            self.frozen[name] |= rows
        self.month = month_after(self.month)


async def snapshots() -> dict[str, dict[int, str]]:
    async with reading():
        return {
            name: {row["id"]: json.dumps(row, default=str) for row in await OrderFact.raw(sql)}
            for name, sql in FROZEN.items()
        }


async def _nothing(what: str, done: int, total: int) -> None:
    """Nobody looks at the progress."""


async def test_a_year_of_anything_recomputed_from_zero_is_what_was_kept(app: Frame, school: None) -> None:
    on_sqlite = DB.engine_type == "sqlite"
    steps = int(os.environ.get("PORTAL_YEAR", MANY if on_sqlite else FEW))
    year = Platform(random.Random(steps + on_sqlite))
    await year.open()
    await year.live(steps)
    await year.erase()
    await keep_ways()
    await _the_same_by_hand()
    await _the_same_from_nothing()
    await _frozen_stays(year)
    await _the_doctor_is_content()
    happened = {name for name, times in year.done.items() if times}
    assert happened >= {"place", "change", "send", "rate", "complain", "find", "give_back", "move_store", "appoint"}


async def _the_same_by_hand() -> None:
    there = await by_hand.world()
    orders = [by_hand.order_row(there, one) for one in there.tables["orders"]]
    parties = [row for one in there.tables["orders"] for row in party_rows(there, one)]
    assert orders
    assert parties
    for name, columns, flags, key, found in (
        ("order_facts", OrderFacts, by_hand.ORDER_FLAGS, ("order_of",), orders),
        ("party_facts", PartyFacts, by_hand.PARTY_FLAGS, ("order_of", "party"), parties),
    ):
        rows = await by_hand.rows_of(name, columns.__dataclass_fields__, flags, key)
        _agree(rows, {tuple(row[each] for each in key): row for row in found})
    for name, names, keys, days in (
        ("order_days", ORDER_COLUMNS, ("scope", "key", "day"), by_hand.order_days(orders)),
        ("party_days", PARTY_COLUMNS, ("party", "day"), by_hand.party_days(parties)),
    ):
        rows = await by_hand.rows_of(name, (*keys, *names), (), keys)
        _agree({key: {each: row[each] for each in names} for key, row in rows.items()}, days)
    async with reading():
        ways = await ways_recounting.kept_days()
    assert ways == await ways_by_hand((local(now()) - timedelta(days=1)).date().isoformat())


def _agree(kept_rows: Mapping[Any, Any], counted: Mapping[Any, Any]) -> None:
    """Said by the first that differs: a whole year is too long to read."""
    assert kept_rows.keys() == counted.keys()
    for key, row in counted.items():
        assert kept_rows[key] == row


async def _the_same_from_nothing() -> None:
    before = await kept()
    assert await recounting.recount(now(), _nothing) == 0
    assert await kept() == before
    await forget()
    assert await recounting.recount(now(), _nothing) == len(before["order_facts"])
    await keep_all()
    assert await kept() == before
    async with reading():
        ways = await ways_recounting.kept_days()
    async with writing():
        for table in ("insight_days", "store_marks"):
            await InsightDay.raw(f"DELETE FROM {table}")
    await ways_recounting.recount(now(), _nothing)
    await ways_keeping.miss()
    async with reading():
        assert await ways_recounting.kept_days() == ways


async def _frozen_stays(year: Platform) -> None:
    """Later events have changed no row of what was frozen, and each replays from what it kept."""
    present = await snapshots()
    for name, rows in year.frozen.items():
        assert rows, name
        for row_id, row in rows.items():
            assert present[name][row_id] == row
    stars = set()
    for result_id in present["star_results"]:
        async with reading():
            found = await star_queries.explained_by_id(result_id)
        assert found is not None
        assert found.same
        stars.add(found.result.star)
    assert stars > {None}
    async with reading():
        refs = [row["ref"] for row in await OrderFact.raw("SELECT ref FROM assessment_verdicts")]
        for ref in refs:
            assert (await verdicts.replay(await queries.verdict(ref))).same


async def _the_doctor_is_content() -> None:
    found = [await check() for check in CHECKS if check.__name__ in ("_facts", "_ways", "_promise", "_orphans")]
    assert [(each.level, each.text) for each in found if each.level != "ok"] == []
