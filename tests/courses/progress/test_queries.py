"""The checklist: few queries, true states, her language, the version that she began."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

import pytest

from courses.assignment import actions as assignments
from courses.progress import actions, place, queries
from courses.progress.rules import ExamState, State
from courses.progress.slots import EXAM_STATES
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import counting_queries, reading
from portal.core.base.refusals import NotFound
from tests import make
from tests.courses import build
from tests.courses.build import ARTICLE, CHECK

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def exams() -> Iterator[dict[str, bool]]:
    """An exams' room of our own: every exam part by its code, passed or not."""
    passed: dict[str, bool] = {}
    before = [*EXAM_STATES]

    async def states(parts: Mapping[int, Sequence[int]], language: str) -> dict[tuple[int, int], ExamState]:
        found = {}
        for assignment_id, own in parts.items():
            for part in own:
                (row,) = await queries.Enrolment.raw("SELECT code FROM curriculum_parts WHERE id = {}", part)
                title, done = f"Exam {language}", passed.get(row["code"], False)
                found[assignment_id, part] = ExamState(part, title, 40, done, "30 questions", "/exams")
        return found

    EXAM_STATES[:] = [states]
    yield passed
    EXAM_STATES[:] = before


async def given(person_id: int, *parts: tuple[str, object, int | None]) -> int:
    _, version = await build.curriculum(*parts)  # type: ignore[arg-type]
    assignment_id, _ = await assignments.assign_curriculum(SYSTEM, person_id, version, "manual", now())
    return assignment_id


async def seen(person_id: int, assignment_id: int, language: str = "zh-Hans") -> queries.Checklist:
    async with reading():
        return await queries.checklist(person_id, assignment_id, language)


def states(checklist: queries.Checklist) -> list[str]:
    return [str(part.state) for part in checklist.parts]


async def test_part_by_part_until_the_exam_opens(exams: dict[str, bool]) -> None:
    olive = await make.person("owner", "Olive")
    first, second = await build.course(ARTICLE, CHECK), await build.course(ARTICLE)
    assignment = await given(olive, ("course", first, None), ("course", second, None), ("exam", "final", None))
    before = await seen(olive, assignment)
    assert states(before) == ["now", "todo", "lock"]
    assert (before.done, before.total, before.minutes_left) == (0, 3, 5 + 3 + 5 + 40)
    assert before.next is not None
    assert before.next.next_lesson is not None
    assert before.next.next_lesson.code == "l-1"
    await make.learn_course(olive, assignment, first.id, now())
    halfway = await seen(olive, assignment)
    assert (states(halfway), halfway.done) == (["done", "now", "lock"], 1)
    await make.learn_course(olive, assignment, second.id, now())
    ready = await seen(olive, assignment)
    assert (states(ready), ready.minutes_left) == (["done", "done", "now"], 40)
    exams["final"] = True
    passed = await seen(olive, assignment)
    assert (states(passed), passed.next, passed.minutes_left) == (["done", "done", "done"], None, 0)


async def test_where_she_is_inside_a_course() -> None:
    olive = await make.person("owner", "Olive")
    made = await build.course(ARTICLE, ARTICLE, ARTICLE)
    assignment = await given(olive, ("course", made, None))
    at = now()
    enrolment = await actions.begin_course(olive, assignment, made.id, at)
    await actions.open_lesson(enrolment, made.lessons[1], at)
    await actions.complete_lesson(SYSTEM, enrolment, made.lessons[1], at + timedelta(minutes=2))
    part = (await seen(olive, assignment)).parts[0]
    assert (part.lessons_done, part.lessons_total, part.minutes_left, part.enrolment_id) == (1, 3, 10, enrolment)
    async with reading():
        here = await place.course_place(olive, assignment, made.code, "zh-Hans")
    assert [lesson.state for lesson in here.lessons] == [State.NOW, State.DONE, State.TODO]
    last = here.lessons[2]
    assert [one and one.info.code for one in (here.beside(last, -1), here.beside(last, 1), here.after(last))] == [
        "l-2",
        None,
        "l-1",
    ]


