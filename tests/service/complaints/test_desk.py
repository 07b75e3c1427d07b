"""The desk: a day on one screen, one complaint on another, and acts that know what their page had shown."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from portal.core.base.clock import now, site_zone
from portal.core.base.database import counting_queries, reading, writing
from portal.core.people.tables import Person, RoleGrant
from portal.core.web.frame import Frame
from portal.core.web.i18n import t
from portal.service.complaints import actions, charge, desk_queries, ending
from portal.service.complaints.actions import Words
from portal.service.complaints.desk_rules import Desk, Hand, Show, cleared_by, first_words, hand
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.rules import Audience, Function, Speaker, State, Urgency
from portal.service.complaints.tables import Complaint, ComplaintTick, Turn
from portal.service.complaints.talk import turns
from portal.service.knowledge import templates
from tests import make
from tests.browse import Browser
from tests.cast import Cast
from tests.courses import build
from tests.service.complaints.make import BUYER, agent_ready, complaint, fresh, scene
from tests.service.roster import make as roster

Opener = Callable[[], Browser]


async def at_desk(browser: Browser, name: str = "林晓月", role: str = "agent") -> int:
    person = await agent_ready(name, role=role)
    await make.sign_in(browser, person)
    return person


def way(info: ComplaintInfo, rest: str = "") -> str:
    return f"/desk/complaints/{info.ref}{rest}"


async def buyer_says(info: ComplaintInfo, text: str = "还有一盒也坏了") -> None:
    await actions.say(BUYER, info.id, Words(Speaker.BUYER, Audience.BUYER, text), now())


ME, OTHER = 1, 2


@pytest.mark.parametrize(
    ("desk", "agent", "running", "expected"),
    [
        (Desk(ME, works=True, leads=False), ME, True, Hand.ACTS),
        (Desk(ME, works=True, leads=False), ME, False, Hand.ACTS),
        (Desk(ME, works=True, leads=False), OTHER, True, Hand.OTHERS),
        (Desk(ME, works=True, leads=False), None, True, Hand.TAKES),
        (Desk(ME, works=True, leads=False), None, False, Hand.OTHERS),
        (Desk(ME, works=True, leads=True), OTHER, True, Hand.ACTS),
        (Desk(ME, works=True, leads=True), None, True, Hand.ACTS),
        (Desk(ME, works=False, leads=False), ME, True, Hand.READS),
        (Desk(ME, works=False, leads=False), None, True, Hand.READS),
    ],
)
def test_who_may_act(desk: Desk, agent: int | None, running: bool, expected: Hand) -> None:
    assert hand(desk, agent, running=running) is expected


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("2026-03-02T23:30", "2026-03-03T12:00"),
        ("2026-03-03T00:10", "2026-03-04T12:00"),
        ("2026-03-03T11:59", "2026-03-04T12:00"),
        ("2026-12-31T18:00", "2027-01-01T12:00"),
    ],
)
def test_a_hand_over_is_read_by_noon_of_the_next_day(since: str, until: str) -> None:
    zone = site_zone()
    begun, end = (datetime.fromisoformat(text).replace(tzinfo=zone) for text in (since, until))
    assert cleared_by(begun, zone) == end


def test_a_list_shows_how_a_story_begins() -> None:
    assert first_words("锅  裂了\n一条缝") == "锅 裂了 一条缝"
    assert first_words("长" * 80) == "长" * 60 + "…"


async def test_the_day_shows_what_is_due_first(browser: Browser, cast: Cast) -> None:
    agent = await at_desk(browser)
    there, other = await scene(cast.olive), await scene(cast.olive)
    later = await complaint(there, now() - timedelta(hours=1), text="不急的事情，慢慢看")
    urgent = await complaint(other, urgency=Urgency.URGENT, text="电水壶漏电烫了手")
    page = await browser.get("/desk")
    assert page.html.index("电水壶漏电烫了手") < page.html.index("不急的事情")
    assert t("complaints.urgency.urgent") in page
    assert t("complaints.desk.head", n=2) in page
    assert t("complaints.desk.first_reply") in page
    assert other.bought.number not in page
    assert {(await fresh(one)).agent_id for one in (later, urgent)} == {agent}


async def test_every_view_of_the_day(browser: Browser, cast: Cast) -> None:
    agent = await at_desk(browser)
    waits, proposed, agreed, resolved = [await complaint(await scene(cast.olive), text=f"第{n}件事") for n in range(4)]
    words = Words(Speaker.AGENT, Audience.BUYER, "请拍一张照片", agent, waiting=True)
    await actions.say(BUYER, waits.id, words, now())
    for one in (proposed, agreed, resolved):
        await ending.proposal_sent(BUYER, one.id, 1, now(), compensated=False)
    for one in (agreed, resolved):
        await ending.proposal_answered(BUYER, one.id, 1, True, now())
    await ending.resolve(BUYER, resolved.id, ending.SETTLED, now())
    shown = {Show.WAITING: "第0件", Show.PROPOSALS: "第1件", Show.TO_RESOLVE: "第2件", Show.TO_CLOSE: "第3件"}
    for show, text in shown.items():
        page = await browser.get(f"/desk?show={show}")
        assert page.html.count('scope="row"') == 1, show
        assert text in page
    async with reading():
        found = (await desk_queries.counts(agent)).of
    expected = {Show.MINE: 3, Show.QUEUE: 0, Show.WAITING: 1, Show.PROPOSALS: 1, Show.TO_RESOLVE: 1, Show.TO_CLOSE: 1}
    assert found == expected


async def test_one_tap_takes_from_the_queue(browser: Browser, cast: Cast) -> None:
    info = await complaint(await scene(cast.olive))
    await make.sign_in(browser, cast.abe)
    page = await browser.get("/desk?show=queue")
    page = await browser.submit(page, way(info, "/charge"))
    assert page.path == way(info)
    assert (await fresh(info)).agent_id == cast.abe


async def test_the_presence_switch_fills_the_day(browser: Browser, cast: Cast) -> None:
    """Whoever begins to take work gets what waits."""
    info = await complaint(await scene(cast.olive))
    await roster.shift(cast.abe, now())
    await make.sign_in(browser, cast.abe)
    page = await browser.visit_and_submit("/desk", "/desk/presence")
    assert t("roster.now.present") in page
    assert (await fresh(info)).agent_id == cast.abe
    page = await browser.submit(page, "/desk/presence", act="pause", reason="meal")
    assert t("roster.now.paused", reason=t("roster.pause.meal")) in page
    page = await browser.submit(page, "/desk/presence", act="pause", reason="")
    assert page.status == 422


async def test_one_complaint_on_one_screen(browser: Browser, cast: Cast) -> None:
    await at_desk(browser)
    there = await scene(cast.olive)
    before = await complaint(there, text="上次的杯子也有问题")
    info = await complaint(there, function=Function.DELIVERY, text="快递三天没有动静了")
    await buyer_says(info)
    page = await browser.get(way(info))
    for text in (
        info.text,
        "还有一盒也坏了",
        before.text,
        t("complaints.desk.feelings"),
        t("complaints.desk.steps.greet"),
    ):
        assert text in page, text
    async with reading():
        phone = (await desk_queries.around(info, now())).phone
    assert phone not in page
    assert f"{phone[:3]}****{phone[-4:]}" in page
    assert t("complaints.desk.new_answer") not in await browser.get("/desk")


async def test_a_new_answer_is_marked_until_it_was_looked_at(browser: Browser, cast: Cast) -> None:
    await at_desk(browser)
    info = await complaint(await scene(cast.olive))
    await buyer_says(info)
    assert t("complaints.desk.new_answer") in await browser.get("/desk")
    await browser.get(way(info))
    assert t("complaints.desk.new_answer") not in await browser.get("/desk")


async def test_replying_to_buyer_owner_and_desk(browser: Browser, cast: Cast) -> None:
    agent = await at_desk(browser)
    info = await complaint(await scene(cast.olive))
    page = await browser.get(way(info))
    page = await browser.submit(page, way(info, "/turns"), text="您好，我来处理", audience="buyer", waiting="yes")
    page = await browser.submit(page, way(info, "/turns"), text="请店主补一张照片", audience="owner")
    page = await browser.submit(page, way(info, "/turns"), text="像是同一批次", audience="inner")
    assert page.status == 200
    async with reading():
        said = [(turn.audience, turn.person_id) for turn in await turns(info.id, tuple(Audience))]
    assert said == [(one, agent) for one in (Audience.BUYER, Audience.OWNER, Audience.INNER)]
    found = await fresh(info)
    assert found.waiting_since is not None
    async with reading():
        [row] = await Complaint.select(Complaint.first_reply_by, Complaint.first_reply_seconds)
    assert row["first_reply_by"] == agent
    assert row["first_reply_seconds"] < 60


async def test_a_stale_page_comes_back_fresh_with_her_text(browser: Browser, cast: Cast) -> None:
    await at_desk(browser)
    info = await complaint(await scene(cast.olive))
    page = await browser.get(way(info))
    await buyer_says(info, "等等，我还没说完")
    page = await browser.submit(page, way(info, "/turns"), text="您好，方案是这样的", audience="buyer")
    assert page.status == 409
    assert "您好，方案是这样的" in page
    assert "等等，我还没说完" in page
    assert t("complaints.desk.meanwhile") in page
    assert t("complaints.desk.said_by.buyer") in page
    page = await browser.submit(page, way(info, "/turns"))
    assert page.status == 200
    async with reading():
        assert await Turn.count() == 2


async def test_who_lost_it_meanwhile_sees_whose_it_is_and_keeps_her_text(browser: Browser, cast: Cast) -> None:
    agent, next_one = await at_desk(browser), await agent_ready("周敏")
    info = await complaint(await scene(cast.olive))
    if (await fresh(info)).agent_id != agent:
        await charge.hand_over(BUYER, next_one, info.id, agent, "她要退一半，已经答应回电", "换班", now())
    page = await browser.get(way(info))
    await charge.hand_over(BUYER, agent, info.id, next_one, "她要退一半，已经答应回电", "主管安排", now())
    page = await browser.submit(page, way(info, "/turns"), text="我写到一半的话", audience="buyer")
    assert page.status == 409
    assert t("complaints.desk.others", name="周敏") in page
    assert "我写到一半的话" in page


async def test_a_template_is_put_behind_what_is_typed_and_its_gaps_hold_it_back(browser: Browser, cast: Cast) -> None:
    agent = await at_desk(browser)
    viewer = await make.viewer(agent)
    reply = templates.Reply("先道歉", None, False, {"zh-Hans": "{{buyer}}您好，{{proposal}}会在{{due}}前给您。"})
    ref = await templates.make(viewer, reply, now())
    info = await complaint(await scene(cast.olive))
    page = await browser.get(way(info, "/templates"))
    page = await browser.submit(page, way(info, "/reply"), template=ref, text="写了半句")
    text = page.form(way(info, "/turns")).fields["text"]
    assert text.startswith("写了半句")
    assert "⟦" in text
    page = await browser.submit(page, way(info, "/turns"))
    assert page.status == 422
    assert t("refusal.template_gap") in page
    page = await browser.submit(page, way(info, "/turns"), text=text.replace("⟦", "").replace("⟧", ""))
    assert page.status == 200
    async with reading():
        assert [one.uses for one in await templates.shared_and_own(agent)] == [1]


async def test_the_eight_steps_remember(browser: Browser, cast: Cast) -> None:
    agent = await at_desk(browser)
    info = await complaint(await scene(cast.olive))
    page = await browser.get(way(info))
    page = await browser.submit(page, way(info, "/steps"), steps=["greet", "ask"])
    assert page.form(way(info, "/steps")).fields["steps"] == ["greet", "ask"]
    page = await browser.submit(page, way(info, "/steps"), steps=["ask", "analyse"])
    async with reading():
        rows = await ComplaintTick.select(ComplaintTick.step, ComplaintTick.person).order_by(ComplaintTick.step)
    assert [(row["step"], row["person"]) for row in rows] == [("analyse", agent), ("ask", agent)]


async def test_putting_its_kind_right_and_linking(browser: Browser, cast: Cast) -> None:
    await at_desk(browser)
    there = await scene(cast.olive)
    first = await complaint(there)
    info = await complaint(there, function=Function.SERVICE, text="没有人理我的问题")
    page = await browser.get(way(info))
    page = await browser.submit(page, way(info, "/class"), function="quality", urgency="urgent")
    assert (await fresh(info)).urgency is Urgency.URGENT
    page = await browser.submit(page, way(info, "/link"), to=str(first.id))
    assert (await fresh(info)).duplicate_of == first.id
    page = await browser.submit(page, way(info, "/link"), to="")
    assert (await fresh(info)).duplicate_of is None
    assert page.status == 200


async def test_resolving_and_closing_with_what_is_missing_in_words(browser: Browser, cast: Cast) -> None:
    await at_desk(browser)
    info = await complaint(await scene(cast.olive))
    await ending.proposal_sent(BUYER, info.id, 1, now(), compensated=False)
    await ending.proposal_answered(BUYER, info.id, 1, True, now())
    assert t("complaints.desk.nothing_missing") in await browser.get(way(info, "/missing"))
    page = await browser.visit_and_submit(way(info), way(info, "/resolution"))
    found = await fresh(info)
    assert (found.state, found.outcome) == (State.RESOLVED, ending.SETTLED)
    assert way(info, "/closure") in page.html


async def test_news_come_without_reload_and_leave_the_form_alone(browser: Browser, cast: Cast) -> None:
    await at_desk(browser)
    info = await complaint(await scene(cast.olive))
    page = await browser.get(way(info))
    await buyer_says(info, "还有一盒也坏了")
    headers = {"HX-Request": "true", "HX-Target": "desk_live"}
    form = page.form(way(info, "/turns")).fields
    part = await browser.get(f"{way(info)}?seen={form['seen']}&heard={form['heard']}", headers=headers)
    assert "还有一盒也坏了" in part
    assert t("complaints.desk.said_by.buyer") in part
    assert "<form" not in part.html
    assert 'id="desk_clocks"' in part.html
    headers["HX-Target"] = "desk_news"
    assert "toast" in (await browser.get("/desk/news?since=0-0", headers=headers)).html


async def test_who_is_too_near_and_who_has_no_certificate(browser: Browser, open_browser: Opener, cast: Cast) -> None:
    await make.sign_in(browser, cast.abe)
    info = await complaint(await scene(cast.olive))
    async with reading():
        phone = (await desk_queries.around(info, now())).phone
    async with writing():
        await Person.update({Person.phone: phone}).where(Person.id == cast.abe)
    page = await browser.get(way(info))
    assert page.status == 403
    assert t("refusal.complaint_related_you") in page
    assert (await browser.post(way(info, "/charge"))).status == 403
    for part, status in (("admin", 200), ("manager", 403), ("owner", 403)):
        visitor = await make.sign_in(open_browser(), cast.person_of(part))
        assert (await visitor.get("/desk")).status == status


async def test_an_admin_reads_and_does_nothing(browser: Browser, cast: Cast) -> None:
    await agent_ready()
    info = await complaint(await scene(cast.olive))
    await make.sign_in(browser, cast.ada)
    page = await browser.get(way(info))
    assert t("complaints.desk.reads_one") in page
    assert not [form for form in page.forms if form.action.startswith(way(info))]


async def test_a_page_costs_the_same_however_much_there_is(browser: Browser, cast: Cast) -> None:
    await at_desk(browser)
    there = await scene(cast.olive)
    info = await complaint(there)
    await buyer_says(info)
    counts: list[dict[str, int]] = []
    for _ in range(2):
        found: dict[str, int] = {}
        for path in ("/desk", way(info), way(info, "/handover"), way(info, "/missing"), way(info, "/panels/0")):
            with counting_queries() as counted:
                assert (await browser.get(path)).status == 200
            found[path] = len(counted)
        counts.append(found)
        for n in range(12):
            await complaint(there, function=list(Function)[n % 11], text=f"又一件事情 {n}")
            await buyer_says(info, f"再说一句 {n}")
    assert counts[1] == counts[0]
    assert max(counts[0].values()) <= 12


async def test_the_desk_in_english(app: Frame, cast: Cast) -> None:
    browser = Browser(app, language="en")
    await at_desk(browser)
    info = await complaint(await scene(cast.olive))
    for path in ("/desk", "/desk?show=queue", way(info), way(info, "/handover"), way(info, "/templates")):
        page = await browser.get(path)
        assert page.status == 200
        assert "complaints." not in page.text
    await browser.close()


async def test_the_one_in_charge_sees_the_number_with_a_reason(
    browser: Browser, open_browser: Opener, cast: Cast
) -> None:
    agent = await at_desk(browser)
    info = await complaint(await scene(cast.olive))
    assert info.agent_id == agent
    async with reading():
        phone = (await desk_queries.around(info, now())).phone
    ask = next(link for link in (await browser.get(way(info))).links if link.startswith("/reveals/new"))
    page = await browser.get(ask)
    page = await browser.submit(page, "/reveals", reason="complaint", note="要回电核实")
    assert phone in page
    for part, status in (("agent", 404), ("desk_lead", 200), ("admin", 200), ("manager", 404)):
        visitor = await make.sign_in(open_browser(), cast.person_of(part))
        assert (await visitor.get(ask)).status == status, part
    await ending.withdraw(BUYER, info.id, "buyer", now())
    assert (await browser.get(ask)).status == 404
    lead = await make.sign_in(open_browser(), cast.dora)
    assert (await lead.get(ask)).status == 404


async def test_who_has_no_certificate_sees_why_and_the_way_to_it(browser: Browser, cast: Cast) -> None:
    info = await complaint(await scene(cast.olive))
    made, _ = await build.curriculum(purpose="agent")
    long_ago = now() - timedelta(days=90)
    async with writing():
        await Person.raw("UPDATE curriculum_versions SET published_at = {} WHERE curriculum = {}", long_ago, made)
        await RoleGrant.update({RoleGrant.granted_at: long_ago}).where(RoleGrant.person == cast.abe)
    await make.sign_in(browser, cast.abe)
    page = await browser.get("/desk?show=queue")
    assert t("complaints.desk.licence_text") in page
    assert "/learn" in page.links
    page = await browser.submit(page, way(info, "/charge"))
    assert page.status == 403
    assert t("refusal.agent_licence") in page
    assert "/learn" in page.links
    assert (await fresh(info)).agent_id is None
