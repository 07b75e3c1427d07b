"""What an order is, what it needs of its owner, and where it stands in her list."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum, StrEnum


class Status(StrEnum):
    """Where the shop says an order is."""

    PLACED = "placed"
    PAID = "paid"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"


OVER = frozenset({Status.COMPLETED, Status.CANCELLED, Status.REFUNDED})
UNSHIPPED = frozenset({Status.PLACED, Status.PAID})


class ParcelState(StrEnum):
    """Where a carrier says a parcel is."""

    ACCEPTED = "accepted"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELIVERED = "delivered"
    PROBLEM = "problem"
    RETURNING = "returning"
    RETURNED = "returned"


class Colour(StrEnum):
    """A remark flag, by what it says (source text 002): who handles an order marks it."""

    YELLOW = "yellow"  # price change
    PURPLE = "purple"  # note before shipping
    BLUE = "blue"  # note after shipping
    RED = "red"  # special: which carrier, which gift
    GREEN = "green"  # refundable


class Attention(IntEnum):
    """How much an order needs its owner; the list begins with the highest."""

    NONE = 0
    UNPAID = 1
    LATE = 2
    NEEDS_ME = 3


@dataclass(frozen=True, slots=True)
class Address:
    """Where an order goes to."""

    name: str
    phone: str
    region: str
    street: str


@dataclass(frozen=True, slots=True)
class LineFacts:
    """One line as the shop tells it; `product` is its external id; money in fen, of the whole line."""

    line: str
    product: str
    title: str
    quantity: int
    paid_fen: int
    refunded_fen: int = 0


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """An order as the shop tells it; `vip` is the buyer's external id; money in fen."""

    number: str
    updated_at: datetime
    placed_at: datetime
    status: Status
    vip: str
    address: Address
    lines: tuple[LineFacts, ...]
    paid_fen: int
    delivered_at: datetime | None = None
    ship_by: datetime | None = None
    share_code: str | None = None


@dataclass(frozen=True, slots=True)
class TraceFacts:
    """One thing that a carrier noted of a parcel."""

    at: datetime
    state: ParcelState
    text: str
    place: str | None = None


@dataclass(frozen=True, slots=True)
class ParcelFacts:
    """A parcel as the shop tells it; `carrier` is its external id, `lines` are the order's line ids in it."""

    carrier: str
    tracking_number: str
    shipped_at: datetime
    lines: tuple[str, ...]
    traces: tuple[TraceFacts, ...]

    @property
    def latest(self) -> TraceFacts | None:
        return max(self.traces, key=lambda trace: trace.at, default=None)


@dataclass(frozen=True, slots=True)
class OrderAct:
    """Something that an owner may do on an order, or why she may not now.

    `code` names its text (`orders.act.<code>`), `way` is the page that does it, `why` names the reason why not
    (`orders.act_no.<why>`, filled by `params`).
    """

    code: str
    way: str
    icon: str
    allowed: bool = True
    why: str | None = None
    params: Mapping[str, object] = field(default_factory=dict)


def attention(status: Status, ship_by: datetime | None, *, needed: bool, now: datetime) -> Attention:
    """How much an order needs its owner now; `needed`: something was raised that only she can settle."""
    if needed:
        return Attention.NEEDS_ME
    if status is Status.PLACED:
        return Attention.UNPAID
    return Attention.LATE if is_late(status, ship_by, now) else Attention.NONE


def is_late(status: Status, ship_by: datetime | None, now: datetime) -> bool:
    """Paid, not shipped, and the promised day is over."""
    return status is Status.PAID and ship_by is not None and now > ship_by


def turns_at(status: Status, ship_by: datetime | None, now: datetime) -> datetime | None:
    """When its attention changes though nobody does anything."""
    return ship_by if status is Status.PAID and ship_by is not None and now <= ship_by else None


_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
_ATTENTION_BIT, _KEY_BIT, _ID_BITS = 54, 53, 21


def rank(level: Attention, placed_at: datetime, order_id: int, *, key: bool = False) -> int:
    """An order's place in its owner's list, highest first: attention, key VIPs, then the newest, each rank once.

    One whole number, so that the list pages by one key: 2 bits of attention, 1 of the VIP's level, 32 bits of seconds
    since 2000, and the low 21 bits of the id to tell orders of the same second apart.
    """
    seconds = min(max(int((placed_at - _BEGINNING).total_seconds()), 0), 2**32 - 1)
    return level << _ATTENTION_BIT | key << _KEY_BIT | seconds << _ID_BITS | order_id & (1 << _ID_BITS) - 1


def ranks_of(level: Attention) -> tuple[int, int]:
    """The ranks of one attention: from, and up to but not including."""
    return level << _ATTENTION_BIT, (level + 1) << _ATTENTION_BIT


# Which moments of an order's life stand in its timeline, in the order in which they come.
_LIFE = (Status.PLACED, Status.PAID, Status.SHIPPED, Status.DELIVERED, Status.COMPLETED)


def steps_between(before: Status | None, after: Status) -> tuple[Status, ...]:
    """What a new status says has happened since the one before: `shipped` after `placed` says `paid` too."""
    if before is after:
        return ()
    if after not in _LIFE or (before is not None and before not in _LIFE):
        return (after,)
    start = _LIFE.index(before) + 1 if before is not None else 0
    return _LIFE[start : _LIFE.index(after) + 1] or (after,)


def order_faults(facts: OrderFacts) -> Iterator[tuple[str, str]]:
    """Fields that contradict each other, each with the code of its refusal."""
    if facts.delivered_at is not None and facts.delivered_at < facts.placed_at:
        yield "delivered_at", "order_before_placing"
    if facts.ship_by is not None and facts.ship_by < facts.placed_at:
        yield "ship_by", "order_before_placing"
    seen: set[str] = set()
    for position, line in enumerate(facts.lines):
        if line.line in seen:
            yield f"items[{position}].line", "order_line_twice"
        if line.refunded_fen > line.paid_fen:
            yield f"items[{position}].refunded_fen", "order_refunded_more"
        seen.add(line.line)


def phone_tail(phone: str) -> str:
    """The last four digits, by which a buyer is asked for at the telephone."""
    return "".join(character for character in phone if character.isdigit())[-4:]


def search_text(number: str, vip_name: str, titles: Iterable[str]) -> str:
    """What a search looks into, lowercase."""
    return " ".join([number, vip_name, *titles]).lower()[:1000]
