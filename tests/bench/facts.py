"""Facts of orders among many: how fast they are kept, and reckoned from nothing; memory; a long read of days.

PORTAL_BENCH_ORDERS says how many orders there are (200,000 unless told), PORTAL_BENCH_DAYS how many day rows.
"""

import asyncio
import os
import resource
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

from rich.console import Console

from portal import wiring
from portal.commands import sample_data
from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.base.schema import migrate
from portal.core.base.settings import settings, use_settings
from portal.service.facts import keeping, queries, recounting
from portal.service.facts.tables import OrderFact
from tests.bench.orders import site
from tests.postgres import cluster

ORDERS = int(os.environ.get("PORTAL_BENCH_ORDERS", "200000"))
DAYS = int(os.environ.get("PORTAL_BENCH_DAYS", "10000000"))
OWNERS, CHANGED, CHUNK = 500, 20_000, 500_000


def memory() -> int:
    """The most that this process has held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


async def timed(what: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await what()
    return time.perf_counter() - began


async def _notice() -> None:
    while await keeping.notice():
        pass


async def _keep() -> None:
    while await keeping.keep():
        pass


async def _change() -> None:
    """The shop tells something new of so many orders."""
    async with writing():
        rows = await OrderFact.raw("SELECT id FROM orders ORDER BY id DESC LIMIT {}", CHANGED)
        ids = [row["id"] for row in rows]
        await OrderFact.raw("UPDATE orders SET paid_fen = paid_fen + 1 WHERE id >= {}", ids[-1])
        await keeping.due(ids, now())


async def _nobody(what: str, done: int, total: int) -> None:
    """Nobody looks."""


def _two(number: str) -> str:
    return f"substr(CAST(100 + {number} AS varchar), 2)"


# A thousand days of three years, in months of four weeks.
_DAY = f"'200' || (i % 1000 / 336) || '-' || {_two('1 + i % 1000 % 336 / 28')} || '-' || {_two('1 + i % 1000 % 28')}"


async def _days() -> None:
    """Many stores' days beside those that there are."""
    names = ", ".join(queries.ORDER_COLUMNS)
    ones = ", ".join("1" for _ in queries.ORDER_COLUMNS)
    for first in range(0, DAYS, CHUNK):
        async with writing():
            await OrderFact.raw(
                "WITH RECURSIVE n(i) AS (SELECT CAST({} AS bigint) UNION ALL SELECT i + 1 FROM n WHERE i < {})"
                f" INSERT INTO order_days (scope, key, day, {names}) SELECT 'store', 'x' || (i / 1000),"
                f" {_DAY}, {ones} FROM n",
                first,
                min(first + CHUNK, DAYS) - 1,
            )
    async with writing():
        await OrderFact.raw("ANALYZE order_days")


async def _read() -> None:
    for number in range(100):
        async with reading():
            await queries.series("store", f"x{number * 97 % (DAYS // 1000)}", "2000-01-01", "2002-12-31", "month")


async def measure(name: str, console: Console) -> None:
    """One database, from nothing."""
    async with site():
        await migrate()
    await sample_data._load(OWNERS, ORDERS)
    wiring.join()
    console.print(f"facts, {name}, {ORDERS:,} orders, {DAYS:,} days of stores")

    def row(what: str, seconds: float, count: int) -> None:
        told = f"{seconds:.1f} s, {count / seconds:,.0f} a second, {memory()} MiB"
        console.print(f"  {what}: {told}")

    async with site():
        row("noticed: orders without facts", await timed(_notice), ORDERS)
        await _change()
        row("kept: orders that changed", await timed(_keep), CHANGED)
        row("recounted from the orders", await timed(lambda: recounting.recount(now(), _nobody)), ORDERS)
        row("a sample of days checked", await timed(recounting.check), 1)
        await _days()
        row("series of three years by month", await timed(_read), 100)
        assert not (await recounting.check()).apart


async def main(console: Console) -> None:
    with tempfile.TemporaryDirectory() as place:
        use_settings(replace(settings(), database_url=f"sqlite:///{place}/portal.sqlite"))
        await measure("SQLite", console)
    with cluster() as url:
        use_settings(replace(settings(), database_url=url))
        await measure("PostgreSQL", console)


if __name__ == "__main__":
    asyncio.run(main(Console(file=sys.stdout, width=120)))
