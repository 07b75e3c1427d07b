"""The order list of an owner with 50,000 orders among millions, beside that of one with 50: queries and time.

PORTAL_BENCH_ORDERS says how many there are (a million unless told). Each comes with its line and with what it brings
its owner in the ledger; what was loaded, and how long that took, is printed.
"""

import asyncio
import os
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import httpx
from rich.console import Console
from rich.table import Table

from portal.app import create_app
from portal.commands import sample_data, sample_orders
from portal.commands.sample_orders import Batch
from portal.core.base.clock import now
from portal.core.base.database import DB, connect, counting_queries, disconnect, reading, writing
from portal.core.base.schema import migrate
from portal.core.base.settings import settings, use_settings
from portal.core.web.frame import Frame
from tests import make
from tests.browse import Browser
from tests.postgres import cluster

ORDERS = int(os.environ.get("PORTAL_BENCH_ORDERS", "1000000"))
OWNERS, ROUNDS = 1_000, 60
FEW = 50
PAGES = ("/orders", "/orders?show=late", "/orders?show=shipped", "/earnings", "/earnings?state=pending")


@dataclass(frozen=True, slots=True)
class Holder:
    """An owner whose list is opened: her store, how many orders it has, and her signed-in browser."""

    store_id: int
    orders: int
    client: httpx.AsyncClient


async def _load() -> None:
    """A site of many orders; `sample-data` opens the database itself."""
    async with site():
        await migrate()
    await sample_data._load(OWNERS, ORDERS)
    await sample_data._load(10, 0)


_LOADED = (("owners", "stores"), ("orders", "orders"), ("postings", "ledger_entries"))


async def _loaded(seconds: float) -> str:
    """What the database holds now, counted."""
    async with reading(long=True):
        counts = [(name, (await DB.fetch(f"SELECT count(*) AS n FROM {table}", []))[0]["n"]) for name, table in _LOADED]
        size = await DB.fetch("SELECT pg_database_size(current_database()) AS n", [])
    told = ", ".join(f"{count:,} {name}" for name, count in counts)
    return f"{told}: {size[0]['n'] / (1 << 30):.1f} GiB, loaded in {seconds:.0f} s"


async def _stores() -> tuple[int, int]:
    """The store of an owner with few orders, and of the one with the most."""
    async with reading():
        rows = await DB.fetch("SELECT max(store) AS store FROM vips", [])
    few, at = int(rows[0]["store"]), now()
    async with writing():
        product = await sample_orders.product(at)
    await sample_orders.add(Batch(heavy=True, first=0, last=FEW // 2, vips=2), few, product, at)
    async with writing():
        await DB.fetch("ANALYZE", [])
    return few, await sample_orders.busiest()


async def holder(app: Frame, store_id: int) -> Holder:
    """The store's owner, signed in."""
    async with reading():
        owner = await DB.fetch(f"SELECT owner FROM stores WHERE id = {store_id}", [])
        count = await DB.fetch(f"SELECT count(*) AS n FROM orders WHERE store = {store_id}", [])
    browser = Browser(app)
    await make.sign_in(browser, int(owner[0]["owner"]))
    return Holder(store_id, int(count[0]["n"]), browser.client)


async def opened(holder: Holder, page: str) -> tuple[float, int]:
    """Milliseconds and queries of one opening."""
    began = time.perf_counter()
    with counting_queries() as count:
        answer = await holder.client.get(page)
    assert answer.status_code == 200, answer.text[:500]
    return (time.perf_counter() - began) * 1000, len(count)


async def _measure(page: str, few: Holder, many: Holder) -> tuple[str, ...]:
    times: dict[int, list[float]] = {few.store_id: [], many.store_id: []}
    queries: dict[int, int] = {}
    for _ in range(ROUNDS):  # side by side, so that a noisy moment strikes both
        for holder in (few, many):
            spent, queries[holder.store_id] = await opened(holder, page)
            times[holder.store_id].append(spent)
    low, high = (statistics.median(times[holder.store_id]) for holder in (few, many))
    counted = f"{queries[few.store_id]} / {queries[many.store_id]}"
    return page, f"{low:.1f}", f"{high:.1f}", f"{high / low:.2f}", counted


@asynccontextmanager
async def site() -> AsyncIterator[None]:
    """The database of the settings, connected."""
    await connect(settings().database_url)
    try:
        yield
    finally:
        await disconnect()


async def main(console: Console) -> None:
    """Print the table."""
    with cluster() as url:
        use_settings(replace(settings(), database_url=url))
        began = time.perf_counter()
        await _load()
        spent = time.perf_counter() - began
        async with site():
            console.print(await _loaded(spent))
            stores = await _stores()
            app = create_app(own_database=False)
            few, many = await holder(app, stores[0]), await holder(app, stores[1])
            table = Table(title=f"order list and earnings, PostgreSQL, {ORDERS:,} orders in all")
            columns = ("page", f"{few.orders:,} orders, ms", f"{many.orders:,} orders, ms", "ratio", "queries")
            for name in columns:
                table.add_column(name, justify="left" if name == "page" else "right")
            for page in PAGES:
                table.add_row(*await _measure(page, few, many))
            console.print(table)


if __name__ == "__main__":
    asyncio.run(main(Console(file=sys.stdout)))
