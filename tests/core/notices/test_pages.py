"""The inbox as people meet it."""

import pytest

from portal.core.base.clock import now
from portal.core.base.database import counting_queries, reading, writing
from portal.core.notices import actions, queries
from portal.core.people.rules import Role
from tests.browse import Browser
from tests.core.notices.test_actions import tell
from tests.core.stores.scene import make_person, sign_in


@pytest.fixture
async def olive(database: str) -> int:
    return await make_person(Role.OWNER, "Olive", language="en", email="olive@shop.test")


async def _unread(person_id: int) -> int:
    async with reading():
        return await queries.unread_count(person_id)


async def test_an_empty_inbox_says_what_will_stand_there(browser: Browser, olive: int) -> None:
    page = await (await sign_in(browser, olive)).get("/notices")
    assert "No notices yet" in page
    assert [form.action for form in page.forms if form.action.startswith("/notices")] == ["/notices/preference"]


async def test_opening_a_notice_marks_it_read_and_goes_its_way(browser: Browser, olive: int) -> None:
    notice = await tell(olive)
    await sign_in(browser, olive)
    page = await browser.get("/notices")
    assert "Mona is your service manager" in page
    assert "1 notice is new" in page
    assert await _unread(olive) == 1  # looking at the list reads nothing
    opened = await browser.submit(page, f"/notices/{notice}/reading")
    assert opened.path == "/me"
    assert await _unread(olive) == 0


async def test_a_notice_without_a_way_comes_back_to_the_inbox(browser: Browser, olive: int) -> None:
    async with writing():
        notice = await actions.notify(olive, "manager_appointed", {"manager": "<b>Mona</b>"}, now())
    await sign_in(browser, olive)
    page = await browser.get("/notices")
    assert "<b>Mona" not in page.html
    opened = await browser.submit(page, f"/notices/{notice}/reading")
    assert opened.path == "/notices"
    assert f"/notices/{notice}/reading" not in [form.action for form in opened.forms]


async def test_a_notice_leads_nowhere_but_here(browser: Browser, olive: int) -> None:
    async with writing():
        notice = await actions.notify(olive, "manager_appointed", {"manager": "x"}, now(), way="//evil.test/")
    page = await (await sign_in(browser, olive)).get("/notices")
    assert (await browser.submit(page, f"/notices/{notice}/reading")).path == "/notices"


async def test_everything_is_read_at_once(browser: Browser, olive: int) -> None:
    for _ in range(3):
        await tell(olive)
    await sign_in(browser, olive)
    page = await browser.visit_and_submit("/notices", "/notices/reading")
    assert page.path == "/notices"
    assert await _unread(olive) == 0
    assert "/notices/reading" not in [form.action for form in page.forms]


async def test_somebody_elses_notice_is_not_found(browser: Browser, olive: int) -> None:
    notice = await tell(olive)
    otto = await make_person(Role.OWNER, "Otto")
    page = await (await sign_in(browser, otto)).get("/notices")
    token = page.form("/notices/preference").fields
    for number in (notice, 99, 2**63):
        answer = await browser.post(f"/notices/{number}/reading", {**token, "_key": str(number)})
        assert answer.status == 404
    assert await _unread(olive) == 1


async def test_mail_is_turned_off_and_on(browser: Browser, olive: int) -> None:
    await sign_in(browser, olive)
    page = await browser.get("/notices")
    assert "o***@shop.test" in page
    assert "olive@shop.test" not in page.html
    off = await browser.submit(page, "/notices/preference")
    async with reading():
        assert not await queries.wants_email(olive)
    await browser.submit(off, "/notices/preference")
    async with reading():
        assert await queries.wants_email(olive)


async def test_without_an_address_there_is_nothing_to_turn(browser: Browser) -> None:
    person = await make_person(Role.OWNER, "Olive", email=None)
    page = await (await sign_in(browser, person)).get("/notices")
    assert "/notices/preference" not in [form.action for form in page.forms]


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("items", [1, 30])
async def test_everybody_has_an_inbox_and_it_takes_few_queries(browser: Browser, role: Role, items: int) -> None:
    person = await make_person(role)
    for _ in range(items):
        await tell(person)
    await sign_in(browser, person)
    with counting_queries() as count:
        page = await browser.get("/notices")
    assert page.status == 200
    assert len(count) <= 12


async def test_older_notices_are_one_page_on(browser: Browser, olive: int) -> None:
    for _ in range(31):
        await tell(olive)
    await sign_in(browser, olive)
    page = await browser.get("/notices")
    older = next(link for link in page.links if "after=" in link)
    assert (await browser.get(older)).html.count("/reading") == 2
    assert (await browser.get("/notices?after=1")).status == 200


async def test_nobody_reads_an_inbox_without_signing_in(browser: Browser) -> None:
    answer = await browser.client.get("/notices")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2Fnotices")
