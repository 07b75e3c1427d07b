"""An owner's orders: what needs her first, what she looks for, and word of new ones without moving the list."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from litestar import Controller, Request, get
from markupsafe import Markup

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.stores import queries as stores
from portal.core.stores.queries import StoreInfo, VipInfo
from portal.core.web.pages import Answer, page, see_other
from portal.core.web.paging import cut_of, next_link
from portal.core.web.viewer import Viewer
from portal.service.orders import listing
from portal.service.orders.listing import Show, Wanted
from portal.service.orders.pages import levels_of
from portal.service.orders.rules import Colour
from portal.service.orders.story import need_text

AnyRequest = Request[Any, Any, Any]

# What may be done with several at once: fields and buttons for the form that goes to /orders/bulk with `numbers`.
BulkBar = Callable[[Viewer], Awaitable[str]]
BULK_BARS: list[BulkBar] = []

CHIPS = (Show.ALL, Show.NEEDS_ME, Show.LATE, Show.UNPAID, Show.TO_SHIP, Show.SHIPPED, Show.DELIVERED, Show.OVER)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for, with the buyer it names."""

    wanted: Wanted
    vip: VipInfo | None


async def asked_for(request: AnyRequest, store: StoreInfo) -> Asked:
    """What she looks for; nonsense is all orders. Raises NotFound for a buyer who is not hers. Inside a door."""
    query = request.query_params
    show, flag, since, named = (query.get(name, "") for name in ("show", "flag", "since", "vip"))
    vip = await stores.vip_by_external_id(named[:80]) if named else None
    if named and (vip is None or vip.store_id != store.id):
        raise NotFound
    wanted = Wanted(
        show=Show(show) if show in set(Show) else Show.ALL,
        flag=Colour(flag) if flag in set(Colour) else None,
        since=_id(since),
        vip_id=vip.id if vip else None,
        search=query.get("q", "")[:80].strip() or None,
    )
    return Asked(wanted, vip)


def _id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None


class OrderList(Controller):
    """Her VIPs' orders; they stay hers while her right rests."""

    path = "/orders"
    opt = {"needs": Capability.SERVE_VIPS}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        viewer, cut = signed_in(), cut_of(request, 20)
        async with reading(long="q" in request.query_params):
            store = await stores.store_of_owner(viewer.person_id)
            if store is None:
                return await page(request, "service/orders/no_store.html")
            asked = await asked_for(request, store)
            found = await listing.orders(store.id, asked.wanted, cut)
            counts = await listing.counts(store.id)
            levels = await levels_of({card.vip_id for card in found.items})
        selecting = "select" in request.query_params
        return await page(
            request,
            "service/orders/index.html",
            orders=found.items,
            more=next_link(request, found),
            first=not cut.after,
            wanted=asked.wanted,
            vip=asked.vip,
            counts=counts,
            chips=CHIPS,
            colours=list(Colour),
            levels=levels,
            need_text=need_text,
            now=now(),
            arrived=0,
            can_select=bool(BULK_BARS),
            bulk=[Markup(await bar(viewer)) for bar in BULK_BARS] if selecting else [],  # noqa: S704 - rooms' own HTML
        )

    @get("/news")
    async def news(self, request: AnyRequest) -> Answer:
        """How many have come since the list was opened; without script the list itself says so."""
        since = _id(request.query_params.get("since", ""))
        if since is None or request.headers.get("hx-request") != "true":
            return see_other(request, "/orders")
        async with reading():
            store = await stores.store_of_owner(signed_in().person_id)
            arrived = await listing.arrived_since(store.id, since) if store else 0
        return await page(
            request,
            "service/orders/_news.html",
            fragments=("service/orders/_news.html",),
            arrived=arrived,
            newest=since,
        )


ROUTES: list[Any] = [OrderList]
