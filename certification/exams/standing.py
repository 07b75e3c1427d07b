"""How a person stands with her exams: what she may begin, when, and what she has passed. Call inside a door."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from certification.exams import queries, rules
from certification.exams.queries import AttemptInfo, ExamInfo
from certification.exams.rules import NotYet, Start
from certification.exams.tables import Attempt
from certification.exams.tallies import UNTRIED, Tally, tallies
from courses.catalogue import queries as catalogue
from courses.catalogue.queries import CourseInfo, Part
from courses.progress.rules import ExamState, courses_complete
from portal.core.web.format import minutes as in_words
from portal.core.web.i18n import speaking, t, tn

MOST_ASSIGNMENTS = 20
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Topic:
    """What a paper asks about, and how many questions of it; `title` is that of the course which teaches it."""

    tag: str
    title: str
    questions: int


@dataclass(frozen=True, slots=True)
class OwnExam:
    """An exam of one of her assignments. `verdict` is None where the assignment is completed."""

    assignment_id: int
    part_id: int
    due_at: datetime | None
    exam: ExamInfo
    topics: tuple[Topic, ...]
    attempts: tuple[AttemptInfo, ...]
    verdict: Start | NotYet | None

    @property
    def running(self) -> AttemptInfo | None:
        return next((one for one in self.attempts if one.running), None)

    @property
    def best(self) -> AttemptInfo | None:
        """The best of what was handed in: a passed one before any other."""
        graded = [one for one in self.attempts if not one.running]
        return max(graded, key=lambda one: (one.passed, one.score_bp or 0, one.id), default=None)

    @property
    def passed(self) -> bool:
        return any(one.passed for one in self.attempts)


# Her newest assignments of curricula that end in an exam, each with all its parts and the courses she has finished.
_PARTS = (
    "SELECT a.id AS assignment, a.due_at, a.completed_at, p.id, p.position, p.kind, p.code, p.course, p.choice,"
    " n.completed_at AS course_done FROM assignments a"
    " JOIN curriculum_parts p ON p.version = a.curriculum_version"
    " LEFT JOIN enrolments n ON n.assignment = a.id AND n.course = p.course"
    " WHERE a.id IN (SELECT b.id FROM assignments b WHERE b.person = {} AND b.cancelled_at IS NULL"
    " AND EXISTS (SELECT 1 FROM curriculum_parts q WHERE q.version = b.curriculum_version AND q.kind = 'exam')"
    " ORDER BY b.id DESC LIMIT {})"
    " ORDER BY a.id DESC, p.position"
)
_COURSES = (
    "SELECT p.course FROM assignments a JOIN curriculum_parts p ON p.version = a.curriculum_version"
    " WHERE a.id = {} AND p.course IS NOT NULL ORDER BY p.position"
)


async def own_exams(person_id: int, language: str, at: datetime) -> list[OwnExam]:
    """Her exams: those still open first, the newest assignment first among them."""
    rows = await Attempt.raw(_PARTS, person_id, MOST_ASSIGNMENTS)
    exams = await queries.exams_of_parts((row["id"] for row in rows if row["kind"] == "exam"), language)
    ids = {row["assignment"] for row in rows}
    courses = await catalogue.current_courses((row["course"] for row in rows if row["course"]), language)
    known = _Known(await queries.attempts_of_all(ids), await queries.grants_of(ids), courses, at)
    own = [_own_exam(row, _of(rows, row["assignment"]), exams[row["id"]], known) for row in rows if row["id"] in exams]
    return sorted(own, key=lambda one: (one.verdict is None, one.passed))


@dataclass(frozen=True, slots=True)
class _Known:
    """What was read of all her assignments at once, and when it is looked at."""

    attempts: Sequence[AttemptInfo]
    grants: Mapping[tuple[int, int], int]
    courses: Mapping[int, CourseInfo]
    at: datetime


def _of(rows: Rows, assignment_id: int) -> Rows:
    return [row for row in rows if row["assignment"] == assignment_id]


def _own_exam(row: Mapping[str, Any], parts: Rows, exam: ExamInfo, known: _Known) -> OwnExam:
    key = (row["assignment"], exam.version_id)
    own = [one for one in known.attempts if (one.assignment_id, one.exam_version_id) == key]
    verdict = rules.may_start(
        [one.past for one in own],
        known.grants.get(key, 0),
        exam.blueprint,
        known.at,
        courses_done=_courses_done(parts),
        another_running=any(one.running for one in known.attempts),
    )
    by_tag = _by_tag(known.courses[part["course"]] for part in parts if part["course"] in known.courses)
    return OwnExam(
        assignment_id=row["assignment"],
        part_id=row["id"],
        due_at=row["due_at"],
        exam=exam,
        topics=_topics(exam, by_tag),
        attempts=tuple(own),
        verdict=verdict if row["completed_at"] is None else None,
    )


def _topics(exam: ExamInfo, by_tag: Mapping[str, CourseInfo]) -> tuple[Topic, ...]:
    draws = exam.blueprint.draws
    counts = {tag: sum(one.count for one in draws if one.tag == tag) for tag in dict.fromkeys(d.tag for d in draws)}
    return tuple(Topic(tag, by_tag[tag].title if tag in by_tag else tag, n) for tag, n in counts.items())


def _by_tag(courses: Iterable[CourseInfo]) -> dict[str, CourseInfo]:
    return {course.tag: course for course in courses}


async def courses_by_tag(assignment_id: int, language: str) -> dict[str, CourseInfo]:
    """The courses of an assignment's curriculum by the tag of their questions, in the curriculum's order."""
    ids = [row["course"] for row in await Attempt.raw(_COURSES, assignment_id)]
    courses = await catalogue.current_courses(ids, language)
    return _by_tag(courses[one] for one in ids if one in courses)


def _courses_done(rows: Rows) -> bool:
    parts = [Part(row["id"], row["position"], row["kind"], row["code"], row["course"], row["choice"]) for row in rows]
    return courses_complete(parts, {row["course"] for row in rows if row["course_done"] is not None})


async def exam_states(parts: Mapping[int, Sequence[int]], language: str) -> dict[tuple[int, int], ExamState]:
    """The states of the exam parts of assignments, by both, for the checklists of the room below."""
    exams = await queries.exams_of_parts((part for own in parts.values() for part in own), language)
    tried = await tallies(parts) if exams else {}
    with speaking(language):
        return {
            (assignment_id, part_id): _state(
                part_id, exams[part_id], tried.get((assignment_id, exams[part_id].version_id), UNTRIED)
            )
            for assignment_id, own in parts.items()
            for part_id in own
            if part_id in exams
        }


def _state(part_id: int, exam: ExamInfo, had: Tally) -> ExamState:
    left = max(exam.blueprint.attempts + had.grants - had.tries, 0)
    text = None if had.passed else t("exams.state.running") if had.running else asked(exam, left)
    way = f"/attempts/{had.running}" if had.running else "/exams"
    return ExamState(part_id, exam.title, exam.blueprint.minutes, had.passed, text, way)


def asked(exam: ExamInfo, left: int) -> str:
    """What an exam asks, in one line: questions, time, pass mark, tries left."""
    blueprint = exam.blueprint
    return t(
        "exams.asked",
        questions=tn("exams.questions", blueprint.questions),
        minutes=in_words(blueprint.minutes),
        mark=blueprint.pass_bp // 100,
        tries=tn("exams.tries_left", left),
    )
