"""Levels, call-backs and notes of an owner's VIPs. Call inside a door."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.base.database import placeholders
from portal.service.care.rules import Bought, Level, Outcome
from portal.service.care.tables import CallBack, VipLevel, VipNote
from portal.service.orders.rules import Status

MOST_ORDERS = 2_000  # of one VIP, the latest; more of them change no level
LISTED = 50


@dataclass(frozen=True, slots=True)
class LevelInfo:
    """A VIP's level with the counts behind it; the year is the 365 days before `counted_at`."""

    vip_id: int
    store_id: int
    level: Level
    orders: int
    arrived: int
    year_arrived: int
    year_fen: int
    last_order_at: datetime | None
    recount_at: datetime | None
    counted_at: datetime
    next_call_at: datetime | None
    do_not_call: bool


_LEVEL = (
    "SELECT vip AS vip_id, store AS store_id, level, orders, arrived, year_arrived, year_fen, last_order_at,"
    " recount_at, counted_at, next_call_at, do_not_call FROM vip_levels"
)


def _level(row: dict[str, Any]) -> LevelInfo:
    return LevelInfo(**{**row, "level": Level(row["level"]), "do_not_call": bool(row["do_not_call"])})


async def level(vip_id: int) -> LevelInfo | None:
    """The level of a VIP; None for one who never ordered: she is new."""
    rows = await VipLevel.raw(f"{_LEVEL} WHERE vip = {{}}", vip_id)
    return _level(dict(rows[0])) if rows else None


async def levels(vip_ids: Collection[int]) -> dict[int, LevelInfo]:
    """The levels of many in one query; those who never ordered are left out."""
    if not vip_ids:
        return {}
    places = placeholders(vip_ids)
    rows = await VipLevel.raw(f"{_LEVEL} WHERE vip IN ({places})", *vip_ids)
    return {row["vip_id"]: _level(dict(row)) for row in rows}


async def level_words(vip_ids: Collection[int]) -> dict[int, str]:
    """The slot of the order list: each VIP's level by its name."""
    return {vip_id: str(info.level) for vip_id, info in (await levels(vip_ids)).items()}


async def is_key(vip_id: int) -> bool:
    found = await level(vip_id)
    return found is not None and found.level is Level.KEY


async def bought(vip_id: int) -> list[Bought]:
    """A VIP's orders as her level counts them."""
    rows = await VipLevel.raw(
        "SELECT o.placed_at, o.status, o.paid_fen, (SELECT coalesce(sum(l.refunded_fen), 0) FROM order_lines l"
        " WHERE l.order_of = o.id) AS refunded FROM orders o WHERE o.vip = {} ORDER BY o.id DESC LIMIT {}",
        vip_id,
        MOST_ORDERS,
    )
    return [Bought(row["placed_at"], Status(row["status"]), row["paid_fen"] - int(row["refunded"])) for row in rows]


@dataclass(frozen=True, slots=True)
class OrderLineOf:
    """One of a VIP's orders as her profile lists it; money in fen."""

    number: str
    status: Status
    placed_at: datetime
    paid_fen: int
    title: str | None


async def last_orders(vip_id: int, limit: int = 5) -> list[OrderLineOf]:
    """A VIP's latest orders, each with its first line's title."""
    rows = await VipLevel.raw(
        "SELECT o.number, o.status, o.placed_at, o.paid_fen,"
        " (SELECT l.title FROM order_lines l WHERE l.order_of = o.id AND l.removed_at IS NULL ORDER BY l.id LIMIT 1)"
        " AS title FROM orders o WHERE o.vip = {} ORDER BY o.placed_at DESC, o.id DESC LIMIT {}",
        vip_id,
        limit,
    )
    return [OrderLineOf(**{**row, "status": Status(row["status"])}) for row in rows]


# ---- call-backs ----


@dataclass(frozen=True, slots=True)
class CallInfo:
    """A call that was made."""

    at: datetime
    outcome: Outcome
    note: str | None
    next_at: datetime | None
    by_name: str


