"""Orders as their owner sees them: the list, one order, the guide, flags, reminders; and what others do not see."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import counting_queries, reading
from portal.core.base.refusals import Refused
from portal.core.base.settings import settings
from portal.core.notices.tables import Notice
from portal.core.web.csrf import KEY_FIELD
from portal.service.messages.tables import BuyerMessage
from portal.service.orders import actions, follow_ups, marks, queries
from portal.service.orders.rules import LineFacts, ParcelState, Status
from tests import make
from tests.browse import Browser
from tests.cast import Cast
from tests.service.orders import make as orders

Open = Callable[[], Browser]


@pytest.fixture
async def olive(cast: Cast, browser: Browser) -> Browser:
    return await make.sign_in(browser, cast.olive.person_id)


async def test_the_list_begins_with_what_needs_her(cast: Cast, olive: Browser) -> None:
    buyer = await orders.vip(cast.olive, name="刘慧")
    quiet = await orders.order(buyer)
    unpaid = await orders.order(buyer, status=Status.PLACED)
    needy = await orders.order(buyer, now() - timedelta(days=9), ship_by=None)
    await actions.raise_need(needy.id, "follow_up", "follow_up:0", f"/orders/{needy.number}/guide", now())
    page = await olive.get("/orders")
    assert page.status == 200
    places = [page.html.index(f'/orders/{one.number}"') for one in (needy, unpaid, quiet)]
    assert places == sorted(places)
    assert "1 单等您处理" in page
    assert "回头看" in page
    assert "5678" in page  # the phone's end, never more
    assert "13912345678" not in page
    assert f'/orders/{quiet.number}"' not in (await olive.get("/orders?show=unpaid")).html


async def test_an_empty_list_says_what_to_do(olive: Browser) -> None:
    page = await olive.get("/orders")
    assert page.status == 200
    assert "还没有 VIP 订单" in page
    assert "/share" in page.links


async def test_somebody_without_a_store_is_told_so(browser: Browser, app: object) -> None:
    await make.sign_in(browser, await make.person("owner", "Ola"))
    assert "您还没有店铺" in await browser.get("/orders")


async def test_another_owners_order_is_not_there(cast: Cast, open_browser: Open) -> None:
    bought = await orders.order(await orders.vip(cast.olive))
    otto = await make.sign_in(open_browser(), cast.otto.person_id)
    for rest in ("", "/story", "/guide", "/flag", "/reminder"):
        assert (await otto.get(f"/orders/{bought.number}{rest}")).status == 404, rest
    assert bought.number not in await otto.get("/orders")
    other_vip = bought.facts.vip
    assert (await otto.get(f"/orders?vip={other_vip}")).status == 404
    async with reading():
        own = await queries.order_of_owner(cast.otto.person_id, bought.number)
    assert own is None


async def test_an_order_shows_its_life_and_masks_the_buyer(cast: Cast, olive: Browser) -> None:
    product = await make.product(trial=True)
    lines = (LineFacts("1", product, "冻干草莓", 2, 11_800),)
    bought = await orders.order(await orders.vip(cast.olive), lines=lines)
    shipped = await orders.move(bought, now(), status=Status.SHIPPED)
    await orders.parcel(shipped, now(), ParcelState.ACCEPTED, ParcelState.IN_TRANSIT)
    page = await olive.get(f"/orders/{bought.number}")
    assert page.status == 200
    for words in (
        "包裹在路上",
        "冻干草莓",
        "试销商品",
        "¥118.00",
        "王*",
        "139****5678",
    ):
        assert words in page, words
    assert "13912345678" not in page
    assert "文三路" not in page
    assert any(link.startswith("/reveals/new?kind=order") for link in page.links)
    story = await olive.get(f"/orders/{bought.number}/story")
    for words in ("买家付款", "供应商发货", "包裹在运输"):
        assert words in story, words


async def test_what_became_of_an_order_comes_after_its_page(cast: Cast, olive: Browser) -> None:
    """By script as a fragment in the place of its link; without script the link leads to a page of its own."""
    bought = await orders.order(await orders.vip(cast.olive))
    path = f"/orders/{bought.number}/story"
    order = await olive.get(f"/orders/{bought.number}")
    assert path in order.links
    assert f'hx-get="{path}" hx-trigger="load" hx-target="#story"' in order
    assert "买家付款" not in order
    whole = await olive.get(path)
    assert "买家付款" in whole
    assert f"/orders/{bought.number}" in whole.links
    part = await olive.get(path, headers={"HX-Request": "true", "HX-Target": "story"})
    assert "买家付款" in part
    assert part.html.strip().startswith('<div id="story"')


async def test_an_order_reads_in_english(cast: Cast, open_browser: Open) -> None:
    browser = await make.sign_in(open_browser(), cast.olive.person_id)
    bought = await orders.order(await orders.vip(cast.olive), now() - timedelta(days=3))
    await browser.submit(await browser.get("/me"), "/preferences", language="en")
    page = await browser.get(f"/orders/{bought.number}")
    assert "Past its time, and not shipped" in page
    assert "Hurry the supplier" in page
    assert f"/orders/{bought.number}/hurry" in page.links
    for rest in ("", "/story", "/guide", "/flag", "/reminder"):
        page = await browser.get(f"/orders/{bought.number}{rest}")
        assert page.status == 200, rest
    assert "Orders" in await browser.get("/orders")


async def test_every_step_of_the_guide_has_its_words(cast: Cast, olive: Browser) -> None:
    """Each finding's page in both languages: what was found, why, how, and what to say."""
    buyer, at = await orders.vip(cast.olive), now()
    made = [await orders.order(buyer, at - timedelta(days=4), status=status) for status in Status]
    for ago in (1, 100):
        for state in (None, *ParcelState):
            placed = await orders.order(buyer, at - timedelta(hours=ago + 2))
            shipped = await orders.move(placed, at - timedelta(hours=ago, minutes=1), status=Status.SHIPPED)
            await orders.parcel(shipped, at - timedelta(hours=ago), *([state] if state else []))
            made.append(shipped)
    for language in ("zh-Hans", "en"):
        await olive.submit(await olive.get("/me"), "/preferences", language=language)
        for one in made:
            for rest in ("", "/guide"):
                assert (await olive.get(f"/orders/{one.number}{rest}")).status == 200, one.facts.status


