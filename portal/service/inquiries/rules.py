"""What may be asked when, until when it must be answered, how silence escalates, and what settles it by itself."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from portal.service.orders.guide import CARRIER_ANSWERS_WITHIN, STALE_AFTER, TRACE_WITHIN
from portal.service.orders.rules import UNSHIPPED, ParcelState, Status


class Kind(StrEnum):
    """What is asked."""

    HURRY = "hurry"  # the supplier: when do you ship?
    TRACE = "trace"  # the carrier: where is the parcel?
    ADDRESS = "address"  # send it elsewhere: the shop before shipping, the carrier after
    RECALL = "recall"  # the carrier: stop it


class Answered(StrEnum):
    """What a party may answer."""

    SHIPS_BY = "ships_by"
    SHIPPED = "shipped"
    OUT_OF_STOCK = "out_of_stock"
    CANNOT = "cannot"
    FOUND = "found"
    LOST = "lost"
    DAMAGED = "damaged"
    DELIVERED_PROOF = "delivered_proof"
    DONE = "done"
    REFUSED = "refused"
    TOO_LATE = "too_late"


GONE = frozenset({Answered.LOST, Answered.DAMAGED})  # no use waiting for that parcel


class Via(StrEnum):
    """By which door an answer came."""

    LINK = "link"
    API = "api"
    STAFF = "staff"  # an admin wrote down what the party said


class End(StrEnum):
    """Why an inquiry is over."""

    ANSWERED = "answered"
    SHIPPED = "shipped"
    SCANNED = "scanned"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    CORRECTED = "corrected"
    RETURNING = "returning"


class Step(StrEnum):
    """A rung of the ladder; each is climbed once."""

    REMIND = "remind"  # half of the time is used: a letter
    CALL = "call"  # three quarters: staff sees it among those to telephone
    LAST = "last"  # nine tenths: a last letter
    BREACH = "breach"  # the promise is broken: the platform takes it over
    PROMISE = "promise"  # what was answered did not happen


ANSWERS: Mapping[Kind, tuple[Answered, ...]] = {
    Kind.HURRY: (Answered.SHIPS_BY, Answered.SHIPPED, Answered.OUT_OF_STOCK, Answered.CANNOT),
    Kind.TRACE: (Answered.FOUND, Answered.DELIVERED_PROOF, Answered.DAMAGED, Answered.LOST),
    Kind.ADDRESS: (Answered.DONE, Answered.TOO_LATE, Answered.REFUSED),
    Kind.RECALL: (Answered.DONE, Answered.TOO_LATE, Answered.REFUSED),
}
NEEDS_TEXT = frozenset({Answered.CANNOT, Answered.FOUND, Answered.DELIVERED_PROOF, Answered.REFUSED})
# After these only the owner can go on, together with the buyer.
NEEDS_OWNER = frozenset(
    {
        Answered.OUT_OF_STOCK,
        Answered.CANNOT,
        Answered.LOST,
        Answered.DAMAGED,
        Answered.DELIVERED_PROOF,
        Answered.REFUSED,
        Answered.TOO_LATE,
    }
)

# How long a party has. Logistics questions are settled within 48 hours (source text 002); a supplier answers within a
# day; what a moving parcel must be told is of use only while it moves.
GIVEN: Mapping[Kind, timedelta] = {
    Kind.HURRY: timedelta(hours=24),
    Kind.TRACE: CARRIER_ANSWERS_WITHIN,
    Kind.ADDRESS: timedelta(hours=12),
    Kind.RECALL: timedelta(hours=6),
}
LADDER: tuple[tuple[int, Step], ...] = ((50, Step.REMIND), (75, Step.CALL), (90, Step.LAST), (100, Step.BREACH))
MAILED = frozenset({Step.REMIND, Step.LAST})

COOLDOWN = timedelta(hours=12)  # between two hurries of one order (desk anchors, 3.2)
UNSHIPPED_FOR = timedelta(hours=24)  # a hurry is fair from then on though the promised day is not over
PROVEN_WITHIN = timedelta(hours=24)  # "it is shipped" is to be seen at the carrier's by then
CORRECTABLE_FOR = timedelta(minutes=30)
LONGEST_PROMISE = timedelta(days=60)
LINK_LIFE = timedelta(days=30)  # beyond the deadline


@dataclass(frozen=True, slots=True)
class No:
    """Why something may not be asked now: `why` names its sentence, `params` fill it."""

    why: str
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Past:
    """What was asked before of the same order (or parcel) and came of it; the latest of its kind."""

    asked_at: datetime
    due_at: datetime
    ended: bool
    answer: Answered | None = None
    ships_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class OrderState:
    """An order as far as asking goes; `to_ship`: it has lines that are in no parcel yet."""

    status: Status
    placed_at: datetime
    ship_by: datetime | None
    to_ship: bool


@dataclass(frozen=True, slots=True)
class ParcelSeen:
    """A parcel as far as asking goes."""

    shipped_at: datetime
    state: ParcelState | None
    state_at: datetime | None
    delivered_at: datetime | None = None


_GONE = frozenset({Status.CANCELLED, Status.REFUNDED})


def hurry_no(order: OrderState, past: Past | None, now: datetime) -> No | None:
    """Why the supplier may not be hurried now; None where the owner may.

    She may once the promised day is over, or when the order has lain unshipped for a day; then once in twelve hours.
    """
    if order.status in _GONE:
        return No("inquiry_over")
    if order.status is Status.PLACED:
        return No("inquiry_unpaid")
    if order.status is not Status.PAID or not order.to_ship:
        return No("inquiry_shipped")
    if past is not None and past.answer is Answered.OUT_OF_STOCK:
        return No("inquiry_no_stock")
    if past is not None and past.answer is Answered.SHIPS_BY and past.ships_by is not None and now < past.ships_by:
        return No("inquiry_promised", {"until_at": past.ships_by})
    if past is not None and now < past.asked_at + COOLDOWN:
        return No("inquiry_cooldown", {"again_at": past.asked_at + COOLDOWN})
    fair_at = min(filter(None, (order.ship_by, order.placed_at + UNSHIPPED_FOR)))
    return No("inquiry_too_soon", {"from_at": fair_at}) if now < fair_at else None


def trace_no(order: OrderState, parcel: ParcelSeen | None, past: Past | None, now: datetime) -> No | None:
    """Why the carrier may not be asked now where the parcel is.

    She may when it was never scanned for a day, has not moved for three, is a problem, or is said to be delivered.
    """
    if order.status in _GONE:
        return No("inquiry_over")
    if parcel is None:
        return No("inquiry_no_parcel")
    if past is not None and not past.ended:
        return No("inquiry_open", {"due_at": past.due_at})
    if past is not None and now < past.asked_at + COOLDOWN:
        return No("inquiry_cooldown", {"again_at": past.asked_at + COOLDOWN})
    from_at = _traceable_from(parcel)
    return No("inquiry_moving", {"from_at": from_at}) if from_at is not None and now < from_at else None


def _traceable_from(parcel: ParcelSeen) -> datetime | None:
    """From when on asking is fair; None: at once."""
    if parcel.state is None or parcel.state_at is None:
        return parcel.shipped_at + TRACE_WITHIN
    moving = (ParcelState.ACCEPTED, ParcelState.IN_TRANSIT, ParcelState.OUT_FOR_DELIVERY)
    return parcel.state_at + STALE_AFTER if parcel.state in moving else None


_ARRIVED = frozenset({ParcelState.DELIVERED, ParcelState.RETURNING, ParcelState.RETURNED})


def address_no(order: OrderState, parcel: ParcelSeen | None, past: Past | None, now: datetime) -> No | None:
    """Why the address may not be corrected now; without a parcel the shop is asked, else its carrier."""
    if order.status in _GONE:
        return No("inquiry_over")
    if past is not None and not past.ended:
        return No("inquiry_open", {"due_at": past.due_at})
    if order.status in UNSHIPPED and order.to_ship:
        return None
    if parcel is None:
        return No("inquiry_no_parcel")
    return No("inquiry_arrived") if parcel.state in _ARRIVED else None


def recall_no(order: OrderState, parcel: ParcelSeen | None, past: Past | None, now: datetime) -> No | None:
    """Why the carrier may not be asked now to stop the parcel; of a cancelled order it may."""
    if parcel is None:
        return No("inquiry_over" if order.status in _GONE else "inquiry_no_parcel")
    if past is not None and not past.ended:
        return No("inquiry_open", {"due_at": past.due_at})
    return No("inquiry_arrived") if parcel.state in _ARRIVED else None


# ---- clocks ----


def due_at(kind: Kind, asked_at: datetime) -> datetime:
    return asked_at + GIVEN[kind]


def step_at(asked_at: datetime, due: datetime, level: int) -> datetime | None:
    """When the rung above `level` is climbed; None at the top."""
    return asked_at + (due - asked_at) * LADDER[level][0] / 100 if level < len(LADDER) else None


def steps_due(asked_at: datetime, due: datetime, level: int, now: datetime) -> tuple[Step, ...]:
    """The rungs above `level` whose time has come, lowest first: after a downtime several at once."""
    return tuple(step for share, step in LADDER[level:] if asked_at + (due - asked_at) * share / 100 <= now)


def follow_at(answer: Answered, ships_by: datetime | None, at: datetime) -> datetime | None:
    """When an answer is to have come true; None where it needs no second look."""
    if answer is Answered.SHIPS_BY:
        return ships_by
    return at + PROVEN_WITHIN if answer is Answered.SHIPPED else None


def may_correct(answered_at: datetime, via: Via, by: Via, now: datetime) -> bool:
    """Whether an answer may still be put right: for half an hour, through the door by which it came."""
    return via is by and now <= answered_at + CORRECTABLE_FOR


def rank(due: datetime, inquiry_id: int) -> int:
    """An open inquiry's place by its deadline, each rank once."""
    return int(due.timestamp()) << 22 | inquiry_id & (1 << 22) - 1


