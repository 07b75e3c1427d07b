"""How a person stands: on the list of exams, and in the checklist of the room below."""

from datetime import timedelta

from certification.exams import actions, queries, standing
from certification.exams.rules import NotYet, Start
from courses.progress import queries as progress
from courses.progress.slots import EXAM_STATES, join_exam_states
from portal.core.base.audit import SYSTEM
from portal.core.base.database import counting_queries, reading, writing
from tests.certification.exams.stage import AT, Stage, assigned, exam_rows, finish_course, set_stage
from tests.make import answers_of

SECOND = timedelta(seconds=1)


async def look(stage: Stage, at: object = AT) -> standing.OwnExam:
    async with reading():
        (own,) = await standing.own_exams(stage.viewer.person_id, "en", at)  # type: ignore[arg-type]
    return own


async def sit(stage: Stage, at: object = AT, *, well: bool) -> None:
    attempt = await actions.start_attempt(stage.viewer, stage.assignment_id, stage.part_id, "en", at)  # type: ignore[arg-type]
    for position, given in (await answers_of(attempt.id, well=well)).items():
        await actions.save_answer(attempt.ref, stage.viewer, position, given, seq=1, device="s1", at=at)  # type: ignore[arg-type]
    await actions.submit(attempt.ref, stage.viewer, at)  # type: ignore[arg-type]


async def test_the_list_follows_what_happens(database: str) -> None:
    stage = await set_stage(course=True)
    own = await look(stage)
    assert own.verdict == NotYet("exam_courses_first", 3)
    assert [(topic.tag, topic.title, topic.questions) for topic in own.topics] == [
        ("care", "A title", 6),
        ("truth", "truth", 6),
    ]
    await finish_course(stage)
    assert (await look(stage)).verdict == Start(1, 3)
    await sit(stage, well=False)
    assert (await look(stage)).verdict == NotYet("exam_cooldown", 2, AT + timedelta(hours=12))
    await actions.grant_attempt(SYSTEM, stage.assignment_id, "once more", AT)
    assert (await look(stage, AT + timedelta(hours=12))).verdict == Start(2, 3)
    await sit(stage, AT + timedelta(hours=12), well=True)
    own = await look(stage, AT + timedelta(hours=13))
    assert own.passed
    assert own.best is not None
    assert own.best.score_bp == 10_000
    assert [one.number for one in own.attempts] == [1, 2]


async def test_the_list_costs_the_same_for_one_assignment_and_for_many(database: str) -> None:
    stage = await set_stage()
    with counting_queries() as one:
        await look(stage)
    for day in range(1, 25):
        await _complete(stage, day)
        stage = await assigned(stage.report, stage.viewer.person_id, AT + timedelta(days=day))
    with counting_queries() as many:
        async with reading():
            exams = await standing.own_exams(stage.viewer.person_id, "en", AT)
    assert len(many) <= len(one)
    assert len(exams) == standing.MOST_ASSIGNMENTS
    assert [own.verdict is None for own in exams] == [False] + [True] * 19


async def _complete(stage: Stage, day: int) -> None:
    async with writing():
        at = AT + timedelta(days=day)
        await queries.Attempt.raw("UPDATE assignments SET completed_at = {} WHERE id = {}", at, stage.assignment_id)


async def test_the_checklist_below_knows_the_exam(database: str) -> None:
    stage = await set_stage(course=True)
    before = [*EXAM_STATES]
    join_exam_states(standing.exam_states)
    try:
        async with reading():
            listed = await progress.checklist(stage.viewer.person_id, stage.assignment_id, "en")
            states = await standing.exam_states({stage.assignment_id: [stage.part_id]}, "en")
        state = states[stage.assignment_id, stage.part_id]
        assert (state.title, state.minutes, state.passed, state.way) == ("Exam en", 40, False, "/exams")
        assert state.text == "12 questions, 40 minutes, 80 passes, 3 tries left"
        assert [part.state for part in listed.parts] == ["now", "lock"]
        await finish_course(stage)
        attempt = await actions.start_attempt(stage.viewer, stage.assignment_id, stage.part_id, "en", AT)
        async with reading():
            states = await standing.exam_states({stage.assignment_id: [stage.part_id]}, "en")
        assert states[stage.assignment_id, stage.part_id].way == f"/attempts/{attempt.ref}"
        await actions.submit(attempt.ref, stage.viewer, AT + SECOND)
        await sit(stage, AT + timedelta(days=1), well=True)
        async with reading():
            listed = await progress.checklist(stage.viewer.person_id, stage.assignment_id, "en")
        assert [part.state for part in listed.parts] == ["done", "done"]
    finally:
        EXAM_STATES[:] = before


async def test_an_assignment_without_an_exam_has_no_states(database: str) -> None:
    async with reading():
        assert await standing.exam_states({1: [999]}, "en") == {}


async def test_the_best_passed_attempt_counts(database: str) -> None:
    stage = await set_stage(rows=exam_rows(pass_percent=1, cooldown_hours=0))
    await sit(stage, well=True)
    async with reading():
        passed = await queries.passed_parts(stage.assignment_id)
    assert (passed[stage.part_id].score_bp, passed[stage.part_id].at) == (10_000, AT)
