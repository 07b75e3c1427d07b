"""What an owner does with her right, and what a visitor of her link sees."""

from typing import Any
from urllib.parse import quote

from litestar import Controller, Request, get, post
from litestar.params import FromPath
from litestar.response import Response

from certification.rights.actions import explained_of
from certification.rights.queries import Standing
from certification.rights.ways import first_step, way_of
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from portal.core.base.settings import settings
from portal.core.people.policy import Capability
from portal.core.stores import queries as stores
from portal.core.stores.queries import StoreInfo
from portal.core.supply import promotion
from portal.core.supply import queries as supply
from portal.core.supply.queries import ProductInfo
from portal.core.web import forms
from portal.core.web.i18n import language
from portal.core.web.pages import Answer, page, see_other
from portal.core.web.paging import cut_of, next_link
from portal.core.web.state import state
from portal.core.web.viewer import Viewer
from portal.service.sharing import actions, doors, lessons, posters, queries
from portal.service.sharing.doors import ProductHeldBack
from portal.service.sharing.poster_words import certificate_of, poster_of
from portal.service.sharing.queries import LinkInfo
from portal.service.sharing.rules import earning, with_code

AnyRequest = Request[Any, Any, Any]
PNG = {"Cache-Control": "private, no-cache"}


async def own_store() -> tuple[Viewer, StoreInfo]:
    """The viewer and her store. Raises NotFound for an owner who never had one."""
    viewer = state().viewer
    assert viewer is not None  # the entry guard has seen to it
    async with reading():
        store = await stores.store_of_owner(viewer.person_id)
    if store is None:
        raise NotFound
    return viewer, store


