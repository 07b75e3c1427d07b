"""How far somebody is, shaped for her pages and the rooms above. Call inside `reading()` or `writing()`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from courses.assignment.queries import COLUMNS, IN_TURN, IS_OPEN, AssignmentInfo, assignment_info
from courses.catalogue import queries as catalogue
from courses.catalogue.queries import CourseInfo, LessonInfo, Part
from courses.progress import rules
from courses.progress.rules import ExamState, State
from courses.progress.slots import exam_states
from courses.progress.tables import Enrolment
from portal.core.base.database import placeholders
from portal.core.base.refusals import NotFound
from portal.core.people.queries import LARGEST_ID

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class PartState:
    """A part of an assignment, and how far she is in it. `needed` is False where an alternative was done instead."""

    part: Part
    course_info: CourseInfo | None
    state: State
    lessons_done: int
    lessons_total: int
    minutes_left: int
    enrolment_id: int | None
    needed: bool = True
    next_lesson: LessonInfo | None = None
    exam: ExamState | None = None

    @property
    def title(self) -> str:
        if self.course_info is not None:
            return self.course_info.title
        return self.exam.title if self.exam is not None else self.part.code


@dataclass(frozen=True, slots=True)
class Checklist:
    """An assignment part by part. `next` is the one right step, None where nothing is left that is open to her."""

    assignment: AssignmentInfo
    title: str
    label: str | None
    parts: tuple[PartState, ...]
    next: PartState | None

    @property
    def needed(self) -> tuple[PartState, ...]:
        return tuple(part for part in self.parts if part.needed)

    @property
    def done(self) -> int:
        return sum(1 for part in self.needed if part.state is State.DONE)

    @property
    def total(self) -> int:
        return len(self.needed)

    @property
    def minutes_left(self) -> int:
        return sum(part.minutes_left for part in self.needed)


# The version she began, or, as long as she has not begun, the one that is current.
VERSION = (
    "COALESCE(n.version, (SELECT v.id FROM course_versions v WHERE v.course = k.id AND v.published_at IS NOT NULL"
    " ORDER BY v.number DESC LIMIT 1)) AS version"
)
# A single course stands as the only part of its assignment.
_PARTS = (
    f"SELECT {COLUMNS}, u.label, (SELECT e.title FROM curriculum_editions e"  # noqa: S608 - our own columns
    " WHERE e.version = a.curriculum_version ORDER BY (e.language <> {}), e.id LIMIT 1) AS title,"
    " p.id AS part, p.position, p.kind, p.code, p.choice, k.id AS course_id, k.code AS course_code,"
    f" n.id AS enrolment, n.completed_at AS course_done, {VERSION}"
    " FROM assignments a"
    " LEFT JOIN curricula c ON c.id = a.curriculum"
    " LEFT JOIN curriculum_versions u ON u.id = a.curriculum_version"
    " LEFT JOIN curriculum_parts p ON p.version = a.curriculum_version"
    " LEFT JOIN courses k ON k.id = COALESCE(p.course, a.course)"
    " LEFT JOIN enrolments n ON n.assignment = a.id AND n.course = k.id"
)


async def checklist(person_id: int, assignment_id: int, language: str) -> Checklist:
    """One of her assignments, part by part; three queries and those of the exams' room. Raises NotFound."""
    if not 0 < assignment_id <= LARGEST_ID:
        raise NotFound
    found = await checklists(person_id, [assignment_id], language)
    if not found:
        raise NotFound
    return found[0]


async def checklists(person_id: int, assignment_ids: Iterable[int], language: str) -> list[Checklist]:
    """Several of her assignments in the order asked for; withdrawn ones and other people's are left out."""
    ids = list(assignment_ids)
    if not ids:
        return []
    hers = f"a.person = {{}} AND a.cancelled_at IS NULL AND a.id IN ({placeholders(ids)})"
    sql = f"{_PARTS} WHERE {hers} ORDER BY p.position"
    found = await _checklists(await Enrolment.raw(sql, language, person_id, *ids), language)
    return [found[one] for one in ids if one in found]


_OPEN = (
    f"{_PARTS} WHERE a.id IN (SELECT a.id FROM assignments a WHERE a.person = {{}} AND {IS_OPEN}"  # noqa: S608 - ours
    f" ORDER BY {IN_TURN} LIMIT {{}}) ORDER BY {IN_TURN}, p.position"
)


async def open_checklists(person_id: int, language: str, most: int) -> list[Checklist]:
    """What she has before her, `most` of it: required first, then by due date."""
    return list((await _checklists(await Enrolment.raw(_OPEN, language, person_id, most), language)).values())


