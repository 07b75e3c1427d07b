"""Beginning: one attempt however often it is tapped, when it may be, and what is in it."""

import asyncio
from datetime import timedelta

import pytest

from certification.exams import actions, queries
from certification.exams.rules import SealedBy, State
from certification.exams.tables import Attempt, AttemptItem
from courses.questions import queries as questions
from portal.core.base.audit import SYSTEM
from portal.core.base.database import reading, writing
from portal.core.base.refusals import NotFound, Refused
from portal.core.notices.tables import Notice
from tests.certification.exams.stage import (
    AT,
    DUE,
    SECOND,
    another,
    attempt_row,
    exam_rows,
    finish_course,
    paper,
    set_stage,
    sit_down,
)

pytestmark = pytest.mark.usefixtures("graded")


async def test_an_attempt_is_frozen_at_its_start(database: str) -> None:
    stage = await set_stage()
    attempt = await sit_down(stage, language="en")
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
    assert (await sit_down(stage)).ref == (await sit_down(stage, AT + SECOND)).ref


async def test_twenty_four_taps_at_once_give_one_attempt(database: str) -> None:
    stage = await set_stage()
    begun = await asyncio.gather(*(sit_down(stage) for _ in range(24)))
    assert len({attempt.ref for attempt in begun}) == 1
    async with reading():
        rows = await Attempt.raw("SELECT count(*) AS n FROM attempts")
        items = await AttemptItem.raw("SELECT count(*) AS n FROM attempt_items")
    assert (rows[0]["n"], items[0]["n"]) == (1, 12)


async def test_courses_come_first(database: str) -> None:
    stage = await set_stage(course=True)
    with pytest.raises(Refused) as refused:
        await sit_down(stage)
    assert (refused.value.code, refused.value.way) == ("exam_courses_first", "/learn")
    await finish_course(stage)
    assert (await sit_down(stage)).running


async def test_tries_and_pauses_are_kept_and_a_grant_adds_one(database: str) -> None:
    stage = await set_stage(rows=exam_rows(attempts=1))
    attempt = await sit_down(stage)
    await actions.submit(attempt.ref, stage.viewer, AT + SECOND)
    later = AT + timedelta(days=1)
    with pytest.raises(Refused, match="exam_no_tries"):
        await sit_down(stage, later)
    await actions.grant_attempt(SYSTEM, stage.assignment_id, "The phone broke.", later)
    with pytest.raises(Refused) as refused:
        await sit_down(stage, AT + timedelta(hours=12))
    assert refused.value.code == "exam_cooldown"
    assert refused.value.params["left"] == 1
    assert (await sit_down(stage, later)).number == 2
    async with reading():
        assert [row["kind"] for row in await Notice.select(Notice.kind).order_by(Notice.id)][-1] == "exam_granted"


async def test_a_second_paper_repeats_as_little_as_it_can(database: str) -> None:
    stage = await set_stage(rows=exam_rows(cooldown_hours=0), copies=4)
    met: set[str] = set()
    for number in range(3):
        attempt = await sit_down(stage, AT + timedelta(hours=number))
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
        await sit_down(stage)


async def test_one_that_is_over_does_not_stand_in_the_way(database: str) -> None:
    stage = await set_stage(rows=exam_rows(cooldown_hours=0))
    first = await sit_down(stage)
    second = await sit_down(stage, DUE + 11 * SECOND)
    assert second.number == 2
    assert (await attempt_row(first.id))["sealed_by"] == SealedBy.TIME
