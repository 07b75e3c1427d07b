"""Marks and days kept up with a random year are what plain loops over the rows come to, and the same from nothing."""

import asyncio
from datetime import timedelta

import pytest

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import local, now
from portal.core.base.database import DB, reading, writing
from portal.core.stores import actions as stores
from portal.core.web.frame import Frame
from portal.service.insight import keeping, queries, recounting
from portal.service.insight.rules import DaySums, added, period_of
from portal.service.insight.scopes import Scope
from portal.service.insight.tables import InsightDay
from tests.service.insight.make import by_hand, keep_ways, lived, rows


async def _nothing(what: str, done: int, total: int) -> None:
    """Nobody looks at the progress."""


async def _kept() -> dict[tuple[str, str, str], DaySums]:
    async with reading():
        return await recounting.kept_days()


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_year_kept_up_is_the_year_counted_by_hand_and_from_nothing(seed: int, app: Frame, school: None) -> None:
    on_sqlite = DB.engine_type == "sqlite"
    await lived(seed if on_sqlite else seed + 100, 160 if on_sqlite else 90, 60)
    yesterday = (local(now()) - timedelta(days=1)).date().isoformat()
    before = await _kept()
    assert before == await by_hand(yesterday)
    sums = DaySums()
    for key, one in before.items():
        sums = added(sums, one) if key[0] == "platform" else sums
    assert min(sums.opened, sums.certified, sums.shared, sums.earned, sums.visits, sums.replies, sums.lost) > 0
    assert await recounting.recount(now(), _nothing) == 0
    assert await _kept() == before
    async with writing():
        for table in ("insight_days", "store_marks"):
            await InsightDay.raw(f"DELETE FROM {table}")
    assert await recounting.recount(now(), _nothing) == len(await rows("SELECT id FROM stores"))
    assert await _kept() == before


async def test_a_team_added_up_as_it_is_says_what_its_region_keeps(app: Frame, school: None) -> None:
    """Two ways to the same figures: a manager with all stores of a region, and the sums kept of the region."""
    year = await lived(5, 120, 60)
    for store in year.stores:
        await stores.appoint_manager(SYSTEM, store, year.managers[0], now())
    await keep_ways()
    span = period_of(365, (local(year.at) + timedelta(days=100)).date())
    async with reading():
        whole = await queries.look(Scope(), span)
        team = await queries.look(Scope("manager", str(year.managers[0])), span)
    assert whole.now.days == team.now.days
    assert whole.before.days == team.before.days
    assert (whole.now.orders, whole.before.orders) == (team.now.orders, team.before.orders)
    assert whole.now.orders.orders > 0


async def test_a_day_that_is_not_what_happened_is_found_and_mended(app: Frame, school: None) -> None:
    """What `portal doctor` looks at."""
    year = await lived(7, 40, 50)
    await year.visit()
    found = await recounting.check()
    assert (found.apart, found.stores, found.waiting > 0) == ((), len(await rows("SELECT id FROM stores")), True)
    async with writing():
        await InsightDay.raw("UPDATE insight_days SET visits = visits + 1, certified = certified + 1")
    assert set((await recounting.check()).apart) == {"certified", "visits"}
    await recounting.recount(now(), _nothing)
    assert (await recounting.check()).apart == ()


async def test_two_workers_count_a_visit_once(app: Frame, school: None) -> None:
    year = await lived(6, 30, 40)
    for _ in range(30):
        await year.visit()
    await asyncio.gather(keeping.count(), keeping.count(), keeping.keep(), keeping.keep())
    await keep_ways()
    yesterday = (local(now()) - timedelta(days=1)).date().isoformat()
    assert await _kept() == await by_hand(yesterday)
