"""How the demo's owners learn: lesson by lesson and question by question, through the actions that pages call."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from certification.exams import actions as exams
from certification.exams import queries as exam_queries
from courses.assignment import queries as assigned
from courses.catalogue import queries as catalogue
from courses.catalogue.queries import CourseInfo
from courses.progress import actions as progress
from courses.progress import queries as progress_queries
from courses.progress.queries import PartState
from courses.questions import queries as questions
from courses.questions.content import Matching, Multiple, Numeric, Question, Short, Single, TrueFalse
from courses.questions.rules import shown_answer
from portal.core.base.settings import settings
from portal.core.web.viewer import Viewer

LESSON = timedelta(minutes=6)
QUESTION = timedelta(seconds=40)


async def open_assignment(person_id: int, purpose: str = "owner_licence") -> int:
    """Her open registration for a purpose. Raises StopIteration where there is none."""
    return next(one.id for one in await assigned.open_assignments(person_id) if one.purpose == purpose)


async def parts_of(person_id: int, assignment_id: int) -> tuple[PartState, ...]:
    return (await progress_queries.checklist(person_id, assignment_id, settings().language)).parts


async def learn(
    viewer: Viewer, assignment_id: int, at: datetime, courses: int | None = None, lessons: int = 0
) -> datetime:
    """Finish so many courses (None: all) and so many lessons of the next one; returns when she was done."""
    parts = [part for part in await parts_of(viewer.person_id, assignment_id) if part.course_info is not None]
    whole = len(parts) if courses is None else courses
    for part in parts[:whole]:
        at = await _course(viewer, assignment_id, part, None, at)
    if lessons:
        at = await _course(viewer, assignment_id, parts[whole], lessons, at)
    return at


async def _course(viewer: Viewer, assignment_id: int, part: PartState, lessons: int | None, at: datetime) -> datetime:
    course = part.course_info
    assert course is not None
    enrolment = await progress.begin_course(viewer.person_id, assignment_id, course.course_id, at)
    return await _lessons(viewer, enrolment, course, lessons, at)


async def _lessons(viewer: Viewer, enrolment: int, course: CourseInfo, lessons: int | None, at: datetime) -> datetime:
    for lesson in course.lessons[:lessons]:
        await progress.open_lesson(enrolment, lesson.id, at)
        at += LESSON
        if lesson.kind == "checkpoint":
            await _checkpoint(viewer, enrolment, lesson.id, at)
        else:
            await progress.touch_lesson(enrolment, lesson.id, int(LESSON.total_seconds()), 10_000, at)
            await progress.complete_lesson(viewer.actor, enrolment, lesson.id, at, told=True)
    return at


async def _checkpoint(viewer: Viewer, enrolment: int, lesson_id: int, at: datetime) -> None:
    asked = await catalogue.lesson_questions(lesson_id)
    found = await questions.editions(asked, settings().language)
    for position, version in enumerate(asked, 1):
        given = right_answer(found[version].question)
        await progress.answer_checkpoint(viewer.actor, enrolment, lesson_id, position, given=given, at=at)


async def sit_exam(viewer: Viewer, assignment_id: int, at: datetime, wrong: int = 2) -> datetime:
    """Sit the assignment's exam and hand it in, the last `wrong` questions answered wrongly; when she was done."""
    parts = await parts_of(viewer.person_id, assignment_id)
    part = next(state.part for state in parts if state.part.kind == "exam")
    attempt = await exams.start_attempt(viewer, assignment_id, part.id, settings().language, at)
    items = await exam_queries.items_of(attempt.id)
    found = await questions.editions_by_id(item.edition_id for item in items)
    # What must be right stands first in line, so that two slips do not fail anybody.
    for number, item in enumerate(sorted(items, key=lambda item: (not item.must, item.position))):
        question = found[item.edition_id].question
        at += QUESTION
        given = right_answer(question) if number < len(items) - wrong else wrong_answer(question)
        shown = shown_answer(question, item.order, given)
        await exams.save_answer(attempt.ref, viewer, item.position, shown, seq=None, device="phone", at=at)
    await exams.submit(attempt.ref, viewer, at + QUESTION)
    return at + QUESTION


def right_answer(question: Question) -> object:
    """The answer that earns everything, in stored numbering."""
    body = question.body
    match body:
        case Single(choices=choices):
            return [max(range(len(choices)), key=lambda index: choices[index].share)]
        case Multiple(choices=choices):
            return [index for index, choice in enumerate(choices) if choice.share > 0]
        case TrueFalse(right=right):
            return right
        case Numeric(answers=answers):
            return answers[0].value
        case Short(accepted=accepted):
            return accepted[0].text
        case Matching(pairs=pairs, rights=rights):
            return {str(left): rights.index(pair.right) for left, pair in enumerate(pairs)}


def wrong_answer(question: Question) -> object:
    """An answer of the right shape that is not right."""
    body = question.body
    match body:
        case Single(choices=choices):
            return [_least([choice.share for choice in choices])]
        case Multiple(choices=choices):
            return [_least([choice.share for choice in choices])]
        case TrueFalse(right=right):
            return not right
        case Numeric():
            return "-1"
        case Short():
            return "-"
        case Matching(pairs=pairs, rights=rights):
            return {str(left): (rights.index(pair.right) + 1) % len(rights) for left, pair in enumerate(pairs)}


def _least(shares: Sequence[int]) -> int:
    return min(range(len(shares)), key=lambda index: shares[index])
