"""Taking orders over: the same again, in any order, by many hands; and what rooms above write on them."""

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from portal.core.base import hooks
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.hooks import OrderFact
from portal.core.base.refusals import Refused
from portal.core.notices.tables import Notice
from portal.service.orders import actions, flags, marks, queries, sweeps
from portal.service.orders.rules import Address, Attention, Colour, LineFacts, Status
from portal.service.orders.tables import Order, OrderEvent, OrderFlag, OrderLine, OrderNeed
from tests import make
from tests.cast import Cast
from tests.service.orders import make as orders

H = timedelta(hours=1)


async def kinds(order_id: int) -> list[str]:
    async with reading():
        return [event.kind for event in reversed(await queries.events(order_id))]


async def test_a_new_order_stands_with_its_lines_and_its_story(cast: Cast) -> None:
    at = now()
    bought = await orders.order(await orders.vip(cast.olive), at)
    async with reading():
        found = await queries.order_of_owner(cast.olive.person_id, bought.number)
        assert found is not None
        assert found.facts == bought.facts
        assert found.attention is Attention.NONE
        assert found.lines[0].commission_bp == 1_200
        assert await queries.order_of_owner(cast.otto.person_id, bought.number) is None
        assert await queries.order_of_store(cast.otto.store_id, bought.number) is None
    assert await kinds(bought.id) == ["placed", "paid"]


async def test_the_same_again_and_an_older_one_change_nothing(cast: Cast) -> None:
    at = now() - 5 * H
    bought = await orders.order(await orders.vip(cast.olive), at)
    moved = await orders.move(bought, at + H, status=Status.SHIPPED)
    for facts in (moved.facts, bought.facts, replace(bought.facts, status=Status.CANCELLED, updated_at=at - H)):
        put = await actions.put_order(SYSTEM, facts, now())
        assert not put.created
        assert not put.changed
        assert put.order.status is Status.SHIPPED
    assert await kinds(bought.id) == ["placed", "paid", "shipped"]


async def test_tellings_in_any_order_end_the_same(cast: Cast) -> None:
    buyer, at = await orders.vip(cast.olive), now() - 9 * H
    told = [Status.PLACED, Status.PAID, Status.SHIPPED, Status.DELIVERED]
    product = await make.product(at)
    for number, order in enumerate(itertools.permutations(range(4)), 1):
        lines = (LineFacts("1", product, "冻干草莓", 1, 100),)
        first = await orders.order(buyer, at - H, number=f"P-{number}", lines=lines, status=Status.PLACED)
        for index in order:
            facts = replace(first.facts, status=told[index], updated_at=at + index * H)
            last = await actions.put_order(SYSTEM, facts, now())
        assert last.order.status is Status.DELIVERED, order


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"vip": "nobody"}, "order_vip_unknown", "vip"),
        ({"lines": (LineFacts("1", "nothing", "x", 1, 1),)}, "order_product_unknown", "items[0].product"),
    ],
)
async def test_what_it_names_must_be_known(cast: Cast, changes: dict[str, object], code: str, field: str) -> None:
    bought = await orders.order(await orders.vip(cast.olive))
    with pytest.raises(Refused) as refused:
        await actions.put_order(SYSTEM, replace(bought.facts, number="other", **changes), now())  # type: ignore[arg-type]
    assert (refused.value.code, refused.value.field, refused.value.status) == (code, field, 422)
    async with reading():
        assert await Order.count() == 1


async def test_an_order_never_changes_its_buyer(cast: Cast) -> None:
    bought = await orders.order(await orders.vip(cast.olive))
    other = await orders.vip(cast.otto)
    with pytest.raises(Refused, match="order_vip_differs"):
        await orders.move(bought, now() + H, vip=other.external_id)


async def test_a_line_keeps_the_rate_of_the_moment_when_it_came(cast: Cast) -> None:
    from portal.core.supply import actions as supply  # noqa: PLC0415 - only here
    from portal.core.supply import queries as products  # noqa: PLC0415 - only here

    bought = await orders.order(await orders.vip(cast.olive))
    product = bought.facts.lines[0].product
    async with reading():
        known = (await products.products_by_external_id([product]))[product]
    await supply.put_product(SYSTEM, replace(known.facts, commission_bp=500), now())
    more = (replace(bought.facts.lines[0], refunded_fen=100), LineFacts("2", product, "冻干草莓", 1, 5_900))
    moved = await orders.move(bought, now() + H, lines=more)
    assert [line.commission_bp for line in moved.info.lines] == [1_200, 500]
    gone = await orders.move(moved, now() + 2 * H, lines=more[1:])
    assert [line.removed for line in gone.info.lines] == [True, False]
    back = await orders.move(gone, now() + 3 * H, lines=more)
    assert [line.removed for line in back.info.lines] == [False, False]


async def test_what_changed_stands_in_the_timeline(cast: Cast) -> None:
    bought = await orders.order(await orders.vip(cast.olive))
    moved = await orders.move(bought, now() + H, address=Address("王芳", "13900000001", "北京", "长安街 1 号"))
    await orders.move(moved, now() + 2 * H, ship_by=now() + 60 * H)
    assert await kinds(bought.id) == ["placed", "paid", "address", "ship_by"]
    async with reading():
        assert all("长安街" not in event.facts for event in await OrderEvent.objects())


async def test_twenty_four_hands_make_one_order(cast: Cast) -> None:
    first = await orders.order(await orders.vip(cast.olive))
    facts = replace(first.facts, number="R-1")
    put = await asyncio.gather(*(actions.put_order(SYSTEM, facts, now()) for _ in range(24)))
    assert sum(one.created for one in put) == 1
    async with reading():
        assert await Order.count().where(Order.number == "R-1") == 1
        assert await OrderLine.count() == 2
    assert await kinds(put[0].order.id) == ["placed", "paid"]


