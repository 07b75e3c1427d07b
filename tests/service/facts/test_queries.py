"""Windows, series and the orders behind them, on both databases."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import DB, counting_queries, reading, writing
from portal.core.base.refusals import Refused
from portal.core.web.frame import Frame
from portal.core.web.paging import Cut
from portal.service.facts import promises, queries
from portal.service.facts.queries import ONLY, PartyOrder, StoreSums
from portal.service.facts.rules import Hours
from portal.service.facts.sums import OrderSums, PartySums, moved
from portal.service.facts.tables import OrderFact
from tests.service.facts.make import Year, keep_all

SINCE, UNTIL = "2000-01-01", "2030-01-01"


async def lived(steps: int = 200) -> Year:
    year = Year(random.Random(4))
    await year.open()
    await year.go(steps, keep=0)
    await keep_all()
    return year


async def test_every_column_opens_down_to_its_orders(app: Frame) -> None:
    await lived()
    behind = {"faulted": "faulted", "late": "late", "timed": "timed", "lost": "lost", "damaged": "damaged"}
    behind |= {"cold": "cold_broken", "fresh": "fresh"}
    async with reading():
        parties = await queries.party_windows(SINCE, UNTIL, "goods") | await queries.party_windows(
            SINCE, UNTIL, "carrier"
        )
        assert len(parties) >= 4
        for party, sums in parties.items():
            assert await queries.party_window(party, SINCE, UNTIL) == sums
            whole = PartySums()
            for one in (await queries.party_series(party, SINCE, UNTIL)).values():
                whole = moved(whole, one)
            assert whole == sums
            for only, column in behind.items():
                shown = await queries.party_orders(party, SINCE, UNTIL, only, Cut(limit=100))
                assert len(shown.items) == getattr(sums, column), only
            every = await queries.party_orders(party, SINCE, UNTIL, None, Cut(limit=100))
            assert len(every.items) == sums.counted
            assert sum(one.rating_sum for one in every.items) == sums.rating_sum
    assert {None, *behind} < set(ONLY)


async def test_lists_page_by_key_without_gaps(app: Frame) -> None:
    await lived()
    async with reading():
        party = max((await queries.party_windows(SINCE, UNTIL, "goods")).items(), key=lambda one: one[1].counted)[0]
        whole = (await queries.party_orders(party, SINCE, UNTIL, None, Cut(limit=100))).items
        seen: list[PartyOrder] = []
        after = 0
        while True:
            page = await queries.party_orders(party, SINCE, UNTIL, None, Cut(after, 2))
            seen += page.items
            if page.next_after is None:
                break
            after = page.next_after
        assert seen == list(whole)
        assert len(seen) > 4
        moments = [one.placed_at for one in seen]
        assert moments == sorted(moments, reverse=True)


async def test_a_stores_window_leaves_its_owners_own_orders_out(app: Frame) -> None:
    year = await lived()
    since, until = datetime(2000, 1, 1, tzinfo=UTC), now() + timedelta(days=900)
    async with reading():
        for store in year.stores:
            sums = await queries.store_window(store, since, until)
            shown = (await queries.store_orders(store, since, until, Cut(limit=100))).items
            mine = [one for one in shown if not one.own]
            assert (len(mine), len(shown) - len(mine)) == (sums.orders, sums.own)
            assert len({one.vip_id for one in mine}) == sums.vips
            assert sum(one.owner_faults for one in mine) == sums.faults
            assert sum(one.paid_fen for one in mine) == sums.paid_fen
            bad = (await queries.store_orders(store, since, until, Cut(limit=100), faulted=True)).items
            assert [one.id for one in bad] == [one.id for one in shown if one.owner_faults]
            first = await queries.store_orders(store, since, until, Cut(0, 1))
            rest = await queries.store_orders(store, since, until, Cut(first.next_after or 0, 100))
            assert [*first.items, *rest.items] == list(shown)
        assert await queries.store_window(999_999, since, until) == StoreSums()
        assert sum(one.own for one in (await queries.store_windows(0, 10**9, since, until)).values()) > 0


async def test_regions_teams_and_stores_add_up_to_the_platform(app: Frame) -> None:
    year = await lived()
    async with reading():
        whole = (await queries.day_sums("platform", None, SINCE, UNTIL))[""]
        assert whole.orders == len(year.orders)
        for scope in ("region", "manager", "store"):
            together = OrderSums()
            for one in (await queries.day_sums(scope, None, SINCE, UNTIL)).values():
                together = moved(together, one)
            assert together == whole
        store = str(year.stores[0])
        assert set(await queries.day_sums("store", [store, "0"], SINCE, UNTIL)) == {store}
        assert await queries.day_sums("store", [], SINCE, UNTIL) == {}
        months = await queries.series("platform", "", "2025-01-01", "2026-12-31", "month")
    assert len(months) == 24
    assert sum(one.orders for _, one in months) == whole.orders


async def plan(sql: str, *values: object) -> str:
    """How the database goes about a query, in its words."""
    explain = "EXPLAIN QUERY PLAN " if DB.engine_type == "sqlite" else "EXPLAIN "
    rows = await OrderFact.raw(explain + sql, *values)
    return " ".join(str(value) for row in rows for value in row.values())


async def test_a_series_is_one_range_of_an_index(app: Frame) -> None:
    """Among many days of many stores."""
    async with writing():
        days = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 19999)"
        columns = ", ".join(queries.ORDER_COLUMNS)
        noughts = ", ".join("1" for _ in queries.ORDER_COLUMNS)
        await OrderFact.raw(
            f"{days} INSERT INTO order_days (scope, key, day, {columns})"
            f" SELECT 'store', CAST(i / 100 AS varchar), '2026-' || CAST(1000 + i % 100 AS varchar), {noughts} FROM n"
        )
        await OrderFact.raw("ANALYZE")
    with counting_queries() as count:
        async with reading():
            await queries.series("store", "7", "2026-01-01", "2026-03-01")
    (asked,) = count.queries
    template = asked.replace("?", "{}")
    for number in range(1, 5):
        template = template.replace(f"${number}", "{}")
    async with reading():
        told = await plan(template, "store", "7", "2026-1020", "2026-1040")
    assert "order_days_one" in told
    assert "day>" in told.replace(" ", "") or "day)" in told or "(day" in told
    assert "Seq Scan" not in told
    assert "SCAN" not in told.replace("Index Scan", "")
    assert "Sort" not in told
    assert "TEMP B-TREE" not in told


async def test_hours_of_carriers_are_set_from_a_moment_on(app: Frame) -> None:
    at = now()
    assert await promises.set_hours(SYSTEM, Hours(at, 60, 36), "the new hub")
    assert not await promises.set_hours(SYSTEM, Hours(at, 60, 36), "again")
    for hours in (Hours(at, 11, 36), Hours(at, 60, 481)):
        with pytest.raises(Refused, match="carrier_hours_range"):
            await promises.set_hours(SYSTEM, hours, "x")
    async with reading():
        assert [one.usual for one in await promises.all_hours()] == [72, 60]
        (told,) = await promises.past()
    assert (told.reason, told.hours.cold, told.name) == ("the new hub", 36, None)
