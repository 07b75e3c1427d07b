"""Looking through orders: slices, searches, pages without gaps; the same few ranges of indexes however many there are."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from portal.core.base.clock import now
from portal.core.base.database import DB, counting_queries, reading, writing
from portal.core.stores.queries import VipInfo
from portal.core.web.paging import Cut
from portal.service.orders import actions, listing
from portal.service.orders.listing import Card, Show, Wanted
from portal.service.orders.rules import Address, Colour, LineFacts, ParcelState, Status, attention, rank
from portal.service.orders.sweeps import turn_due
from portal.service.orders.tables import Order
from tests import make
from tests.cast import Cast
from tests.service.orders import make as orders
from tests.service.orders.make import Bought

H = timedelta(hours=1)


async def found(cast: Cast, wanted: Wanted, cut: Cut | None = None) -> list[Card]:
    async with reading():
        return list((await listing.orders(cast.olive.store_id, wanted, cut or Cut())).items)


async def numbers(cast: Cast, wanted: Wanted) -> list[str]:
    return [card.number for card in await found(cast, wanted)]


@dataclass
class Shelf:
    """One order of each kind."""

    buyer: VipInfo
    of: dict[str, Bought]


@pytest.fixture
async def shelf(cast: Cast) -> Shelf:
    buyer, at = await orders.vip(cast.olive, name="刘慧"), now()
    product = await make.product()
    lines = (LineFacts("1", product, "Honey 500g 槐花蜜", 1, 5_900), LineFacts("2", product, "茶", 2, 100))
    made = {
        "unpaid": await orders.order(buyer, at - 9 * H, lines=lines, status=Status.PLACED),
        "late": await orders.order(buyer, at - 60 * H, lines=lines, ship_by=at - 2 * H),
        "paid": await orders.order(buyer, at - 3 * H, lines=lines),
        "shipped": await orders.order(buyer, at - 40 * H, lines=lines, status=Status.SHIPPED),
        "delivered": await orders.order(buyer, at - 90 * H, lines=lines, status=Status.DELIVERED),
        "completed": await orders.order(buyer, at - 95 * H, lines=lines, status=Status.COMPLETED),
        "cancelled": await orders.order(buyer, at - 96 * H, lines=lines, status=Status.CANCELLED),
        "refunded": await orders.order(buyer, at - 97 * H, lines=lines, status=Status.REFUNDED),
    }
    await turn_due()
    await orders.order(await orders.vip(cast.otto))
    return Shelf(buyer, made)


@pytest.mark.parametrize(
    ("wanted", "kinds"),
    [
        (Wanted(), "late unpaid paid shipped delivered completed cancelled refunded"),
        (Wanted(Show.NEEDS_ME), "late"),  # a late order asks her what the buyer wants
        (Wanted(Show.LATE), "late"),
        (Wanted(Show.UNPAID), "unpaid"),
        (Wanted(Show.TO_SHIP), "late paid"),
        (Wanted(Show.SHIPPED), "shipped"),
        (Wanted(Show.DELIVERED), "delivered"),
        (Wanted(Show.OVER), "completed cancelled refunded"),
        (Wanted(search="honey"), "late unpaid paid shipped delivered completed cancelled refunded"),
        (Wanted(search="槐花"), "late unpaid paid shipped delivered completed cancelled refunded"),
        (Wanted(search="刘慧"), "late unpaid paid shipped delivered completed cancelled refunded"),
        (Wanted(search="5678"), "late unpaid paid shipped delivered completed cancelled refunded"),
        (Wanted(search="9999"), ""),
        (Wanted(search="%"), ""),
        (Wanted(flag=Colour.RED), ""),
    ],
)
async def test_slices_and_searches(cast: Cast, shelf: Shelf, wanted: Wanted, kinds: str) -> None:
    assert await numbers(cast, wanted) == [shelf.of[kind].number for kind in kinds.split()]


async def test_what_needs_her_comes_first_whatever_its_status(cast: Cast, shelf: Shelf) -> None:
    done = shelf.of["completed"]
    await actions.raise_need(done.id, "follow_up", "x:1", "/x", now())
    assert (await numbers(cast, Wanted()))[:3] == [shelf.of[kind].number for kind in ("late", "completed", "unpaid")]
    card = (await found(cast, Wanted(Show.NEEDS_ME)))[1]
    assert [need.way for need in card.needs] == ["/x"]
    async with reading():
        assert await listing.waiting(cast.olive.person_id) == 2
        assert await listing.waiting(cast.otto.person_id) == 0


async def test_a_whole_number_is_found_alone_and_only_ones_own(cast: Cast, shelf: Shelf) -> None:
    one = shelf.of["paid"]
    longer = await orders.order(shelf.buyer, number=f"{one.number}-2")
    assert await numbers(cast, Wanted(search=one.number)) == [one.number]
    assert await numbers(cast, Wanted(search=f"{one.number}-")) == [longer.number]
    async with reading():
        page = await listing.orders(cast.otto.store_id, Wanted(search=one.number), Cut())
    assert page.items == []


async def test_four_digits_that_end_no_phone_are_looked_for_in_the_words(cast: Cast, shelf: Shelf) -> None:
    numbered = await orders.order(shelf.buyer, number="SO-4321-A")
    assert await numbers(cast, Wanted(search="4321")) == [numbered.number]
    ended = await orders.order(shelf.buyer, address=Address("张三", "13000004321", "北京", "1 号"))
    assert await numbers(cast, Wanted(search="4321")) == [ended.number]


async def test_a_buyers_orders_new_ones_and_a_cards_facts(cast: Cast, shelf: Shelf) -> None:
    other = await orders.order(await orders.vip(cast.olive), at := now())
    assert await numbers(cast, Wanted(vip_id=other.info.vip_id)) == [other.number]
    async with reading():
        assert await listing.arrived_since(cast.olive.store_id, shelf.of["refunded"].id) == 1
        assert await listing.arrived_since(cast.olive.store_id, other.id) == 0
    assert await numbers(cast, Wanted(since=shelf.of["refunded"].id)) == [other.number]
    await orders.parcel(shelf.of["shipped"], at, ParcelState.ACCEPTED, ParcelState.PROBLEM)
    (card,) = await found(cast, Wanted(Show.SHIPPED))
    assert [line.title for line in card.lines] == ["Honey 500g 槐花蜜", "茶"]
    assert card.parcel is ParcelState.PROBLEM
    assert card.vip_name == "刘慧"


async def test_chips_count_to_a_hundred(cast: Cast, shelf: Shelf) -> None:
    async with reading():
        counts = await listing.counts(cast.olive.store_id)
        nothing = await listing.counts(10**9)
    assert counts.of == {
        Show.ALL: 8,
        Show.NEEDS_ME: 1,
        Show.LATE: 1,
        Show.UNPAID: 1,
        Show.TO_SHIP: 2,
        Show.SHIPPED: 1,
        Show.DELIVERED: 1,
        Show.OVER: 3,
    }
    assert counts.newest == shelf.of["refunded"].id
    assert nothing.newest == 0


async def many(cast: Cast, number: int) -> None:
    """Orders of one owner, put down as rows: making them one by one would take longer than reading them."""
    first = await orders.order(await orders.vip(cast.olive))
    async with writing():
        plain = (await Order.select().where(Order.id == first.id))[0]
        statuses = [*Status]
        for start in range(0, number, 100):
            rows = []
            for n in range(start, min(start + 100, number)):
                placed: datetime = plain["placed_at"] - timedelta(minutes=n)
                status = statuses[n % len(statuses)]
                row = {**plain, "number": f"M-{n}", "placed_at": placed, "status": str(status), "id": 10_000 + n}
                rows.append(
                    Order(**row | {"rank": rank(attention(status, None, needed=False, now=placed), placed, 10_000 + n)})
                )
            await Order.insert(*rows)


@pytest.mark.parametrize("wanted", [Wanted(), Wanted(Show.OVER), Wanted(search="草莓"), Wanted(Show.UNPAID)])
async def test_pages_follow_each_other_without_gap_or_repeat(cast: Cast, wanted: Wanted) -> None:
    await many(cast, 150)
    seen: list[str] = []
    after: int | None = 0
    async with reading():
        while after is not None:
            page = await listing.orders(cast.olive.store_id, wanted, Cut(after, 7))
            seen += [card.number for card in page.items]
            after = page.next_after
    whole = {f"M-{n}" for n in range(150)}
    assert len(seen) == len(set(seen))
    expected = {
        Show.OVER: sum(n % 7 in (4, 5, 6) for n in range(150)),
        Show.UNPAID: sum(n % 7 == 0 for n in range(150)),
    }
    assert len(set(seen) & whole) == expected.get(wanted.show, 150)


async def test_a_page_asks_as_often_for_one_order_as_for_thirty(cast: Cast) -> None:
    await orders.order(await orders.vip(cast.olive))
    with counting_queries() as one:
        await found(cast, Wanted(), Cut(0, 30))
    await many(cast, 60)
    with counting_queries() as thirty:
        assert len(await found(cast, Wanted(), Cut(0, 30))) == 30
    assert len(one) == len(thirty) <= 5


SLICES = [Wanted(show) for show in Show] + [Wanted(flag=Colour.RED), Wanted(vip_id=1), Wanted(search="5678")]


@pytest.mark.parametrize("wanted", SLICES, ids=lambda wanted: f"{wanted.show}-{wanted.flag}-{wanted.search}")
async def test_every_slice_is_a_range_of_an_index_in_its_order(cast: Cast, wanted: Wanted) -> None:
    """No scan of the table and no sorting of more than a page."""
    await many(cast, 700)
    async with writing():
        await Order.raw("ANALYZE" if DB.engine_type == "sqlite" else "ANALYZE orders")
    with counting_queries() as count:
        await found(cast, wanted)
    (sql,) = [query for query in count.queries if "AS vip_name" in query]
    assert "rank" in sql
    plan = await explained(cast, wanted)
    assert "SCAN o\n" not in plan
    assert "Seq Scan on orders" not in plan
    if wanted.show is not Show.OVER:
        assert "TEMP B-TREE" not in plan
        assert "Sort" not in plan


async def explained(cast: Cast, wanted: Wanted) -> str:
    """How the database goes about the list's own query."""
    async with reading():
        if DB.engine_type == "postgres":
            await Order.raw("SET LOCAL enable_seqscan = off")  # so few rows would be read whole
        store, below = cast.olive.store_id, listing.BEYOND
        if wanted.show is Show.OVER:
            sql, given = listing.over_query(store, below, 20)
        else:
            condition, values = await listing.condition_of(store, wanted)
            sql, given = listing.slice_query(store, below, condition, values, 20)
        kind = "EXPLAIN QUERY PLAN" if DB.engine_type == "sqlite" else "EXPLAIN"
        rows = await Order.raw(f"{kind} {sql}", *given)
    return "\n".join(str(row.get("detail") or row.get("QUERY PLAN")) for row in rows) + "\n"
