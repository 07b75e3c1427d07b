"""Judging, the second judge, appeals and their decisions, the checklist's versions; and hands that meet."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta

import pytest

from portal.core.base.database import reading, writing
from portal.core.base.refusals import Forbidden, NotFound, Refused
from portal.core.web.paging import Cut
from portal.service.quality import checklists, queries, reviewing
from portal.service.quality.checklists import SHIPPED, Item
from portal.service.quality.queries import SampleInfo, Show
from portal.service.quality.rules import CAP, Appeal, Step
from portal.service.quality.tables import QualityAppeal, Review, ReviewMark, Sample
from tests import make
from tests.service.quality.make import DONE, DRAW_AT, WORDS, drawn, fresh, score

pytestmark = pytest.mark.usefixtures("database")
DAY = timedelta(days=1)
WHY = "我在第二句就先道了歉。"


async def settle(*acts: Awaitable[object]) -> list[str]:
    """What each came to: `done`, or the code of its refusal."""

    async def one(act: Awaitable[object]) -> str:
        try:
            await act
        except Refused as refused:
            return refused.code
        return "done"

    return sorted(await asyncio.gather(*map(one, acts)))


async def _sample(*, twice: bool = False) -> tuple[int, SampleInfo]:
    agent, found = await drawn()
    async with writing():
        await Sample.update({Sample.twice: twice}).where(Sample.id == found[0].id)
    return agent, await fresh(found[0])


async def _lead(name: str = "Dora") -> int:
    return await make.person("desk_lead", name, DRAW_AT)


async def test_a_score_is_kept_with_its_marks_and_its_checklist() -> None:
    agent, info = await _sample()
    lead = await _lead()
    await score(info, lead, care=0, part=None)
    found = await fresh(info)
    assert (found.score, found.scored_at) == (CAP, DRAW_AT)
    async with reading():
        review = (await queries.reviews(info.id))[0]
        waiting = await queries.to_judge(Show.WAITING, lead, Cut())
    assert (review.person_id, review.checklist, review.capped, review.text) == (lead, 0, True, WORDS)
    assert review.marks == DONE | {Step.CARE: 0, Step.PART: None}
    assert waiting.items == []
    with pytest.raises(Refused, match="quality_scored"):
        await score(info, await _lead("Dana"))
    assert (await fresh(info)).agent_id == agent


async def test_nobody_judges_what_she_had_a_part_in() -> None:
    agent, info = await _sample()
    with pytest.raises(Forbidden):
        await score(info, agent)
    async with reading():
        assert (await queries.to_judge(Show.WAITING, agent, Cut())).items == []
        assert await Review.count() == 0
    with pytest.raises(NotFound):
        await reviewing.review(await make.viewer(agent), "nothing", DONE, WORDS, 0, DRAW_AT)


async def test_a_second_judge_reads_it_by_herself_and_the_agreement_is_counted() -> None:
    _, info = await _sample(twice=True)
    first, second = await _lead(), await _lead("Dana")
    await score(info, first, ask=0)
    with pytest.raises(Forbidden):
        await score(info, first)
    async with reading():
        assert [one.id for one in (await queries.to_judge(Show.SECOND, second, Cut())).items] == [info.id]
    before = (await fresh(info)).score
    await score(info, second, DRAW_AT + DAY, ask=1)
    async with reading():
        agreed = await queries.agreed()
        assert await Review.count() == 2
    assert (agreed.n, agreed.equal) == (9, 8)
    assert (await fresh(info)).score == before  # the first one's counts
    with pytest.raises(Refused, match="quality_scored"):
        await score(info, await _lead("Dina"))


async def test_after_an_appeal_nobody_is_second_any_more() -> None:
    agent, info = await _sample(twice=True)
    await score(info, await _lead())
    await reviewing.appeal_score(await make.viewer(agent), info.ref, WHY, DRAW_AT + DAY)
    other = await _lead("Dana")
    async with reading():
        assert (await queries.to_judge(Show.SECOND, other, Cut())).items == []
        assert (await queries.counts(other))[Show.APPEALS] == 1
    with pytest.raises(Refused, match="quality_scored"):
        await score(info, other)


async def test_two_judges_at_once_make_one_score() -> None:
    _, info = await _sample()
    judges = [await _lead(name) for name in ("Dora", "Dana", "Dina")]
    said = await settle(*(score(info, judge) for judge in judges))
    assert said == ["done", "quality_scored", "quality_scored"]
    async with reading():
        assert await Review.count() == 1
        assert await ReviewMark.count() == len(Step)


async def test_two_judges_at_once_of_a_sample_for_two_are_first_and_second() -> None:
    _, info = await _sample(twice=True)
    judges = [await _lead(name) for name in ("Dora", "Dana", "Dina")]
    assert await settle(*(score(info, judge) for judge in judges)) == ["done", "done", "quality_scored"]
    async with reading():
        assert sorted(one.place for one in await queries.reviews(info.id)) == [1, 2]


@pytest.mark.parametrize(("upheld", "state"), [(True, Appeal.UPHELD), (False, Appeal.REJECTED)])
async def test_an_appeal_is_decided_by_somebody_else_and_nothing_goes(upheld: bool, state: Appeal) -> None:
    agent, info = await _sample()
    judge, other = await _lead(), await _lead("Dana")
    await score(info, judge, ask=0)
    hers = await make.viewer(agent)
    await reviewing.appeal_score(hers, info.ref, WHY, DRAW_AT + DAY)
    with pytest.raises(Refused, match="quality_appealed"):
        await reviewing.appeal_score(hers, info.ref, WHY, DRAW_AT + DAY)
    for barred in (judge, agent):
        with pytest.raises(Forbidden):
            await reviewing.decide_score(await make.viewer(barred), info.ref, upheld, WHY, DRAW_AT + DAY)
    await reviewing.decide_score(await make.viewer(other), info.ref, upheld, WHY, DRAW_AT + 2 * DAY)
    found = await fresh(info)
    assert (found.appeal, found.struck_at is not None) == (state, upheld)
    assert found.score is not None
    async with reading():
        assert len(await queries.reviews(info.id)) == 1
    with pytest.raises(Refused, match="quality_appeal_decided"):
        await reviewing.decide_score(await make.viewer(other), info.ref, not upheld, WHY, DRAW_AT + 3 * DAY)


async def test_an_appeal_has_its_time_and_is_the_agents_own() -> None:
    agent, info = await _sample()
    hers = await make.viewer(agent)
    with pytest.raises(Refused, match="quality_unscored"):
        await reviewing.appeal_score(hers, info.ref, WHY, DRAW_AT)
    await score(info, await _lead())
    with pytest.raises(NotFound):
        await reviewing.appeal_score(await make.viewer(await _lead("Dana")), info.ref, WHY, DRAW_AT)
    with pytest.raises(Refused, match="quality_appeal_over"):
        await reviewing.appeal_score(hers, info.ref, WHY, DRAW_AT + 8 * DAY)
    said = await settle(*(reviewing.appeal_score(hers, info.ref, WHY, DRAW_AT + DAY) for _ in range(2)))
    assert said == ["done", "quality_appealed"]
    async with reading():
        assert await QualityAppeal.count() == 1


async def test_a_changed_checklist_is_a_new_version_and_old_scores_keep_theirs() -> None:
    _, info = await _sample(twice=True)
    await score(info, await _lead())
    admin = await make.viewer(await make.person("admin", "Ada", DRAW_AT))
    items = dict(SHIPPED.items) | {Step.GREET: Item(3, "三声铃内接起", "Answered within three rings")}
    await checklists.change(admin.actor, admin.person_id, items, "旺季先看接得快不快", 0, DRAW_AT)
    async with reading():
        now_used = await checklists.current()
        assert (now_used.number, now_used.words(Step.GREET, "en")) == (1, "Answered within three rings")
        assert (await checklists.version(0)).weights[Step.GREET] == 1
    with pytest.raises(Refused, match="checklist_moved_on"):
        await score(info, await _lead("Dana"))  # she had the old one before her
    for seen, changed, code in ((0, items, "checklist_moved_on"), (1, items, "checklist_same")):
        with pytest.raises(Refused, match=code):
            await checklists.change(admin.actor, admin.person_id, changed, "再改", seen, DRAW_AT)
    for step in (Step.CARE, Step.GREET):
        wrong = items | {step: Item(0 if step is Step.CARE else 11)}
        with pytest.raises(Refused, match="checklist_weights"):
            await checklists.change(admin.actor, admin.person_id, wrong, "再改", 1, DRAW_AT)