def rank_before(at: datetime) -> int:
    """Below this rank the deadline is over at `at`."""
    return int(at.timestamp()) << 22


# ---- answers ----


@dataclass(frozen=True, slots=True)
class Said:
    """What a party answered."""

    answer: Answered
    ships_by: datetime | None = None
    tracking: str | None = None
    text: str | None = None


def said_faults(kind: Kind, said: Said, now: datetime) -> Iterator[tuple[str, str, dict[str, object]]]:
    """What is missing or odd in an answer: field, fault, and what fills its sentence."""
    if said.answer not in ANSWERS[kind]:
        yield "answer", "not_choice", {}
    if said.answer is Answered.SHIPS_BY and said.ships_by is None:
        yield "ships_by", "required", {}
    if said.answer is Answered.SHIPS_BY and said.ships_by is not None:
        if said.ships_by <= now:
            yield "ships_by", "past", {}
        elif said.ships_by > now + LONGEST_PROMISE:
            yield "ships_by", "inquiries.fault.far", {"days": LONGEST_PROMISE.days}
    if said.answer is Answered.SHIPPED and not said.tracking:
        yield "tracking_number", "required", {}
    if said.answer in NEEDS_TEXT and not said.text:
        yield "text", "required", {}


def fitting(said: Said) -> Said:
    """The answer without what belongs to another one: a date that stood in the form beside "out of stock"."""
    return Said(
        said.answer,
        said.ships_by if said.answer is Answered.SHIPS_BY else None,
        said.tracking if said.answer is Answered.SHIPPED else None,
        said.text,
    )
