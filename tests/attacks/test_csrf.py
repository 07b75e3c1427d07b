"""Hardening 1.3, items 13, 15 (this room), 21 and 22: requests from elsewhere, wrong methods, fields that nobody asked for."""

from collections.abc import Callable

import pytest

from portal.core.people.rules import Role
from portal.core.web.csrf import make_token
from tests.browse import Browser
from tests.core.people.arrange import PASSWORD, let_in, rows, sign_in, someone

CHANGING = [
    "/sign-in",
    "/sign-in/second-factor",
    "/sign-out",
    "/preferences",
    "/recovery",
    "/recovery/x",
    "/invitations/x",
    "/invitations/x/renewal",
    "/me/devices/1/ending",
    "/me/devices/ending",
    "/me/password",
    "/me/confirm",
    "/me/second-factor",
    "/me/second-factor/confirmation",
    "/me/second-factor/codes",
    "/me/second-factor/removal",
    "/admin/people/new",
    "/admin/people/1/roles",
    "/admin/people/1/roles/admin/removal",
    "/admin/people/1/closure",
    "/admin/people/1/reopening",
    "/admin/people/1/invitation",
    "/admin/people/1/second-factor/removal",
    "/admin/keys",
    "/admin/keys/1/revocation",
]
READ = ["/sign-in", "/recovery", "/me", "/me/devices", "/me/password", "/me/confirm", "/me/second-factor"]
ADMIN_READ = ["/admin/people", "/admin/people/1", "/admin/people/new", "/admin/keys"]
VALUES = {
    "identifier": "ada@demo.test",
    "password": PASSWORD,
    "language": "en",
    "name": "Mallory",
    "email": "mallory@demo.test",
    "role": "admin",
    "scopes": "orders:write",
    "code": "000000",
}


async def everything() -> str:
    tables = ("persons", "roles", "sign_ins", "one_time_links", "api_keys", "second_factors", "outbox", "throttles")
    return "".join([str(await rows(f"SELECT * FROM {table} ORDER BY id")) for table in tables])


@pytest.fixture
async def admin(browser: Browser) -> Browser:
    return await let_in(browser, await someone("ada@demo.test", Role.ADMIN))


async def tokens(other: Browser) -> dict[str, dict[str, str]]:
    """What a form from elsewhere might carry: nothing, nonsense, somebody else's token, a self-made pair."""
    foreign = (await other.get("/sign-in")).form("/sign-in").fields["_csrf"]
    return {
        "none": {},
        "empty": {"_csrf": ""},
        "nonsense": {"_csrf": "x.y"},
        "of another": {"_csrf": str(foreign)},
        "self-made": {"_csrf": make_token("sign-in:999")},
    }


async def test_without_a_token_of_her_own_nothing_happens(admin: Browser, open_browser: Callable[[], Browser]) -> None:
    before = await everything()
    for kind, token in (await tokens(open_browser())).items():
        for path in set(CHANGING) - {"/preferences"}:  # how a page is shown needs no token, only to come from here
            answer = await admin.post(path, VALUES | token)
            assert answer.status == 403, (kind, path)
    assert await everything() == before


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:8000"},
    ],
)
async def test_a_right_token_from_a_wrong_place_is_refused(admin: Browser, headers: dict[str, str]) -> None:
    fields = (await admin.get("/me")).form("/sign-out").fields
    before = await everything()
    for path in ("/sign-out", "/preferences", "/me/devices/ending", "/admin/keys"):
        assert (await admin.post(path, fields | VALUES, headers=headers)).status == 403
    assert await everything() == before


async def test_a_visitors_token_is_worth_nothing_once_she_is_signed_in(browser: Browser) -> None:
    await someone("ada@demo.test", Role.ADMIN)
    before = (await browser.get("/sign-in")).form("/sign-in").fields
    await sign_in(browser, "ada@demo.test")
    assert (await browser.post("/sign-out", before)).status == 403


async def test_reading_changes_nothing(admin: Browser) -> None:
    before = await everything()
    for path in (*CHANGING, *READ, *ADMIN_READ):
        for method in ("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"):
            answer = await admin.client.request(method, path)
            assert answer.status_code < 500, (method, path)
            if method in ("PUT", "DELETE", "TRACE"):
                assert answer.status_code in (403, 404, 405), (method, path)
    assert await everything() == before


async def test_only_admins_come_to_the_admins_pages(browser: Browser, open_browser: Callable[[], Browser]) -> None:
    for path in ADMIN_READ:
        assert (await browser.get(path)).path == "/sign-in"
    for role in (Role.OWNER, Role.MANAGER, Role.AGENT, Role.DESK_LEAD, Role.ADMIN):
        one = await let_in(open_browser(), await someone(f"{role}@demo.test", role))
        fields = (await one.get("/me")).form("/sign-out").fields
        for path in ADMIN_READ:
            assert (await one.get(path)).status == (200 if role is Role.ADMIN else 403)
        for path in CHANGING:
            if path.startswith("/admin/") and role is not Role.ADMIN:
                assert (await one.post(path, fields | VALUES)).status == 403
        for path in READ[1:]:  # whoever is in is not asked to sign in
            assert (await one.get(path)).status == 200


async def test_fields_that_nobody_asked_for_are_not_taken(admin: Browser) -> None:
    extra = {"role": "admin", "roles": "admin", "disabled_at": "", "password_hash": "x", "person_id": "1", "care": "on"}
    extra |= {"external_id": "stolen", "phone": "13800002210", "confirmed_until": "2099-01-01", "id": "1"}
    her = await someone()
    her_browser = await let_in(admin, her)
    fields = (await her_browser.get("/me")).form("/sign-out").fields
    await her_browser.post("/preferences", fields | extra | {"language": "en"})
    changed = fields | extra | {"password": PASSWORD, "new_password": "nine bitter lemons"}
    assert (await her_browser.post("/me/password", changed)).status == 303
    kept = (await rows("SELECT * FROM persons WHERE id = {}", her))[0]
    assert (kept["external_id"], kept["phone"], kept["disabled_at"]) == (None, None, None)
    assert [row["role"] for row in await rows("SELECT role FROM roles WHERE person = {}", her)] == ["owner"]
