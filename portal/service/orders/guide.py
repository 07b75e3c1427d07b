"""Where is my parcel: the one right next step, from what shop and carrier have told.

The order of the questions is source text 000's (after-sales flow, looking for a parcel): shipped? traces? recent?
a problem? The numbers are source text 002's (a logistics problem is solved within 48 hours) and the carriers'
(three days without a record: a push subscription ends).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import quote

from portal.service.orders.rules import ParcelState, Status

SHIP_WITHIN = timedelta(hours=48)  # where the shop has promised no time
TRACE_WITHIN = timedelta(hours=24)  # from the shipping to the carrier's first record
STALE_AFTER = timedelta(hours=72)  # without a new record
CARRIER_ANSWERS_WITHIN = timedelta(hours=48)


class Code(StrEnum):
    """The finding, and with it the next step. The first that holds for any parcel of an order is the order's."""

    LOST = "lost"
    PROBLEM = "problem"
    RETURNED = "returned"
    STALE = "stale"
    NO_TRACE = "no_trace"
    HURRY = "hurry"
    UNPAID = "unpaid"
    RETURNING = "returning"
    ASKED = "asked"
    HURRIED = "hurried"
    WAIT_TRACE = "wait_trace"
    WAIT_SHIPPING = "wait_shipping"
    MOVING = "moving"
    ON_ITS_WAY_TO_HER = "out"
    DELIVERED = "delivered"
    OVER = "over"


# Findings after which waiting is right: no page makes them urgent.
CALM = frozenset(
    {
        Code.ASKED,
        Code.HURRIED,
        Code.WAIT_TRACE,
        Code.WAIT_SHIPPING,
        Code.MOVING,
        Code.ON_ITS_WAY_TO_HER,
        Code.DELIVERED,
        Code.OVER,
    }
)


@dataclass(frozen=True, slots=True)
class Bought:
    """What the guide knows of an order; `told_at`: when the shop last changed it."""

    number: str
    status: Status
    placed_at: datetime
    told_at: datetime
    ship_by: datetime | None = None
    delivered_at: datetime | None = None

    @property
    def due(self) -> datetime:
        """By when it is to be shipped: as promised, or else within two days of its placing."""
        return self.ship_by or self.placed_at + SHIP_WITHIN


@dataclass(frozen=True, slots=True)
class Carried:
    """What the guide knows of a parcel: its latest trace, if it has one."""

    shipped_at: datetime
    state: ParcelState | None = None
    state_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OpenInquiry:
    """A question to supplier or carrier that waits for its answer, or whose answer says that the parcel is gone.

    `way` is the page that shows it; `gone_at`: when the carrier said that it has lost or broken the parcel.
    """

    kind: str  # hurry, trace, address, recall
    asked_at: datetime
    due_at: datetime
    way: str
    gone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """Something to do: its text is `orders.way.<code>`."""

    code: str
    href: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A question on the way to the finding and how it came out; its texts are `orders.asked.<question>.<state>`."""

    question: str  # paid, shipped, traced, moving, safe, delivered
    state: str  # done, todo, warn, bad
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """The right next step: what was found, what does it, and until when waiting is right or an answer is due."""

    code: Code
    ways: tuple[Way, ...] = ()
    since: datetime | None = None
    due_at: datetime | None = None
    answers: tuple[Answer, ...] = ()

    @property
    def way(self) -> str | None:
        """The address of what is right; None where nothing is to be done."""
        return self.ways[0].href if self.ways else None

    @property
    def calm(self) -> bool:
        return self.code in CALM


def next_step(order: Bought, parcel: Carried | None, inquiry: OpenInquiry | None, now: datetime) -> Step:
    """The step that is right now for a parcel of this order, or for an order that has none yet."""
    found = _found(order, parcel, _of_this(parcel, inquiry), now)
    return Step(found.code, found.ways, found.since, found.due_at, answers_of(order, parcel, now))


def _of_this(parcel: Carried | None, inquiry: OpenInquiry | None) -> OpenInquiry | None:
    """What was asked, unless it says of an earlier parcel that it is gone."""
    if inquiry is None or inquiry.gone_at is None:
        return inquiry
    return inquiry if parcel is not None and parcel.shipped_at < inquiry.gone_at else None


def most_urgent(steps: Iterable[Step]) -> int:
    """Which of several parcels' steps comes first."""
    order = list(Code)
    ranked = sorted(enumerate(steps), key=lambda pair: (order.index(pair[1].code), pair[0]))
    return ranked[0][0]


def _found(order: Bought, parcel: Carried | None, inquiry: OpenInquiry | None, now: datetime) -> Step:
    if order.status in (Status.CANCELLED, Status.REFUNDED):
        return Step(Code.OVER)
    if order.status is Status.PLACED:
        return Step(Code.UNPAID, _ways(order, "remind"), order.placed_at)
    if order.status is Status.PAID and parcel is None:
        return _unshipped(order, inquiry, now)
    if order.status in (Status.DELIVERED, Status.COMPLETED):
        return _delivered(order, order.delivered_at or order.told_at)
    return _under_way(order, parcel or Carried(order.told_at), inquiry, now)


