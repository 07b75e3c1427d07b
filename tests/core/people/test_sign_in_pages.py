"""The pages of coming in and going out, as a person meets them."""

from collections.abc import Callable

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import counting_queries
from portal.core.people.actions import disable_person
from tests.browse import Browser
from tests.core.people.arrange import audited, let_in, rows, sign_in, someone


async def test_somebody_signs_in_and_out(browser: Browser) -> None:
    person_id = await someone()
    page = await sign_in(browser, next="/me")
    assert page.status == 200
    assert page.path == "/me"
    assert "He Xiaomei" in page
    assert (await audited("people.signed_in"))[0]["subject_id"] == person_id

    left = await browser.submit(page, "/sign-out")
    assert left.path == "/sign-in"
    assert "已退出登录" in left
    assert (await browser.get("/me")).path == "/sign-in"


async def test_the_answer_to_signing_out_clears_the_cache_but_not_the_storage(browser: Browser) -> None:
    await let_in(browser, await someone())
    page = await browser.get("/me")
    answer = await browser.post("/sign-out", page.form("/sign-out").fields)
    assert answer.status == 303
    assert answer.response.headers["Clear-Site-Data"] == '"cache"'


async def test_phone_numbers_are_taken_as_people_write_them(browser: Browser) -> None:
    await someone(phone="+86 138 0000 2210")
    page = await sign_in(browser, "138-0000-2210", next="/me")
    assert "138****2210" in page


async def test_a_wrong_password_says_so_beside_the_form_and_keeps_what_was_typed(browser: Browser) -> None:
    await someone()
    page = await sign_in(browser, password="not this one at all", next="/me")
    assert page.status == 422
    assert "密码不对" in page
    assert page.form("/sign-in").fields["identifier"] == "he@demo.test"
    assert page.form("/sign-in").fields["next"] == "/me"
    assert "not this one" not in page


async def test_blank_fields_are_named(browser: Browser) -> None:
    page = await sign_in(browser, "", "")
    assert page.status == 422
    assert page.html.count("f-identifier-error") >= 1
    assert page.html.count("f-password-error") >= 1
    assert await rows("SELECT * FROM throttles") == []


async def test_a_closed_account_is_told_so_only_with_its_password(browser: Browser) -> None:
    person_id = await someone()
    await disable_person(SYSTEM, person_id, now())
    assert "已停用" in await sign_in(browser)
    assert "已停用" not in await sign_in(browser, password="not this one at all")


async def test_a_visitor_chooses_language_theme_and_large_type(browser: Browser) -> None:
    page = await browser.get("/sign-in")
    page = await browser.post("/preferences", page.form("/preferences").fields | {"language": "en", "next": "/sign-in"})
    assert page.status == 303
    page = await browser.get("/sign-in")
    assert '<html lang="en"' in page
    await browser.post("/preferences", page.form("/preferences").fields | {"care": "on", "theme": "dark"})
    page = await browser.get("/sign-in")
    assert "data-care" in page
    assert 'data-theme="dark"' in page


async def test_a_person_keeps_her_choice_on_every_device(browser: Browser, open_browser: Callable[[], Browser]) -> None:
    await let_in(browser, await someone())
    page = await browser.get("/me")
    await browser.post("/preferences", page.form("/preferences").fields | {"language": "en", "care": "on"})
    elsewhere = await sign_in(open_browser(), next="/me")
    assert elsewhere.path == "/me"
    assert elsewhere.status == 200
    assert '<html lang="en"' in elsewhere
    assert "data-care" in elsewhere


async def test_unknown_choices_change_nothing(browser: Browser) -> None:
    await let_in(browser, await someone())
    page = await browser.get("/me")
    sent = {"language": "tlh", "theme": "<script>", "care": "maybe"}
    await browser.post("/preferences", page.form("/preferences").fields | sent)
    kept = (await rows("SELECT language, theme, care FROM persons"))[0]
    assert (kept["language"], kept["theme"], bool(kept["care"])) == ("zh-Hans", "system", False)


async def test_a_signed_in_person_is_not_asked_again(browser: Browser) -> None:
    await let_in(browser, await someone())
    assert (await browser.get("/sign-in?next=/me/devices")).path == "/me/devices"


async def test_knowing_who_looks_takes_one_query(browser: Browser) -> None:
    await let_in(browser, await someone())
    with counting_queries() as queries:
        assert (await browser.get("/me")).status == 200
    assert sum("sign_ins" in sql for sql in queries.queries) == 1
    assert len(queries) <= 12
