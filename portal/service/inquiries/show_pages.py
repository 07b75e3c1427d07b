"""One inquiry before the owner: what was asked, its clock, the answer, and what is right now."""

from datetime import datetime
from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.pages import Answer, page
from portal.core.web.viewer import Viewer
from portal.service.inquiries import following, queries
from portal.service.inquiries.queries import InquiryInfo
from portal.service.inquiries.telling import order_way
from portal.service.orders import queries as orders
from portal.service.orders.pages import own_order
from portal.service.orders.queries import OrderInfo

AnyRequest = Request[Any, Any, Any]


async def _own(number: str, ref: str) -> tuple[Viewer, OrderInfo, InquiryInfo]:
    """An inquiry about an order of hers. Raises NotFound."""
    viewer, order = await own_order(number)
    async with reading():
        info = await queries.inquiry_by_ref(ref[:32])
    if info is None or info.order_id != order.id:
        raise NotFound
    return viewer, order, info


class InquiryPages(Controller):
    """`/orders/{number}/inquiries/{ref}`."""

    path = "/orders/{number:str}/inquiries/{ref:str}"
    opt = {"needs": Capability.SERVE_VIPS}  # noqa: RUF012 - Litestar's own form

    @get()
    async def show(self, request: AnyRequest, number: FromPath[str], ref: FromPath[str]) -> Answer:
        at: datetime = now()
        _, order, info = await _own(number, ref)
        async with reading():
            steps = await queries.steps(info.id)
            needs = [need for need in await orders.needs(order.id) if need.subject == info.subject]
        return await page(
            request,
            "service/inquiries/show.html",
            order=order,
            info=info,
            told=queries.told(info, at),
            lines=[line for line in order.lines if line.line in info.lines],
            steps=steps,
            needs=needs,
            now=at,
        )

    @post("/acknowledgement")
    async def acknowledge(self, request: AnyRequest, number: FromPath[str], ref: FromPath[str]) -> Answer:
        """She has told the buyer and taken it from here."""
        viewer, order, info = await _own(number, ref)
        at = now()

        async def act() -> str:
            await following.acknowledge(viewer.actor, viewer.person_id, info, at)
            return order_way(order.number)

        return await forms.once(request, act, "inquiries.toast.settled")


ROUTES: list[Any] = [InquiryPages]
