"""Taking parcels and their traces over from the shop or a carrier's push; told again, they are the same rows."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from piccolo.columns import Column

from portal.core.base import audit, hooks
from portal.core.base.audit import Actor
from portal.core.base.database import writing
from portal.core.base.hooks import OrderFact
from portal.core.base.refusals import NotFound, Refused
from portal.core.supply.actions import known_carrier
from portal.service.orders import queries
from portal.service.orders.actions import held, note
from portal.service.orders.queries import OrderInfo, ParcelInfo
from portal.service.orders.rules import ParcelFacts, ParcelState, TraceFacts
from portal.service.orders.tables import Parcel, Trace


@dataclass(frozen=True, slots=True)
class PutParcel:
    """The parcel as it stands now, and whether this call made or changed it."""

    parcel: ParcelInfo
    created: bool
    changed: bool


async def put_parcel(actor: Actor, number: str, facts: ParcelFacts, at: datetime) -> PutParcel:
    """Take a parcel and its traces; traces that we have stay, new ones are added, in whatever order they come.

    Raises NotFound for an unknown order, Refused(422, "order_line_unknown", field "lines[n]").
    """
    async with writing():
        order = await held(number)
        if order is None:
            raise NotFound
        _check_lines(order, facts)
        carrier_id = await known_carrier(facts.carrier, at)
        made = await _insert(order.id, carrier_id, facts, at)
        parcel_id = made or await _existing(order.id, carrier_id, facts)
        fresh = await _add_traces(parcel_id, facts.traces)
        moved = await _bring_up_to_date(parcel_id, order, facts)
        if made:
            await audit.record(actor, "order.parcel_taken", ("order", order.id), at, {"parcel": parcel_id})
            await note(order.id, "parcel", facts.shipped_at, {"parcel": parcel_id})
        if made or fresh or moved:
            await hooks.order_changed.call(OrderFact(order.id, at, actor))
        parcel = await queries.parcel(parcel_id)
    assert parcel is not None
    return PutParcel(parcel, created=bool(made), changed=bool(made or fresh or moved))


def _check_lines(order: OrderInfo, facts: ParcelFacts) -> None:
    known = {line.line for line in order.lines}
    for position, line in enumerate(facts.lines):
        if line not in known:
            raise Refused("order_line_unknown", {"line": line}, field=f"lines[{position}]", status=422)


async def _insert(order_id: int, carrier_id: int, facts: ParcelFacts, at: datetime) -> int | None:
    rows = await Parcel.raw(
        "INSERT INTO parcels (order_of, carrier, tracking_number, shipped_at, lines, taken_at)"
        " VALUES ({}, {}, {}, {}, {}, {}) ON CONFLICT DO NOTHING RETURNING id",
        order_id,
        carrier_id,
        facts.tracking_number,
        facts.shipped_at,
        json.dumps(facts.lines),
        at,
    )
    return int(rows[0]["id"]) if rows else None


async def _existing(order_id: int, carrier_id: int, facts: ParcelFacts) -> int:
    rows = await Parcel.select(Parcel.id).where(
        Parcel.order_of == order_id, Parcel.carrier == carrier_id, Parcel.tracking_number == facts.tracking_number
    )
    return int(rows[0]["id"])


async def _add_traces(parcel_id: int, traces: tuple[TraceFacts, ...]) -> int:
    """How many of them are new."""
    fresh = 0
    for trace in traces:
        rows = await Trace.raw(
            "INSERT INTO parcel_traces (parcel, at, state, text, place, digest) VALUES ({}, {}, {}, {}, {}, {})"
            " ON CONFLICT DO NOTHING RETURNING id",
            parcel_id,
            trace.at,
            str(trace.state),
            trace.text,
            trace.place,
            _digest(trace),
        )
        fresh += len(rows)
    return fresh


def _digest(trace: TraceFacts) -> str:
    return hashlib.sha256(f"{trace.at.timestamp()}\0{trace.state}\0{trace.text}".encode()).hexdigest()


async def _bring_up_to_date(parcel_id: int, order: OrderInfo, facts: ParcelFacts) -> bool:
    """What the parcel's own row says follows from all its traces, whichever call brought them."""
    before = await queries.parcel(parcel_id)
    assert before is not None
    rows = await Trace.select(Trace.at, Trace.state).where(Trace.parcel == parcel_id).order_by(Trace.at, Trace.id)
    delivered = [row["at"] for row in rows if row["state"] == ParcelState.DELIVERED]
    values: dict[Column | str, Any] = {
        "shipped_at": facts.shipped_at,
        "lines": json.dumps(facts.lines),
        "state": rows[-1]["state"] if rows else None,
        "state_at": rows[-1]["at"] if rows else None,
        "first_trace_at": rows[0]["at"] if rows else None,
        "delivered_at": delivered[0] if delivered else None,
    }
    told = (before.shipped_at, before.lines, before.state, before.state_at, before.first_trace_at, before.delivered_at)
    told_now = (facts.shipped_at, facts.lines, *list(values.values())[2:])
    if told == told_now:
        return False
    await Parcel.update(values).where(Parcel.id == parcel_id)
    if values["state"] != before.state and values["state"] is not None:
        await note(order.id, f"parcel_{values['state']}", values["state_at"], {"parcel": parcel_id})
    return True
