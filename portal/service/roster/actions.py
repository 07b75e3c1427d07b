"""Setting the roster: profiles, shifts, leave. One person's roster changes by one hand at a time."""

from dataclasses import dataclass
from datetime import date, datetime

from portal.core.base import audit, site_settings
from portal.core.base.audit import Actor
from portal.core.base.clock import day_end, day_start, site_zone
from portal.core.base.database import writing
from portal.core.base.refusals import NotFound, Refused
from portal.core.notices import actions as notices
from portal.core.web.format import moment
from portal.service.roster import planned, rules, slots
from portal.service.roster.planned import ShiftInfo
from portal.service.roster.queries import GRACE_SETTING, held_now
from portal.service.roster.rules import Span
from portal.service.roster.tables import Absence, Agent, Shift

_HOLD = (
    "INSERT INTO desk_agents (person, level, products, functions, languages, capacity, changed_at)"
    " VALUES ({}, 'junior', '', '', {}, {}, {}) ON CONFLICT (person) DO UPDATE SET person = excluded.person"
)


@dataclass(frozen=True, slots=True)
class Profile:
    """What an agent is good at and how much she carries; empty: everything."""

    level: str
    products: tuple[str, ...]
    functions: tuple[str, ...]
    languages: tuple[str, ...]
    capacity: int


@dataclass(frozen=True, slots=True)
class Copied:
    """What copying a week came to: shifts entered, and left out because they met something."""

    made: int
    left_out: int


async def hold(person_id: int, at: datetime) -> None:
    """Have this person's roster to oneself until the transaction ends."""
    await Agent.raw(_HOLD, person_id, rules.LANGUAGES[0], rules.CAPACITY, at)


async def _of_the_desk(person_id: int, field: str) -> None:
    """Raises Refused for whoever holds no desk role."""
    if (await held_now(person_id)).granted_at is None:
        raise Refused("not_an_agent", field=field, status=422)


async def _deputy(person_id: int, deputy_id: int | None) -> None:
    if deputy_id == person_id:
        raise Refused("deputy_herself", field="deputy", status=422)
    if deputy_id is not None:
        await _of_the_desk(deputy_id, "deputy")


async def set_profile(actor: Actor, person_id: int, profile: Profile, at: datetime) -> None:
    """Keep what an agent is good at. Raises Refused for whoever is not of the desk."""
    async with writing():
        await _of_the_desk(person_id, "level")
        await hold(person_id, at)
        values = {
            Agent.level: profile.level,
            Agent.products: "\n".join(profile.products),
            Agent.functions: " ".join(profile.functions),
            Agent.languages: " ".join(profile.languages),
            Agent.capacity: profile.capacity,
            Agent.changed_at: at,
        }
        await Agent.update(values).where(Agent.person == person_id)  # type: ignore[arg-type]
        facts = {"level": profile.level, "capacity": profile.capacity, "functions": list(profile.functions)}
        await audit.record(actor, "roster.profile", ("person", person_id), at, facts)


async def _fits(person_id: int, span: Span, at: datetime, but: int | None = None) -> None:
    """Raises Refused where a shift's times are wrong or meet another of her shifts or her leave."""
    if fault := rules.shift_fault(span, at):
        raise Refused(fault, field="ends", status=422)
    others = [one.span for one in await planned.shifts_of(person_id, span) if one.id != but]
    if met := rules.in_the_way(span, others):
        raise Refused("shift_overlaps", _when(met), field="starts")
    away = [one.span for one in await planned.absences_of(person_id, span)]
    if met := rules.in_the_way(span, away):
        raise Refused("shift_in_absence", _when(met), field="on")


def _when(span: Span) -> dict[str, object]:
    return {"starts": moment(span.starts_at), "ends": moment(span.ends_at)}


async def enter_shift(actor: Actor, person_id: int, span: Span, deputy_id: int | None, at: datetime) -> int:
    """Enter a shift; its id. Raises Refused where it does not fit, or somebody is not of the desk."""
    async with writing():
        await _of_the_desk(person_id, "person")
        await _deputy(person_id, deputy_id)
        await hold(person_id, at)
        await _fits(person_id, span, at)
        return await _insert_shift(actor, person_id, span, deputy_id, at)


async def _insert_shift(actor: Actor, person_id: int, span: Span, deputy_id: int | None, at: datetime) -> int:
    row = Shift(
        person=person_id,
        starts_at=span.starts_at,
        ends_at=span.ends_at,
        deputy=deputy_id,
        made_at=at,
        made_by=actor.id if actor.kind == "person" else None,
    )
    shift_id = int((await Shift.insert(row))[0]["id"])
    await audit.record(actor, "roster.shift_entered", ("shift", shift_id), at, {"person": person_id})
    return shift_id


async def change_shift(actor: Actor, shift_id: int, span: Span, deputy_id: int | None, at: datetime) -> None:
    """Move a shift or name another deputy. Raises NotFound, or Refused where it does not fit or is over."""
    async with writing():
        shift = await _open_shift(shift_id, at)
        await _deputy(shift.person_id, deputy_id)
        await hold(shift.person_id, at)
        await _fits(shift.person_id, span, at, but=shift_id)
        values = {Shift.starts_at: span.starts_at, Shift.ends_at: span.ends_at, Shift.deputy: deputy_id}
        await _won(await Shift.update(values).where(*_still(shift_id, at)).returning(Shift.id))  # type: ignore[arg-type]
        await audit.record(actor, "roster.shift_changed", ("shift", shift_id), at, {"person": shift.person_id})


