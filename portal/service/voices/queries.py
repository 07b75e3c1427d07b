"""Ratings and threads for pages, and what later rooms count. Call inside a door."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.web.paging import Cut, Page, paged
from portal.service.orders import queries as orders
from portal.service.orders.queries import OrderInfo, ParcelInfo
from portal.service.orders.rules import Status
from portal.service.voices.rules import RATEABLE, Marks, Rateable
from portal.service.voices.tables import Rating, Thread, ThreadMessage

BEYOND = 2**60  # beyond every place: lists begin at the top
MOST_MESSAGES = 200


@dataclass(frozen=True, slots=True)
class RatingInfo:
    """A rating with its addition and its answer, each None where there is none."""

    id: int
    order_id: int
    line_id: int
    line: str
    title: str
    product_id: int
    supplier_id: int
    store_id: int
    vip_id: int
    goods: int
    delivery: int
    owner: int
    low: bool
    text: str | None
    at: datetime
    added_text: str | None
    added_at: datetime | None
    answer: str | None
    answered_at: datetime | None
    answer_due_at: datetime | None
    escalated_at: datetime | None

    @property
    def marks(self) -> Marks:
        return Marks(self.goods, self.delivery, self.owner)


_RATING = (
    "SELECT r.id, r.order_of AS order_id, r.order_line AS line_id, l.line, l.title, r.product AS product_id,"
    " p.supplier AS supplier_id, r.store AS store_id, r.vip AS vip_id, r.goods, r.delivery, r.owner, r.low, r.text,"
    " r.at, r.added_text, r.added_at, r.answer, r.answered_at, r.answer_due_at, r.escalated_at"
    " FROM ratings r JOIN order_lines l ON l.id = r.order_line JOIN products p ON p.id = r.product"
)


def _rating(row: dict[str, Any]) -> RatingInfo:
    return RatingInfo(**{**row, "low": bool(row["low"])})


async def ratings_of_order(order_id: int) -> list[RatingInfo]:
    """An order's ratings, in the order of its lines."""
    rows = await Rating.raw(f"{_RATING} WHERE r.order_of = {{}} ORDER BY l.id", order_id)
    return [_rating(dict(row)) for row in rows]


async def rating(rating_id: int) -> RatingInfo | None:
    rows = await Rating.raw(f"{_RATING} WHERE r.id = {{}}", rating_id)
    return _rating(dict(rows[0])) if rows else None


async def ratings_of_store(store_id: int, since: datetime, limit: int = 10_000) -> list[RatingInfo]:
    """A store's ratings from `since` on, the oldest first."""
    rows = await Rating.raw(
        f"{_RATING} WHERE r.store = {{}} AND r.at >= {{}} ORDER BY r.at, r.id LIMIT {{}}", store_id, since, limit
    )
    return [_rating(dict(row)) for row in rows]


def arrived_at(order: OrderInfo, parcels: Iterable[ParcelInfo]) -> datetime | None:
    """When an order arrived: as the shop says, else its last parcel, else when the shop said that it had."""
    if order.delivered_at is not None:
        return order.delivered_at
    delivered = [one.delivered_at for one in parcels if one.delivered_at is not None]
    return max(delivered, default=order.updated_at if order.status in RATEABLE else None)


def rateables(order: OrderInfo, parcels: Iterable[ParcelInfo], ratings: Iterable[RatingInfo]) -> dict[str, Rateable]:
    """Each line of an order as the rule on rating looks at it."""
    rated, arrived = {rating.line for rating in ratings}, arrived_at(order, parcels)
    return {
        line.line: Rateable(order.status, arrived, removed=line.removed, rated=line.line in rated)
        for line in order.lines
    }


async def rateables_of(order: OrderInfo) -> dict[str, Rateable]:
    return rateables(order, await orders.parcels(order.id), await ratings_of_order(order.id))


# ---- threads ----


@dataclass(frozen=True, slots=True)
class ThreadInfo:
    """A talk on an order. `waiting_since`: the buyer's first question that has no reply yet."""

    id: int
    ref: str
    order_id: int
    number: str
    store_id: int
    vip_id: int
    vip_name: str
    opened_at: datetime
    last_at: datetime
    waiting_since: datetime | None
    priority: bool
    place: int
    last_text: str | None = None


