"""The paper's script in a real browser: it says saved only when it is so, and sends again whatever was not heard."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Route

from certification.exams.tables import AttemptAnswer
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.settings import settings, use_settings
from portal.core.web.frame import SIGN_IN_COOKIE
from tests import make
from tests.browse import Browser
from tests.certification.exams.desk import ANSWERS, GIVEN, MARK, Desk, comes_true, listed, marked, place_of, tap
from tests.certification.exams.stage import set_stage
from tests.chromium import async_chromium
from tests.journeys.server import serving, settled

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
async def desk(database: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with AsyncExitStack() as stack:
        use_settings(settled(settings(), tmp_path, database, ""))
        stage = await set_stage(now() - timedelta(minutes=1))
        site = stack.enter_context(serving(settings(), tmp_path))
        browser = await stack.enter_async_context(async_chromium())
        context = await browser.new_context(viewport={"width": 390, "height": 844}, timezone_id="Asia/Shanghai")
        hand = Browser(app=None)  # type: ignore[arg-type] - it only holds the cookie
        await make.sign_in(hand, stage.viewer.person_id)
        desk = Desk(site, stage, "", hand.client.cookies[SIGN_IN_COOKIE], context, await context.new_page())
        await hand.close()
        await desk.sign_in(context)
        await desk.page.goto(f"{site.base}/exams")
        await desk.page.click("form[action$='/attempts'] button")
        await desk.page.wait_for_url("**/attempts/*")
        desk.ref = desk.page.url.rpartition("/")[2]
        yield desk


async def lost_and_reloaded(desk: Desk) -> None:
    """A save that fails, a reload, and another page: the answer is never called saved, and goes out at last."""
    place = await place_of(desk, "single")
    page = await desk.open(place)
    await page.route(ANSWERS, lambda route: route.abort())
    given = await tap(page)
    assert "已保存" not in await marked(page, "no")
    await listed(page, place, "kept")
    await page.reload()
    assert await page.evaluate(GIVEN) == given
    assert "已保存" not in await page.inner_text("#mark")
    assert await desk.saved(place) is None
    await page.unroute(ANSWERS)
    await desk.open(await place_of(desk, "matching", 1))
    await listed(page, place, "on")
    assert await desk.saved(place)
    assert await page.evaluate("localStorage.length") == 0


async def answered_twice_over(desk: Desk) -> None:
    """The answer is there but its acknowledgement is lost: it is sent again, and is still one."""
    place = await place_of(desk, "truefalse")
    page = await desk.open(place)
    lost: list[int] = []

    async def lose(route: Route) -> None:
        answer = await route.fetch()
        lost.append(answer.status)
        await route.abort()

    await page.route(ANSWERS, lose)
    await tap(page, 1)
    await marked(page, "no")
    await page.unroute(ANSWERS)
    await page.reload()
    assert "已保存" in await marked(page, "yes")
    assert lost
    assert set(lost) == {200}
    async with reading():
        rows = await AttemptAnswer.raw(
            "SELECT r.seq FROM attempt_answers r JOIN attempt_items i ON i.id = r.item WHERE i.position = {}", place
        )
    assert [row["seq"] for row in rows] == [await desk.saved(place)]


async def in_two_tabs(desk: Desk) -> None:
    """What is tapped in one tab stands in the other."""
    place = await place_of(desk, "multiple")
    first, second = await desk.open(place), await desk.context.new_page()
    await tap(first, 0)
    await marked(first, "yes")
    given = await tap(await desk.open(place, second), 1)
    await marked(second, "yes")
    await comes_true(first, f"{GIVEN} === {json.dumps(given)}")
    await marked(first, "yes")
    await second.close()


async def on_another_device(desk: Desk) -> None:
    """A phone with a slow clock learns that a later answer stands, and shows it."""
    place = await place_of(desk, "single", 1)
    page = await desk.open(place)
    browser = desk.context.browser
    assert browser is not None
    other = await browser.new_context()
    await desk.sign_in(other)
    given = await tap(await desk.open(place, await other.new_page()), 1)
    await marked(other.pages[0], "yes")
    await other.close()
    await page.evaluate("Date.now = () => 1000")
    await tap(page, 2)
    await page.locator(MARK).filter(has_text="别处").wait_for()
    assert await page.evaluate(GIVEN) == given
    await page.goto("about:blank")


async def signed_out_meanwhile(desk: Desk) -> None:
    """Without a sign-in nothing is lost: she is told, and after signing in again it goes out by itself."""
    place = await place_of(desk, "numeric")
    page = await desk.open(place)
    await desk.context.clear_cookies()
    await tap(page)
    await page.locator(MARK).filter(has_text="登录已经过期").wait_for()
    await desk.sign_in(desk.context)
    await desk.open(await place_of(desk, "matching", 1))
    await listed(page, place, "on")
    assert await desk.saved(place)


async def with_an_old_token(desk: Desk) -> None:
    """A token of an earlier sign-in is renewed without a word."""
    page = await desk.open(await place_of(desk, "truefalse", 1))
    tries: list[str] = []

    async def spoil(route: Route) -> None:
        tries.append(route.request.headers["x-csrf-token"])
        headers = {**route.request.headers, "x-csrf-token": "0.0"} if len(tries) == 1 else route.request.headers
        await route.continue_(headers=headers)

    await page.route(ANSWERS, spoil)
    await tap(page)
    await marked(page, "yes")
    await page.unroute(ANSWERS)
    assert len(set(tries)) == 2


async def without_a_network(desk: Desk) -> None:
    """No way leads to a dead page; the bar says what is kept."""
    place = await place_of(desk, "matching")
    page = await desk.open(place)
    await desk.context.set_offline(True)
    await tap(page)
    await marked(page, "no")
    await page.click(".bar button[form=answer]")
    await page.locator(".exam-bar .offline").filter(has_text="等网络回来").wait_for()
    await page.click(f".numbers [data-n='{13 - place}']")
    assert page.url.endswith(f"?q={place}")
    await desk.context.set_offline(False)
    await marked(page, "yes")
    await page.locator(".exam-bar .offline").wait_for(state="detached")


async def handed_in_with_an_answer_left(desk: Desk) -> None:
    """Handing in first sends what is kept; what comes after the end is recorded, and she is told."""
    place = await place_of(desk, "short")
    page = await desk.open(place)
    await page.route(ANSWERS, lambda route: route.abort())
    await tap(page)
    await marked(page, "no")
    await page.unroute(ANSWERS)
    await page.goto(f"{desk.address}/submission")
    await comes_true(page, "localStorage.length === 0")
    assert await desk.saved(place)
    await page.locator("h1").filter(has_text="还有 4 题没答").wait_for()
    await page.click("[form=hand-in]")
    await page.wait_for_url(desk.address)
    left = json.dumps({"seq": 10**15, "given": "1", "time": "10:00"})
    key = f"answer:{desk.ref}:{await place_of(desk, 'short', 1)}"
    await page.evaluate("([key, value]) => localStorage.setItem(key, value)", [key, left])
    await page.reload()
    await page.locator("#late").wait_for()
    await comes_true(page, "localStorage.length === 0")
    async with reading():
        rows = await AttemptAnswer.raw(
            "SELECT count(*) AS n FROM attempt_answers WHERE seq = {} AND NOT accepted", 10**15
        )
    assert rows[0]["n"] == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_no_answer_is_lost_and_none_is_called_saved_before_it_is(desk: Desk) -> None:
    errors: list[str] = []
    desk.page.on("pageerror", lambda error: errors.append(str(error)))
    await lost_and_reloaded(desk)
    await answered_twice_over(desk)
    await in_two_tabs(desk)
    await on_another_device(desk)
    await signed_out_meanwhile(desk)
    await with_an_old_token(desk)
    await without_a_network(desk)
    await handed_in_with_an_answer_left(desk)
    assert errors == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_clock_is_the_servers_and_leads_to_the_result(desk: Desk) -> None:
    page = await desk.open(1)
    await tap(page)
    await marked(page, "yes")
    await page.evaluate("const real = Date.now; Date.now = () => real() - 3600000")  # a phone that is an hour slow
    desk.site.skip(minutes=34, seconds=50)
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await page.locator("#exam time").filter(has_text="5:0").wait_for()
    assert await page.get_attribute("#exam .ring", "data-at") == "late"
    await page.locator("#said").filter(has_text="还剩 5 分钟").wait_for(state="attached")
    desk.site.skip(minutes=5, seconds=20)
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await page.locator("h1").filter(has_text="分合格").wait_for()
    assert page.url == desk.address