async def test_the_guide_gives_the_step_and_the_words(cast: Cast, olive: Browser) -> None:
    at = now()
    placed = await orders.order(await orders.vip(cast.olive), at - timedelta(days=6))
    shipped = await orders.move(placed, at - timedelta(days=5), status=Status.SHIPPED)
    await orders.parcel(shipped, at - timedelta(days=4), ParcelState.ACCEPTED, ParcelState.IN_TRANSIT)
    page = await olive.get(f"/orders/{placed.number}/guide")
    for words in ("没有动静", "向快递查询，48 小时内必须答复", "怎么走到这一步的", "可以这样跟买家说"):
        assert words in page, words
    assert f"/orders/{placed.number}/inquiry?kind=trace" in page.links


async def test_she_puts_an_order_off_and_it_comes_back(cast: Cast, olive: Browser) -> None:
    bought = await orders.order(await orders.vip(cast.olive))
    guide = f"/orders/{bought.number}/guide"
    for when in ("due", "1"):
        page = await olive.visit_and_submit(guide, f"/orders/{bought.number}/follow-ups", when=when)
        assert page.path == f"/orders/{bought.number}"
        assert "再看" in page
    refused = await olive.visit_and_submit(guide, f"/orders/{bought.number}/follow-ups", when="99")
    assert refused.status == 422
    assert await follow_ups.raise_due() == 0
    settings().clock_file.write_text("+2d")  # type: ignore[union-attr]
    assert await follow_ups.raise_due() == 1
    assert await follow_ups.raise_due() == 0
    async with reading():
        needs = [need.code for need in await queries.needs(bought.id)]
        told = await Notice.count().where(Notice.kind == "orders.follow_up")
    assert "follow_up" in needs
    assert told == 1
    back = await olive.visit_and_submit(guide, f"/orders/{bought.number}/follow-ups/end")
    assert back.path == f"/orders/{bought.number}"
    async with reading():
        assert "follow_up" not in [need.code for need in await queries.needs(bought.id)]


async def test_a_follow_up_ends_with_the_delivery(cast: Cast) -> None:
    bought, at = await orders.order(await orders.vip(cast.olive)), now()
    await follow_ups.follow_up(SYSTEM, cast.olive.person_id, bought.id, at + timedelta(hours=1), at)
    with pytest.raises(Refused, match="follow_up_past"):
        await follow_ups.follow_up(SYSTEM, cast.olive.person_id, bought.id, at, at)
    await orders.move(bought, at + timedelta(minutes=1), status=Status.SHIPPED)
    async with reading():
        assert (await marks.marks_of(bought.id)).follow_up is not None
    await orders.move(bought, at + timedelta(minutes=2), status=Status.DELIVERED)
    async with reading():
        assert (await marks.marks_of(bought.id)).follow_up is None


async def test_she_marks_an_order_and_sees_who_did(cast: Cast, olive: Browser) -> None:
    bought = await orders.order(await orders.vip(cast.olive))
    path = f"/orders/{bought.number}/flag"
    page = await olive.visit_and_submit(path, path, colour="purple", note="不要红色")
    assert page.path == f"/orders/{bought.number}"
    for words in ("紫 · 未发货备注", "不要红色", "Olive"):
        assert words in page, words
    assert "不要红色" in await olive.get("/orders?flag=purple")
    refused = await olive.visit_and_submit(path, path, colour="pink", note="x" * 101)
    assert refused.status == 422
    assert "x" * 101 in refused
    await olive.visit_and_submit(path, path, colour="none", note="")
    assert "紫 · 未发货备注" in await olive.get(path)
    assert "不要红色" not in await olive.get("/orders")