class SharePages(Controller):
    """Choosing what to share, and what to send: link, QR code, poster."""

    path = "/share"
    opt = {"needs": Capability.SHARE}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        viewer, store = await own_store()
        standing = await explained_of(viewer.actor, store, now())
        if not standing.decision.may_share:
            return await refusal(request, standing, None)
        search = request.query_params.get("q", "")[:80].strip()
        cut = cut_of(request)
        async with reading():
            promoted = await promotion.promoted(cut, search or None)
            products = promoted.page
            links = await queries.links_of(store.id)
            paused = await queries.held_products([product.id for product in products.items], now())
        return await page(
            request,
            "service/sharing/index.html",
            paused=paused,
            standing=standing,
            products=products,
            white=promoted.white,
            links=links,
            search=search,
            earning=earning,
            more=next_link(request, products),
        )

    @get("/products/{external_id:str}")
    async def product(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        viewer, store = await own_store()
        product = await _product(external_id)
        standing = await explained_of(viewer.actor, store, now())
        if not standing.decision.may_share:
            return await refusal(request, standing, product)
        async with reading():
            link = (await queries.links_of(store.id)).get(product.id)
            door = await doors.door_of(store.owner_id, product, now())
            lesson = await lessons.titled(door.course_id, language()) if door.to_learn else None
        context: dict[str, Any] = {"product": product, "link": link, "held": door.obstacle, "lesson": lesson}
        context["earns"] = earning(product.price_fen, product.commission_bp)
        return await page(request, "service/sharing/product.html", **context)

    @post("/products/{external_id:str}/lesson")
    async def learn(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        viewer, _ = await own_store()
        product = await _product(external_id)

        async def act() -> str:
            return await lessons.begin_lesson(viewer, product, language(), now())

        return await forms.once(request, act)

    @post("/links")
    async def make(self, request: AnyRequest) -> Answer:
        viewer, store = await own_store()
        named = (await forms.read(request)).value("product")
        product = await _product(named) if named else None

        async def act() -> str:
            link = await actions.make_link(viewer.actor, store.id, product.id if product else None, now())
            return f"/share/links/{link.code}"

        try:
            return await forms.once(request, act)
        except Refused as refused:
            if refused.code != "share_right" and not isinstance(refused, ProductHeldBack):
                raise
            # The page that she comes to explains the refusal and keeps the decision.
            return see_other(request, product_path(product) if product else "/share")

    @get("/links/{code:str}")
    async def link(self, request: AnyRequest, code: FromPath[str]) -> Answer:
        viewer, store = await own_store()
        link, product = await _own_link(store, code)
        standing = await explained_of(viewer.actor, store, now())
        if not standing.decision.may_share:
            return await refusal(request, standing, product)
        async with reading():
            held = (await doors.door_of(store.owner_id, product, now())).obstacle if product else None
            days = await queries.visits_by_day(link.id, now())
        if product is not None and held is not None:
            return see_other(request, product_path(product))  # which says why, and the way on
        context: dict[str, Any] = {"link": link, "product": product, "days": days}
        return await page(request, "service/sharing/link.html", **context)

    @get("/links/{code:str}/qr.png")
    async def qr(self, code: FromPath[str]) -> Response[bytes]:
        _, store = await own_store()
        link, product = await _own_link(store, code)
        await _require(store, product)
        return Response(posters.qr_png(link.url), media_type="image/png", headers=PNG)

    @get("/links/{code:str}/poster.png")
    async def poster(self, code: FromPath[str]) -> Response[bytes]:
        _, store = await own_store()
        link, product = await _own_link(store, code)
        standing = await _require(store, product)
        return Response(await poster_of(link, product, standing, now()), media_type="image/png", headers=PNG)


def product_path(product: ProductInfo) -> str:
    return f"/share/products/{quote(product.external_id, safe='')}"


async def _product(external_id: str) -> ProductInfo:
    async with reading():
        product = await supply.product_by_external_id(external_id)
    if product is None or product.retired:
        raise NotFound
    return product


async def _own_link(store: StoreInfo, code: str) -> tuple[LinkInfo, ProductInfo | None]:
    async with reading():
        link = await queries.link_by_code(code)
        if link is None or link.store_id != store.id:
            raise NotFound
        return link, await supply.product(link.product_id) if link.product_id is not None else None


async def _require(store: StoreInfo, product: ProductInfo | None) -> Standing:
    """The gate at a picture's door. Raises Refused("share_right"), ProductHeldBack."""
    viewer = state().viewer
    assert viewer is not None
    standing = await explained_of(viewer.actor, store, now())
    if not standing.decision.may_share:
        raise Refused("share_right", way="/share", status=403)
    if product is not None:
        async with reading():
            await doors.require_product(store.owner_id, product, now())
    return standing


async def refusal(request: AnyRequest, standing: Standing, product: ProductInfo | None) -> Answer:
    """Why not yet, and the way on: every unmet condition with the page that mends it."""
    return await page(
        request,
        "service/sharing/refusal.html",
        status=403,
        standing=standing,
        decision=standing.decision,
        product=product,
        first=first_step(standing.decision),
        way_of=way_of,
    )


class VisitPages(Controller):
    """`/s/{code}`: a friend opens a share link. Nobody is tracked; a right that rests shows nothing to buy."""

    path = "/s"
    opt = {"open": True}  # noqa: RUF012 - Litestar's own form

    @get("/{code:str}")
    async def visit(self, request: AnyRequest, code: FromPath[str]) -> Answer:
        at = now()
        async with reading():  # one snapshot: what the gate read of her certificate is not read again
            opened = await actions.open_link(code[:40], at)
            certificate = await certificate_of(opened.store.owner_id)
        if not opened.may_share:
            return await page(request, "service/sharing/resting.html", status=410, link=opened.link)
        if state().method == "GET":
            await actions.count_visit(opened.link.id, at)
        return await page(
            request,
            "service/sharing/visit.html",
            link=opened.link,
            store=opened.store,
            product=opened.product,
            certificate=certificate,
            onward=_onward(opened),
        )


def _onward(opened: actions.Opened) -> str | None:
    """Where the visitor buys or registers: the product in the shop, or the shop itself, carrying the code."""
    address = opened.product.url if opened.product else settings().shop_url
    return with_code(address, opened.link.code) if address else None


ROUTES = [SharePages, VisitPages]
