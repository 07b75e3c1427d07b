"""What other programs hear of returns."""

from datetime import datetime

from portal.core.base import events
from portal.core.base.database import reading
from portal.core.base.events import Payload, Renderer, Told
from portal.service.returns import queries
from portal.service.returns.queries import ReturnInfo

REQUESTED, SENT_BACK, WITHDRAWN = "return.requested", "return.sent_back", "return.withdrawn"


async def emit_requested(info: ReturnInfo, at: datetime) -> None:
    await events.emit(REQUESTED, info.subject, {"return": info.id}, at)


async def emit_sent_back(info: ReturnInfo, at: datetime) -> None:
    await events.emit(SENT_BACK, info.subject, {"return": info.id}, at)


async def emit_withdrawn(info: ReturnInfo, at: datetime) -> None:
    await events.emit(WITHDRAWN, info.subject, {"return": info.id, "at": at.isoformat()}, at)


async def _found(payload: Payload) -> tuple[ReturnInfo, int] | None:
    async with reading():
        info = await queries.by_id(int(payload["return"]))
        return (info, len(await queries.photos(info.id))) if info is not None else None


def _who(info: ReturnInfo) -> dict[str, object]:
    return {"ref": info.ref, "order": info.order_number, "vip": info.vip, "state": str(info.state)}


async def told_requested(payload: Payload, subject: str) -> Told | None:
    """A return that a buyer has agreed to, for the shop to answer by `due_at`. Money in fen."""
    found = await _found(payload)
    if found is None or found[0].requested_at is None:
        return None
    info, evidence = found
    data = _who(info) | {
        "kind": str(info.kind),
        "reason": str(info.reason),
        "at_fault": str(info.at_fault),
        "postage_by": str(info.postage_by),
        "advance": info.advance,
        "lines": [{"line": line.line, "quantity": line.quantity, "amount_fen": line.amount_fen} for line in info.lines],
        "amount_fen": info.amount_fen,
        "currency": "CNY",
        "text": info.text,
        "evidence": evidence,
        "mandate": info.mandate_ref,
        "due_at": info.due_at.isoformat() if info.due_at is not None else None,
    }
    assert info.requested_at is not None
    return Told(info.requested_at, data)


async def told_sent_back(payload: Payload, subject: str) -> Told | None:
    """The goods are on their way back, in which parcel."""
    found = await _found(payload)
    if found is None or found[0].back_number is None:
        return None
    info = found[0]
    return Told(info.changed_at, _who(info) | {"carrier": info.back_carrier, "tracking_number": info.back_number})


async def told_withdrawn(payload: Payload, subject: str) -> Told | None:
    """Nothing more is asked of the shop in this matter."""
    found = await _found(payload)
    return Told(datetime.fromisoformat(str(payload["at"])), _who(found[0])) if found else None


RENDERERS: dict[str, Renderer] = {
    REQUESTED: told_requested,
    SENT_BACK: told_sent_back,
    WITHDRAWN: told_withdrawn,
}
