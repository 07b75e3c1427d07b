"""Assignments as pages and the rooms above ask for them. Call inside `reading()` or `writing()`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from courses.assignment.tables import Assignment
from courses.catalogue import queries as catalogue
from portal.core.people.queries import LARGEST_ID

MOST_OPEN = 30
MOST_COMPLETED = 30


@dataclass(frozen=True, slots=True)
class AssignmentInfo:
    """A curriculum version, or a single course, given to a person. `purpose` is the curriculum's."""

    id: int
    person_id: int
    curriculum_version_id: int | None
    course_id: int | None
    purpose: str | None
    cause: str
    required: bool
    assigned_at: datetime
    due_at: datetime | None
    completed_at: datetime | None
    cancelled_at: datetime | None
    curriculum_id: int | None = None
    note: str | None = None

    @property
    def open(self) -> bool:
        return self.completed_at is None and self.cancelled_at is None


@dataclass(frozen=True, slots=True)
class ExtensionInfo:
    """A due date that was moved, and why."""

    due_before: datetime | None
    due_after: datetime
    reason: str
    at: datetime


# What `assignment_info` reads, and from where.
COLUMNS = (
    "a.id, a.person, a.curriculum, a.curriculum_version, a.course, c.purpose, a.cause, a.required, a.assigned_at,"
    " a.due_at, a.completed_at, a.cancelled_at, a.note"
)
SOURCE = "assignments a LEFT JOIN curricula c ON c.id = a.curriculum"
IS_OPEN = "a.completed_at IS NULL AND a.cancelled_at IS NULL"
# Required first, then by due date.
IN_TURN = "a.required DESC, CASE WHEN a.due_at IS NULL THEN 1 ELSE 0 END, a.due_at, a.id"


def assignment_info(row: Mapping[str, Any]) -> AssignmentInfo:
    return AssignmentInfo(
        id=row["id"],
        person_id=row["person"],
        curriculum_version_id=row["curriculum_version"],
        course_id=row["course"],
        purpose=row["purpose"],
        cause=row["cause"],
        required=bool(row["required"]),
        assigned_at=row["assigned_at"],
        due_at=row["due_at"],
        completed_at=row["completed_at"],
        cancelled_at=row["cancelled_at"],
        curriculum_id=row["curriculum"],
        note=row["note"],
    )


async def _select(rest: str, *values: object) -> list[AssignmentInfo]:
    rows = await Assignment.raw(f"SELECT {COLUMNS} FROM {SOURCE} {rest}", *values)  # noqa: S608 - our own conditions
    return [assignment_info(row) for row in rows]


async def assignment(assignment_id: int) -> AssignmentInfo | None:
    """One assignment, whosesoever; the caller sees to it that the viewer may know it."""
    if not 0 < assignment_id <= LARGEST_ID:
        return None
    found = await _select("WHERE a.id = {}", assignment_id)
    return found[0] if found else None


async def own_assignment(person_id: int, assignment_id: int) -> AssignmentInfo | None:
    """An assignment of this person that was not withdrawn."""
    found = await assignment(assignment_id)
    return found if found and found.person_id == person_id and found.cancelled_at is None else None


async def open_assignments(person_id: int) -> list[AssignmentInfo]:
    """What she has before her: required first, then by due date; at most thirty."""
    return await _select(f"WHERE a.person = {{}} AND {IS_OPEN} ORDER BY {IN_TURN} LIMIT {{}}", person_id, MOST_OPEN)


async def completed_assignments(person_id: int) -> list[AssignmentInfo]:
    """What she has done, newest first; at most thirty."""
    return await _select(
        "WHERE a.person = {} AND a.completed_at IS NOT NULL ORDER BY a.completed_at DESC, a.id DESC LIMIT {}",
        person_id,
        MOST_COMPLETED,
    )


async def latest_assignment(person_id: int, purpose: str) -> AssignmentInfo | None:
    """Her newest registration for a purpose, open or completed; withdrawn ones do not count."""
    found = await _select(
        "WHERE a.person = {} AND c.purpose = {} AND a.cancelled_at IS NULL ORDER BY a.id DESC LIMIT 1",
        person_id,
        purpose,
    )
    return found[0] if found else None


async def extensions_of(assignment_id: int) -> list[ExtensionInfo]:
    """How its due date was moved, newest first; at most twenty."""
    rows = await Assignment.raw(
        "SELECT due_before, due_after, reason, at FROM extensions WHERE assignment = {} ORDER BY id DESC LIMIT 20",
        assignment_id,
    )
    return [ExtensionInfo(row["due_before"], row["due_after"], row["reason"], row["at"]) for row in rows]


async def titles(assignments: Iterable[AssignmentInfo], language: str) -> dict[int, str]:
    """What was assigned, by assignment id, in two queries at most."""
    listed = list(assignments)
    versions = [one.curriculum_version_id for one in listed if one.curriculum_version_id is not None]
    courses = [one.course_id for one in listed if one.course_id is not None]
    by_version = await catalogue.curriculum_titles(versions, language)
    by_course = await catalogue.current_courses(courses, language)
    named: dict[int, str] = {}
    for one in listed:
        if one.curriculum_version_id is not None:
            named[one.id] = by_version.get(one.curriculum_version_id, "")
        elif one.course_id in by_course:
            named[one.id] = by_course[one.course_id].title
    return named
