"""Figures taken from what happened, months that are taken once, training for a weak figure and its end."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from courses.assignment import actions as assignments
from courses.assignment import queries as assigned
from courses.assignment.rules import Cause
from courses.catalogue import queries as catalogue
from portal.core.base.audit import SYSTEM
from portal.core.base.database import reading, writing
from portal.service.complaints import charge, ending
from portal.service.complaints.actions import Words, say, told_before
from portal.service.complaints.rules import Audience, Speaker
from portal.service.complaints.tables import Turn
from portal.service.quality import figures, reviewing, taking, training
from portal.service.quality.measures import Figure, Measured, mean_of, share_of
from portal.service.quality.tables import AgentFigure, FigureMonth, Sample, Training
from tests import make
from tests.service.complaints import make as complaints
from tests.service.complaints.make import BUYER
from tests.service.quality.make import DRAW_AT, NOON, drawn, month, score, solved
from tests.service.roster import make as roster

pytestmark = pytest.mark.usefixtures("database")
HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
DECEMBER = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)


async def hers(agent: int, of: str = "2026-11", at: datetime = DECEMBER) -> dict[Figure, Measured]:
    async with reading():
        taken = await taking.take(of, at)
        alone = await taking.take(of, at, agent)
    assert alone.agents.get(agent, ()) == taken.agents.get(agent, ())
    return {one.figure: one for one in taken.agents.get(agent, ())}


async def test_replies_count_from_her_taking_charge_on_shift_and_silence_counts_too() -> None:
    agent = await complaints.agent_ready(at=NOON)
    quick, slow, silent = [await complaints.complaint(await complaints.scene(at=NOON), NOON) for _ in range(3)]
    for info, wait in ((quick, 2), (slow, 20)):
        await say(SYSTEM, info.id, Words(Speaker.AGENT, Audience.BUYER, "您好，我来办。", agent), NOON + wait * MINUTE)
    assert silent.agent_id == agent
    found = await hers(agent)
    assert (found[Figure.FIRST].n, found[Figure.FIRST].value) == (2, 120)
    assert (found[Figure.PROMPT].n, found[Figure.PROMPT].value) == (3, 3_333)
    assert found[Figure.QUEUE].value == 0


async def test_what_came_outside_a_shift_is_named_apart() -> None:
    agent = await complaints.agent_ready(at=NOON)
    await complaints.complaint(await complaints.scene(at=NOON), NOON)
    async with writing():
        await Training.raw("UPDATE desk_shifts SET cancelled_at = {}", NOON)
    found = await hers(agent)
    assert (found[Figure.PROMPT].n, found[Figure.PROMPT].apart) == (0, 1)


async def test_a_clock_that_was_handed_over_late_is_not_her_breach() -> None:
    first = await complaints.agent_ready(at=NOON)
    info = await complaints.complaint(await complaints.scene(at=NOON), NOON)
    late = NOON + 20 * HOUR
    second = await roster.at_work("何小梅", late)
    await charge.hand_over(SYSTEM, first, info.id, second, "买家要退款，已问过照片，等方案。" * 3, "换班", late)
    found = await hers(second)
    assert (found[Figure.PROPOSAL].n, found[Figure.PROPOSAL].apart) == (0, 1)  # 20 of 24 hours were gone
    assert (found[Figure.COMPENSATION].n, found[Figure.COMPENSATION].value) == (1, 0)  # 52 of 72 were hers
    assert (await hers(first))[Figure.QUEUE].n == 1


async def test_marks_and_reopenings_count_fifteen_days_after_the_resolution() -> None:
    agent = await complaints.agent_ready(at=NOON)
    content, again = await complaints.scene(at=NOON), await complaints.scene(at=NOON)
    await solved(content, mark=5)
    info = await solved(again, mark=2)
    await ending.reopen(BUYER, info.id, NOON + DAY)
    turn = Words(Speaker.AGENT, Audience.BUYER, "请再说一遍出了什么事。", agent)
    await say(SYSTEM, info.id, turn, NOON + DAY)
    async with reading():
        turn_id = int((await Turn.raw("SELECT id FROM complaint_turns ORDER BY id DESC LIMIT 1"))[0]["id"])
    await told_before(info.id, turn_id, NOON + DAY)
    found = await hers(agent)
    assert (found[Figure.RESOLUTION].n, found[Figure.RESOLUTION].value) == (2, 3_600)
    assert (found[Figure.REOPENED].n, found[Figure.REOPENED].value) == (2, 5_000)
    marks = found[Figure.SATISFACTION]
    assert (marks.n, marks.value, marks.asked) == (2, 350, 2)
    assert found[Figure.ASKED_AGAIN].value == 5_000
    assert Figure.REOPENED not in await hers(agent, "2026-12", DECEMBER)
    async with reading():
        answers = (await taking.take("2026-11", DECEMBER)).answers
    assert (answers.asked, answers.answered, answers.satisfaction) == (2, 2, 7)


async def test_scores_count_in_the_month_of_the_scoring_without_what_was_struck() -> None:
    agent, found = await drawn(3)
    lead = await make.person("desk_lead", "Dora", DRAW_AT)
    for info in found:
        await score(info, lead)
    async with writing():
        await Sample.update({Sample.struck_at: DRAW_AT}).where(Sample.id == found[0].id)
    one = (await hers(agent))[Figure.QUALITY]
    assert (one.n, one.value, one.apart) == (2, 10_000, 1)


async def test_a_month_is_taken_once_and_does_not_change_any_more() -> None:
    agent = await complaints.agent_ready(at=NOON)
    there = await complaints.scene(at=NOON)
    await solved(there)
    taken = await asyncio.gather(*(figures.take_month("2026-11", DECEMBER) for _ in range(3)))
    assert sorted(taken) == [False, False, True]
    async with reading():
        before = await figures.latest()
        assert await FigureMonth.count() == 1
    await solved(there, NOON + DAY)
    assert not await figures.take_month("2026-11", DECEMBER)
    async with reading():
        assert await figures.latest() == before
        assert set(await figures.of_agent(agent)) == {"2026-11"}
        assert await figures.next_to_take(DECEMBER) is None
        assert await figures.next_to_take(DECEMBER + 70 * DAY) == "2026-12"


async def test_months_begin_with_the_first_complaint_a_year_back_at_most() -> None:
    assert await figures.next_to_take(DECEMBER) == "2026-11"
    await complaints.complaint(await complaints.scene(at=NOON - 60 * DAY), NOON - 60 * DAY)
    assert await figures.next_to_take(DECEMBER) == "2026-09"
    assert await figures.next_to_take(DECEMBER + 800 * DAY) == "2028-02"


async def _weak(agent: int, *figure: Measured, at: datetime = DECEMBER) -> int:
    taken = await month("2026-11", at, {agent: list(figure)})
    return await training.train_month(taken, "2026-11", at)


PROMPT, PROPOSAL = share_of(Figure.PROMPT, 5, 30), share_of(Figure.PROPOSAL, 5, 30)


async def _agent() -> int:
    await make.curricula()
    return await make.person("agent", "林晓月", NOON)


async def test_a_weak_figure_gives_its_course_once_and_tells_why() -> None:
    agent = await _agent()
    fine = share_of(Figure.COMPENSATION, 30, 30)
    few = share_of(Figure.REOPENED, 9, 9)
    assert await _weak(agent, PROMPT, fine, few) == 1
    async with reading():
        given = (await training.of_agent(agent))[0]
        open_now = {each.id: each for each in await assigned.open_assignments(agent)}
        course = await catalogue.course_by_code("receiving")
    assert (given.figure, given.measured.n, given.course) == (Figure.PROMPT, 30, "receiving")
    assert open_now[given.assignment_id].course_id == course
    async with reading():
        taken = (await figures.months())[0]
    assert await training.train_month(taken.id, "2026-11", DECEMBER) == 0


async def test_the_same_figure_gives_no_second_course_within_sixty_days() -> None:
    agent = await _agent()
    await _weak(agent, PROMPT)
    for later, name, given in ((31, "2026-12", 0), (62, "2027-01", 1)):
        at = DECEMBER + later * DAY
        assert await training.train_month(await month(name, at, {agent: [PROMPT]}), name, at) == given


async def test_two_weak_figures_of_one_course_make_one_assignment_that_ends_with_the_last() -> None:
    agent = await _agent()
    assert await _weak(agent, PROMPT, PROPOSAL) == 2
    async with reading():
        given = await training.of_agent(agent)
    assert len({one.assignment_id for one in given}) == 1
    for one, still_open in zip(given, (True, False), strict=True):
        assert await training.undo(SYSTEM, one, DECEMBER)
        async with reading():
            found = await assigned.assignment(one.assignment_id)
        assert found is not None
        assert found.open is still_open
        assert not await training.undo(SYSTEM, one, DECEMBER)


async def test_what_others_assigned_is_not_taken_back() -> None:
    agent = await _agent()
    async with writing():
        course = await catalogue.course_by_code("receiving")
        assert course is not None
        theirs, _ = await assignments.assign_course(SYSTEM, agent, course, Cause.MANUAL, NOON)
    await _weak(agent, PROMPT)
    async with reading():
        given = (await training.of_agent(agent))[0]
    assert given.assignment_id == theirs
    await training.undo(SYSTEM, given, DECEMBER)
    async with reading():
        found = await assigned.assignment(theirs)
    assert found is not None
    assert found.open


async def test_an_old_month_a_person_who_left_and_a_missing_course_give_nothing() -> None:
    owner = await make.owner("李芳", NOON)
    assert await _weak(owner.person_id, PROMPT) == 0  # not of the desk
    agent = await make.person("agent", "林晓月", NOON)
    assert await training.train_month(await month("2026-08", DECEMBER, {agent: [PROMPT]}), "2026-08", DECEMBER) == 0
    at = DECEMBER + 31 * DAY
    assert await training.train_month(await month("2026-12", at, {agent: [PROMPT]}), "2026-12", at) == 0  # no course


async def test_an_upheld_appeal_against_a_training_withdraws_it() -> None:
    agent = await _agent()
    await _weak(agent, PROMPT)
    async with reading():
        given = (await training.of_agent(agent))[0]
    lead = await make.viewer(await make.person("desk_lead", "Dora", NOON))
    await reviewing.appeal_training(await make.viewer(agent), given.id, "那周系统坏了两天。", DECEMBER + DAY)
    await reviewing.decide_training(lead, given.id, True, "查过，是系统的问题。", DECEMBER + 2 * DAY)
    async with reading():
        after = await training.training(given.id)
        assert after is not None
        assert after.undone_at == DECEMBER + 2 * DAY
        assert given.assignment_id not in {each.id for each in await assigned.open_assignments(agent)}


async def test_an_upheld_appeal_against_a_score_ends_the_training_that_rested_on_it() -> None:
    await make.curricula()
    agent, found = await drawn()
    judge, other = [await make.viewer(await make.person("desk_lead", name, NOON)) for name in ("Dora", "Dana")]
    await score(found[0], judge.person_id, ask=0)
    await _weak(agent, mean_of(Figure.QUALITY, [4_000] * 12, 10_000), at=DECEMBER)
    await reviewing.appeal_score(await make.viewer(agent), found[0].ref, "我问过了，在附件里。", DRAW_AT + DAY)
    await reviewing.decide_score(other, found[0].ref, True, "附件里确实有。", DECEMBER)
    async with reading():
        assert [one.undone_at for one in await training.of_agent(agent)] == [DECEMBER]
        assert await AgentFigure.count() == 1  # what was taken stays as it was