async def calls(vip_id: int, limit: int = 20) -> list[CallInfo]:
    rows = await CallBack.raw(
        "SELECT c.at, c.outcome, c.note, c.next_at, p.name AS by_name FROM call_backs c"
        " JOIN persons p ON p.id = c.by_person WHERE c.vip = {} ORDER BY c.id DESC LIMIT {}",
        vip_id,
        limit,
    )
    return [CallInfo(**{**row, "outcome": Outcome(row["outcome"])}) for row in rows]


@dataclass(frozen=True, slots=True)
class DueCall:
    """A VIP to be called; `phone` is whole: whoever shows it masks it."""

    vip: str  # her external id
    name: str
    phone: str
    level: Level
    next_call_at: datetime
    last_order_at: datetime | None


@dataclass(frozen=True, slots=True)
class Month:
    """How far a month's calls are: settled ones, and those still to make."""

    done: int
    left: int

    @property
    def total(self) -> int:
        return self.done + self.left


_CALL = (
    "SELECT v.external_id AS vip, v.name, v.phone, l.level, l.next_call_at, l.last_order_at FROM vip_levels l"
    " JOIN vips v ON v.id = l.vip"
)
_COUNT = "SELECT count(*) AS n FROM vip_levels l"
_DONE = (
    "SELECT count(DISTINCT c.vip) AS n FROM call_backs c"
    " WHERE c.store = {} AND c.at >= {} AND c.at < {} AND c.outcome <> 'no_answer'"
)
# Due within the month and not settled in it; a call that she set herself for later in the month comes up again.
# Every outcome but `no_answer` settles a call.
_DUE = (
    "l.store = {} AND l.next_call_at < {} AND (l.next_call_at <= {} OR NOT EXISTS"
    " (SELECT 1 FROM call_backs c WHERE c.vip = l.vip AND c.at >= {} AND c.outcome <> 'no_answer'))"
)


async def due_calls(store_id: int, begins: datetime, ends: datetime, now: datetime) -> list[DueCall]:
    """Who is to be called in the month, the longest due first; the front of the list, as long as a page."""
    rows = await VipLevel.raw(
        f"{_CALL} WHERE {_DUE} ORDER BY l.next_call_at, l.id LIMIT {{}}",
        store_id,
        ends,
        now,
        begins,
        LISTED,
    )
    return [DueCall(**{**row, "level": Level(row["level"])}) for row in rows]


async def month(store_id: int, begins: datetime, ends: datetime, now: datetime) -> Month:
    left = await VipLevel.raw(
        f"{_COUNT} WHERE {_DUE}",
        store_id,
        ends,
        now,
        begins,
    )
    done = await CallBack.raw(
        _DONE,
        store_id,
        begins,
        ends,
    )
    return Month(int(done[0]["n"]), int(left[0]["n"]))


@dataclass(frozen=True, slots=True)
class NoteInfo:
    """Something that the owner wrote down."""

    at: datetime
    text: str


async def notes(vip_id: int, limit: int = 20) -> list[NoteInfo]:
    rows = await VipNote.raw("SELECT at, text FROM vip_notes WHERE vip = {} ORDER BY id DESC LIMIT {}", vip_id, limit)
    return [NoteInfo(**row) for row in rows]


_ROW = (
    "SELECT o.id, o.rank, o.number, o.vip AS vip_id, v.external_id AS vip, v.name AS vip_name, o.phone_tail,"
    " o.status, o.paid_fen, o.placed_at, o.ship_by, o.attention FROM orders o JOIN vips v ON v.id = o.vip"
)


async def chosen_rows(store_id: int, numbers: Collection[str]) -> list[dict[str, Any]]:
    """The orders of these numbers that are this store's, as the list of orders reads its rows, in its order."""
    if not numbers:
        return []
    places = placeholders(numbers)
    return list(
        await VipLevel.raw(
            f"{_ROW} WHERE o.store = {{}} AND o.number IN ({places}) ORDER BY o.rank DESC",
            store_id,
            *numbers,
        )
    )
