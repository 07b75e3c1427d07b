"""Filing in three steps: by the buyer at her order, by the owner for her, by an agent on the phone."""

import asyncio
from typing import Any

import pytest

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import counting_queries, reading
from portal.core.base.tables import StoredFile
from portal.core.web.i18n import t
from portal.service.complaints import drafts, queries, talk
from portal.service.complaints.rules import Channel, FiledBy, Function, Urgency, Wanted
from portal.service.complaints.tables import Complaint, ComplaintDraft, ComplaintFile
from portal.service.mandates import answers
from portal.service.mandates import queries as mandates
from portal.service.messages.tables import BuyerMessage
from tests import make
from tests.browse import Browser, Page
from tests.cast import Cast
from tests.service.complaints.make import agent_ready, complaint, film, picture, resolved, scene

TEXT = "箱子压坏了，草莓碎了一半，当天就拍了照。"
STORY: dict[str, Any] = {"function_category": "damaged", "text": TEXT}
WISH: dict[str, Any] = {"wanted": "refund"}


async def through(browser: Browser, path: str, files: Any = None, **wish: Any) -> Page:
    """All three steps from the first page on; returns where they lead."""
    action = path.split("?", maxsplit=1)[0]
    page = await browser.visit_and_submit(path, action)
    page = await browser.submit(page, action, files, **STORY)
    assert page.status == 200, page.text
    return await browser.submit(page, action, **(WISH | wish))


async def filed() -> list[Any]:
    async with reading():
        return await queries.listed("c.id > {} ORDER BY c.id", 0)


async def test_a_buyer_files_in_three_steps_with_photos_and_a_film(browser: Browser, cast: Cast) -> None:
    agent = await agent_ready()
    there = await scene(cast.olive)
    assert f"{there.path}/complaint" in (await browser.get(there.path)).links
    sent: Any = [("files", ("a.jpg", picture(), "image/jpeg")), ("files", ("b.mp4", film(), "video/mp4"))]
    page = await through(browser, f"{there.path}/complaint", sent, urgency="high")
    assert page.path.startswith("/c/")
    assert TEXT in page
    assert '<video class="film" controls preload="none"' in page.html
    [info] = await filed()
    assert (info.filed_by, info.channel, info.function, info.wanted, info.urgency, info.agent_id) == (
        FiledBy.BUYER,
        Channel.PORTAL,
        Function.DAMAGED,
        Wanted.REFUND,
        Urgency.HIGH,
        agent,
    )
    async with reading():
        assert [one.kind for one in await talk.files_of(info.id)] == ["photo", "film"]
        names = [row["name"] for row in await StoredFile.select(StoredFile.name)]
        assert await ComplaintDraft.count() == 0
        assert len(await queries.line_ids(info.id)) == 1
    assert names == [f"{there.vip}/{there.bought.number}/1.webp", f"{there.vip}/{there.bought.number}/2.mp4"]


async def test_a_photo_says_nothing_of_where_it_was_taken(browser: Browser, cast: Cast) -> None:
    there = await scene(cast.olive)
    sent: Any = [("files", ("a.jpg", picture(), "image/jpeg"))]
    page = await through(browser, f"{there.path}/complaint", sent)
    answer = await browser.client.get(f"{page.path}/evidence/1")
    assert answer.headers["content-type"] == "image/webp"
    assert b"taken at home" not in answer.content
    assert "no-cache" in answer.headers["cache-control"]


async def test_what_is_told_stays_at_every_step(browser: Browser, cast: Cast) -> None:
    """Back and forth, a refused step, another day: nothing is asked twice."""
    there = await scene(cast.olive)
    path = f"{there.path}/complaint"
    page = await browser.visit_and_submit(path, path)
    sent: Any = [("files", ("a.jpg", picture(), "image/jpeg"))]
    page = await browser.submit(page, path, sent, text=TEXT)
    assert page.status == 422
    assert 'id="f-function_category"' in page.html
    assert TEXT in page
    assert t("complaints.new.kept.photo", n=1, size="0") in page
    page = await browser.submit(page, path, **STORY)
    assert page.status == 200
    back = await browser.get(f"{path}?step=2")
    assert TEXT in back
    assert back.form(path).fields["function_category"] == ["damaged"]
    assert (await browser.submit(page, path)).status == 422
    page = await browser.submit(await browser.get(f"{path}?step=3"), path, **WISH)
    assert page.path.startswith("/c/")


async def test_a_photo_may_be_taken_out_again(browser: Browser, cast: Cast) -> None:
    there = await scene(cast.olive)
    path = f"{there.path}/complaint"
    sent: Any = [
        ("files", ("a.jpg", picture(), "image/jpeg")),
        ("files", ("b.png", picture("blue", "PNG"), "image/png")),
    ]
    page = await browser.submit(await browser.visit_and_submit(path, path), path, sent, **STORY)
    page = await browser.submit(await browser.get(f"{path}?step=2"), path, drop="1")
    await browser.submit(page, path, **WISH)
    [info] = await filed()
    async with reading():
        assert len(await talk.files_of(info.id)) == 1


