"""Made-up orders in bulk, written by the database itself: millions in minutes, each of a made-up VIP, and settled."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from portal.commands import sample_earnings
from portal.commands.sample_rows import PREFIX
from portal.core.base.audit import SYSTEM
from portal.core.base.database import DB, reading, writing
from portal.core.supply import standings
from portal.core.supply.actions import put_product
from portal.core.supply.rules import ProductFacts
from portal.service.orders.rules import Attention, Status, rank

PRODUCT = f"{PREFIX}product"
PRICE_FEN, COMMISSION_BP = 5_900, 1_200
VISITED_FOR = timedelta(days=3_650)  # its supplier may sell food
CHUNK = 50_000  # orders in one statement
HEAVY_ORDERS, HEAVY_SHARE = 50_000, 4  # the busiest owner's: so many, or one in four where there are fewer
# Between two orders of one VIP: they spread over so many days, and never lie further apart than this.
SPREAD_SECONDS, MOST_STEP_SECONDS = 280 * 86_400, 5 * 86_400
DELIVERED_SECONDS = 20 * 3_600  # after the order
OPEN_FEW = 3  # of a VIP's newest orders that are still under way
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Batch:
    """Orders to add: for each VIP those numbered from `first` up to, not including, `last`, `step` seconds apart."""

    heavy: bool
    first: int
    last: int
    vips: int
    step: int = MOST_STEP_SECONDS

    @property
    def orders(self) -> int:
        return (self.last - self.first) * self.vips


async def product(at: datetime) -> int:
    """The product of every made-up order."""
    facts = ProductFacts(
        external_id=PRODUCT,
        title="Honey 500 g",
        price_fen=PRICE_FEN,
        commission_bp=COMMISSION_BP,
        supplier=f"{PREFIX}supplier",
        category="food",
        url="https://shop.example/products/sample",
        share_copy=(),
    )
    made = await put_product(SYSTEM, facts, at)
    await standings.clear(SYSTEM, made.supplier_id, at + VISITED_FOR, "sample", at)
    return made.id


async def busiest() -> int:
    """The store whose list is long: the first made-up one that has VIPs."""
    async with reading():
        rows = await DB.fetch(
            f"SELECT v.store FROM vips v WHERE v.external_id LIKE '{PREFIX}%' ORDER BY v.id LIMIT 1",  # noqa: S608
            [],
        )
    return int(rows[0]["store"]) if rows else 0


async def vips(store_id: int) -> tuple[int, int]:
    """How many made-up VIPs there are: of the busiest store, and of all others."""
    async with reading():
        rows = await DB.fetch(
            "SELECT coalesce(sum(CASE WHEN store = " + _place(1) + " THEN 1 ELSE 0 END), 0) AS heavy, count(*) AS n"  # noqa: S608
            f" FROM vips WHERE external_id LIKE '{PREFIX}%'",
            [store_id],
        )
    return int(rows[0]["heavy"]), int(rows[0]["n"]) - int(rows[0]["heavy"])


async def known() -> int:
    """From which number on a VIP's orders are free; a VIP's are numbered from zero."""
    async with reading():
        rows = await DB.fetch(
            f"SELECT max(n) AS n FROM (SELECT count(*) AS n FROM orders WHERE number LIKE '{PREFIX}%' GROUP BY vip) c",  # noqa: S608
            [],
        )
    return int(rows[0]["n"] or 0)


def plan(orders: int, heavy_vips: int, other_vips: int, first: int) -> Iterator[Batch]:
    """Which orders to add so that there are `orders` more, the busiest owner's share among them."""
    heavy = max(min(HEAVY_ORDERS, orders // HEAVY_SHARE), 1) if heavy_vips else 0
    for is_heavy, wanted, holders in ((True, heavy, heavy_vips), (False, orders - heavy, other_vips)):
        if not holders:
            continue
        each, size = -(-wanted // holders), max(CHUNK // holders, 1)
        step = min(SPREAD_SECONDS // (first + each), MOST_STEP_SECONDS)
        for start in range(first, first + each, size):
            yield Batch(is_heavy, start, min(start + size, first + each), holders, step)


async def add(batch: Batch, store_id: int, product_id: int, at: datetime) -> None:
    """Write one batch, orders, lines and what they bring, in one transaction."""
    async with writing():
        newest = await sample_earnings.newest()
        await DB.fetch(
            _orders_sql(heavy=batch.heavy, step=batch.step),
            [batch.first, batch.last, store_id, int(at.timestamp()), at],
        )
        await DB.fetch(_lines_sql(heavy=batch.heavy), [batch.first, batch.last, store_id, product_id])
        await sample_earnings.settle(newest, PRICE_FEN, COMMISSION_BP, at)


def _place(number: int) -> str:
    """A placeholder as the connected database spells it."""
    return f"${number}" if DB.engine_type == "postgres" else f"?{number}"


def _instant(seconds: str) -> str:
    """A time from Unix seconds, as the connected database stores it."""
    if DB.engine_type == "postgres":
        return f"to_timestamp({seconds})"
    return f"strftime('%Y-%m-%d %H:%M:%S+00:00', {seconds}, 'unixepoch')"


def _numbers() -> str:
    kind = "CAST({} AS bigint)".format
    return (
        f"WITH RECURSIVE s(n) AS (SELECT {kind(_place(1))} UNION ALL SELECT n + 1 FROM s"  # noqa: S608
        f" WHERE n + 1 < {kind(_place(2))})"
    )


def _whose(*, heavy: bool) -> str:
    sign = "=" if heavy else "<>"
    return f"v.external_id LIKE '{PREFIX}%' AND v.store {sign} {_place(3)}"


def _orders_sql(*, heavy: bool, step: int) -> str:
    """Each VIP's newest few orders are on their way, some late; the others are completed."""
    beginning = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp())
    placed = f"CAST({_place(4)} AS bigint) - {_DAY} - s.n * {step} - v.id % 3600"
    late, paid, calm = (_base(level) for level in (Attention.LATE, Attention.UNPAID, Attention.NONE))
    mine = f"s.n < {OPEN_FEW}"
    turn = "(s.n + v.id) % 3"
    status = (
        f"CASE WHEN {mine} AND {turn} = 0 THEN '{Status.PAID}' WHEN {mine} AND {turn} = 1 THEN '{Status.PLACED}'"
        f" WHEN {mine} THEN '{Status.SHIPPED}' ELSE '{Status.COMPLETED}' END"
    )
    level = f"CASE WHEN {mine} AND {turn} = 0 THEN 2 WHEN {mine} AND {turn} = 1 THEN 1 ELSE 0 END"
    base = f"CASE WHEN {mine} AND {turn} = 0 THEN {late} WHEN {mine} AND {turn} = 1 THEN {paid} ELSE {calm} END"
    number, delivered = f"'{PREFIX}' || v.id || '-' || s.n", _instant(f"{placed} + {DELIVERED_SECONDS}")
    return (
        f"{_numbers()} INSERT INTO orders (number, store, vip, link, status, updated_at, placed_at, delivered_at,"  # noqa: S608
        " ship_by, paid_fen, address_name, address_phone, phone_tail, region, street, search, attention, rank,"
        f" taken_at, changed_at) SELECT {number}, v.store, v.id, k.id, {status}, {_instant(placed)},"
        f" {_instant(placed)}, CASE WHEN {mine} THEN NULL ELSE {delivered} END, {_instant(f'{placed} + 7200')},"
        f" {PRICE_FEN}, v.name, v.phone, substr(v.phone, length(v.phone) - 3), 'Hangzhou', 'Wensan Road 1',"
        f" {number} || ' ' || v.name || ' honey 500 g', {level},"
        f" {base} + ({placed} - {beginning}) * {1 << 21} + s.n % {1 << 21}, {_place(5)}, {_place(5)}"
        f" FROM vips v CROSS JOIN s LEFT JOIN share_links k ON k.store = v.store AND k.product IS NULL"
        f" WHERE {_whose(heavy=heavy)}"
    )


def _base(level: Attention) -> int:
    return rank(level, datetime(2000, 1, 1, tzinfo=UTC), 0)


def _lines_sql(*, heavy: bool) -> str:
    return (
        f"{_numbers()} INSERT INTO order_lines (order_of, line, product, title, quantity, paid_fen, refunded_fen,"  # noqa: S608
        f" commission_bp) SELECT o.id, '1', CAST({_place(4)} AS bigint), 'Honey 500 g', 1, {PRICE_FEN}, 0,"
        f" {COMMISSION_BP} FROM vips v CROSS JOIN s JOIN orders o ON o.number = '{PREFIX}' || v.id || '-' || s.n"
        f" WHERE {_whose(heavy=heavy)}"
    )
