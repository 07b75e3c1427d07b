"""The buyer's page of an order, and what her owner sees and answers."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import counting_queries, reading, writing
from portal.core.base.public_links import Door, end_link
from portal.core.base.refusals import Refused
from portal.core.base.settings import settings
from portal.core.notices.tables import Notice
from portal.core.web.i18n import t
from portal.service.inquiries import actions as inquiries
from portal.service.messages.tables import BuyerMessage
from portal.service.orders import queries as orders
from portal.service.orders.rules import Attention, ParcelState, Status
from portal.service.voices import actions, personal, queries, sweeps, talk
from portal.service.voices.rules import MOST_A_DAY, Marks
from portal.service.voices.tables import Rating, ThreadMessage
from tests import make
from tests.browse import Browser
from tests.cast import Cast
from tests.service.orders import make as order_make
from tests.service.returns import make as return_make
from tests.service.voices.make import Scene, scene

GOOD: dict[str, Any] = {"goods": "5", "delivery": "4", "owner": "5"}


async def rate(browser: Browser, there: Scene, **marks: Any):  # type: ignore[no-untyped-def]
    page = await browser.get(f"{there.path}/rating?line=1")
    return await browser.submit(page, f"{there.path}/rating", **(GOOD | marks))


async def attention(there: Scene) -> Attention:
    async with reading():
        found = await orders.order(there.bought.id)
    assert found is not None
    return found.attention


async def kinds(table: type[Notice] | type[BuyerMessage]) -> list[str]:
    async with reading():
        return [row["kind"] for row in await table.select(table.kind).order_by(table.id)]


async def test_a_buyer_follows_her_order_without_an_account(browser: Browser, cast: Cast) -> None:
    there = await scene(Status.SHIPPED)
    await order_make.parcel(there.bought, now(), ParcelState.ACCEPTED, ParcelState.IN_TRANSIT)
    page = await browser.get(there.path)
    assert page.status == 200
    assert "包裹在路上" in page
    assert "运输中" in page
    assert "李芳" in page
    assert "139****5678" in page
    assert "13912345678" not in page.html
    assert "文三路" not in page.html
    assert "王芳" not in page.html
    assert page.response.headers["cache-control"] == "no-store"
    assert page.response.headers["referrer-policy"] == "no-referrer"
    assert "noindex" in page.response.headers["x-robots-tag"]


async def test_the_page_speaks_english(open_browser) -> None:  # type: ignore[no-untyped-def]
    there = await scene()
    browser = open_browser()
    browser.client.headers["Accept-Language"] = "en"
    page = await browser.get(there.path)
    assert "Your parcel has arrived" in page
    page = await rate(browser, there, goods="1")
    assert "Your owner is to answer by" in page


async def test_an_unknown_or_ended_link_opens_nothing(browser: Browser) -> None:
    there = await scene()
    assert (await browser.get("/o/" + "0" * 40)).status == 410
    await end_link(Door.ORDER, there.bought.id, now())
    assert (await browser.get(there.path)).status == 410
    assert (await browser.get(f"{there.path}/rating?line=1")).status == 410


async def test_a_rating_stands_once_and_is_added_to_once(browser: Browser) -> None:
    there = await scene()
    page = await rate(browser, there, text="很甜")
    assert page.path == there.path
    assert "很甜" in page
    assert await attention(there) is Attention.NONE
    assert "已经评价过" in await browser.get(f"{there.path}/rating?line=1")
    page = await browser.submit(page, f"{there.path}/addition", text="放了三天还是脆的")
    assert "放了三天还是脆的" in page
    assert f"{there.path}/addition" not in page.html
    async with reading():
        order = await orders.order(there.bought.id)
        assert order is not None
    with pytest.raises(Refused, match="rating_added"):
        await actions.add_to_rating(SYSTEM, order, "1", "又一次", now())


async def test_what_is_wrong_stands_beside_its_field_and_what_she_wrote_stays(browser: Browser) -> None:
    there = await scene()
    page = await rate(browser, there, delivery="", text="很甜")
    assert page.status == 422
    assert 'id="f-delivery-error"' in page.html
    assert "很甜" in page.html


async def test_rating_waits_for_the_parcel(browser: Browser) -> None:
    there = await scene(Status.SHIPPED)
    assert "收到货之后就能评价" in await browser.get(f"{there.path}/rating?line=1")
    assert (await browser.get(f"{there.path}/rating?line=9")).status == 404


async def test_a_low_rating_is_answered_and_the_buyer_sees_it(browser: Browser, open_browser) -> None:  # type: ignore[no-untyped-def]
    there = await scene()
    await rate(browser, there, delivery="2", text="箱子压坏了")
    assert await attention(there) is Attention.NEEDS_ME
    assert (await kinds(Notice))[-1] == "low_rating"
    owner = await make.sign_in(open_browser(), there.owner.person_id)
    page = await owner.get(f"/orders/{there.bought.number}/ratings")
    assert "箱子压坏了" in page
    assert there.path not in page.html
    page = await owner.submit(page, f"/orders/{there.bought.number}/ratings", text="对不起，明天补发")
    assert "对不起，明天补发" in page
    assert await attention(there) is Attention.NONE
    assert "对不起，明天补发" in await browser.get(there.path)
    assert "rating_answered" in await kinds(BuyerMessage)
    async with reading():
        order = await orders.order(there.bought.id)
        assert order is not None
    with pytest.raises(Refused, match="rating_answered"):
        await actions.answer_rating(SYSTEM, there.owner.person_id, order, "1", "再说一次", now())


async def test_an_unanswered_low_rating_reaches_the_manager_once(cast: Cast) -> None:
    there = await scene(owner=cast.olive)
    async with reading():
        order = await orders.order(there.bought.id)
        assert order is not None
    await actions.rate(SYSTEM, order, "1", Marks(1, 5, 5), None, now() - timedelta(hours=25))
    assert await sweeps.escalate_ratings() == 1
    assert await sweeps.escalate_ratings() == 0
    async with reading():
        told = await Notice.select(Notice.kind).where(Notice.person == cast.mona)
        overdue = await Rating.select(Rating.escalated_at)
    assert [row["kind"] for row in told] == ["low_rating_overdue"]
    assert overdue[0]["escalated_at"] is not None


async def test_a_question_waits_is_replied_to_and_its_time_is_kept(browser: Browser, open_browser) -> None:  # type: ignore[no-untyped-def]
    there = await scene()
    page = await browser.visit_and_submit(there.path, f"{there.path}/question", text="什么时候能换")
    assert "店主已经收到" in page
    await browser.visit_and_submit(there.path, f"{there.path}/question", text="在吗")
    assert (await kinds(Notice)).count("thread_question") == 1
    assert await attention(there) is Attention.NEEDS_ME
    owner = await make.sign_in(open_browser(), there.owner.person_id)
    page = await owner.get("/threads")
    assert "1 个问题等您回复" in page
    thread = next(link for link in page.links if link.startswith("/threads/"))
    page = await owner.visit_and_submit(thread, thread, text="明天换给您")
    assert "明天换给您" in page
    assert await attention(there) is Attention.NONE
    assert "明天换给您" in await browser.get(there.path)
    assert "owner_replied" in await kinds(BuyerMessage)
    async with reading():
        times = await queries.reply_times(there.owner.store_id, now() - timedelta(days=1))
    assert len(times) == 1
    assert 0 <= times[0].seconds < 60
    assert "问题都回复了" in await owner.get("/threads")


async def test_an_owner_may_write_first_and_no_reply_time_comes_of_it(browser: Browser, open_browser) -> None:  # type: ignore[no-untyped-def]
    there = await scene()
    owner = await make.sign_in(open_browser(), there.owner.person_id)
    path = f"/orders/{there.bought.number}/thread"
    page = await owner.visit_and_submit(path, path, text="您的货到了")
    assert page.path.startswith("/threads/")
    assert "您的货到了" in await browser.get(there.path)
    async with reading():
        assert await queries.reply_times(there.owner.store_id, now() - timedelta(days=1)) == []


async def test_nobody_elses_owner_reads_along(open_browser, cast: Cast) -> None:  # type: ignore[no-untyped-def]
    there = await scene(owner=cast.olive)
    async with reading():
        order = await orders.order(there.bought.id)
        assert order is not None
    ref = await talk.ask(SYSTEM, order, "在吗", now())
    other = await make.sign_in(open_browser(), cast.otto.person_id)
    for path in (f"/threads/{ref}", f"/orders/{order.number}/thread", f"/orders/{order.number}/ratings"):
        assert (await other.get(path)).status == 404, path
    assert "还没有买家提问" in await other.get("/threads")


async def test_twenty_messages_a_day_are_enough(database: str, cast: Cast) -> None:
    there = await scene()
    async with reading():
        order = await orders.order(there.bought.id)
        assert order is not None
    at = now()
    async with writing():
        for number in range(MOST_A_DAY):
            await talk.ask(SYSTEM, order, f"第 {number} 条", at)
    with pytest.raises(Refused, match="thread_full"):
        await talk.ask(SYSTEM, order, "还有", at)
    await talk.ask(SYSTEM, order, "第二天", at + timedelta(days=1, seconds=1))


async def test_a_question_that_waits_half_a_day_is_said_again_once(database: str, cast: Cast) -> None:
    there = await scene()
    async with reading():
        order = await orders.order(there.bought.id)
        assert order is not None
    await talk.ask(SYSTEM, order, "在吗", now() - timedelta(hours=13))
    assert await sweeps.remind_waiting() == 1
    assert await sweeps.remind_waiting() == 0
    assert (await kinds(Notice))[-1] == "thread_waiting"


async def test_a_buyer_hears_of_shipping_and_arrival_once_each(database: str, cast: Cast) -> None:
    there = await scene(Status.PAID)
    bought = await order_make.move(there.bought, now(), status=Status.SHIPPED)
    await order_make.parcel(bought, now(), ParcelState.ACCEPTED)
    bought = await order_make.move(bought, now(), status=Status.DELIVERED, delivered_at=now())
    await order_make.move(bought, now(), status=Status.COMPLETED)
    assert await kinds(BuyerMessage) == ["order_shipped", "order_delivered"]


async def test_twenty_four_parallel_ratings_are_one(database: str, cast: Cast) -> None:
    there = await scene()
    async with reading():
        order = await orders.order(there.bought.id)
        assert order is not None

    async def one() -> str:
        try:
            return str(await actions.rate(SYSTEM, order, "1", Marks(1, 1, 1), None, now()))
        except Refused as refused:
            return refused.code

    done = await asyncio.gather(*(one() for _ in range(24)))
    assert sorted(set(done)) == ["1", "rating_rated"]
    assert done.count("1") == 1
    async with reading():
        assert len(await orders.needs(order.id)) == 1


async def test_a_buyer_sees_the_same_hurry_as_her_owner(browser: Browser, cast: Cast) -> None:
    there = await scene(Status.PAID)
    await inquiries.hurry(SYSTEM, there.owner.person_id, there.bought.id, now())
    page = await browser.get(there.path)
    owner = await make.sign_in(browser, there.owner.person_id)
    hers = await owner.get(f"/orders/{there.bought.number}/story")
    for words in (t("inquiries.panel"), "qinling"):
        assert words in page
        assert words in hers


async def test_a_buyer_follows_her_return_but_sees_no_draft(browser: Browser, cast: Cast) -> None:
    there = await return_make.scene()
    path = (await actions.buyer_link(there.bought.id, now())).removeprefix(settings().base_url)
    await there.draft()
    assert t("voices.returns") not in await browser.get(path)
    await there.requested()
    page = await browser.get(path)
    assert t("voices.returns") in page
    assert t("returns.kind.return") in page
    assert t("returns.for_buyer.requested") in page


async def test_an_order_that_was_called_off_says_so(browser: Browser) -> None:
    there = await scene(Status.CANCELLED)
    page = await browser.get(there.path)
    assert "订单已取消" in page
    assert "钱" in page


async def test_the_page_asks_few_questions(browser: Browser) -> None:
    there = await scene(Status.SHIPPED)
    await order_make.parcel(there.bought, now(), ParcelState.ACCEPTED, ParcelState.DELIVERED)
    await browser.visit_and_submit(there.path, f"{there.path}/question", text="在吗")
    await rate(browser, there)
    with counting_queries() as counted:
        await browser.get(there.path)
    assert len(counted) <= 12


async def test_a_buyer_takes_her_words_with_her_and_may_have_them_erased(database: str, cast: Cast) -> None:
    there = await scene()
    async with reading():
        order = await orders.order(there.bought.id)
        assert order is not None
    await actions.rate(SYSTEM, order, "1", Marks(5, 5, 5), "很甜", now())
    await talk.ask(SYSTEM, order, "在吗", now())
    async with reading():
        told = await personal.export_buyer(order.vip_id)
    assert told["ratings"][0]["text"] == "很甜"
    assert told["messages"][0]["mine"] is True
    assert await attention(there) is Attention.NEEDS_ME
    async with writing():
        await personal.erase_buyer(order.vip_id, now())
    assert await attention(there) is Attention.NONE
    async with reading():
        assert await queries.waiting_count(order.store_id) == 0
    async with reading():
        assert (await Rating.select(Rating.text, Rating.goods))[0] == {"text": None, "goods": 5}
        assert (await ThreadMessage.select(ThreadMessage.text))[0] == {"text": ""}
