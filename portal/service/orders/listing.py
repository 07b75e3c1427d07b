"""An owner's orders as she looks through them: by what they need, by status, flag, buyer, or a search.

One page costs the same few queries however many orders there are: each slice is a range of an index in the order
of `rank`, and what the cards show beside comes for all of a page at once. Call inside a door.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from portal.core.base.database import placeholders
from portal.core.stores.queries import contains, pattern
from portal.core.web.paging import Cut, Page, paged
from portal.service.orders.marks import FlagInfo
from portal.service.orders.queries import NeedInfo
from portal.service.orders.rules import OVER, Attention, Colour, ParcelState, Status, ranks_of
from portal.service.orders.tables import Order, OrderFlag, OrderLine, OrderNeed, Parcel

Given = tuple[object, ...]  # what fills a query's places
BEYOND = 2**62  # beyond every rank and id
MOST_COUNTED = 100  # shown as 99+


class Show(StrEnum):
    """Which orders; one at a time."""

    ALL = "all"
    NEEDS_ME = "needs_me"
    LATE = "late"
    UNPAID = "unpaid"
    TO_SHIP = "to_ship"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What she looks for; the first of these that is given holds: search, buyer, new ones, flag, `show`."""

    show: Show = Show.ALL
    flag: Colour | None = None
    since: int | None = None  # orders that came after this id
    vip_id: int | None = None
    search: str | None = None


@dataclass(frozen=True, slots=True)
class CardLine:
    """What was bought, as far as a card says."""

    title: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Card:
    """An order in the list; money in fen."""

    id: int
    rank: int
    number: str
    vip_id: int
    vip: str  # her external id
    vip_name: str
    phone_tail: str
    status: Status
    paid_fen: int
    placed_at: datetime
    ship_by: datetime | None
    attention: Attention
    lines: tuple[CardLine, ...] = ()
    needs: tuple[NeedInfo, ...] = ()
    parcel: ParcelState | None = None
    parcel_at: datetime | None = None
    flag: FlagInfo | None = None


_CARD = (
    "SELECT o.id, o.rank, o.number, o.vip AS vip_id, v.external_id AS vip, v.name AS vip_name, o.phone_tail,"
    " o.status, o.paid_fen, o.placed_at, o.ship_by, o.attention FROM orders o JOIN vips v ON v.id = o.vip"
)
_LATE = "o.status = 'paid' AND o.turns_at IS NULL AND o.ship_by IS NOT NULL"
_STATUS = "o.status = {}"
_SLICES: dict[Show, tuple[str, Given]] = {
    Show.ALL: ("", ()),
    Show.NEEDS_ME: ("o.rank >= {}", (ranks_of(Attention.NEEDS_ME)[0],)),
    Show.LATE: (_LATE, ()),
    Show.UNPAID: (_STATUS, ("placed",)),
    Show.TO_SHIP: (_STATUS, ("paid",)),
    Show.SHIPPED: (_STATUS, ("shipped",)),
    Show.DELIVERED: (_STATUS, ("delivered",)),
}


async def orders(store_id: int, wanted: Wanted, cut: Cut) -> Page[Card]:
    """The page of a store's orders that she wants, each with all that its card shows."""
    rows = await _rows(store_id, wanted, cut)
    found = paged(rows, cut, lambda row: row["rank"])
    return Page(await cards(found.items), found.next_after)


async def _rows(store_id: int, wanted: Wanted, cut: Cut) -> list[dict[str, Any]]:
    below = cut.after or BEYOND
    plain = not (wanted.search or wanted.vip_id or wanted.since is not None or wanted.flag)
    if plain and wanted.show is Show.OVER:
        sql, values = over_query(store_id, below, cut.fetch)
    else:
        condition, given = await condition_of(store_id, wanted)
        sql, values = slice_query(store_id, below, condition, given, cut.fetch)
    return list(await Order.raw(sql, *values))


def slice_query(store_id: int, below: int, condition: str, given: Given, limit: int) -> tuple[str, Given]:
    """A range of an index in the order of rank, and what fills its places."""
    where = " AND ".join(part for part in ("o.store = {}", "o.rank < {}", condition) if part)
    return f"{_CARD} WHERE {where} ORDER BY o.rank DESC LIMIT {{}}", (store_id, below, *given, limit)


