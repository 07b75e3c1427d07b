"""What orders came to: of a supplier or carrier, a store, a region, a team, the platform. Call inside a door.

Days are of placing where the site is (`2026-11-23`), both ends belong to the window. A store's window is of delivery,
from `since` to before `until`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from portal.core.base.database import placeholders
from portal.core.web.paging import Cut, Page, paged
from portal.service.facts.sums import By, OrderSums, PartySums, folded
from portal.service.facts.tables import OrderDay, OrderFact, PartyDay, PartyFact

PARTY_COLUMNS = tuple(f.name for f in fields(PartySums))
ORDER_COLUMNS = tuple(f.name for f in fields(OrderSums))
_PARTY_SUMS = ", ".join(f"coalesce(sum(d.{name}), 0) AS {name}" for name in PARTY_COLUMNS)
_ORDER_SUMS = ", ".join(f"coalesce(sum(d.{name}), 0) AS {name}" for name in ORDER_COLUMNS)


def party_sums_of(row: Mapping[str, Any]) -> PartySums:
    return PartySums(*(int(row[name]) for name in PARTY_COLUMNS))


def order_sums_of(row: Mapping[str, Any]) -> OrderSums:
    return OrderSums(*(int(row[name]) for name in ORDER_COLUMNS))


# ---- suppliers and carriers ----


async def party_window(party_id: int, since_day: str, until_day: str) -> PartySums:
    """What a party's orders of these days came to."""
    rows = await PartyDay.raw(
        f"SELECT {_PARTY_SUMS} FROM party_days d WHERE d.party = {{}} AND d.day >= {{}} AND d.day <= {{}}",  # noqa: S608
        party_id,
        since_day,
        until_day,
    )
    return party_sums_of(rows[0])


async def party_windows(since_day: str, until_day: str, kind: str) -> dict[int, PartySums]:
    """The same of every party of a kind (goods, carrier) that had any; one query."""
    rows = await PartyDay.raw(
        f"SELECT d.party, {_PARTY_SUMS} FROM party_days d JOIN suppliers s ON s.id = d.party"  # noqa: S608
        " WHERE d.day >= {} AND d.day <= {} AND s.kind = {} GROUP BY d.party",
        since_day,
        until_day,
        str(kind),
    )
    return {row["party"]: party_sums_of(row) for row in rows}


async def party_series(party_id: int, since_day: str, until_day: str) -> dict[str, PartySums]:
    """A party's days that had any, in order."""
    rows = await PartyDay.raw(
        f"SELECT d.day, {_PARTY_SUMS} FROM party_days d WHERE d.party = {{}} AND d.day >= {{}} AND d.day <= {{}}"  # noqa: S608
        " GROUP BY d.day ORDER BY d.day",
        party_id,
        since_day,
        until_day,
    )
    return {row["day"]: party_sums_of(row) for row in rows}


@dataclass(frozen=True, slots=True)
class PartyOrder:
    """An order as it counts for a party. `id` is the row's, by which its list pages; money in fen.

    `due_at` and `done_at`: goods ship by and shipped; carrier promised arrival and arrived.
    """

    id: int
    order_id: int
    number: str
    product: str | None
    category: str
    region: str | None
    placed_at: datetime
    delivered_at: datetime | None
    faults: int
    severe: int
    due_at: datetime | None
    done_at: datetime | None
    late: bool
    lost: bool
    damaged: bool
    cold_broken: bool
    fresh: bool
    hurries: int
    hurries_answered: int
    ratings: int
    rating_sum: int
    low_ratings: int
    paid_fen: int


