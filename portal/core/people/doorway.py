"""What pages do at the door: whence somebody comes, her cookies, and the password asked for once more."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Request

from portal.core.base.refusals import Refused
from portal.core.people.rules import DEVICE_LIFE, PENDING_FOR, freshly_confirmed, lifetime
from portal.core.people.sign_ins import Entered, FactorAsked, Visit
from portal.core.web.cookies import SIGN_IN_COOKIE, cookie_line, cookie_name
from portal.core.web.guards import NotSignedIn
from portal.core.web.pages import Answer, local_path, see_other
from portal.core.web.state import state
from portal.core.web.viewer import Viewer

AnyRequest = Request[Any, Any, Any]
DEVICE_COOKIE = "device"
PENDING_COOKIE = "pending"


def cookie(request: AnyRequest, name: str) -> str | None:
    return request.cookies.get(cookie_name(name))


def set_cookie(name: str, value: str, seconds: float) -> None:
    state().cookies.append(cookie_line(name, value, int(seconds)))


def drop_cookie(name: str) -> None:
    state().cookies.append(cookie_line(name, "", 0))


def visit_of(request: AnyRequest) -> Visit:
    """The request as somebody coming in."""
    page = state()
    return Visit(
        address=page.address[:64] if page.address else None,
        request_ref=page.request_ref,
        user_agent=request.headers.get("user-agent", "")[:500],
        device=cookie(request, DEVICE_COOKIE),
        replaces=page.viewer.sign_in_id if page.viewer else None,
    )


def signed_in() -> Viewer:
    """The viewer of a page that only people with an account reach. Raises NotSignedIn."""
    viewer = state().viewer
    if viewer is None:
        raise NotSignedIn
    return viewer


def let_in(request: AnyRequest, outcome: Entered | FactorAsked, way: str) -> Answer:
    """Hand out the cookies and send her on: to `way`, to the second factor, or to setting one up."""
    if isinstance(outcome, FactorAsked):
        set_cookie(PENDING_COOKIE, outcome.token, PENDING_FOR.total_seconds())
        return see_other(request, f"/sign-in/second-factor?{urlencode({'next': way})}")
    set_cookie(SIGN_IN_COOKIE, outcome.token, outcome.lasts.total_seconds())
    set_cookie(DEVICE_COOKIE, outcome.device, DEVICE_LIFE.total_seconds())
    if cookie(request, PENDING_COOKIE):
        drop_cookie(PENDING_COOKIE)
    return see_other(request, "/me/second-factor" if outcome.factor_missing else way)


def renew_cookie(token: str) -> None:
    """The same sign-in goes on under a new token; the row says when it ends, the cookie need not be exact."""
    set_cookie(SIGN_IN_COOKIE, token, lifetime(signed_in().roles).absolute.total_seconds())


def way_on(request: AnyRequest, given: str | None = None) -> str:
    """Where `next` leads, in the form sent or else in the query: a path of ours, or the first page."""
    return local_path(given if given is not None else request.query_params.get("next"))


def refusal_headers(refused: Refused) -> dict[str, str]:
    """How long to wait, where that is what the refusal says."""
    return {"Retry-After": str(refused.retry_after)} if refused.retry_after else {}


# ---- before a sensitive act ----


def is_fresh(at: datetime) -> bool:
    """Whether the password was given within the last quarter of an hour."""
    return freshly_confirmed(signed_in().confirmed_until, at)


def ask_again(request: AnyRequest, back: str) -> Answer:
    """On to the page that asks for the password again, and from there `back`."""
    return see_other(request, f"/me/confirm?{urlencode({'next': back})}")
