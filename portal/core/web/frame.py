"""The frame around the whole application: what holds for every answer, errors and static files too.

It checks the host, finds out where the request really comes from, who is looking and in which language, serves
built assets, answers HEAD, and puts the security headers on whatever goes out.
"""

import ipaddress
import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import lru_cache
from http.cookies import CookieError, SimpleCookie
from time import perf_counter
from typing import Any

from portal.core.base.ids import new_ref
from portal.core.base.refusals import NotFound, Refused
from portal.core.base.settings import settings
from portal.core.web import metrics, static
from portal.core.web.cookies import SIGN_IN_COOKIE, TOAST_COOKIE, VISITOR_COOKIE, cookie_line, cookie_name
from portal.core.web.errors import for_program
from portal.core.web.i18n import LANGUAGES, preferred
from portal.core.web.pages import read_toast
from portal.core.web.state import PageState, use_state
from portal.core.web.viewer import Program, Viewer

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

log = logging.getLogger("portal.access")

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
VISIT_PATHS = ("/admin/visits/",)
TOKEN_PATHS = ("/invitations/", "/recovery/", "/c/", "/o/", "/r/", "/p/", "/s/reports/")
BODY_LIMIT = 4_000_000
UPLOAD_LIMIT = 64_000_000
_CONTROL = re.compile(rb"[\x00-\x1f]|%(?:0[0-9a-f]|1[0-9a-f]|7f)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Entrance:
    """How the frame learns who is looking; joined by wiring to the people room."""

    viewer: Callable[[str, PageState], Awaitable[Viewer | None]]
    program: Callable[[str, PageState], Awaitable[Program | None]]


@lru_cache(maxsize=8)
def _networks(names: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(ipaddress.ip_network(name, strict=False) for name in names)


def client_address(peer: str | None, forwarded: str | None) -> str | None:
    """The caller's address: the peer, or what a trusted proxy says, read from the right past trusted hops."""
    trusted = _networks(settings().trusted_proxies)

    def is_trusted(address: str) -> bool:
        try:
            return any(ipaddress.ip_address(address) in network for network in trusted)
        except ValueError:
            return False

    address = peer
    for hop in reversed((forwarded or "").split(",")):
        if address is None or not is_trusted(address) or not hop.strip():
            break
        address = hop.strip()
    return address


def host_allowed(host: str) -> bool:
    """Our own name; in development also this machine's, on any port."""
    name = host.rsplit(":", 1)[0].strip("[]").lower()
    own = {settings().host}
    if not settings().production:
        own |= {"127.0.0.1", "localhost", "::1", "testserver"}
    return name in own


def security_headers(path: str) -> list[tuple[bytes, bytes]]:
    """The strict set, on every answer; pages opened by a secret link send no referrer at all."""
    referrer = "no-referrer" if path.startswith(TOKEN_PATHS) else "strict-origin-when-cross-origin"
    headers = {
        "content-security-policy": CSP,
        "x-content-type-options": "nosniff",
        "referrer-policy": referrer,
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "x-frame-options": "DENY",
        "permissions-policy": f"camera=(), geolocation={_locates(path)}, microphone=()",
    }
    if settings().secure:
        headers["strict-transport-security"] = "max-age=63072000; includeSubDomains"
    return [(name.encode(), value.encode()) for name, value in headers.items()]


def _locates(path: str) -> str:
    """Who may ask where the reader is: pages on which a visit is recorded, nobody else."""
    return "(self)" if path.startswith(VISIT_PATHS) else "()"


def _cookies(line: str) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(line).items()}
    except CookieError:
        return {}


class Frame:
    """The outermost ASGI application."""

    def __init__(self, inner: App, entrance: Entrance) -> None:
        self.inner = inner
        self.entrance = entrance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.inner(scope, receive, send)
            return
        began = perf_counter()
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        page = self._page_state(scope, headers)
        use_state(page)
        sender = _Sender(send, page, scope["method"])
        if not host_allowed(headers.get("host", "")):
            await _plain(sender, 400, b"unknown host")
        elif scope["path"].startswith(static.PREFIX):
            await _serve_asset(sender, scope["path"], headers)
        else:
            await self._inside(scope, receive, sender, page, headers)
        seconds = perf_counter() - began
        metrics.note(scope["method"], scope["path"], sender.status, seconds)
        _log(scope, page, sender.status, seconds)

    def _page_state(self, scope: Scope, headers: dict[str, str]) -> PageState:
        cookies = _cookies(headers.get("cookie", ""))
        chosen = cookies.get(cookie_name("language"), "")
        theme = cookies.get(cookie_name("theme"))
        language = chosen if chosen in LANGUAGES else preferred(headers.get("accept-language", ""))
        peer = scope["client"][0] if scope.get("client") else None
        return PageState(
            path=scope["path"],
            query=scope.get("query_string", b"").decode("latin-1"),
            method=scope["method"],
            language=language or settings().language,
            theme=theme if theme in ("light", "dark") else "system",
            care=cookies.get(cookie_name("care")) == "on",
            address=client_address(peer, headers.get("x-forwarded-for")),
            request_ref=new_ref(),
            visitor=cookies.get(cookie_name(VISITOR_COOKIE)),
        )

    async def _inside(
        self, scope: Scope, receive: Receive, sender: "_Sender", page: PageState, headers: dict[str, str]
    ) -> None:
        limit = UPLOAD_LIMIT if "multipart/form-data" in headers.get("content-type", "") else BODY_LIMIT
        scope = {**scope, "method": "GET" if scope["method"] == "HEAD" else scope["method"]}
        if not _speakable(scope):
            scope["portal_refusal"] = NotFound()
        if _length(headers) > limit:
            scope["portal_refusal"] = Refused("too_much", status=413)  # said before a byte of it is read
        try:
            await self._who(page, headers)
        except Refused as refused:
            # The error is answered inside, where pages are made; a guard finds it and raises it again.
            scope["portal_refusal"] = refused
        await self.inner(scope, receive, sender)

    async def _who(self, page: PageState, headers: dict[str, str]) -> None:
        if for_program(page.path):
            scheme, _, key = headers.get("authorization", "").partition(" ")
            if scheme.lower() == "bearer" and key:
                page.program = await self.entrance.program(key.strip(), page)
            return
        cookies = _cookies(headers.get("cookie", ""))
        token = cookies.get(cookie_name(SIGN_IN_COOKIE))
        if token:
            page.viewer = await self.entrance.viewer(token, page)
        if page.viewer is not None:
            page.language, page.theme, page.care = page.viewer.language, page.viewer.theme, page.viewer.care
        page.toast = read_toast(cookies.get(cookie_name(TOAST_COOKIE)))  # in the reader's own language
        if page.toast and page.method == "GET" and "hx-request" not in headers:
            page.cookies.append(cookie_line(TOAST_COOKIE, "", 0))


def _length(headers: dict[str, str]) -> int:
    """How many bytes the body is said to have; what is no number is left to the server."""
    said = headers.get("content-length", "")
    return int(said) if said.isascii() and said.isdigit() else 0


def _speakable(scope: Scope) -> bool:
    """Whether the address has no control characters: nothing of ours is called so, and a database may choke."""
    path, query = scope["path"], scope.get("query_string", b"")
    return not any(ord(c) < 32 or ord(c) == 127 for c in path) and not _CONTROL.search(query)


class _Sender:
    """Sends an answer out with the headers that every answer has; drops the body of a HEAD."""

    def __init__(self, send: Send, page: PageState, method: str) -> None:
        self.send = send
        self.page = page
        self.head = method == "HEAD"
        self.status = 0

    async def __call__(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message = {**message, "headers": self._headers(message.get("headers", []))}
        elif message["type"] == "http.response.body" and self.head:
            message = {**message, "body": b""}
        await self.send(message)

    def _headers(self, given: Any) -> list[tuple[bytes, bytes]]:
        own = security_headers(self.page.path)
        sent = [(bytes(name), bytes(value)) for name, value in given]
        names = {name.lower() for name, _ in sent}
        extra = [pair for pair in own if pair[0] not in names]
        extra.append((b"x-request-ref", self.page.request_ref.encode()))
        if self.page.visitor_is_new and self.page.visitor:
            extra.append((b"set-cookie", cookie_line(VISITOR_COOKIE, self.page.visitor, None).encode()))
        extra.extend((b"set-cookie", line.encode()) for line in self.page.cookies)
        return sent + extra


async def _plain(send: Send, status: int, text: bytes) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(text)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text})


