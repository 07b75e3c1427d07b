"""Sealed once and graded once, by her hand or by time, whoever comes at the same moment."""

import asyncio
from datetime import timedelta

import pytest

from certification.exams import actions, queries, rules
from certification.exams.actions import Saved
from certification.exams.rules import State
from certification.exams.sweeps import seal_overdue
from certification.exams.tables import Attempt, AttemptAnswer
from portal.core.base import hooks
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import connect, disconnect, reading, writing
from portal.core.base.hooks import LearningFact
from portal.core.base.refusals import NotFound, Refused
from portal.core.notices.tables import Notice
from tests.certification.exams.stage import (
    AT,
    DUE,
    MINUTES,
    SECOND,
    another,
    answer_all,
    assigned,
    attempt_row,
    exam_rows,
    paper,
    set_stage,
    sit_down,
    tap,
)
from tests.make import answers_of

pytestmark = pytest.mark.usefixtures("graded")


async def test_all_right_passes(database: str, graded: list[LearningFact]) -> None:
    stage = await set_stage()
    attempt = await sit_down(stage)
    await answer_all(stage, attempt)
    sealed = await actions.submit(attempt.ref, stage.viewer, AT + 2 * SECOND)
    assert (sealed.state, sealed.sealed_by, sealed.sealed_at) == (State.GRADED, "person", AT + 2 * SECOND)
    assert (sealed.score_bp, sealed.points, sealed.must_missed, sealed.passed) == (10_000, 12, 0, True)
    assert graded == [LearningFact(stage.viewer.person_id, stage.assignment_id, AT + 2 * SECOND, stage.viewer.actor)]
    async with reading():
        passed = await queries.passed_parts(stage.assignment_id)
        topics = await queries.results_by_topic(sealed.id)
    assert passed[stage.part_id].attempt_id == sealed.id
    assert [(one.tag, one.right, one.total) for one in topics] == [("care", 6, 6), ("truth", 6, 6)]
    with pytest.raises(Refused, match="exam_passed"):
        await sit_down(stage, AT + timedelta(days=2))


async def test_all_wrong_and_nothing_at_all_fail(database: str, graded: list[LearningFact]) -> None:
    stage = await set_stage()
    wrong = await sit_down(stage)
    await answer_all(stage, wrong, right=False)
    first = await actions.submit(wrong.ref, stage.viewer, AT + 2 * SECOND)
    empty = await sit_down(stage, AT + timedelta(days=1))
    second = await actions.submit(empty.ref, stage.viewer, AT + timedelta(days=1, seconds=1))
    assert [(one.score_bp, one.passed) for one in (first, second)] == [(0, False), (0, False)]
    assert len(graded) == 2
    async with reading():
        assert await queries.passed_parts(stage.assignment_id) == {}
        assert [one.number for one in await queries.attempts_of(stage.assignment_id)] == [1, 2]


async def test_handing_in_twice_changes_nothing(database: str, graded: list[LearningFact]) -> None:
    stage = await set_stage()
    attempt = await sit_down(stage)
    first = await actions.submit(attempt.ref, stage.viewer, AT + SECOND)
    assert await actions.submit(attempt.ref, stage.viewer, AT + 5 * SECOND) == first
    assert len(graded) == 1


async def test_twenty_four_hands_at_once_seal_and_grade_once(database: str, graded: list[LearningFact]) -> None:
    stage = await set_stage()
    attempt = await sit_down(stage)
    await answer_all(stage, attempt)
    sealed = await asyncio.gather(
        *(actions.submit(attempt.ref, stage.viewer, AT + place * SECOND) for place in range(1, 25))
    )
    assert len(set(sealed)) == 1
    assert sealed[0].passed
    assert len(graded) == 1
    async with reading():
        rows = await Attempt.raw("SELECT count(*) AS n FROM audit_entries WHERE action = 'exams.grade'")
    assert rows[0]["n"] == 1


async def test_answers_that_race_the_seal_are_graded_or_refused(database: str) -> None:
    stage = await set_stage()
    attempt = await sit_down(stage)
    right = await answers_of(attempt.id)
    taps = [tap(stage, attempt, position, given) for position, given in right.items()]
    outcomes = await asyncio.gather(
        *taps[:6], actions.submit(attempt.ref, stage.viewer, AT + SECOND), *taps[6:], return_exceptions=True
    )
    counted = sum(isinstance(outcome, Saved) for outcome in outcomes)
    refused = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    assert all(isinstance(one, Refused) and one.code == "exam_over" for one in refused)
    assert counted + len(refused) == 12
    items = await paper(attempt)
    assert sum(item.answered for item in items) == counted
    assert all((item.share_bp == 10_000) == item.answered for item in items)
    async with reading():
        rows = await AttemptAnswer.raw("SELECT accepted FROM attempt_answers")
    assert sum(bool(row["accepted"]) for row in rows) == counted
    assert len(rows) == 12


async def test_a_hook_that_fails_leaves_the_attempt_running(database: str) -> None:
    async def fail(fact: LearningFact) -> None:
        raise RuntimeError("the upper room stumbles")

    stage = await set_stage()
    attempt = await sit_down(stage)
    await answer_all(stage, attempt)
    hooks.exam_graded.joined.append(fail)
    with pytest.raises(RuntimeError):
        await actions.submit(attempt.ref, stage.viewer, AT + SECOND)
    assert (await attempt_row(attempt.id))["state"] == State.RUNNING
    assert {item.share_bp for item in await paper(attempt)} == {None}
    hooks.exam_graded.joined.remove(fail)
    assert (await actions.submit(attempt.ref, stage.viewer, AT + 2 * SECOND)).passed


