"""What time brings to the desk: the ladder's rungs, each once; the queue that drains by itself; silent spots told."""

from datetime import datetime
from functools import partial

from portal.core.base import audit
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import writing
from portal.core.base.public_links import Door, link_to
from portal.core.base.sweeping import each_due
from portal.core.notices.actions import notify
from portal.core.people import queries as people
from portal.core.people.rules import Role
from portal.service.complaints import charge, history, queues
from portal.service.complaints.clocks import Name, Rung, rungs_due
from portal.service.complaints.life import held, note
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.rules import Event
from portal.service.complaints.tables import ComplaintRung
from portal.service.messages.actions import tell_buyer


async def climb() -> int:
    """Take every running complaint up to the rung that its clocks have reached; returns how many were looked at."""
    at = now()
    return await each_due(partial(queues.ladder_due, at), partial(_look, at=at))


async def drain() -> int:
    """Give the queue to whoever is there by now."""
    return await charge.drain(now())


async def _look(complaint_id: int, at: datetime) -> None:
    """One complaint in one transaction, its row held: another worker finds nothing left to do."""
    async with writing():
        info = await held(complaint_id)
        due = rungs_due(await history.clocks_of(info), await history.rungs(info), at)
        fresh = [rung for rung in due if await _first_time(info, rung, at)]
        if not fresh:
            return
        for rung in fresh:
            await note(info, Event.STEP, at, facts={"clock": str(rung.clock), "percent": rung.percent})
        top = {rung.clock: rung for rung in fresh}  # after a downtime only the highest of a clock speaks
        for rung in top.values():
            await _act(info, rung, at)


async def _first_time(info: ComplaintInfo, rung: Rung, at: datetime) -> bool:
    rows = await ComplaintRung.raw(
        "INSERT INTO complaint_rungs (complaint, round, clock, percent, at) VALUES ({}, {}, {}, {}, {})"
        " ON CONFLICT DO NOTHING RETURNING id",
        info.id,
        info.round,
        str(rung.clock),
        rung.percent,
        at,
    )
    return bool(rows)


async def _act(info: ComplaintInfo, rung: Rung, at: datetime) -> None:
    """50: the agent hears; 75: the lead too; 90: absent hands give it up; 100: broken, admins and the buyer hear."""
    if rung.percent >= 90:
        await charge.rescue(info, at)
        info = await held(info.id)
    who = [info.agent_id] if info.agent_id is not None else []
    if rung.percent >= 75 or not who:
        who += [person.id for person in await people.people_with_role(Role.DESK_LEAD)]
    if rung.percent >= 100:
        who += [person.id for person in await people.people_with_role(Role.ADMIN)]
    faces = {face.name: face for face in await history.clocks_of(info)}
    params = {"buyer": info.vip_name, "due_at": faces[rung.clock].due_at}
    kind = f"complaint_{rung.clock}_{'broken' if rung.percent >= 100 else 'runs_low'}"
    for person_id in dict.fromkeys(who):
        await notify(person_id, kind, params, at, way=f"/desk/complaints/{info.ref}")
    if rung.percent >= 100:
        await _own_up(info, rung.clock, at)


async def _own_up(info: ComplaintInfo, clock: Name, at: datetime) -> None:
    """The promise is broken: the buyer hears it from us."""
    way = await link_to(Door.COMPLAINT, info.id, at)
    await tell_buyer(info.vip_id, f"complaint_{clock}_broken", {}, at, way=way, order_id=info.order_id)
    facts = {"clock": str(clock)}
    await audit.record(SYSTEM, "complaint.promise_broken", ("complaint", info.id), at, facts)
