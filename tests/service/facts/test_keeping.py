"""Facts kept up with a year of events are what they would be from nothing, on both databases."""

import asyncio
import random
from datetime import timedelta

import pytest

from portal.core.base import site_settings
from portal.core.base.clock import now
from portal.core.base.database import DB, reading, writing
from portal.core.web.frame import Frame
from portal.service.facts import keeping, recounting
from portal.service.facts.tables import FactDue, OrderFact
from portal.service.orders.rules import Status
from tests import make
from tests.service.facts.make import Year, forget, keep_all, kept
from tests.service.orders import make as orders


async def _nothing(what: str, done: int, total: int) -> None:
    """Nobody looks at the progress."""


async def lived(seed: int, steps: int) -> Year:
    year = Year(random.Random(seed))
    await year.open()
    await year.go(steps)
    return year


async def dues() -> int:
    async with reading():
        return int((await FactDue.raw("SELECT count(*) AS n FROM fact_dues"))[0]["n"])


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_a_year_kept_up_is_the_year_from_nothing(seed: int, app: Frame) -> None:
    on_sqlite = DB.engine_type == "sqlite"
    if not on_sqlite and seed > 1:
        seed += 100  # other years there
    year = await lived(seed, 420 if on_sqlite else 250)
    await year.erase()
    await keep_all()
    assert await dues() == 0
    before = await kept()
    assert min(len(rows) for rows in before.values()) > 15
    assert await recounting.recount(now(), _nothing) == 0
    assert await kept() == before
    await forget()
    assert await recounting.recount(now(), _nothing) == len(before["order_facts"])
    while await keeping.keep():
        pass
    assert await kept() == before
    assert (await recounting.check()).apart == ()
    assert {name for name, times in year.done.items() if times} >= {
        "place",
        "change",
        "send",
        "rate",
        "complain",
        "find",
    }


async def test_two_workers_at_once_keep_the_same(app: Frame) -> None:
    year = await lived(7, 120)
    await asyncio.gather(year.go(60, keep=0.3), keeping.keep(), keeping.keep(), keeping.notice())
    await asyncio.gather(keep_all(), keep_all())
    before = await kept()
    await forget()
    await recounting.recount(now(), _nothing)
    assert await kept() == before


async def test_a_worker_that_dies_in_between_loses_nothing(app: Frame) -> None:
    await lived(8, 80)
    waiting = await dues()
    assert waiting
    before = await kept()
    with pytest.raises(RuntimeError, match="the power went"):
        async with writing():
            await keeping.keep_batch(now())
            raise RuntimeError("the power went")
    assert (await dues(), await kept()) == (waiting, before)
    await keep_all()
    after = await kept()
    await forget()
    await recounting.recount(now(), _nothing)
    assert await kept() == after


async def test_a_change_that_is_taken_back_leaves_no_due(app: Frame) -> None:
    bought = await orders.order(await orders.vip(await make.owner("李芳")))
    await keep_all()
    with pytest.raises(RuntimeError, match="no"):
        async with writing():
            await orders.move(bought, now(), status=Status.CANCELLED)
            raise RuntimeError("no")
    assert await dues() == 0


async def test_orders_from_before_are_noticed(app: Frame) -> None:
    await lived(9, 60)
    await forget()
    assert await keeping.notice() > 5
    assert await keeping.notice() == 0
    while await keeping.keep():
        pass
    before = await kept()
    assert await recounting.recount(now(), _nothing) == 0
    assert await kept() == before


async def test_a_young_order_is_looked_for_until_it_is_old(app: Frame) -> None:
    """Writers commit out of order: the mark stays before orders that somebody may still slip in front of."""
    buyer = await orders.vip(await make.owner("李芳"))
    old = await orders.order(buyer, now() - timedelta(hours=1))
    young = await orders.order(buyer)
    await keep_all()
    async with reading():
        assert await site_settings.value(keeping.SEEN, "") == str(old.id)
    async with writing():
        await OrderFact.raw("DELETE FROM order_facts WHERE order_of = {}", young.id)
    assert await keeping.notice() == 1


async def test_a_recount_that_was_broken_off_goes_on(app: Frame) -> None:
    await lived(10, 60)
    await keep_all()
    before = await kept()
    async with writing():
        await OrderFact.raw("UPDATE order_facts SET paid_fen = paid_fen + 1")
        await OrderFact.raw("UPDATE order_days SET paid_fen = paid_fen + 7, orders = 5")
    with pytest.raises(asyncio.CancelledError):
        await recounting.recount(now(), _broken_off)
    assert await recounting.recount(now(), _nothing) == 0  # the orders were done, the days were not
    assert await kept() == before


async def _broken_off(what: str, done: int, total: int) -> None:
    raise asyncio.CancelledError


async def test_the_doctor_finds_a_day_that_disagrees(app: Frame) -> None:
    bought = await orders.order(await orders.vip(await make.owner("李芳")))
    await keep_all()
    found = await recounting.check()
    assert (found.days, found.apart, found.waiting) == (1, (), 0)
    async with writing():
        await OrderFact.raw("UPDATE order_facts SET paid_fen = paid_fen + 1 WHERE order_of = {}", bought.id)
    assert len((await recounting.check()).apart) == 1
