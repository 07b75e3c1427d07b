"""What somebody leaves behind: at the end of a shift and on leave it goes to the one who stands in; told at noon."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from portal.core.base import audit, site_settings
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now, site_zone
from portal.core.base.database import reading, writing
from portal.core.notices.actions import notify
from portal.core.people import queries as people
from portal.core.people.rules import Role
from portal.service.complaints import charge, history, queries
from portal.service.complaints.desk_rules import cleared_by, runs_out
from portal.service.complaints.life import held
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.tables import Complaint, InCharge
from portal.service.roster import planned
from portal.service.roster.rules import Span

MARK = "desk.shifts_left_until"
AWAY_FOR = timedelta(hours=16)  # until the next shift, where none is entered
NEXT_SHIFT = timedelta(days=7)
LOOKED_BACK = timedelta(days=2)
BATCH = 100


async def on_present(person_id: int, at: datetime) -> None:
    """Somebody begins to take work: what waits finds its agent. In the caller's transaction."""
    await charge.drain(at)


async def on_absence(person_id: int, at: datetime) -> None:
    """Her leave was entered: where it has begun, her deputy gets what she holds. In the caller's transaction."""
    await _away([person_id], at)


async def leave() -> int:
    """Sweep: give away what absent hands hold, and what a shift that ended leaves that cannot wait."""
    at = now()
    return await _away(None, at) + await _shifts(at)


async def _away(only: list[int] | None, at: datetime) -> int:
    """On leave: everything goes to the deputy, with the story in writing; without a deputy it waits for the ladder."""
    async with reading():
        crew = await charge.candidates(at)
    given = 0
    for one in crew:
        if one.away and one.deputy_id is not None and (only is None or one.person_id in only):
            given += await _give_all(one.person_id, one.deputy_id, at, _everything)
    return given


async def _shifts(at: datetime) -> int:
    """Shifts that ended since the last look: what would run out before she is back goes to her deputy."""
    async with reading():
        known = await site_settings.value(MARK, "")
        since = max(datetime.fromisoformat(known), at - LOOKED_BACK) if known else at
        ended = [
            (shift.person_id, shift.deputy_id, await _back_at(shift.person_id, at))
            for shift in await planned.shifts_ended(since, at)
            if shift.deputy_id is not None
        ]
    given = 0
    for person_id, deputy_id, back_at in ended:
        given += await _give_all(person_id, deputy_id, at, _until(back_at))
    async with writing():
        await site_settings.advance(MARK, known, at.isoformat(), at)
    return given


async def _back_at(person_id: int, at: datetime) -> datetime:
    """When her next shift begins; tomorrow morning's guess where none is entered."""
    ahead = await planned.shifts_of(person_id, Span(at, at + NEXT_SHIFT))
    return min((one.span.starts_at for one in ahead if one.span.starts_at > at), default=at + AWAY_FOR)


Wanted = Callable[[ComplaintInfo], Awaitable[bool]]


async def _everything(info: ComplaintInfo) -> bool:
    return True


def _until(back_at: datetime) -> Wanted:
    async def wanted(info: ComplaintInfo) -> bool:
        return runs_out(await history.clocks_of(info), back_at)

    return wanted


async def _give_all(person_id: int, deputy_id: int, at: datetime, wanted: Wanted) -> int:
    """Hand over those of her open complaints that are wanted; who is too near to one does not get it."""
    given, last = 0, -1
    while True:
        tail = "c.agent = {} AND c.ended_at IS NULL AND c.rank > {} ORDER BY c.rank LIMIT {}"
        async with reading():
            found = await queries.listed(tail, person_id, last, BATCH)
        for each in found:
            async with writing():
                info = await held(each.id)
                if info.agent_id == person_id and await wanted(info):
                    given += await charge.stand_in(info, deputy_id, at)
        if len(found) < BATCH:
            return given
        last = found[-1].rank


# ---- what was handed over and not read ----


async def tell_uncleared() -> int:
    """Sweep: at noon of the next day the leads hear, once, of each hand-over that nobody has taken note of."""
    at, told = now(), 0
    async with reading():
        rows = await InCharge.raw(
            "SELECT i.id, i.since FROM complaint_agents i WHERE i.story_from IS NOT NULL AND i.cleared_at IS NULL"
            " AND i.overdue_told_at IS NULL AND i.until IS NULL AND i.since <= {} ORDER BY i.since",
            at - timedelta(hours=12),
        )
        due = [row["id"] for row in rows if cleared_by(row["since"], site_zone()) <= at]
    if not due:
        return 0
    async with writing():
        for each in due:
            told += await _overdue(each, at)
        if told:
            for lead in await people.people_with_role(Role.DESK_LEAD):
                await notify(lead.id, "complaint_uncleared", {"n": told}, at, way="/desk/load#uncleared")
    return told


async def _overdue(tenure_id: int, at: datetime) -> int:
    rows = (
        await InCharge.update({InCharge.overdue_told_at: at})
        .where(InCharge.id == tenure_id, InCharge.overdue_told_at.is_null(), InCharge.cleared_at.is_null())
        .returning(InCharge.complaint)
    )
    for row in rows:
        ended = await Complaint.exists().where(Complaint.id == row["complaint"], Complaint.ended_at.is_not_null())
        if ended:
            return 0
        await audit.record(SYSTEM, "complaint.handover_unread", ("complaint", row["complaint"]), at)
    return len(rows)


async def shift_began(person_id: int, at: datetime) -> datetime | None:
    """When the shift began that she is on; None: on none. Inside a door."""
    found = await planned.shifts_of(person_id, Span(at, at + timedelta(minutes=1)))
    return min((one.span.starts_at for one in found if one.span.covers(at)), default=None)