async def _checklists(rows: Rows, language: str) -> dict[int, Checklist]:
    """The checklists of these rows by assignment, in their order; what they have in common is read once for all."""
    courses = await catalogue.courses([row["version"] for row in rows if row["version"]], language)
    read = await _read_lessons([row["enrolment"] for row in rows if row["enrolment"]])
    own: dict[int, list[Mapping[str, Any]]] = {}
    for row in rows:
        own.setdefault(row["id"], []).append(row)
    asked = {one: [row["part"] for row in parts if row["kind"] == "exam"] for one, parts in own.items()}
    asked = {one: parts for one, parts in asked.items() if parts}
    exams = await exam_states(asked, language) if asked else {}
    of = {one: {part: state for (given, part), state in exams.items() if given == one} for one in own}
    return {one: _checklist(parts, courses, read, of[one]) for one, parts in own.items()}


async def _read_lessons(enrolment_ids: Sequence[int]) -> frozenset[tuple[int, int]]:
    """Which lessons are complete, as (enrolment, lesson)."""
    if not enrolment_ids:
        return frozenset()
    sql = f"SELECT enrolment, lesson FROM lesson_progress WHERE enrolment IN ({placeholders(enrolment_ids)})"  # noqa: S608
    rows = await Enrolment.raw(f"{sql} AND completed_at IS NOT NULL", *enrolment_ids)
    return frozenset((row["enrolment"], row["lesson"]) for row in rows)


def _checklist(
    rows: Rows, courses: Mapping[int, CourseInfo], read: frozenset[tuple[int, int]], exams: Mapping[int, ExamState]
) -> Checklist:
    info = assignment_info(rows[0])
    parts = [_part(row) for row in rows]
    done = {part.id for part, row in zip(parts, rows, strict=True) if row["course_done"] is not None}
    done |= {part.id for part in parts if part.id in exams and exams[part.id].passed}
    begun = {part.id for part, row in zip(parts, rows, strict=True) if row["enrolment"] is not None}
    states = rules.part_states(parts, done, begun)
    met = rules.satisfied(parts, done)
    shown = tuple(
        _part_state(
            PartState(
                part=part,
                course_info=courses.get(row["version"] or 0),
                state=states[part.id],
                lessons_done=0,
                lessons_total=0,
                minutes_left=0,
                enrolment_id=row["enrolment"],
                needed=part.id not in met or states[part.id] is State.DONE,
                exam=exams.get(part.id),
            ),
            read,
        )
        for part, row in zip(parts, rows, strict=True)
    )
    now = next((part for part in shown if part.state is State.NOW), None)
    title = rows[0]["title"] or (shown[0].title if shown else "")
    return Checklist(info, title, rows[0]["label"], shown, None if info.completed_at else now)


def _part(row: Mapping[str, Any]) -> Part:
    if row["part"] is None:
        return Part(0, 1, "course", row["course_code"], row["course_id"], None)
    return Part(row["part"], row["position"], row["kind"], row["code"], row["course_id"], row["choice"])


def _part_state(bare: PartState, read: frozenset[tuple[int, int]]) -> PartState:
    """A part with what is read and left of it filled in."""
    if bare.course_info is None:
        minutes = bare.exam.minutes if bare.exam is not None and bare.state is not State.DONE else 0
        return replace(bare, minutes_left=minutes)
    lessons = bare.course_info.lessons
    left = [lesson for lesson in lessons if (bare.enrolment_id, lesson.id) not in read]
    return replace(
        bare,
        lessons_done=len(lessons) - len(left),
        lessons_total=len(lessons),
        minutes_left=sum(lesson.minutes for lesson in left),
        next_lesson=left[0] if left else None,
    )


async def completed_courses(assignment_id: int) -> frozenset[int]:
    """The ids of the courses completed in this registration."""
    rows = await Enrolment.raw(
        "SELECT course FROM enrolments WHERE assignment = {} AND completed_at IS NOT NULL", assignment_id
    )
    return frozenset(row["course"] for row in rows)


async def all_courses_complete(assignment_id: int) -> bool:
    """Whether nothing but exams is left of an assignment; of alternatives one is enough."""
    sql = f"{_PARTS} WHERE a.id = {{}} ORDER BY p.position"
    rows = await Enrolment.raw(sql, "", assignment_id)
    completed = {row["course_id"] for row in rows if row["course_done"] is not None}
    return bool(rows) and rules.courses_complete([_part(row) for row in rows], completed)


async def asks_for_courses_only(assignment_id: int) -> bool:
    """Whether an assignment ends with its courses: no exam and no session stands in it."""
    rows = await Enrolment.raw(
        "SELECT 1 AS other FROM assignments a JOIN curriculum_parts p ON p.version = a.curriculum_version"
        " WHERE a.id = {} AND p.kind <> 'course' LIMIT 1",
        assignment_id,
    )
    return not rows
