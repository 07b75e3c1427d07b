"""The buyer's page of her complaint: the same clocks as everybody's, the talk, evidence, and what follows."""

from datetime import timedelta
from typing import Any

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.public_links import Door, end_link
from portal.core.web.i18n import t
from portal.service.complaints import after, ending, faces, history, slots, talk
from portal.service.complaints.actions import Words, say
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.rules import Audience, Function, Speaker, State
from portal.service.complaints.tables import ComplaintFile, Turn
from tests.browse import Browser
from tests.cast import Cast
from tests.service.complaints.make import (
    BUYER,
    agent_ready,
    chosen,
    complaint,
    film,
    fresh,
    page_of,
    picture,
    resolved,
    scene,
)

CLOCKS = {"HX-Request": "true", "HX-Target": "clocks"}


async def told(cast: Cast) -> tuple[ComplaintInfo, str]:
    info = await complaint(await scene(cast.olive))
    return info, await page_of(info)


async def agent_says(info: ComplaintInfo, text: str, *, waiting: bool = False) -> int:
    words = Words(Speaker.AGENT, Audience.BUYER, text, info.agent_id, waiting)
    return await say(SYSTEM, info.id, words, now())


async def test_she_sees_who_has_it_and_the_clocks(browser: Browser, cast: Cast) -> None:
    await agent_ready("林晓月")
    info, path = await told(cast)
    page = await browser.get(path)
    assert t("complaints.buyer.agent", name="晓月") in page
    assert "林晓月" not in page.html
    assert page.html.count("data-due=") == 3
    async with reading():
        for clock in await history.clocks_of(info):
            assert f'data-due="{int(clock.due_at.timestamp() * 1000)}"' in page.html
    assert page.response.headers["cache-control"] == "no-store"
    assert "noindex" in page.response.headers["x-robots-tag"]
    assert page.response.headers["referrer-policy"] == "no-referrer"
    assert "李芳" not in page


async def test_inner_words_and_acts_stay_inside(browser: Browser, cast: Cast) -> None:
    agent = await agent_ready()
    info, path = await told(cast)
    for audience, text in ((Audience.INNER, "内部备注"), (Audience.OWNER, "问店主的话"), (Audience.BUYER, "请稍等")):
        await say(SYSTEM, info.id, Words(Speaker.AGENT, audience, text, agent), now())
    page = await browser.get(path)
    assert "请稍等" in page
    assert "内部备注" not in page.html
    assert "问店主的话" not in page.html
    assert t("complaints.event.assigned") not in page.html


async def test_a_fragment_brings_the_clocks_and_says_what_is_new(browser: Browser, cast: Cast) -> None:
    await agent_ready()
    info, path = await told(cast)
    page = await browser.get(path)
    seen = page.html.split("?seen=")[1].split('"')[0]
    part = await browser.get(f"{path}?seen={seen}", headers=CLOCKS)
    assert part.html.lstrip().startswith('<section class="sheet stack" id="clocks"')
    assert t("complaints.news") not in part
    await agent_says(info, "看到您的照片了")
    assert t("complaints.news") in await browser.get(f"{path}?seen={seen}", headers=CLOCKS)


async def test_what_is_late_and_what_was_kept_stands_there(browser: Browser, cast: Cast) -> None:
    there = await scene(cast.olive)
    info = await complaint(there, now() - timedelta(hours=30))
    path = await page_of(info)
    assert t("complaints.clock.escalated") in await browser.get(path)
    await ending.proposal_sent(SYSTEM, info.id, 1, now(), compensated=False)
    page = await browser.get(path)
    assert t("complaints.clock.too_late") in page
    assert t("complaints.clock.in_time") in page


async def test_she_answers_and_the_waiting_ends(browser: Browser, cast: Cast) -> None:
    await agent_ready()
    info, path = await told(cast)
    await agent_says(info, "请拍一张面单", waiting=True)
    page = await browser.get(path)
    assert t("complaints.buyer.head.waiting") in page
    page = await browser.submit(page, f"{path}/turns", text="  ")
    assert page.status == 422
    page = await browser.submit(page, f"{path}/turns", text="面单在这里")
    assert "面单在这里" in page
    assert (await fresh(info)).waiting_since is None
    assert t("complaints.buyer.head.open") in page


async def test_told_already_is_noted_on_the_agents_turn_alone(browser: Browser, cast: Cast) -> None:
    await agent_ready()
    info, path = await told(cast)
    turn = await agent_says(info, "请问订单号是多少")
    hers = await say(BUYER, info.id, Words(Speaker.BUYER, Audience.BUYER, "上面写了"), now())
    page = await browser.get(path)
    assert f"{path}/turns/{hers}/told-before" not in page.html
    page = await browser.submit(page, f"{path}/turns/{turn}/told-before")
    assert t("complaints.talk.told_before") in page
    async with reading():
        rows = await Turn.select(Turn.id).where(Turn.told_before_at.is_not_null())
    assert [row["id"] for row in rows] == [turn]


async def test_another_complaints_turn_is_not_found(browser: Browser, cast: Cast) -> None:
    await agent_ready()
    info, path = await told(cast)
    other = await complaint(await scene(cast.otto))
    turn = await agent_says(other, "请问订单号是多少")
    mine = await agent_says(info, "您好")
    page = await browser.get(path)
    form = page.form(f"{path}/turns/{mine}/told-before")
    answer = await browser.post(f"{path}/turns/{turn}/told-before", form.fields)
    assert answer.status == 404


