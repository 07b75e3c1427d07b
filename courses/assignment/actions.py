"""Giving and moving assignments. Each action is one transaction; giving again what is open already changes nothing."""

from dataclasses import dataclass
from datetime import datetime

from courses.assignment import rules
from courses.assignment.audience import reach_of, reachable
from courses.assignment.queries import AssignmentInfo, assignment, latest_assignment, titles
from courses.assignment.rules import Cause, ReminderKind
from courses.assignment.tables import Assignment, Extension, Reminder
from courses.catalogue import queries as catalogue
from courses.catalogue.queries import CurriculumInfo
from portal.core.base import audit
from portal.core.base.audit import SYSTEM, Actor
from portal.core.base.clock import site_zone
from portal.core.base.database import writing
from portal.core.base.hooks import StoreFact
from portal.core.base.refusals import NotFound, Refused
from portal.core.base.settings import settings
from portal.core.notices.actions import notify
from portal.core.people import queries as people
from portal.core.web.viewer import Viewer

OWNER_LICENCE = "owner_licence"
# Notices that read differently where nothing is due.
_WITHOUT_DUE = {
    "assignment_assigned": "assignment_assigned_open",
    "assignment_reminder": "assignment_reminder_open",
}


@dataclass(frozen=True, slots=True)
class _Given:
    """What to put into a new assignment's row."""

    person_id: int
    cause: str
    required: bool
    due_at: datetime | None
    note: str | None
    curriculum_id: int | None = None
    version_id: int | None = None
    course_id: int | None = None


async def assign_curriculum(
    actor: Actor,
    person_id: int,
    curriculum_version_id: int,
    cause: str,
    at: datetime,
    *,
    due_at: datetime | None = None,
    required: bool = True,
    note: str | None = None,
) -> tuple[int, bool]:
    """Give a curriculum version: the assignment's id, and whether it is new.

    An open assignment of the curriculum stays as it is. Without `due_at` the version's own days count. Raises NotFound
    for an unknown version.
    """
    async with writing():
        version = await catalogue.curriculum_version(curriculum_version_id, settings().language)
        if version is None:
            raise NotFound
        due_at = due_at or rules.due_after(at, version.due_days, site_zone())
        ids = (version.curriculum_id, version.version_id)
        return await _give(actor, _Given(person_id, cause, required, due_at, note, *ids), at)


async def assign_course(
    actor: Actor,
    person_id: int,
    course_id: int,
    cause: str,
    at: datetime,
    *,
    due_at: datetime | None = None,
    required: bool = True,
    note: str | None = None,
) -> tuple[int, bool]:
    """Give a single course: the assignment's id, and whether it is new. Raises NotFound for one without a version."""
    async with writing():
        if await catalogue.current_course_version(course_id) is None:
            raise NotFound
        return await _give(actor, _Given(person_id, cause, required, due_at, note, course_id=course_id), at)


async def assign_by_purpose(actor: Actor, person_id: int, purpose: str, cause: str, at: datetime) -> tuple[int, bool]:
    """Give the curriculum that stands for a purpose, in its newest version. Raises Refused where there is none."""
    async with writing():
        version = await catalogue.current_curriculum(purpose, settings().language)
        if version is None:
            raise Refused("no_curriculum")
        return await _give_version(actor, person_id, version, cause, at)


async def _give_version(
    actor: Actor, person_id: int, version: CurriculumInfo, cause: str, at: datetime
) -> tuple[int, bool]:
    due_at = rules.due_after(at, version.due_days, site_zone())
    ids = (version.curriculum_id, version.version_id)
    return await _give(actor, _Given(person_id, cause, True, due_at, None, *ids), at)


async def _give(actor: Actor, given: _Given, at: datetime) -> tuple[int, bool]:
    rows = await Assignment.raw(
        "INSERT INTO assignments (person, curriculum, curriculum_version, course, cause, required, assigned_by,"
        " assigned_at, due_at, note) VALUES ({}, {}, {}, {}, {}, {}, {}, {}, {}, {})"
        " ON CONFLICT DO NOTHING RETURNING id",
        given.person_id,
        given.curriculum_id,
        given.version_id,
        given.course_id,
        given.cause,
        given.required,
        actor.id if actor.kind == "person" else None,
        at,
        given.due_at,
        given.note,
    )
    if not rows:
        return await _open_one(given), False
    made = int(rows[0]["id"])
    facts = {"cause": given.cause, "curriculum_version": given.version_id, "course": given.course_id}
    await audit.record(actor, "assignment.assign", ("assignment", made), at, facts)
    if rules.announced(given.cause):
        await tell(made, "assignment_assigned", at)
    return made, True


async def _open_one(given: _Given) -> int:
    """The assignment that stood in the way: the newest of the same curriculum or course."""
    column, value = ("course", given.course_id) if given.course_id else ("curriculum", given.curriculum_id)
    sql = f"SELECT id FROM assignments WHERE person = {{}} AND {column} = {{}} ORDER BY id DESC LIMIT 1"  # noqa: S608
    rows = await Assignment.raw(sql, given.person_id, value)
    return int(rows[0]["id"])


