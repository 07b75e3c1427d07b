"""`/admin/carrier-hours`: until when a parcel counts as on time, from when on, set by whom and why."""

from typing import Any

from litestar import Controller, Request, get, post

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page
from portal.service.facts import promises
from portal.service.facts.forms import HoursForm
from portal.service.facts.rules import Hours

AnyRequest = Request[Any, Any, Any]
HERE = "/admin/carrier-hours"


class CarrierHoursPages(Controller):
    """A change holds for parcels that are traced from then on."""

    path = HERE
    opt = {"needs": Capability.SET_CRITERIA}  # noqa: RUF012 - Litestar's own form

    @get()
    async def show(self, request: AnyRequest) -> Answer:
        return await _show(request, None)

    @post()
    async def change(self, request: AnyRequest) -> Answer:
        form, viewer, at = await forms.read(request), signed_in(), now()
        data = form.into(HoursForm)
        if data is None:
            return await _show(request, form, 422)

        async def act() -> str:
            await promises.set_hours(viewer.actor, Hours(at, data.usual, data.cold), data.reason)
            return HERE

        return await forms.once(request, act, "facts.hours.saved")


async def _show(request: AnyRequest, form: Form | None, status: int = 200) -> Answer:
    async with reading():
        present, past = (await promises.all_hours())[-1], await promises.past()
    return await page(
        request,
        "service/facts/hours.html",
        status=status,
        present=present,
        past=past,
        form=form,
        least=promises.LEAST,
        most=promises.MOST,
    )


ROUTES: list[Any] = [CarrierHoursPages]
