"""An owner's mandates: what she asked of her buyers, what they said, reminding, and asking no more."""

from datetime import datetime
from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.stores import queries as stores
from portal.core.web import forms
from portal.core.web.pages import Answer, page
from portal.core.web.paging import Page, cut_of, next_link
from portal.core.web.templates import render
from portal.core.web.viewer import Viewer
from portal.service.mandates import actions, buyer_pages, queries
from portal.service.mandates.queries import GROUPS, MandateInfo
from portal.service.orders.queries import OrderInfo

AnyRequest = Request[Any, Any, Any]


async def _own(ref: str) -> tuple[Viewer, MandateInfo]:
    """The viewer and this mandate of her store. Raises NotFound where it is another's, or nobody's."""
    viewer = signed_in()
    async with reading():
        store = await stores.store_of_owner(viewer.person_id)
        info = await queries.mandate_of_store(store.id, ref[:40]) if store else None
    if info is None:
        raise NotFound
    return viewer, info


class MandatePages(Controller):
    """Her own; they stay hers while her right rests."""

    path = "/mandates"
    opt = {"needs": Capability.SERVE_VIPS}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        at, wanted = now(), request.query_params.get("show")
        group = wanted if wanted in GROUPS else None
        async with reading():
            store = await stores.store_of_owner(signed_in().person_id)
            found: Page[MandateInfo] = Page([], None)
            if store is not None:
                found = await queries.mandates_of_store(store.id, cut_of(request), group, at)
        return await page(
            request,
            "service/mandates/index.html",
            mandates=found.items,
            group=group,
            groups=GROUPS,
            more=next_link(request, found),
            now=at,
        )

    @get("/{ref:str}")
    async def show(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        at = now()
        _, info = await _own(ref)
        return await page(request, "service/mandates/show.html", info=info, state=info.state(at), now=at)

    @get("/{ref:str}/letter")
    async def letter(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        at = now()
        _, info = await _own(ref)
        if not info.signed:
            raise NotFound
        context: dict[str, Any] = {"info": info, "state": info.state(at), "hers": False, "back": f"/mandates/{ref}"}
        return await page(request, buyer_pages.LETTER, now=at, **context)

    @post("/{ref:str}/reminder")
    async def remind(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        at = now()
        viewer, info = await _own(ref)

        async def act() -> str:
            await actions.remind(viewer.actor, info, at)
            return f"/mandates/{info.ref}"

        return await forms.once(request, act, toast="mandates.toast.reminded")

    @post("/{ref:str}/withdrawal")
    async def withdraw(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        at = now()
        viewer, info = await _own(ref)

        async def act() -> str:
            await actions.withdraw(viewer.actor, info, at)
            return f"/mandates/{info.ref}"

        return await forms.once(request, act, toast="mandates.toast.withdrawn")


async def order_panel(viewer: Viewer, order: OrderInfo, at: datetime) -> str:
    """What the buyer was asked on an order, for its page; staff see it too. Call it outside a door."""
    async with reading():
        found = await queries.mandates_of_order(order.id)
    if not found:
        return ""
    hers = found[0].owner_id == viewer.person_id
    return render("service/mandates/_panel.html", {"viewer": viewer, "mandates": found, "hers": hers, "now": at})


ROUTES: list[Any] = [MandatePages, *buyer_pages.ROUTES]
