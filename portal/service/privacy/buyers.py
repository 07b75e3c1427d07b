"""Buyers as the page of exports and erasures finds them. Call inside a door."""

from dataclasses import dataclass
from datetime import datetime

from portal.core.people.rules import normal_phone
from portal.service.privacy.tables import Erasure

MOST = 20


@dataclass(frozen=True, slots=True)
class BuyerInfo:
    """A buyer and her store; `erased_at`: her data was erased. Name and phone are whole: the page masks them."""

    id: int
    external_id: str
    name: str
    phone: str
    store_name: str
    registered_at: datetime
    erased_at: datetime | None
    orders: int


_BUYER = (
    "SELECT v.id, v.external_id, v.name, v.phone, s.name AS store_name, v.registered_at, e.at AS erased_at,"
    " (SELECT count(*) FROM orders o WHERE o.vip = v.id) AS orders"
    " FROM vips v JOIN stores s ON s.id = v.store LEFT JOIN erasures e ON e.vip = v.id"
)


async def found(search: str) -> list[BuyerInfo]:
    """Buyers of exactly this number in the shop, or exactly this phone; nothing is guessed at."""
    phone = normal_phone(search)
    sql = f"{_BUYER} WHERE v.external_id = {{}} OR v.phone IN ({{}}, {{}}) ORDER BY v.id LIMIT {{}}"
    rows = await Erasure.raw(sql, search, search, phone or search, MOST)
    return [BuyerInfo(**row) for row in rows]


async def buyer(external_id: str) -> BuyerInfo | None:
    rows = await Erasure.raw(f"{_BUYER} WHERE v.external_id = {{}}", external_id)
    return BuyerInfo(**rows[0]) if rows else None


async def open_orders(vip_id: int) -> int:
    """How many of her orders are not over."""
    rows = await Erasure.raw(
        "SELECT count(*) AS n FROM orders WHERE vip = {} AND status NOT IN ('completed', 'cancelled', 'refunded')",
        vip_id,
    )
    return int(rows[0]["n"])
