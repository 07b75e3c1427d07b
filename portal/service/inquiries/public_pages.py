"""`/p/{token}`: a supplier or carrier answers by its link, on a phone, without an account."""

from datetime import datetime
from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from portal.core.base.audit import Actor
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.public_links import Door, door_of, open_door
from portal.core.base.refusals import Refused
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page
from portal.core.web.state import state
from portal.service.inquiries import answers, queries, slots
from portal.service.inquiries.forms import AnswerForm
from portal.service.inquiries.queries import InquiryInfo
from portal.service.inquiries.rules import ANSWERS, CORRECTABLE_FOR, Via, may_correct, said_faults
from portal.service.orders import queries as orders

AnyRequest = Request[Any, Any, Any]
UNLISTED = {"X-Robots-Tag": "noindex, nofollow"}


async def opened(token: str, at: datetime) -> InquiryInfo | None:
    """The inquiry that a link opens, while it does."""
    async with reading():
        door = await open_door(Door.INQUIRY, token, at)
        return await queries.inquiry(door.subject_id) if door is not None and door.usable else None


async def gone(request: AnyRequest) -> Answer:
    """The link opens nothing any more, or never did."""
    return await page(request, "service/inquiries/gone.html", status=410, headers=UNLISTED)


async def _show(request: AnyRequest, token: str, form: Form | None = None, status: int = 200) -> Answer:
    at = now()
    async with reading():
        door = await door_of(token)
    if door in slots.PARTY_PAGES:
        return await slots.PARTY_PAGES[door](request, token) or await gone(request)
    info = await opened(token, at)
    if info is None:
        return await gone(request)
    async with reading():
        order = await orders.order(info.order_id)
    assert order is not None  # orders do not go
    given = info.answer
    return await page(
        request,
        "service/inquiries/answer.html",
        status=status,
        headers=UNLISTED,
        info=info,
        told=queries.told(info, at),
        order=order,
        lines=[line for line in order.lines if line.line in info.lines],
        answers=ANSWERS[info.kind],
        may=info.open or (given is not None and may_correct(given.at, given.via, Via.LINK, at)),
        correctable=int(CORRECTABLE_FOR.total_seconds() // 60),
        token=token,
        form=form,
        now=at,
    )


class AnswerPages(Controller):
    """What is asked, until when, and the answer."""

    path = "/p"
    opt = {"open": True}  # noqa: RUF012 - Litestar's own form

    @get("/{token:str}")
    async def show(self, request: AnyRequest, token: FromPath[str]) -> Answer:
        return await _show(request, token)

    @post("/{token:str}")
    async def answer(self, request: AnyRequest, token: FromPath[str]) -> Answer:
        at, form = now(), await forms.read(request)
        info = await opened(token, at)
        if info is None:
            return await _show(request, token)
        data = form.into(AnswerForm)
        if data is None:
            return await _show(request, token, form, 422)
        said, inquiry_id = data.said(), info.id
        for field, code, params in said_faults(info.kind, said, at):
            form.add(field, code, **params)
        if form.faults:
            return await _show(request, token, form, 422)

        async def act() -> str:
            actor = Actor("link", None, state().address, state().request_ref)
            await answers.answer(actor, inquiry_id, said, Via.LINK, at)
            return f"/p/{token}"

        try:
            return await forms.once(request, act, "inquiries.toast.thanks")
        except Refused as refused:
            form.refuse(refused, "")
            return await _show(request, token, form, refused.status)


ROUTES: list[Any] = [AnswerPages]
