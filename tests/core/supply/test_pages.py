"""What an admin sees of products and suppliers, and who may not."""

from dataclasses import replace

import pytest

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import counting_queries, reading
from portal.core.people.rules import Role
from portal.core.supply import actions, queries
from portal.core.supply.rules import SupplierKind
from tests.browse import Browser
from tests.core.stores.scene import signed_in_as
from tests.core.supply.test_rules import PRODUCT, SUPPLIER


@pytest.fixture
async def admin(browser: Browser) -> Browser:
    return await signed_in_as(browser, Role.ADMIN)


@pytest.mark.parametrize("items", [1, 30])
async def test_products_and_suppliers_are_listed(admin: Browser, items: int) -> None:
    for number in range(1, items + 1):
        facts = replace(PRODUCT, external_id=f"p-{number}", supplier=f"s-{number}", title=f"Tea <{number}>")
        await actions.put_product(SYSTEM, facts, now())
    await actions.put_supplier(SYSTEM, replace(SUPPLIER, external_id="s-1", kind=SupplierKind.CARRIER), now())
    for path in ("/admin/products", "/admin/products/p-1", "/admin/suppliers", "/admin/suppliers?kind=carrier&q=orch"):
        with counting_queries() as count:
            page = await admin.get(path)
        assert page.status == 200
        assert len(count) <= 12
        assert "<1>" not in page.html
    carriers = await admin.get("/admin/suppliers?kind=carrier")
    assert "Orchard" in carriers
    assert "s-2" not in carriers
    assert "13900000000" not in carriers.html
    assert "139****0000" in carriers
    found = await admin.get("/admin/products?q=tea+%3C1%3E")
    assert "p-1" in found
    assert "p-2" not in found


async def test_empty_lists_say_how_they_fill(admin: Browser) -> None:
    for path in ("/admin/products", "/admin/suppliers", "/admin/products?q=none", "/admin/suppliers?q=none"):
        page = await admin.get(path)
        assert page.status == 200
        assert 'class="empty"' in page


async def test_a_product_is_withdrawn_and_let_back(admin: Browser) -> None:
    await actions.put_product(SYSTEM, PRODUCT, now())
    path = "/admin/products/p-1"
    page = await admin.visit_and_submit(path, f"{path}/retirement")
    assert page.path == path
    async with reading():
        product = await queries.product_by_external_id("p-1")
    assert product is not None
    assert product.retired
    back = await admin.submit(page, f"{path}/reinstatement")
    assert f"{path}/retirement" in [form.action for form in back.forms]


async def test_an_unknown_product_is_not_found(admin: Browser) -> None:
    assert (await admin.get("/admin/products/none")).status == 404


@pytest.mark.parametrize("role", [Role.OWNER, Role.MANAGER, Role.AGENT, Role.DESK_LEAD])
async def test_the_lists_are_the_admins_matter(browser: Browser, role: Role) -> None:
    await signed_in_as(browser, role)
    for path in ("/admin/products", "/admin/products/p-1", "/admin/suppliers"):
        assert (await browser.get(path)).status == 403
