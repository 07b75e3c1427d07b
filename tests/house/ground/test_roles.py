"""Every route as every part of the cast: who the written table keeps out is kept out, and nobody meets a fault of ours."""

import re
from collections.abc import Callable

import pytest

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.people.actions import make_api_key
from portal.core.people.policy import Capability, capabilities
from portal.core.people.rules import Scope
from portal.core.web.i18n import t
from tests.browse import Browser, Page
from tests.cast import enter
from tests.house.routes import Route, all_routes
from tests.make import sign_in

_PARAMETER = re.compile(r"\{\w+:(\w+)\}")
ROLES = ("owner", "manager", "agent", "desk_lead", "admin")  # each is also a part; no path here names anybody's own
# Routes here that name no capability ask for one of two themselves.
ASKED_INSIDE = "/manage/"
HANDLER_LOOKS = ("everybody", "signed-in", "before-factor")
ENDS_THE_SIGN_IN = ("/sign-out", "/me/devices/ending")


def address(route: Route) -> str:
    """A path of the route's form that names nothing that is there."""
    return _PARAMETER.sub(lambda found: "987654" if found[1] == "int" else "nothing-of-the-kind", route.path)


def may_enter(route: Route, part: str) -> bool:
    """What the written table and the policy say."""
    held = capabilities([part])
    if route.path.startswith(ASKED_INSIDE) and route.who == "signed-in":
        return bool(held & {Capability.ASSIGN_TEAM, Capability.ASSIGN_ALL})
    return route.who in HANDLER_LOOKS or route.who in held


async def ask(browser: Browser, route: Route, token: str) -> Page:
    if route.method == "GET":
        return Page(await browser.client.get(address(route)))
    return Page(await browser.client.request(route.method, address(route), data={"_csrf": token}))


async def token_on(browser: Browser, path: str) -> str:
    """The token of the forms on this person's pages."""
    page = await browser.get(path)
    return next(str(form.fields["_csrf"]) for form in page.forms if "_csrf" in form.fields)


def sent_to_sign_in(route: Route, answer: Page) -> bool:
    """The guard's way with strangers; signing in has steps of its own, which send back to the first."""
    sent = answer.status == 303 and answer.response.headers["location"].startswith("/sign-in")
    return sent and not route.path.startswith("/sign-in")


def kept_out_by_role(answer: Page) -> bool:
    """403 in the guard's words; a gate further in has words of its own."""
    return answer.status == 403 and t("refusal.forbidden") in answer


def for_people() -> list[Route]:
    return [route for route in all_routes() if not route.who.startswith("scope:")]


async def test_who_is_not_signed_in_is_sent_to_sign_in(browser: Browser) -> None:
    token = await token_on(browser, "/sign-in")
    wrong = []
    for route in for_people():
        answer = await ask(browser, route, token)
        let_in = not sent_to_sign_in(route, answer)
        if answer.status == 500 or let_in != (route.who == "everybody"):
            wrong.append(f"{route}: {answer.status}")
    assert wrong == []


@pytest.mark.parametrize("part", ROLES)
async def test_each_part_enters_where_the_table_lets_her(open_browser: Callable[[], Browser], part: str) -> None:
    cast = await enter()
    browser = await sign_in(open_browser(), cast.person_of(part))
    token = await token_on(browser, "/me")
    wrong = []
    for route in for_people():
        if route.path in ENDS_THE_SIGN_IN:
            continue
        answer = await ask(browser, route, token)
        if answer.status == 500 or sent_to_sign_in(route, answer):
            wrong.append(f"{route}: {answer.status}")
        elif not may_enter(route, part) and answer.status not in ((403, 404) if route.who == "signed-in" else (403,)):
            wrong.append(f"{route}: {answer.status}, should be kept out")
        elif may_enter(route, part) and kept_out_by_role(answer) and route.who not in HANDLER_LOOKS:
            wrong.append(f"{route}: kept out")
    assert wrong == []


@pytest.mark.parametrize("given", [None, "a key that was never made"])
async def test_without_a_key_the_api_says_so(browser: Browser, given: str | None) -> None:
    headers = {"Authorization": f"Bearer {given}"} if given else {}
    wrong = []
    for route in all_routes():
        if route.who.startswith("scope:"):
            answer = await browser.client.request(route.method, address(route), headers=headers, json={})
            if answer.status_code != 401 or answer.headers["content-type"] != "application/problem+json":
                wrong.append(f"{route}: {answer.status_code}")
    assert wrong == []


@pytest.mark.parametrize("scope", list(Scope))
async def test_a_key_opens_its_scopes_alone(browser: Browser, scope: Scope) -> None:
    _, key = await make_api_key(SYSTEM, "one scope", [scope], now())
    headers = {"Authorization": f"Bearer {key}"}
    wrong = []
    for route in all_routes():
        if route.who.startswith("scope:"):
            answer = await browser.client.request(route.method, address(route), headers=headers, json={})
            let_in = answer.status_code not in (401, 403)
            if answer.status_code >= 500 or let_in != (route.who == f"scope:{scope}"):
                wrong.append(f"{route}: {answer.status_code}")
    assert wrong == []


async def test_a_key_is_no_person(browser: Browser) -> None:
    _, key = await make_api_key(SYSTEM, "every scope", list(Scope), now())
    headers = {"Authorization": f"Bearer {key}"}
    for path in ("/", "/admin", "/manage", "/me"):
        answer = await browser.client.get(path, headers=headers)
        assert answer.status_code == 303, path
