"""One order with all that belongs to it. Call inside a door; an owner's own orders come by her store's id."""

import json
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from portal.service.orders.rules import Address, Attention, Colour, LineFacts, OrderFacts, ParcelState, Status
from portal.service.orders.tables import Order, OrderEvent, OrderNeed, Parcel


@dataclass(frozen=True, slots=True)
class LineInfo:
    """A line of an order with its product; money in fen, of the whole line."""

    id: int
    line: str
    product_id: int
    product: str  # its external id
    supplier_id: int
    category: str
    title: str
    quantity: int
    paid_fen: int
    refunded_fen: int
    commission_bp: int
    trial: bool  # its product is on trial
    paused: bool  # its product is not to be shared now
    removed: bool

    @property
    def facts(self) -> LineFacts:
        return LineFacts(self.line, self.product, self.title, self.quantity, self.paid_fen, self.refunded_fen)


@dataclass(frozen=True, slots=True)
class OrderInfo:
    """An order and its lines; the address's phone is whole: whoever shows it masks it."""

    id: int
    number: str
    store_id: int
    vip_id: int
    vip: str  # her external id
    vip_name: str
    link_id: int | None
    share_code: str | None
    status: Status
    updated_at: datetime
    placed_at: datetime
    delivered_at: datetime | None
    ship_by: datetime | None
    paid_fen: int
    address: Address
    flag: Colour | None
    attention: Attention
    lines: tuple[LineInfo, ...]

    @property
    def present(self) -> tuple[LineInfo, ...]:
        """The lines that the shop has not taken out."""
        return tuple(line for line in self.lines if not line.removed)

    @property
    def facts(self) -> OrderFacts:
        """The record as the shop tells it."""
        return OrderFacts(
            number=self.number,
            updated_at=self.updated_at,
            placed_at=self.placed_at,
            status=self.status,
            vip=self.vip,
            address=self.address,
            lines=tuple(line.facts for line in self.present),
            paid_fen=self.paid_fen,
            delivered_at=self.delivered_at,
            ship_by=self.ship_by,
            share_code=self.share_code,
        )


@dataclass(frozen=True, slots=True)
class TraceInfo:
    """What a carrier noted."""

    at: datetime
    state: ParcelState
    text: str
    place: str | None


@dataclass(frozen=True, slots=True)
class ParcelInfo:
    """A parcel with its traces, the latest first; `lines` are the order's line ids in it."""

    id: int
    order_id: int
    carrier_id: int
    carrier: str  # its external id
    carrier_name: str
    tracking_number: str
    shipped_at: datetime
    lines: tuple[str, ...]
    state: ParcelState | None
    state_at: datetime | None
    first_trace_at: datetime | None
    delivered_at: datetime | None
    traces: tuple[TraceInfo, ...] = ()


@dataclass(frozen=True, slots=True)
class EventInfo:
    """A moment in the timeline; `by_name` where a person did it."""

    at: datetime
    kind: str
    facts: dict[str, Any]
    by_name: str | None


@dataclass(frozen=True, slots=True)
class NeedInfo:
    """Something that only the owner can settle, and where."""

    order_id: int
    code: str
    subject: str
    way: str
    since: datetime


# An order and its lines in one question, a row each; an order without a line has one row.
_ORDER = (
    "SELECT o.id, o.number, o.store AS store_id, o.vip AS vip_id, v.external_id AS vip, v.name AS vip_name,"
    " o.link AS link_id, o.share_code, o.status, o.updated_at, o.placed_at, o.delivered_at, o.ship_by, o.paid_fen,"
    " o.address_name, o.address_phone, o.region, o.street, o.flag, o.attention,"
    " l.id AS line_id, l.line, l.product AS product_id, p.external_id AS product, p.supplier AS supplier_id,"
    " p.category, l.title, l.quantity, l.paid_fen AS line_fen, l.refunded_fen, l.commission_bp, p.trial, l.removed_at,"
    " EXISTS (SELECT 1 FROM share_pauses h WHERE h.product = l.product AND h.ended_at IS NULL) AS paused"
    " FROM orders o JOIN vips v ON v.id = o.vip LEFT JOIN order_lines l ON l.order_of = o.id"
    " LEFT JOIN products p ON p.id = l.product"
)
_OF_LINE = (
    *("line", "product_id", "product", "supplier_id", "category"),
    *("title", "quantity", "refunded_fen", "commission_bp"),
)


def _line(row: dict[str, Any]) -> LineInfo | None:
    """Take a row's line out of it."""
    line_id, paid_fen = row.pop("line_id"), row.pop("line_fen")
    plain = {name: row.pop(name) for name in _OF_LINE}
    trial, paused, removed_at = (row.pop(name) for name in ("trial", "paused", "removed_at"))
    if line_id is None:
        return None
    truths: dict[str, Any] = {"trial": bool(trial), "paused": bool(paused), "removed": removed_at is not None}
    return LineInfo(id=line_id, paid_fen=paid_fen, **plain, **truths)


def _order(row: dict[str, Any], lines: tuple[LineInfo, ...]) -> OrderInfo:
    address = Address(row.pop("address_name"), row.pop("address_phone"), row.pop("region"), row.pop("street"))
    flag = row.pop("flag")
    return OrderInfo(
        status=Status(row.pop("status")),
        attention=Attention(row.pop("attention")),
        flag=Colour(flag) if flag else None,
        address=address,
        lines=lines,
        **row,
    )


