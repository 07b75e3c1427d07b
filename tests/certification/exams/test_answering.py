"""Answers in any order and number: the highest counts, what is late is kept and refused."""

import asyncio
from datetime import timedelta

import pytest

from certification.exams import actions, queries
from certification.exams.actions import Saved, Stale
from certification.exams.tables import AttemptAnswer
from portal.core.base.database import reading, writing
from portal.core.base.refusals import NotFound, Refused
from tests.certification.exams.stage import (
    AT,
    DUE,
    SECOND,
    another,
    answer_at,
    numeric,
    paper,
    set_stage,
    sit_down,
    tap,
)
from tests.make import answers_of

pytestmark = pytest.mark.usefixtures("graded")


async def test_an_answer_is_kept_in_the_authors_numbering_and_logged(database: str) -> None:
    stage = await set_stage()
    attempt = await sit_down(stage)
    for position, given in (await answers_of(attempt.id)).items():
        assert await tap(stage, attempt, position, given, 7) == Saved(7, AT + SECOND)
    items = await paper(attempt)
    assert all(item.answered and item.seq == 7 and item.answered_at == AT + SECOND for item in items)
    assert any(list(item.order) != sorted(item.order) for item in items)
    async with reading():
        rows = await AttemptAnswer.raw("SELECT seq, device, accepted FROM attempt_answers")
    assert [(row["seq"], row["device"], bool(row["accepted"])) for row in rows] == [(7, "s1", True)] * 12


async def test_the_highest_number_counts_whatever_comes_last(database: str) -> None:
    stage = await set_stage()
    attempt = await sit_down(stage)
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
    attempt = await sit_down(stage)
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
    attempt = await sit_down(stage)
    place = await numeric(attempt)
    far = 2 * int(AT.timestamp() * 1000)
    await tap(stage, attempt, place, "1", far)
    assert await tap(stage, attempt, place, "2", None) == Saved(far + 1, AT + SECOND)


async def test_an_answer_may_be_emptied_again(database: str) -> None:
    stage = await set_stage()
    attempt = await sit_down(stage)
    place = await numeric(attempt)
    await tap(stage, attempt, place, "1", 1)
    await tap(stage, attempt, place, "", 2)
    async with reading():
        assert (await queries.item_at(attempt.id, place)).answered is False


async def test_what_is_no_answer_is_refused_and_leaves_no_trace(database: str) -> None:
    stage = await set_stage()
    attempt = await sit_down(stage)
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
    attempt = await sit_down(stage)
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
    attempt = await sit_down(stage)
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
    attempt = await sit_down(stage)
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
    attempt = await sit_down(stage)
    with pytest.raises(NotFound):
        await tap(other, attempt, 1, [0])
    with pytest.raises(NotFound):
        await actions.submit(attempt.ref, other.viewer, AT)
    with pytest.raises(NotFound):
        await actions.settle(other.viewer, attempt.ref, AT)
    with pytest.raises(NotFound):
        await tap(stage, attempt, 13, [0])
