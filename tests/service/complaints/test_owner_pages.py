"""What an owner sees of her VIPs' complaints, and who else reads along."""

from typing import Any

import pytest

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import counting_queries, reading
from portal.core.web.i18n import t
from portal.service.complaints.actions import Words, say
from portal.service.complaints.rules import Audience, Function, Speaker
from portal.service.complaints.tables import ComplaintFile, Turn
from tests import make
from tests.browse import Browser
from tests.cast import Cast
from tests.service.complaints.make import agent_ready, chosen, complaint, page_of, picture, resolved, scene


@pytest.fixture
async def owner(browser: Browser, cast: Cast) -> Browser:
    return await make.sign_in(browser, cast.olive.person_id)


async def test_she_sees_hers_and_nobody_elses(owner: Browser, cast: Cast) -> None:
    hers = await complaint(await scene(cast.olive))
    other = await complaint(await scene(cast.otto))
    page = await owner.get("/complaints")
    assert hers.way in page.links
    assert other.way not in page.links
    assert (await owner.get(other.way)).status == 404
    assert (await owner.get("/complaints/nosuchref")).status == 404
    assert await page_of(hers) not in (await owner.get(hers.way)).html


async def test_the_list_is_cut_and_ended_ones_stand_apart(owner: Browser, cast: Cast) -> None:
    there = await scene(cast.olive)
    for function in list(Function)[:4]:
        await complaint(there, function=function)
    done = await resolved(await complaint(there, function=Function.OTHER))
    page = await owner.get("/complaints?limit=2")
    more = next(link for link in page.links if "after=" in link)
    rest = await owner.get(more)
    assert len([link for link in (*page.links, *rest.links) if link.startswith("/complaints/")]) == 4 + 2  # and "new"
    ended = await owner.get("/complaints?show=ended")
    assert done.way in ended.links
    with counting_queries() as counted:
        await owner.get("/complaints?show=all")
    assert len(counted) <= 12


async def test_she_talks_with_the_desk_or_before_the_buyer(owner: Browser, open_browser: Any, cast: Cast) -> None:
    agent = await agent_ready()
    info = await complaint(await scene(cast.olive))
    turn = await say(SYSTEM, info.id, Words(Speaker.AGENT, Audience.OWNER, "发货前看过箱子吗", agent), now())
    page = await owner.get(info.way)
    assert "发货前看过箱子吗" in page
    page = await owner.submit(page, f"{info.way}/turns", text="仓库发的，我没见过", audience="owner")
    page = await owner.submit(page, f"{info.way}/turns", text="您放心，正在办", audience="buyer")
    assert "仓库发的，我没见过" in page
    inner = await owner.submit(page, f"{info.way}/turns", text="偷看", audience="inner")
    assert inner.status == 422
    page = await owner.submit(page, f"{info.way}/turns/{turn}/told-before")
    assert t("complaints.talk.told_before") in page
    buyers = await open_browser().get(await page_of(info))
    assert "您放心，正在办" in buyers
    assert "仓库发的" not in buyers.html
    async with reading():
        assert await Turn.count() == 3


async def test_she_adds_photos(owner: Browser, cast: Cast) -> None:
    info = await complaint(await scene(cast.olive))
    page = await owner.get(info.way)
    page = await owner.submit(page, f"{info.way}/evidence", chosen(("a.jpg", picture(), "image/jpeg")))
    assert f"{info.way}/evidence/1" in page.html
    assert (await owner.client.get(f"{info.way}/evidence/1")).status_code == 200
    page = await owner.submit(page, f"{info.way}/evidence", chosen(("a.txt", b"words", "text/plain")))
    assert page.status == 422
    async with reading():
        assert [row["speaker"] for row in await ComplaintFile.select(ComplaintFile.speaker)] == ["owner"]


async def test_her_manager_reads_and_does_not_act(open_browser: Any, cast: Cast) -> None:
    info = await complaint(await scene(cast.olive))
    mona = await make.sign_in(open_browser(), cast.mona)
    milo = await make.sign_in(open_browser(), cast.milo)
    page = await mona.get(info.way)
    assert t("complaints.owner.reads") in page
    assert "王芳" not in page.html
    assert f"{info.way}/turns" not in page.html
    assert info.way in (await mona.get("/complaints")).links
    assert info.way not in (await milo.get("/complaints")).links
    assert (await milo.get(info.way)).status == 404
    csrf = (await mona.get("/me")).form().fields
    answer = await mona.post(f"{info.way}/turns", {**csrf, "text": "我来说", "audience": "buyer"})
    assert answer.status == 403


async def test_the_desk_is_led_to_its_own_page(open_browser: Any, cast: Cast) -> None:
    info = await complaint(await scene(cast.olive))
    agent = await make.sign_in(open_browser(), cast.abe)
    answer = await agent.client.get(info.way)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/desk/complaints/{info.ref}")
    admin = await make.sign_in(open_browser(), cast.ada)
    assert t("complaints.owner.reads") in await admin.get(info.way)


async def test_who_has_nothing_to_do_with_it_sees_no_photo(open_browser: Any, owner: Browser, cast: Cast) -> None:
    info = await complaint(await scene(cast.olive))
    page = await owner.get(info.way)
    await owner.submit(page, f"{info.way}/evidence", chosen(("a.jpg", picture(), "image/jpeg")))
    seen = {"mona": 200, "milo": 404, "abe": 200, "ada": 200}
    for name, status in seen.items():
        browser = await make.sign_in(open_browser(), getattr(cast, name))
        assert (await browser.client.get(f"{info.way}/evidence/1")).status_code == status, name
    otto = await make.sign_in(open_browser(), cast.otto.person_id)
    assert (await otto.client.get(f"{info.way}/evidence/1")).status_code == 404
    assert (await open_browser().client.get(f"{info.way}/evidence/1")).status_code in (303, 401)


async def test_the_same_clocks_as_the_buyers(owner: Browser, open_browser: Any, cast: Cast) -> None:
    info = await complaint(await scene(cast.olive))
    hers, buyers = await owner.get(info.way), await open_browser().get(await page_of(info))
    dues = [page.html.split('data-due="')[n].split('"')[0] for page in (hers, buyers) for n in (1, 2, 3)]
    assert dues[:3] == dues[3:]
    with counting_queries() as counted:
        await owner.get(info.way)
    assert len(counted) <= 12


async def test_her_order_shows_it(owner: Browser, cast: Cast) -> None:
    there = await scene(cast.olive)
    info = await complaint(there)
    page = await owner.get(f"/orders/{there.bought.number}/story")
    assert info.way in page.links