async def test_evidence_comes_later_too_and_is_served_in_parts(browser: Browser, cast: Cast) -> None:
    info, path = await told(cast)
    page = await browser.get(path)
    sent: Any = [("files", ("a.jpg", picture(), "image/jpeg")), ("files", ("b.mp4", film(), "video/mp4"))]
    page = await browser.submit(page, f"{path}/evidence", sent)
    assert f"{path}/evidence/1" in page.html
    whole = await browser.client.get(f"{path}/evidence/2")
    assert (whole.status_code, len(whole.content), whole.headers["content-type"]) == (200, 4_000, "video/mp4")
    part = await browser.client.get(f"{path}/evidence/2", headers={"Range": "bytes=0-99"})
    assert (part.status_code, len(part.content)) == (206, 100)
    assert (await browser.get(f"{path}/evidence/3")).status == 404
    page = await browser.submit(page, f"{path}/evidence", chosen(("c.mp4", film(5_000), "video/mp4")))
    assert page.status == 422
    assert t("refusal.complaint_films_many") in page
    page = await browser.submit(page, f"{path}/evidence", chosen(("", b"", "image/jpeg")))
    assert t("refusal.complaint_no_file") in page
    async with reading():
        assert await ComplaintFile.count() == 2
        assert [one.speaker for one in await talk.files_of(info.id)] == ["buyer", "buyer"]


async def test_nobody_elses_link_opens_her_photos(browser: Browser, cast: Cast) -> None:
    info, path = await told(cast)
    other = await page_of(await complaint(await scene(cast.otto)))
    sent: Any = [("files", ("a.jpg", picture(), "image/jpeg"))]
    await browser.submit(await browser.get(path), f"{path}/evidence", sent)
    assert (await browser.get(f"{other}/evidence/1")).status == 404
    await end_link(Door.COMPLAINT, info.id, now())
    assert (await browser.get(f"{path}/evidence/1")).status == 410
    assert (await browser.get(path)).status == 410
    assert (await browser.get("/c/" + "0" * 40)).status == 410


async def test_she_may_take_it_back(browser: Browser, cast: Cast) -> None:
    info, path = await told(cast)
    page = await browser.visit_and_submit(path, f"{path}/withdrawal")
    assert t("complaints.buyer.head.withdrawn") in page
    assert f"{path}/turns" not in page.html
    assert (await fresh(info)).state is State.WITHDRAWN


async def test_a_survey_once_for_each_round_and_a_reopening_once(browser: Browser, cast: Cast) -> None:
    await agent_ready()
    info, path = await told(cast)
    assert f"{path}/survey" not in (await browser.get(path)).html
    info = await resolved(info)
    page = await browser.visit_and_submit(path, f"{path}/survey", satisfaction="2")
    assert page.status == 422
    assert 'id="f-effort-error"' in page.html
    page = await browser.submit(page, f"{path}/survey", satisfaction="2", effort="4", text="等了很久")
    assert t("complaints.survey.said", satisfaction=2, effort=4) in page
    assert f"{path}/survey" not in page.html
    page = await browser.submit(page, f"{path}/reopening", text="钱少退了十块")
    assert "钱少退了十块" in page
    assert t("complaints.promise.before") in page
    info = await fresh(info)
    assert (info.state, info.round) == (State.OPEN, 2)
    page = await browser.get(path)
    info = await resolved(info)
    page = await browser.get(path)
    assert f"{path}/reopening" not in page.html
    assert f"{path}/survey" in page.html
    async with reading():
        assert [(one.round, one.satisfaction) for one in await after.surveys(info.id)] == [(1, 2)]


async def test_after_fifteen_days_it_is_reopened_no_more(browser: Browser, cast: Cast) -> None:
    there = await scene(cast.olive)
    info = await resolved(await complaint(there, now() - timedelta(days=20)), now() - timedelta(days=16))
    assert f"{await page_of(info)}/reopening" not in (await browser.get(await page_of(info))).html


async def test_two_sendings_of_one_form_are_one_turn(browser: Browser, cast: Cast) -> None:
    _, path = await told(cast)
    page = await browser.get(path)
    for _ in range(2):
        await browser.submit(page, f"{path}/turns", text="在吗")
    async with reading():
        assert await Turn.count() == 1


async def test_a_panel_of_a_room_above_stands_on_her_page(browser: Browser, cast: Cast) -> None:
    _, path = await told(cast)

    async def panel(info: ComplaintInfo, token: str, at: Any) -> str:
        return f"<p>proposal {token}</p>"

    kept = slots.BUYER_PANELS[:]
    slots.BUYER_PANELS.append(panel)
    try:
        page = await browser.get(path)
    finally:
        slots.BUYER_PANELS[:] = kept
    assert f"<p>proposal {path.removeprefix('/c/')}</p>" in page.html


async def test_her_order_tells_of_it(browser: Browser, cast: Cast) -> None:
    there = await scene(cast.olive)
    info = await complaint(there, function=Function.QUALITY)
    page = await browser.get(there.path)
    assert await page_of(info) in page.links
    assert t("complaints.function.quality") in page


def test_what_a_buyer_calls_an_agent() -> None:
    names = {
        "林晓月": "晓月",
        "欧阳晓月": "晓月",
        "李芳": "李芳",
        "Mona Lin": "Mona",
        "Abe": "Abe",
        "": None,
        None: None,
    }
    assert {name: faces.called(name) for name in names} == names
