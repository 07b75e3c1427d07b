"""Two hands at once: one wins, the other sees the fresh state; nobody is in charge twice."""

import asyncio
from collections.abc import Callable

from portal.core.base import worker
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.people.tables import Person
from portal.core.stores.tables import Vip
from portal.core.web.i18n import t
from portal.service.complaints import actions, charge, ending, history, ladder
from portal.service.complaints.actions import Words
from portal.service.complaints.life import held, note
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.rules import Audience, Event, Speaker, State, Urgency
from portal.service.complaints.tables import ComplaintEvent, ComplaintRung, InCharge, Turn
from portal.service.roster import presence
from tests import make
from tests.browse import Browser, Page
from tests.cast import Cast
from tests.service.complaints.make import BUYER, agent_ready, complaint, fresh, scene
from tests.service.roster import make as roster

Opener = Callable[[], Browser]
STORY = "她要退一半的钱，已经答应今天下午回电话。"


def way(info: ComplaintInfo, rest: str = "") -> str:
    return f"/desk/complaints/{info.ref}{rest}"


async def hands(open_browser: Opener, *people: int) -> list[Browser]:
    return [await make.sign_in(open_browser(), person) for person in people]


async def in_charge(info: ComplaintInfo) -> list[int]:
    async with reading():
        rows = await InCharge.select(InCharge.agent).where(InCharge.complaint == info.id, InCharge.until.is_null())
    return [row["agent"] for row in rows]


async def test_two_agents_take_one_from_the_queue(open_browser: Opener, cast: Cast) -> None:
    info = await complaint(await scene(cast.olive))
    people = [cast.abe, await roster.agent("周敏", now()), await roster.agent("林晓月", now())]
    browsers = await hands(open_browser, *people)
    pages = [await browser.get("/desk?show=queue") for browser in browsers]
    answers = await asyncio.gather(
        *(browser.submit(page, way(info, "/charge")) for browser, page in zip(browsers, pages, strict=True))
    )
    assert sorted(page.status for page in answers) == [200, 409, 409]
    [winner] = await in_charge(info)
    lost = next(page for page in answers if page.status == 409)
    name = {cast.abe: "Abe", people[1]: "周敏", people[2]: "林晓月"}[winner]
    assert t("refusal.complaint_taken", agent=name) in lost
    assert t("complaints.desk.others", name=name) in lost


async def test_two_hand_overs_of_one_page(open_browser: Opener, cast: Cast) -> None:
    first = await agent_ready()
    info = await complaint(await scene(cast.olive))
    assert info.agent_id == first
    others = [await agent_ready("周敏"), await agent_ready("王强")]
    browsers = await hands(open_browser, first, cast.dora)
    pages = [await browser.get(way(info, "/handover")) for browser in browsers]
    answers: list[Page] = await asyncio.gather(
        *(
            browser.submit(page, way(info, "/handover"), to=str(to), summary=STORY, reason="换班")
            for browser, page, to in zip(browsers, pages, others, strict=True)
        )
    )
    assert sorted(page.status for page in answers) == [200, 409]
    lost = next(page for page in answers if page.status == 409)
    assert STORY in lost
    assert t("complaints.desk.meanwhile") in lost
    [winner] = await in_charge(info)
    assert winner in others
    assert winner == (await fresh(info)).agent_id


async def test_two_replies_from_one_page(open_browser: Opener, cast: Cast) -> None:
    """The agent and her lead answer at once: the buyer gets one of them, the other is asked to look again."""
    first = await agent_ready()
    info = await complaint(await scene(cast.olive))
    browsers = await hands(open_browser, first, cast.dora)
    pages = [await browser.get(way(info)) for browser in browsers]
    texts = ["您好，给您退一半", "您好，给您重发一份"]
    answers = await asyncio.gather(
        *(
            browser.submit(page, way(info, "/turns"), text=text)
            for browser, page, text in zip(browsers, pages, texts, strict=True)
        )
    )
    assert sorted(page.status for page in answers) == [200, 409]
    lost = next(n for n, page in enumerate(answers) if page.status == 409)
    assert texts[lost] in answers[lost]
    assert texts[1 - lost] in answers[lost]
    async with reading():
        assert await Turn.count() == 1


async def test_a_double_tap_says_it_once(open_browser: Opener, cast: Cast) -> None:
    first = await agent_ready()
    info = await complaint(await scene(cast.olive))
    [browser] = await hands(open_browser, first)
    page = await browser.get(way(info))
    answers = await asyncio.gather(*(browser.submit(page, way(info, "/turns"), text="您好") for _ in range(3)))
    assert {page.status for page in answers} == {200}
    async with reading():
        assert await Turn.count() == 1


