"""Where a learner stands in one course: its lessons, her places in them, her checkpoint answers. Call inside a door."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from courses.assignment.queries import COLUMNS, AssignmentInfo, assignment_info
from courses.catalogue import queries as catalogue
from courses.catalogue.queries import CourseInfo, LessonInfo
from courses.progress.queries import VERSION
from courses.progress.rules import State
from courses.progress.tables import Enrolment
from portal.core.base.refusals import NotFound
from portal.core.people.queries import LARGEST_ID

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class LessonState:
    """A lesson of the course that she is in. `place_bp` is the furthest place reached, in basis points of the page."""

    info: LessonInfo
    state: State
    opened_at: datetime | None = None
    seconds: int = 0
    place_bp: int = 0

    @property
    def done(self) -> bool:
        return self.state is State.DONE


@dataclass(frozen=True, slots=True)
class CoursePlace:
    """Where she is in a course of one of her assignments. `number` is the course's place in the curriculum."""

    assignment: AssignmentInfo
    number: int | None
    enrolment_id: int | None
    completed_at: datetime | None
    course: CourseInfo
    lessons: tuple[LessonState, ...]

    @property
    def path(self) -> str:
        return f"/learn/{self.assignment.id}/{self.course.code}"

    @property
    def next(self) -> LessonState | None:
        return next((lesson for lesson in self.lessons if not lesson.done), None)

    @property
    def done(self) -> int:
        return sum(1 for lesson in self.lessons if lesson.done)

    @property
    def minutes_left(self) -> int:
        return sum(lesson.info.minutes for lesson in self.lessons if not lesson.done)

    def lesson(self, code: str) -> LessonState | None:
        return next((lesson for lesson in self.lessons if lesson.info.code == code), None)

    def beside(self, lesson: LessonState, step: int) -> LessonState | None:
        """The lesson before (−1) or after (+1), whatever its state."""
        place = self.lessons.index(lesson) + step
        return self.lessons[place] if 0 <= place < len(self.lessons) else None

    def after(self, lesson: LessonState) -> LessonState | None:
        """What to read next: the first unread lesson behind this one, or else the first unread one before it."""
        place = self.lessons.index(lesson)
        order = [*self.lessons[place + 1 :], *self.lessons[:place]]
        return next((other for other in order if not other.done), None)


@dataclass(frozen=True, slots=True)
class Answer:
    """Her latest answer to a checkpoint's question, in stored numbering; once right it stays."""

    question_version_id: int
    given: str
    correct: bool
    tries: int


_PLACE = (
    f"SELECT {COLUMNS}, p.position, n.id AS enrolment, n.completed_at AS course_done, {VERSION}"  # noqa: S608
    " FROM assignments a JOIN courses k ON k.code = {}"
    " LEFT JOIN curricula c ON c.id = a.curriculum"
    " LEFT JOIN curriculum_parts p ON p.version = a.curriculum_version AND p.course = k.id"
    " LEFT JOIN enrolments n ON n.assignment = a.id AND n.course = k.id"
    " WHERE a.id = {} AND a.person = {} AND a.cancelled_at IS NULL AND (a.course = k.id OR p.id IS NOT NULL)"
)


async def course_place(person_id: int, assignment_id: int, course_code: str, language: str) -> CoursePlace:
    """Where she is in a course of one of her assignments. Raises NotFound."""
    if not 0 < assignment_id <= LARGEST_ID:
        raise NotFound
    rows = await Enrolment.raw(_PLACE, course_code, assignment_id, person_id)
    course = await catalogue.course(rows[0]["version"], language) if rows and rows[0]["version"] else None
    if course is None:
        raise NotFound
    row = rows[0]
    return CoursePlace(
        assignment=assignment_info(row),
        number=row["position"],
        enrolment_id=row["enrolment"],
        completed_at=row["course_done"],
        course=course,
        lessons=await _lesson_states(course, row["enrolment"]),
    )


async def _lesson_states(course: CourseInfo, enrolment_id: int | None) -> tuple[LessonState, ...]:
    rows: Rows = []
    if enrolment_id is not None:
        rows = await Enrolment.raw(
            "SELECT lesson, opened_at, seconds, place_bp, completed_at FROM lesson_progress WHERE enrolment = {}",
            enrolment_id,
        )
    known = {row["lesson"]: row for row in rows}
    done = {lesson for lesson, row in known.items() if row["completed_at"] is not None}
    first = next((lesson.id for lesson in course.lessons if lesson.id not in done), None)
    return tuple(
        _lesson_state(lesson, known.get(lesson.id), _state(lesson.id, done, first)) for lesson in course.lessons
    )


def _state(lesson_id: int, done: set[int], first: int | None) -> State:
    if lesson_id in done:
        return State.DONE
    return State.NOW if lesson_id == first else State.TODO


def _lesson_state(info: LessonInfo, row: Mapping[str, Any] | None, state: State) -> LessonState:
    if row is None:
        return LessonState(info, state)
    return LessonState(info, state, row["opened_at"], row["seconds"], row["place_bp"])


async def answers(enrolment_id: int, lesson_id: int) -> dict[int, Answer]:
    """Her answers in a checkpoint, by question version id."""
    rows = await Enrolment.raw(
        "SELECT question_version, given, correct, tries FROM checkpoint_answers WHERE enrolment = {} AND lesson = {}",
        enrolment_id,
        lesson_id,
    )
    return {
        row["question_version"]: Answer(row["question_version"], row["given"], bool(row["correct"]), row["tries"])
        for row in rows
    }
