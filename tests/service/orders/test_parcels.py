"""Parcels and their traces: told again, told late, told out of order, told by many."""

import asyncio
import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from portal.core.base.settings import settings
from portal.core.notices.tables import Notice
from portal.core.stores import queries as stores
from portal.service.inquiries import actions as inquiries
from portal.service.inquiries.rules import Kind
from portal.service.orders import follow_ups, parcel_watch, queries
from portal.service.orders.parcels import put_parcel
from portal.service.orders.rules import ParcelFacts, ParcelState, Status, TraceFacts
from portal.service.orders.tables import Parcel, Trace
from tests.cast import Cast
from tests.service.orders import make as orders
from tests.service.orders.make import Bought

H = timedelta(hours=1)


@pytest.fixture
async def bought(cast: Cast) -> Bought:
    placed = await orders.order(await orders.vip(cast.olive), now() - 30 * H)
    return await orders.move(placed, now() - 20 * H, status=Status.SHIPPED)


def facts(*states: ParcelState) -> ParcelFacts:
    at = now().replace(microsecond=0) - 10 * H
    traces = tuple(TraceFacts(at + n * H, state, f"{state}", None) for n, state in enumerate(states))
    return ParcelFacts("sf-express", "SF1", at - H, ("1",), traces)


async def test_a_parcel_says_its_latest_trace(bought: Bought) -> None:
    told = facts(ParcelState.ACCEPTED, ParcelState.IN_TRANSIT, ParcelState.DELIVERED)
    put = await put_parcel(SYSTEM, bought.number, told, now())
    assert put.created
    assert put.parcel.state is ParcelState.DELIVERED
    assert put.parcel.first_trace_at == told.traces[0].at
    assert put.parcel.delivered_at == told.traces[2].at
    async with reading():
        (parcel,) = await queries.parcels(bought.id)
        assert [trace.state for trace in parcel.traces] == [trace.state for trace in reversed(told.traces)]
        assert (await queries.events(bought.id))[0].kind == "parcel_delivered"


async def test_the_same_again_changes_nothing(bought: Bought) -> None:
    told = facts(ParcelState.ACCEPTED)
    assert (await put_parcel(SYSTEM, bought.number, told, now())).changed
    again = await put_parcel(SYSTEM, bought.number, told, now())
    assert not again.created
    assert not again.changed
    async with reading():
        assert (await Parcel.count(), await Trace.count()) == (1, 1)


async def test_traces_in_any_order_and_in_pieces_end_the_same(bought: Bought) -> None:
    told = facts(ParcelState.ACCEPTED, ParcelState.PROBLEM, ParcelState.OUT_FOR_DELIVERY)
    for number, order in enumerate(itertools.permutations(told.traces)):
        for trace in order:
            piece = replace(told, tracking_number=f"SF{number}", traces=(trace,))
            put = await put_parcel(SYSTEM, bought.number, piece, now())
        assert put.parcel.state is ParcelState.OUT_FOR_DELIVERY
        assert put.parcel.first_trace_at == told.traces[0].at


async def test_many_hands_make_one_parcel(bought: Bought) -> None:
    told = facts(ParcelState.ACCEPTED, ParcelState.IN_TRANSIT)
    put = await asyncio.gather(*(put_parcel(SYSTEM, bought.number, told, now()) for _ in range(12)))
    assert sum(one.created for one in put) == 1
    async with reading():
        assert (await Parcel.count(), await Trace.count()) == (1, 2)


async def test_unknown_orders_and_lines_are_refused(bought: Bought) -> None:
    with pytest.raises(NotFound):
        await put_parcel(SYSTEM, "nothing", facts(), now())
    with pytest.raises(Refused) as refused:
        await put_parcel(SYSTEM, bought.number, replace(facts(), lines=("1", "9")), now())
    assert (refused.value.code, refused.value.field) == ("order_line_unknown", "lines[1]")
    async with reading():
        assert await Parcel.count() == 0


