"""Telling a buyer: once, not at night, not in floods, and without keeping secrets."""

import asyncio
from datetime import timedelta

import pytest

from portal.core.base.clock import local
from portal.core.base.database import reading
from portal.core.base.public_links import Door, link_to
from portal.service.messages import queries
from portal.service.messages.actions import tell_buyer
from portal.service.messages.rules import MOST_A_DAY, State
from tests.service.messages import make

pytestmark = pytest.mark.usefixtures("app")


async def test_the_same_is_told_once_in_ten_minutes() -> None:
    buyer, at = await make.buyer(), make.noon()
    await make.tell(buyer, at, order_id=7)
    for seconds, told in [(0, False), (599, False), (601, True)]:
        again = await tell_buyer(buyer.id, make.KIND, make.PARAMS, at + timedelta(seconds=seconds), order_id=7)
        assert (again is not None) is told, seconds
    assert await tell_buyer(buyer.id, make.KIND, make.PARAMS, at, order_id=8) is not None
    assert await tell_buyer(buyer.id, make.KIND, {"store": "另一家"}, at, order_id=7) is not None


async def test_many_hands_at_once_tell_it_once() -> None:
    buyer, at = await make.buyer(), make.noon()
    told = await asyncio.gather(*(tell_buyer(buyer.id, make.KIND, make.PARAMS, at) for _ in range(24)))
    assert len([one for one in told if one is not None]) == 1
    assert await make.kinds(buyer.id) == [make.KIND]


async def test_what_comes_up_at_night_waits_for_the_morning() -> None:
    buyer = await make.buyer()
    late = make.noon() + timedelta(hours=11)
    waits = await make.message(await make.tell(buyer, late))
    assert local(waits.due_at) == local(late).replace(hour=8) + timedelta(days=1)


async def test_a_code_does_not_wait() -> None:
    buyer, late = await make.buyer(), make.noon() + timedelta(hours=11)
    code = await make.tell(buyer, late, kind="mandate_code", params={"nonce": "n", "minutes": 15})
    assert (await make.message(code)).due_at == late


async def test_a_flood_is_cut_and_kept_for_an_admin() -> None:
    buyer, at = await make.buyer(), make.noon()
    sent = [await make.tell(buyer, at, order_id=n) for n in range(MOST_A_DAY)]
    over = await make.tell(buyer, at, order_id=MOST_A_DAY)
    assert {(await make.message(one)).state for one in sent} == {State.WAITING}
    assert (await make.message(over)).failed == "flood"
    next_day = await make.tell(buyer, at + timedelta(hours=24, seconds=1), order_id=0)
    assert (await make.message(next_day)).failed is None
    code = await make.tell(buyer, at, kind="mandate_code", params={"nonce": "n", "minutes": 15})
    assert (await make.message(code)).failed is None


async def test_a_links_secret_is_not_kept_but_found_again() -> None:
    buyer, at = await make.buyer(), make.noon()
    way = await link_to(Door.MANDATE, 41, at)
    message = await make.message(await make.tell(buyer, at, way=way))
    assert message.way == "link:r:41"
    async with reading():
        assert await queries.address(message.way) == way
        assert await queries.address("https://shop.example/a") == "https://shop.example/a"
        assert await queries.address("/promise") == "http://127.0.0.1:8000/promise"
        assert await queries.address(None) is None
