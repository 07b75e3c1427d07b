"""Out of one pair of hands into another: with the story and a reason, read by noon, never into the wrong ones."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import day_start, local, now
from portal.core.base.database import reading, writing
from portal.core.base.settings import settings
from portal.core.notices.tables import Notice
from portal.core.people.tables import Person
from portal.core.web.i18n import speaking, t
from portal.service.complaints import actions, charge, desk_queries, ending, history, ladder, leaving
from portal.service.complaints.actions import Words
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.routing import Why
from portal.service.complaints.rules import Audience, Channel, FiledBy, Function, Speaker, Urgency
from tests import make
from tests.browse import Browser
from tests.cast import Cast
from tests.service.complaints.make import BUYER, agent_ready, complaint, fresh, scene
from tests.service.roster import make as roster

STORY = "她要退一半的钱，已经答应今天下午回电话。"


async def held_by(person_id: int, cast: Cast, **changes: object) -> ComplaintInfo:
    """A complaint that is in this agent's hands."""
    info = await complaint(await scene(cast.olive), **changes)  # type: ignore[arg-type]
    if info.agent_id is None:
        return await charge.take(SYSTEM, person_id, info.id, now())
    assert info.agent_id == person_id
    return info


async def handed(cast: Cast) -> tuple[ComplaintInfo, int, int]:
    first = await agent_ready("林晓月")
    info = await held_by(first, cast)
    second = await agent_ready("周敏")
    return await charge.hand_over(SYSTEM, first, info.id, second, STORY, "换班", now()), first, second


@pytest.mark.parametrize(
    ("summary", "reason", "field"),
    [("太短", "换班", "summary"), (STORY, "", "reason"), ("长" * 1001, "换班", "summary")],
)
async def test_nobody_hands_over_without_the_story(
    browser: Browser, cast: Cast, summary: str, reason: str, field: str
) -> None:
    first = await agent_ready()
    info = await held_by(first, cast)
    second = await agent_ready("周敏")
    await make.sign_in(browser, first)
    path = f"/desk/complaints/{info.ref}/handover"
    page = await browser.visit_and_submit(path, path, to=str(second), summary=summary, reason=reason)
    assert page.status == 422
    assert f'id="f-{field}-error"' in page.html
    assert summary in page
    assert (await fresh(info)).agent_id == first


async def test_who_gets_it_reads_the_story_first(browser: Browser, cast: Cast) -> None:
    first = await agent_ready()
    info = await held_by(first, cast)
    second = await agent_ready("周敏")
    await make.sign_in(browser, first)
    path = f"/desk/complaints/{info.ref}/handover"
    page = await browser.visit_and_submit(path, path, to=str(second), summary=STORY, reason="换班")
    assert page.path == f"/desk/complaints/{info.ref}"
    assert t("complaints.desk.others", name="周敏") in page
    await make.sign_in(browser, second)
    day = await browser.get("/desk")
    assert STORY in day
    assert STORY in await browser.get(f"/desk/complaints/{info.ref}")
    day = await browser.submit(day, f"/desk/complaints/{info.ref}/clearance")
    assert STORY not in day
    async with reading():
        [_, last] = await history.tenures(info.id)
    assert (last.agent_id, last.story_from, last.summary) == (second, first, STORY)
    assert last.cleared_at is not None


async def test_the_leads_hear_once_at_noon_of_what_nobody_read(cast: Cast) -> None:
    info, _, _ = await handed(cast)
    noon = day_start(local(now()).date() + timedelta(days=1)) + timedelta(hours=12)
    for at, told in ((noon - timedelta(minutes=1), 0), (noon + timedelta(minutes=1), 1), (noon + timedelta(days=1), 0)):
        _clock(at)
        assert await leaving.tell_uncleared() == told
    async with reading():
        heard = await Notice.select(Notice.person).where(Notice.kind == "complaint_uncleared")
    assert [row["person"] for row in heard] == [cast.dora]
    assert info.open


