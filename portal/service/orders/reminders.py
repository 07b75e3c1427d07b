"""Reminding a buyer of an order that she has not paid: once a day at most, and never one that is paid or over."""

from datetime import datetime, timedelta

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import writing
from portal.core.base.refusals import Refused
from portal.service.messages.actions import tell_buyer
from portal.service.orders.actions import held, note
from portal.service.orders.queries import OrderInfo
from portal.service.orders.rules import Status
from portal.service.orders.tables import OrderEvent

EVERY = timedelta(hours=24)
KIND = "reminded"


async def again_at(order_id: int) -> datetime | None:
    """From when on she may be reminded again; None where she never was."""
    rows = await OrderEvent.raw(
        "SELECT at FROM order_events WHERE order_of = {} AND kind = {} ORDER BY at DESC LIMIT 1", order_id, KIND
    )
    return rows[0]["at"] + EVERY if rows else None


async def remind(actor: Actor, person_id: int, order: OrderInfo, at: datetime) -> None:
    """Tell the buyer that the order waits for her payment.

    Raises Refused: `reminder_not_unpaid`, `reminder_too_soon` with `again_at`.
    """
    async with writing():
        now_held = await held(order.number)
        if now_held is None or now_held.status is not Status.PLACED:
            raise Refused("reminder_not_unpaid")
        earliest = await again_at(order.id)
        if earliest is not None and at < earliest:
            raise Refused("reminder_too_soon")
        await note(order.id, KIND, at, by_person=person_id)
        params = {"number": order.number, "paid_fen": order.paid_fen}
        await tell_buyer(order.vip_id, "orders.unpaid", params, at, order_id=order.id)
        await audit.record(actor, "order.buyer_reminded", ("order", order.id), at)
