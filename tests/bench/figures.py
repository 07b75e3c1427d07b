"""`python -m tests.bench.figures`: dashboards over 1,000,000 stores and the day sums of 10,000,000 orders.

Days and marks are put down as the sweeps would have them (three years, thirty regions, a team of 200 stores), first
for a hundredth of that and then for all of it. Printed, never asserted: what the larger costs of the smaller says
whether a page grows with the data. On SQLite, then a fifth of it on PostgreSQL; two numbers name
other sizes.
"""

import asyncio
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from rich.console import Console
from rich.table import Table

from portal.core.base.clock import local, now
from portal.core.base.database import DB, connect, counting_queries, disconnect, reading, writing
from portal.core.base.schema import migrate
from portal.core.base.settings import read_settings, use_settings
from portal.core.web.paging import Cut
from portal.service.insight import desk_queries, queries, rows, team_queries
from portal.service.insight.rules import period_of
from portal.service.insight.scopes import Scope
from portal.service.insight.tables import StoreMark
from tests.postgres import cluster

STORES, ORDERS, DAYS, REGIONS, TEAM = 1_000_000, 10_000_000, 1_095, 31, 200
AT_ONCE = 50
SMALL = 100  # the part that the larger is compared with
ROUNDS = 3
FIFTH = 5  # as much goes into PostgreSQL, which takes longer to fill


def _batches(total: int) -> Iterator[range]:
    for start in range(0, total, AT_ONCE):
        yield range(start, min(start + AT_ONCE, total))


async def _fill(stores: int, orders: int) -> None:
    first = local(now()).date() - timedelta(days=DAYS - 1)
    at = datetime(2024, 1, 1, tzinfo=UTC)
    async with writing():
        await StoreMark.raw(
            "INSERT INTO persons (name, language, theme, care, created_at)"
            " WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {})"
            " SELECT 'x', 'en', 'system', {}, {} FROM n",
            stores,
            False,
            at,
        )
        await StoreMark.raw(
            "INSERT INTO stores (external_id, owner, name, region, opened_at, kit_sku, kit_paid_fen, changed_at)"
            f" SELECT 's' || p.id, p.id, 'x', 'r' || (p.id % {REGIONS}), {{}}, 'kit', 1, {{}} FROM persons p",
            at,
            at,
        )
        days = ", ".join(f"({n}, {{}})" for n in range(DAYS))
        await StoreMark.raw(
            f"WITH d (n, day) AS (VALUES {days}) INSERT INTO store_marks (store, region, day, opened_at)"
            f" SELECT s.id, s.region, d.day, s.opened_at FROM stores s JOIN d ON d.n = s.id % {DAYS}",
            *_names(first),
        )
        await StoreMark.raw(
            "INSERT INTO stewardships (store, manager, since) SELECT s.id, (SELECT max(id) FROM persons), s.opened_at FROM stores s"
            " ORDER BY s.id LIMIT {}",
            TEAM,
        )
        await StoreMark.raw(
            f"WITH d (n, day) AS (VALUES {days}) INSERT INTO order_days (scope, key, day, orders, paid, cancelled,"
            " delivered, refunded, several, repeats, shared, complained, owner_faults, paid_fen, refunded_fen)"
            " SELECT 'store', CAST(w.store AS varchar), d.day, 2, 2, 0, 2, 0, 1, 1, 1, 0, 0, 200, 0"
            " FROM stewardships w CROSS JOIN d",
            *_names(first),
        )
    await _days(first, stores, orders)
    if DB.engine_type == "postgres":
        async with writing():
            await StoreMark.raw("ANALYZE")


def _names(first: date) -> list[str]:
    return [(first + timedelta(days=n)).isoformat() for n in range(DAYS)]


