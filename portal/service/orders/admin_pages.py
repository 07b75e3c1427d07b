"""Every order for those who may see all: searched, read, and followed into its audit trail; nothing is changed here."""

from typing import Any

from litestar import Controller, Request, get
from litestar.params import FromPath

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.stores import queries as stores
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link
from portal.service.orders import listing, marks, queries
from portal.service.orders.pages import STORY, seen, told
from portal.service.orders.queries import OrderInfo
from portal.service.orders.story import life_of, need_text

AnyRequest = Request[Any, Any, Any]


class OrderDesk(Controller):
    """All orders, read only; phones and addresses stay masked."""

    path = "/admin/orders"
    opt = {"needs": Capability.SEE_ALL}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        search = request.query_params.get("q", "")[:80].strip()
        async with reading():
            found = await listing.all_orders(search or None, cut_of(request))
        return await page(
            request,
            "service/orders/admin_index.html",
            orders=found.items,
            search=search,
            more=next_link(request, found),
        )

    @get("/{number:str}")
    async def show(self, request: AnyRequest, number: FromPath[str]) -> Answer:
        viewer, at = signed_in(), now()
        async with reading():
            order = await _order(number)
            context = await seen(order, at)
            store = await stores.store(order.store_id)
            needs = await queries.needs(order.id)
            flags = await marks.flags(order.id)
            reached = await queries.moments(order.id)
        return await page(
            request,
            "service/orders/admin_show.html",
            store=store,
            needs=needs,
            flags=flags,
            life=life_of(order, reached),
            need_text=need_text,
            reads_audit=viewer.may(Capability.READ_AUDIT),
            **context,
        )

    @get("/{number:str}/story")
    async def story(self, request: AnyRequest, number: FromPath[str]) -> Answer:
        async with reading():
            context = await told(signed_in(), await _order(number), now())
        return await page(request, "service/orders/admin_story.html", fragments=(STORY,), **context)


async def _order(number: str) -> OrderInfo:
    """Raises NotFound. Call inside a door."""
    found = await queries.order_by_number(number)
    if found is None:
        raise NotFound
    return found


ROUTES: list[Any] = [OrderDesk]