async def test_the_sweep_hands_in_what_was_saved(database: str, graded: list[LearningFact]) -> None:
    stage = await set_stage(now() - timedelta(hours=1))
    began = now() - timedelta(hours=1)
    attempt = await sit_down(stage, began)
    for position, given in (await answers_of(attempt.id)).items():
        await tap(stage, attempt, position, given, 1, began + SECOND)
    assert await seal_overdue() == 1
    assert await seal_overdue() == 0
    async with reading():
        sealed = await queries.attempt(stage.viewer, attempt.ref)
        notices = await Notice.select(Notice.kind, Notice.way).where(Notice.person == stage.viewer.person_id)
    assert (sealed.sealed_by, sealed.sealed_at, sealed.passed) == ("time", attempt.deadline_at, True)
    assert graded[0].actor == SYSTEM
    assert {"kind": "exam_time_over", "way": f"/attempts/{attempt.ref}"} in notices


async def test_the_sweep_leaves_those_whose_time_runs(database: str) -> None:
    began = now() - timedelta(minutes=MINUTES, seconds=5)
    stage = await set_stage(began)
    await sit_down(stage, began)
    assert await seal_overdue() == 0


async def test_the_sweep_goes_past_one_that_fails(database: str) -> None:
    began = now() - timedelta(hours=1)
    stage = await set_stage(began)
    other = await another(stage, at=began)
    first, second = await sit_down(stage, began), await sit_down(other, began)

    async def fail(fact: LearningFact) -> None:
        if fact.person_id == stage.viewer.person_id:
            raise RuntimeError("only hers stumbles")

    hooks.exam_graded.joined.append(fail)
    assert await seal_overdue() == 1
    hooks.exam_graded.joined.remove(fail)
    assert [(await attempt_row(one.id))["state"] for one in (first, second)] == ["running", "graded"]
    assert await seal_overdue() == 1


async def test_a_look_at_one_that_is_over_seals_it(database: str, graded: list[LearningFact]) -> None:
    stage = await set_stage()
    attempt = await sit_down(stage)
    at = DUE + rules.LATE_TOLERANCE
    assert (await actions.settle(stage.viewer, attempt.ref, at)).running
    looks = await asyncio.gather(*(actions.settle(stage.viewer, attempt.ref, at + SECOND) for _ in range(8)))
    assert {one.sealed_by for one in looks} == {"time"}
    assert len(graded) == 1


async def test_handing_in_too_late_is_time(database: str) -> None:
    stage = await set_stage()
    attempt = await sit_down(stage)
    sealed = await actions.submit(attempt.ref, stage.viewer, DUE + 11 * SECOND)
    assert (sealed.sealed_by, sealed.sealed_at) == ("time", DUE)


async def test_a_must_item_missed_fails_a_good_paper(database: str) -> None:
    stage = await set_stage()
    attempt = await sit_down(stage)
    right, wrong = await answers_of(attempt.id), await answers_of(attempt.id, well=False)
    must = [item.position for item in await paper(attempt) if item.must]
    assert len(must) == 2
    for position, given in right.items():
        await tap(stage, attempt, position, wrong[position] if position == must[0] else given)
    sealed = await actions.submit(attempt.ref, stage.viewer, AT + 2 * SECOND)
    assert (sealed.score_bp, sealed.must_missed, sealed.passed) == (9_166, 1, False)


async def test_a_restart_in_the_middle_loses_nothing(database: str) -> None:
    stage = await set_stage()
    attempt = await sit_down(stage)
    await answer_all(stage, attempt)
    await disconnect()
    await connect(database)
    async with reading():
        again = await queries.attempt(stage.viewer, attempt.ref)
    assert again == attempt
    assert (await sit_down(stage, AT + 5 * SECOND)).ref == attempt.ref
    assert (await actions.submit(attempt.ref, stage.viewer, AT + 9 * SECOND)).score_bp == 10_000


async def test_a_new_registration_begins_anew(database: str) -> None:
    stage = await set_stage(rows=exam_rows(attempts=1), copies=4)
    attempt = await sit_down(stage)
    await actions.submit(attempt.ref, stage.viewer, AT + SECOND)
    async with writing():
        await Attempt.raw("UPDATE assignments SET completed_at = {} WHERE id = {}", AT, stage.assignment_id)
    renewed = await assigned(stage.report, stage.viewer.person_id, AT + timedelta(days=300))
    assert renewed.assignment_id != stage.assignment_id
    second = await sit_down(renewed, AT + timedelta(days=300))
    assert second.number == 1
    first_codes, second_codes = (
        {item.edition_id for item in await paper(attempt)},
        {item.edition_id for item in await paper(second)},
    )
    assert not first_codes & second_codes


async def test_a_grant_says_which_exam_and_only_while_it_is_open(database: str) -> None:
    stage = await set_stage()
    with pytest.raises(NotFound):
        await actions.grant_attempt(SYSTEM, 10**9, "no such", AT)
    with pytest.raises(NotFound):
        await actions.grant_attempt(SYSTEM, stage.assignment_id, "no such", AT, part_id=10**9)
    async with writing():
        await Attempt.raw("UPDATE assignments SET completed_at = {} WHERE id = {}", AT, stage.assignment_id)
    with pytest.raises(Refused, match="exam_closed"):
        await actions.grant_attempt(SYSTEM, stage.assignment_id, "done", AT)
