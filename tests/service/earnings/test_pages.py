"""Earnings as an owner and an admin see them."""

import csv
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from portal.core.base.clock import local, now
from portal.core.base.database import counting_queries, reading
from portal.core.people import actions as people
from portal.core.stores.queries import VipInfo
from portal.service.earnings.actions import earns_without_link
from portal.service.earnings.months import month_of
from portal.service.earnings.panels import order_panel
from portal.service.orders.rules import Status
from tests import make
from tests.browse import Browser
from tests.cast import Cast
from tests.make import Owner
from tests.service.earnings import make as earn
from tests.service.orders import make as bought
from tests.service.orders.make import Bought

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Shop:
    """An owner who holds the right, signed in; her link and her buyer."""

    owner: Owner
    code: str
    buyer: VipInfo


@pytest.fixture
async def shop(cast: Cast, browser: Browser) -> Shop:
    at = now() - 20 * DAY
    owner = await make.owner("李芳", at)
    decided = await earn.decision(owner.store_id, at, until=at + 90 * DAY)
    await make.sign_in(browser, owner.person_id)
    return Shop(owner, await earn.link(owner.store_id, decided, at), await bought.vip(owner, at))


async def orders(shop: Shop) -> tuple[Bought, Bought, Bought]:
    """One payable and partly refunded, one pending, one that came without a link."""
    at = now()
    paid = await bought.order(shop.buyer, at - 15 * DAY, share_code=shop.code)
    paid = await bought.move(paid, at - 14 * DAY, status=Status.DELIVERED, delivered_at=at - 14 * DAY)
    await bought.move(paid, at, lines=tuple(replace(one, refunded_fen=5_900) for one in paid.facts.lines))
    pending = await bought.order(shop.buyer, at - DAY, share_code=shop.code)
    return paid, pending, await bought.order(shop.buyer, at - DAY)


def month() -> str:
    return month_of(local(now()).date())


async def test_nothing_earned_yet_is_said_kindly(browser: Browser, shop: Shop) -> None:
    page = await browser.get("/earnings")
    assert page.status == 200
    assert "还没有这样的订单" in page
    assert "/earnings/rules" in page.links


async def test_she_sees_each_line_with_its_state_and_why(browser: Browser, shop: Shop) -> None:
    paid, pending, without = await orders(shop)
    page = await browser.get("/earnings")
    assert page.status == 200
    for order in (paid, pending, without):
        assert f"/orders/{order.number}" in page.links
    assert "¥14.16" in page
    assert "¥7.08" in page
    assert "没有带您的分享链接" in page
    assert "签收后退货期满即可结算" in page
    only = await browser.get("/earnings?state=pending")
    assert f"/orders/{pending.number}" in only.links
    assert f"/orders/{paid.number}" not in only.links
    assert (await browser.get("/earnings?state=nonsense&after=x")).status == 200


async def test_the_statement_adds_up_on_the_page_and_in_the_files(browser: Browser, shop: Shop) -> None:
    paid, *_ = await orders(shop)
    page = await browser.get(f"/earnings/{month()}")
    assert page.status == 200
    assert "期初余额" in page
    assert f"/orders/{paid.number}" in page.links
    assert "-¥7.08" in page
    answer = await browser.client.get(f"/earnings/{month()}/statement.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    opening, *entries, closing = rows[1:]
    assert float(opening[-1]) + sum(float(row[-1]) for row in entries) == pytest.approx(float(closing[-1]))
    assert float(closing[-1]) == pytest.approx(21.24)
    book = await browser.client.get(f"/earnings/{month()}/statement.xlsx")
    with zipfile.ZipFile(io.BytesIO(book.content)) as archive:
        assert paid.number in archive.read("xl/worksheets/sheet1.xml").decode()


@pytest.mark.parametrize("path", ["2026-13", "x", "2999-01", "2999-01/statement.csv", "1999-01"])
async def test_a_month_that_is_none_is_not_found(browser: Browser, shop: Shop, path: str) -> None:
    assert (await browser.get(f"/earnings/{path}")).status == 404


async def test_in_english_too(shop: Shop, browser: Browser) -> None:
    await orders(shop)
    await people.set_preferences(shop.owner.person_id, language="en")
    assert "did not come through a link of yours" in await browser.get("/earnings")
    assert "Opening balance" in await browser.get(f"/earnings/{month()}")
    rules = await browser.get("/earnings/rules")
    assert "(5% to 20%)" in rules
    assert "7 days after the day of delivery" in rules
    answer = await browser.client.get(f"/earnings/{month()}/statement.csv")
    assert "Order number" in answer.text


async def test_another_owner_sees_only_her_own(shop: Shop, open_browser: Callable[[], Browser], cast: Cast) -> None:
    paid, *_ = await orders(shop)
    other = await make.sign_in(open_browser(), cast.olive.person_id)
    page = await other.get("/earnings")
    assert paid.number not in page
    assert paid.number not in await other.get(f"/earnings/{month()}")
    assert (await other.get("/admin/earnings")).status == 403


async def test_the_panel_of_an_order(shop: Shop, browser: Browser) -> None:
    paid, pending, without = await orders(shop)
    viewer = await make.viewer(shop.owner.person_id)
    shown = [await order_panel(viewer, order.info, now()) for order in (paid, pending, without)]
    assert "¥7.08" in shown[0]
    assert "可结算" in shown[0]
    assert "待结算" in shown[1]
    assert "不计收益" in shown[2]


async def test_the_page_asks_as_much_for_many_lines_as_for_one(browser: Browser, shop: Shop) -> None:
    async def asked() -> int:
        with counting_queries() as counted:
            assert (await browser.get("/earnings")).status == 200
        return len(counted)

    await bought.order(shop.buyer, share_code=shop.code)
    first = await asked()
    one = await asked()
    assert one <= first  # what closed months brought is summed once
    for _ in range(25):
        await bought.order(shop.buyer, share_code=shop.code)
    assert await asked() == one


async def test_an_admin_sees_all_and_changes_the_written_rule(
    shop: Shop, open_browser: Callable[[], Browser], cast: Cast
) -> None:
    await orders(shop)
    desk = await make.sign_in(open_browser(), cast.ada)
    page = await desk.get("/admin/earnings")
    assert page.status == 200
    assert "李芳的小店" in page
    assert "¥7.08" in page
    assert (await desk.get("/admin/earnings?q=没有这家")).status == 200
    assert "总账是平的" in await desk.get("/admin/earnings/check")
    statement = await desk.get(f"/admin/earnings/{shop.owner.store_external_id}/{month()}")
    assert statement.status == 200
    assert "期初余额" in statement
    assert (await desk.get(f"/admin/earnings/nobody/{month()}")).status == 404

    refused = await desk.submit(page, "/admin/earnings/setting", earn_without_link="perhaps")
    assert refused.status == 422
    saved = await desk.submit(page, "/admin/earnings/setting", earn_without_link="yes")
    assert saved.status == 200
    assert "规则已保存" in saved
    async with reading():
        assert await earns_without_link()
    without = await bought.order(shop.buyer)
    assert "平台现行规则计入收益" in await order_panel(await make.viewer(shop.owner.person_id), without.info, now())
