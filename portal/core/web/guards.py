"""Closed by default. A route says in its `opt` who may enter: `open`, a `needs` capability, or an API `scope`."""

from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from portal.core.base.refusals import Forbidden, Refused
from portal.core.web.csrf import FIELD, HEADER, from_here, token_fits
from portal.core.web.state import state

SAFE = ("GET", "HEAD", "OPTIONS")


class NotSignedIn(Refused):
    """The page is for people with an account; signing in is the way on."""

    def __init__(self) -> None:
        super().__init__("not_signed_in", way="/sign-in", status=401)


class NoKey(Refused):
    """An API call without a valid key."""

    def __init__(self) -> None:
        super().__init__("no_key", status=401)


async def entry_guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Who may enter. Raises NotSignedIn, NoKey, or Forbidden."""
    opt = handler.opt
    page = state()
    if refusal := connection.scope.get("portal_refusal"):
        raise refusal  # type: ignore[misc]
    if scope := opt.get("scope"):
        if page.program is None:
            raise NoKey
        if scope not in page.program.scopes:
            raise Forbidden("scope_missing")
        return
    if opt.get("open"):
        return
    if page.viewer is None:
        raise NotSignedIn
    if page.viewer.factor_missing and not opt.get("before_factor"):
        raise Refused("factor_missing", way="/me/second-factor", status=403)
    if (needs := opt.get("needs")) and not page.viewer.may(str(needs)):
        raise Forbidden


async def csrf_guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Every changing request of a person: from our own pages, with a token of her own. Raises Forbidden."""
    if connection.scope.get("method") in SAFE or handler.opt.get("scope") or handler.opt.get("program"):
        return
    page = state()
    headers = {name.lower(): value for name, value in connection.headers.items()}
    if not from_here(headers, page):
        raise Forbidden("cross_site")
    if handler.opt.get("harmless"):
        return  # how a page is shown; a token would cost every visitor a cookie
    token = headers.get(HEADER)
    if token is None:
        assert isinstance(connection, Request)
        token = str((await connection.form()).get(FIELD) or "")
    if not token_fits(token, page.csrf_owner()):
        raise Forbidden("stale_form")
