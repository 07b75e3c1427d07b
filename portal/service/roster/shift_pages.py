"""Entering and changing shifts and leave, by whoever sets the roster."""

from datetime import datetime
from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from portal.core.base.clock import local, now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.forms import Form, blank
from portal.core.web.pages import Answer, page
from portal.core.web.viewer import Viewer
from portal.service.roster import actions, planned, queries
from portal.service.roster.forms import AbsenceForm, HoursForm, ShiftForm
from portal.service.roster.planned import ShiftInfo

AnyRequest = Request[Any, Any, Any]
HOME = "/desk/roster"
NEEDS = {"needs": Capability.SET_ROSTER}
REASONS = ("leave", "sick", "training", "other")


def may_set(viewer: Viewer) -> bool:
    """Desk leads and admins set the roster."""
    return viewer.may(Capability.SET_ROSTER)


def _known(request: AnyRequest, *names: str) -> Form:
    """A form that begins with what the query names."""
    return blank({name: request.query_params[name][:20] for name in names if name in request.query_params})


async def _form_page(request: AnyRequest, template: str, form: Form, status: int = 200, **more: Any) -> Answer:
    async with reading():
        desk = await queries.candidates(now())
    people = [(one.person_id, one.name) for one in desk]
    return await page(request, f"service/roster/{template}.html", status=status, people=people, form=form, **more)


class ShiftPages(Controller):
    """Shifts."""

    path = f"{HOME}/shifts"
    opt = NEEDS

    @get("/new")
    async def new(self, request: AnyRequest) -> Answer:
        return await _form_page(request, "shift", _known(request, "person", "on"), shift=None)

    @post()
    async def enter(self, request: AnyRequest) -> Answer:
        viewer = signed_in()
        form = await forms.read(request)
        data = form.into(ShiftForm)
        if data is None:
            return await _form_page(request, "shift", form, 422, shift=None)
        wanted = data

        async def act() -> str:
            await actions.enter_shift(viewer.actor, wanted.person, wanted.span(), wanted.deputy, now())
            return f"{HOME}?view=week&on={wanted.on}"

        try:
            return await forms.once(request, act, "roster.toast.entered")
        except Refused as refused:
            form.refuse(refused, "person")
            return await _form_page(request, "shift", form, refused.status, shift=None)

    @get("/{shift_id:int}")
    async def show(self, request: AnyRequest, shift_id: FromPath[int]) -> Answer:
        shift = await _shift(shift_id)
        return await _form_page(request, "shift", _as_typed(shift), shift=shift)

    @post("/{shift_id:int}")
    async def change(self, request: AnyRequest, shift_id: FromPath[int]) -> Answer:
        viewer, shift = signed_in(), await _shift(shift_id)
        form = await forms.read(request)
        data = form.into(HoursForm)
        if data is None:
            return await _form_page(request, "shift", form, 422, shift=shift)
        wanted = data

        async def act() -> str:
            await actions.change_shift(viewer.actor, shift.id, wanted.span(), wanted.deputy, now())
            return f"{HOME}?view=week&on={wanted.on}"

        try:
            return await forms.once(request, act, "roster.toast.changed")
        except Refused as refused:
            form.refuse(refused, "starts")
            return await _form_page(request, "shift", form, refused.status, shift=shift)

    @post("/{shift_id:int}/cancellation")
    async def cancel(self, request: AnyRequest, shift_id: FromPath[int]) -> Answer:
        viewer = signed_in()

        async def act() -> str:
            shift = await actions.cancel_shift(viewer.actor, shift_id, now())
            return f"{HOME}?view=week&on={local(shift.span.starts_at).date()}"

        return await forms.once(request, act, "roster.toast.cancelled")


async def _shift(shift_id: int) -> ShiftInfo:
    async with reading():
        shift = await planned.shift(shift_id)
    if shift is None:
        raise NotFound
    return shift


def _as_typed(shift: ShiftInfo) -> Form:
    starts, ends = local(shift.span.starts_at), local(shift.span.ends_at)
    hours = {"on": starts.date(), "starts": f"{starts:%H:%M}", "ends": f"{ends:%H:%M}"}
    return blank({**hours, "deputy": shift.deputy_id})


class AbsencePages(Controller):
    """Leave, each with somebody who stands in."""

    path = f"{HOME}/absences"
    opt = NEEDS

    @get("/new")
    async def new(self, request: AnyRequest) -> Answer:
        return await _absence_page(request, _known(request, "person", "first", "last"))

    @post()
    async def enter(self, request: AnyRequest) -> Answer:
        viewer = signed_in()
        form = await forms.read(request)
        data = form.into(AbsenceForm)
        if data is None:
            return await _absence_page(request, form, 422)
        wanted = data

        async def act() -> str:
            at: datetime = now()
            await actions.enter_absence(viewer.actor, wanted.person, wanted.span(), wanted.reason, wanted.deputy, at)
            return f"{HOME}/agents/{wanted.person}"

        try:
            return await forms.once(request, act, "roster.toast.leave")
        except Refused as refused:
            form.refuse(refused, "person")
            return await _absence_page(request, form, refused.status)

    @post("/{absence_id:int}/ending")
    async def end(self, request: AnyRequest, absence_id: FromPath[int]) -> Answer:
        viewer = signed_in()

        async def act() -> str:
            leave = await actions.end_absence(viewer.actor, absence_id, now())
            return f"{HOME}/agents/{leave.person_id}"

        return await forms.once(request, act, "roster.toast.back")


async def _absence_page(request: AnyRequest, form: Form, status: int = 200) -> Answer:
    return await _form_page(request, "absence", form, status, reasons=REASONS)


ROUTES: list[Any] = [ShiftPages, AbsencePages]
