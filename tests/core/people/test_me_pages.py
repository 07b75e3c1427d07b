"""A person's own pages: devices, password, the password once more, the second factor."""

import re
from collections.abc import Callable
from dataclasses import replace

import pyotp
import pytest

from portal.core.base.clock import now
from portal.core.base.settings import Settings, use_settings
from portal.core.people.rules import Role
from tests.browse import Browser, Page
from tests.core.people.arrange import PASSWORD, audited, let_in, move_clock, rows, sign_in, someone

pytestmark = pytest.mark.usefixtures("a_window_ahead")

NEW = "nine bitter lemons"


async def test_she_sees_her_devices_and_ends_one(browser: Browser, open_browser: Callable[[], Browser]) -> None:
    await someone()
    other = open_browser()
    other.client.headers["User-Agent"] = "Mozilla/5.0 (Linux; Android 15) MicroMessenger/8.0"
    await sign_in(other)
    await sign_in(browser)
    page = await browser.get("/me/devices")
    assert "您在 2 处登录着" in page
    assert "Android · WeChat" in page
    action = next(form.action for form in page.forms if re.fullmatch(r"/me/devices/\d+/ending", form.action))
    ended = await browser.submit(page, action)
    assert "您在 1 处登录着" in ended
    assert (await other.get("/me")).path == "/sign-in"
    assert (await browser.get("/me")).path == "/me"


async def test_she_signs_out_everywhere(browser: Browser, open_browser: Callable[[], Browser]) -> None:
    her = await someone()
    others = [open_browser(), open_browser()]
    for one in (*others, browser):
        await let_in(one, her)
    page = await browser.submit(await browser.get("/me/devices"), "/me/devices/ending")
    assert page.path == "/sign-in"
    for one in (*others, browser):
        assert (await one.get("/me")).path == "/sign-in"


async def test_somebody_elses_device_is_not_found_and_the_try_is_noted(
    browser: Browser, open_browser: Callable[[], Browser]
) -> None:
    other = await let_in(open_browser(), await someone("other@demo.test"))
    await let_in(browser, await someone())
    hers = await rows("SELECT s.id FROM sign_ins s JOIN persons p ON p.id = s.person WHERE p.email = 'other@demo.test'")
    page = await browser.get("/me")
    for number in (hers[0]["id"], 10**6, 10**30):
        answer = await browser.post(f"/me/devices/{number}/ending", page.form("/sign-out").fields)
        assert answer.status == 404
    assert (await other.get("/me")).path == "/me"
    assert [entry["subject_id"] for entry in await audited("people.not_hers")] == [hers[0]["id"], 10**6]


async def test_a_new_password_ends_the_others_and_keeps_this_browser(
    browser: Browser, open_browser: Callable[[], Browser]
) -> None:
    her = await someone()
    other = await let_in(open_browser(), her)
    await let_in(browser, her)
    before = browser.client.cookies["session"]
    page = await browser.visit_and_submit("/me/password", "/me/password", password=PASSWORD, new_password=NEW)
    assert page.path == "/me"
    assert "密码已改好" in page
    assert browser.client.cookies["session"] != before
    assert (await other.get("/me")).path == "/sign-in"
    assert (await sign_in(other, password=PASSWORD)).status == 422
    assert (await sign_in(other, password=NEW, next="/me")).path == "/me"


async def test_the_password_changes_only_with_the_present_one(browser: Browser) -> None:
    await let_in(browser, await someone())
    wrong = await browser.visit_and_submit("/me/password", "/me/password", password="not mine", new_password=NEW)
    assert wrong.status == 422
    assert "f-password-error" in wrong
    weak = await browser.visit_and_submit("/me/password", "/me/password", password=PASSWORD, new_password="password123")
    assert weak.status == 422
    assert "f-new_password-error" in weak
    empty = await browser.visit_and_submit("/me/password", "/me/password", password="", new_password="")
    assert "f-password-error" in empty
    assert "f-new_password-error" in empty
    assert await audited("people.password_changed") == []


async def test_confirming_leads_on_and_renews_the_cookie(browser: Browser, own_settings: Settings) -> None:
    await let_in(browser, await someone(role=Role.ADMIN))
    move_clock(own_settings, "+16m")
    before = browser.client.cookies["session"]
    asked = await browser.get("/admin/people/new")
    assert asked.path == "/me/confirm"
    assert (await browser.submit(asked, "/me/confirm", password="not mine")).status == 422
    assert (await browser.submit(asked, "/me/confirm", password="")).status == 422
    there = await browser.submit(asked, "/me/confirm", password=PASSWORD)
    assert there.path == "/admin/people/new"
    assert browser.client.cookies["session"] != before
    move_clock(own_settings, "+32m")
    assert (await browser.get("/admin/people/new")).path == "/me/confirm"