async def test_alternatives() -> None:
    olive = await make.person("owner", "Olive")
    one, other = await build.course(ARTICLE), await build.course(ARTICLE)
    assignment = await given(olive, ("course", one, 1), ("course", other, 1), ("exam", "final", None))
    await actions.begin_course(olive, assignment, other.id, now())
    begun = await seen(olive, assignment)
    assert begun.next is not None
    assert begun.next.part.course_id == other.id
    await make.learn_course(olive, assignment, other.id, now())
    found = await seen(olive, assignment)
    assert states(found) == ["todo", "done", "now"]
    assert [part.needed for part in found.parts] == [False, True, True]
    assert (found.done, found.total, found.minutes_left) == (1, 2, 40)
    async with reading():
        assert await queries.all_courses_complete(assignment)


async def test_a_single_course_is_its_only_part() -> None:
    olive, made = await make.person("owner", "Olive"), await build.course(ARTICLE, CHECK)
    assignment, _ = await assignments.assign_course(SYSTEM, olive, made.id, "manual", now())
    found = await seen(olive, assignment, "en")
    assert (found.title, states(found), found.total) == (f"{made.code} en", ["now"], 1)
    async with reading():
        assert not await queries.all_courses_complete(assignment)


async def test_she_finishes_the_version_that_she_began() -> None:
    olive, otto = await make.person("owner", "Olive"), await make.person("owner", "Otto")
    made = await build.course(ARTICLE)
    hers, his = await given(olive, ("course", made, None)), await given(otto, ("course", made, None))
    await actions.begin_course(olive, hers, made.id, now())
    await build.version(made.id, made.code, 2, (ARTICLE, ARTICLE, ARTICLE))
    assert (await seen(olive, hers)).parts[0].lessons_total == 1
    assert (await seen(otto, his)).parts[0].lessons_total == 3


async def test_her_language_or_else_the_other() -> None:
    olive = await make.person("owner", "Olive")
    both, chinese = await build.course(ARTICLE), await build.course(ARTICLE, languages=("zh-Hans",))
    assignment = await given(olive, ("course", both, None), ("course", chinese, None), ("exam", "final", None))
    found = await seen(olive, assignment, "en")
    assert found.title.endswith(" en")
    assert [part.title for part in found.parts] == [f"{both.code} en", f"{chinese.code} zh-Hans", "Exam en"]


async def test_nobody_elses() -> None:
    olive, otto = await make.person("owner", "Olive"), await make.person("owner", "Otto")
    made = await build.course(ARTICLE)
    assignment = await given(olive, ("course", made, None))
    for person_id, assignment_id in ((otto, assignment), (olive, 4711), (olive, 0), (olive, 2**70)):
        with pytest.raises(NotFound):
            await seen(person_id, assignment_id)
        async with reading():
            with pytest.raises(NotFound):
                await place.course_place(person_id, assignment_id, made.code, "zh-Hans")
    await assignments.cancel(SYSTEM, assignment, now())
    with pytest.raises(NotFound):
        await seen(olive, assignment)


@pytest.mark.parametrize("size", [1, 12])
async def test_a_checklist_takes_three_queries_however_long(size: int) -> None:
    EXAM_STATES[:] = []
    olive = await make.person("owner", "Olive")
    courses = [await build.course(ARTICLE, ARTICLE) for _ in range(size)]
    assignment = await given(olive, *[("course", one, None) for one in courses])
    for one in courses[: size // 2]:
        await make.learn_course(olive, assignment, one.id, now())
    await actions.begin_course(olive, assignment, courses[-1].id, now())
    async with reading():
        with counting_queries() as count:
            found = await queries.checklist(olive, assignment, "zh-Hans")
    assert len(count) == 3
    assert found.done == size // 2


@pytest.mark.parametrize("size", [1, 8])
async def test_several_checklists_take_no_more(size: int) -> None:
    EXAM_STATES[:] = []
    olive = await make.person("owner", "Olive")
    ids = [await given(olive, ("course", await build.course(ARTICLE), None)) for _ in range(size)]
    async with reading():
        with counting_queries() as count:
            found = await queries.checklists(olive, reversed(ids), "zh-Hans")
    assert [one.assignment.id for one in found] == [*reversed(ids)]
    assert len(count) == 2  # nothing begun, so nothing read
