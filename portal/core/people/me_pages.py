"""A person's own pages: her profile, where she is signed in, her password, and giving it once more."""

from litestar import Controller, get, post
from litestar.params import FromPath

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from portal.core.people import actions
from portal.core.people.doorway import (
    AnyRequest,
    drop_cookie,
    refusal_headers,
    renew_cookie,
    signed_in,
    way_on,
)
from portal.core.people.forms import check_new_password, require
from portal.core.people.passwords import hash_password
from portal.core.people.queries import account, person
from portal.core.people.sign_in_rows import check_own_password, devices
from portal.core.web.cookies import SIGN_IN_COOKIE
from portal.core.web.forms import Form, read
from portal.core.web.pages import Answer, page, see_other


class MePages(Controller):
    """Who I am here and how I like to read."""

    path = "/me"

    @get()
    async def show(self, request: AnyRequest) -> Answer:
        viewer = signed_in()
        async with reading():
            mine = await account(viewer.person_id)
        if mine is None:
            raise NotFound
        return await page(request, "core/people/me.html", account=mine)

    @get("/devices")
    async def devices(self, request: AnyRequest) -> Answer:
        viewer, at = signed_in(), now()
        async with reading():
            rows = await devices(viewer.person_id, at)
        return await page(request, "core/people/devices.html", devices=rows, here=viewer.sign_in_id, now=at)

    @post("/devices/{sign_in_id:int}/ending")
    async def end_one(self, request: AnyRequest, sign_in_id: FromPath[int]) -> Answer:
        viewer = signed_in()
        await actions.end_device(viewer.person_id, sign_in_id, viewer.actor, now())
        return see_other(request, "/me/devices", "people.toast.device_ended")

    @post("/devices/ending")
    async def end_all(self, request: AnyRequest) -> Answer:
        viewer = signed_in()
        await actions.sign_out_everywhere(viewer.person_id, viewer.actor, now())
        drop_cookie(SIGN_IN_COOKIE)
        answer = see_other(request, "/sign-in", "people.toast.signed_out_everywhere")
        answer.set_header("Clear-Site-Data", '"cache"')
        return answer


class PasswordPages(Controller):
    """Changing the password: the present one is asked, and every other sign-in ends."""

    path = "/me/password"

    @get()
    async def ask(self, request: AnyRequest) -> Answer:
        return await self._page(request, None)

    @post()
    async def change(self, request: AnyRequest) -> Answer:
        viewer, form, at = signed_in(), await read(request), now()
        async with reading():
            me = await person(viewer.person_id)
        if me is None:
            raise NotFound
        filled = require(form, "password")
        wanted = check_new_password(form, "new_password", me)
        if not filled or wanted is None:
            return await self._page(request, form, 422)
        try:
            compared = await check_own_password(viewer.person_id, form.value("password"), at)
            hashed = await hash_password(wanted)
            token = await actions.change_password(
                viewer.person_id, viewer.sign_in_id, viewer.actor, at, compared=compared, new_hash=hashed
            )
        except Refused as refused:
            form.refuse(refused, "password")
            return await self._page(request, form, refused.status, refusal_headers(refused))
        renew_cookie(token)
        return see_other(request, "/me", "people.toast.password_changed")

    async def _page(
        self, request: AnyRequest, form: Form | None, status: int = 200, headers: dict[str, str] | None = None
    ) -> Answer:
        return await page(request, "core/people/password.html", status=status, headers=headers, form=form)


class ConfirmPages(Controller):
    """The password once more before something that matters; good for a quarter of an hour."""

    path = "/me/confirm"
    opt = {"before_factor": True}  # noqa: RUF012 - Litestar's own form

    @get()
    async def ask(self, request: AnyRequest) -> Answer:
        return await self._page(request, None, way_on(request))

    @post()
    async def confirm(self, request: AnyRequest) -> Answer:
        viewer, form = signed_in(), await read(request)
        way = way_on(request, form.value("next"))
        if not require(form, "password"):
            return await self._page(request, form, way, 422)
        try:
            token = await actions.confirm(
                viewer.person_id, viewer.sign_in_id, form.value("password"), viewer.actor, now()
            )
        except Refused as refused:
            form.refuse(refused, "password")
            return await self._page(request, form, way, refused.status, refusal_headers(refused))
        renew_cookie(token)
        return see_other(request, way)

    async def _page(
        self, request: AnyRequest, form: Form | None, way: str, status: int = 200, headers: dict[str, str] | None = None
    ) -> Answer:
        return await page(request, "core/people/confirm.html", status=status, headers=headers, form=form, next=way)
