"""The shop's door to products and suppliers: each PUT brings the whole record."""

from typing import Annotated, Any, TypeVar

import msgspec
from litestar import Controller, Request, put
from litestar.exceptions import ValidationException
from litestar.params import JSONBody, PathParameter

from portal.core.base.audit import Actor
from portal.core.base.clock import now
from portal.core.base.ids import EXTERNAL_ID
from portal.core.people.rules import Scope
from portal.core.supply import actions
from portal.core.supply.forms import Contact, ProductBody, SupplierBody
from portal.core.supply.queries import ProductInfo, SupplierInfo
from portal.core.web.openapi import PROBLEM_RESPONSES, ProgramOperation
from portal.core.web.shapes import read_shape
from portal.core.web.state import state

AnyRequest = Request[Any, Any, Any]
Body = TypeVar("Body", bound=msgspec.Struct)
PathId = Annotated[
    str, PathParameter(max_length=80, pattern=EXTERNAL_ID, description="The shop's name for the record.")
]


class ProductRecord(msgspec.Struct):
    """A product as it is held now; `share_copy` has one sentence a line."""

    external_id: str
    title: str
    price_fen: int
    commission_bp: int
    supplier: str
    category: str
    url: str
    image_url: str | None
    share_copy: str
    trial: bool
    retired: bool


class SupplierRecord(msgspec.Struct):
    """A supplier or carrier as it is held now."""

    external_id: str
    name: str
    kind: str
    categories: list[str]
    contact: Contact


class ProductApi(Controller):
    """`PUT /api/v1/products/{external_id}`."""

    path = "/api/v1/products"
    tags = ["supply"]  # noqa: RUF012 - Litestar's own form

    @put(
        "/{external_id:str}",
        opt={"scope": Scope.PRODUCTS_WRITE},
        include_in_schema=True,
        operation_class=ProgramOperation,
        responses=PROBLEM_RESPONSES,
    )
    async def put_product(self, request: AnyRequest, external_id: PathId, data: JSONBody[ProductBody]) -> ProductRecord:
        """Create or replace a product; the same body again changes nothing. Scope `products:write`."""
        body = await _strictly(request, ProductBody)
        return _product_record(await actions.put_product(_actor(), body.facts(external_id), now()))


class SupplierApi(Controller):
    """`PUT /api/v1/suppliers/{external_id}`."""

    path = "/api/v1/suppliers"
    tags = ["supply"]  # noqa: RUF012 - Litestar's own form

    @put(
        "/{external_id:str}",
        opt={"scope": Scope.SUPPLIERS_WRITE},
        include_in_schema=True,
        operation_class=ProgramOperation,
        responses=PROBLEM_RESPONSES,
    )
    async def put_supplier(
        self, request: AnyRequest, external_id: PathId, data: JSONBody[SupplierBody]
    ) -> SupplierRecord:
        """Create or replace a supplier or carrier; the same body again changes nothing. Scope `suppliers:write`."""
        body = await _strictly(request, SupplierBody)
        return _supplier_record(body, await actions.put_supplier(_actor(), body.facts(external_id), now()))


def _actor() -> Actor:
    program = state().program
    assert program is not None
    return program.actor


async def _strictly(request: AnyRequest, struct: type[Body]) -> Body:
    """The body read once more, its texts cleaned and nothing converted: the framework takes `"118"` for a number.

    Raises ValidationException, which is answered by a 422 that names each field.
    """
    body, faults = read_shape(await request.json(), struct)
    if body is None:
        raise ValidationException(extra=[{"key": fault.path} for fault in faults])
    return body


def _product_record(info: ProductInfo) -> ProductRecord:
    return ProductRecord(
        external_id=info.external_id,
        title=info.title,
        price_fen=info.price_fen,
        commission_bp=info.commission_bp,
        supplier=info.supplier_external_id,
        category=info.category,
        url=info.url,
        image_url=info.image_url,
        share_copy="\n".join(info.share_copy),
        trial=info.trial,
        retired=info.retired,
    )


def _supplier_record(body: SupplierBody, info: SupplierInfo) -> SupplierRecord:
    return SupplierRecord(info.external_id, info.name, info.kind, list(info.categories), body.contact)


ROUTES: list[Any] = [ProductApi, SupplierApi]
