"""The weekly draw: what it draws from, why how many, once for each week, also after a downtime."""

import asyncio
from datetime import timedelta

import pytest

from portal.core.base.clock import day_start, local, now
from portal.core.base.database import reading, writing
from portal.service.complaints import ending
from portal.service.quality import drawing, figures, queries, sweeps
from portal.service.quality.measures import Figure, month_before, month_of, share_of
from portal.service.quality.rules import Ended, Why
from portal.service.quality.rules import drawn as reckoned
from portal.service.quality.tables import FigureMonth, QualityDraw, Sample
from tests.service.complaints import make as complaints
from tests.service.complaints.make import BUYER
from tests.service.quality.make import DRAW_AT, MONDAY, NOON, drawn, month, samples, solved

pytestmark = pytest.mark.usefixtures("database")
HOUR, WEEK = timedelta(hours=1), timedelta(days=7)


async def test_a_draw_can_be_reckoned_again_from_what_is_published() -> None:
    agent, found = await drawn(7)
    async with reading():
        draw = (await queries.draws())[0]
        share = (await queries.shares(draw.id))[0]
        rows = await Sample.raw("SELECT ref, family FROM complaints ORDER BY id")
    assert (draw.ended, draw.drawn, share.ended, share.drawn) == (7, 5, 7, 5)
    assert share.why == (Why.BASE, Why.NEW)
    assert share.agent_id == agent
    again = reckoned(draw.seed, [Ended(row["ref"], row["family"]) for row in rows], share.why)
    assert {one.complaint_ref for one in found} == {one.ref for one in again}
    assert {one.family for one in found} == {row["family"] for row in rows}  # no kind is left out
    assert await drawing.draw_week(MONDAY, DRAW_AT) == 0
    assert len(await samples()) == 5


async def test_what_was_taken_back_or_repeats_another_is_not_drawn() -> None:
    await complaints.agent_ready(at=NOON)
    there = await complaints.scene(at=NOON)
    first = await complaints.complaint(there, NOON)
    twin = await complaints.complaint(there, NOON + HOUR)  # the same again: linked
    assert twin.duplicate_of == first.id
    await complaints.resolved(first, NOON + 2 * HOUR)
    other = await complaints.scene(at=NOON)
    back = await complaints.complaint(other, NOON)
    await ending.withdraw(BUYER, back.id, "buyer", NOON + HOUR)
    late = await complaints.scene(at=NOON)
    await solved(late, day_start(MONDAY + WEEK))  # the week after
    await drawing.draw_week(MONDAY, DRAW_AT)
    assert [one.complaint_id for one in await samples()] == [first.id]


async def test_low_figures_of_the_last_month_draw_more() -> None:
    agent = await complaints.agent_ready(at=NOON - timedelta(days=90))
    await month("2026-10", NOON, {agent: [share_of(Figure.PROPOSAL, 12, 20), share_of(Figure.REOPENED, 8, 20)]})
    there = await complaints.scene(at=NOON)
    info = await solved(there)
    assert info.agent_id is None  # her shift is long over
    async with writing():
        await Sample.raw("UPDATE complaints SET agent = {}", agent)
    await drawing.draw_week(MONDAY, DRAW_AT)
    async with reading():
        share = (await queries.shares((await queries.draws())[0].id))[0]
    assert share.why == (Why.BASE, Why.KEPT, Why.REOPENED)
    assert (share.month, share.drawn) == ("2026-10", 1)  # never more than there are


async def test_weeks_are_drawn_from_monday_six_on_and_made_up_for_one_by_one() -> None:
    assert await drawing.next_week(DRAW_AT - timedelta(minutes=1)) == MONDAY - WEEK
    assert await drawing.next_week(DRAW_AT) == MONDAY
    await drawing.draw_week(MONDAY, DRAW_AT)
    assert await drawing.next_week(DRAW_AT) is None
    later = DRAW_AT + 3 * WEEK
    for n in (1, 2, 3):
        week = await drawing.next_week(later)
        assert week == MONDAY + n * WEEK
        await drawing.draw_week(week, later)
    assert await drawing.next_week(later) is None


async def test_two_hands_draw_a_week_once() -> None:
    await complaints.agent_ready(at=NOON)
    await solved(await complaints.scene(at=NOON))
    made = await asyncio.gather(*(drawing.draw_week(MONDAY, DRAW_AT) for _ in range(3)))
    assert sorted(made) == [0, 0, 1]
    async with reading():
        assert await QualityDraw.count() == 1
    assert len(await samples()) == 1


async def test_the_sweeps_draw_and_take_what_is_over_and_then_nothing() -> None:
    at = now()
    assert await sweeps.draw() == 0  # nothing ended: the week is drawn all the same
    assert await sweeps.take() == 1
    async with reading():
        assert await QualityDraw.count() == 1
        assert [one.month for one in await figures.months()] == [month_before(month_of(local(at).date()))]
        assert await FigureMonth.count().where(FigureMonth.trained_at.is_null()) == 0
    assert (await sweeps.draw(), await sweeps.take()) == (0, 0)
