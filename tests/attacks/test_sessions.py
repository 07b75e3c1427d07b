"""Hardening 1.3, items 1-5 and 10-12: what a cookie is worth, and when it stops being worth anything."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from http.cookies import SimpleCookie

import httpx
import pyotp
import pytest

from portal.app import create_app
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import writing
from portal.core.base.settings import Settings, use_settings
from portal.core.people import actions
from portal.core.people.links import make_link
from portal.core.people.rules import Purpose, Role
from portal.core.web.frame import Frame
from tests.browse import Browser, Page
from tests.core.people.arrange import PASSWORD, let_in, move_clock, rows, sign_in, someone, with_factor

pytestmark = pytest.mark.usefixtures("a_window_ahead")

COOKIE = "session"


async def open_with(app: Frame, token: str) -> str:
    """Where `/me` leads somebody who holds nothing but this cookie."""
    thief = Browser(app)
    thief.client.cookies.set(COOKIE, token, domain="127.0.0.1")
    page = await thief.get("/me")
    await thief.close()
    return page.path


# ---- 1, 2: a sign-in is always new, and always ours ----


async def test_an_invented_cookie_is_never_adopted(app: Frame, browser: Browser) -> None:
    await someone()
    for invented in ("x" * 32, "", "../../etc", "%00", "1"):
        assert await open_with(app, invented) == "/sign-in"
    planted = "attacker-chosen"
    browser.client.cookies.set(COOKIE, planted, domain="127.0.0.1")
    assert (await browser.get("/me")).path == "/sign-in"
    answer = await browser.post("/sign-in", await form(browser) | {"identifier": "he@demo.test", "password": PASSWORD})
    given = cookies(answer.response)[COOKIE]
    assert given != planted
    assert len(given) >= 32  # 192 bits in URL-safe base64
    assert await open_with(app, planted) == "/sign-in"
    assert await open_with(app, given) == "/me"


async def form(browser: Browser) -> dict[str, str]:
    return (await browser.get("/sign-in")).form("/sign-in").fields


def cookies(response: httpx.Response) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in response.headers.get_list("set-cookie"):
        found |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
    return found


async def test_the_attackers_own_valid_cookie_does_not_become_hers(app: Frame, browser: Browser) -> None:
    """Fixation with a real sign-in: planted, used by the victim, and dead from then on."""
    await someone()
    attacker_id = await someone("mallory@demo.test", name="Mallory")
    mallory = await let_in(Browser(app), attacker_id)
    planted = mallory.client.cookies[COOKIE]
    page = await mallory.get("/me")
    browser.client.cookies.set(COOKIE, planted, domain="127.0.0.1")
    data = page.form("/sign-out").fields | {"identifier": "he@demo.test", "password": PASSWORD}
    answer = await browser.post("/sign-in", data)
    given = cookies(answer.response)[COOKIE]
    assert given != planted
    assert await open_with(app, planted) == "/sign-in"
    assert await open_with(app, given) == "/me"
    open_rows = await rows("SELECT person FROM sign_ins WHERE revoked_at IS NULL")
    assert attacker_id not in [row["person"] for row in open_rows]
    await mallory.close()


async def test_every_sign_in_has_a_token_of_its_own_and_the_database_has_hashes_only(
    open_browser: Callable[[], Browser],
) -> None:
    await someone()
    secrets = set()
    for _ in range(3):
        one = open_browser()
        await sign_in(one)
        secrets |= {one.client.cookies[COOKIE], one.client.cookies["device"]}
    assert len(secrets) == 6
    tables = ("sign_ins", "known_devices", "pending_sign_ins", "audit_entries", "throttles", "kept_replies")
    kept = "".join([str(await rows(f"SELECT * FROM {table}")) for table in tables])
    assert not any(secret in kept for secret in secrets)


# ---- 3, 4: when it ends, it ends at the next request ----


async def test_a_replayed_cookie_is_worth_nothing_after_sign_out(app: Frame, browser: Browser) -> None:
    await let_in(browser, await someone())
    page = await browser.get("/me")
    stolen = browser.client.cookies[COOKIE]
    assert await open_with(app, stolen) == "/me"
    await browser.submit(page, "/sign-out")
    assert await open_with(app, stolen) == "/sign-in"


@pytest.mark.parametrize(("role", "offset"), [(Role.OWNER, "+14d"), (Role.AGENT, "+12h"), (Role.OWNER, "+90d")])
async def test_a_replayed_cookie_is_worth_nothing_after_its_time(
    app: Frame, browser: Browser, own_settings: Settings, role: Role, offset: str
) -> None:
    await let_in(browser, await someone(role=role))
    move_clock(own_settings, offset)
    assert await open_with(app, browser.client.cookies[COOKIE]) == "/sign-in"


async def _disable(her: int) -> None:
    await actions.disable_person(SYSTEM, her, now())


async def _promote(her: int) -> None:
    await actions.grant_role(SYSTEM, her, Role.MANAGER, now())


async def _demote(her: int) -> None:
    await actions.end_role(SYSTEM, her, Role.OWNER, now())


async def _recover(her: int) -> None:
    async with writing():
        url = await make_link(SYSTEM, her, Purpose.RECOVERY, now())
        await actions.accept_link(url.rsplit("/", 1)[1], "a hash", now())


@pytest.mark.parametrize("change", [_disable, _promote, _demote, _recover])
async def test_what_changes_her_standing_ends_her_sign_ins(
    app: Frame, browser: Browser, change: Callable[[int], object]
) -> None:
    her = await someone()
    await let_in(browser, her)
    stolen = browser.client.cookies[COOKIE]
    assert await open_with(app, stolen) == "/me"
    await change(her)  # type: ignore[misc]
    assert await open_with(app, stolen) == "/sign-in"


async def test_a_new_password_ends_the_others_and_the_stolen_copy_of_this_one(
    app: Frame, browser: Browser, open_browser: Callable[[], Browser]
) -> None:
    her = await someone()
    other = open_browser()
    await let_in(other, her)
    await let_in(browser, her)
    copies = [other.client.cookies[COOKIE], browser.client.cookies[COOKIE]]
    await browser.visit_and_submit("/me/password", "/me/password", password=PASSWORD, new_password="nine bitter lemons")
    assert [await open_with(app, copy) for copy in copies] == ["/sign-in", "/sign-in"]
    assert (await browser.get("/me")).path == "/me"


# ---- 5: every cookie of ours, over HTTPS ----


@pytest.fixture
async def secure(database: str, own_settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    use_settings(replace(own_settings, base_url="https://school.test"))
    transport = httpx.ASGITransport(app=create_app(own_database=False))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="https://school.test") as client:
        yield client


async def test_every_cookie_is_bound_to_the_host_and_out_of_reach(secure: httpx.AsyncClient) -> None:
    await someone()
    seen: dict[str, str] = {}

    async def send(method: str, path: str, data: dict[str, str] | None = None) -> httpx.Response:
        answer = await secure.request(method, path, data=data, headers={"Origin": "https://school.test"})
        for line in answer.headers.get_list("set-cookie"):
            seen[line.partition("=")[0]] = line
        return answer

    page = Page(await send("GET", "/sign-in"))
    fields = page.form("/sign-in").fields
    await send("POST", "/preferences", fields | {"language": "en", "theme": "dark", "care": "on"})
    await send("POST", "/sign-in", fields | {"identifier": "he@demo.test", "password": PASSWORD, "next": "/me"})
    me = Page(await send("GET", "/me"))
    assert me.status == 200
    assert '<html lang="en"' not in me  # hers is kept in Chinese
    await send("POST", "/sign-out", me.form("/sign-out").fields)
    await send("GET", "/sign-in")
    expected = {"session", "device", "visitor", "toast", "language", "theme", "care"}
    assert set(seen) == {f"__Host-{name}" for name in expected}
    for line in seen.values():
        parts = {part.strip().lower() for part in line.split(";")[1:]}
        assert {"path=/", "secure", "httponly", "samesite=lax"} <= parts
        assert not any(part.startswith("domain") for part in parts)


async def test_a_cookie_without_the_host_prefix_is_nobody(secure: httpx.AsyncClient) -> None:
    await someone()
    fields = Page(await secure.get("/sign-in")).form("/sign-in").fields
    answer = await secure.post("/sign-in", data=fields | {"identifier": "he@demo.test", "password": PASSWORD})
    token = cookies(answer)["__Host-session"]
    secure.cookies.clear()
    assert (await secure.get("/me", headers={"Cookie": f"session={token}"})).status_code == 303
    assert (await secure.get("/me", headers={"Cookie": f"__Host-session={token}"})).status_code == 200


# ---- 10: sensitive acts ----


async def test_nothing_sensitive_without_the_password_lately(browser: Browser, own_settings: Settings) -> None:
    await let_in(browser, await someone("ada@demo.test", Role.ADMIN))
    her = await someone("li@demo.test", Role.MANAGER)
    fields = (await browser.get("/me")).form("/sign-out").fields
    move_clock(own_settings, "+15m")
    here = f"/admin/people/{her}"
    acts = {
        f"{here}/roles": {"role": "admin"},
        f"{here}/roles/manager/removal": {},
        f"{here}/closure": {},
        f"{here}/reopening": {},
        f"{here}/invitation": {},
        f"{here}/second-factor/removal": {},
        "/admin/people/new": {"name": "Abe", "email": "abe@demo.test", "role": "admin", "language": "en"},
        "/admin/keys": {"name": "shop", "scopes": "orders:write"},
        "/admin/keys/1/revocation": {},
        "/me/second-factor": {},
        "/me/second-factor/confirmation": {"code": "000000"},
        "/me/second-factor/codes": {},
        "/me/second-factor/removal": {},
    }
    before = await digest()
    for path, values in acts.items():
        answer = await browser.post(path, fields | {"_key": path} | values)
        assert answer.status == 303, path
        assert answer.response.headers["Location"].startswith("/me/confirm?next="), path
    assert await digest() == before


async def digest() -> str:
    tables = ("persons", "roles", "api_keys", "second_factors", "one_time_links", "audit_entries")
    return "".join([str(await rows(f"SELECT * FROM {table} ORDER BY id")) for table in tables])


# ---- 11: the second factor cannot be walked around ----


async def test_with_the_password_alone_nothing_opens(app: Frame, browser: Browser, own_settings: Settings) -> None:
    seed = await with_factor("ada@demo.test", Role.ADMIN)
    move_clock(own_settings, "+5m")
    asked = await sign_in(browser, "ada@demo.test", next="/admin/people")
    assert asked.path == "/sign-in/second-factor"
    assert COOKIE not in browser.client.cookies
    for path in ("/admin/people", "/me", "/admin/keys", "/me/second-factor", "/me/confirm"):
        assert (await browser.get(path)).path == "/sign-in"
    assert await open_with(app, browser.client.cookies["pending"]) == "/sign-in"
    code = pyotp.TOTP(seed).at(now())
    assert (await browser.submit(asked, "/sign-in/second-factor", code=code)).path == "/admin/people"
    second = Browser(app)
    again = await sign_in(second, "ada@demo.test")
    assert (await second.submit(again, "/sign-in/second-factor", code=code)).status == 422
    await second.close()


async def test_codes_cannot_be_guessed_through(browser: Browser) -> None:
    seed = await with_factor("ada@demo.test", Role.ADMIN)
    right = {pyotp.TOTP(seed).at(now() + timedelta(seconds=30 * step)) for step in (-1, 0, 1, 2)}
    guesses = [f"{n:06}" for n in range(20) if f"{n:06}" not in right][:8]
    asked = await sign_in(browser, "ada@demo.test")
    answers = [await browser.submit(asked, "/sign-in/second-factor", code=guess) for guess in guesses]
    assert [answer.status for answer in answers] == [422] * 5 + [429] * 3
    assert int(answers[-1].response.headers["Retry-After"]) > 0
    # A new password round does not give new guesses.
    asked = await sign_in(browser, "ada@demo.test")
    assert (await browser.submit(asked, "/sign-in/second-factor", code=guesses[0])).status == 429


async def test_a_recovery_by_mail_still_asks_for_the_second_factor(browser: Browser) -> None:
    await with_factor("ada@demo.test", Role.ADMIN)
    way = (await actions.create_admin_invitation(name="Ada", email="ada@demo.test", at=now())).partition(":8000")[2]
    page = await browser.visit_and_submit(way, way, password="nine bitter lemons")
    assert page.path == "/sign-in/second-factor"
    assert (await browser.get("/me")).path == "/sign-in"


# ---- 12: nobody is there before somebody is made ----


async def test_a_fresh_install_has_no_account(browser: Browser) -> None:
    for table in ("persons", "api_keys", "sign_ins", "one_time_links"):
        assert await rows(f"SELECT id FROM {table}") == []
    assert (await sign_in(browser, "admin", "admin")).status == 422
    assert (await sign_in(browser, "admin@demo.test", "share-after-learning")).status == 422
