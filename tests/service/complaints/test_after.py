"""After the resolution: marks, calls, reopening, consent; and what goes when a buyer is erased."""

from datetime import timedelta
from typing import Any

import pytest

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import local, now
from portal.core.base.database import counting_queries, reading, writing
from portal.core.base.refusals import Refused
from portal.core.base.search import find
from portal.core.notices.tables import Notice
from portal.core.web.i18n import t
from portal.service.complaints import after, charge, evidence, history, panels, personal, queries, talk
from portal.service.complaints.actions import Words, say
from portal.service.complaints.drafts import Draft, keep
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.rules import Audience, FiledBy, Speaker, State
from portal.service.complaints.tables import ComplaintDraft, ComplaintFile, FollowUpCall, InCharge
from portal.service.mandates import answers
from portal.service.mandates import queries as mandates
from tests import make
from tests.browse import Browser
from tests.cast import Cast
from tests.service.complaints.make import BUYER, agent_ready, complaint, fresh, page_of, picture, resolved, scene
from tests.service.mandates.make import code


async def settled(cast: Cast, days: int = 4) -> ComplaintInfo:
    at = now() - timedelta(days=days)
    return await resolved(await complaint(await scene(cast.olive), at), at)


async def call_of(info: ComplaintInfo) -> after.CallInfo:
    async with reading():
        return (await after.calls_of(info.id))[-1]


@pytest.fixture
async def desk(open_browser: Any, cast: Cast) -> Browser:
    return await make.sign_in(open_browser(), cast.abe)


async def test_low_marks_reach_agent_and_lead_once(cast: Cast) -> None:
    agent = await agent_ready()
    info = await settled(cast)
    await after.survey(BUYER, info.id, 1, 2, "一直没人理", now())
    with pytest.raises(Refused, match="complaint_surveyed"):
        await after.survey(BUYER, info.id, 5, 5, "", now())
    async with reading():
        rows = await Notice.select(Notice.person).where(Notice.kind == "complaint_low_marks").order_by(Notice.id)
    assert {row["person"] for row in rows} == {agent, cast.dora} - {agent if info.agent_id is None else 0}


async def test_good_marks_disturb_nobody_and_open_ones_have_none(cast: Cast) -> None:
    info = await settled(cast)
    await after.survey(BUYER, info.id, 5, 5, "", now())
    open_one = await complaint(await scene(cast.otto))
    with pytest.raises(Refused, match="complaint_not_ended"):
        await after.survey(BUYER, open_one.id, 5, 5, "", now())
    async with reading():
        assert not await Notice.exists().where(Notice.kind == "complaint_low_marks")


async def test_calls_stand_by_their_day_and_are_written_down(desk: Browser, cast: Cast) -> None:
    info = await settled(cast)
    call = await call_of(info)
    path = f"/desk/calls/{call.id}"
    assert path not in (await desk.get("/desk/calls")).links
    assert path in (await desk.get("/desk/calls?show=all")).links
    page = await desk.get(path)
    assert "王芳" not in page.html
    page = await desk.submit(page, path, outcome="content", note="都好了")
    assert path not in (await desk.get("/desk/calls?show=all")).links
    assert t("complaints.calls.outcome.content") in await desk.get(path)
    async with reading():
        row = await FollowUpCall.objects().get(FollowUpCall.id == call.id)
    assert row is not None
    assert (row.outcome, row.note, row.agent) == ("content", "都好了", cast.abe)


async def test_nobody_answered_so_another_day(desk: Browser, cast: Cast) -> None:
    info = await settled(cast)
    path = f"/desk/calls/{(await call_of(info)).id}"
    late = (local(now()) + timedelta(days=90)).date().isoformat()
    page = await desk.visit_and_submit(path, path, outcome="not_reached", next_on=late)
    assert page.status == 422
    day = (local(now()) + timedelta(days=2)).date()
    await desk.submit(page, path, outcome="not_reached", next_on=day.isoformat())
    call = await call_of(info)
    assert (call.outcome, call.done_at, local(call.due_at).date()) == ("not_reached", None, day)
    assert path in (await desk.get("/desk/calls")).links  # hers now
    await desk.visit_and_submit(path, path, outcome="not_reached")
    assert (await call_of(info)).done_at is not None


