"""An order as it stands, what it counts for to its store, and what a row of its facts says. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from portal.service.causes.rules import CAUSES, Party
from portal.service.complaints.rules import Function, Urgency
from portal.service.inquiries.rules import End
from portal.service.orders.rules import Status

COLD = frozenset({"fresh", "frozen"})  # categories, or families of categories, that travel in the cold
FOOD = frozenset({"food", *COLD})
ARRIVED = frozenset({Status.DELIVERED, Status.COMPLETED})


@dataclass(frozen=True, slots=True)
class Hours:
    """How long a carrier has from its first trace to the door, from a moment on."""

    since: datetime
    usual: int = 72
    cold: int = 48


def hours_at(hours: Iterable[Hours], at: datetime) -> Hours:
    """Those in force at a moment; before the first were set, the first."""
    ordered = sorted(hours, key=attrgetter("since"))
    return next((one for one in reversed(ordered) if one.since <= at), ordered[0])


# ---- an order as it stands ----


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is still in the order; `line` is the shop's name for it, `supplier` the product's."""

    id: int
    line: str
    product: int
    supplier: int
    category: str
    paid_fen: int
    refunded_fen: int = 0


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel; one that names no lines holds them all."""

    id: int
    carrier: int
    shipped_at: datetime
    lines: frozenset[str] = frozenset()
    first_trace_at: datetime | None = None
    delivered_at: datetime | None = None

    def holds(self, line: str) -> bool:
        return not self.lines or line in self.lines


@dataclass(frozen=True, slots=True)
class Fault:
    """A finding in force, of a complaint that is neither withdrawn nor a repetition."""

    code: str
    party: int | None = None  # the supplier or carrier
    function: str = ""
    category: str = ""
    urgency: str = ""


@dataclass(frozen=True, slots=True)
class Hurry:
    """What a party was asked; `breached`: its deadline passed in silence, `late`: its answer came after that."""

    kind: str
    party: int | None
    due_at: datetime
    parcel: int | None = None
    answer: str | None = None
    late: bool = False
    ended_at: datetime | None = None
    ended_why: str | None = None
    breached: bool = False


@dataclass(frozen=True, slots=True)
class Marks:
    """A buyer's rating of a line."""

    line: int
    goods: int
    delivery: int


@dataclass(frozen=True, slots=True)
class Sent:
    """A return that the shop has not refused and nobody has taken back: why, and of which lines."""

    reason: str
    lines: frozenset[int]


@dataclass(frozen=True, slots=True)
class Order:
    """Everything about an order that facts are made of."""

    id: int
    store: int
    vip: int
    status: Status
    placed_at: datetime
    updated_at: datetime
    day: str  # of placing, where the site is
    region: str | None  # the store's
    place: str | None  # where it goes to
    paid_fen: int
    manager: int | None = None
    delivered_at: datetime | None = None
    ship_by: datetime | None = None
    shared: bool = False
    own: bool = False
    nth: int = 0
    complaints: int = 0
    lines: tuple[Line, ...] = ()
    parcels: tuple[Parcel, ...] = ()
    faults: tuple[Fault, ...] = ()
    hurries: tuple[Hurry, ...] = ()
    ratings: tuple[Marks, ...] = ()
    sent: tuple[Sent, ...] = ()


# ---- what it counts for ----


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What an order is to its store; the columns of `order_facts`."""

    order_of: int
    store: int
    vip: int
    manager: int | None
    region: str | None
    day: str
    month: str
    placed_at: datetime
    paid: bool
    cancelled: bool
    delivered_at: datetime | None
    paid_fen: int
    refunded_fen: int
    products: int
    shared: bool
    own: bool
    nth: int
    complaints: int
    owner_faults: int


@dataclass(frozen=True, slots=True)
class PartyFacts:
    """What an order is to one supplier or carrier; the columns of `party_facts`."""

    order_of: int
    party: int
    kind: str
    product: int | None
    category: str
    region: str | None
    day: str
    month: str
    placed_at: datetime
    delivered_at: datetime | None
    counted: bool
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


def arrived_at(order: Order) -> datetime | None:
    """When the order was delivered: as the shop says, else when its last parcel was."""
    if order.delivered_at is not None:
        return order.delivered_at
    parcels = [parcel.delivered_at for parcel in order.parcels]
    known = [moment for moment in parcels if moment is not None]
    if known and (len(known) == len(parcels) or order.status in ARRIVED):
        return max(known)
    return order.updated_at if order.status in ARRIVED else None


def order_facts(order: Order) -> OrderFacts:
    """What the order is to its store."""
    called_off = order.status is Status.CANCELLED
    return OrderFacts(
        order_of=order.id,
        store=order.store,
        vip=order.vip,
        manager=order.manager,
        region=order.region,
        day=order.day,
        month=order.day[:7],
        placed_at=order.placed_at,
        paid=order.status is not Status.PLACED and not called_off,
        cancelled=called_off,
        delivered_at=None if called_off else arrived_at(order),
        paid_fen=order.paid_fen,
        refunded_fen=sum(line.refunded_fen for line in order.lines),
        products=len({line.product for line in order.lines}),
        shared=order.shared,
        own=order.own,
        nth=order.nth,
        complaints=order.complaints,
        owner_faults=sum(CAUSES[fault.code].party is Party.OWNER for fault in order.faults),
    )


def is_cold(category: str) -> bool:
    """Whether goods of this category travel in the cold."""
    return category.split("/", 1)[0] in COLD


def is_severe(fault: Fault) -> bool:
    """Whether one such case outweighs every rate: food that is bad, and an urgent matter to its buyer."""
    return (
        fault.code == "supplier_defect"
        and fault.function == Function.QUALITY
        and fault.urgency == Urgency.URGENT
        and fault.category.split("/", 1)[0] in FOOD
    )


def answered_in_time(hurry: Hurry) -> bool | None:
    """Whether a party answered, in words or by deed, before its deadline; None while that is open, or was moot."""
    if hurry.answer is not None:
        return not hurry.late
    if hurry.ended_at is None or hurry.ended_at > hurry.due_at or hurry.breached:
        return False if hurry.breached or hurry.ended_at is not None else None
    return True if hurry.ended_why in (End.SHIPPED, End.SCANNED, End.DELIVERED) else None
