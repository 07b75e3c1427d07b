"""What time does to returns, what they tell of a product, and the registers that they fill."""

import asyncio
from datetime import timedelta

import pytest

from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.base.refusals import Refused
from portal.core.notices.tables import Notice
from portal.core.web.paging import Cut
from portal.service.messages.tables import BuyerMessage
from portal.service.orders.rules import ParcelState, Status
from portal.service.orders.tables import OrderNeed
from portal.service.returns import queries, registers, sweeps
from portal.service.returns.registers import What
from portal.service.returns.rules import Kind, Reason
from portal.service.returns.states import Answer, State
from portal.service.returns.tables import Return
from tests.cast import Cast
from tests.service.orders import make as orders
from tests.service.returns.make import answer, scene, state

pytestmark = pytest.mark.usefixtures("cast")
A, S = Answer, State


async def told_buyer() -> list[str]:
    async with reading():
        rows = await BuyerMessage.select(BuyerMessage.kind).order_by(BuyerMessage.id)
    return [row["kind"] for row in rows if row["kind"].startswith("return_")]


async def needs() -> list[str]:
    async with reading():
        rows = await OrderNeed.select(OrderNeed.code).where(OrderNeed.ended_at.is_null())
    return [row["code"] for row in rows]


async def test_a_silent_shop_is_escalated_once_and_its_answer_ends_the_alarm(cast: Cast) -> None:
    one = await scene(at=now() - timedelta(hours=49))
    ref = await one.requested()
    assert await sweeps.watch_deadlines() == 1
    assert await sweeps.watch_deadlines() == 0
    assert await needs() == ["return_shop_late"]
    async with reading():
        rows = await Notice.select(Notice.person, Notice.kind)
    kinds = {(row["person"], row["kind"]) for row in rows}
    assert {(one.owner.person_id, "return_shop_late"), (cast.ada, "return_escalated")} <= kinds
    await answer(ref, A.APPROVED, now())
    assert await needs() == []


async def test_goods_that_nobody_sends_are_asked_for_once_and_then_it_lapses() -> None:
    one = await scene(at=now() - timedelta(days=7, hours=1))
    ref = await one.requested()
    await answer(ref, A.APPROVED, one.at)
    assert await sweeps.watch_deadlines() == 1
    assert await needs() == ["return_goods_late"]
    assert (await told_buyer())[-1] == "return_send_goods_reminder"
    async with reading():
        rows = await Return.select(Return.late_at).where(Return.ref == ref)
    async with writing():
        earlier = rows[0]["late_at"] - timedelta(days=3, minutes=1)
        await Return.update({Return.late_at: earlier}).where(Return.ref == ref)
    assert await sweeps.watch_deadlines() == 1
    assert await state(ref) is S.CLOSED
    assert await needs() == []


async def test_early_returns_are_told_to_the_products_judges() -> None:
    one = await scene()
    order = await one.order()
    since = one.at - timedelta(days=30)
    product = order.lines[0].product_id
    async with reading():
        assert await queries.early_returns(product, since) == (0, 1)
    ref = await one.requested(Kind.REFUND, Reason.QUALITY, quantity=1, fen=100)
    await one.requested(Kind.REFUND, Reason.QUALITY, quantity=1, fen=100)
    async with reading():
        assert await queries.early_returns(product, since) == (1, 1)
    await answer(ref, A.REFUSED, one.at)
    async with reading():
        assert await queries.early_returns(product, since) == (1, 1)
        assert await queries.early_returns(product, one.at) == (0, 0)


async def test_lost_parcels_enter_their_register_and_are_settled_once() -> None:
    one = await scene(status=Status.SHIPPED)
    parcel = await orders.parcel(one.bought, one.at, ParcelState.IN_TRANSIT)
    ref = await one.requested(Kind.RESEND, Reason.LOST)
    async with reading():
        assert await registers.months(None, "2000-01") == []
    await answer(ref, A.APPROVED, one.at)
    await answer(ref, A.RESENT, one.at)
    async with reading():
        (entry,) = (await registers.entries(registers.Wanted(one.owner.store_id), Cut())).items
    assert (entry.what, entry.amount_fen, entry.tracking_number) == (What.LOST, 11_800, parcel.tracking_number)
    with pytest.raises(Refused, match="entry_too_much"):
        await registers.settle(one.actor, one.owner.person_id, entry.ref, 11_801, one.at)

    async def settle() -> bool:
        try:
            await registers.settle(one.actor, one.owner.person_id, entry.ref, 9_000, one.at)
        except Refused:
            return False
        return True

    assert sum(await asyncio.gather(*(settle() for _ in range(6)))) == 1
    async with reading():
        (month,) = await registers.months(one.owner.store_id, "2000-01")
    assert (month.entries, month.amount_fen, month.settled_fen, month.unsettled) == (1, 11_800, 9_000, 0)
