"""What other programs hear of complaints."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from portal.core.base import events
from portal.core.base.database import reading
from portal.core.base.events import Payload, Renderer, Told
from portal.core.base.public_links import Door, address_of
from portal.service.complaints import history, queries
from portal.service.complaints.clocks import Clock
from portal.service.complaints.queries import ComplaintInfo

OPENED, PROPOSAL, RESOLVED = "complaint.opened", "complaint.proposal", "complaint.resolved"

# What a proposal says to programs, by its id; joined by the room that makes proposals.
PROPOSAL_DATA: list[Callable[[int], Awaitable[dict[str, object]]]] = []


async def emit_opened(info: ComplaintInfo, at: datetime) -> None:
    await events.emit(OPENED, info.subject, {"complaint": info.id, "at": at.isoformat()}, at)


async def emit_proposal(info: ComplaintInfo, proposal_id: int, at: datetime) -> None:
    payload = {"complaint": info.id, "proposal": proposal_id, "at": at.isoformat()}
    await events.emit(PROPOSAL, info.subject, payload, at)


async def emit_resolved(info: ComplaintInfo, at: datetime) -> None:
    await events.emit(RESOLVED, info.subject, {"complaint": info.id, "at": at.isoformat()}, at)


def clock_shape(clock: Clock, at: datetime) -> dict[str, object]:
    """A clock as the contract spells it; `kept` once it is known."""
    shape: dict[str, object] = {"name": str(clock.name), "due_at": clock.due_at.isoformat()}
    if clock.stopped_at is not None:
        shape["stopped_at"] = clock.stopped_at.isoformat()
    kept = clock.kept(at)
    return shape if kept is None else shape | {"kept": kept}


async def shape(info: ComplaintInfo, at: datetime) -> dict[str, object]:
    """A complaint as programs get it. Call inside a door."""
    return {
        "ref": info.ref,
        "state": str(info.state),
        "agent": info.agent_name,
        "order": info.order_number,
        "vip": info.vip,
        "round": info.round,
        "received_at": info.received_at.isoformat(),
        "outcome": info.outcome,
        "clocks": [clock_shape(clock, at) for clock in await history.clocks_of(info)],
        "buyer_url": await address_of(Door.COMPLAINT, info.id),
    }


async def _told(payload: Payload) -> Told | None:
    at = datetime.fromisoformat(str(payload["at"]))
    async with reading():
        info = await queries.by_id(int(payload["complaint"]))
        return Told(at, await shape(info, at)) if info is not None else None


async def told_opened(payload: Payload, subject: str) -> Told | None:
    """A complaint came in, or was reopened (`round` 2)."""
    return await _told(payload)


async def told_proposal(payload: Payload, subject: str) -> Told | None:
    """A proposal went to the buyer."""
    found = await _told(payload)
    if found is None:
        return None
    data = dict(found.data)
    async with reading():
        for joined in PROPOSAL_DATA:
            data |= await joined(int(payload["proposal"]))
    return Told(found.at, data)


async def told_resolved(payload: Payload, subject: str) -> Told | None:
    """It is settled with the buyer, or she took it back (`state`, `outcome`)."""
    return await _told(payload)


RENDERERS: dict[str, Renderer] = {OPENED: told_opened, PROPOSAL: told_proposal, RESOLVED: told_resolved}
