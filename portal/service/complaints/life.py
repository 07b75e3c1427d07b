"""A complaint's life, one event at a time: written, then clocks, place and ladder derived anew. Call in `writing()`."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from portal.core.base.clock import local
from portal.core.base.database import hold
from portal.core.base.refusals import NotFound, Refused
from portal.service.complaints import history, queries, slots, tally
from portal.service.complaints.clocks import Clock, next_due, next_rung_at
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.rules import SHARED, State, may_move, rank
from portal.service.complaints.tables import Complaint, ComplaintClock, ComplaintEvent


async def held(complaint_id: int) -> ComplaintInfo:
    """The complaint with its row held to the end of the transaction, so that hands come one after the other.

    Raises NotFound.
    """
    await hold("complaints", complaint_id)
    found = await queries.by_id(complaint_id)
    if found is None:
        raise NotFound
    return found


async def held_ref(ref: str) -> ComplaintInfo:
    """The same by reference."""
    found = await queries.by_ref(ref)
    if found is None:
        raise NotFound
    return await held(found.id)


def check_seen(info: ComplaintInfo, seen: int | None) -> None:
    """Refuse an act on a page that is not true any more: somebody else was faster. `seen`: the event it showed last."""
    if seen is not None and seen != info.last_event:
        raise Refused("complaint_moved_on", way=info.way)


async def note(
    info: ComplaintInfo, kind: str, at: datetime, *, by: int | None = None, facts: Mapping[str, Any] | None = None
) -> int:
    """Write an event; what duplicates share is written to them too. Returns the event's id."""
    event_id = await _write(info.id, info.round, kind, at, by, facts or {})
    await refresh(info.id, at)
    if kind in SHARED:
        for other in await queries.duplicates(info.id):
            if other.open:
                await _write(other.id, other.round, kind, at, by, facts or {})
                await refresh(other.id, at)
    return event_id


async def _write(
    complaint_id: int, round_number: int, kind: str, at: datetime, by: int | None, facts: Mapping[str, Any]
) -> int:
    rows = await ComplaintEvent.raw(
        "INSERT INTO complaint_events (complaint, round, kind, at, by_person, facts) VALUES ({}, {}, {}, {}, {}, {})"
        " RETURNING id",
        complaint_id,
        round_number,
        str(kind),
        at,
        by,
        json.dumps(dict(facts), default=_plain),
    )
    for hear in slots.NOTED:
        await hear(complaint_id, at)
    return int(rows[0]["id"])


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


async def refresh(complaint_id: int, at: datetime) -> None:
    """Derive anew what follows from the events: the clocks' copies, the place in the day, the ladder's next move."""
    await hold("complaints", complaint_id)
    info = await queries.by_id(complaint_id)
    assert info is not None
    events = await history.events(complaint_id)
    known = await history.kept_clocks(complaint_id)
    for number, faces in enumerate(await history.rounds_of(info), 1):
        if number == info.round:
            present = faces
        for face in faces:
            before = known.get((number, face.name))
            if before is None or before.stopped_at != face.stopped_at:
                await _keep(info.id, number, face, before)
    due = next_due(present) or info.received_at
    await Complaint.update(
        {
            Complaint.rank: rank(due, info.urgency, info.key_vip, info.id),
            Complaint.next_at: next_rung_at(present, await history.rungs(info)) if info.open else None,
            Complaint.last_event: events[-1].id,
            Complaint.changed_at: at,
        }
    ).where(Complaint.id == complaint_id)


async def _keep(complaint_id: int, number: int, face: Clock, before: Clock | None) -> None:
    month = local(face.due_at).strftime("%Y-%m")
    await ComplaintClock.raw(
        "INSERT INTO complaint_clocks (complaint, round, name, started_at, due_at, stopped_at, month)"
        " VALUES ({}, {}, {}, {}, {}, {}, {})"
        " ON CONFLICT (complaint, round, name) DO UPDATE SET stopped_at = excluded.stopped_at",
        complaint_id,
        number,
        str(face.name),
        face.started_at,
        face.due_at,
        face.stopped_at,
        month,
    )
    await tally.count(month, before, face)


async def move(
    info: ComplaintInfo,
    to: State,
    kind: str,
    at: datetime,
    *,
    by: int | None = None,
    facts: Mapping[str, Any] | None = None,
    **values: Any,
) -> ComplaintInfo:
    """Bring a complaint into a state with the event that did it. Raises Refused(409): `complaint_state`."""
    if not may_move(info.state, to):
        raise Refused("complaint_state", {"state": str(info.state)}, way=info.way)
    rows = (
        await Complaint.update(state=str(to), **values)
        .where(Complaint.id == info.id, Complaint.state == str(info.state))
        .returning(Complaint.id)
    )
    if not rows:
        raise Refused("complaint_moved_on", way=info.way)
    moved = await queries.by_id(info.id)
    assert moved is not None
    await note(moved, kind, at, by=by, facts=facts)
    moved = await queries.by_id(info.id)
    assert moved is not None
    for follow in slots.ON_MOVED:
        await follow(moved, at)
    return moved
