"""A blacklisted supplier's goods, and food of one that was not visited, are not shared at any door."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.base.refusals import Refused
from portal.core.supply import queries as supply
from portal.core.supply import standings
from portal.core.supply.rules import Standing
from portal.core.supply.tables import SupplierClearance
from portal.service.connect import answers
from portal.service.sharing import actions, queries
from tests import make
from tests.browse import Browser

pytestmark = pytest.mark.usefixtures("school")


async def blacklist(supplier_id: int) -> None:
    await standings.set_standing(SYSTEM, supplier_id, Standing.BLACKLISTED, "verdict:1", now())


async def run_out(supplier_id: int) -> None:
    async with writing():
        await SupplierClearance.update(until=now() - timedelta(minutes=1)).where(
            SupplierClearance.supplier == supplier_id
        )


CASES = [(blacklist, "supplier_blacklisted", "停止与它的供应商合作"), (run_out, "supplier_not_visited", "实地考察")]


@pytest.mark.parametrize(("act", "code", "words"), CASES)
async def test_every_door_is_shut(
    browser: Browser, open_browser: Callable[[], Browser], act: Callable[[int], object], code: str, words: str
) -> None:
    owner = await make.licensed_owner("李芳", now() - timedelta(days=5))
    await make.sign_in(browser, owner.person_id)
    external = await make.product(supplier="old-farm", category="food")
    async with reading():
        product = await supply.product_by_external_id(external)
    assert product is not None
    link = await browser.visit_and_submit(f"/share/products/{external}", "/share/links")
    assert link.path.startswith("/share/links/")
    shown = await open_browser().get(f"/s/{link.path.rsplit('/', 1)[1]}")
    assert product.url in shown.html
    await act(product.supplier_id)  # type: ignore[misc]

    page = await browser.get(f"/share/products/{external}")
    assert words in page
    assert not any(form.action == "/share/links" for form in page.forms)
    assert (await browser.get(link.path)).path == f"/share/products/{external}"
    for name in ("poster.png", "qr.png"):
        assert (await browser.client.get(f"{link.path}/{name}")).status_code == 403
    async with reading():
        assert await queries.held_products([product.id], now()) == {product.id}
    assert "暂停分享" in await browser.get("/share")
    gone = await open_browser().get(f"/s/{link.path.rsplit('/', 1)[1]}")
    assert gone.status == 410
    assert product.url not in gone.html
    assert "供应商" not in gone.text  # a neutral sentence
    ada = await make.sign_in(open_browser(), await make.person("admin", "Ada"))
    assert "/admin/register/suppliers/old-farm" in (await ada.get(f"/admin/products/{external}")).links
    with pytest.raises(Refused, match=f"share_{code}"):
        await actions.make_link(SYSTEM, owner.store_id, product.id, now())


async def test_a_blacklist_holds_everything_a_missing_visit_only_what_is_visited_first() -> None:
    toys = await make.product(supplier="toy-farm", category="toys", visited=False)
    food = await make.product(supplier="toy-farm", category="food/nuts", visited=False)
    async with reading():
        found = await supply.products_by_external_id([toys, food])
        assert await queries.held_products([one.id for one in found.values()], now()) == {found[food].id}
    await standings.name_visited_first(SYSTEM, ["toys"], now())
    async with reading():
        assert await queries.held_products([one.id for one in found.values()], now()) == {found[toys].id}
    await blacklist(found[toys].supplier_id)
    async with reading():
        assert len(await queries.held_products([one.id for one in found.values()], now())) == 2


async def test_a_link_to_goods_of_who_is_blacklisted_brings_no_vip_and_the_shop_reads_why() -> None:
    owner = await make.licensed_owner("李芳", now() - timedelta(days=5))
    external = await make.product(supplier="old-farm", category="food")
    async with reading():
        product = await supply.product_by_external_id(external)
    assert product is not None
    link = await actions.make_link(SYSTEM, owner.store_id, product.id, now())
    await run_out(product.supplier_id)  # what must be visited again still brings buyers
    wanted = actions.Binding("vip-1", "张三", "13800000000", now(), link.code, None)
    assert (await actions.bind(SYSTEM, wanted, now()))[1]
    await blacklist(product.supplier_id)
    late = actions.Binding("vip-2", "李四", "13800000001", now(), link.code, None)
    with pytest.raises(Refused, match="share_supplier_blacklisted") as refused:
        await actions.bind(SYSTEM, late, now())
    told = await answers.binding_refusal(SYSTEM, late, refused.value, now())
    assert (told.code, told.status, told.field) == ("share_supplier_blacklisted", 409, "share_code")
    assert not (await actions.bind(SYSTEM, wanted, now()))[1]  # who is bound stays bound
