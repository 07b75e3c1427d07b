"""What an order is to each supplier of goods in it and to each carrier of its parcels. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter

from portal.core.supply.rules import SupplierKind
from portal.service.causes.rules import CAUSES, Party
from portal.service.facts.rules import (
    Hours,
    Line,
    Order,
    Parcel,
    PartyFacts,
    answered_in_time,
    arrived_at,
    hours_at,
    is_cold,
    is_severe,
)
from portal.service.inquiries.rules import Answered
from portal.service.inquiries.rules import Kind as Asked
from portal.service.orders.rules import Status
from portal.service.returns.rules import Reason
from portal.service.voices.rules import LOW


def party_facts(order: Order, hours: Iterable[Hours]) -> tuple[PartyFacts, ...]:
    """What the order is to each supplier in it and to each carrier of its parcels; by id of the party."""
    suppliers = {line.supplier for line in order.lines}
    carriers = {parcel.carrier for parcel in order.parcels}
    for fault in order.faults:  # one that the shop has since put in another's place
        if fault.party is not None:
            side = suppliers if CAUSES[fault.code].party is Party.SUPPLIER else carriers
            side.add(fault.party)
    found = [_goods(order, party) for party in suppliers - carriers]
    known = tuple(hours)
    return tuple(sorted([*found, *(_carrier(order, party, known) for party in carriers)], key=attrgetter("party")))


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was found, asked and rated of one party."""

    faults: int
    severe: int
    hurries: int
    answered: int
    marks: tuple[int, ...]
    codes: frozenset[str]


def _seen(order: Order, party: int, kind: Asked, marks: Iterable[int]) -> _Seen:
    faults = [fault for fault in order.faults if fault.party == party]
    hurries = [answered_in_time(one) for one in order.hurries if one.party == party and one.kind == kind]
    return _Seen(
        faults=len(faults),
        severe=sum(map(is_severe, faults)),
        hurries=sum(one is not None for one in hurries),
        answered=sum(one is True for one in hurries),
        marks=tuple(marks),
        codes=frozenset(fault.code for fault in faults),
    )


def _goods(order: Order, party: int) -> PartyFacts:
    lines = [line for line in order.lines if line.supplier == party]
    own = {line.id for line in lines}
    seen = _seen(order, party, Asked.HURRY, (one.goods for one in order.ratings if one.line in own))
    done = _shipped_at(lines, order.parcels)
    due = order.ship_by if lines else None
    return _party(
        order,
        party,
        SupplierKind.GOODS,
        seen,
        lines,
        _Way(
            due_at=due,
            done_at=done,
            damaged="supplier_poor_packing" in seen.codes,
            fresh=any(is_cold(line.category) for line in lines),
        ),
    )


def _shipped_at(lines: Iterable[Line], parcels: Iterable[Parcel]) -> datetime | None:
    """When the last of these lines was first sent; None while one is in no parcel."""
    firsts = [min((parcel.shipped_at for parcel in parcels if parcel.holds(line.line)), default=None) for line in lines]
    known = [first for first in firsts if first is not None]
    return max(known) if known and len(known) == len(firsts) else None


def _carrier(order: Order, party: int, hours: tuple[Hours, ...]) -> PartyFacts:
    own = [parcel for parcel in order.parcels if parcel.carrier == party]
    latest = max(own, key=lambda parcel: (parcel.shipped_at, parcel.id), default=None)
    lines = [line for line in order.lines if any(parcel.holds(line.line) for parcel in own)]
    ids = {line.id for line in lines}
    seen = _seen(order, party, Asked.TRACE, (one.delivery for one in order.ratings if one.line in ids))
    fresh = any(is_cold(line.category) for line in lines if latest is not None and latest.holds(line.line))
    due = _promised(latest, hours, fresh=fresh)
    done = latest.delivered_at if latest else None
    told = _told(order, own, ids)
    return _party(
        order,
        party,
        SupplierKind.CARRIER,
        seen,
        lines,
        _Way(
            due_at=due,
            done_at=done,
            lost="carrier_lost" in seen.codes or (done is None and bool(told & {Answered.LOST, Reason.LOST})),
            damaged="carrier_damaged" in seen.codes or bool(told & {Answered.DAMAGED, Reason.DAMAGED}),
            fresh=fresh,
        ),
    )


def _promised(parcel: Parcel | None, hours: tuple[Hours, ...], *, fresh: bool) -> datetime | None:
    if parcel is None or parcel.first_trace_at is None:
        return None
    given = hours_at(hours, parcel.first_trace_at)
    return parcel.first_trace_at + timedelta(hours=given.cold if fresh else given.usual)


def _told(order: Order, own: Iterable[Parcel], lines: set[int]) -> set[str]:
    """What carriers and returns say became of these parcels."""
    parcels = {parcel.id for parcel in own}
    return {one.answer for one in order.hurries if one.answer and one.parcel in parcels} | {
        one.reason for one in order.sent if one.lines & lines
    }


@dataclass(frozen=True, slots=True)
class _Way:
    """How the party's part of the way went: promised when, done when, and what became of the goods on it."""

    due_at: datetime | None
    done_at: datetime | None
    damaged: bool
    fresh: bool
    lost: bool = False

    @property
    def late(self) -> bool:
        return self.due_at is not None and self.done_at is not None and self.done_at > self.due_at


def _party(order: Order, party: int, kind: SupplierKind, seen: _Seen, lines: Collection[Line], way: _Way) -> PartyFacts:
    delivered = None if order.status is Status.CANCELLED else arrived_at(order)
    dearest = max(lines, key=lambda line: (line.paid_fen, -line.id), default=None)
    return PartyFacts(
        order_of=order.id,
        party=party,
        kind=str(kind),
        product=dearest.product if dearest and kind is SupplierKind.GOODS else None,
        category=dearest.category if dearest else "",
        region=order.place,
        day=order.day,
        month=order.day[:7],
        placed_at=order.placed_at,
        delivered_at=delivered,
        counted=delivered is not None or way.lost or seen.faults > 0,
        faults=seen.faults,
        severe=seen.severe,
        due_at=way.due_at,
        done_at=way.done_at,
        late=way.late,
        lost=way.lost,
        damaged=way.damaged,
        cold_broken=way.late and way.fresh and kind is SupplierKind.CARRIER,
        fresh=way.fresh,
        hurries=seen.hurries,
        hurries_answered=seen.answered,
        ratings=len(seen.marks),
        rating_sum=sum(seen.marks),
        low_ratings=sum(mark <= LOW for mark in seen.marks),
        paid_fen=sum(line.paid_fen for line in lines),
    )
