"""What this room knows of a buyer: for her export, and for her erasure."""

from datetime import datetime
from typing import Any

from portal.core.stores.rules import ERASED
from portal.service.orders.tables import Order, OrderFlag, Trace

MOST = 10_000
_HERS = "IN (SELECT o.id FROM orders o WHERE o.vip = {})"


async def export_buyer(vip_id: int) -> dict[str, Any]:
    """Her orders with lines, addresses and parcels, the oldest first; money in fen. Call inside a door."""
    rows = await Order.raw(
        "SELECT id, number, status, placed_at, delivered_at, paid_fen, address_name, address_phone, region, street"
        " FROM orders WHERE vip = {} ORDER BY id LIMIT {}",
        vip_id,
        MOST,
    )
    lines = await Order.raw(
        f"SELECT order_of, title, quantity, paid_fen, refunded_fen FROM order_lines WHERE order_of {_HERS} ORDER BY id",  # noqa: S608
        vip_id,
    )
    parcels = await Order.raw(
        f"SELECT order_of, tracking_number, shipped_at, delivered_at FROM parcels WHERE order_of {_HERS} ORDER BY id",  # noqa: S608
        vip_id,
    )
    return {"orders": [_with(dict(row), {"lines": lines, "parcels": parcels}) for row in rows]}


def _with(order: dict[str, Any], belongings: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    own = order.pop("id")
    for name, rows in belongings.items():
        found = [dict(row) for row in rows if row["order_of"] == own]
        order[name] = [{key: value for key, value in row.items() if key != "order_of"} for row in found]
    return order


async def erase_buyer(vip_id: int, at: datetime) -> None:
    """Addresses, what carriers wrote and what was noted go; numbers, goods, money and times stay. The links that
    opened her orders open nothing any more. Call inside `writing()`."""
    marks: dict[str, Any] = {
        "address_name": ERASED,
        "address_phone": ERASED,
        "phone_tail": "",
        "region": ERASED,
        "street": ERASED,
    }
    await Order.update(**marks).where(Order.vip == vip_id)
    # What a search finds: the number alone, without name and goods.
    await Order.raw("UPDATE orders SET search = lower(number) WHERE vip = {}", vip_id)
    parcels = f"IN (SELECT p.id FROM parcels p WHERE p.order_of {_HERS})"  # noqa: S608 - our own columns
    await Trace.raw(f"UPDATE parcel_traces SET text = '', place = NULL WHERE parcel {parcels}", vip_id)  # noqa: S608
    await OrderFlag.raw(f"UPDATE order_flags SET note = NULL WHERE order_of {_HERS}", vip_id)  # noqa: S608
    ended = "UPDATE public_links SET ended_at = {} WHERE door = 'o' AND ended_at IS NULL"
    await Order.raw(f"{ended} AND subject_id {_HERS}", at, vip_id)
