"""`/r/{token}`: what a buyer reads on her phone, and what she can do there."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.public_links import Door, end_link
from portal.core.base.refusals import Refused
from portal.service.mandates import actions, slots
from portal.service.mandates.queries import MandateInfo
from portal.service.mandates.rules import MOST_TRIES, Act, Matter, State
from portal.service.mandates.slots import Step
from tests.browse import BASE, Browser, Page
from tests.service.mandates import make as mandates
from tests.service.mandates.make import Asked
from tests.service.messages import make as messages

pytestmark = pytest.mark.usefixtures("a_window_ahead", "app")


async def with_code(browser: Browser, one: Asked) -> Page:
    """Open the link and have the code sent."""
    path = await one.path()
    return await browser.visit_and_submit(path, f"{path}/code")


async def state_of(one: Asked) -> State:
    return (await one.now()).state(now())


async def test_she_reads_what_is_asked_and_agrees(browser: Browser) -> None:
    one = await mandates.asked()
    page = await browser.get(await one.path())
    for said in (
        "李芳想替您办理退货，您同意吗？",
        "李芳的小店",
        "办理退货",
        "冻干草莓 × 2",
        "草莓碎了",
        "¥118.00",
        "139****5678",
    ):
        assert said in page, said
    assert "13912345678" not in page
    page = await with_code(browser, one)
    assert "验证码已发出" in page
    done = await browser.submit(page, await one.path(), code=await one.code())
    assert "您已同意，李芳可以替您办了" in done
    assert await state_of(one) is State.CONFIRMED
    assert f"{await one.path()}/letter" in done.links


async def test_the_page_is_kept_by_nobody(browser: Browser) -> None:
    one = await mandates.asked()
    response = (await browser.get(await one.path())).response
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert "noindex" in response.headers["x-robots-tag"]


async def test_a_slip_of_the_hand_is_said_beside_the_field_and_costs_no_try(browser: Browser) -> None:
    one = await mandates.asked()
    page = await with_code(browser, one)
    wrong = await browser.submit(page, await one.path(), code="12345")
    assert wrong.status == 422
    assert "验证码是 6 位数字" in wrong
    assert (await one.now()).tries == 0


async def test_wrong_codes_are_counted_and_lock_the_page(browser: Browser) -> None:
    one = await mandates.asked()
    page, path = await with_code(browser, one), await one.path()
    code = await one.code()
    for left in range(MOST_TRIES - 1, 0, -1):
        page = await browser.submit(page, path, code=mandates.wrong(code))
        assert page.status == 422
        assert f"还可以试 {left} 次" in page
    page = await browser.submit(page, path, code=mandates.wrong(code))
    assert "连续输错 5 次" in page
    assert [form.action for form in page.forms if form.action == path] == []
    again = await browser.post(path, {**(await browser.get(path)).form().fields, "code": code})
    assert again.status == 422
    assert await state_of(one) is State.ASKED


async def test_parallel_sends_of_the_form_have_one_effect(browser: Browser) -> None:
    one = await mandates.asked()
    page, path = await with_code(browser, one), await one.path()
    data = {**page.form(path).fields, "code": await one.code()}
    answers = await asyncio.gather(*(browser.client.post(f"{BASE}{path}", data=data) for _ in range(24)))
    assert {answer.status_code for answer in answers} == {303}
    assert await state_of(one) is State.CONFIRMED
    sends = await asyncio.gather(
        *(browser.client.post(f"{BASE}{path}/revocation", data=page.form(path).fields) for _ in range(24))
    )
    assert {answer.status_code for answer in sends} == {303}
    assert await state_of(one) is State.REVOKED


async def test_a_second_code_within_a_minute_is_refused_on_the_page(browser: Browser) -> None:
    one = await mandates.asked()
    page = await with_code(browser, one)
    again = await browser.submit(page, f"{await one.path()}/code")
    assert again.status == 429
    assert "请稍等一分钟" in again
    assert (await messages.kinds(one.buyer.id)).count("mandate_code") == 1


async def test_she_declines_and_may_say_why(browser: Browser) -> None:
    one = await mandates.asked()
    path = await one.path()
    page = await browser.get(path)
    long = await browser.submit(page, f"{path}/refusal", reason="长" * 301)
    assert long.status == 422
    assert "最多 300 字" in long
    assert "长" * 301 in long
    done = await browser.submit(page, f"{path}/refusal", reason="我想留着")
    assert "您没有同意" in done
    assert (await one.now()).decline_reason == "我想留着"
    again = await browser.submit(page, f"{path}/code")
    assert again.status == 409
    assert "已有结果" in again


async def test_she_takes_it_back_and_cannot_once_it_is_used(browser: Browser) -> None:
    one, used = await mandates.confirmed(), await mandates.confirmed()
    path = await one.path()
    done = await browser.visit_and_submit(path, f"{path}/revocation")
    assert "您已收回授权" in done
    path = await used.path()
    page = await browser.get(path)
    await actions.spend(SYSTEM, used.info.id, Act(used.order.id, Matter.RETURN, 1), now())
    late = await browser.submit(page, f"{path}/revocation")
    assert late.status == 409
    assert "已经办出，不能再收回" in late
    assert "正在替您办" in late


async def test_she_sees_how_it_goes(browser: Browser) -> None:
    async def progress(info: MandateInfo, at: datetime) -> list[Step]:
        return [Step("已向商家申请", at), Step("商家收到退货", None)]

    one = await mandates.confirmed()
    before = dict(slots.PROGRESS)
    slots.PROGRESS[Matter.RETURN] = progress
    try:
        page = await browser.get(await one.path())
    finally:
        slots.PROGRESS.clear()
        slots.PROGRESS.update(before)
    assert "已向商家申请" in page
    assert "商家收到退货" in page


async def test_what_waits_for_her_may_say_no(browser: Browser) -> None:
    async def stumble(info: MandateInfo, actor: object, at: datetime) -> None:
        raise Refused("mandate_meanwhile")

    one = await mandates.asked()
    page = await with_code(browser, one)
    slots.ON_CONFIRMED.append(stumble)
    try:
        refused = await browser.submit(page, await one.path(), code=await one.code())
    finally:
        slots.ON_CONFIRMED.remove(stumble)
    assert refused.status == 409
    assert "授权状态刚刚变了" in refused


async def test_the_letter_says_who_what_and_until_when(browser: Browser) -> None:
    one, silent = await mandates.confirmed(), await mandates.asked()
    letter = await browser.get(f"{await one.path()}/letter")
    for said in (
        "授权书",
        one.info.ref,
        "王芳",
        "139****5678",
        "李芳",
        "退货",
        one.order.number,
        "¥118.00",
        "一次性验证码",
    ):
        assert said in letter, said
    assert (await browser.get(f"{await silent.path()}/letter")).status == 404


async def test_strangers_and_old_links_open_nothing(browser: Browser) -> None:
    one = await mandates.asked()
    assert (await browser.get("/r/" + "0" * 40)).status == 404
    path = await one.path()
    await end_link(Door.MANDATE, one.info.id, now())
    gone = await browser.get(path)
    assert gone.status == 410
    assert "请联系店主重新发一次" in gone


async def test_an_expired_one_says_so_though_no_sweep_came_by(browser: Browser) -> None:
    one = await mandates.asked(at=messages.noon() - timedelta(days=8))
    page = await browser.get(await one.path())
    assert "授权已过期" in page
    assert [form.action for form in page.forms if form.action.startswith("/r/")] == []


@pytest.mark.parametrize("state", list(State))
async def test_each_state_reads_in_english(open_browser: Callable[[], Browser], state: State) -> None:
    browser = open_browser()
    browser.client.headers["Accept-Language"] = "en"
    one = await mandates.reached(state)
    page = await browser.get(await one.path())
    assert page.status == 200
    assert await state_of(one) is state
    assert "李芳" in page
    assert "Enter the code on this page only" in page
    assert one.order.number in page
