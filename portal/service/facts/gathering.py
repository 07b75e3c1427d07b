"""Orders as they stand now, many at once, in a fixed number of queries. Call inside a door."""

import json
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from portal.core.base.clock import local
from portal.core.base.database import placeholders
from portal.core.people.rules import normal_phone
from portal.core.stores.rules import ERASED
from portal.service.facts.rules import Fault, Hurry, Line, Marks, Order, Parcel, Sent
from portal.service.facts.tables import OrderFact
from portal.service.inquiries.rules import LADDER
from portal.service.orders.rules import Status
from portal.service.returns.states import DONE, State

Rows = dict[int, list[dict[str, Any]]]

# Whose hand the order came to: the store's manager when it was placed, or when we heard of it if that was earlier. What
# lies behind that moment does not change any more.
_ORDERS = (
    "SELECT o.id, o.store, o.vip, o.status, o.placed_at, o.updated_at, o.delivered_at, o.ship_by, o.paid_fen,"
    " o.region AS place, o.link, s.region, v.phone AS vip_phone, p.phone AS owner_phone,"
    " (SELECT w.manager FROM stewardships w WHERE w.store = o.store AND w.since <= o.placed_at"
    " AND w.since <= o.taken_at AND (w.until IS NULL OR w.until > o.placed_at OR w.until > o.taken_at)"
    " ORDER BY w.id DESC LIMIT 1) AS manager"
    " FROM orders o JOIN stores s ON s.id = o.store JOIN vips v ON v.id = o.vip JOIN persons p ON p.id = s.owner"
    " WHERE o.id IN "
)
_LINES = (
    "SELECT l.order_of, l.id, l.line, l.product, p.supplier, p.category, l.paid_fen, l.refunded_fen"
    " FROM order_lines l JOIN products p ON p.id = l.product WHERE l.removed_at IS NULL AND l.order_of IN "
)
_PARCELS = (
    "SELECT order_of, id, carrier, shipped_at, lines, first_trace_at, delivered_at FROM parcels WHERE order_of IN "
)
_COMPLAINTS = (
    "SELECT c.order_of, f.code, f.supplier, c.function_category, c.product_category, c.urgency FROM complaints c"
    " LEFT JOIN cause_findings f ON f.complaint = c.id AND f.superseded_at IS NULL"
    " WHERE c.state <> 'withdrawn' AND c.duplicate_of IS NULL AND c.order_of IN "
)
_INQUIRIES = (
    "SELECT i.order_of, i.kind, i.party, i.parcel, i.due_at, i.ended_at, i.ended_why, i.level, a.answer, a.late"
    " FROM inquiries i LEFT JOIN inquiry_answers a ON a.inquiry = i.id AND a.replaced_at IS NULL"
    " WHERE i.order_of IN "
)
_RATINGS = "SELECT order_of, order_line, goods, delivery FROM ratings WHERE order_of IN "
_RETURNS = (
    "SELECT r.order_of, r.id, r.reason, r.state, l.order_line FROM returns r JOIN return_lines l ON l.return_of = r.id"
    " WHERE r.order_of IN "
)
# Marks that rooms above take: rows of `order_of, order_line, goods, delivery` of these orders. Joined in wiring.
MORE_RATINGS: list[Callable[[Sequence[int]], Awaitable[list[dict[str, Any]]]]] = []
# What the shop has agreed to.
UPHELD = DONE | {State.APPROVED, State.SENT_AHEAD, State.GOODS_BACK, State.RECEIVED, State.REFUND_DUE}


async def orders(ids: Sequence[int]) -> list[Order]:
    """The orders of these ids that there are."""
    rows = await OrderFact.raw(f"{_ORDERS}{_places(ids)}", *ids)
    nths = await _places_in_line(rows)
    found = {
        name: await _by_order(sql, ids)
        for name, sql in {
            "lines": _LINES,
            "parcels": _PARCELS,
            "complaints": _COMPLAINTS,
            "inquiries": _INQUIRIES,
            "ratings": _RATINGS,
            "returns": _RETURNS,
        }.items()
    }
    for more in MORE_RATINGS:
        for mark in await more(ids):
            found["ratings"][mark["order_of"]].append(mark)
    return [
        _order(row, nths.get(row["id"], 0), {name: each[row["id"]] for name, each in found.items()}) for row in rows
    ]


