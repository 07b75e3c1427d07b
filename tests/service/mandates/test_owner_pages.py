"""An owner's mandates: hers only, masked, and what she can do with each."""

import asyncio
from datetime import timedelta

import pytest

from portal.core.base.clock import now
from portal.core.base.database import writing
from portal.service.mandates.pages import order_panel
from portal.service.mandates.rules import State
from portal.service.mandates.tables import Mandate
from tests import make
from tests.browse import BASE, Browser
from tests.cast import Cast
from tests.service.mandates import make as mandates
from tests.service.messages import make as messages
from tests.service.orders import make as orders

DAY = timedelta(days=1)


async def test_the_list_tells_them_apart(browser: Browser, cast: Cast) -> None:
    await make.sign_in(browser, cast.olive.person_id)
    assert "这里还没有授权" in await browser.get("/mandates")
    waiting, agreed = await mandates.asked(cast.olive), await mandates.confirmed(cast.olive)
    theirs = await mandates.asked(cast.otto)
    for query, shown in [
        ("", {waiting, agreed}),
        ("?show=open", {waiting}),
        ("?show=confirmed", {agreed}),
        ("?show=ended", set()),
    ]:
        links = (await browser.get(f"/mandates{query}")).links
        found = {one.info.ref for one in (waiting, agreed, theirs) if f"/mandates/{one.info.ref}" in links}
        assert found == {one.info.ref for one in shown}, query


async def test_anothers_mandate_is_as_unknown_as_none(browser: Browser, cast: Cast) -> None:
    theirs, hers = await mandates.confirmed(cast.otto), await mandates.asked(cast.olive)
    await make.sign_in(browser, cast.olive.person_id)
    token = (await browser.get(f"/mandates/{hers.info.ref}")).form().fields
    for path in ("", "/letter"):
        assert (await browser.get(f"/mandates/{theirs.info.ref}{path}")).status == 404
    for act in ("reminder", "withdrawal"):
        assert (await browser.post(f"/mandates/{theirs.info.ref}/{act}", token)).status == 404
    await make.sign_in(browser, cast.ada)
    assert (await browser.get(f"/mandates/{theirs.info.ref}")).status == 403


@pytest.mark.parametrize("state", list(State))
async def test_each_state_is_explained(browser: Browser, cast: Cast, state: State) -> None:
    one = await mandates.reached(state)
    await make.sign_in(browser, one.owner.person_id)
    page = await browser.get(f"/mandates/{one.info.ref}")
    assert page.status == 200
    assert "13912345678" not in page
    assert await one.path() not in page
    assert (f"/mandates/{one.info.ref}/letter" in page.links) is (state in (State.CONFIRMED, State.REVOKED, State.USED))


async def test_the_owners_letter_is_masked(browser: Browser, cast: Cast) -> None:
    one = await mandates.confirmed(cast.olive)
    await make.sign_in(browser, cast.olive.person_id)
    letter = await browser.get(f"/mandates/{one.info.ref}/letter")
    assert "王*" in letter
    assert "王芳" not in letter
    assert "139****5678" in letter
    assert one.info.ref in letter


async def test_she_reminds_once_a_day_and_withdraws(browser: Browser, cast: Cast) -> None:
    one = await mandates.asked(cast.olive, at=messages.noon() - 2 * DAY)
    await make.sign_in(browser, cast.olive.person_id)
    page = await browser.get(f"/mandates/{one.info.ref}")
    reminded = await browser.submit(page, f"/mandates/{one.info.ref}/reminder")
    assert "已提醒买家" in reminded
    assert "每天可以提醒一次" in reminded
    assert (await messages.kinds(one.buyer.id))[-1] == "mandate_reminder"
    done = await browser.submit(reminded, f"/mandates/{one.info.ref}/withdrawal")
    assert "您撤销了请求" in done
    assert (await one.now()).state(now()) is State.WITHDRAWN


async def test_parallel_sends_have_one_effect(browser: Browser, cast: Cast) -> None:
    one = await mandates.asked(cast.olive, at=messages.noon() - 2 * DAY)
    await make.sign_in(browser, cast.olive.person_id)
    page = await browser.get(f"/mandates/{one.info.ref}")
    for act, kind in (("reminder", "mandate_reminder"), ("withdrawal", "mandate_withdrawn")):
        path = f"/mandates/{one.info.ref}/{act}"
        data = page.form(path).fields
        sent = await asyncio.gather(*(browser.client.post(f"{BASE}{path}", data=data) for _ in range(24)))
        assert {answer.status_code for answer in sent} == {303}
        assert (await messages.kinds(one.buyer.id)).count(kind) == 1


async def test_the_panel_stands_on_orders_that_have_one(cast: Cast) -> None:
    one = await mandates.confirmed(cast.olive)
    olive, ada = await make.viewer(cast.olive.person_id), await make.viewer(cast.ada)
    panel = await order_panel(olive, one.order.info, now())
    assert f"/mandates/{one.info.ref}" in panel
    assert "¥118.00" in panel
    assert "/mandates/" not in await order_panel(ada, one.order.info, now())
    other = await orders.order(one.buyer)
    assert await order_panel(olive, other.info, now()) == ""


async def test_the_pages_speak_english(browser: Browser, cast: Cast) -> None:
    one = await mandates.confirmed(cast.olive)
    async with writing():
        await Mandate.raw("UPDATE persons SET language = {} WHERE id = {}", "en", cast.olive.person_id)
    await make.sign_in(browser, cast.olive.person_id)
    assert "Buyers&#39; consents" in await browser.get("/mandates")
    assert "has agreed" in await browser.get(f"/mandates/{one.info.ref}")
    assert "Letter of authority" in await browser.get(f"/mandates/{one.info.ref}/letter")
