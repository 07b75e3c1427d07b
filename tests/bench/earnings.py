"""The ledger at size: the owner's earnings, the admin's, and the check of the whole, on a small site and on a large one.

PORTAL_BENCH_OWNERS and PORTAL_BENCH_POSTINGS say how large (50,000 and a million unless told).
"""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from portal.app import create_app
from portal.commands import sample_data, sample_orders
from portal.core.base.database import DB, reading, writing
from portal.core.base.schema import migrate
from portal.core.base.settings import settings, use_settings
from portal.core.web.frame import Frame
from tests import make
from tests.bench.orders import Holder, holder, opened, site
from tests.browse import Browser
from tests.postgres import cluster

OWNERS = int(os.environ.get("PORTAL_BENCH_OWNERS", "50000"))
POSTINGS = int(os.environ.get("PORTAL_BENCH_POSTINGS", "1000000"))
A_FEW_OWNERS, A_FEW_ORDERS, POSTINGS_AN_ORDER = 100, 600, 2
ROUNDS, LONG_ROUNDS = 20, 3
CHECK = "/admin/earnings/check"
PAGES = ("/earnings", "/admin/earnings", "/admin/earnings?q=sample-0000011", CHECK)


async def _admin(app: Frame) -> Holder:
    browser = await make.sign_in(Browser(app), await make.person("admin", "A"))
    return Holder(0, 0, browser.client)


async def _measure(app: Frame) -> dict[str, tuple[float, int]]:
    """The median of milliseconds, and the queries, of each page."""
    async with writing():
        await DB.fetch("ANALYZE", [])
    owner, admin = await holder(app, await sample_orders.busiest()), await _admin(app)
    found = {}
    for page in PAGES:
        who = owner if page == "/earnings" else admin
        took = [await opened(who, page) for _ in range(LONG_ROUNDS if page == CHECK else ROUNDS)]
        found[page] = statistics.median(spent for spent, _ in took), took[-1][1]
    return found


async def _postings() -> int:
    async with reading(long=True):
        return int((await DB.fetch("SELECT count(*) AS n FROM ledger_entries", []))[0]["n"])


async def _run(url: str, console: Console) -> None:
    use_settings(replace(settings(), database_url=url))
    async with site():
        await migrate()
    await sample_data._load(A_FEW_OWNERS, A_FEW_ORDERS)
    async with site():
        app = create_app(own_database=False)
        small, before = await _measure(app), await _postings()
    began = time.perf_counter()
    await sample_data._load(OWNERS - A_FEW_OWNERS, POSTINGS // POSTINGS_AN_ORDER)
    console.print(f"loaded in {time.perf_counter() - began:.0f} s")
    async with site():
        large, after = await _measure(app), await _postings()
    table = Table(title=f"{url.split(':', 1)[0]}: {OWNERS:,} owners")
    for name in ("page", f"{before:,} postings, ms", f"{after:,} postings, ms", "ratio", "queries"):
        table.add_column(name, justify="left" if name == "page" else "right")
    for page in PAGES:
        (low, few), (high, many) = small[page], large[page]
        table.add_row(page, f"{low:.1f}", f"{high:.1f}", f"{high / low:.2f}", f"{few} / {many}")
    console.print(table)


def main(console: Console) -> None:
    """Print a table for each database."""
    with tempfile.TemporaryDirectory() as place:
        asyncio.run(_run(f"sqlite:///{Path(place) / 'portal.sqlite'}", console))
    with cluster() as url:
        asyncio.run(_run(url, console))


if __name__ == "__main__":
    main(Console(file=sys.stdout))
