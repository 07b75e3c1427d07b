"""What the shop tells of products and suppliers, taken over whole; and an admin's taking a product out of sharing."""

import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import writing
from portal.core.base.refusals import NotFound
from portal.core.supply import queries
from portal.core.supply.queries import ProductInfo, SupplierInfo
from portal.core.supply.rules import ProductFacts, SupplierFacts, SupplierKind, differing
from portal.core.supply.tables import Product, Supplier

Columns = dict[str, Any]
# Who hears, in the same transaction, that a product has another supplier or category; joined in wiring.
PRODUCT_MOVED: list[Callable[[int, datetime], Awaitable[None]]] = []


async def put_product(actor: Actor, facts: ProductFacts, at: datetime) -> ProductInfo:
    """Take the whole product as told; the same again changes nothing. A retired product stays retired.

    An unknown supplier is made as a bare record of its external id.
    """
    async with writing():
        stored = await queries.product_by_external_id(facts.external_id)
        if stored is None and await _create_product(actor, facts, at):
            return await _product(facts.external_id)
        stored = stored or await _product(facts.external_id)
        changed = differing(stored.facts, facts)
        if not changed:
            return stored
        values = await _product_columns(facts, at)
        await Product.update(**values).where(Product.id == stored.id)
        await audit.record(actor, "supply.product_changed", ("product", stored.id), at, {"fields": changed})
        if not {"supplier", "category"}.isdisjoint(changed):
            for hear in PRODUCT_MOVED:
                await hear(stored.id, at)
        return await _product(facts.external_id)


async def _product(external_id: str) -> ProductInfo:
    found = await queries.product_by_external_id(external_id)
    assert found is not None
    return found


async def _product_columns(facts: ProductFacts, at: datetime) -> Columns:
    return {
        "title": facts.title,
        "price_fen": facts.price_fen,
        "commission_bp": facts.commission_bp,
        "supplier": await _supplier_id(facts.supplier, at),
        "category": facts.category,
        "url": facts.url,
        "image_url": facts.image_url,
        "share_copy": "\n".join(facts.share_copy) or None,
        "trial": facts.trial,
        "changed_at": at,
    }


async def _create_product(actor: Actor, facts: ProductFacts, at: datetime) -> bool:
    """Insert it; False where another request has done so meanwhile."""
    values = await _product_columns(facts, at)
    rows = await Product.insert(Product(external_id=facts.external_id, **values)).on_conflict(
        target=Product.external_id, action="DO NOTHING"
    )
    if rows:
        await audit.record(actor, "supply.product_created", ("product", rows[0]["id"]), at)
    return bool(rows)


async def _supplier_id(external_id: str, at: datetime, kind: SupplierKind = SupplierKind.GOODS) -> int:
    found = await queries.supplier_by_external_id(external_id)
    if found is None:
        await _insert_supplier(SupplierFacts(external_id, external_id, kind), at)
        found = await _supplier(external_id)
    return found.id


async def known_carrier(external_id: str, at: datetime) -> int:
    """The id of a carrier that a parcel names; an unknown one is made as a bare record."""
    async with writing():
        return await _supplier_id(external_id, at, SupplierKind.CARRIER)


async def put_supplier(actor: Actor, facts: SupplierFacts, at: datetime) -> SupplierInfo:
    """Take the whole supplier or carrier as told; the same again changes nothing."""
    async with writing():
        stored = await queries.supplier_by_external_id(facts.external_id)
        if stored is None and (made := await _insert_supplier(facts, at)):
            await audit.record(actor, "supply.supplier_created", ("supplier", made), at)
            return await _supplier(facts.external_id)
        stored = stored or await _supplier(facts.external_id)
        changed = differing(stored.facts, facts)
        if not changed:
            return stored
        await Supplier.update(**_supplier_columns(facts, at)).where(Supplier.id == stored.id)
        await audit.record(actor, "supply.supplier_changed", ("supplier", stored.id), at, {"fields": changed})
        return await _supplier(facts.external_id)


async def _supplier(external_id: str) -> SupplierInfo:
    found = await queries.supplier_by_external_id(external_id)
    assert found is not None
    return found


def _supplier_columns(facts: SupplierFacts, at: datetime) -> Columns:
    return {
        "name": facts.name,
        "kind": str(facts.kind),
        "categories": json.dumps(facts.categories, ensure_ascii=False),
        "contact_name": facts.contact_name,
        "contact_phone": facts.contact_phone,
        "contact_email": facts.contact_email,
        "changed_at": at,
    }


async def _insert_supplier(facts: SupplierFacts, at: datetime) -> int | None:
    """The new row's id; None where another request has made it meanwhile."""
    row = Supplier(external_id=facts.external_id, **_supplier_columns(facts, at))
    rows = await Supplier.insert(row).on_conflict(target=Supplier.external_id, action="DO NOTHING")
    return int(rows[0]["id"]) if rows else None


async def retire_product(actor: Actor, external_id: str, at: datetime) -> None:
    """Take a product out of sharing, whatever the shop goes on telling of it. Raises NotFound."""
    async with writing():
        stored = await queries.product_by_external_id(external_id)
        if stored is None:
            raise NotFound
        rows = (
            await Product.update({Product.retired_at: at})
            .where(Product.id == stored.id, Product.retired_at.is_null())
            .returning(Product.id)
        )
        if rows:
            await audit.record(actor, "supply.product_retired", ("product", stored.id), at)


async def reinstate_product(actor: Actor, external_id: str, at: datetime) -> None:
    """Let a retired product be shared again. Raises NotFound."""
    async with writing():
        stored = await queries.product_by_external_id(external_id)
        if stored is None:
            raise NotFound
        rows = (
            await Product.update({Product.retired_at: None})
            .where(Product.id == stored.id, Product.retired_at.is_not_null())
            .returning(Product.id)
        )
        if rows:
            await audit.record(actor, "supply.product_reinstated", ("product", stored.id), at)
