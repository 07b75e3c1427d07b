"""What buyers of late orders wished for. Call inside a door."""

from dataclasses import dataclass
from datetime import datetime

from portal.service.inquiries.settling import Wish
from portal.service.inquiries.tables import BuyerWish


@dataclass(frozen=True, slots=True)
class WishInfo:
    """What the buyer wanted, and until when that holds."""

    id: int
    order_id: int
    wish: Wish
    until: datetime
    at: datetime


async def wish_of(order_id: int) -> WishInfo | None:
    rows = await BuyerWish.raw(
        "SELECT id, order_of AS order_id, wish, until, at FROM buyer_wishes WHERE order_of = {} AND ended_at IS NULL",
        order_id,
    )
    return WishInfo(wish=Wish(rows[0].pop("wish")), **rows[0]) if rows else None


async def wishes_due(at: datetime, limit: int) -> list[int]:
    """Orders whose buyer's wish has run out."""
    rows = await BuyerWish.raw(
        "SELECT order_of FROM buyer_wishes WHERE ended_at IS NULL AND until <= {} ORDER BY until LIMIT {}", at, limit
    )
    return [row["order_of"] for row in rows]