async def test_guessing_at_the_confirmation_is_slowed_down(browser: Browser) -> None:
    await let_in(browser, await someone())
    page = await browser.get("/me/confirm?next=/me")
    answers = [(await browser.submit(page, "/me/confirm", password=f"guess number {n}")).status for n in range(7)]
    assert answers == [422] * 5 + [429] * 2


async def scanned(browser: Browser) -> tuple[Page, str]:
    page = await browser.visit_and_submit("/me/second-factor", "/me/second-factor")
    found = re.search(r"<code>([A-Z2-7 ]+)</code>", page.html)
    assert found is not None
    return page, found[1].replace(" ", "")


async def set_up(browser: Browser) -> tuple[str, list[str]]:
    page, seed = await scanned(browser)
    assert 'src="data:image/png;base64,' in page.html
    shown = await browser.submit(page, "/me/second-factor/confirmation", code=pyotp.TOTP(seed).at(now()))
    codes = re.findall(r"\b\w{4}-\w{4}-\w{4}\b", re.sub(r"(?s).*<pre>(.*)</pre>.*", r"\1", shown.html))
    assert len(codes) == 10
    return seed, codes


async def test_she_sets_up_a_second_factor_and_signs_in_by_it(browser: Browser, own_settings: Settings) -> None:
    await let_in(browser, await someone())
    seed, codes = await set_up(browser)
    assert "还剩 10 个恢复码" in await browser.get("/me/second-factor")
    move_clock(own_settings, "+2m")
    await browser.submit(await browser.get("/me"), "/sign-out")
    asked = await sign_in(browser, next="/me/devices")
    assert asked.path == "/sign-in/second-factor"
    assert (await browser.get("/me")).path == "/sign-in"
    wrong = await browser.submit(asked, "/sign-in/second-factor", code="000000")
    assert wrong.status == 422
    there = await browser.submit(wrong, "/sign-in/second-factor", code=pyotp.TOTP(seed).at(now()))
    assert there.path == "/me/devices"
    await browser.submit(await browser.get("/me"), "/sign-out")
    again = await sign_in(browser, next="/me")
    assert (await browser.submit(again, "/sign-in/second-factor", code=codes[3])).path == "/me"
    assert "还剩 9 个恢复码" in await browser.get("/me/second-factor")


async def test_the_question_for_the_code_runs_out(browser: Browser, own_settings: Settings) -> None:
    await let_in(browser, await someone())
    _, codes = await set_up(browser)
    await browser.submit(await browser.get("/me"), "/sign-out")
    asked = await sign_in(browser)
    move_clock(own_settings, "+10m")
    late = await browser.submit(asked, "/sign-in/second-factor", code=codes[0])
    assert late.path == "/sign-in"
    assert "请重新登录" in late
    assert (await browser.get("/sign-in/second-factor")).path == "/sign-in"


async def test_a_wrong_first_code_keeps_the_seed(browser: Browser) -> None:
    await let_in(browser, await someone())
    page, seed = await scanned(browser)
    wrong = await browser.submit(page, "/me/second-factor/confirmation", code="12")
    assert wrong.status == 422
    assert seed in wrong.html.replace(" ", "")


async def test_recovery_codes_are_shown_once_even_if_the_form_is_sent_again(browser: Browser) -> None:
    await let_in(browser, await someone())
    await set_up(browser)
    page = await browser.get("/me/second-factor")
    first = await browser.submit(page, "/me/second-factor/codes")
    again = await browser.submit(page, "/me/second-factor/codes")
    assert "<pre>" in first.html
    assert "<pre>" not in again.html
    assert len(await audited("people.recovery_codes_made")) == 1


async def test_putting_it_away_wants_the_password_anew(browser: Browser, own_settings: Settings) -> None:
    await let_in(browser, await someone())
    await set_up(browser)
    page = await browser.get("/me/second-factor")
    move_clock(own_settings, "+16m")
    asked = await browser.submit(page, "/me/second-factor/removal")
    assert asked.path == "/me/confirm"
    back = await browser.submit(asked, "/me/confirm", password=PASSWORD)
    assert back.path == "/me/second-factor"
    assert "开始设置" in await browser.submit(back, "/me/second-factor/removal")


async def test_staff_in_production_is_led_to_the_second_factor_and_nowhere_else(
    browser: Browser, own_settings: Settings
) -> None:
    await someone(role=Role.ADMIN)
    use_settings(replace(own_settings, environment="production"))
    page = await sign_in(browser, next="/admin/people")
    assert page.path == "/me/second-factor"
    assert "您的岗位登录要两步" in page
    for path in ("/me", "/admin/people", "/me/devices", "/admin/keys"):
        assert (await browser.get(path)).status == 403
    await set_up(browser)
    assert (await browser.get("/admin/people")).status == 200