@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        ([b"no picture at all"], "refusal.complaint_file_unfit"),
        ([film(), film(5_000)], "refusal.complaint_films_many"),
        ([picture(f"rgb({n},0,0)") for n in range(10)], "refusal.complaint_files_many"),
        ([film(30_000_001)], "refusal.complaint_film_heavy"),
    ],
)
async def test_files_that_cannot_be_taken_are_said_beside_the_field(
    browser: Browser, cast: Cast, sent: list[bytes], fault: str
) -> None:
    there = await scene(cast.olive)
    path = f"{there.path}/complaint"
    page = await browser.visit_and_submit(path, path)
    named: Any = [("files", (f"{n}.bin", content, "application/octet-stream")) for n, content in enumerate(sent)]
    page = await browser.submit(page, path, named, **STORY)
    assert page.status == 422
    assert 'id="f-files-error"' in page.html
    assert t(fault, number=1, most=9, limit=30) in page
    assert TEXT in page


async def test_a_step_cannot_be_left_out(browser: Browser, cast: Cast) -> None:
    there = await scene(cast.olive)
    path = f"{there.path}/complaint"
    page = await browser.get(f"{path}?step=3")
    assert t("complaints.new.step", n=1) in page
    await browser.submit(page, path)
    assert t("complaints.new.step", n=2) in await browser.get(f"{path}?step=3")


async def test_sent_twice_it_is_one_and_a_lost_answer_finds_it(browser: Browser, cast: Cast) -> None:
    there = await scene(cast.olive)
    path = f"{there.path}/complaint"
    page = await browser.submit(await browser.visit_and_submit(path, path), path, **STORY)
    once, twice = await asyncio.gather(browser.submit(page, path, **WISH), browser.submit(page, path, **WISH))
    assert once.path == twice.path
    other: dict[str, Any] = WISH | {name: "other" for name in page.form(path).fields if "key" in name}
    again = await browser.submit(page, path, **other)
    assert again.status == 200
    assert len(await filed()) == 1


async def test_told_already_she_hears_who_has_it_and_may_send_all_the_same(browser: Browser, cast: Cast) -> None:
    await agent_ready("林晓月")
    there = await scene(cast.olive)
    first = await complaint(there)
    path = f"{there.path}/complaint"
    page = await browser.get(path)
    assert "晓月" in page
    page = await browser.submit(page, path)
    page = await browser.submit(page, path, **STORY)
    assert t("complaints.twin.still") in page
    page = await browser.submit(page, path, **WISH)
    assert t("complaints.buyer.linked") in page
    infos = await filed()
    assert [info.duplicate_of for info in infos] == [None, first.id]
    assert infos[0].agent_id == infos[1].agent_id


async def test_what_is_over_is_not_told_already(browser: Browser, cast: Cast) -> None:
    there = await scene(cast.olive)
    await resolved(await complaint(there))
    assert t("complaints.twin.show") not in await browser.get(f"{there.path}/complaint")


async def test_an_owner_files_for_her_buyer_who_is_asked_on_her_phone(open_browser: Any, cast: Cast) -> None:
    there = await scene(cast.olive)
    owner = await make.sign_in(open_browser(), cast.olive.person_id)
    assert f"/complaints/new?order={there.bought.number}" in (await owner.get(f"/orders/{there.bought.number}")).links
    page = await through(owner, f"/complaints/new?order={there.bought.number}")
    [info] = await filed()
    assert page.path == info.way
    assert t("complaints.owner.consent.asked") in page
    assert (info.filed_by, info.filed_by_person) == (FiledBy.OWNER, cast.olive.person_id)
    async with reading():
        asked = await mandates.mandate_for(info.subject)
        kinds = [row["kind"] for row in await BuyerMessage.select(BuyerMessage.kind).order_by(BuyerMessage.id)]
    assert asked is not None
    assert asked.ref == info.mandate_ref
    assert "mandate_asked_complaint" in kinds
    assert "complaint_received" in kinds
    await answers.decline(SYSTEM, asked, "我没有说过", now())
    assert t("complaints.state.withdrawn") in await owner.get(info.way)


async def test_another_owners_order_is_not_found(open_browser: Any, cast: Cast) -> None:
    there = await scene(cast.olive)
    otto = await make.sign_in(open_browser(), cast.otto.person_id)
    assert (await otto.get(f"/complaints/new?order={there.bought.number}")).status == 404
    assert there.bought.number not in (await otto.get("/complaints/new"))
    olive = await make.sign_in(open_browser(), cast.olive.person_id)
    assert f"/complaints/new?order={there.bought.number}" in (await olive.get("/complaints/new")).links


