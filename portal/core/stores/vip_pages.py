"""An owner's VIPs: the buyers who are bound to her store."""

from typing import Any

from litestar import Controller, Request, get

from portal.core.base.database import reading
from portal.core.people.policy import Capability
from portal.core.stores import queries
from portal.core.stores.pages import searched, viewer_of
from portal.core.web.pages import Answer, page
from portal.core.web.paging import Page, cut_of, next_link


class VipPages(Controller):
    """Her own VIPs; they stay hers while her right rests."""

    path = "/vips"
    opt = {"needs": Capability.SERVE_VIPS}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: Request[Any, Any, Any]) -> Answer:
        search = searched(request)
        async with reading(long=bool(search)):
            store = await queries.store_of_owner(viewer_of().person_id)
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
            )


ROUTES: list[Any] = [VipPages]
