"""What other programs hear of this room, rendered when they are told."""

from datetime import datetime

from portal.core.base.database import reading
from portal.core.base.events import Payload, Renderer, Told
from portal.service.inquiries import queries
from portal.service.inquiries.queries import InquiryInfo
from portal.service.orders import queries as orders
from portal.service.orders.queries import OrderInfo


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


async def _found(payload: Payload) -> tuple[InquiryInfo, OrderInfo] | None:
    async with reading():
        info = await queries.inquiry(int(payload["inquiry"]))
        order = await orders.order(info.order_id) if info else None
    return (info, order) if info is not None and order is not None else None


async def _hurry(payload: Payload, subject: str) -> Told | None:
    """A hurry; `level`: how many rungs of the ladder were climbed when this was told of (4: the deadline is broken)."""
    found = await _found(payload)
    if found is None:
        return None
    info, order = found
    lines = [
        {"line": line.line, "product": line.product, "title": line.title, "quantity": line.quantity}
        for line in order.lines
        if line.line in info.lines
    ]
    data: dict[str, object] = {
        "ref": info.ref,
        "order": info.number,
        "supplier": info.party,
        "lines": lines,
        "ship_by": _iso(order.ship_by),
        "asked_at": info.asked_at.isoformat(),
        "due_at": info.due_at.isoformat(),
        "level": int(payload["level"]),
    }
    return Told(info.asked_at, data)


async def _correction(payload: Payload, subject: str) -> Told | None:
    """An address to send the order to. The shop answers by telling the order with the new address."""
    found = await _found(payload)
    if found is None or found[0].wanted is None:
        return None
    info, wanted = found[0], found[0].wanted
    data: dict[str, object] = {
        "ref": info.ref,
        "order": info.number,
        "address": {"name": wanted.name, "phone": wanted.phone, "region": wanted.region, "street": wanted.street},
        "asked_at": info.asked_at.isoformat(),
        "due_at": info.due_at.isoformat(),
    }
    return Told(info.asked_at, data)


RENDERERS: dict[str, Renderer] = {
    "hurry.requested": _hurry,
    "hurry.escalated": _hurry,
    "order.correction_requested": _correction,
}