async def cancel_shift(actor: Actor, shift_id: int, at: datetime) -> ShiftInfo:
    """Take a shift out; one that has begun ends now, so that what it leaves is handed over.

    Raises NotFound, or Refused where it is over.
    """
    async with writing():
        shift = await _open_shift(shift_id, at)
        begun = shift.span.starts_at < at
        values = {Shift.ends_at: at} if begun else {Shift.cancelled_at: at}
        await _won(await Shift.update(values).where(*_still(shift_id, at)).returning(Shift.id))  # type: ignore[arg-type]
        facts = {"person": shift.person_id, "begun": begun}
        await audit.record(actor, "roster.shift_cancelled", ("shift", shift_id), at, facts)
    return shift


def _still(shift_id: int, at: datetime) -> tuple[object, ...]:
    return Shift.id == shift_id, Shift.cancelled_at.is_null(), Shift.ends_at > at


async def _won(rows: list[dict[str, object]]) -> None:
    if not rows:
        raise Refused("shift_over")


async def _open_shift(shift_id: int, at: datetime) -> ShiftInfo:
    shift = await planned.shift(shift_id)
    if shift is None:
        raise NotFound
    if shift.span.ends_at <= at:
        raise Refused("shift_over")
    return shift


async def copy_week(actor: Actor, monday: date, at: datetime) -> Copied:
    """Enter last week's shifts a week later, by the site's clock; what meets something, or is over, is left out."""
    zone = site_zone()
    made = left_out = 0
    async with writing():
        for one in await planned.shifts_within(Span(day_start(monday - rules.WEEK), day_start(monday))):
            try:
                span = rules.a_week_on(one.span, zone)
                if span.ends_at <= at:
                    raise Refused("shift_over")
                await enter_shift(actor, one.person_id, span, one.deputy_id, at)
                made += 1
            except Refused:
                left_out += 1
        await audit.record(actor, "roster.week_copied", ("person", actor.id or 0), at, {"week": monday, "made": made})
    return Copied(made, left_out)


async def enter_absence(actor: Actor, person_id: int, span: Span, reason: str, deputy_id: int, at: datetime) -> int:
    """Enter leave with the one who stands in, and tell both; its id. Raises Refused where it does not fit."""
    async with writing():
        await _of_the_desk(person_id, "person")
        await _deputy(person_id, deputy_id)
        await hold(person_id, at)
        if fault := rules.absence_fault(span, at):
            raise Refused(fault, field="last", status=422)
        others = [one.span for one in await planned.absences_of(person_id, span)]
        if met := rules.in_the_way(span, others):
            raise Refused("absence_overlaps", _when(met), field="first")
        row = Absence(
            person=person_id,
            starts_at=span.starts_at,
            ends_at=span.ends_at,
            reason=reason,
            deputy=deputy_id,
            made_at=at,
            made_by=actor.id if actor.kind == "person" else None,
        )
        absence_id = int((await Absence.insert(row))[0]["id"])
        facts = {"person": person_id, "deputy": deputy_id}
        await audit.record(actor, "roster.absence_entered", ("absence", absence_id), at, facts)
        await _tell_absence(person_id, deputy_id, span, at)
        for follow in slots.ON_ABSENCE:
            await follow(person_id, at)
    return absence_id


async def _tell_absence(person_id: int, deputy_id: int, span: Span, at: datetime) -> None:
    info = {one.person_id: one.name for one in await planned.absences_of(person_id, span)}
    params = {"name": info.get(person_id, ""), "starts_at": span.starts_at, "ends_at": span.ends_at}
    await notices.notify(deputy_id, "roster_deputy", params, at, way="/desk/roster")
    if person_id != deputy_id:
        await notices.notify(person_id, "roster_absence", params, at, way="/desk/roster")


async def end_absence(actor: Actor, absence_id: int, at: datetime) -> ShiftInfo:
    """She is back: leave that has begun ends now, other leave is taken out. Raises NotFound or Refused."""
    async with writing():
        leave = await planned.absence(absence_id)
        if leave is None:
            raise NotFound
        values = {Absence.ends_at: at} if leave.span.starts_at < at else {Absence.cancelled_at: at}
        won = (
            await Absence.update(values)  # type: ignore[arg-type]
            .where(Absence.id == absence_id, Absence.cancelled_at.is_null(), Absence.ends_at > at)
            .returning(Absence.id)
        )
        if not won:
            raise Refused("absence_over")
        await audit.record(actor, "roster.absence_ended", ("absence", absence_id), at, {"person": leave.person_id})
    return leave


async def publish_grace(actor: Actor, last: date | None, at: datetime) -> None:
    """Until the end of which day agents without a certificate may work; None: thirty days from role and rule."""
    await site_settings.change(actor, GRACE_SETTING, day_end(last).isoformat() if last else "", at)
