"""One order before its owner: what it needs, where the parcel is, what she may do now; below, what has happened.

What lies below the fold is a page of its own, which the order's page fetches once it is there: both stay within the
queries that a page may issue, however many rooms have something to say of an order.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from litestar import Controller, Request, get
from litestar.params import FromPath
from markupsafe import Markup

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web.pages import Answer, page
from portal.core.web.viewer import Viewer
from portal.service.orders import marks, queries
from portal.service.orders.guide import Bought, Carried, OpenInquiry, Step, most_urgent, next_step
from portal.service.orders.parcel_watch import NEEDS as PARCEL_NEEDS
from portal.service.orders.queries import NeedInfo, OrderInfo, ParcelInfo
from portal.service.orders.rules import OrderAct
from portal.service.orders.story import event_text, life_of, need_text

AnyRequest = Request[Any, Any, Any]

# ---- slots, filled in wiring by the rooms above ----

Panel = Callable[[Viewer, OrderInfo, datetime], Awaitable[str]]  # HTML, "" for nothing; called outside a door
Acts = Callable[[Viewer, OrderInfo, datetime], Awaitable[list[OrderAct]]]  # called outside a door
Inquiry = Callable[[int], Awaitable[OpenInquiry | None]]  # of an order, inside a door
Levels = Callable[[Collection[int]], Awaitable[Mapping[int, str]]]  # VIP id → new, returning, key; inside a door

ORDER_PANELS: list[Panel] = []
ORDER_ACTS: list[Acts] = []
INQUIRY_OF: list[Inquiry] = []
VIP_LEVELS: list[Levels] = []
STORY = "service/orders/_story.html"


async def own_order(number: str) -> tuple[Viewer, OrderInfo]:
    """The viewer and this order of hers. Raises NotFound where it is another's, or nobody's."""
    viewer = signed_in()
    async with reading():
        order = await queries.order_of_owner(viewer.person_id, number)
    if order is None:
        raise NotFound
    return viewer, order


async def levels_of(vip_ids: Collection[int]) -> Mapping[int, str]:
    """The level of each VIP that has one. Call inside a door."""
    found: dict[int, str] = {}
    for levels in VIP_LEVELS:
        found.update(await levels(vip_ids))
    return found


async def acts_of(viewer: Viewer, order: OrderInfo, at: datetime) -> list[OrderAct]:
    """What she may do now, before what she may not and why."""
    found = [act for acts in ORDER_ACTS for act in await acts(viewer, order, at)]
    return sorted(found, key=lambda act: not act.allowed)


async def told(viewer: Viewer, order: OrderInfo, at: datetime) -> dict[str, Any]:
    """What an order's page fetches after it: what the rooms above have to say of it, and what has happened."""
    said = [await panel(viewer, order, at) for panel in ORDER_PANELS]
    return {
        "order": order,
        "panels": [Markup(html) for html in said if html],  # noqa: S704 - rooms' own HTML
        "events": await queries.events(order.id),
        "event_text": event_text,
    }


# ---- the guide over a real order ----


@dataclass(frozen=True, slots=True)
class Guided:
    """Where each parcel is, and which of them comes first; an order without a parcel has one step."""

    steps: tuple[Step, ...]
    first: int

    @property
    def step(self) -> Step:
        return self.steps[self.first]


def bought(order: OrderInfo) -> Bought:
    return Bought(order.number, order.status, order.placed_at, order.updated_at, order.ship_by, order.delivered_at)


def guided(order: OrderInfo, parcels: list[ParcelInfo], inquiry: OpenInquiry | None, at: datetime) -> Guided:
    """The next step for every parcel, and which one is the order's."""
    carried: list[Carried | None] = [Carried(one.shipped_at, one.state, one.state_at) for one in parcels]
    steps = tuple(next_step(bought(order), one, inquiry, at) for one in carried or [None])
    return Guided(steps, most_urgent(steps))


async def open_inquiry(order_id: int) -> OpenInquiry | None:
    """The question that waits for an answer, where a room above asks any. Call inside a door."""
    for inquiry_of in INQUIRY_OF:
        if (found := await inquiry_of(order_id)) is not None:
            return found
    return None


async def seen(order: OrderInfo, at: datetime) -> dict[str, Any]:
    """What every page of an order shows of it. Call inside a door."""
    parcels = await queries.parcels(order.id)
    guide = guided(order, parcels, await open_inquiry(order.id), at)
    return {
        "order": order,
        "now": at,
        "parcels": parcels,
        "guide": guide,
        "step": guide.step,
        "parcel": parcels[guide.first] if parcels else None,
        "level": (await levels_of([order.vip_id])).get(order.vip_id),
    }


def beside(needs: list[NeedInfo], step: Step) -> list[NeedInfo]:
    """The needs that the guide's own card does not say already, with the very button that settles them."""
    return needs if step.calm else [need for need in needs if need.code not in PARCEL_NEEDS.values()]


class OrderPages(Controller):
    """One order of her own."""

    path = "/orders/{number:str}"
    opt = {"needs": Capability.SERVE_VIPS}  # noqa: RUF012 - Litestar's own form

    @get()
    async def show(self, request: AnyRequest, number: FromPath[str]) -> Answer:
        at = now()
        async with reading():
            viewer, order = await own_order(number)
            context = await seen(order, at)
            stands = await marks.marks_of(order.id)
            reached = await queries.moments(order.id)
            acts = await acts_of(viewer, order, at)
        return await page(
            request,
            "service/orders/show.html",
            acts=acts,
            life=life_of(order, reached),
            flag=stands.flag,
            follow_up=stands.follow_up,
            needs=beside(stands.needs, context["step"]),
            need_text=need_text,
            **context,
        )

    @get("/story")
    async def story(self, request: AnyRequest, number: FromPath[str]) -> Answer:
        async with reading():
            viewer, order = await own_order(number)
            context = await told(viewer, order, now())
        return await page(request, "service/orders/story.html", fragments=(STORY,), **context)


ROUTES: list[Any] = [OrderPages]