async def _days(first: date, stores: int, orders: int) -> None:
    daily, opened = orders // DAYS, stores // DAYS
    for batch in _batches(DAYS):
        async with writing():
            for n in batch:
                day = (first + timedelta(days=n)).isoformat()
                parts = [("platform", "", 1), *(("region", f"r{r}", REGIONS) for r in range(REGIONS))]
                for scope, key, part in parts:
                    await StoreMark.raw(
                        "INSERT INTO order_days (scope, key, day, orders, paid, cancelled, delivered, refunded, several,"
                        " repeats, shared, complained, owner_faults, paid_fen, refunded_fen)"
                        " VALUES ({}, {}, {}, {}, {}, 0, 0, 9, 9, 9, 9, 9, 0, 9, 9)",
                        scope,
                        key,
                        day,
                        daily // part,
                        daily // part,
                    )
                    await StoreMark.raw(
                        "INSERT INTO insight_days (scope, key, day, opened, closed, certified, shared, earned, in_3,"
                        " in_7, in_14, in_30, over_30, visits, replies, in_hour, in_four, in_day, over_day, lost)"
                        " VALUES ({}, {}, {}, {}, 0, 9, 8, 7, 1, 2, 3, 3, 0, 900, 9, 9, 0, 0, 0, 3)",
                        scope,
                        key,
                        day,
                        opened // part,
                    )


@dataclass(frozen=True)
class Looked:
    """What one look at a dashboard's figures took."""

    orders: int
    ms: float
    queries: int


async def _look(scope: Scope, days: int) -> Looked:
    span, at = period_of(days, local(now()).date()), now()
    spent = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        with counting_queries() as counted:
            async with reading():
                looked = await queries.look(scope, span)
                await desk_queries.kept(scope, span, at)
                await desk_queries.received(scope, span)
                await rows.stores(scope, span, "uncertified", Cut(after=0))
                if not scope.summed:
                    await team_queries.members(scope, local(at).date(), at)
        spent.append(1000 * (time.perf_counter() - began))
    return Looked(looked.now.orders.orders, min(spent), len(counted))


async def _measured(url: str, stores: int, orders: int) -> dict[tuple[str, int], Looked]:
    await connect(url)
    try:
        await migrate()
        await _fill(stores, orders)
        async with reading():
            manager = (await StoreMark.raw("SELECT max(id) AS id FROM persons"))[0]["id"]
        scopes = {
            "platform": Scope(),
            "a region": Scope("region", "r7", "r7"),
            "a team": Scope("manager", str(manager), "x"),
        }
        return {(name, days): await _look(one, days) for name, one in scopes.items() for days in (7, 30, 90, 365)}
    finally:
        await disconnect()


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _print(title: str, small: dict[tuple[str, int], Looked], large: dict[tuple[str, int], Looked]) -> None:
    table = Table(title=title)
    for column in ("whose", "days", "orders", "ms, a hundredth", "ms", "ratio", "queries"):
        table.add_column(column, justify="left" if column == "whose" else "right")
    for (name, days), one in large.items():
        before = small[(name, days)]
        ratio = f"{one.ms / before.ms:.1f}"
        table.add_row(name, str(days), f"{one.orders:,}", f"{before.ms:.0f}", f"{one.ms:.0f}", ratio, str(one.queries))
    Console().print(table)


async def _both(urls: Callable[[], AbstractContextManager[str]], stores: int, orders: int) -> None:
    with urls() as url:
        small = await _measured(url, stores // SMALL, orders // SMALL)
    memory = _memory()
    with urls() as url:
        large = await _measured(url, stores, orders)
        kind = url.partition(":")[0]
    _print(f"{kind}: {stores:,} stores, day sums of {orders:,} orders", small, large)
    Console().print(f"peak memory {memory} MB with a hundredth, {_memory()} MB with all")


@contextmanager
def _file() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as place:
        yield f"sqlite:///{place}/portal.sqlite"


def main(stores: int, orders: int) -> None:
    settings = {"PORTAL_SECRET_KEY": "a secret for the bench, long enough to be taken"}
    use_settings(read_settings(settings | {"PORTAL_DATABASE_URL": "sqlite:///unused.sqlite"}))
    asyncio.run(_both(_file, stores, orders))
    asyncio.run(_both(cluster, stores // FIFTH, orders // FIFTH))


if __name__ == "__main__":
    main(*([int(one) for one in sys.argv[1:3]] or [STORES, ORDERS]))
