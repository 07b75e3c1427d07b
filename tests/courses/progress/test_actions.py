"""Beginning, reading, answering and being done, one at a time and many at once, on both databases."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from courses.assignment import actions as assignments
from courses.assignment import queries as assigned
from courses.progress import actions, queries
from courses.progress.actions import Completed
from courses.progress.tables import CheckpointAnswer, Enrolment, LessonProgress
from portal.core.base import hooks
from portal.core.base.audit import SYSTEM, Actor
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.hooks import LearningFact
from portal.core.base.refusals import NotFound, Refused
from portal.core.base.tables import AuditEntry
from tests import make
from tests.courses import build
from tests.courses.build import ARTICLE, CHECK, Made

pytestmark = pytest.mark.usefixtures("database")
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
RIGHT = ([0], [0, 1], False)


@pytest.fixture(autouse=True)
def told() -> Iterator[list[LearningFact]]:
    """What the upper rooms are told."""
    heard: list[LearningFact] = []

    async def listen(fact: LearningFact) -> None:
        heard.append(fact)

    before = [*hooks.course_completed.joined]
    hooks.course_completed.joined[:] = [listen]
    yield heard
    hooks.course_completed.joined[:] = before


class Learner:
    """Olive in one course, at an instant that she moves herself."""

    def __init__(self, person_id: int, assignment_id: int, course: Made, enrolment_id: int, at: datetime) -> None:
        self.person_id, self.assignment_id, self.course, self.enrolment_id = (
            person_id,
            assignment_id,
            course,
            enrolment_id,
        )
        self.at = at
        self.actor = Actor("person", person_id)

    async def open(self, place: int) -> int:
        await actions.open_lesson(self.enrolment_id, self.course.lessons[place], self.at)
        return self.course.lessons[place]

    async def read(self, place: int) -> Completed:
        lesson = await self.open(place)
        self.at += 2 * MINUTE
        return await actions.complete_lesson(self.actor, self.enrolment_id, lesson, self.at)

    async def answer(self, place: int, position: int, given: object) -> bool:
        lesson = await self.open(place)
        return await actions.answer_checkpoint(self.actor, self.enrolment_id, lesson, position, given=given, at=self.at)


async def learner(*lessons: tuple[str, int, int]) -> Learner:
    course, olive, at = await build.course(*lessons), await make.person("owner", "Olive"), now()
    assignment_id, _ = await assignments.assign_course(SYSTEM, olive, course.id, "manual", at)
    enrolment_id = await actions.begin_course(olive, assignment_id, course.id, at)
    return Learner(olive, assignment_id, course, enrolment_id, at)


async def progress(one: Learner, place: int = 0) -> LessonProgress:
    async with reading():
        row = await LessonProgress.objects().get(
            (LessonProgress.enrolment == one.enrolment_id) & (LessonProgress.lesson == one.course.lessons[place])
        )
    assert row is not None
    return row


async def test_beginning_pins_the_version_once() -> None:
    one = await learner(ARTICLE)
    await build.version(one.course.id, one.course.code, 2, (ARTICLE, ARTICLE))
    again = [actions.begin_course(one.person_id, one.assignment_id, one.course.id, now()) for _ in range(24)]
    assert set(await asyncio.gather(*again)) == {one.enrolment_id}
    async with reading():
        rows = await Enrolment.select(Enrolment.version)
    assert rows == [{"version": one.course.version_id}]


async def test_only_her_own_assignments_courses_can_be_begun() -> None:
    one, other = await learner(ARTICLE), await build.course(ARTICLE)
    otto = await make.person("owner", "Otto")
    for person_id, assignment_id, course_id in (
        (otto, one.assignment_id, one.course.id),
        (one.person_id, one.assignment_id, other.id),
        (one.person_id, 4711, one.course.id),
    ):
        with pytest.raises(NotFound):
            await actions.begin_course(person_id, assignment_id, course_id, now())
    await assignments.cancel(SYSTEM, one.assignment_id, now())
    with pytest.raises(NotFound):
        await actions.begin_course(one.person_id, one.assignment_id, one.course.id, now())


async def test_seconds_and_place_only_grow_whatever_comes_late() -> None:
    one = await learner(ARTICLE)
    lesson = await one.open(0)
    at = one.at + 5 * MINUTE
    sent = [(40, 3_000), (10, 9_000), (40, 3_000), (25, 100), (120, 5_000)]
    for seconds, place in sent:
        reached = await actions.touch_lesson(one.enrolment_id, lesson, seconds, place, at)
    assert (reached.seconds, reached.place_bp) == (120, 9_000)
    many = [actions.touch_lesson(one.enrolment_id, lesson, n, 100 * n, at) for n in range(24)]
    await asyncio.gather(*many)
    kept = await progress(one)
    assert (kept.seconds, kept.place_bp) == (120, 9_000)
    assert kept.opened_at == one.at


async def test_a_phone_cannot_have_read_longer_than_the_lesson_was_open() -> None:
    one = await learner(ARTICLE)
    lesson = await one.open(0)
    reached = await actions.touch_lesson(one.enrolment_id, lesson, 10_000, 10_000, one.at + 7 * SECOND)
    assert reached.seconds == 7


async def test_a_lesson_is_refused_kindly_until_it_is_read() -> None:
    one = await learner(ARTICLE)
    lesson = await one.open(0)

    async def say(seconds: int, place: int, after: int, told: bool) -> str:
        at = one.at + after * SECOND
        if told:
            await actions.touch_lesson(one.enrolment_id, lesson, seconds, place, at)
        try:
            await actions.complete_lesson(one.actor, one.enrolment_id, lesson, at, told=told)
        except Refused as refused:
            return f"{refused.code} {dict(refused.params)}"
        return "done"

    assert await say(0, 0, 20, False) == "lesson_seconds {'seconds': 40}"
    assert await say(50, 9_900, 55, True) == "lesson_seconds {'seconds': 10}"
    assert (await progress(one)).completed_at is None
    other = await learner(ARTICLE)
    one, lesson = other, await other.open(0)
    assert await say(70, 4_000, 90, True) == "lesson_end {}"
    assert await say(70, 9_900, 91, True) == "done"


async def test_the_last_lesson_completes_course_and_assignment(told: list[LearningFact]) -> None:
    one = await learner(ARTICLE, ("case", 4, 60))
    assert await one.read(1) == Completed(lesson=True, course=False)
    assert told == []
    assert await one.read(0) == Completed(lesson=True, course=True)
    assert await one.read(0) == Completed(lesson=False, course=False)
    assert [(fact.person_id, fact.assignment_id) for fact in told] == [(one.person_id, one.assignment_id)]
    async with reading():
        found = await assigned.assignment(one.assignment_id)
        assert found is not None
        assert found.completed_at is not None
        assert await queries.completed_courses(one.assignment_id) == {one.course.id}
        assert await queries.all_courses_complete(one.assignment_id)


async def test_of_24_completions_at_once_one_counts(told: list[LearningFact]) -> None:
    one = await learner(ARTICLE)
    lesson = await one.open(0)
    at = one.at + 5 * MINUTE
    done = [actions.complete_lesson(one.actor, one.enrolment_id, lesson, at) for _ in range(24)]
    results = await asyncio.gather(*done)
    assert sum(result.lesson for result in results) == 1
    assert sum(result.course for result in results) == 1
    assert len(told) == 1
    async with reading():
        assert await AuditEntry.count().where(AuditEntry.action == "course.complete") == 1


async def test_last_lessons_finished_at_once_do_not_miss_each_other(told: list[LearningFact]) -> None:
    one = await learner(*[ARTICLE] * 8)
    lessons = [await one.open(place) for place in range(8)]
    at = one.at + 5 * MINUTE
    results = await asyncio.gather(
        *(actions.complete_lesson(one.actor, one.enrolment_id, lesson, at) for lesson in lessons * 3)
    )
    assert sum(result.lesson for result in results) == 8
    assert sum(result.course for result in results) == 1
    assert len(told) == 1


async def test_what_the_upper_rooms_refuse_leaves_nothing_behind(told: list[LearningFact]) -> None:
    one = await learner(ARTICLE)

    async def fails(fact: LearningFact) -> None:
        raise RuntimeError("the gate stumbled")

    hooks.course_completed.join(fails)
    with pytest.raises(RuntimeError):
        await one.read(0)
    assert (await progress(one)).completed_at is None
    async with reading():
        assert await queries.completed_courses(one.assignment_id) == frozenset()


async def test_a_checkpoint_is_done_with_its_last_right_answer(told: list[LearningFact]) -> None:
    one = await learner(ARTICLE, CHECK)
    await one.read(0)
    with pytest.raises(Refused, match="lesson_answers"):
        await one.read(1)
    assert not await one.answer(1, 1, [1])
    assert not await one.answer(1, 1, [1])
    assert await one.answer(1, 1, RIGHT[0])
    assert not await one.answer(1, 2, [0])  # half is not right
    assert await one.answer(1, 3, RIGHT[2])
    assert told == []
    assert await one.answer(1, 2, RIGHT[1])
    assert len(told) == 1
    async with reading():
        rows = await CheckpointAnswer.select().order_by(CheckpointAnswer.question_version)
    assert [(row["correct"], row["tries"]) for row in rows] == [(True, 3), (True, 2), (True, 1)]


async def test_once_right_stays_right() -> None:
    one = await learner(CHECK)
    assert await one.answer(0, 1, RIGHT[0])
    assert not await one.answer(0, 1, [1])
    async with reading():
        kept = await CheckpointAnswer.select()
    assert [(build.loaded(row["given"]), row["correct"], row["tries"]) for row in kept] == [([0], True, 1)]


@pytest.mark.parametrize("given", [None, [], "x", {"0": 0}, [9], [0, 0], True])
async def test_what_is_no_answer_is_wrong_and_never_an_error(given: object) -> None:
    one = await learner(CHECK)
    assert not await one.answer(0, 1, given)


@pytest.mark.parametrize("position", [-1, 0, 4])
async def test_a_question_that_is_not_asked(position: int) -> None:
    one = await learner(CHECK)
    with pytest.raises(NotFound):
        await one.answer(0, position, [0])


async def test_another_courses_lesson_cannot_be_completed_here() -> None:
    one, other = await learner(ARTICLE), await learner(ARTICLE)
    with pytest.raises(NotFound):
        await actions.complete_lesson(one.actor, one.enrolment_id, other.course.lessons[0], now() + MINUTE * 9)
    with pytest.raises(NotFound):
        await actions.complete_lesson(one.actor, 4711, one.course.lessons[0], now())


async def test_a_curriculum_of_courses_ends_with_the_last_and_one_with_an_exam_does_not() -> None:
    olive, at = await make.person("owner", "Olive"), now()
    first, second = await build.course(ARTICLE), await build.course(ARTICLE)
    courses = [("course", first, None), ("course", second, None)]
    for parts, ends in ((courses, True), ([*courses, ("exam", "final", None)], False)):
        _, version = await build.curriculum(*parts)
        given, _ = await assignments.assign_curriculum(SYSTEM, olive, version, "manual", at)
        for made in (first, second):
            enrolment = await actions.begin_course(olive, given, made.id, at)
            await Learner(olive, given, made, enrolment, at).read(0)
        async with reading():
            found = await assigned.assignment(given)
            assert await queries.all_courses_complete(given)
        assert found is not None
        assert (found.completed_at is not None) is ends


async def test_an_earlier_registration_does_not_count_for_a_new_one() -> None:
    one = await learner(ARTICLE)
    await one.read(0)
    again, new = await assignments.assign_course(SYSTEM, one.person_id, one.course.id, "manual", now())
    assert new
    async with reading():
        assert await queries.completed_courses(again) == frozenset()
        found = await queries.checklist(one.person_id, again, "zh-Hans")
    assert (found.parts[0].lessons_done, found.parts[0].lessons_total) == (0, 1)
