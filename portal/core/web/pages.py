"""Answering people: a whole page, or the fragment of it that htmx asked for by its target."""

from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from litestar import Request
from litestar.response import Response

from portal.core.base.ids import bound_to
from portal.core.base.settings import settings
from portal.core.web.cookies import TOAST_COOKIE, cookie_line
from portal.core.web.i18n import t
from portal.core.web.navigation import load_nav
from portal.core.web.state import state
from portal.core.web.templates import render

HTML = "text/html; charset=utf-8"
Answer = Response[str]


def wants_fragment(headers: dict[str, str], name: str) -> bool:
    """A fragment `room/_row.html` is wanted where htmx's target is the element of its name: `row`."""
    stem = PurePosixPath(name).stem.removeprefix("_")
    return headers.get("hx-request") == "true" and headers.get("hx-target") == stem


async def page(
    request: Request[Any, Any, Any],
    template: str,
    *,
    fragments: tuple[str, ...] = (),
    status: int = 200,
    headers: dict[str, str] | None = None,
    **context: Any,
) -> Answer:
    """Render `template`, or the one of `fragments` that htmx targets. Personal pages are never stored by caches."""
    sent = {name.lower(): value for name, value in request.headers.items()}
    wanted = next((name for name in fragments if wants_fragment(sent, name)), template)
    if wanted == template:
        await load_nav()
    body = render(wanted, {"viewer": state().viewer, **context})
    answer_headers = {"Cache-Control": "no-store", "Vary": "HX-Request, HX-Target, Cookie", **(headers or {})}
    return Response(body, media_type=HTML, status_code=status, headers=answer_headers)


def see_other(request: Request[Any, Any, Any], location: str, toast: str | None = None) -> Answer:
    """Send the browser on after a POST; `toast` is a catalog key said on the next page, once."""
    if toast is not None:
        state().cookies.append(toast_cookie(toast))
    if request.headers.get("hx-request") == "true":
        return Response("", media_type=HTML, status_code=200, headers={"HX-Redirect": location})
    return Response("", media_type=HTML, status_code=303, headers={"Location": location})


def toast_cookie(key: str) -> str:
    """A toast travels as a signed catalog key, so that nobody can put words on our page."""
    signed = f"{key}.{bound_to(settings().secret_key, 'toast', key)[:24]}"
    return cookie_line(TOAST_COOKIE, signed, 60)


def read_toast(value: str | None) -> str | None:
    """The sentence of a toast cookie, or None where it was not made here."""
    key, _, digest = (value or "").rpartition(".")
    if not key or bound_to(settings().secret_key, "toast", key)[:24] != digest:
        return None
    return t(key)


def local_path(given: str | None, default: str = "/") -> str:
    """`given` if it is a path of ours, else `default`: never another host, scheme, or a second header."""
    if not given or not given.startswith("/") or given.startswith(("//", "/\\")):
        return default
    if any(ord(c) < 33 or c == "\\" for c in given):
        return default
    return quote(given, safe="/?&=%#:+,;@!$'()*~-._")
