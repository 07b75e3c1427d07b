"""Products and suppliers as the shop tells them: whole, once, in any order."""

import asyncio
from dataclasses import replace

import pytest

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import counting_queries, reading
from portal.core.base.refusals import NotFound
from portal.core.supply import actions, queries
from portal.core.supply.rules import SupplierKind
from portal.core.supply.tables import Product, Supplier
from portal.core.web.paging import Cut
from tests.core.stores.scene import audited
from tests.core.supply.test_rules import PRODUCT, SUPPLIER


async def _found(search: str | None, **more: bool) -> list[str]:
    async with reading():
        return [product.external_id for product in (await queries.products(Cut(), search, **more)).items]


async def test_a_product_of_an_unknown_supplier_makes_a_bare_one(database: str) -> None:
    made = await actions.put_product(SYSTEM, replace(PRODUCT, share_copy=("Sweet.", "Keeps a week.")), now())
    assert (made.supplier_external_id, made.supplier_name) == ("s-1", "s-1")
    assert made.share_copy == ("Sweet.", "Keeps a week.")
    assert not made.retired
    told = await actions.put_supplier(SYSTEM, SUPPLIER, now())
    assert (told.id, told.name, told.categories) == (made.supplier_id, "Orchard", ("fruit",))
    async with reading():
        product = await queries.product(made.id)
    assert product is not None
    assert product.supplier_name == "Orchard"


async def test_the_same_again_changes_nothing(database: str) -> None:
    first = await actions.put_product(SYSTEM, PRODUCT, now())
    assert await actions.put_product(SYSTEM, PRODUCT, now()) == first
    supplier = await actions.put_supplier(SYSTEM, SUPPLIER, now())
    assert await actions.put_supplier(SYSTEM, SUPPLIER, now()) == supplier
    assert await audited("product", "supply") == ["supply.product_created"]
    assert await audited("supplier", "supply") == ["supply.supplier_changed"]


async def test_the_whole_record_is_taken_over(database: str) -> None:
    await actions.put_product(SYSTEM, replace(PRODUCT, share_copy=("Sweet.",), image_url="https://shop.test/1"), now())
    wanted = replace(PRODUCT, title="Mandarins", price_fen=5_900, commission_bp=500, supplier="s-2", trial=True)
    made = await actions.put_product(SYSTEM, wanted, now())
    assert made.facts == wanted
    bare = replace(SUPPLIER, categories=(), contact_name=None, contact_phone=None, contact_email=None)
    await actions.put_supplier(SYSTEM, SUPPLIER, now())
    assert (await actions.put_supplier(SYSTEM, bare, now())).facts == bare


async def test_the_same_from_many_sides_at_once_is_one(database: str) -> None:
    await asyncio.gather(*(actions.put_product(SYSTEM, PRODUCT, now()) for _ in range(12)))
    await asyncio.gather(*(actions.put_supplier(SYSTEM, SUPPLIER, now()) for _ in range(12)))
    async with reading():
        assert (await Product.count(), await Supplier.count()) == (1, 1)
    assert await audited("product", "supply") == ["supply.product_created"]


async def test_a_product_is_taken_out_of_sharing_and_let_back(database: str) -> None:
    made = await actions.put_product(SYSTEM, PRODUCT, now())
    for _ in range(2):
        await actions.retire_product(SYSTEM, "p-1", now())
    told = await actions.put_product(SYSTEM, replace(PRODUCT, title="Mandarins"), now())
    assert told.retired
    assert await _found(None) == []
    assert await _found(None, with_retired=True) == ["p-1"]
    for _ in range(2):
        await actions.reinstate_product(SYSTEM, "p-1", now())
    assert await _found(None) == ["p-1"]
    for act in (actions.retire_product, actions.reinstate_product):
        with pytest.raises(NotFound):
            await act(SYSTEM, "none", now())
    assert await audited("product", "supply") == [
        "supply.product_created",
        "supply.product_retired",
        "supply.product_changed",
        "supply.product_reinstated",
    ]
    assert told.id == made.id


async def test_products_and_suppliers_are_found_and_paged(database: str) -> None:
    for number in range(1, 6):
        await actions.put_product(SYSTEM, replace(PRODUCT, external_id=f"p-{number}", title=f"Tea {number}0%"), now())
    await actions.put_supplier(SYSTEM, replace(SUPPLIER, external_id="c-1", kind=SupplierKind.CARRIER), now())
    assert await _found("tea 3") == ["p-3"]
    assert await _found("FRUIT") == [f"p-{number}" for number in range(5, 0, -1)]
    assert await _found("%") == [f"p-{number}" for number in range(5, 0, -1)]
    assert await _found("_") == []
    async with reading():
        with counting_queries() as count:
            first = await queries.products(Cut(limit=2))
            assert first.next_after is not None
            rest = await queries.products(Cut(first.next_after, 9))
            carriers = await queries.suppliers(Cut(), "orch", SupplierKind.CARRIER)
        assert [product.external_id for product in (*first.items, *rest.items)] == ["p-5", "p-4", "p-3", "p-2", "p-1"]
        assert [supplier.external_id for supplier in carriers.items] == ["c-1"]
    assert len(count) == 3
