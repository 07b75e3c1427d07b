"""Pages of coming in and going out: sign-in, its second step, sign-out, and how one likes to read."""

from typing import Any

from litestar import Controller, get, post

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import Refused
from portal.core.people import actions
from portal.core.people.doorway import (
    PENDING_COOKIE,
    AnyRequest,
    cookie,
    drop_cookie,
    let_in,
    refusal_headers,
    set_cookie,
    signed_in,
    visit_of,
    way_on,
)
from portal.core.people.forms import require, typed_name
from portal.core.people.rules import DEVICE_LIFE
from portal.core.people.sign_ins import pending_person
from portal.core.web.cookies import SIGN_IN_COOKIE
from portal.core.web.forms import Form, read
from portal.core.web.i18n import LANGUAGES
from portal.core.web.pages import Answer, page, see_other
from portal.core.web.state import state

THEMES = ("system", "light", "dark")


class SignInPages(Controller):
    """Name and password, and for those who have one the second factor. Each sign-in is a new one, so no key is kept."""

    opt = {"open": True}  # noqa: RUF012 - Litestar's own form

    @get("/sign-in")
    async def ask(self, request: AnyRequest) -> Answer:
        way = way_on(request)
        if state().viewer is not None:
            return see_other(request, way)
        return await self._page(request, None, way)

    @post("/sign-in")
    async def enter(self, request: AnyRequest) -> Answer:
        form = await read(request)
        way = way_on(request, form.value("next"))
        if not require(form, "identifier", "password"):
            return await self._page(request, form, way, 422)
        visit = visit_of(request)
        try:
            outcome = await actions.attempt(typed_name(form), form.value("password"), visit, now())
        except Refused as refused:
            form.refuse(refused, "identifier")
            return await self._page(request, form, way, refused.status, refusal_headers(refused))
        return let_in(request, outcome, way)

    async def _page(
        self, request: AnyRequest, form: Form | None, way: str, status: int = 200, headers: dict[str, str] | None = None
    ) -> Answer:
        return await page(request, "core/people/sign_in.html", status=status, headers=headers, form=form, next=way)

    @get("/sign-in/second-factor")
    async def ask_code(self, request: AnyRequest) -> Answer:
        token = cookie(request, PENDING_COOKIE)
        async with reading():
            waits = token is not None and await pending_person(token, now()) is not None
        if not waits:
            return see_other(request, "/sign-in")
        return await self._code_page(request, None, way_on(request))

    @post("/sign-in/second-factor")
    async def enter_code(self, request: AnyRequest) -> Answer:
        form = await read(request)
        way = way_on(request, form.value("next"))
        token = cookie(request, PENDING_COOKIE)
        if token is None:
            return see_other(request, "/sign-in", "people.toast.pending_gone")
        if not require(form, "code"):
            return await self._code_page(request, form, way, 422)
        try:
            entered = await actions.answer_factor(token, form.value("code"), visit_of(request), now())
        except Refused as refused:
            if refused.code == "pending_gone":
                drop_cookie(PENDING_COOKIE)
                return see_other(request, "/sign-in", "people.toast.pending_gone")
            form.refuse(refused, "code")
            return await self._code_page(request, form, way, refused.status, refusal_headers(refused))
        return let_in(request, entered, way)

    async def _code_page(
        self, request: AnyRequest, form: Form | None, way: str, status: int = 200, headers: dict[str, str] | None = None
    ) -> Answer:
        name = "core/people/second_factor_asked.html"
        return await page(request, name, status=status, headers=headers, form=form, next=way)


class SignOutPages(Controller):
    """Going out, also for staff who could not come all the way in."""

    opt = {"before_factor": True}  # noqa: RUF012 - Litestar's own form

    @post("/sign-out")
    async def leave(self, request: AnyRequest) -> Answer:
        """The browser forgets what it cached. Its storage stays: answers given offline may still wait there."""
        viewer = signed_in()
        await actions.sign_out(viewer.person_id, viewer.sign_in_id, viewer.actor, now())
        drop_cookie(SIGN_IN_COOKIE)
        answer = see_other(request, "/sign-in", "people.toast.signed_out")
        answer.set_header("Clear-Site-Data", '"cache"')
        return answer


class PreferencePages(Controller):
    """Language, theme and large type: for everybody by cookie, for people also in their account."""

    opt = {"open": True, "harmless": True}  # noqa: RUF012 - Litestar's own form

    @post("/preferences")
    async def keep(self, request: AnyRequest) -> Answer:
        form = await read(request)
        chosen = {name: form.value(name) for name, known in _KNOWN.items() if form.value(name) in known}
        for name, value in chosen.items():
            set_cookie(name, value, DEVICE_LIFE.total_seconds())
        viewer = state().viewer
        if viewer is not None:
            await actions.set_preferences(viewer.person_id, **_stored(chosen))
        return see_other(request, way_on(request, form.value("next")))


_KNOWN: dict[str, tuple[str, ...]] = {"language": LANGUAGES, "theme": THEMES, "care": ("on", "off")}


def _stored(chosen: dict[str, str]) -> dict[str, Any]:
    """As the account keeps them: large type is a yes or no."""
    return {name: value == "on" if name == "care" else value for name, value in chosen.items()}