async def test_the_queue_drained_twice_at_once(cast: Cast) -> None:
    infos = [await complaint(await scene(cast.olive), text=f"第{n}件事情") for n in range(6)]
    for name in ("周敏", "林晓月"):
        person = await roster.agent(name, now())
        await roster.shift(person, now())
    assert all(info.agent_id is None for info in infos)
    viewers = [await make.viewer(person) for person in (await _crew())[-2:]]
    await asyncio.gather(
        *(presence.take_work(viewer, now()) for viewer in viewers), *(charge.drain(now()) for _ in range(3))
    )
    for info in infos:
        assert len(await in_charge(info)) == 1
        assert (await fresh(info)).agent_id in await in_charge(info)
    async with reading():
        assert await InCharge.count() == len(infos)


async def _crew() -> list[int]:
    async with reading():
        return [each.person_id for each in await charge.candidates(now())]


async def test_taking_against_the_drain(open_browser: Opener, cast: Cast) -> None:
    info = await complaint(await scene(cast.olive))
    [browser] = await hands(open_browser, cast.abe)
    page = await browser.get("/desk?show=queue")
    answer, _, _ = await asyncio.gather(
        browser.submit(page, way(info, "/charge")), agent_ready("周敏"), charge.drain(now())
    )
    assert answer.status in (200, 409)
    assert len(await in_charge(info)) == 1


async def test_resolving_against_the_buyers_withdrawal(open_browser: Opener, cast: Cast) -> None:
    first = await agent_ready()
    info = await complaint(await scene(cast.olive))
    await ending.proposal_sent(SYSTEM, info.id, 1, now(), compensated=False)
    await ending.proposal_answered(SYSTEM, info.id, 1, True, now())
    [browser] = await hands(open_browser, first)
    page = await browser.get(way(info))
    answers = await asyncio.gather(
        browser.submit(page, way(info, "/resolution")),
        ending.withdraw(BUYER, info.id, "buyer", now(), by=Speaker.BUYER),
        return_exceptions=True,
    )
    assert (await fresh(info)).state in (State.RESOLVED, State.WITHDRAWN)
    async with reading():
        ends = [each.kind for each in await history.events(info.id) if each.kind in (Event.RESOLVED, Event.WITHDRAWN)]
    assert len(ends) == 1
    assert len(answers) == 2


async def test_two_ladders_climb_each_rung_once(cast: Cast) -> None:
    await agent_ready()
    late = now().replace(microsecond=0)
    info = await complaint(await scene(cast.olive), late.replace(year=late.year - 1))
    await asyncio.gather(*(ladder.climb() for _ in range(4)))
    async with reading():
        rungs = await ComplaintRung.count().where(ComplaintRung.complaint == info.id)
        steps = await ComplaintEvent.count().where(
            ComplaintEvent.complaint == info.id, ComplaintEvent.kind == str(Event.STEP)
        )
    assert (rungs, steps) == (12, 12)


async def test_buyer_and_agent_speak_at_once(open_browser: Opener, cast: Cast) -> None:
    first = await agent_ready()
    info = await complaint(await scene(cast.olive))
    [browser] = await hands(open_browser, first)
    page = await browser.get(way(info))
    words = Words(Speaker.BUYER, Audience.BUYER, "等一下")
    answer, _ = await asyncio.gather(
        browser.submit(page, way(info, "/turns"), text="您好，给您退一半"), actions.say(BUYER, info.id, words, now())
    )
    async with reading():
        said = await Turn.count()
    assert (answer.status, said) in ((200, 2), (409, 1))
    assert "您好，给您退一半" in answer


async def test_two_notes_from_one_page(open_browser: Opener, cast: Cast) -> None:
    """Inner words too: the later one reads the earlier before hers is said, and hers stays inner."""
    first = await agent_ready()
    info = await complaint(await scene(cast.olive))
    browsers = await hands(open_browser, first, cast.dora)
    pages = [await browser.get(way(info)) for browser in browsers]
    texts = ["仓库说周三补发", "我来联系供货商"]
    answers = await asyncio.gather(
        *(
            browser.submit(page, way(info, "/turns"), text=text, audience="inner")
            for browser, page, text in zip(browsers, pages, texts, strict=True)
        )
    )
    assert sorted(page.status for page in answers) == [200, 409]
    lost = next(n for n, page in enumerate(answers) if page.status == 409)
    assert texts[lost] in answers[lost]
    assert texts[1 - lost] in answers[lost]
    again = answers[lost].form(way(info, "/turns")).fields
    assert (again["audience"], again["text"]) == (["inner"], texts[lost])
    page = await browsers[lost].submit(answers[lost], way(info, "/turns"))
    assert page.status == 200
    async with reading():
        said = await Turn.select(Turn.text, Turn.audience).order_by(Turn.id)
    assert [(turn["text"], turn["audience"]) for turn in said] == [(texts[1 - lost], "inner"), (texts[lost], "inner")]