def over_query(store_id: int, below: int, limit: int) -> tuple[str, Given]:
    """Three statuses, each by its own range of the index, then the best of the three."""
    one = "SELECT * FROM (SELECT id FROM orders WHERE store = {} AND status = {} AND rank < {}"
    one += " ORDER BY rank DESC LIMIT {}) "
    parts = " UNION ALL ".join(one + name for name in ("a", "b", "c"))
    values = [value for status in sorted(OVER) for value in (store_id, str(status), below, limit)]
    return f"{_CARD} JOIN ({parts}) k ON k.id = o.id ORDER BY o.rank DESC LIMIT {{}}", (*values, limit)


async def condition_of(store_id: int, wanted: Wanted) -> tuple[str, Given]:
    """Which of the store's orders are wanted, and what fills the places of that."""
    if wanted.search:
        return await _search(store_id, wanted.search)
    if wanted.vip_id is not None:
        return "o.vip = {}", (wanted.vip_id,)
    if wanted.since is not None:
        return "o.id > {}", (wanted.since,)
    if wanted.flag is not None:
        return "o.flag = {}", (str(wanted.flag),)
    return _SLICES[wanted.show]


async def _search(store_id: int, search: str) -> tuple[str, Given]:
    """A whole number finds its order, four digits a phone's end; anything else is looked for in all the words."""
    tail = search if search.isascii() and search.isdigit() and len(search) == 4 else ""
    rows = await Order.raw(
        "SELECT (SELECT count(*) FROM orders WHERE number = {} AND store = {}) AS numbered,"
        " (SELECT count(*) FROM (SELECT 1 AS one FROM orders WHERE store = {} AND phone_tail = {} LIMIT 1) t) AS tails",
        search,
        store_id,
        store_id,
        tail,
    )
    if rows[0]["numbered"]:
        return "o.number = {}", (search,)
    if tail and rows[0]["tails"]:
        return "o.phone_tail = {}", (tail,)
    return contains("o.search"), (pattern(search),)


async def cards(rows: Sequence[dict[str, Any]]) -> list[Card]:
    """Rows of the list with what belongs to each: four queries for all of them."""
    ids = [row["id"] for row in rows]
    if not ids:
        return []
    lines, needs, parcels, flags = await _lines(ids), await _needs(ids), await _parcels(ids), await _flags(ids)
    return [
        Card(
            **{**row, "status": Status(row["status"]), "attention": Attention(row["attention"])},
            lines=tuple(lines.get(row["id"], ())),
            needs=tuple(needs.get(row["id"], ())),
            parcel=parcels.get(row["id"], (None, None))[0],
            parcel_at=parcels.get(row["id"], (None, None))[1],
            flag=flags.get(row["id"]),
        )
        for row in rows
    ]


_LINES = "SELECT order_of, title, quantity FROM order_lines"
_NEEDS = "SELECT order_of AS order_id, code, subject, way, since FROM order_needs"
_PARCELS = "SELECT order_of, state, state_at FROM parcels"
_FLAGS = (
    "SELECT f.order_of, f.colour, f.note, p.name AS by_name, f.at, f.ended_at FROM order_flags f"
    " JOIN persons p ON p.id = f.by_person"
)


async def _lines(ids: list[int]) -> dict[int, list[CardLine]]:
    sql = f"{_LINES} WHERE order_of IN ({placeholders(ids)}) AND removed_at IS NULL ORDER BY id"
    rows = await OrderLine.raw(sql, *ids)
    found: dict[int, list[CardLine]] = {}
    for row in rows:
        found.setdefault(row["order_of"], []).append(CardLine(row["title"], row["quantity"]))
    return found


async def _needs(ids: list[int]) -> dict[int, list[NeedInfo]]:
    sql = f"{_NEEDS} WHERE order_of IN ({placeholders(ids)}) AND ended_at IS NULL ORDER BY id"
    rows = await OrderNeed.raw(sql, *ids)
    found: dict[int, list[NeedInfo]] = {}
    for row in rows:
        found.setdefault(row["order_id"], []).append(NeedInfo(**row))
    return found