# Which orders stand behind a column of the sums; None: all that count.
ONLY: Mapping[str | None, str] = {
    None: "f.counted",
    "faulted": "f.counted AND f.faults > 0",
    "severe": "f.counted AND f.severe > 0",
    "late": "f.counted AND f.late",
    "timed": "f.counted AND f.due_at IS NOT NULL AND f.done_at IS NOT NULL",
    "lost": "f.counted AND f.lost",
    "damaged": "f.counted AND f.damaged",
    "cold": "f.counted AND f.cold_broken",
    "fresh": "f.counted AND f.fresh",
    "hurries": "f.hurries > 0",
    "ratings": "f.counted AND f.ratings > 0",
    "low": "f.counted AND f.low_ratings > 0",
    "against": "(f.counted AND (f.faults > 0 OR f.late OR f.lost OR f.damaged OR f.cold_broken)"
    " OR f.hurries > f.hurries_answered)",
}
_FLAGS = ("late", "lost", "damaged", "cold_broken", "fresh")
_PARTY_ORDER = (
    "SELECT f.id, f.order_of AS order_id, o.number, p.title AS product, f.category, f.region, f.placed_at,"
    " f.delivered_at, f.faults, f.severe, f.due_at, f.done_at, f.late, f.lost, f.damaged, f.cold_broken, f.fresh,"
    " f.hurries, f.hurries_answered, f.ratings, f.rating_sum, f.low_ratings, f.paid_fen"
    " FROM party_facts f JOIN orders o ON o.id = f.order_of LEFT JOIN products p ON p.id = f.product"
)


async def party_orders(party_id: int, since_day: str, until_day: str, only: str | None, cut: Cut) -> Page[PartyOrder]:
    """The orders behind a party's window, or behind one of its columns (`ONLY`), the latest placed first."""
    below, values = await _below("party_facts", "placed_at", cut)
    rows = await PartyFact.raw(
        f"{_PARTY_ORDER} WHERE f.party = {{}} AND f.day >= {{}} AND f.day <= {{}} AND {ONLY[only]}{below}"
        " ORDER BY f.placed_at DESC, f.id DESC LIMIT {}",
        party_id,
        since_day,
        until_day,
        *values,
        cut.fetch,
    )
    found = [PartyOrder(**{**row, **{name: bool(row[name]) for name in _FLAGS}}) for row in rows]
    return paged(found, cut, lambda item: item.id)


async def _below(table: str, moment: str, cut: Cut) -> tuple[str, list[Any]]:
    """What comes after the last row seen, in falling order of its moment."""
    if not cut.after:
        return "", []
    rows = await PartyFact.raw(f"SELECT {moment} AS at FROM {table} WHERE id = {{}}", cut.after)  # noqa: S608 - our own names
    return (f" AND (f.{moment}, f.id) < ({{}}, {{}})", [rows[0]["at"], cut.after]) if rows else (" AND 1 = 0", [])


# ---- stores ----


@dataclass(frozen=True, slots=True)
class StoreSums:
    """What a store's delivered orders came to; what the owner bought for herself stands in `own` alone. In fen."""

    orders: int = 0
    vips: int = 0
    own: int = 0
    faulted: int = 0
    faults: int = 0
    complained: int = 0
    refunded: int = 0
    repeats: int = 0
    paid_fen: int = 0
    refunded_fen: int = 0


_STORE_COLUMNS = tuple(f.name for f in fields(StoreSums))
_STORE_SUMS = (
    "sum(CASE WHEN f.own THEN 0 ELSE 1 END) AS orders,"
    " count(DISTINCT CASE WHEN f.own THEN NULL ELSE f.vip END) AS vips,"
    " sum(CASE WHEN f.own THEN 1 ELSE 0 END) AS own,"
    " sum(CASE WHEN f.own OR f.owner_faults = 0 THEN 0 ELSE 1 END) AS faulted,"
    " sum(CASE WHEN f.own THEN 0 ELSE f.owner_faults END) AS faults,"
    " sum(CASE WHEN f.own OR f.complaints = 0 THEN 0 ELSE 1 END) AS complained,"
    " sum(CASE WHEN f.own OR f.refunded_fen = 0 THEN 0 ELSE 1 END) AS refunded,"
    " sum(CASE WHEN f.own OR f.nth < 2 THEN 0 ELSE 1 END) AS repeats,"
    " sum(CASE WHEN f.own THEN 0 ELSE f.paid_fen END) AS paid_fen,"
    " sum(CASE WHEN f.own THEN 0 ELSE f.refunded_fen END) AS refunded_fen"
)


