"""What a stranger or a careless program may send: never a 500, never another's record, never markup that lives."""

from typing import Any

import pytest

from certification.rights.tables import Violation
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.people.tables import RoleGrant
from portal.core.stores.tables import Store
from tests import make
from tests.browse import Browser
from tests.cast import Cast

EVIL = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    '<a hx-get="/sign-out" hx-trigger="load">x</a>',
    "{{7*7}}{% raw %}",
    "' OR 1=1; DROP TABLE persons; --",
    "\x00\x01nul",
    "\u202eright-to-left\u2066",
    "😀" * 50,
    "../../etc/passwd",
]


@pytest.mark.parametrize("evil", EVIL)
async def test_what_is_typed_into_a_search_is_shown_as_text(browser: Browser, cast: Cast, evil: str) -> None:
    await make.sign_in(browser, cast.ada)
    for path in ("/admin/stores", "/admin/people", "/admin/products", "/admin/audit", "/verify"):
        name = {"/admin/audit": "action", "/verify": "number"}.get(path, "q")
        answer = await browser.client.get(path, params={name: evil}, follow_redirects=True)
        assert answer.status_code in (200, 404, 422), (path, answer.status_code)
        assert "<script>alert" not in answer.text
        assert "<img src=x" not in answer.text
        assert "<a hx-get" not in answer.text
        assert ">49<" not in answer.text


@pytest.mark.parametrize("evil", EVIL)
async def test_free_text_of_a_report_is_text_on_every_page(browser: Browser, cast: Cast, evil: str) -> None:
    await make.sign_in(browser, cast.ada)
    path = f"/manage/stores/{cast.olive.store_external_id}/violations"
    sent = await browser.visit_and_submit(
        f"{path}/new",
        path,
        category="false_claim",
        occurred_on=now().date().isoformat(),
        evidence=f"看到的话：{evil}一二三四五",
    )
    assert sent.status in (200, 422)
    for shown in ("/admin/proposals", f"/admin/rights/{cast.olive.store_external_id}"):
        page = await browser.get(shown)
        assert page.status == 200
        assert "<script>alert" not in page.html
        assert "<img src=x" not in page.html
        assert "<a hx-get" not in page.html


@pytest.mark.parametrize(
    "path", ["/s/%00", "/verify/%00", "/admin/rights/a%00b", "/learn/1/%00/x", "/share?q=%00", "/x%0d%0ay"]
)
async def test_control_characters_in_an_address_are_not_found(browser: Browser, cast: Cast, path: str) -> None:
    await make.sign_in(browser, cast.ada)
    answer = await browser.client.get(path)
    assert answer.status_code == 404
    assert "\r" not in str(answer.headers)


async def test_sixty_thousand_fields_are_refused(browser: Browser) -> None:
    page = await browser.get("/sign-in")
    token = page.form().fields["_csrf"]
    body = f"_csrf={token}&" + "&".join(f"a{number}=1" for number in range(60_000))
    answer = await browser.client.post(
        "/sign-in", content=body, headers={"content-type": "application/x-www-form-urlencoded"}
    )
    assert answer.status_code == 413


async def test_a_megabyte_of_name_gets_its_sentence_and_stores_nothing(browser: Browser, cast: Cast) -> None:
    await make.sign_in(browser, cast.ada)
    page = await browser.visit_and_submit("/admin/stores/new", "/admin/stores/new", name="长" * 330_000)
    assert page.status == 422
    async with reading():
        assert await Store.count() == 2


async def test_fields_that_nobody_offered_change_nothing(browser: Browser, cast: Cast) -> None:
    await make.sign_in(browser, cast.olive.person_id)
    page = await browser.get("/me")
    form = page.form("/preferences")
    extra: dict[str, Any] = {
        "role": "admin",
        "roles": "admin",
        "may_share": "true",
        "person": cast.ada,
        "score": 10_000,
    }
    await browser.client.post("/preferences", data={**form.fields, "theme": "dark", **extra})
    async with reading():
        roles = await RoleGrant.select(RoleGrant.role).where(RoleGrant.person == cast.olive.person_id)
    assert [row["role"] for row in roles] == ["owner"]
    assert (await browser.get("/share")).status == 403


async def test_another_managers_store_is_not_there(browser: Browser, cast: Cast) -> None:
    await make.sign_in(browser, cast.milo)
    own = await browser.get(f"/manage/stores/{cast.otto.store_external_id}/violations/new")
    assert own.status == 200
    theirs = f"/manage/stores/{cast.olive.store_external_id}"
    assert (await browser.get(theirs)).status == 404
    assert (await browser.get(f"{theirs}/violations/new")).status == 404
    token = own.form().fields["_csrf"]
    for path in ("violations", "reminders", "extensions", "attempts"):
        answer = await browser.post(f"{theirs}/{path}", {"_csrf": token, "assignment": "1", "reason": "试试看"})
        assert answer.status == 404, path
    async with reading():
        assert await Violation.count() == 0


DEEP = "[" * 50_000 + "]" * 50_000
BODIES = [b"", b"null", b"[]", b'"text"', b"{", b"\xff\xfe", DEEP.encode(), b'{"name": ' + b"1" * 5000 + b"}"]


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
@pytest.mark.parametrize("path", ["stores/s-1", "products/p-1", "suppliers/c-1", "vips/v-1"])
async def test_ill_formed_bodies_are_said_to_be(browser: Browser, path: str, body: bytes) -> None:
    header = await make.api_key("stores:write", "products:write", "suppliers:write", "vips:write")
    answer = await browser.client.put(f"/api/v1/{path}", content=body, headers=header)
    assert answer.status_code in (400, 422), (answer.status_code, answer.text)
    assert answer.headers["content-type"].startswith("application/problem+json")
