"""Settling on the real database: what an owner's lines bring, through the shop's own words."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from portal.core.base.audit import SYSTEM
from portal.core.base.database import reading
from portal.core.base.tables import AuditEntry
from portal.core.notices.tables import Notice
from portal.core.stores.queries import VipInfo
from portal.core.supply import actions as supply
from portal.core.supply.rules import ProductFacts
from portal.service.earnings import ledger, queries
from portal.service.earnings.actions import set_without_link, settle_order
from portal.service.earnings.queries import LineEarning
from portal.service.earnings.rules import State, Why
from portal.service.earnings.sweeps import release_all
from portal.service.earnings.tables import LedgerTransaction
from portal.service.orders.rules import LineFacts, Status
from portal.service.orders.tables import OrderEvent
from tests import make
from tests.cast import Cast
from tests.make import START, Owner
from tests.service.earnings import make as earn
from tests.service.orders import make as bought
from tests.service.orders.make import Bought

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AT = START + DAY


@dataclass(frozen=True)
class Shop:
    """An owner who holds the right, her link, her buyer."""

    owner: Owner
    code: str
    buyer: VipInfo


@pytest.fixture
async def shop(cast: Cast) -> Shop:
    owner = await make.owner("李芳", START - DAY)
    decided = await earn.decision(owner.store_id, START, until=START + 90 * DAY)
    return Shop(owner, await earn.link(owner.store_id, decided, START), await bought.vip(owner, START))


async def lines(order: Bought) -> list[LineEarning]:
    async with reading():
        return await queries.lines_of_order(order.id)


async def line(order: Bought) -> LineEarning:
    (found,) = await lines(order)
    return found


async def moves() -> list[tuple[str, str, int]]:
    async with reading():
        rows = await LedgerTransaction.select().order_by(LedgerTransaction.id)
        assert (await queries.balance_check()).whole
    return [(row["kind"], row["cause"], row["fen"]) for row in rows]


async def test_an_order_through_her_link_earns_and_says_why(shop: Shop) -> None:
    order = await bought.order(shop.buyer, AT, share_code=shop.code)
    found = await line(order)
    assert (found.why, found.state, found.pending_fen, found.bp) == (Why.LINK, State.PENDING, 1_416, 1_200)
    assert found.decision_id is not None
    assert await moves() == [("accrue", "paid", 1_416)]


async def test_the_rate_of_the_moment_when_it_was_ordered_stays(shop: Shop) -> None:
    product = await make.product(START)
    bill = (LineFacts("1", product, "蜂蜜", 1, 10_000),)
    order = await bought.order(shop.buyer, AT, share_code=shop.code, lines=bill)
    facts = ProductFacts(product, "蜂蜜", 10_000, 500, "qinling", "food", "https://shop.example/p/1")
    await supply.put_product(SYSTEM, facts, AT)
    await bought.move(order, AT + HOUR, status=Status.SHIPPED)
    assert (await line(order)).pending_fen == 1_200


@pytest.mark.parametrize(("through", "why"), [("none", Why.NO_LINK), ("foreign", Why.FOREIGN_LINK)])
async def test_without_a_link_of_hers_the_written_setting_decides(shop: Shop, through: str, why: Why) -> None:
    other = await make.owner("王梅", START)
    decided = await earn.decision(other.store_id, START, until=START + 90 * DAY)
    code = await earn.link(other.store_id, decided, START) if through == "foreign" else None
    order = await bought.order(shop.buyer, AT, share_code=code)
    assert ((await line(order)).why, (await line(order)).total_fen) == (why, 0)

    assert await set_without_link(SYSTEM, True, AT + HOUR)
    assert not await set_without_link(SYSTEM, True, AT + HOUR)
    await settle_order(SYSTEM, order.id, AT + 2 * HOUR)
    assert (await line(order)).total_fen == 0, "a change counts for later orders only"
    later = await bought.order(shop.buyer, AT + 3 * HOUR, share_code=code)
    assert ((await line(later)).why, (await line(later)).pending_fen) == (Why.BY_SETTING, 1_416)
    async with reading():
        acts = await AuditEntry.select(AuditEntry.facts).where(AuditEntry.action == "setting.changed")
    assert len(acts) == 1


async def test_nothing_is_earned_while_the_right_rests_and_what_was_earned_stays(shop: Shop) -> None:
    before = await bought.order(shop.buyer, AT, share_code=shop.code)
    await earn.decision(shop.owner.store_id, AT + HOUR, until=START + 90 * DAY, suspended=True)
    during = await bought.order(shop.buyer, AT + 2 * HOUR, share_code=shop.code)
    await earn.decision(shop.owner.store_id, AT + 3 * HOUR, until=START + 90 * DAY)
    after = await bought.order(shop.buyer, AT + 4 * HOUR, share_code=shop.code)
    # An order placed during the suspension that the shop tells of late earns nothing either.
    late = await bought.order(shop.buyer, AT + 5 * HOUR, share_code=shop.code, placed_at=AT + 2 * HOUR)
    assert [(await line(order)).pending_fen for order in (before, during, after, late)] == [1_416, 0, 1_416, 0]
    assert (await line(during)).why is Why.RIGHT_AT_ORDER


async def test_a_right_that_ran_out_ends_at_its_own_instant(shop: Shop) -> None:
    order = await bought.order(shop.buyer, START + 90 * DAY, share_code=shop.code)
    assert (await line(order)).why is Why.RIGHT_AT_ORDER
    eve = await bought.order(shop.buyer, START + 91 * DAY, share_code=shop.code, placed_at=START + 90 * DAY - HOUR)
    assert (await line(eve)).why is Why.LINK


async def test_it_becomes_payable_after_the_window_and_a_refund_takes_its_part_back(shop: Shop) -> None:
    order = await bought.order(shop.buyer, AT, share_code=shop.code)
    order = await bought.move(order, AT + DAY, status=Status.DELIVERED, delivered_at=AT + DAY)
    midnight = AT + 8 * DAY + 14 * HOUR  # in China, after the seventh day
    assert (await line(order)).release_at == midnight
    assert await release_all(midnight - HOUR) == 0
    assert await release_all(midnight) == 1
    assert await release_all(midnight) == 0
    assert ((await line(order)).state, (await line(order)).payable_fen) == (State.PAYABLE, 1_416)

    back = tuple(replace(one, refunded_fen=5_900) for one in order.facts.lines)
    order = await bought.move(order, AT + 9 * DAY, lines=back)
    found = await line(order)
    assert (found.payable_fen, found.reversed_fen, found.state) == (708, 708, State.PAYABLE)
    order = await bought.move(order, AT + 10 * DAY, status=Status.REFUNDED)
    assert (await line(order)).state is State.REVERSED
    assert await moves() == [
        ("accrue", "paid", 1_416),
        ("release", "window", 1_416),
        ("reverse", "refund", 708),
        ("reverse", "refund", 708),
    ]
    async with reading():
        told = await Notice.select(Notice.kind).where(Notice.person == shop.owner.person_id)
        events = await OrderEvent.select(OrderEvent.kind).where(OrderEvent.order_of == order.id)
    assert [row["kind"] for row in told].count("earnings.reversed") == 2
    assert [row["kind"] for row in events if row["kind"].startswith("earning")] == [
        "earning_payable",
        "earning_reversed",
        "earning_reversed",
    ]


async def test_an_open_return_keeps_it_pending_until_it_is_settled(shop: Shop) -> None:
    open_lines: set[int] = set()

    async def hold(order_lines: Collection[int]) -> set[int]:
        return open_lines & set(order_lines)

    order = await bought.order(shop.buyer, AT, share_code=shop.code)
    await bought.move(order, AT + DAY, status=Status.DELIVERED, delivered_at=AT + DAY)
    open_lines.add((await line(order)).order_line)
    ledger.HOLDS.append(hold)
    try:
        assert await release_all(AT + 9 * DAY) == 0
        assert (await line(order)).held
        open_lines.clear()
        assert await release_all(AT + 9 * DAY + HOUR / 2) == 0, "looked at again within the hour"
        assert await release_all(AT + 9 * DAY + HOUR) == 1
    finally:
        ledger.HOLDS.remove(hold)


async def test_replays_and_older_words_change_nothing(shop: Shop) -> None:
    first = await bought.order(shop.buyer, AT, share_code=shop.code, status=Status.PLACED)
    assert (await line(first)).state is State.UNPAID
    paid = await bought.move(first, AT + HOUR, status=Status.PAID)
    for facts in (paid.facts, first.facts, paid.facts):
        await bought.tell(facts, AT + 2 * HOUR)
    assert await settle_order(SYSTEM, paid.id, AT + 3 * HOUR) == 0
    assert await moves() == [("accrue", "paid", 1_416)]


async def test_lines_are_reckoned_one_by_one(shop: Shop) -> None:
    honey, tea = await make.product(START, commission_bp=500), await make.product(START, commission_bp=2_000)
    bill = (LineFacts("1", honey, "蜂蜜", 1, 10_000), LineFacts("2", tea, "茶", 1, 10_000, 2_500))
    order = await bought.order(shop.buyer, AT, share_code=shop.code, lines=bill)
    assert [one.pending_fen for one in await lines(order)] == [500, 1_500]
    await bought.move(order, AT + HOUR, lines=bill[:1])
    assert [one.pending_fen for one in await lines(order)] == [500, 0]


async def test_many_hands_at_once_post_once(shop: Shop) -> None:
    order = await bought.order(shop.buyer, AT, share_code=shop.code)
    await bought.move(order, AT + DAY, status=Status.DELIVERED, delivered_at=AT + DAY)
    late = AT + 9 * DAY
    back = tuple(replace(one, refunded_fen=1_000) for one in order.facts.lines)
    refunded = replace(order.facts, status=Status.DELIVERED, delivered_at=AT + DAY, updated_at=AT + 2 * DAY, lines=back)

    async def sweep() -> Any:
        return await release_all(late)

    async def tell() -> Any:
        return await bought.tell(refunded, late)

    async def settle() -> Any:
        return await settle_order(SYSTEM, order.id, late)

    await asyncio.gather(*[hand() for _ in range(8) for hand in (sweep, tell, settle)])
    found = await line(order)
    assert (found.pending_fen, found.payable_fen) == (0, 1_296)
    posted = await moves()
    assert sorted(kind for kind, _, _ in posted) == ["accrue", "release", "reverse"]


async def test_balances_by_month(shop: Shop) -> None:
    november, january = datetime.fromisoformat("2026-11-20T12:00Z"), datetime.fromisoformat("2027-01-05T12:00Z")
    order = await bought.order(shop.buyer, november, share_code=shop.code)
    await bought.move(order, november + HOUR, status=Status.DELIVERED, delivered_at=january - 8 * DAY)
    await release_all(january)
    async with reading():
        months = await queries.months(january.date(), january, shop.owner.store_id)
        before = await queries.balances_before(shop.owner.store_id, "2027-01", january)
        then = (await queries.balances_of([shop.owner.store_id], january))[shop.owner.store_id]
        everybody = await queries.months(january.date(), january)
    sums = {month.month: (month.accrued_fen, month.released_fen, month.payable_fen) for month in months}
    assert (sums["2026-11"], sums["2026-12"], sums["2027-01"]) == ((1_416, 0, 0), (0, 0, 0), (0, 1_416, 1_416))
    assert (before.pending_fen, before.payable_fen) == (1_416, 0)
    assert (then.pending_fen, then.payable_fen) == (0, 1_416)
    assert everybody == months