async def _serve_asset(send: "_Sender", path: str, headers: dict[str, str]) -> None:
    asset = static.find(path, headers.get("accept-encoding", ""))
    if asset is None or send.page.method not in ("GET", "HEAD"):
        await _plain(send, 404 if asset is None else 405, b"not found" if asset is None else b"method")
        return
    fresh = asset.etag in headers.get("if-none-match", "")
    body = b"" if fresh else asset.body
    sent = [(name.encode(), value.encode()) for name, value in asset.headers]
    if not fresh:
        sent.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": 304 if fresh else 200, "headers": sent})
    await send({"type": "http.response.body", "body": body})


def _log(scope: Scope, page: PageState, status: int, seconds: float) -> None:
    if scope["path"].startswith(static.PREFIX):
        return
    log.info(
        "request",
        extra={
            "method": scope["method"],
            "path": loggable(scope["path"]),
            "status": status,
            "ms": round(seconds * 1000, 1),
            "person": page.viewer.person_id if page.viewer else None,
            "key": page.program.key_id if page.program else None,
            "address": page.address,
            "request_ref": page.request_ref,
        },
    )


def loggable(path: str) -> str:
    """A path without the secret that opens it, without characters that could forge a log line."""
    for prefix in TOKEN_PATHS:
        if path.startswith(prefix):
            return f"{prefix}…"
    return "".join(c if c.isprintable() else "?" for c in path[:300])
