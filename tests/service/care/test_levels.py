"""Levels follow the orders, whoever writes them at the same time, and fall by time alone."""

import asyncio
from datetime import timedelta

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.base.worker import drain
from portal.core.web.paging import Cut
from portal.service.care import actions, personal, queries, sweeps
from portal.service.care.rules import Level, Outcome
from portal.service.care.tables import CallBack, VipLevel, VipNote
from portal.service.orders import listing
from portal.service.orders.rules import LineFacts, Status
from tests.cast import Cast
from tests.service.care.make import arrived, key_vip
from tests.service.orders import make as orders


async def level_of(vip_id: int) -> queries.LevelInfo:
    async with reading():
        found = await queries.level(vip_id)
    assert found is not None
    return found


async def test_a_level_rises_with_arrivals_and_falls_with_refunds(database: str, cast: Cast) -> None:
    buyer = await orders.vip(cast.olive)
    at = now() - timedelta(days=10)
    await orders.order(buyer, at)
    assert (await level_of(buyer.id)).level is Level.NEW
    for _ in range(2):
        await arrived(buyer, at)
    assert (await level_of(buyer.id)).level is Level.RETURNING
    large = await arrived(buyer, at, 100_000)
    found = await level_of(buyer.id)
    assert found.level is Level.KEY
    assert found.next_call_at is not None
    assert found.year_fen == 100_000 + 2 * 11_800
    line = large.facts.lines[0]
    lines = (LineFacts(line.line, line.product, line.title, line.quantity, line.paid_fen, 90_000),)
    await orders.move(large, now(), lines=lines)
    found = await level_of(buyer.id)
    assert found.level is Level.RETURNING
    assert found.next_call_at is None


async def test_parallel_orders_are_all_counted(database: str, cast: Cast) -> None:
    buyer = await orders.vip(cast.olive)
    at = now() - timedelta(days=5)
    bought = [await orders.order(buyer, at) for _ in range(8)]
    moved = at + timedelta(days=1)
    await asyncio.gather(*(orders.move(one, moved, status=Status.DELIVERED, delivered_at=moved) for one in bought))
    found = await level_of(buyer.id)
    assert (found.level, found.arrived, found.orders) == (Level.KEY, 8, 8)


async def test_the_orders_of_a_key_vip_come_first_in_the_list(database: str, cast: Cast) -> None:
    """Whoever was placed later stands behind her whom the owner has most to thank for."""
    buyer, other = await orders.vip(cast.olive), await orders.vip(cast.olive)
    at = now() - timedelta(days=10)
    hers = await orders.order(buyer, now() - timedelta(hours=5))
    later = await orders.order(other, now() - timedelta(hours=4))
    assert await listed(cast.olive.store_id) == [later.number, hers.number]
    await arrived(buyer, at, 100_000)
    await drain()
    now_listed = await listed(cast.olive.store_id)
    assert now_listed.index(hers.number) < now_listed.index(later.number)


async def listed(store_id: int) -> list[str]:
    async with reading():
        return [card.number for card in (await listing.orders(store_id, listing.Wanted(), Cut())).items]


async def test_a_level_falls_when_its_orders_leave_the_year(database: str, cast: Cast) -> None:
    buyer = await key_vip(cast.olive, age=timedelta(days=364))
    assert (await level_of(buyer.id)).level is Level.KEY
    assert await sweeps.recount_due() == 0
    past = now() - timedelta(days=2)
    async with writing():
        await VipLevel.update({VipLevel.recount_at: past}).where(VipLevel.vip == buyer.id)
        await VipLevel.raw("UPDATE orders SET placed_at = {} WHERE vip = {}", now() - timedelta(days=366), buyer.id)
    assert await sweeps.recount_due() == 1
    assert (await level_of(buyer.id)).level is Level.NEW


async def test_a_buyer_takes_what_is_known_with_her_and_may_have_it_erased(database: str, cast: Cast) -> None:
    buyer = await key_vip(cast.olive)
    person = cast.olive.person_id
    await actions.record_call(SYSTEM, person, buyer, Outcome.REACHED, "喜欢偏甜的", None, now())
    await actions.keep_note(SYSTEM, person, buyer, "孩子三岁", now())
    async with reading():
        told = await personal.export_buyer(buyer.id)
    assert told["level"] == "key"
    assert told["calls"][0]["note"] == "喜欢偏甜的"
    assert told["notes"][0]["text"] == "孩子三岁"
    async with writing():
        await personal.erase_buyer(buyer.id, now())
    async with reading():
        assert (await CallBack.select(CallBack.note, CallBack.outcome))[0] == {"note": None, "outcome": "reached"}
        assert await VipNote.count() == 0
    assert (await level_of(buyer.id)).do_not_call
