"""Where complaints come in: the buyer at her order's page, the owner on her behalf, the agent for phone and chat."""

from datetime import datetime
from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from portal.core.base.audit import Actor
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.public_links import Door, link_to, open_door
from portal.core.base.refusals import NotFound
from portal.core.base.settings import settings
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.pages import Answer, page
from portal.core.web.shapes import clean
from portal.core.web.state import state
from portal.service.complaints import filing_steps, finding, tries
from portal.service.complaints.filing_steps import Ground
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.rules import LONGEST_TEXT, FiledBy
from portal.service.orders import queries as orders
from portal.service.orders.pages import own_order
from portal.service.orders.queries import OrderInfo
from portal.service.sharing.pages import own_store

AnyRequest = Request[Any, Any, Any]
HIDDEN = {"X-Robots-Tag": "noindex, nofollow"}
LONGEST_QUERY = 80
HERS = "service/complaints/_hers_alike.html"


def link_actor() -> Actor:
    """Whoever holds a link."""
    return Actor("link", None, state().address, state().request_ref)


async def buyer_way(info: ComplaintInfo, at: datetime) -> str:
    """The path of the buyer's page of a complaint."""
    return (await link_to(Door.COMPLAINT, info.id, at)).removeprefix(settings().base_url)


class BuyerFiling(Controller):
    """`/o/{token}/complaint`: whoever holds the order's link is the buyer."""

    path = "/o/{token:str}/complaint"
    opt = {"open": True}  # noqa: RUF012 - Litestar's own form

    @get()
    async def show(self, request: AnyRequest, token: FromPath[str]) -> Answer:
        ground = await _bought(token)
        return await filing_steps.show(request, ground) if ground else await _gone(request)

    @post()
    async def take(self, request: AnyRequest, token: FromPath[str]) -> Answer:
        ground = await _bought(token)
        return await filing_steps.take(request, ground) if ground else await _gone(request)


async def _gone(request: AnyRequest) -> Answer:
    return await page(request, "service/complaints/gone.html", status=410, headers=HIDDEN)


async def _bought(token: str) -> Ground | None:
    async with reading():
        door = await open_door(Door.ORDER, token, now())
        order = await orders.order(door.subject_id) if door is not None and door.usable else None
    if order is None:
        return None
    found = order

    async def count(at: datetime) -> None:
        await tries.count("file", f"order:{found.id}", at)

    return Ground(
        path=f"/o/{token}/complaint",
        params=(),
        key=f"buyer:{order.id}",
        vip_id=order.vip_id,
        vip_name=order.vip_name,
        order=order,
        filed_by=FiledBy.BUYER,
        person_id=None,
        actor=link_actor(),
        layout="layout/bare.html",
        back=f"/o/{token}",
        way_of=buyer_way,
        count=count,
    )


class OwnerFiling(Controller):
    """`/complaints/new?order=…`: an owner in her buyer's name; the buyer is asked on her own phone."""

    path = "/complaints/new"
    opt = {"needs": Capability.SERVE_VIPS}  # noqa: RUF012 - Litestar's own form

    @get()
    async def show(self, request: AnyRequest) -> Answer:
        number = request.query_params.get("order", "")[:80]
        if number:
            return await filing_steps.show(request, await _own(number))
        _, store = await own_store()
        async with reading():
            found = await finding.orders_of_store(store.id)
        return await page(request, "service/complaints/choose_order.html", orders=found, now=now())

    @post()
    async def take(self, request: AnyRequest) -> Answer:
        return await filing_steps.take(request, await _own(request.query_params.get("order", "")[:80]))


async def _own(number: str) -> Ground:
    viewer, order = await own_order(number)

    async def way_of(info: ComplaintInfo, at: datetime) -> str:
        return info.way

    return Ground(
        path="/complaints/new",
        params=(("order", order.number),),
        key=f"owner:{viewer.person_id}:{order.id}",
        vip_id=order.vip_id,
        vip_name=order.vip_name,
        order=order,
        filed_by=FiledBy.OWNER,
        person_id=viewer.person_id,
        actor=viewer.actor,
        layout="layout/phone.html",
        back=f"/orders/{order.number}",
        way_of=way_of,
    )


class AgentFiling(Controller):
    """`/desk/complaints/new`: what comes by phone, chat, e-mail or social media, written down by an agent."""

    path = "/desk/complaints/new"
    opt = {"needs": Capability.WORK_DESK}  # noqa: RUF012 - Litestar's own form

    @get()
    async def show(self, request: AnyRequest) -> Answer:
        asked = request.query_params
        if asked.get("vip") and asked.get("order"):
            return await filing_steps.show(request, await _named(request))
        query, vip = clean(asked.get("q", ""))[:LONGEST_QUERY], asked.get("vip", "")[:80]
        async with reading():
            buyer = await finding.buyer(vip) if vip else None
            found = await finding.buyers(query) if query and buyer is None else []
            bought = await finding.orders_of(buyer.id) if buyer else []
        if vip and buyer is None:
            raise NotFound
        return await page(
            request, "service/complaints/find_buyer.html", query=query, buyers=found, buyer=buyer, orders=bought
        )

    @post()
    async def take(self, request: AnyRequest) -> Answer:
        return await filing_steps.take(request, await _named(request))

    @post("/alike", status_code=200)
    async def alike(self, request: AnyRequest) -> Answer:
        """The buyer's complaints that are like what is typed; what is typed stands in no address and no log."""
        form = await forms.read(request)
        async with reading():
            buyer = await finding.buyer(request.query_params.get("vip", "")[:80])
            if buyer is None:
                raise NotFound
            text, kind = clean(form.value("text"))[-LONGEST_TEXT:], form.value("function_category")[:40]
            found = await finding.alike_of(buyer.id, text, kind)
        return await page(
            request, "service/complaints/hers_alike.html", fragments=(HERS,), found=found, vip=buyer, now=now()
        )


NO_ORDER = "none"


async def _named(request: AnyRequest) -> Ground:
    """The buyer and the order that the address names. Raises NotFound."""
    viewer, asked = signed_in(), request.query_params
    number = asked.get("order", "")[:80]
    async with reading():
        buyer = await finding.buyer(asked.get("vip", "")[:80])
        order = await orders.order_by_number(number) if number != NO_ORDER else None
    if buyer is None or (number != NO_ORDER and not _hers(order, buyer.id)):
        raise NotFound

    async def way_of(info: ComplaintInfo, at: datetime) -> str:
        return f"/desk/complaints/{info.ref}"

    return Ground(
        path="/desk/complaints/new",
        params=(("vip", buyer.external_id), ("order", number)),
        key=f"agent:{viewer.person_id}:{buyer.id}:{order.id if order else 0}",
        vip_id=buyer.id,
        vip_name=buyer.name,
        order=order,
        filed_by=FiledBy.AGENT,
        person_id=viewer.person_id,
        actor=viewer.actor,
        layout="layout/wide.html",
        back=f"/desk/complaints/new?vip={buyer.external_id}",
        way_of=way_of,
    )


def _hers(order: OrderInfo | None, vip_id: int) -> bool:
    return order is not None and order.vip_id == vip_id


ROUTES: list[Any] = [BuyerFiling, OwnerFiling, AgentFiling]