async def test_not_content_she_may_have_it_reopened_by_phone(desk: Browser, open_browser: Any, cast: Cast) -> None:
    info = await settled(cast)
    path = f"/desk/calls/{(await call_of(info)).id}"
    page = await desk.visit_and_submit(path, path, outcome="not_content", reopen="yes", note="")
    assert page.status == 422
    page = await desk.submit(page, path, outcome="content", reopen="yes", note="还少十块钱")
    assert page.status == 422
    await desk.submit(page, path, outcome="not_content", reopen="yes", note="还少十块钱")
    info = await fresh(info)
    assert (info.state, info.round) == (State.OPEN, 2)
    assert "还少十块钱" in await open_browser().get(await page_of(info))


async def test_a_call_has_one_result(cast: Cast) -> None:
    call = await call_of(await settled(cast))
    came = after.Called(after.Outcome.CONTENT, "")
    await after.keep_call(SYSTEM, cast.abe, call.id, came, now())
    with pytest.raises(Refused, match="call_done"):
        await after.keep_call(SYSTEM, cast.dora, call.id, came, now())


async def test_calls_are_paged_and_ask_few_questions(desk: Browser, cast: Cast) -> None:
    made = [await settled(cast, days) for days in (3, 5, 4)]
    page = await desk.get("/desk/calls?show=all&limit=2")
    first = [link for link in page.links if link.startswith("/desk/calls/")]
    rest = await desk.get(next(link for link in page.links if "after=" in link))
    second = [link for link in rest.links if link.startswith("/desk/calls/")]
    wanted = [f"/desk/calls/{(await call_of(made[n])).id}" for n in (1, 2, 0)]
    assert [*first, *second] == wanted
    with counting_queries() as counted:
        await desk.get("/desk/calls?show=all")
    assert len(counted) <= 12
    owner = await make.sign_in(desk, cast.olive.person_id)
    assert (await owner.get("/desk/calls")).status == 403


async def test_the_buyers_consent_is_noted_and_her_mandate_shows_the_way(cast: Cast) -> None:
    there = await scene(cast.olive)
    info = await complaint(there, filed_by=FiledBy.OWNER, person_id=cast.olive.person_id)
    async with reading():
        asked = await mandates.mandate_for(info.subject)
    assert asked is not None
    await answers.send_code(BUYER, asked, now())
    await answers.try_code(BUYER, asked.id, await code(asked.id), now())
    async with reading():
        kinds = [event.kind for event in await history.events(info.id)]
        asked = await mandates.mandate_for(info.subject)
    assert "mandate_confirmed" in kinds
    assert asked is not None
    steps = await panels.mandate_progress(asked, now())
    assert [step.at is not None for step in steps] == [True, False, False, False, False]
    await resolved(info)
    assert all(step.at for step in (await panels.mandate_progress(asked, now()))[2:])


async def test_an_open_complaint_holds_the_earnings_of_its_lines(cast: Cast) -> None:
    there = await scene(cast.olive)
    lines = {line.id for line in there.bought.info.lines}
    info = await complaint(there)  # of the whole order
    async with reading():
        assert await queries.open_for_lines(lines) == lines
    await resolved(info)
    async with reading():
        assert await queries.open_for_lines(lines) == set()


async def test_a_buyer_takes_her_words_along_and_may_have_them_erased(cast: Cast) -> None:
    agent, lead = await agent_ready(), await agent_ready("Lena", role="desk_lead")
    there = await scene(cast.olive)
    info = await complaint(there)
    await evidence.attach(info.id, await evidence.keep([picture()]), Speaker.BUYER, now())
    await say(BUYER, info.id, Words(Speaker.BUYER, Audience.BUYER, "我住在文三路"), now())
    to = lead if info.agent_id == agent else agent
    await charge.hand_over(SYSTEM, info.agent_id or agent, info.id, to, "买家住文三路，箱子坏了", "换班", now())
    await keep("buyer:1", there.vip_id, Draft(text="没送出的话"), now())
    async with reading():
        told = await personal.export_buyer(there.vip_id)
    assert [one["text"] for one in told["complaints"]] == [info.text]
    assert [one["text"] for one in told["turns"]] == ["我住在文三路"]
    async with writing():
        await personal.erase_buyer(there.vip_id, now())
    async with reading():
        gone = await queries.by_id(info.id)
        assert gone is not None
        assert (gone.text, gone.state) == ("", State.WITHDRAWN)
        assert [turn.text for turn in await talk.turns(info.id, list(Audience))] == [""]
        assert await ComplaintFile.count() == await ComplaintDraft.count() == 0
        assert "文三路" not in "".join(row["summary"] or "" for row in await InCharge.select(InCharge.summary))
        assert await find("complaint", "文三路", 10) == []
        assert await find("complaint", there.bought.number, 10) == [info.id]