async def needs(order_id: int) -> list[str]:
    async with reading():
        return [need.code for need in await queries.needs(order_id) if need.code.startswith("parcel_")]


@pytest.mark.parametrize(
    ("state", "need"),
    [
        (ParcelState.PROBLEM, "parcel_problem"),
        (ParcelState.RETURNING, "parcel_returning"),
        (ParcelState.RETURNED, "parcel_returned"),
        (ParcelState.IN_TRANSIT, None),
        (ParcelState.DELIVERED, None),
    ],
)
async def test_a_parcel_in_trouble_comes_to_its_owner(bought: Bought, state: ParcelState, need: str | None) -> None:
    await orders.parcel(bought, now(), ParcelState.ACCEPTED, state)
    assert await needs(bought.id) == ([need] if need else [])
    async with reading():
        assert await Notice.count().where(Notice.kind == "orders.parcel") == bool(need)


async def test_the_same_trouble_is_told_once_and_ends_with_it(bought: Bought) -> None:
    at = now()
    parcel = await orders.parcel(bought, at - H, ParcelState.ACCEPTED, ParcelState.PROBLEM)
    await orders.move(bought, at, status=Status.SHIPPED, paid_fen=1)
    assert await needs(bought.id) == ["parcel_problem"]
    told = ParcelFacts(
        parcel.carrier,
        parcel.tracking_number,
        parcel.shipped_at,
        ("1",),
        (TraceFacts(at, ParcelState.IN_TRANSIT, "go"),),
    )
    await put_parcel(SYSTEM, bought.number, told, at)
    assert await needs(bought.id) == []
    async with reading():
        assert await Notice.count().where(Notice.kind == "orders.parcel") == 1


async def test_a_parcel_that_stays_quiet_comes_by_itself_and_again_only_much_later(bought: Bought) -> None:
    await orders.parcel(bought, now(), ParcelState.ACCEPTED)
    clock = settings().clock_file
    assert clock is not None
    assert await parcel_watch.watch_due() == 0
    clock.write_text("+73h")
    assert await parcel_watch.watch_due() == 1
    assert await parcel_watch.watch_due() == 0
    assert await needs(bought.id) == ["parcel_still"]
    await parcel_watch.in_hand(bought.id, now())
    await orders.move(bought, now(), status=Status.SHIPPED, paid_fen=1)
    assert await needs(bought.id) == []
    clock.write_text("+140h")
    assert await parcel_watch.watch_due() == 0
    clock.write_text("+146h")
    assert await parcel_watch.watch_due() == 1
    assert await needs(bought.id) == ["parcel_still"]
    await orders.move(bought, now(), status=Status.DELIVERED)
    assert await needs(bought.id) == []


async def test_a_parcel_without_a_trace_comes_after_a_day(bought: Bought) -> None:
    await put_parcel(SYSTEM, bought.number, replace(facts(), shipped_at=now() - 23 * H), now())
    assert await needs(bought.id) == []
    clock = settings().clock_file
    assert clock is not None
    clock.write_text("+2h")
    assert await parcel_watch.watch_due() == 1
    assert await needs(bought.id) == ["parcel_untraced"]
    at = now()
    await follow_ups.follow_up(SYSTEM, (await person_of(bought)), bought.id, at + 24 * H, at)
    assert await needs(bought.id) == []


async def person_of(bought: Bought) -> int:
    """The owner of an order's store."""
    async with reading():
        store = await stores.store(bought.info.store_id)
    assert store is not None
    return store.owner_id


async def test_asking_the_carrier_takes_the_trouble_in_hand(bought: Bought) -> None:
    parcel = await orders.parcel(bought, now(), ParcelState.ACCEPTED, ParcelState.PROBLEM)
    asked = (SYSTEM, await person_of(bought), bought.id, parcel.id, Kind.TRACE)
    await inquiries.ask_carrier(*asked, note=None, at=now())
    assert await needs(bought.id) == []
