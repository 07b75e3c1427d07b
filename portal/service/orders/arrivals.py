"""A new order reaches its owner at once; several in a short while reach her as one, so that each word of it counts."""

from datetime import datetime, timedelta

from portal.core.notices.actions import notify
from portal.core.stores import queries as stores
from portal.service.orders.queries import OrderInfo
from portal.service.orders.rules import OVER
from portal.service.orders.tables import Order

FRESH = timedelta(hours=24)  # older ones are a shop's history being taken over: nobody waits for them
QUIET = timedelta(minutes=30)  # after an order has come, further ones come without a notice of their own


async def tell_owner(order: OrderInfo, at: datetime) -> None:
    """Tell the owner of a new order, unless one came to her a moment ago; the list shows both."""
    if order.status in OVER or order.placed_at < at - FRESH:
        return
    rows = await Order.raw(
        "SELECT taken_at FROM orders WHERE store = {} AND id < {} ORDER BY id DESC LIMIT 1", order.store_id, order.id
    )
    if rows and rows[0]["taken_at"] > at - QUIET:
        return
    store = await stores.store(order.store_id)
    if store is not None:
        params = {"number": order.number, "paid_fen": order.paid_fen}
        await notify(store.owner_id, "orders.arrived", params, at, way=f"/orders/{order.number}")