@dataclass(frozen=True, slots=True)
class MessageInfo:
    """One message; `by_name` None: the buyer's. `reply_seconds`: how long the question had waited."""

    at: datetime
    by_name: str | None
    text: str
    reply_seconds: int | None

    @property
    def from_buyer(self) -> bool:
        return self.by_name is None


@dataclass(frozen=True, slots=True)
class ReplyTime:
    """How long a question waited for its first reply, and when that came."""

    at: datetime
    seconds: int


_THREAD = (
    "SELECT t.id, t.ref, t.order_of AS order_id, o.number, t.store AS store_id, t.vip AS vip_id, v.name AS vip_name,"
    " t.opened_at, t.last_at, t.waiting_since, t.priority, t.place,"
    " (SELECT m.text FROM thread_messages m WHERE m.thread = t.id ORDER BY m.id DESC LIMIT 1) AS last_text"
    " FROM threads t JOIN orders o ON o.id = t.order_of JOIN vips v ON v.id = t.vip"
)


def _thread(row: dict[str, Any]) -> ThreadInfo:
    return ThreadInfo(**{**row, "priority": bool(row["priority"])})


async def _one(condition: str, *values: object) -> ThreadInfo | None:
    rows = await Thread.raw(f"{_THREAD} WHERE {condition}", *values)
    return _thread(dict(rows[0])) if rows else None


async def thread_of_order(order_id: int) -> ThreadInfo | None:
    return await _one("t.order_of = {}", order_id)


async def thread_of_store(store_id: int, ref: str) -> ThreadInfo | None:
    """The thread if it is this store's."""
    return await _one("t.store = {} AND t.ref = {}", store_id, ref)


async def threads_of_store(store_id: int, cut: Cut) -> Page[ThreadInfo]:
    """A store's threads: those that wait for the owner first."""
    rows = await Thread.raw(
        f"{_THREAD} WHERE t.store = {{}} AND t.place < {{}} ORDER BY t.place DESC LIMIT {{}}",
        store_id,
        cut.after or BEYOND,
        cut.fetch,
    )
    return paged([_thread(dict(row)) for row in rows], cut, lambda item: item.place)


async def waiting_of_vip(vip_id: int) -> list[ThreadInfo]:
    rows = await Thread.raw(f"{_THREAD} WHERE t.vip = {{}} AND t.waiting_since IS NOT NULL", vip_id)
    return [_thread(dict(row)) for row in rows]


async def messages(thread_id: int) -> list[MessageInfo]:
    """The latest messages of a thread, the oldest of them first."""
    rows = await ThreadMessage.raw(
        "SELECT m.at, p.name AS by_name, m.text, m.reply_seconds FROM thread_messages m"
        " LEFT JOIN persons p ON p.id = m.by_person WHERE m.thread = {} ORDER BY m.id DESC LIMIT {}",
        thread_id,
        MOST_MESSAGES,
    )
    return [MessageInfo(**row) for row in reversed(rows)]


async def reply_times(store_id: int, since: datetime, limit: int = 10_000) -> list[ReplyTime]:
    """How long each question to a store waited, for replies from `since` on."""
    rows = await ThreadMessage.raw(
        "SELECT m.at, m.reply_seconds AS seconds FROM thread_messages m JOIN threads t ON t.id = m.thread"
        " WHERE t.store = {} AND m.at >= {} AND m.reply_seconds IS NOT NULL ORDER BY m.at LIMIT {}",
        store_id,
        since,
        limit,
    )
    return [ReplyTime(**row) for row in rows]


async def waiting_count(store_id: int, most: int = 100) -> int:
    """How many threads wait for the owner, counted up to `most`."""
    rows = await Thread.raw(
        "SELECT count(*) AS n FROM (SELECT 1 FROM threads WHERE store = {} AND place >= {} LIMIT {}) w",
        store_id,
        1 << 55,
        most,
    )
    return int(rows[0]["n"])


@dataclass(frozen=True, slots=True)
class News:
    """What there may be to tell a buyer of."""

    number: str
    vip_id: int
    status: Status
    updated_at: datetime
    parcels: int


async def news_of(order_id: int) -> News | None:
    rows = await Rating.raw(
        "SELECT o.number, o.vip AS vip_id, o.status, o.updated_at,"
        " (SELECT count(*) FROM parcels p WHERE p.order_of = o.id) AS parcels FROM orders o WHERE o.id = {}",
        order_id,
    )
    return News(**{**rows[0], "status": Status(rows[0]["status"])}) if rows else None