async def test_an_agent_finds_the_buyer_and_writes_down_what_she_says(open_browser: Any, cast: Cast) -> None:
    there = await scene(cast.olive)
    agent = await make.sign_in(open_browser(), cast.abe)
    for typed in (there.vip, there.bought.number, "5678"):
        page = await agent.get(f"/desk/complaints/new?q={typed}")
        assert "王*" in page, typed
        assert "139****5678" in page
        assert "王芳" not in page.html
        assert "13912345678" not in page.html
    assert t("complaints.find.nobody") in await agent.get("/desk/complaints/new?q=0000")
    page = await agent.get(f"/desk/complaints/new?vip={there.vip}")
    assert there.bought.number in page
    path = f"/desk/complaints/new?vip={there.vip}&order={there.bought.number}"
    page = await agent.visit_and_submit(path, "/desk/complaints/new", channel="portal")
    assert page.status == 422
    page = await agent.submit(page, "/desk/complaints/new", channel="phone")
    page = await agent.submit(page, "/desk/complaints/new", **STORY)
    await agent.submit(page, "/desk/complaints/new", **WISH)
    [info] = await filed()
    assert (info.filed_by, info.channel, info.filed_by_person) == (FiledBy.AGENT, Channel.PHONE, cast.abe)


async def test_an_agent_takes_a_complaint_without_an_order(open_browser: Any, cast: Cast) -> None:
    there = await scene(cast.olive)
    agent = await make.sign_in(open_browser(), cast.abe)
    path = f"/desk/complaints/new?vip={there.vip}&order=none"
    page = await agent.visit_and_submit(path, "/desk/complaints/new", channel="chat")
    page = await agent.submit(page, "/desk/complaints/new", **(STORY | {"function_category": "service"}))
    await agent.submit(page, "/desk/complaints/new", **WISH)
    [info] = await filed()
    assert info.order_id is None
    assert info.product_category == "other"


async def test_who_may_not_file_comes_to_no_page(open_browser: Any, cast: Cast) -> None:
    there = await scene(cast.olive)
    owner = await make.sign_in(open_browser(), cast.olive.person_id)
    assert (await owner.get(f"/desk/complaints/new?vip={there.vip}")).status == 403
    admin = await make.sign_in(open_browser(), cast.ada)
    assert (await admin.get("/complaints/new")).status == 403
    assert (await open_browser().get("/o/" + "0" * 40 + "/complaint")).status == 410


async def test_a_stranger_cannot_send_without_end(browser: Browser, cast: Cast) -> None:
    there = await scene(cast.olive)
    path = f"{there.path}/complaint"
    page = await browser.submit(await browser.visit_and_submit(path, path), path, **STORY)
    for _ in range(30):
        await browser.submit(page, path, wanted="nothing")
    sent: Any = [("files", ("a.jpg", picture(), "image/jpeg"))]
    page = await browser.get(f"{path}?step=2")
    for _ in range(30):
        await browser.submit(page, path, sent, text="")
    answer = await browser.submit(page, path, sent, **STORY)
    assert answer.status == 422
    assert 'id="f-files-error"' in answer.html


async def test_old_drafts_are_forgotten_and_their_pictures_are_no_evidence(database: str, cast: Cast) -> None:
    there = await scene(cast.olive)
    old = now() - drafts.KEPT_FOR * 2
    await drafts.keep("buyer:1", there.vip_id, drafts.Draft(text=TEXT), old)
    await drafts.keep("buyer:2", there.vip_id, drafts.Draft(text=TEXT), now())
    assert await drafts.tidy() == 1
    async with reading():
        assert await ComplaintDraft.count() == 1
        assert await ComplaintFile.count() == 0


async def test_pages_ask_few_questions_and_speak_english(open_browser: Any, cast: Cast) -> None:
    await agent_ready()
    there = await scene(cast.olive)
    browser = open_browser()
    browser.client.headers["Accept-Language"] = "en"
    path = f"{there.path}/complaint"
    page = await browser.visit_and_submit(path, path)
    assert "What happened" in page
    page = await browser.submit(page, path, **STORY)
    assert "What would make it right" in page
    with counting_queries() as counted:
        await browser.get(f"{path}?step=3")
    assert len(counted) <= 12
    page = await browser.submit(page, path, **WISH)
    assert "Your complaint" in page
    with counting_queries() as counted:
        await browser.get(page.path)
    assert len(counted) <= 12
    with counting_queries() as counted:
        await browser.get(there.path)
    assert len(counted) <= 12
    async with reading():
        assert await Complaint.count() == 1


async def test_told_twice_at_once_one_repeats_the_other(cast: Cast) -> None:
    await agent_ready("林晓月")
    await agent_ready("周敏")
    there = await scene(cast.olive)
    both = await asyncio.gather(*(complaint(there) for _ in range(6)))
    infos = await filed()
    roots = [info for info in infos if info.duplicate_of is None]
    assert len(both) == 6
    assert len(roots) == 1
    assert {info.duplicate_of for info in infos if info is not roots[0]} == {roots[0].id}
    assert len({info.agent_id for info in infos}) == 1
