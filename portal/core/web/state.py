"""What the page being made knows of its request. One per request, set by the frame, read by templates and forms."""

from contextvars import ContextVar
from dataclasses import dataclass, field

from portal.core.base.ids import new_ref, new_token
from portal.core.base.settings import settings
from portal.core.web.viewer import Program, Viewer


@dataclass(slots=True)
class PageState:
    """The request as a page sees it."""

    path: str = "/"
    query: str = ""
    method: str = "GET"
    viewer: Viewer | None = None
    program: Program | None = None
    language: str = "zh-Hans"
    theme: str = "system"
    care: bool = False
    address: str | None = None
    request_ref: str = field(default_factory=new_ref)
    visitor: str | None = None  # the anonymous half of the CSRF token, from its cookie
    visitor_is_new: bool = False
    cookies: list[str] = field(default_factory=list)  # Set-Cookie lines that the frame adds to the answer
    nav: dict[str, object] = field(default_factory=dict)
    toast: str | None = None

    def csrf_owner(self) -> str:
        """What the CSRF token is bound to: the sign-in, or a visitor's cookie that is made when first needed."""
        if self.viewer is not None:
            return f"sign-in:{self.viewer.sign_in_id}"
        if self.visitor is None:
            self.visitor = new_token()
            self.visitor_is_new = True
        return f"visitor:{self.visitor}"


_state: ContextVar[PageState | None] = ContextVar("page_state", default=None)


def state() -> PageState:
    """The state of the request in hand; outside one (mail, commands) a plain one in the site's language."""
    current = _state.get()
    return current if current is not None else PageState(language=settings().language)


def use_state(value: PageState) -> None:
    _state.set(value)
