"""A month's stars among many owners: how long each part takes, and that memory stays flat.

PORTAL_BENCH_OWNERS says how many owners there are (100,000 unless told); one in twenty sells enough to be starred.
"""

import asyncio
import os
import sys
import tempfile
import time
from dataclasses import replace
from datetime import timedelta

from rich.console import Console
from rich.table import Table

from portal.commands import sample_orders
from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.base.schema import migrate
from portal.core.base.settings import settings, use_settings
from portal.service.stars import runs
from portal.service.stars.runs import State
from portal.service.stars.spans import end_of, month_before, month_of
from portal.service.stars.tables import StarInput
from tests.bench.facts import memory
from tests.bench.orders import site
from tests.postgres import cluster

OWNERS = int(os.environ.get("PORTAL_BENCH_OWNERS", "100000"))
EVERY, SOLD, BUYERS = 20, 40, 12  # one store in so many sells so much to so many
_UPTO = "WITH RECURSIVE n(i) AS (SELECT CAST(1 AS bigint) UNION ALL SELECT i + 1 FROM n WHERE i < {})"
_PEOPLE = (
    f"{_UPTO} INSERT INTO persons (name, language, theme, care, created_at) SELECT 'owner ' || i, 'zh-Hans',"
    " 'system', {}, {} FROM n"
)
_STORES = (
    "INSERT INTO stores (external_id, owner, name, opened_at, kit_sku, kit_paid_fen, changed_at)"
    " SELECT 'bench-' || id, id, name, {}, 'kit', 29800, {} FROM persons"
)
_VIPS = (
    f"{_UPTO} INSERT INTO vips (external_id, name, phone, store, registered_at, bound_at, bound_via)"
    " SELECT 'v' || s.id || '-' || n.i, 'vip', 'x' || s.id || '-' || n.i, s.id, {}, {}, 'owner' FROM stores s, n"
    " WHERE s.id % {} = 0"
)
_ORDERS = (
    f"{_UPTO} INSERT INTO orders (number, store, vip, status, updated_at, placed_at, delivered_at, paid_fen,"
    " address_name, address_phone, phone_tail, region, street, search, attention, rank, taken_at, changed_at)"
    " SELECT 'o' || v.id || '-' || n.i, v.store, v.id, 'delivered', {}, {}, {}, 5900, 'vip', 'y' || v.id, '0000',"
    " 'here', 'street ' || v.id, '', 0, 0, {}, {} FROM vips v, n WHERE n.i * {} <= {}"
)
_LINES = (
    "INSERT INTO order_lines (order_of, line, product, title, quantity, paid_fen, refunded_fen, commission_bp)"
    " SELECT id, '1', {}, 'honey', 1, 5900, 0, 1200 FROM orders"
)
_RATINGS = (
    "INSERT INTO ratings (order_line, order_of, product, store, vip, goods, delivery, owner, low, at)"
    " SELECT l.id, o.id, l.product, o.store, o.vip, 5, 5, CASE WHEN o.id % 11 = 0 THEN 2 ELSE 5 END, {}, {}"
    " FROM orders o JOIN order_lines l ON l.order_of = o.id"
)
_FACTS = (
    "INSERT INTO order_facts (order_of, store, vip, day, month, placed_at, paid, cancelled, delivered_at, paid_fen,"
    " refunded_fen, products, shared, own, nth, complaints, owner_faults, at) SELECT id, store, vip, '2026-01-01',"
    " '2026-01', placed_at, {}, {}, delivered_at, paid_fen, 0, 1, {}, {}, 1, 0, CASE WHEN id % 97 = 0 THEN 1 ELSE 0 END,"
    " {} FROM orders"
)


async def _load() -> None:
    until = end_of(month_before(month_of(now())))
    at = until.replace(hour=0)
    opened, sold = until - timedelta(days=500), until - timedelta(days=20)
    product = await sample_orders.product(opened)
    sql = StarInput.raw
    for statement, values in (
        (_PEOPLE, (OWNERS, False, opened)),
        (_STORES, (opened, opened)),
        (_VIPS, (BUYERS, opened, opened, EVERY)),
        (_ORDERS, (SOLD, sold, sold, sold, sold, sold, BUYERS, SOLD)),
        (_LINES, (product,)),
        (_RATINGS, (False, sold)),
        (_FACTS, (True, False, False, False, at)),
    ):
        async with writing():
            await sql(statement, *values)
    if "postgres" in settings().database_url:
        async with writing():
            await sql("ANALYZE")


async def measure(name: str, console: Console) -> None:
    """One database, from nothing to a month that waits for its publication."""
    async with site():
        await migrate()
        await _load()
        table = Table(title=f"stars, {name}, {OWNERS:,} owners")
        for column in ("part", "seconds", "owners a second", "memory, MiB"):
            table.add_column(column, justify="left" if column == "part" else "right")
        run_id = await runs.begin(month_before(month_of(now())), now())
        assert run_id is not None
        for state in (State.TAKING, State.FITTING, State.RECKONING):
            began = time.perf_counter()
            while await _state(run_id) is state and await runs.work(run_id, now()):
                pass
            spent = time.perf_counter() - began
            table.add_row(str(state), f"{spent:.1f}", f"{OWNERS / spent:,.0f}", str(memory()))
        assert await _state(run_id) is State.READY
    console.print(table)


async def _state(run_id: int) -> State:
    async with reading():
        return (await runs.run_by_id(run_id)).state


async def main(console: Console) -> None:
    with tempfile.TemporaryDirectory() as place:
        use_settings(replace(settings(), database_url=f"sqlite:///{place}/portal.sqlite"))
        await measure("SQLite", console)
    with cluster() as url:
        use_settings(replace(settings(), database_url=url))
        await measure("PostgreSQL", console)


if __name__ == "__main__":
    asyncio.run(main(Console(file=sys.stdout, width=120)))
