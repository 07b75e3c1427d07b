"""An agent says that she takes work, pauses, or is done; and what ends by itself is written down."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from portal.core.base import audit
from portal.core.base.audit import SYSTEM, Actor
from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.base.refusals import Refused
from portal.core.web.viewer import Viewer
from portal.service.roster import planned, rules, slots
from portal.service.roster.actions import hold
from portal.service.roster.planned import ShiftInfo
from portal.service.roster.queries import may_take, said_of
from portal.service.roster.rules import Ending, Pause, Span, State
from portal.service.roster.tables import Presence

WAY = "/desk/roster"
BATCH = 100
_OPEN = (
    "SELECT n.id, n.person, n.shift, n.state, n.reason, n.since, x.ends_at AS until, x.cancelled_at,"
    " (SELECT max(s.last_seen_at) FROM sign_ins s WHERE s.person = n.person) AS seen_at"
    " FROM desk_presences n JOIN desk_shifts x ON x.id = n.shift WHERE n.ended_at IS NULL"
)


async def take_work(viewer: Viewer, at: datetime) -> bool:
    """She takes work from now on; False where she does already.

    Raises Refused where she may not take complaints, or is not on shift.
    """
    async with writing():
        shift = await _ready(viewer.person_id, at)
        if not await _say(viewer.actor, shift, State.PRESENT, None, at):
            return False
        for follow in slots.ON_PRESENT:
            await follow(viewer.person_id, at)
    return True


async def pause(viewer: Viewer, reason: Pause, at: datetime) -> bool:
    """She takes nothing new for a while; False where she pauses already. Raises Refused outside her shift."""
    async with writing():
        shift = await _ready(viewer.person_id, at)
        return await _say(viewer.actor, shift, State.PAUSED, reason, at)


async def _ready(person_id: int, at: datetime) -> ShiftInfo:
    """Her shift, held, and nothing open that has ended by itself."""
    await hold(person_id, at)
    if not await may_take(person_id, at):
        raise Refused("agent_licence", way="/learn", status=403)
    moment = Span(at, at + rules.SHORTEST_SHIFT)
    running = [one for one in await planned.shifts_of(person_id, moment) if one.span.covers(at)]
    away = [one for one in await planned.absences_of(person_id, moment) if one.span.covers(at)]
    if away or not running:
        raise Refused("on_leave" if away else "not_on_shift", way=WAY)
    rows = await Presence.raw(f"{_OPEN} AND n.person = {{}}", person_id)
    if rows:
        await _close_over(rows[0], at)
    return running[0]


async def _say(actor: Actor, shift: ShiftInfo, state: State, reason: Pause | None, at: datetime) -> bool:
    now_open = await Presence.select(Presence.state, Presence.reason).where(
        Presence.person == shift.person_id, Presence.ended_at.is_null()
    )
    if now_open and (now_open[0]["state"], now_open[0]["reason"]) == (state, reason):
        return False
    await _end(shift.person_id, Ending.CHANGED, at)
    rows = await Presence.raw(
        "INSERT INTO desk_presences (person, shift, state, reason, since) VALUES ({}, {}, {}, {}, {})"
        " ON CONFLICT DO NOTHING RETURNING id",
        shift.person_id,
        shift.id,
        state.value,
        reason.value if reason else None,
        at,
    )
    if rows:
        facts = {"state": state.value, "reason": reason.value if reason else None}
        await audit.record(actor, "roster.presence", ("person", shift.person_id), at, facts)
    return bool(rows)


async def done(viewer: Viewer, at: datetime) -> bool:
    """She is done for today; False where she was not there."""
    async with writing():
        ended = await _end(viewer.person_id, Ending.DONE, at)
        if ended:
            await audit.record(viewer.actor, "roster.presence", ("person", viewer.person_id), at, {"state": "done"})
    return ended


async def _end(person_id: int, how: Ending, at: datetime) -> bool:
    rows = (
        await Presence.update({Presence.ended_at: at, Presence.ending: how.value})
        .where(Presence.person == person_id, Presence.ended_at.is_null())
        .returning(Presence.id)
    )
    return bool(rows)


async def close_over() -> int:
    """Sweep: write down the end of what ended by itself, at the moment at which it did; returns how many."""
    at, last, closed = now(), 0, 0
    while True:
        async with reading():
            rows = await Presence.raw(f"{_OPEN} AND n.id > {{}} ORDER BY n.id LIMIT {{}}", last, BATCH)
        for row in rows:
            async with writing():
                closed += await _close_over(row, at)
            last = row["id"]
        if len(rows) < BATCH:
            return closed


async def _close_over(row: Mapping[str, Any], at: datetime) -> bool:
    said = said_of(row)
    assert said is not None
    away = await planned.absences_of(row["person"], Span(said.since, at)) if at > said.since else []
    over = rules.ended(said, min((one.span.starts_at for one in away), default=None), at)
    if over is None:
        return False
    how, moment = over
    rows = (
        await Presence.update({Presence.ended_at: moment, Presence.ending: how.value})
        .where(Presence.id == row["id"], Presence.ended_at.is_null())
        .returning(Presence.id)
    )
    if rows:
        await audit.record(SYSTEM, "roster.presence", ("person", row["person"]), at, {"state": "done", "ending": how})
    return bool(rows)
