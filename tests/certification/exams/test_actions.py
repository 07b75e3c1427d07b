"""Attempts on both databases: begun once, answered in any order, sealed once, graded once."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest

from certification.exams import actions, queries, rules
from certification.exams.actions import Saved, Stale
from certification.exams.queries import AttemptInfo
from certification.exams.rules import SealedBy, State
from certification.exams.sweeps import seal_overdue
from certification.exams.tables import Attempt, AttemptAnswer, AttemptItem
from courses.questions import queries as questions
from portal.core.base import hooks
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import connect, disconnect, reading, writing
from portal.core.base.hooks import LearningFact
from portal.core.base.refusals import NotFound, Refused
from portal.core.notices.tables import Notice
from tests.certification.exams.stage import (
    AT,
    MINUTES,
    Stage,
    another,
    assigned,
    attempt_row,
    exam_rows,
    finish_course,
    paper,
    set_stage,
)
from tests.make import answers_of

SECOND = timedelta(seconds=1)
DUE = AT + timedelta(minutes=MINUTES)


@pytest.fixture(autouse=True)
def graded() -> Iterator[list[LearningFact]]:
    """What the upper rooms are told."""
    told: list[LearningFact] = []

    async def listen(fact: LearningFact) -> None:
        told.append(fact)

    before = [*hooks.exam_graded.joined]
    hooks.exam_graded.joined[:] = [listen]
    yield told
    hooks.exam_graded.joined[:] = before


async def begin(stage: Stage, at: object = AT, language: str = "zh-Hans") -> AttemptInfo:
    return await actions.start_attempt(stage.viewer, stage.assignment_id, stage.part_id, language, at)  # type: ignore[arg-type]


async def tap(
    stage: Stage, attempt: AttemptInfo, position: int, given: object, seq: int | None = 1, at: object = AT + SECOND
) -> Saved | Stale:
    return await actions.save_answer(attempt.ref, stage.viewer, position, given, seq=seq, device="s1", at=at)  # type: ignore[arg-type]


async def answer_all(stage: Stage, attempt: AttemptInfo, *, right: bool = True) -> None:
    for position, given in (await answers_of(attempt.id, well=right)).items():
        await tap(stage, attempt, position, given)


# --- beginning


async def test_an_attempt_is_frozen_at_its_start(database: str) -> None:
    stage = await set_stage()
    attempt = await begin(stage, language="en")
    assert (attempt.state, attempt.number, attempt.language) == (State.RUNNING, 1, "en")
    assert attempt.deadline_at == DUE
    assert attempt.max_points == 12
    items = await paper(attempt)
    assert [item.position for item in items] == list(range(1, 13))
    assert {tag: sum(item.tag == tag for item in items) for tag in ("care", "truth")} == {"care": 6, "truth": 6}
    async with reading():
        editions = await questions.editions_by_id(item.edition_id for item in items)
    assert len(editions) == 12
    assert {edition.language for edition in editions.values()} == {"en"}
    assert all(item.must == editions[item.edition_id].question.must for item in items)


async def test_a_double_tap_gives_the_same_attempt(database: str) -> None:
    stage = await set_stage()
    assert (await begin(stage)).ref == (await begin(stage, AT + SECOND)).ref


async def test_twenty_four_taps_at_once_give_one_attempt(database: str) -> None:
    stage = await set_stage()
    begun = await asyncio.gather(*(begin(stage) for _ in range(24)))
    assert len({attempt.ref for attempt in begun}) == 1
    async with reading():
        rows = await Attempt.raw("SELECT count(*) AS n FROM attempts")
        items = await AttemptItem.raw("SELECT count(*) AS n FROM attempt_items")
    assert (rows[0]["n"], items[0]["n"]) == (1, 12)


async def test_courses_come_first(database: str) -> None:
    stage = await set_stage(course=True)
    with pytest.raises(Refused) as refused:
        await begin(stage)
    assert (refused.value.code, refused.value.way) == ("exam_courses_first", "/learn")
    await finish_course(stage)
    assert (await begin(stage)).running


async def test_tries_and_pauses_are_kept_and_a_grant_adds_one(database: str) -> None:
    stage = await set_stage(rows=exam_rows(attempts=1))
    attempt = await begin(stage)
    await actions.submit(attempt.ref, stage.viewer, AT + SECOND)
    later = AT + timedelta(days=1)
    with pytest.raises(Refused, match="exam_no_tries"):
        await begin(stage, later)
    await actions.grant_attempt(SYSTEM, stage.assignment_id, "The phone broke.", later)
    with pytest.raises(Refused) as refused:
        await begin(stage, AT + timedelta(hours=12))
    assert refused.value.code == "exam_cooldown"
    assert refused.value.params["left"] == 1
    assert (await begin(stage, later)).number == 2
    async with reading():
        assert [row["kind"] for row in await Notice.select(Notice.kind).order_by(Notice.id)][-1] == "exam_granted"


async def test_a_second_paper_repeats_as_little_as_it_can(database: str) -> None:
    stage = await set_stage(rows=exam_rows(cooldown_hours=0), copies=4)
    met: set[str] = set()
    for number in range(3):
        attempt = await begin(stage, AT + timedelta(hours=number))
        async with reading():
            editions = await questions.editions_by_id(item.edition_id for item in await queries.items_of(attempt.id))
        codes = {edition.question.code for edition in editions.values()}
        assert not met & codes
        met |= codes
        await actions.submit(attempt.ref, stage.viewer, AT + timedelta(hours=number, minutes=1))


async def test_only_her_own_open_assignment_and_its_own_part(database: str) -> None:
    stage = await set_stage()
    other = await another(stage)
    with pytest.raises(NotFound):
        await actions.start_attempt(other.viewer, stage.assignment_id, stage.part_id, "en", AT)
    with pytest.raises(NotFound):
        await actions.start_attempt(stage.viewer, stage.assignment_id, stage.part_id + 1_000, "en", AT)
    async with writing():
        await Attempt.raw("UPDATE assignments SET cancelled_at = {} WHERE id = {}", AT, stage.assignment_id)
    with pytest.raises(Refused, match="exam_closed"):
        await begin(stage)


async def test_one_that_is_over_does_not_stand_in_the_way(database: str) -> None:
    stage = await set_stage(rows=exam_rows(cooldown_hours=0))
    first = await begin(stage)
    second = await begin(stage, DUE + 11 * SECOND)
    assert second.number == 2
    assert (await attempt_row(first.id))["sealed_by"] == SealedBy.TIME


# --- answering


async def test_an_answer_is_kept_in_the_authors_numbering_and_logged(database: str) -> None:
    stage = await set_stage()
    attempt = await begin(stage)
    for position, given in (await answers_of(attempt.id)).items():
        assert await tap(stage, attempt, position, given, 7) == Saved(7, AT + SECOND)
    items = await paper(attempt)
    assert all(item.answered and item.seq == 7 and item.answered_at == AT + SECOND for item in items)
    assert any(list(item.order) != sorted(item.order) for item in items)
    async with reading():
        rows = await AttemptAnswer.raw("SELECT seq, device, accepted FROM attempt_answers")
    assert [(row["seq"], row["device"], bool(row["accepted"])) for row in rows] == [(7, "s1", True)] * 12


async def numeric(attempt: AttemptInfo) -> int:
    """The place of a question that takes a number, so that answers read as themselves."""
    items = await paper(attempt)
    async with reading():
        editions = await questions.editions_by_id(item.edition_id for item in items)
    return next(item.position for item in items if editions[item.edition_id].question.kind == "numeric")


async def answer_at(attempt: AttemptInfo, position: int) -> tuple[object, int]:
    async with reading():
        item = await queries.item_at(attempt.id, position)
    return item.answer, item.seq


async def test_the_highest_number_counts_whatever_comes_last(database: str) -> None:
    stage = await set_stage()
    attempt = await begin(stage)
    place = await numeric(attempt)
    assert await tap(stage, attempt, place, "5", 5) == Saved(5, AT + SECOND)
    assert await tap(stage, attempt, place, "3", 3) == Stale("5", 5, AT + SECOND)
    assert await tap(stage, attempt, place, "5", 5, AT + 9 * SECOND) == Saved(5, AT + SECOND)
    assert await tap(stage, attempt, place, "9", 5) == Stale("5", 5, AT + SECOND)
    assert await tap(stage, attempt, place, "8", 8, AT + 3 * SECOND) == Saved(8, AT + 3 * SECOND)
    assert await tap(stage, attempt, place, "5", 5) == Stale("8", 8, AT + 3 * SECOND)
    assert await answer_at(attempt, place) == ("8", 8)


async def test_the_highest_number_counts_when_all_come_at_once(database: str) -> None:
    stage = await set_stage()
    attempt = await begin(stage)
    place = await numeric(attempt)
    taps = [tap(stage, attempt, place, str(seq), seq) for seq in (*range(1, 13), *range(12, 0, -1))]
    outcomes = await asyncio.gather(*taps)
    assert await answer_at(attempt, place) == ("12", 12)
    assert Saved(12, AT + SECOND) in outcomes
    async with reading():
        rows = await AttemptAnswer.raw("SELECT seq FROM attempt_answers ORDER BY seq")
    assert [row["seq"] for row in rows] == list(range(1, 13))


async def test_an_answer_without_a_number_is_the_newest(database: str) -> None:
    stage = await set_stage()
    attempt = await begin(stage)
    place = await numeric(attempt)
    far = 2 * int(AT.timestamp() * 1000)
    await tap(stage, attempt, place, "1", far)
    assert await tap(stage, attempt, place, "2", None) == Saved(far + 1, AT + SECOND)


async def test_an_answer_may_be_emptied_again(database: str) -> None:
    stage = await set_stage()
    attempt = await begin(stage)
    place = await numeric(attempt)
    await tap(stage, attempt, place, "1", 1)
    await tap(stage, attempt, place, "", 2)
    async with reading():
        assert (await queries.item_at(attempt.id, place)).answered is False


async def test_what_is_no_answer_is_refused_and_leaves_no_trace(database: str) -> None:
    stage = await set_stage()
    attempt = await begin(stage)
    for given in ("four", ["48"], None, 48, {"0": 1}, "9" * 500):
        with pytest.raises(Refused, match="exam_answer_shape"):
            await tap(stage, attempt, await numeric(attempt), given)
    async with reading():
        assert (await AttemptAnswer.raw("SELECT count(*) AS n FROM attempt_answers"))[0]["n"] == 0


@pytest.mark.parametrize(("late", "counts"), [(10 * SECOND, True), (timedelta(seconds=10.5), False)])
async def test_what_was_on_its_way_counts_and_what_is_later_is_kept_and_refused(
    database: str, late: timedelta, counts: bool
) -> None:
    stage = await set_stage()
    attempt = await begin(stage)
    place = await numeric(attempt)
    if counts:
        assert isinstance(await tap(stage, attempt, place, "48", 1, DUE + late), Saved)
    else:
        with pytest.raises(Refused, match="exam_over"):
            await tap(stage, attempt, place, "48", 1, DUE + late)
    async with reading():
        rows = await AttemptAnswer.raw("SELECT accepted FROM attempt_answers")
    assert [bool(row["accepted"]) for row in rows] == [counts]
    assert await answer_at(attempt, place) == (("48", 1) if counts else (None, 0))


async def test_after_handing_in_an_answer_is_kept_and_changes_nothing(database: str) -> None:
    stage = await set_stage()
    attempt = await begin(stage)
    place = await numeric(attempt)
    await tap(stage, attempt, place, "48", 1)
    sealed = await actions.submit(attempt.ref, stage.viewer, AT + 2 * SECOND)
    with pytest.raises(Refused, match="exam_over"):
        await tap(stage, attempt, place, "1", 2, AT + 3 * SECOND)
    assert isinstance(await tap(stage, attempt, place, "48", 1, AT + 3 * SECOND), Saved)
    assert await answer_at(attempt, place) == ("48", 1)
    async with reading():
        assert await queries.attempt(stage.viewer, attempt.ref) == sealed
        rows = await AttemptAnswer.raw("SELECT accepted FROM attempt_answers ORDER BY seq")
    assert [bool(row["accepted"]) for row in rows] == [True, False]


async def test_the_log_of_one_question_is_bounded(database: str) -> None:
    stage = await set_stage()
    attempt = await begin(stage)
    place = await numeric(attempt)
    async with writing():
        item = await queries.item_at(attempt.id, place)
        await AttemptAnswer.insert(
            *(
                AttemptAnswer(item=item.id, seq=seq, given='"1"', device="s1", received_at=AT, accepted=True)
                for seq in range(1, actions.MOST_ANSWERS_PER_ITEM + 1)
            )
        )
    with pytest.raises(Refused, match="exam_answer_limit"):
        await tap(stage, attempt, place, "2", 10_000)


async def test_another_persons_attempt_is_not_there(database: str) -> None:
    stage = await set_stage()
    other = await another(stage)
    attempt = await begin(stage)
    with pytest.raises(NotFound):
        await tap(other, attempt, 1, [0])
    with pytest.raises(NotFound):
        await actions.submit(attempt.ref, other.viewer, AT)
    with pytest.raises(NotFound):
        await actions.settle(other.viewer, attempt.ref, AT)
    with pytest.raises(NotFound):
        await tap(stage, attempt, 13, [0])


# --- sealing


async def test_all_right_passes(database: str, graded: list[LearningFact]) -> None:
    stage = await set_stage()
    attempt = await begin(stage)
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
        await begin(stage, AT + timedelta(days=2))


async def test_all_wrong_and_nothing_at_all_fail(database: str, graded: list[LearningFact]) -> None:
    stage = await set_stage()
    wrong = await begin(stage)
    await answer_all(stage, wrong, right=False)
    first = await actions.submit(wrong.ref, stage.viewer, AT + 2 * SECOND)
    empty = await begin(stage, AT + timedelta(days=1))
    second = await actions.submit(empty.ref, stage.viewer, AT + timedelta(days=1, seconds=1))
    assert [(one.score_bp, one.passed) for one in (first, second)] == [(0, False), (0, False)]
    assert len(graded) == 2
    async with reading():
        assert await queries.passed_parts(stage.assignment_id) == {}
        assert [one.number for one in await queries.attempts_of(stage.assignment_id)] == [1, 2]


async def test_handing_in_twice_changes_nothing(database: str, graded: list[LearningFact]) -> None:
    stage = await set_stage()
    attempt = await begin(stage)
    first = await actions.submit(attempt.ref, stage.viewer, AT + SECOND)
    assert await actions.submit(attempt.ref, stage.viewer, AT + 5 * SECOND) == first
    assert len(graded) == 1


async def test_twenty_four_hands_at_once_seal_and_grade_once(database: str, graded: list[LearningFact]) -> None:
    stage = await set_stage()
    attempt = await begin(stage)
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
    attempt = await begin(stage)
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
    attempt = await begin(stage)
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
    attempt = await begin(stage, began)
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
    await begin(stage, began)
    assert await seal_overdue() == 0


async def test_the_sweep_goes_past_one_that_fails(database: str) -> None:
    began = now() - timedelta(hours=1)
    stage = await set_stage(began)
    other = await another(stage, at=began)
    first, second = await begin(stage, began), await begin(other, began)

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
    attempt = await begin(stage)
    at = DUE + rules.LATE_TOLERANCE
    assert (await actions.settle(stage.viewer, attempt.ref, at)).running
    looks = await asyncio.gather(*(actions.settle(stage.viewer, attempt.ref, at + SECOND) for _ in range(8)))
    assert {one.sealed_by for one in looks} == {"time"}
    assert len(graded) == 1


async def test_handing_in_too_late_is_time(database: str) -> None:
    stage = await set_stage()
    attempt = await begin(stage)
    sealed = await actions.submit(attempt.ref, stage.viewer, DUE + 11 * SECOND)
    assert (sealed.sealed_by, sealed.sealed_at) == ("time", DUE)


async def test_a_must_item_missed_fails_a_good_paper(database: str) -> None:
    stage = await set_stage()
    attempt = await begin(stage)
    right, wrong = await answers_of(attempt.id), await answers_of(attempt.id, well=False)
    must = [item.position for item in await paper(attempt) if item.must]
    assert len(must) == 2
    for position, given in right.items():
        await tap(stage, attempt, position, wrong[position] if position == must[0] else given)
    sealed = await actions.submit(attempt.ref, stage.viewer, AT + 2 * SECOND)
    assert (sealed.score_bp, sealed.must_missed, sealed.passed) == (9_166, 1, False)


# --- what outlives what


async def test_a_restart_in_the_middle_loses_nothing(database: str) -> None:
    stage = await set_stage()
    attempt = await begin(stage)
    await answer_all(stage, attempt)
    await disconnect()
    await connect(database)
    async with reading():
        again = await queries.attempt(stage.viewer, attempt.ref)
    assert again == attempt
    assert (await begin(stage, AT + 5 * SECOND)).ref == attempt.ref
    assert (await actions.submit(attempt.ref, stage.viewer, AT + 9 * SECOND)).score_bp == 10_000


async def test_a_new_registration_begins_anew(database: str) -> None:
    stage = await set_stage(rows=exam_rows(attempts=1), copies=4)
    attempt = await begin(stage)
    await actions.submit(attempt.ref, stage.viewer, AT + SECOND)
    async with writing():
        await Attempt.raw("UPDATE assignments SET completed_at = {} WHERE id = {}", AT, stage.assignment_id)
    renewed = await assigned(stage.report, stage.viewer.person_id, AT + timedelta(days=300))
    assert renewed.assignment_id != stage.assignment_id
    second = await begin(renewed, AT + timedelta(days=300))
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