async def test_a_flag_sent_twice_by_one_form_is_one(cast: Cast, olive: Browser) -> None:
    bought = await orders.order(await orders.vip(cast.olive))
    path = f"/orders/{bought.number}/flag"
    page = await olive.get(path)
    await asyncio.gather(*(olive.submit(page, path, colour="red", note="礼物") for _ in range(12)))
    async with reading():
        assert len(await marks.flags(bought.id)) == 1


async def test_a_buyer_is_reminded_once_a_day(cast: Cast, olive: Browser) -> None:
    bought = await orders.order(await orders.vip(cast.olive), status=Status.PLACED)
    path = f"/orders/{bought.number}/reminder"
    page = await olive.get(path)
    pages = await asyncio.gather(*(olive.submit(page, path) for _ in range(6)))
    assert {one.status for one in pages} == {200}
    assert "今天已经提醒过了" in await olive.get(path)
    again = await olive.submit(page, path, files=None, **{KEY_FIELD: "another form"})
    assert again.status == 409
    assert "可以再提醒" in again
    async with reading():
        assert await BuyerMessage.count().where(BuyerMessage.kind == "orders.unpaid") == 1
    await orders.move(bought, now() + timedelta(hours=1), status=Status.PAID)
    assert "不用再提醒" in await olive.get(path)


async def test_new_orders_are_told_without_moving_the_list(cast: Cast, olive: Browser) -> None:
    buyer = await orders.vip(cast.olive)
    await orders.order(buyer)
    page = await olive.get("/orders")
    assert 'hx-trigger="poll"' in page.html
    where = page.html.split('hx-get="', 1)[1].split('"', 1)[0]
    headers = {"HX-Request": "true", "HX-Target": "news"}
    quiet = await olive.get(where, headers=headers)
    assert "toast" not in quiet.html
    fresh = [await orders.order(buyer, status=Status.PLACED) for _ in range(2)]
    told = await olive.get(where, headers=headers)
    assert "来了 2 个新订单" in told
    assert "<html" not in told.html
    shown = await olive.get(told.links[0])
    assert all(f'/orders/{one.number}"' in shown.html for one in fresh)
    assert (await olive.get(where)).path == "/orders"


@pytest.mark.parametrize("size", [1, 25])
async def test_pages_ask_the_database_a_bounded_number_of_times(cast: Cast, olive: Browser, size: int) -> None:
    buyer = await orders.vip(cast.olive)
    made = [await orders.order(buyer, status=Status.SHIPPED) for _ in range(size)]
    for one in made:
        await orders.parcel(one, now(), ParcelState.ACCEPTED)
    vip = made[0].facts.vip
    for path in (
        "/orders",
        "/orders?q=5678",
        f"/orders?vip={vip}",
        "/orders?show=over",
        f"/orders/{made[0].number}",
        f"/orders/{made[0].number}/story",
        f"/orders/{made[0].number}/guide",
    ):
        await olive.get(path)
        with counting_queries() as count:
            assert (await olive.get(path)).status == 200
        assert len(count) <= 12, (path, count.queries)


async def test_staff_who_see_all_read_any_order_masked(cast: Cast, open_browser: Open) -> None:
    bought = await orders.order(await orders.vip(cast.olive))
    await orders.parcel(bought, now(), ParcelState.ACCEPTED)
    admin = await make.sign_in(open_browser(), cast.ada)
    for search in ("", bought.number, "5678", bought.facts.vip):
        assert bought.number in await admin.get(f"/admin/orders?q={search}"), search
    for search in ("1111", "nothing"):
        assert "没有找到" in await admin.get(f"/admin/orders?q={search}")
    page = await admin.get(f"/admin/orders/{bought.number}")
    assert page.status == 200
    assert "139****5678" in page
    assert "王芳" not in page
    assert "13912345678" not in page
    assert "文三路" not in page
    assert f"/admin/audit?subject=order:{bought.id}" in page.links
    assert f"/admin/orders/{bought.number}/story" in page.links
    assert "买家付款" in await admin.get(f"/admin/orders/{bought.number}/story")
    assert (await admin.get("/admin/orders/nothing/story")).status == 404
    assert (await admin.get("/admin/orders/nothing")).status == 404
    for person in (cast.olive.person_id, cast.mona, cast.abe):
        other = await make.sign_in(open_browser(), person)
        for rest in ("", "/story"):
            assert (await other.get(f"/admin/orders/{bought.number}{rest}")).status == 403


async def test_a_parcel_in_trouble_has_its_button_on_the_orders_own_page(cast: Cast, olive: Browser) -> None:
    bought = await orders.order(await orders.vip(cast.olive), status=Status.SHIPPED)
    await orders.parcel(bought, now(), ParcelState.ACCEPTED, ParcelState.PROBLEM)
    page = await olive.get(f"/orders/{bought.number}")
    assert page.links.index(f"/orders/{bought.number}/address") < page.links.index(f"/orders/{bought.number}/guide")
    assert "1 单等您处理" in await olive.get("/orders")
