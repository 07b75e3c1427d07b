"""What holds for every answer: hosts, headers, addresses, HEAD, languages, metrics, health."""

from dataclasses import replace

import httpx
import pytest

from portal.core.base.settings import settings, use_settings
from portal.core.base.worker import plant_sweeps
from portal.core.web.frame import client_address, host_allowed, loggable
from portal.core.web.i18n import preferred
from portal.core.web.pages import local_path
from tests.browse import Browser

STRICT = {
    "content-security-policy",
    "x-content-type-options",
    "referrer-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "x-frame-options",
    "permissions-policy",
    "x-request-ref",
}
EVERYWHERE = ["/sign-in", "/nosuch", "/", "/api/v1/nosuch", "/static/nosuch.css", "/healthz", "/verify/X", "/s/nosuch"]


@pytest.mark.parametrize("path", EVERYWHERE)
async def test_every_answer_carries_the_strict_headers(browser: Browser, path: str) -> None:
    answer = await browser.client.get(path)
    assert set(answer.headers) >= STRICT
    assert "unsafe" not in answer.headers["content-security-policy"]


async def test_over_https_transport_security_and_host_bound_cookies(browser: Browser) -> None:
    use_settings(replace(settings(), base_url="https://portal.example"))
    answer = await browser.client.get("/sign-in", headers={"Host": "portal.example"})
    assert answer.headers["strict-transport-security"].startswith("max-age=63072000")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-visitor=")
    assert all(part in cookie for part in ("; Path=/", "; HttpOnly", "; SameSite=Lax", "; Secure"))
    assert "Domain" not in cookie


async def test_a_strange_host_is_refused(browser: Browser) -> None:
    answer = await browser.client.get("/sign-in", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert set(answer.headers) >= STRICT


async def test_head_answers_like_get_without_a_body(browser: Browser) -> None:
    answer = await browser.client.head("/sign-in")
    assert answer.status_code == 200
    assert answer.content == b""
    assert int(answer.headers["content-length"]) > 500


@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE", "PATCH"])
async def test_other_methods_are_refused(browser: Browser, method: str) -> None:
    answer = await browser.client.request(method, "/sign-in")
    assert answer.status_code == 405


ADDRESSES = [
    ("a peer alone", (), "203.0.113.7", None, "203.0.113.7"),
    ("nobody is trusted", (), "203.0.113.7", "1.2.3.4", "203.0.113.7"),
    ("a trusted proxy is believed", ("10.0.0.0/8",), "10.0.0.1", "203.0.113.7", "203.0.113.7"),
    ("what the caller added before it is not", ("10.0.0.0/8",), "10.0.0.1", "1.2.3.4, 203.0.113.7", "203.0.113.7"),
    ("a chain of trusted ones", ("10.0.0.0/8",), "10.0.0.1", "203.0.113.7, 10.0.0.2", "203.0.113.7"),
    ("nonsense stays with the last known", ("10.0.0.0/8",), "10.0.0.1", "", "10.0.0.1"),
]


@pytest.mark.parametrize(("name", "trusted", "peer", "forwarded", "address"), ADDRESSES, ids=[a[0] for a in ADDRESSES])
def test_where_a_request_comes_from(name, trusted, peer, forwarded, address) -> None:  # type: ignore[no-untyped-def]
    use_settings(replace(settings(), trusted_proxies=trusted))
    assert client_address(peer, forwarded) == address


def test_production_knows_only_its_own_host() -> None:
    use_settings(replace(settings(), environment="production", base_url="https://portal.example"))
    assert host_allowed("portal.example")
    assert host_allowed("Portal.Example:443")
    assert not host_allowed("127.0.0.1:8000")
    assert not host_allowed("portal.example.evil.example")


PATHS = [
    ("/learn?x=1", "/learn?x=1"),
    ("//evil.example", "/"),
    ("/\\evil.example", "/"),
    ("https://evil.example", "/"),
    ("https:evil.example", "/"),
    ("/a\r\nSet-Cookie: x=1", "/"),
    ("javascript:alert(1)", "/"),
    ("", "/"),
    (None, "/"),
]


@pytest.mark.parametrize(("given", "path"), PATHS)
def test_a_way_on_stays_at_home(given: str | None, path: str) -> None:
    assert local_path(given) == path


LANGUAGES = [
    ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
    ("en-US,en;q=0.9", "en"),
    ("fr,en;q=0.3,zh;q=0.5", "zh-Hans"),
    ("fr", None),
    ("", None),
    ("en;q=nonsense", None),
]


@pytest.mark.parametrize(("header", "language"), LANGUAGES)
def test_the_language_that_a_browser_prefers(header: str, language: str | None) -> None:
    assert preferred(header) == language


def test_logs_hold_no_secret_and_no_forged_line() -> None:
    assert loggable("/invitations/abc-secret") == "/invitations/…"
    assert "\n" not in loggable("/x\n{}")


async def test_metrics_are_for_this_machine(browser: Browser, app) -> None:  # type: ignore[no-untyped-def]
    await browser.get("/sign-in")
    answer = await browser.client.get("/metrics")
    assert answer.status_code == 200
    assert 'portal_requests_total{kind="page",method="GET",status="2xx"}' in answer.text
    abroad = httpx.ASGITransport(app=app, client=("203.0.113.7", 1))
    async with httpx.AsyncClient(transport=abroad, base_url="http://127.0.0.1:8000") as client:
        assert (await client.get("/metrics")).status_code == 404


async def test_alive_and_ready(browser: Browser) -> None:
    assert (await browser.client.get("/healthz")).json() == {"status": "alive"}
    silent = await browser.client.get("/readyz")
    assert silent.status_code == 503
    assert silent.json()["database"] is True
    await plant_sweeps()
    assert (await browser.client.get("/readyz")).json()["status"] == "ready"


async def test_too_large_a_body_is_refused_before_it_is_read(browser: Browser) -> None:
    answer = await browser.client.post("/sign-in", content=b"x" * 4_100_000)
    assert answer.status_code == 413
