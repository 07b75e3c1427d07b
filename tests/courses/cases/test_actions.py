"""A case from its draft to its readers."""

import asyncio
from collections.abc import Iterator

import pytest

from courses.cases import actions, commands, queries, slots
from courses.cases.rules import Known, State, Telling
from courses.cases.tables import Case, CaseTelling
from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.base.refusals import Refused
from portal.core.notices.tables import Notice
from portal.core.web.paging import Cut
from tests import make
from tests.courses.cases import make as cases


@pytest.fixture
def known() -> Iterator[None]:
    """The complaint behind a case names somebody."""

    async def whom(source: str) -> Known | None:
        return Known(names=("刘晓月",)) if source == "c1" else None

    before = list(slots.KNOWN)
    slots.KNOWN[:] = [whom]
    yield
    slots.KNOWN[:] = before


async def test_a_case_goes_its_way(database: str) -> None:
    ref = await cases.published()
    info = await cases.fresh(ref)
    assert (info.state, info.mark) == (State.PUBLISHED, 3)
    async with reading():
        assert [one.ref for one in (await queries.library(Cut(), query="冰袋化了")).items] == [ref]
        assert [one.ref for one in (await queries.library(Cut(), query="melted")).items] == [ref]
        assert (await queries.library(Cut(), query="电饭煲")).items == []
        assert await Notice.exists().where(Notice.kind == "case_published")
    author = (await make.viewer(info.author or 0)).actor
    await actions.revise(author, ref, 3, now())
    async with reading():
        assert (await queries.library(Cut())).items == []
        assert (await queries.library(Cut(), query="冰袋")).items == []


async def test_nobody_publishes_what_she_wrote_or_changed(database: str) -> None:
    lead = (await make.viewer(await make.person("desk_lead", "Lea"))).actor
    ref = await actions.make(lead, cases.draft(), now())
    await actions.submit(lead, ref, 1, now())
    with pytest.raises(Refused, match="case_own"):
        await actions.publish(lead, ref, 2, now())
    other = (await make.viewer(await make.person("desk_lead", "Leo"))).actor
    await actions.send_back(other, ref, 2, "太短", now())
    await actions.save(other, ref, cases.draft(), 3, now())
    await actions.submit(other, ref, 4, now())
    for actor in (lead, other):
        with pytest.raises(Refused, match="case_own"):
            await actions.publish(actor, ref, 5, now())


async def test_words_that_betray_are_not_kept(database: str, known: None) -> None:
    actor = (await make.viewer(await make.person("agent", "Wen"))).actor
    named = cases.draft(Telling("晓月的饺子", "b", "c", "d", "e"))
    with pytest.raises(Refused, match="case_names_people"):
        await actions.make(actor, named, now(), source="c1")
    async with reading():
        assert await Case.count() == 0
        assert await CaseTelling.count() == 0
    ref = await actions.make(actor, cases.draft(), now(), source="c1")
    with pytest.raises(Refused, match="case_names_people"):
        await actions.save(actor, ref, named, 1, now())
    assert (await cases.fresh(ref)).telling("zh-Hans").title == "冰袋化了"
    assert await actions.make(actor, named, now())  # of another source nobody is known by that name


async def test_half_a_case_is_not_reviewed(database: str) -> None:
    actor = (await make.viewer(await make.person("agent", "Wen"))).actor
    ref = await actions.make(actor, cases.draft(Telling("只有标题")), now())
    with pytest.raises(Refused, match="case_incomplete"):
        await actions.submit(actor, ref, 1, now())


async def test_of_two_verdicts_at_once_one_holds(database: str) -> None:
    ref, mark = await cases.submitted()
    one = (await make.viewer(await make.person("desk_lead", "Lea"))).actor
    two = (await make.viewer(await make.person("desk_lead", "Leo"))).actor
    done = await asyncio.gather(
        actions.publish(one, ref, mark, now()),
        actions.send_back(two, ref, mark, "再改", now()),
        return_exceptions=True,
    )
    assert sorted(isinstance(each, Refused) for each in done) == [False, True]


async def test_readers_are_counted_once(database: str) -> None:
    ref = await cases.published()
    info, person = await cases.fresh(ref), await make.person("manager", "Mona")
    for _ in range(2):
        await actions.mark_read(info.id, person, now())
    await actions.answer(info.id, person, now(), helped=True)
    async with reading():
        assert (await queries.figures([info.id]))[info.id] == queries.Figures(1, 1, 1)
        assert await queries.helped(info.id, person) is True
    await actions.answer(info.id, person, now(), helped=False)
    async with reading():
        assert (await queries.figures([info.id]))[info.id] == queries.Figures(1, 1, 0)


async def test_shipped_cases_come_once_and_no_change_is_undone(database: str) -> None:
    assert await commands.ensure_shipped(now()) == 4
    assert await commands.ensure_shipped(now()) == 0
    async with writing():
        await Case.update({Case.shipped: "an older text"}).where(Case.ref == "melted-dumplings")
    assert await commands.ensure_shipped(now()) == 1
    ada = (await make.viewer(await make.person("admin", "Ada"))).actor
    info = await cases.fresh("melted-dumplings")
    await actions.retire(ada, info.ref, info.mark, now())
    assert await commands.ensure_shipped(now()) == 0
    assert (await cases.fresh(info.ref)).state == State.RETIRED
