"""Invitations and recoveries, as the person who holds the link meets them."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.settings import Settings
from portal.core.base.worker import drain
from portal.core.people import actions
from portal.core.people.rules import Role
from tests.browse import Browser
from tests.core.people.arrange import PASSWORD, move_clock, rows, sign_in, someone

NEW = "nine bitter lemons"


async def invited(role: Role = Role.OWNER) -> tuple[int, str]:
    her = await someone("he@demo.test", role, phone="13800002210", joined=False)
    return her, urlsplit(await actions.invite(SYSTEM, her, now())).path


def letters(settings: Settings) -> list[Path]:
    assert settings.smtp_url is not None
    folder = Path(settings.smtp_url.removeprefix("file://"))
    return sorted(folder.glob("*.eml"), key=lambda one: one.stat().st_mtime_ns)


def mailed(settings: Settings) -> str:
    """The way that the one letter sent leads to, as its reader's eyes find it."""
    assert len(letters(settings)) == 1
    found = re.search(
        r"http://127\.0\.0\.1:8000(/(?:recovery|invitations)/[0-9a-f]{64})", letters(settings)[-1].read_text()
    )
    assert found is not None
    return found[1]


async def test_an_owner_sets_her_password_and_language_and_is_in(browser: Browser) -> None:
    _, way = await invited()
    page = await browser.get(way)
    assert page.status == 200
    assert "He Xiaomei，您的店开好了" in page
    assert "分享赚钱" in page
    assert "138****2210" in page
    assert "h***@demo.test" in page
    page = await browser.submit(page, way, password=NEW, language="en")
    me = await browser.get("/me")
    assert me.path == "/me"
    assert '<html lang="en"' in me
    await browser.submit(me, "/sign-out")
    assert (await sign_in(browser, password=NEW, next="/me")).path == "/me"


async def test_staff_reads_another_welcome(browser: Browser) -> None:
    _, way = await invited(Role.AGENT)
    page = await browser.get(way)
    assert "您的账号开好了" in page
    assert "店开好了" not in page


async def test_a_refused_password_is_told_beside_its_field_and_the_link_still_opens(browser: Browser) -> None:
    _, way = await invited()
    for wanted in ("short", "password123", "13800002210", "  ", "xiaomei he xiaomei"):
        page = await browser.visit_and_submit(way, way, password=wanted)
        assert page.status == 422
        assert "f-password-error" in page
    assert await rows("SELECT id FROM persons WHERE password_hash IS NOT NULL") == []
    assert (await browser.visit_and_submit(way, way, password=NEW)).status != 422


async def test_a_link_opens_once(browser: Browser, open_browser: Callable[[], Browser]) -> None:
    _, way = await invited()
    other = open_browser()
    page = await other.get(way)
    await browser.visit_and_submit(way, way, password=NEW)
    assert (await other.submit(page, way, password="ten sweet oranges")).status == 410
    assert (await other.get(way)).status == 410
    assert (await sign_in(other, password=NEW, next="/me")).path == "/me"


async def test_a_newer_invitation_ends_the_older(browser: Browser) -> None:
    her, way = await invited()
    newer = urlsplit(await actions.invite(SYSTEM, her, now())).path
    gone = await browser.get(way)
    assert gone.status == 410
    assert "/renewal" not in gone.html
    assert (await browser.get(newer)).status == 200


async def test_an_invitation_that_ran_out_fetches_a_fresh_one_by_mail(browser: Browser, own_settings: Settings) -> None:
    _, way = await invited()
    move_clock(own_settings, "+1h")
    rested = await browser.get(way)
    assert rested.status == 410
    sent = await browser.submit(rested, f"{way}/renewal")
    assert "新链接已发出" in sent
    assert "/invitations/" not in sent.html
    await drain()
    fresh = mailed(own_settings)
    assert fresh != way
    assert (await browser.visit_and_submit(fresh, fresh, password=NEW)).status != 410
    assert (await browser.get("/me")).path == "/me"


async def test_an_invitation_of_last_month_fetches_nothing(browser: Browser, own_settings: Settings) -> None:
    _, way = await invited()
    move_clock(own_settings, "+31d")
    gone = await browser.get(way)
    assert gone.status == 410
    assert "/renewal" not in gone.html


async def test_a_used_invitation_cannot_be_renewed_by_hand(browser: Browser) -> None:
    _, way = await invited()
    page = await browser.get(way)
    await browser.submit(page, way, password=NEW)
    me = await browser.get("/me")
    answer = await browser.post(f"{way}/renewal", me.form("/sign-out").fields)
    assert answer.status == 410


async def test_who_forgot_her_password_comes_back_by_mail(browser: Browser, own_settings: Settings) -> None:
    await someone()
    await sign_in(browser)
    page = await browser.visit_and_submit("/recovery", "/recovery", identifier="He@demo.test")
    assert "请看看邮箱" in page
    await drain()
    way = mailed(own_settings)
    page = await browser.visit_and_submit(way, way, password=NEW)
    assert (await browser.get("/me")).path == "/me"
    fresh = await sign_in_anew(browser, NEW)
    assert fresh == "/me"


async def sign_in_anew(browser: Browser, password: str) -> str:
    await browser.submit(await browser.get("/me"), "/sign-out")
    return (await sign_in(browser, password=password, next="/me")).path


async def test_a_recovery_asked_for_nobody_sends_nothing(browser: Browser, own_settings: Settings) -> None:
    page = await browser.visit_and_submit("/recovery", "/recovery", identifier="nobody@demo.test")
    assert "请看看邮箱" in page
    await drain()
    assert letters(own_settings) == []
    assert await rows("SELECT id FROM one_time_links") == []


async def test_a_recovery_is_good_for_an_hour(browser: Browser, own_settings: Settings) -> None:
    await someone()
    await browser.visit_and_submit("/recovery", "/recovery", identifier="he@demo.test")
    await drain()
    way = mailed(own_settings)
    move_clock(own_settings, "+59m")
    page = await browser.get(way)
    assert page.status == 200
    move_clock(own_settings, "+60m")
    assert (await browser.submit(page, way, password=NEW)).status == 410
    assert (await sign_in(browser, password=PASSWORD)).status != 422


async def test_the_same_worker_row_makes_one_link(browser: Browser) -> None:
    await someone()
    page = await browser.get("/recovery")
    for _ in range(2):  # the same form twice
        await browser.submit(page, "/recovery", identifier="he@demo.test")
    await drain()
    assert len(await rows("SELECT id FROM one_time_links")) == 1


async def test_invented_links_open_nothing(browser: Browser) -> None:
    for token in ("x", "0" * 64, "%00", "..%2f..", "😀"):
        for path in ("invitations", "recovery"):
            assert (await browser.get(f"/{path}/{token}")).status in (404, 410)


async def test_a_purpose_is_not_swapped(browser: Browser) -> None:
    _, way = await invited()
    assert (await browser.get(way.replace("invitations", "recovery"))).status == 410