async def test_hands_that_tell_different_moments_leave_the_latest(cast: Cast) -> None:
    bought = await orders.order(await orders.vip(cast.olive))
    at = now()
    told = [replace(bought.facts, updated_at=at + n * H, paid_fen=n) for n in range(1, 13)]
    await asyncio.gather(*(actions.put_order(SYSTEM, facts, at) for facts in told))
    async with reading():
        found = await queries.order(bought.id)
    assert found is not None
    assert found.paid_fen == 12


@pytest.fixture
def heard() -> Iterator[list[OrderFact]]:
    """What rooms above hear of orders."""
    facts: list[OrderFact] = []

    async def listen(fact: OrderFact) -> None:
        facts.append(fact)

    hooks.order_changed.join(listen)
    yield facts
    hooks.order_changed.joined.remove(listen)


async def test_rooms_above_hear_each_change_once(cast: Cast, heard: list[OrderFact]) -> None:
    bought = await orders.order(await orders.vip(cast.olive))
    await actions.put_order(SYSTEM, bought.facts, now())
    await orders.move(bought, now() + H, status=Status.SHIPPED)
    assert [fact.order_id for fact in heard] == [bought.id, bought.id]


async def test_a_need_lifts_an_order_until_it_is_settled(cast: Cast) -> None:
    bought, at = await orders.order(await orders.vip(cast.olive)), now()
    assert await actions.raise_need(bought.id, "follow_up", "x:1", "/orders", at)
    assert not await actions.raise_need(bought.id, "follow_up", "x:1", "/orders", at)
    assert await actions.raise_need(bought.id, "follow_up", "x:2", "/orders", at)
    assert await actions.end_need(bought.id, "follow_up", "x:1", at)
    async with reading():
        assert (await actions.required(bought.id)).attention is Attention.NEEDS_ME
        assert [need.subject for need in await queries.needs(bought.id)] == ["x:2"]
    assert await actions.end_need(bought.id, "follow_up", "x:2", at)
    assert not await actions.end_need(bought.id, "follow_up", "x:2", at)
    async with reading():
        assert (await actions.required(bought.id)).attention is Attention.NONE
        assert await OrderNeed.count() == 2


async def test_an_order_turns_late_by_the_clock_once(cast: Cast, heard: list[OrderFact]) -> None:
    at = now() - 50 * H
    bought = await orders.order(await orders.vip(cast.olive), at)
    calm = await orders.order(await orders.vip(cast.olive))
    heard.clear()
    assert await sweeps.turn_due() == 1
    assert await sweeps.turn_due() == 0
    async with reading():
        assert (await actions.required(bought.id)).attention >= Attention.LATE  # a room above may ask her more
        assert (await actions.required(calm.id)).attention is Attention.NONE
    assert (await kinds(bought.id)).count("late") == 1
    assert [fact.order_id for fact in heard] == [bought.id]


async def test_a_flag_says_who_and_why_and_keeps_its_past(cast: Cast) -> None:
    bought, at = await orders.order(await orders.vip(cast.olive)), now()
    for colour, note in ((Colour.YELLOW, "减 5 元"), (Colour.YELLOW, "减 5 元"), (Colour.RED, None)):
        await flags.set_flag(SYSTEM, cast.olive.person_id, bought.id, colour, note, at)
    async with reading():
        history = await marks.flags(bought.id)
        assert [(one.colour, one.note, one.by_name) for one in history] == [
            (Colour.RED, None, "Olive"),
            (Colour.YELLOW, "减 5 元", "Olive"),
        ]
        assert (await actions.required(bought.id)).flag is Colour.RED
        assert (await marks.marks_of(bought.id)).flag == history[0]
    await flags.clear_flag(SYSTEM, bought.id, at)
    await flags.clear_flag(SYSTEM, bought.id, at)
    async with reading():
        assert (await actions.required(bought.id)).flag is None
        assert (await marks.marks_of(bought.id)).flag is None
        assert len(await marks.flags(bought.id)) == 2


async def test_many_hands_leave_one_flag(cast: Cast) -> None:
    bought, at = await orders.order(await orders.vip(cast.olive)), now()
    answers = await asyncio.gather(
        *(
            flags.set_flag(SYSTEM, cast.olive.person_id, bought.id, colour, None, at)
            for colour in [*Colour, *Colour, *Colour]
        ),
        return_exceptions=True,
    )
    assert all(answer is None or isinstance(answer, Refused) for answer in answers)
    async with reading():
        current = await OrderFlag.objects().where(OrderFlag.ended_at.is_null())
        assert len(current) == 1
        assert (await actions.required(bought.id)).flag == current[0].colour


async def test_a_new_order_reaches_its_owner_and_a_burst_as_one(cast: Cast) -> None:
    buyer, at = await orders.vip(cast.olive), now()
    await orders.order(buyer, at - timedelta(days=3))
    await orders.order(buyer, at)
    await orders.order(buyer, at + timedelta(minutes=5))
    await orders.order(buyer, at + timedelta(minutes=50))
    await orders.order(buyer, at + timedelta(hours=9), status=Status.CANCELLED)
    async with reading():
        told = await Notice.objects().where(Notice.kind == "orders.arrived").order_by(Notice.id)
    assert [(one.person, one.way is not None) for one in told] == [(cast.olive.person_id, True)] * 3