def _unshipped(order: Bought, inquiry: OpenInquiry | None, now: datetime) -> Step:
    if inquiry is not None:
        return Step(Code.HURRIED, (Way("see_inquiry", inquiry.way),), inquiry.asked_at, inquiry.due_at)
    if now <= order.due:
        return Step(Code.WAIT_SHIPPING, _ways(order, "follow_up"), order.placed_at, order.due)
    return Step(Code.HURRY, _ways(order, "hurry", "cancel"), order.due)


def _under_way(order: Bought, parcel: Carried, inquiry: OpenInquiry | None, now: datetime) -> Step:
    state, at = parcel.state, parcel.state_at or parcel.shipped_at
    if state is ParcelState.DELIVERED:
        return _delivered(order, at)
    if state is ParcelState.RETURNED:
        return Step(Code.RETURNED, _ways(order, "resend", "refund"), at)
    if state is ParcelState.RETURNING:
        return Step(Code.RETURNING, _ways(order, "resend", "refund"), at)
    if inquiry is not None and inquiry.gone_at is not None:
        return Step(Code.LOST, _ways(order, "resend", "refund"), inquiry.gone_at)
    if inquiry is not None:
        return Step(Code.ASKED, (Way("see_inquiry", inquiry.way),), inquiry.asked_at, inquiry.due_at)
    if state is ParcelState.PROBLEM:
        return Step(Code.PROBLEM, _ways(order, "address", "trace", "resend"), at)
    if state is None:
        return _untraced(order, parcel.shipped_at, now)
    if now > at + STALE_AFTER:
        return Step(Code.STALE, _ways(order, "trace"), at)
    code = Code.ON_ITS_WAY_TO_HER if state is ParcelState.OUT_FOR_DELIVERY else Code.MOVING
    return Step(code, _ways(order, "follow_up"), at, at + STALE_AFTER)


def _untraced(order: Bought, shipped_at: datetime, now: datetime) -> Step:
    if now < shipped_at + TRACE_WITHIN:
        return Step(Code.WAIT_TRACE, _ways(order, "follow_up"), shipped_at, shipped_at + TRACE_WITHIN)
    return Step(Code.NO_TRACE, _ways(order, "trace"), shipped_at)


def _delivered(order: Bought, at: datetime) -> Step:
    """The buyer may still say that it is not there: neighbours and lockers first, then the carrier."""
    return Step(Code.DELIVERED, () if order.status is Status.COMPLETED else _ways(order, "trace"), at)


_WAYS = {
    "remind": "reminder",
    "follow_up": "guide#follow-up",
    "hurry": "hurry",
    "trace": "inquiry?kind=trace",
    "address": "address",
    "cancel": "returns/new?kind=cancel",
    "resend": "returns/new?kind=resend",
    "refund": "returns/new?kind=refund",
}


def _ways(order: Bought, *codes: str) -> tuple[Way, ...]:
    return tuple(Way(code, f"/orders/{quote(order.number)}/{_WAYS[code]}") for code in codes)


def answers_of(order: Bought, parcel: Carried | None, now: datetime) -> tuple[Answer, ...]:
    """How the guide came to its finding, question by question, as far as it got."""
    if order.status in (Status.CANCELLED, Status.REFUNDED):
        return ()
    if order.status is Status.PLACED:
        return (Answer("paid", "warn", order.placed_at),)
    paid = Answer("paid", "done")
    arrived = order.status in (Status.DELIVERED, Status.COMPLETED)
    if order.status is Status.PAID and parcel is None:
        return paid, Answer("shipped", "todo" if now <= order.due else "bad", order.due)
    shipped = Answer("shipped", "done", parcel.shipped_at if parcel else order.told_at)
    if arrived or (parcel is not None and parcel.state is ParcelState.DELIVERED):
        at = order.delivered_at or (parcel.state_at if parcel else None) or order.told_at
        return paid, shipped, Answer("delivered", "done", at)
    return paid, shipped, *_carriers_answers(parcel, shipped.at or order.told_at, now)


def _carriers_answers(parcel: Carried | None, shipped_at: datetime, now: datetime) -> tuple[Answer, ...]:
    if parcel is None or parcel.state is None or parcel.state_at is None:
        waiting = now < shipped_at + TRACE_WITHIN
        return (Answer("traced", "todo" if waiting else "bad", shipped_at + TRACE_WITHIN),)
    traced = Answer("traced", "done")
    if parcel.state in (ParcelState.PROBLEM, ParcelState.RETURNING, ParcelState.RETURNED):
        return traced, Answer("safe", "bad", parcel.state_at)
    fresh = now <= parcel.state_at + STALE_AFTER
    return traced, Answer("moving", "done" if fresh else "warn", parcel.state_at)
