"""What is sold and by whom, for pages and the rooms above. Call inside `reading()` or `writing()`."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.base.database import placeholders
from portal.core.supply.rules import ProductFacts, SupplierFacts, SupplierKind, copy_lines
from portal.core.supply.tables import Product, Supplier
from portal.core.web.paging import Cut, Page, paged


@dataclass(frozen=True, slots=True)
class ProductInfo:
    """A product; `commission_bp` of the paid line price is the owner's, `share_copy` the sentences she may use."""

    id: int
    external_id: str
    title: str
    price_fen: int
    commission_bp: int
    supplier_id: int
    supplier_external_id: str
    supplier_name: str
    category: str
    url: str
    image_url: str | None
    share_copy: tuple[str, ...]
    trial: bool
    changed_at: datetime
    retired_at: datetime | None

    @property
    def retired(self) -> bool:
        return self.retired_at is not None

    @property
    def facts(self) -> ProductFacts:
        """The record as the shop would send it."""
        return ProductFacts(
            external_id=self.external_id,
            title=self.title,
            price_fen=self.price_fen,
            commission_bp=self.commission_bp,
            supplier=self.supplier_external_id,
            category=self.category,
            url=self.url,
            image_url=self.image_url,
            share_copy=self.share_copy,
            trial=self.trial,
        )


@dataclass(frozen=True, slots=True)
class SupplierInfo:
    """A supplier of goods or a carrier, with its contact where the shop has told one."""

    id: int
    external_id: str
    name: str
    kind: str
    categories: tuple[str, ...]
    contact_name: str | None
    contact_phone: str | None
    contact_email: str | None
    changed_at: datetime

    @property
    def facts(self) -> SupplierFacts:
        """The record as the shop would send it."""
        return SupplierFacts(
            external_id=self.external_id,
            name=self.name,
            kind=SupplierKind(self.kind),
            categories=self.categories,
            contact_name=self.contact_name,
            contact_phone=self.contact_phone,
            contact_email=self.contact_email,
        )


BEYOND = 2**62  # beyond every id: lists begin with the newest
PRODUCT = (
    "SELECT p.id, p.external_id, p.title, p.price_fen, p.commission_bp, p.supplier AS supplier_id,"
    " s.external_id AS supplier_external_id, s.name AS supplier_name, p.category, p.url, p.image_url, p.share_copy,"
    " p.trial, p.changed_at, p.retired_at FROM products p JOIN suppliers s ON s.id = p.supplier"
)
_SUPPLIER = (
    "SELECT id, external_id, name, kind, categories, contact_name, contact_phone, contact_email, changed_at"
    " FROM suppliers"
)


def product_of(row: dict[str, Any]) -> ProductInfo:
    """A row of `PRODUCT`."""
    return ProductInfo(**{**row, "share_copy": copy_lines(row["share_copy"])})


def _supplier(row: dict[str, Any]) -> SupplierInfo:
    return SupplierInfo(**{**row, "categories": tuple(json.loads(row["categories"]))})


async def product(product_id: int) -> ProductInfo | None:
    rows = await Product.raw(f"{PRODUCT} WHERE p.id = {{}}", product_id)
    return product_of(rows[0]) if rows else None


async def product_by_external_id(external_id: str) -> ProductInfo | None:
    rows = await Product.raw(f"{PRODUCT} WHERE p.external_id = {{}}", external_id)
    return product_of(rows[0]) if rows else None


async def products_by_external_id(external_ids: Collection[str]) -> dict[str, ProductInfo]:
    """Those of the named products that we know, by external id."""
    if not external_ids:
        return {}
    places = placeholders(external_ids)
    rows = await Product.raw(f"{PRODUCT} WHERE p.external_id IN ({places})", *external_ids)
    return {row["external_id"]: product_of(row) for row in rows}


async def products(cut: Cut, search: str | None = None, *, with_retired: bool = False) -> Page[ProductInfo]:
    """Products, the newest first; `search` looks into title, category and external id."""
    where: list[str] = ["p.id < {}"]
    values: list[Any] = [cut.after or BEYOND]
    if not with_retired:
        where.append("p.retired_at IS NULL")
    if search:
        where.append(contains("p.title", "p.category", "p.external_id"))
        values += [pattern(search)] * 3
    sql = f"{PRODUCT} WHERE {' AND '.join(where)} ORDER BY p.id DESC LIMIT {{}}"
    rows = await Product.raw(sql, *values, cut.fetch)
    return paged([product_of(row) for row in rows], cut, lambda item: item.id)


async def supplier_by_external_id(external_id: str) -> SupplierInfo | None:
    rows = await Supplier.raw(f"{_SUPPLIER} WHERE external_id = {{}}", external_id)
    return _supplier(rows[0]) if rows else None


async def suppliers(cut: Cut, search: str | None = None, kind: SupplierKind | None = None) -> Page[SupplierInfo]:
    """Suppliers and carriers, the newest first; `search` looks into name and external id."""
    where: list[str] = ["id < {}"]
    values: list[Any] = [cut.after or BEYOND]
    if kind is not None:
        where.append("kind = {}")
        values.append(str(kind))
    if search:
        where.append(contains("name", "external_id"))
        values += [pattern(search)] * 2
    sql = f"{_SUPPLIER} WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT {{}}"
    rows = await Supplier.raw(sql, *values, cut.fetch)
    return paged([_supplier(row) for row in rows], cut, lambda item: item.id)


def contains(*columns: str) -> str:
    """A condition that one of these columns holds `pattern(…)`, one value for each."""
    return "(" + " OR ".join(f"lower({column}) LIKE {{}} ESCAPE '\\'" for column in columns) + ")"


def pattern(search: str) -> str:
    """A LIKE pattern that finds `search` anywhere; what it holds of wildcards is meant literally."""
    literal = "".join(f"\\{c}" if c in "\\%_" else c for c in search.lower())
    return f"%{literal}%"
