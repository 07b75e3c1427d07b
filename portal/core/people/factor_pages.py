"""Setting up the second factor, its recovery codes, and putting it away."""

from typing import Any

from litestar import Controller, get, post

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from portal.core.base.settings import settings
from portal.core.people import actions
from portal.core.people.doorway import AnyRequest, ask_again, is_fresh, signed_in
from portal.core.people.forms import require
from portal.core.people.queries import person
from portal.core.people.rules import factor_required
from portal.core.people.second_factor import factor_state, set_up
from portal.core.web.forms import Form, once, read
from portal.core.web.pages import Answer, page
from portal.core.web.templates import site_name

HOME = "/me/second-factor"


class FactorPages(Controller):
    """Begin, scan, confirm by a first code; the recovery codes are shown once."""

    path = HOME
    opt = {"before_factor": True}  # noqa: RUF012 - Litestar's own form

    @get()
    async def show(self, request: AnyRequest) -> Answer:
        return await self._page(request, None)

    @post()
    async def begin(self, request: AnyRequest) -> Answer:
        viewer, at = signed_in(), now()
        if not is_fresh(at):
            return ask_again(request, HOME)

        async def act() -> str:
            await actions.begin_factor(viewer.person_id, viewer.actor, at)
            return HOME

        return await once(request, act)

    @post("/confirmation")
    async def confirm(self, request: AnyRequest) -> Answer:
        viewer, form, at = signed_in(), await read(request), now()
        if not is_fresh(at):
            return ask_again(request, HOME)
        if not require(form, "code"):
            return await self._page(request, form, 422)
        codes: list[str] = []

        async def act() -> str:
            codes.extend(await actions.confirm_factor(viewer.person_id, form.value("code"), viewer.actor, at))
            return HOME

        try:
            answer = await once(request, act)
        except Refused as refused:
            form.refuse(refused, "code")
            return await self._page(request, form, refused.status)
        return await self._codes(request, codes) if codes else answer

    @post("/codes")
    async def renew_codes(self, request: AnyRequest) -> Answer:
        viewer, at = signed_in(), now()
        if not is_fresh(at):
            return ask_again(request, HOME)
        codes: list[str] = []

        async def act() -> str:
            codes.extend(await actions.renew_codes(viewer.person_id, viewer.actor, at))
            return HOME

        answer = await once(request, act)
        return await self._codes(request, codes) if codes else answer

    @post("/removal")
    async def end(self, request: AnyRequest) -> Answer:
        viewer, at = signed_in(), now()
        if not is_fresh(at):
            return ask_again(request, HOME)

        async def act() -> str:
            await actions.end_factor(viewer.person_id, viewer.actor, at)
            return HOME

        return await once(request, act, "people.toast.factor_ended")

    async def _codes(self, request: AnyRequest, codes: list[str]) -> Answer:
        return await page(request, "core/people/recovery_codes.html", codes=codes)

    async def _page(self, request: AnyRequest, form: Form | None, status: int = 200) -> Answer:
        viewer, at = signed_in(), now()
        async with reading():
            state = await factor_state(viewer.person_id)
            me = await person(viewer.person_id)
        if me is None:
            raise NotFound
        if state.seed is not None and not is_fresh(at):
            return ask_again(request, HOME)
        shown = set_up(state.seed, site_name(), me.email or me.phone or me.name) if state.seed else None
        required = factor_required(viewer.roles, settings().environment)
        context: dict[str, Any] = {"form": form, "state": state, "set_up": shown, "required": required}
        return await page(request, "core/people/second_factor.html", status=status, **context)
