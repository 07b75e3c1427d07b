"""What an admin sees of products and suppliers: lists to look things up in, and a product's way out of sharing."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from litestar import Controller, Request, get, post
from litestar.params import FromPath
from markupsafe import Markup

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.supply import actions, queries
from portal.core.supply.rules import SupplierKind
from portal.core.web.forms import once
from portal.core.web.i18n import t
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link
from portal.core.web.shapes import clean
from portal.core.web.viewer import Viewer

AnyRequest = Request[Any, Any, Any]
LONGEST_SEARCH = 80
Panel = Callable[[Viewer, int, datetime], Awaitable[str]]

# What upper rooms show on a product's page (how it is shared), as HTML; filled by wiring. They open doors of their own.
PRODUCT_PANELS: list[Panel] = []


@dataclass(frozen=True, slots=True)
class Filter:
    """One of the filters above a list."""

    href: str
    text: str
    current: bool


def searched(request: AnyRequest) -> str:
    """What was typed into the search field, as it is looked for."""
    return clean(request.query_params.get("q", ""))[:LONGEST_SEARCH]


class ProductPages(Controller):
    """The products that the shop sells."""

    path = "/admin/products"
    opt = {"needs": Capability.MANAGE_STORES}  # noqa: RUF012 - Litestar's own form

    @get("/")
    async def index(self, request: AnyRequest) -> Answer:
        search = searched(request)
        async with reading(long=bool(search)):
            products = await queries.products(cut_of(request), search or None, with_retired=True)
            return await page(
                request,
                "core/supply/products.html",
                products=products.items,
                search=search,
                more=next_link(request, products),
                first="after" not in request.query_params,
            )

    @get("/{external_id:str}")
    async def show(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        async with reading():
            product = await queries.product_by_external_id(external_id)
        if product is None:
            raise NotFound
        at, viewer = now(), signed_in()
        panels = [Markup(await panel(viewer, product.id, at)) for panel in PRODUCT_PANELS]  # noqa: S704 - rooms' own HTML
        return await page(request, "core/supply/product.html", product=product, panels=panels)

    @post("/{external_id:str}/retirement")
    async def retire(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        async def act() -> str:
            await actions.retire_product(signed_in().actor, external_id, now())
            return product_path(external_id)

        return await once(request, act, toast="supply.products.retired_now")

    @post("/{external_id:str}/reinstatement")
    async def reinstate(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        async def act() -> str:
            await actions.reinstate_product(signed_in().actor, external_id, now())
            return product_path(external_id)

        return await once(request, act, toast="supply.products.reinstated_now")


class SupplierPages(Controller):
    """Who delivers what the shop sells."""

    path = "/admin/suppliers"
    opt = {"needs": Capability.MANAGE_STORES}  # noqa: RUF012 - Litestar's own form

    @get("/")
    async def index(self, request: AnyRequest) -> Answer:
        search, kind = searched(request), _kind(request)
        async with reading(long=bool(search)):
            suppliers = await queries.suppliers(cut_of(request), search or None, kind)
            return await page(
                request,
                "core/supply/suppliers.html",
                suppliers=suppliers.items,
                search=search,
                kind=kind,
                filters=_kind_filters(search, kind),
                more=next_link(request, suppliers),
                first="after" not in request.query_params,
            )


def product_path(external_id: str) -> str:
    return f"/admin/products/{quote(external_id, safe='')}"


def _kind(request: AnyRequest) -> SupplierKind | None:
    given = request.query_params.get("kind", "")
    return SupplierKind(given) if given in set(SupplierKind) else None


def _kind_filters(search: str, current: SupplierKind | None) -> list[Filter]:
    return [
        Filter(
            f"/admin/suppliers?{urlencode({'q': search, 'kind': kind or ''})}",
            t(f"supply.kind.{kind or 'all'}"),
            kind == current,
        )
        for kind in (None, *SupplierKind)
    ]


ROUTES: list[Any] = [ProductPages, SupplierPages]
