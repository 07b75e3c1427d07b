"""An owner's VIPs: the buyers who are bound to her store."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from litestar import Controller, Request, get

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.stores import queries
from portal.core.stores.pages import searched
from portal.core.web.pages import Answer, page
from portal.core.web.paging import Page, cut_of, next_link
from portal.core.web.viewer import Viewer


@dataclass(frozen=True, slots=True)
class VipCard:
    """What a room above says of a VIP in the list, in the reader's words: level, a line, and where more of her is."""

    level: str
    key: bool
    line: str
    way: str


@dataclass(frozen=True, slots=True)
class VipWay:
    """A way on that a room above puts over the list, in the reader's words."""

    way: str
    title: str
    text: str
    icon: str


# Slots, filled in wiring. Both are called inside a door.
Cards = Callable[[Collection[queries.VipInfo]], Awaitable[Mapping[int, VipCard]]]
Ways = Callable[[Viewer, queries.StoreInfo, datetime], Awaitable[list[VipWay]]]
VIP_CARDS: list[Cards] = []
VIP_WAYS: list[Ways] = []


class VipPages(Controller):
    """Her own VIPs; they stay hers while her right rests."""

    path = "/vips"
    opt = {"needs": Capability.SERVE_VIPS}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: Request[Any, Any, Any]) -> Answer:
        search = searched(request)
        async with reading(long=bool(search)):
            viewer = signed_in()
            store = await queries.store_of_owner(viewer.person_id)
            vips: Page[queries.VipInfo] = Page([], None)
            if store is not None:
                vips = await queries.vips_of(store.id, cut_of(request), search or None)
            return await page(
                request,
                "core/stores/vips.html",
                store=store,
                vips=vips.items,
                search=search,
                more=next_link(request, vips),
                first="after" not in request.query_params,
                cards={key: card for cards in VIP_CARDS for key, card in (await cards(vips.items)).items()},
                ways=[way for ways in VIP_WAYS for way in await ways(viewer, store, now())] if store else [],
            )


ROUTES: list[Any] = [VipPages]
