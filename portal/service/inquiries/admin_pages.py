"""Every open inquiry by its deadline, and writing down an answer that a party gave by telephone."""

from datetime import datetime
from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.public_links import Door, address_of
from portal.core.base.refusals import NotFound, Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link
from portal.service.inquiries import answers, queries
from portal.service.inquiries.forms import StaffAnswerForm
from portal.service.inquiries.queries import InquiryInfo
from portal.service.inquiries.rules import ANSWERS, Kind, Via, may_correct, said_faults
from portal.service.orders import queries as orders

AnyRequest = Request[Any, Any, Any]
HOME = "/admin/inquiries"


async def _inquiry(ref: str) -> InquiryInfo:
    async with reading():
        info = await queries.inquiry_by_ref(ref[:32])
    if info is None:
        raise NotFound
    return info


async def _show(request: AnyRequest, ref: str, form: Form | None = None, status: int = 200) -> Answer:
    at: datetime = now()
    info = await _inquiry(ref)
    async with reading():
        order = await orders.order(info.order_id)
        steps = await queries.steps(info.id)
        link = await address_of(Door.INQUIRY, info.id) if info.party_id is not None else None
    assert order is not None  # orders do not go
    given = info.answer
    return await page(
        request,
        "service/inquiries/admin_show.html",
        status=status,
        info=info,
        told=queries.told(info, at),
        order=order,
        lines=[line for line in order.lines if line.line in info.lines],
        steps=steps,
        link=link,
        answers=ANSWERS[info.kind],
        may=info.open or (given is not None and may_correct(given.at, given.via, Via.STAFF, at)),
        form=form,
        now=at,
    )


class AdminPages(Controller):
    """`/admin/inquiries`."""

    path = HOME
    opt = {"needs": Capability.SEE_ALL}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        at = now()
        named = request.query_params.get("kind", "")
        kind = Kind(named) if named in set(Kind) else None
        late = request.query_params.get("late") == "yes"
        async with reading():
            found = await queries.waiting(cut_of(request), kind, at if late else None)
            waiting, overdue = await queries.counts(at)
        return await page(
            request,
            "service/inquiries/admin_index.html",
            found=found,
            kind=kind,
            kinds=list(Kind),
            late=late,
            waiting=waiting,
            overdue=overdue,
            first="after" not in request.query_params,
            more=next_link(request, found),
            now=at,
        )

    @get("/{ref:str}")
    async def show(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        return await _show(request, ref)

    @post("/{ref:str}/answer")
    async def answer(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        at, info, form = now(), await _inquiry(ref), await forms.read(request)
        data = form.into(StaffAnswerForm)
        if data is None:
            return await _show(request, ref, form, 422)
        said, source, viewer = data.said(), data.source, signed_in()
        if not source:
            form.add("source", "required")
        for field, code, params in said_faults(info.kind, said, at):
            form.add(field, code, **params)
        if form.faults:
            return await _show(request, ref, form, 422)

        async def act() -> str:
            person = viewer.person_id
            await answers.answer(viewer.actor, info.id, said, Via.STAFF, at, person_id=person, source=source)
            return f"{HOME}/{info.ref}"

        try:
            return await forms.once(request, act, "inquiries.toast.written")
        except Refused as refused:
            form.refuse(refused, "answer")
            return await _show(request, ref, form, refused.status)


ROUTES: list[Any] = [AdminPages]