async def _parcels(ids: list[int]) -> dict[int, tuple[ParcelState | None, datetime | None]]:
    """The newest parcel's state of each."""
    rows = await Parcel.raw(f"{_PARCELS} WHERE order_of IN ({placeholders(ids)}) ORDER BY id", *ids)
    return {row["order_of"]: (ParcelState(row["state"]) if row["state"] else None, row["state_at"]) for row in rows}


async def _flags(ids: list[int]) -> dict[int, FlagInfo]:
    rows = await OrderFlag.raw(f"{_FLAGS} WHERE f.order_of IN ({placeholders(ids)}) AND f.ended_at IS NULL", *ids)
    return {
        row["order_of"]: FlagInfo(Colour(row["colour"]), row["note"], row["by_name"], row["at"], None) for row in rows
    }


# ---- counting, never further than a chip shows ----

_COUNT = "(SELECT count(*) FROM (SELECT 1 AS one FROM orders o"
_OVER_PARTS = "o.status IN ({}, {}, {})"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many orders each chip leads to, counted to a hundred; `newest`: the id of the latest that came."""

    of: dict[Show, int]
    newest: int


async def counts(store_id: int) -> Counts:
    """What the chips say, in one query."""
    shows = [*_SLICES.items(), (Show.OVER, (_OVER_PARTS, tuple(str(status) for status in sorted(OVER))))]
    columns, values = [], []
    for show, (condition, given) in shows:
        where = f"o.store = {{}} AND {condition}" if condition else "o.store = {}"
        columns.append(f"{_COUNT} WHERE {where} LIMIT {MOST_COUNTED}) c) AS n_{show}")
        values += [store_id, *given]
    # Compared as a pair, so that only the index of both serves: by ids alone PostgreSQL walks past all other stores'.
    columns.append(
        "(SELECT o.id FROM orders o WHERE (o.store, o.id) >= ({}, 0) AND (o.store, o.id) < ({}, 0)"
        " ORDER BY o.store DESC, o.id DESC LIMIT 1) AS newest"
    )
    row = (await Order.raw(f"SELECT {', '.join(columns)}", *values, store_id, store_id + 1))[0]
    return Counts({show: int(row[f"n_{show}"]) for show, _ in shows}, int(row["newest"] or 0))


async def arrived_since(store_id: int, order_id: int) -> int:
    """How many orders have come after this one, counted to a hundred."""
    rows = await Order.raw(
        "SELECT count(*) AS n FROM (SELECT 1 AS one FROM orders WHERE store = {} AND id > {} LIMIT {}) c",
        store_id,
        order_id,
        MOST_COUNTED,
    )
    return int(rows[0]["n"])


async def waiting(owner_id: int) -> int:
    """How many orders need this owner now, counted to a hundred, for the navigation and her first page."""
    rows = await Order.raw(
        "SELECT count(*) AS n FROM (SELECT 1 AS one FROM orders o JOIN stores s ON s.id = o.store"
        " WHERE s.owner = {} AND o.rank >= {} LIMIT {}) c",
        owner_id,
        ranks_of(Attention.NEEDS_ME)[0],
        MOST_COUNTED,
    )
    return int(rows[0]["n"])


# ---- all stores, for staff ----


async def all_orders(search: str | None, cut: Cut) -> Page[Card]:
    """Every store's orders, the latest to come first; `search`: a number, a phone's last four digits, a buyer's id."""
    condition, values = await _search_all(search) if search else ("", ())
    where = " AND ".join(part for part in ("o.id < {}", condition) if part)
    rows = await Order.raw(
        f"{_CARD} WHERE {where} ORDER BY o.id DESC LIMIT {{}}", cut.after or BEYOND, *values, cut.fetch
    )
    found = paged(rows, cut, lambda row: row["id"])
    return Page(await cards(found.items), found.next_after)


async def _search_all(search: str) -> tuple[str, Given]:
    if await Order.exists().where(Order.number == search):
        return "o.number = {}", (search,)
    if search.isascii() and search.isdigit() and len(search) == 4:
        return "o.phone_tail = {}", (search,)
    return "v.external_id = {}", (search,)
