"""What time brings: an order whose promised day is over moves up in its owner's list."""

from portal.core.base import hooks
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.base.hooks import OrderFact
from portal.service.orders.actions import note, place
from portal.service.orders.tables import Order

BATCH = 200  # orders in one transaction, so that nobody waits behind all of them


async def turn_due() -> int:
    """Put every order whose attention has changed by the clock at its new rank; returns how many."""
    at, turned = now(), 0
    while True:
        async with reading():
            rows = await Order.raw("SELECT id FROM orders WHERE turns_at < {} ORDER BY turns_at LIMIT {}", at, BATCH)
        if not rows:
            return turned
        async with writing():
            for row in rows:
                await note(row["id"], "late", at)
                await place(row["id"], at)
                await hooks.order_changed.call(OrderFact(row["id"], at, SYSTEM))
        turned += len(rows)
