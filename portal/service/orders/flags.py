"""Remark flags: who handles an order marks it, with who, when and why (source text 002)."""

from datetime import datetime

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import writing
from portal.core.base.refusals import Refused
from portal.service.orders.rules import Colour
from portal.service.orders.tables import Order, OrderFlag


async def set_flag(
    actor: Actor, person_id: int, order_id: int, colour: Colour, note_text: str | None, at: datetime
) -> None:
    """Mark an order; the flag before it ends. The same flag with the same note again changes nothing."""
    async with writing():
        current = await OrderFlag.objects().where(OrderFlag.order_of == order_id, OrderFlag.ended_at.is_null()).first()
        if current is not None and (current.colour, current.note) == (str(colour), note_text):
            return
        await _end_flag(order_id, at)
        rows = await OrderFlag.raw(
            "INSERT INTO order_flags (order_of, colour, note, by_person, at) VALUES ({}, {}, {}, {}, {})"
            " ON CONFLICT DO NOTHING RETURNING id",
            order_id,
            str(colour),
            note_text,
            person_id,
            at,
        )
        if not rows:
            raise Refused("order_flag_meanwhile")
        await Order.update({Order.flag: str(colour)}).where(Order.id == order_id)
        await audit.record(actor, "order.flagged", ("order", order_id), at, {"colour": str(colour)})


async def clear_flag(actor: Actor, order_id: int, at: datetime) -> None:
    """Take the current flag off; its history stays."""
    async with writing():
        if await _end_flag(order_id, at):
            await Order.update({Order.flag: None}).where(Order.id == order_id)
            await audit.record(actor, "order.flag_cleared", ("order", order_id), at)


async def _end_flag(order_id: int, at: datetime) -> bool:
    rows = (
        await OrderFlag.update({OrderFlag.ended_at: at})
        .where(OrderFlag.order_of == order_id, OrderFlag.ended_at.is_null())
        .returning(OrderFlag.id)
    )
    return bool(rows)
