"""`/desk/complaints/{ref}/proposals`: the agent in charge proposes, and takes a proposal back."""

from datetime import datetime
from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page
from portal.service.compensations import actions, panels
from portal.service.compensations.forms import OfferForm, ReasonForm
from portal.service.complaints import faces, queries
from portal.service.complaints.queries import ComplaintInfo

AnyRequest = Request[Any, Any, Any]


async def case_of(ref: str) -> ComplaintInfo:
    """Raises NotFound."""
    async with reading():
        info = await queries.by_ref(ref[:40])
    if info is None:
        raise NotFound
    return info


def seen_in(form: Form) -> int | None:
    """The event that the sent page had shown last; none where the field was left out."""
    typed = form.value("seen")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 18 else None


class ProposalPages(Controller):
    """What the agent in charge offers the buyer."""

    path = "/desk/complaints/{ref:str}/proposals"
    opt = {"needs": Capability.SEE_COMPLAINTS}  # noqa: RUF012 - Litestar's own form

    @get()
    async def show(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        return await _show(request, ref, None)

    @post(opt={"needs": Capability.WORK_DESK})
    async def propose(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        form, viewer, info = await forms.read(request), signed_in(), await case_of(ref)
        data = form.into(OfferForm)
        if data is None:
            return await _show(request, ref, form, 422)
        offer, seen, at = data.offer(), seen_in(form), now()

        async def act() -> str:
            await actions.propose(viewer.actor, viewer.person_id, info.id, offer, at, seen=seen)
            return f"/desk/complaints/{info.ref}"

        try:
            return await forms.once(request, act, "compensations.toast.proposed")
        except Refused as refused:
            return await _refused(request, ref, form, refused, "kind")

    @post("/{proposal:str}/withdrawal", opt={"needs": Capability.WORK_DESK})
    async def withdraw(self, request: AnyRequest, ref: FromPath[str], proposal: FromPath[str]) -> Answer:
        form, viewer, info = await forms.read(request), signed_in(), await case_of(ref)
        data = form.into(ReasonForm)
        if data is None:
            return await _show(request, ref, form, 422)
        reason, seen, at = data.reason, seen_in(form), now()
        made = await _of(info, proposal)

        async def act() -> str:
            await actions.withdraw(viewer.actor, viewer.person_id, made, reason, at, seen=seen)
            return f"/desk/complaints/{info.ref}"

        try:
            return await forms.once(request, act, "compensations.toast.withdrawn")
        except Refused as refused:
            return await _refused(request, ref, form, refused, "reason")


async def _of(info: ComplaintInfo, proposal: str) -> str:
    """The proposal's ref, if it is this complaint's. Raises NotFound."""
    async with reading():
        made = await actions.required(proposal[:40])
    if made.complaint_id != info.id:
        raise NotFound
    return made.ref


async def _refused(request: AnyRequest, ref: str, form: Form, refused: Refused, field: str) -> Answer:
    """The page as it is now, with the no and what she typed."""
    if isinstance(refused, NotFound):
        raise refused
    form.refuse(Refused(refused.code, refused.params, field=refused.field), field)
    return await _show(request, ref, form, refused.status)


async def _show(request: AnyRequest, ref: str, form: Form | None, status: int = 200) -> Answer:
    at: datetime = now()
    viewer, info = signed_in(), await case_of(ref)
    async with reading():
        context = await panels.desk_context(viewer, info, at, form)
        clocks = await faces.clock_context(info, at)
        goods = await faces.goods(info.id)
    return await page(
        request,
        "service/compensations/propose.html",
        status=status,
        **{**clocks, **context, "goods": goods},
    )


ROUTES: list[Any] = [ProposalPages]