async def store_window(store_id: int, since: datetime, until: datetime) -> StoreSums:
    """What a store's orders came to that were delivered in this time."""
    return (await store_windows(store_id, store_id, since, until)).get(store_id, StoreSums())


async def store_windows(first: int, last: int, since: datetime, until: datetime) -> dict[int, StoreSums]:
    """The same of the stores with ids from `first` to `last` that had any; one query, for runs over all of them."""
    rows = await OrderFact.raw(
        f"SELECT f.store, {_STORE_SUMS} FROM order_facts f WHERE f.store >= {{}} AND f.store <= {{}}"  # noqa: S608
        " AND f.delivered_at IS NOT NULL AND f.delivered_at >= {} AND f.delivered_at < {} GROUP BY f.store",
        first,
        last,
        since,
        until,
    )
    return {row["store"]: StoreSums(*(int(row[name] or 0) for name in _STORE_COLUMNS)) for row in rows}


@dataclass(frozen=True, slots=True)
class StoreOrder:
    """A delivered order as it counts for its store; `id` is the row's, by which its list pages. Money in fen."""

    id: int
    order_id: int
    number: str
    vip_id: int
    placed_at: datetime
    delivered_at: datetime
    paid_fen: int
    refunded_fen: int
    own: bool
    nth: int
    complaints: int
    owner_faults: int


async def store_orders(
    store_id: int, since: datetime, until: datetime, cut: Cut, *, faulted: bool = False
) -> Page[StoreOrder]:
    """The orders behind a store's window, the latest delivered first; own ones are marked. `faulted`: with a fault of
    the owner's."""
    below, values = await _below("order_facts", "delivered_at", cut)
    rows = await OrderFact.raw(
        "SELECT f.id, f.order_of AS order_id, o.number, f.vip AS vip_id, f.placed_at, f.delivered_at, f.paid_fen,"  # noqa: S608
        " f.refunded_fen, f.own, f.nth, f.complaints, f.owner_faults FROM order_facts f JOIN orders o"
        " ON o.id = f.order_of WHERE f.store = {} AND f.delivered_at IS NOT NULL AND f.delivered_at >= {}"
        f" AND f.delivered_at < {{}}{' AND f.owner_faults > 0' if faulted else ''}{below}"
        " ORDER BY f.delivered_at DESC, f.id DESC LIMIT {}",
        store_id,
        since,
        until,
        *values,
        cut.fetch,
    )
    return paged([StoreOrder(**{**row, "own": bool(row["own"])}) for row in rows], cut, lambda item: item.id)


# ---- the platform, regions, teams, stores by day ----


async def day_sums(scope: str, keys: Collection[str] | None, since_day: str, until_day: str) -> dict[str, OrderSums]:
    """Sums by key of those that had any; without keys, of all of the scope. At most a few thousand keys."""
    if keys is not None and not keys:
        return {}
    wanted = "" if keys is None else f" AND d.key IN ({placeholders(keys)})"
    rows = await OrderDay.raw(
        f"SELECT d.key, {_ORDER_SUMS} FROM order_days d WHERE d.scope = {{}} AND d.day >= {{}} AND d.day <= {{}}"  # noqa: S608
        f"{wanted} GROUP BY d.key",
        str(scope),
        since_day,
        until_day,
        *(keys or ()),
    )
    return {row["key"]: order_sums_of(row) for row in rows}


async def series(scope: str, key: str, since_day: str, until_day: str, by: str = "day") -> list[tuple[str, OrderSums]]:
    """One key's sums by `day`, `week` (named by its Monday) or `month`; empty periods stand in it too."""
    rows = await OrderDay.raw(
        f"SELECT d.day, {', '.join(f'd.{name}' for name in ORDER_COLUMNS)} FROM order_days d"  # noqa: S608
        " WHERE d.scope = {} AND d.key = {} AND d.day >= {} AND d.day <= {} ORDER BY d.day",
        str(scope),
        key,
        since_day,
        until_day,
    )
    return folded({row["day"]: order_sums_of(row) for row in rows}, since_day, until_day, By(by))