def _places(values: Sequence[object]) -> str:
    return f"({placeholders(values)})"


async def _by_order(sql: str, ids: Sequence[int]) -> Rows:
    found: Rows = defaultdict(list)
    for row in await OrderFact.raw(f"{sql}{_places(ids)}", *ids):
        found[row["order_of"]].append(row)
    return found


async def _places_in_line(rows: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    """Of each of these orders that was not called off, the how manieth of its buyer it is."""
    if not rows:
        return {}
    vips, ids = sorted({row["vip"] for row in rows}), [row["id"] for row in rows]
    found = await OrderFact.raw(
        "SELECT t.id, t.nth FROM (SELECT id, row_number() OVER (PARTITION BY vip ORDER BY placed_at, id) AS nth"  # noqa: S608
        f" FROM orders WHERE status <> 'cancelled' AND status <> 'refunded' AND vip IN {_places(vips)}) t"
        f" WHERE t.id IN {_places(ids)}",
        *vips,
        *ids,
    )
    return {row["id"]: row["nth"] for row in found}


def _order(row: Mapping[str, Any], nth: int, more: Mapping[str, list[dict[str, Any]]]) -> Order:
    return Order(
        id=row["id"],
        store=row["store"],
        vip=row["vip"],
        status=Status(row["status"]),
        placed_at=row["placed_at"],
        updated_at=row["updated_at"],
        day=local(row["placed_at"]).date().isoformat(),
        region=row["region"] or None,
        place=row["place"] if row["place"] not in ("", ERASED) else None,
        paid_fen=row["paid_fen"],
        manager=row["manager"],
        delivered_at=row["delivered_at"],
        ship_by=row["ship_by"],
        shared=row["link"] is not None,
        own=row["owner_phone"] is not None and normal_phone(row["vip_phone"]) == row["owner_phone"],
        nth=nth,
        complaints=len(more["complaints"]),
        lines=tuple(_line(one) for one in more["lines"]),
        parcels=tuple(_parcel(one) for one in more["parcels"]),
        faults=tuple(_fault(one) for one in more["complaints"] if one["code"] is not None),
        hurries=tuple(_hurry(one) for one in more["inquiries"]),
        ratings=tuple(Marks(one["order_line"], one["goods"], one["delivery"]) for one in more["ratings"]),
        sent=_sent(more["returns"]),
    )


def _line(row: Mapping[str, Any]) -> Line:
    return Line(
        row["id"], row["line"], row["product"], row["supplier"], row["category"], row["paid_fen"], row["refunded_fen"]
    )


def _parcel(row: Mapping[str, Any]) -> Parcel:
    lines = frozenset(json.loads(row["lines"]))
    return Parcel(row["id"], row["carrier"], row["shipped_at"], lines, row["first_trace_at"], row["delivered_at"])


def _fault(row: Mapping[str, Any]) -> Fault:
    return Fault(row["code"], row["supplier"], row["function_category"], row["product_category"], row["urgency"])


def _hurry(row: Mapping[str, Any]) -> Hurry:
    return Hurry(
        kind=row["kind"],
        party=row["party"],
        due_at=row["due_at"],
        parcel=row["parcel"],
        answer=row["answer"],
        late=bool(row["late"]),
        ended_at=row["ended_at"],
        ended_why=row["ended_why"],
        breached=row["level"] >= len(LADDER),
    )


def _sent(rows: list[dict[str, Any]]) -> tuple[Sent, ...]:
    lines: dict[tuple[int, str], set[int]] = defaultdict(set)
    for row in rows:
        if row["state"] in UPHELD:
            lines[row["id"], row["reason"]].add(row["order_line"])
    return tuple(Sent(reason, frozenset(each)) for (_, reason), each in sorted(lines.items()))
