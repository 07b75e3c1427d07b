"""`/admin/product-slots`: places for new products, who asked for them and who got them."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from portal.core.base.clock import day_end, now
from portal.core.base.database import reading
from portal.core.base.refusals import Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page
from portal.service.assessments import whitelist
from portal.service.assessments.forms import GiveForm, SlotForm
from portal.service.assessments.whitelist import SLOTS

AnyRequest = Request[Any, Any, Any]


class SlotPages(Controller):
    """The white list asks first, then everybody; an admin gives."""

    path = SLOTS
    opt = {"needs": Capability.SET_CRITERIA}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        return await _show(request, None)

    @post()
    async def announce(self, request: AnyRequest) -> Answer:
        form, viewer, at = await forms.read(request), signed_in(), now()
        data = form.into(SlotForm)
        if data is None:
            return await _show(request, form)
        times, wanted = (day_end(data.white_until), day_end(data.until)), data

        async def act() -> str:
            await whitelist.announce(viewer.actor, viewer.person_id, wanted.title, wanted.text or None, *times, at)
            return SLOTS

        return await _sent(request, form, act, "announced")

    @post("/{ref:str}/gift")
    async def give(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        form, viewer, at = await forms.read(request), signed_in(), now()
        data = form.into(GiveForm)
        if data is None:
            return await _show(request, form)
        party = data.party

        async def act() -> str:
            await whitelist.give(viewer.actor, viewer.person_id, ref, party, at)
            return SLOTS

        return await _sent(request, form, act, "given")


async def _sent(request: AnyRequest, form: Form, act: Any, toast: str) -> Answer:
    try:
        return await forms.once(request, act, f"assessments.toast.{toast}")
    except Refused as refused:
        form.refuse(Refused(refused.code, refused.params, field=refused.field), "title")
        return await _show(request, form, refused.status)


async def _show(request: AnyRequest, form: Form | None, status: int = 422) -> Answer:
    async with reading():
        slots = await whitelist.slots()
        asked = await whitelist.claims([each.id for each in slots])
    return await page(
        request,
        "service/assessments/slots.html",
        status=status if form is not None else 200,
        slots=[(each, [claim for claim in asked if claim.slot_id == each.id]) for each in slots],
        form=form,
        now=now(),
    )


ROUTES: list[Any] = [SlotPages]
