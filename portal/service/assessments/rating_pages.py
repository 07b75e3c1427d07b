"""`/orders/{number}/marks`: an owner's own marks for what an order brought; and her way there from the order."""

from datetime import datetime
from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page
from portal.core.web.viewer import Viewer
from portal.service.assessments import ratings
from portal.service.assessments.forms import MarksForm
from portal.service.orders.pages import own_order
from portal.service.orders.queries import OrderInfo
from portal.service.orders.rules import OrderAct
from portal.service.voices.rules import RATEABLE

AnyRequest = Request[Any, Any, Any]


class MarkPages(Controller):
    """Each line once."""

    path = "/orders/{number:str}/marks"
    opt = {"needs": Capability.SERVE_VIPS}  # noqa: RUF012 - Litestar's own form

    @get()
    async def show(self, request: AnyRequest, number: FromPath[str]) -> Answer:
        _, order = await own_order(number)
        return await _show(request, order, None)

    @post()
    async def rate(self, request: AnyRequest, number: FromPath[str]) -> Answer:
        viewer, order = await own_order(number)
        form, at = await forms.read(request), now()
        data = form.into(MarksForm)
        if data is None:
            return await _show(request, order, form)
        wanted = data

        async def act() -> str:
            marks = (wanted.goods, wanted.delivery)
            await ratings.rate(viewer.actor, viewer.person_id, order, wanted.line, marks, wanted.text or None, at)
            return f"/orders/{order.number}/marks"

        try:
            return await forms.once(request, act, "assessments.toast.marked")
        except NotFound:
            raise
        except Refused as refused:
            form.refuse(refused, "goods")
            return await _show(request, order, form)


async def _show(request: AnyRequest, order: OrderInfo, form: Form | None) -> Answer:
    async with reading():
        marked = {each.line: each for each in await ratings.marks_of(order.id)}
        nos = await ratings.nos(order, now())
    return await page(
        request,
        "service/assessments/marks.html",
        status=422 if form is not None else 200,
        order=order,
        marked=marked,
        nos=nos,
        form=form,
    )


async def order_acts(viewer: Viewer, order: OrderInfo, at: datetime) -> list[OrderAct]:
    """Rating what has arrived."""
    if order.status not in RATEABLE:
        return []
    return [OrderAct("mark", f"/orders/{order.number}/marks", "star")]


ROUTES: list[Any] = [MarkPages]