async def tell(assignment_id: int, kind: str, at: datetime) -> None:
    """A notice to her about an assignment, its title in her language; nobody is told who may not come in."""
    given = await assignment(assignment_id)
    assert given is not None
    person = await people.person(given.person_id)
    if person is None or person.disabled:
        return
    title = (await titles([given], person.language)).get(given.id, "")
    params = {"title": title} | ({"due_at": given.due_at.isoformat()} if given.due_at else {})
    way = None if given.cancelled_at else f"/learn/{given.id}"
    await notify(given.person_id, kind if given.due_at else _WITHOUT_DUE.get(kind, kind), params, at, way=way)


async def on_store_opened(fact: StoreFact) -> None:
    """A new store: its owner gets the licence curriculum, unless she has it open or holds one that still counts."""
    await assign_licence(fact.owner_id, fact.at, fact.actor)


async def assign_licence(person_id: int, at: datetime, actor: Actor = SYSTEM) -> int | None:
    """The licence curriculum for an owner who needs it: the new assignment, or None where there is nothing to give."""
    async with writing():
        version = await catalogue.current_curriculum(OWNER_LICENCE, settings().language)
        if version is None:
            return None
        last = await latest_assignment(person_id, OWNER_LICENCE)
        if last is not None and (last.open or rules.still_valid(last.completed_at, version.valid_days, at)):
            return None
        made, new = await _give_version(actor, person_id, version, Cause.NEW_OWNER, at)
        return made if new else None


async def complete(assignment_id: int, at: datetime, actor: Actor = SYSTEM) -> bool:
    """Everything that it asks for is done; False where it was closed before. The rooms above say when."""
    async with writing():
        won = (
            await Assignment.update({Assignment.completed_at: at})
            .where(Assignment.id == assignment_id, Assignment.completed_at.is_null(), Assignment.cancelled_at.is_null())
            .returning(Assignment.id)
        )
        if won:
            await audit.record(actor, "assignment.complete", ("assignment", assignment_id), at)
        return bool(won)


async def cancel(actor: Actor, assignment_id: int, at: datetime) -> None:
    """Withdraw an open assignment and tell her. Raises Refused where it is closed."""
    async with writing():
        won = (
            await Assignment.update({Assignment.cancelled_at: at})
            .where(Assignment.id == assignment_id, Assignment.completed_at.is_null(), Assignment.cancelled_at.is_null())
            .returning(Assignment.id)
        )
        if not won:
            raise Refused("assignment_closed")
        await audit.record(actor, "assignment.cancel", ("assignment", assignment_id), at)
        await tell(assignment_id, "assignment_cancelled", at)


async def extend(actor: Actor, assignment_id: int, due_at: datetime, reason: str, at: datetime) -> None:
    """Move the due date of an open assignment to a later day, keep why, and tell her. Raises NotFound or Refused."""
    async with writing():
        given = await assignment(assignment_id)
        if given is None:
            raise NotFound
        if due_at <= at or (given.due_at is not None and due_at <= given.due_at):
            raise Refused("due_not_later", field="due_on")
        if not await _move_due(given, due_at):
            raise Refused("assignment_closed")
        await Extension.insert(
            Extension(assignment=given.id, due_before=given.due_at, due_after=due_at, reason=reason, by=actor.id, at=at)
        )
        await audit.record(actor, "assignment.extend", ("assignment", given.id), at, {"due_at": due_at})
        await tell(given.id, "assignment_extended", at)


async def _move_due(given: AssignmentInfo, due_at: datetime) -> bool:
    """Guarded by the date that was read: of two who move it at once the second is refused."""
    unmoved = Assignment.due_at.is_null() if given.due_at is None else Assignment.due_at == given.due_at
    won = (
        await Assignment.update({Assignment.due_at: due_at})
        .where(Assignment.id == given.id, Assignment.completed_at.is_null(), Assignment.cancelled_at.is_null(), unmoved)
        .returning(Assignment.id)
    )
    return bool(won)


async def remind(viewer: Viewer, assignment_id: int, at: datetime) -> None:
    """Remind somebody within the viewer's reach. Raises NotFound, or Refused within a day of the last time."""
    reach = reach_of(viewer)
    async with writing():
        given = await reachable(reach, assignment_id)
        if not given.open:
            raise Refused("assignment_closed")
        if not await remind_once(viewer.actor, given.id, at):
            raise Refused("reminded_today")


async def remind_once(actor: Actor, assignment_id: int, at: datetime) -> bool:
    """Remind by hand, at most once a day; False where that day is not over or the assignment is closed."""
    async with writing():
        rows = await Assignment.raw(
            "UPDATE assignments SET reminded_at = {} WHERE id = {} AND completed_at IS NULL AND cancelled_at IS NULL"
            " AND (reminded_at IS NULL OR reminded_at <= {}) RETURNING id",
            at,
            assignment_id,
            at - rules.DAY,
        )
        if not rows:
            return False
        await Reminder.insert(Reminder(assignment=assignment_id, kind=ReminderKind.MANUAL.value, at=at, by=actor.id))
        await audit.record(actor, "assignment.remind", ("assignment", assignment_id), at)
        await tell(assignment_id, "assignment_reminder", at)
        return True