async def _one(condition: str, *values: object) -> OrderInfo | None:
    rows = [dict(row) for row in await Order.raw(f"{_ORDER} WHERE {condition} ORDER BY l.id", *values)]
    if not rows:
        return None
    lines = tuple(line for line in map(_line, rows) if line is not None)
    return _order(rows[0], lines)


async def order(order_id: int) -> OrderInfo | None:
    return await _one("o.id = {}", order_id)


async def order_by_number(number: str) -> OrderInfo | None:
    return await _one("o.number = {}", number)


async def order_of_store(store_id: int, number: str) -> OrderInfo | None:
    """The order if it is this store's; another store's is as unknown as one that never was."""
    return await _one("o.store = {} AND o.number = {}", store_id, number)


async def order_of_owner(person_id: int, number: str) -> OrderInfo | None:
    """The order if it is of a store of this person."""
    return await _one("o.number = {} AND o.store IN (SELECT id FROM stores WHERE owner = {})", number, person_id)


_PARCEL = (
    "SELECT p.id, p.order_of AS order_id, p.carrier AS carrier_id, c.external_id AS carrier, c.name AS carrier_name,"
    " p.tracking_number, p.shipped_at, p.lines, p.state, p.state_at, p.first_trace_at, p.delivered_at"
    " FROM parcels p JOIN suppliers c ON c.id = p.carrier"
)
MOST_TRACES = 300


def _parcel(row: dict[str, Any], traces: tuple[TraceInfo, ...]) -> ParcelInfo:
    lines, state = row.pop("lines"), row.pop("state")
    return ParcelInfo(
        lines=tuple(json.loads(lines) if isinstance(lines, str) else lines),
        state=ParcelState(state) if state else None,
        traces=traces,
        **row,
    )


_WITH_TRACES = (
    _PARCEL.replace(" FROM", ", t.at AS noted_at, t.state AS noted, t.text, t.place FROM", 1)  # noqa: S608 - constants
    + " LEFT JOIN (SELECT x.id, x.parcel, x.at, x.state, x.text, x.place FROM parcel_traces x"
    " JOIN parcels q ON q.id = x.parcel WHERE q.order_of = {} ORDER BY x.at DESC, x.id DESC LIMIT {}) t"
    " ON t.parcel = p.id WHERE p.order_of = {} ORDER BY p.id DESC, t.at DESC, t.id DESC"
)


def _trace(row: dict[str, Any]) -> TraceInfo | None:
    """Take what a carrier noted out of a parcel's row."""
    at, state, text, place = (row.pop(name) for name in ("noted_at", "noted", "text", "place"))
    return TraceInfo(at, ParcelState(state), text, place) if at is not None else None


async def parcels(order_id: int) -> list[ParcelInfo]:
    """An order's parcels, the newest first, each with its traces, the latest first."""
    rows = [dict(row) for row in await Parcel.raw(_WITH_TRACES, order_id, MOST_TRACES, order_id)]
    found = []
    for _, group in groupby(rows, key=lambda row: row["id"]):
        alike = list(group)
        traces = [_trace(row) for row in alike]
        found.append(_parcel(alike[0], tuple(trace for trace in traces if trace is not None)))
    return found


async def parcel(parcel_id: int) -> ParcelInfo | None:
    """One parcel, without its traces."""
    rows = await Parcel.raw(f"{_PARCEL} WHERE p.id = {{}}", parcel_id)
    return _parcel(dict(rows[0]), ()) if rows else None


async def parcels_by_number(tracking_number: str) -> list[tuple[str, ParcelInfo]]:
    """The parcels that carriers know by this number, without traces, each with its order's number."""
    columns = _PARCEL.replace("SELECT ", "SELECT o.number, ", 1)
    rows = await Parcel.raw(
        f"{columns} JOIN orders o ON o.id = p.order_of WHERE p.tracking_number = {{}} ORDER BY p.id LIMIT 50",
        tracking_number,
    )
    return [(row.pop("number"), _parcel(row, ())) for row in (dict(one) for one in rows)]


async def events(order_id: int, limit: int = 100) -> list[EventInfo]:
    """The timeline, the latest first."""
    rows = await OrderEvent.raw(
        "SELECT e.at, e.kind, e.facts, p.name AS by_name FROM order_events e"
        " LEFT JOIN persons p ON p.id = e.by_person WHERE e.order_of = {} ORDER BY e.at DESC, e.id DESC LIMIT {}",
        order_id,
        limit,
    )
    return [EventInfo(row["at"], row["kind"], json.loads(row["facts"]), row["by_name"]) for row in rows]


_STATUSES = ", ".join(f"'{status}'" for status in Status)
_MOMENTS = f"SELECT kind, at FROM order_events WHERE order_of = {{}} AND kind IN ({_STATUSES})"  # noqa: S608 - our own


async def moments(order_id: int) -> dict[str, datetime]:
    """When an order first came into each of its states."""
    rows = await OrderEvent.raw(f"{_MOMENTS} ORDER BY at DESC, id DESC LIMIT 100", order_id)
    return {row["kind"]: row["at"] for row in rows}


_NEED = "SELECT order_of AS order_id, code, subject, way, since FROM order_needs WHERE ended_at IS NULL"


async def needs(order_id: int) -> list[NeedInfo]:
    """What an order needs of its owner now, the oldest first."""
    rows = await OrderNeed.raw(f"{_NEED} AND order_of = {{}} ORDER BY id", order_id)
    return [NeedInfo(**row) for row in rows]