def _clock(at: datetime) -> None:
    """Move every clock of this test to an instant."""
    path = settings().clock_file
    assert path is not None
    path.write_text("")
    path.write_text(f"+{int((at - now()).total_seconds())}s")


async def test_leave_gives_everything_to_the_deputy_with_the_story(cast: Cast) -> None:
    first = await agent_ready("林晓月")
    infos = [await held_by(first, cast, text=f"第{n}件事情的经过") for n in range(3)]
    second = await agent_ready("周敏")
    await roster.leave(first, second, now())
    for info in infos:
        assert (await fresh(info)).agent_id == second
    async with reading():
        found = await desk_queries.handovers(second)
        last = (await history.tenures(infos[0].id))[-1]
    assert len(found) == 3
    assert infos[0].text in found[0].summary
    assert last.why == Why.DEPUTY
    assert await leaving.leave() == 0


async def test_a_shift_leaves_only_what_cannot_wait(cast: Cast) -> None:
    second = await roster.agent("周敏", now())
    first = await roster.at_work("林晓月", now(), deputy=second)
    await roster.shift(first, now(), since=-12)
    calm = await held_by(first, cast)
    urgent = await complaint(await scene(cast.olive), now() - timedelta(hours=15))
    assert urgent.agent_id == first
    await leaving.leave()
    _clock(now() + timedelta(hours=8))
    assert await leaving.leave() == 1
    assert (await fresh(urgent)).agent_id == second
    assert (await fresh(calm)).agent_id == first
    assert await leaving.leave() == 0


async def test_the_buyers_owner_and_the_buyer_herself_never_get_it(cast: Cast) -> None:
    agent = await agent_ready()
    there = await scene(cast.olive)
    async with writing():
        await Person.update({Person.phone: "13912345678"}).where(Person.id == agent)
    info = await complaint(there)
    assert agent in await _related(info)
    assert info.agent_id is None
    assert await charge.drain(now()) == 0


async def _related(info: ComplaintInfo) -> frozenset[int]:
    async with reading():
        return await charge.related(info)


async def test_who_wrote_it_down_is_the_first_asked(cast: Cast) -> None:
    await agent_ready("周敏")
    first = await agent_ready("林晓月")
    info = await complaint(
        await scene(cast.olive), filed_by=FiledBy.AGENT, channel=Channel.PHONE, person_id=first, function=Function.PRICE
    )
    assert info.agent_id == first


async def test_the_ladder_takes_it_out_of_absent_hands_and_leads_to_the_desk(cast: Cast) -> None:
    first = await agent_ready("林晓月")
    info = await held_by(first, cast, urgency=Urgency.URGENT)
    _clock(now() + timedelta(hours=22))
    second = await agent_ready("周敏")
    await ladder.climb()
    assert (await fresh(info)).agent_id == second
    async with reading():
        ways = await Notice.select(Notice.way).where(Notice.person == second, Notice.kind.like("complaint%"))
    assert {row["way"] for row in ways} == {f"/desk/complaints/{info.ref}"}


async def test_what_has_ended_is_not_handed_over(cast: Cast) -> None:
    first = await agent_ready()
    info = await held_by(first, cast)
    await ending.withdraw(SYSTEM, info.id, "buyer", now())
    second = await agent_ready("周敏")
    with pytest.raises(Exception, match="complaint_state"):
        await charge.hand_over(SYSTEM, first, info.id, second, STORY, "换班", now())


async def test_a_story_nobody_wrote_speaks_the_sites_language_and_time(database: str) -> None:
    there = await scene()
    info = await complaint(there, text="少了一盒")
    said = datetime(2026, 3, 2, 20, 30, tzinfo=UTC)
    await actions.say(BUYER, info.id, Words(Speaker.BUYER, Audience.BUYER, "还没有人回我"), said)
    with speaking("en"):
        async with reading():
            told = await charge.story(info)
    assert "03-03 04:30 买家: 还没有人回我" in told
    assert told.startswith("收到时破损")
    assert len(told) >= charge.SHORTEST_SUMMARY