async def test_two_tabs_of_one_agent(open_browser: Opener, cast: Cast) -> None:
    """What she answered in one tab is not answered again from another that does not show it."""
    first = await agent_ready()
    info = await complaint(await scene(cast.olive))
    [browser] = await hands(open_browser, first)
    tabs = [await browser.get(way(info)) for _ in range(2)]
    await browser.submit(tabs[0], way(info, "/turns"), text="您好，今天就给您退")
    late = await browser.submit(tabs[1], way(info, "/turns"), text="您好，请稍等")
    assert late.status == 409
    assert t("complaints.desk.meanwhile") in late or t("refusal.complaint_moved_on") in late
    assert "您好，今天就给您退" in late
    assert late.form(way(info, "/turns")).fields["text"] == "您好，请稍等"


async def test_what_the_portal_does_by_itself_does_not_take_her_words(open_browser: Opener, cast: Cast) -> None:
    """An inspection holds the complaint while she writes: her answer to the buyer goes out all the same."""
    first = await agent_ready()
    info = await complaint(await scene(cast.olive))
    [browser] = await hands(open_browser, first)
    shown = await browser.get(way(info))
    async with writing():
        await note(await held(info.id), "inspected", now())
    said = await browser.submit(shown, way(info, "/turns"), text="您好，今天就给您退")
    assert said.status == 200
    assert "您好，今天就给您退" in said


async def test_two_resolve_at_once(open_browser: Opener, cast: Cast) -> None:
    first = await agent_ready()
    info = await complaint(await scene(cast.olive))
    await ending.proposal_sent(SYSTEM, info.id, 1, now(), compensated=False)
    await ending.proposal_answered(SYSTEM, info.id, 1, True, now())
    browsers = await hands(open_browser, first, cast.dora)
    pages = [await browser.get(way(info)) for browser in browsers]
    answers = await asyncio.gather(
        *(browser.submit(page, way(info, "/resolution")) for browser, page in zip(browsers, pages, strict=True))
    )
    assert sorted(page.status for page in answers) == [200, 409]
    lost = next(page for page in answers if page.status == 409)
    assert t("complaints.state.resolved") in lost
    async with reading():
        ends = [each for each in await history.events(info.id) if each.kind == Event.RESOLVED]
    assert len(ends) == 1


async def test_answering_while_the_lead_moves_it(open_browser: Opener, cast: Cast) -> None:
    """Whoever is second reads what happened, with her own words still there."""
    first, other = await agent_ready(), await agent_ready("周敏")
    info = await complaint(await scene(cast.olive))
    holder, to = (first, other) if info.agent_id == first else (other, first)
    mine, leads = await hands(open_browser, holder, cast.dora)
    reply, handing = await mine.get(way(info)), await leads.get(way(info, "/handover"))
    said, moved = await asyncio.gather(
        mine.submit(reply, way(info, "/turns"), text="您好，我先查一下"),
        leads.submit(handing, way(info, "/handover"), to=str(to), summary=STORY, reason="换班"),
    )
    assert sorted((said.status, moved.status)) == [200, 409]
    if moved.status == 409:
        assert STORY in moved
        assert "您好，我先查一下" in moved
    else:
        assert "您好，我先查一下" in said
        assert await in_charge(info) == [to]


async def test_answering_after_all_of_hers_were_moved(open_browser: Opener, cast: Cast) -> None:
    """The lead's move of many is a job; an agent who still has the page open loses no word."""
    first = await agent_ready()
    info = await complaint(await scene(cast.olive))
    other = await agent_ready("周敏")
    mine, leads = await hands(open_browser, first, cast.dora)
    page = await mine.get(way(info))
    form = {"to": str(other), "reason": "林晓月请假了", "all_of": str(first)}
    await leads.visit_and_submit(f"/desk/load/running?agent={first}", "/desk/load/moves", **form)
    await worker.drain()
    late = await mine.submit(page, way(info, "/turns"), text="您好，我先查一下")
    assert late.status == 409
    assert "您好，我先查一下" in late
    assert await in_charge(info) == [other]
    async with reading():
        assert await Turn.count() == 0


async def test_one_that_nobody_may_take_lets_the_others_by(cast: Cast) -> None:
    """At the head of the queue a complaint of the agent's own buyer, who is herself: it waits, what follows does not."""
    own = await complaint(await scene(cast.olive), urgency=Urgency.URGENT, text="我自己的")
    others = [await complaint(await scene(cast.olive), text=f"第{n}件事情") for n in range(2)]
    person = await roster.agent("周敏", now())
    async with writing():
        await Person.update({Person.phone: "13912340000"}).where(Person.id == person)
        await Vip.update({Vip.phone: "13912340000"}).where(Vip.id == own.vip_id)
    await roster.shift(person, now())
    await presence.take_work(await make.viewer(person), now())
    await charge.drain(now())
    assert [await in_charge(info) for info in (own, *others)] == [[], [person], [person]]
