"""`/desk/approvals`: what is above an agent's authority, due first; `/desk/payments`: what the shop still owes."""

from collections.abc import Awaitable, Callable
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
from portal.core.web.paging import cut_of, next_link
from portal.service.compensations import approving, queries
from portal.service.compensations.actions import required
from portal.service.compensations.asking import WAY
from portal.service.compensations.forms import ApprovalForm, ReasonForm
from portal.service.compensations.rules import MONEY, State
from portal.service.complaints import faces, talk
from portal.service.complaints import queries as complaints
from portal.service.complaints.rules import Audience

AnyRequest = Request[Any, Any, Any]
LAST_TURNS = 6


class ApprovalPages(Controller):
    """Who may approve sees the case beside the sum."""

    path = WAY
    opt = {"needs": Capability.APPROVE_COMPENSATION}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        at = now()
        async with reading():
            found = await queries.awaiting(cut_of(request))
            cases = await complaints.by_ids([each.complaint_id for each in found.items])
            said = await queries.approvals_of([each.id for each in found.items])
        return await page(
            request,
            "service/compensations/approvals.html",
            found=found.items,
            cases={each.id: each for each in cases},
            said=said,
            first="after" not in request.query_params,
            more=next_link(request, found),
            now=at,
        )

    @get("/{ref:str}")
    async def show(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        return await _show(request, ref, None)

    @post("/{ref:str}/approval")
    async def approve(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        form, viewer, at = await forms.read(request), signed_in(), now()
        data = form.into(ApprovalForm)
        if data is None:
            return await _show(request, ref, form, 422)
        amount = data.amount_fen
        return await _act(
            request,
            ref,
            form,
            "yuan",
            lambda: approving.approve(viewer.actor, viewer.person_id, ref[:40], amount, at),
            "approved",
        )

    @post("/{ref:str}/refusal")
    async def refuse(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        form, viewer, at = await forms.read(request), signed_in(), now()
        data = form.into(ReasonForm)
        if data is None:
            return await _show(request, ref, form, 422)
        reason = data.reason
        return await _act(
            request,
            ref,
            form,
            "reason",
            lambda: approving.refuse(viewer.actor, viewer.person_id, ref[:40], reason, at),
            "refused",
        )


async def _act(
    request: AnyRequest, ref: str, form: Form, field: str, do: Callable[[], Awaitable[object]], said: str
) -> Answer:
    async def act() -> str:
        await do()
        return WAY

    try:
        return await forms.once(request, act, f"compensations.toast.{said}")
    except NotFound:
        raise
    except Refused as refused:
        form.refuse(Refused(refused.code, refused.params, field=refused.field), field)
        return await _show(request, ref, form, refused.status)


async def _show(request: AnyRequest, ref: str, form: Form | None, status: int = 200) -> Answer:
    at, viewer = now(), signed_in()
    async with reading():
        made = await required(ref[:40])
        info = await complaints.by_id(made.complaint_id)
        assert info is not None
        no = await approving.no_of(viewer.person_id, made, info)
        said = await queries.approvals_of([made.id])
        clocks = await faces.clock_context(info, at)
        turns = await talk.turns(info.id, [Audience.BUYER, Audience.OWNER, Audience.INNER])
        goods = await faces.goods(info.id)
        paid = await queries.paid_for(info.id)
    done = any(each.person_id == viewer.person_id for each in said)
    return await page(
        request,
        "service/compensations/approval.html",
        status=status,
        made=made,
        said=said,
        no=no,
        done=done,
        waits=made.state is State.AWAITING,
        money=made.kind in MONEY,
        turns=turns[-LAST_TURNS:],
        goods=goods,
        paid=paid,
        form=form,
        **clocks,
    )


class PaymentPages(Controller):
    """What was agreed and nobody has confirmed to be paid."""

    path = "/desk/payments"
    opt = {"needs": Capability.APPROVE_COMPENSATION}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        async with reading():
            found = await queries.unpaid(cut_of(request))
        return await page(
            request,
            "service/compensations/payments.html",
            found=found.items,
            first="after" not in request.query_params,
            more=next_link(request, found),
            now=now(),
        )


ROUTES: list[Any] = [ApprovalPages, PaymentPages]
