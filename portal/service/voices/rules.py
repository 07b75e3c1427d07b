"""Who may rate what until when, what counts as low, when an answer is due, and what a buyer is told by herself."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from portal.service.orders.rules import Status

RATE_WITHIN = timedelta(days=30)  # from delivery
LOW = 2  # any mark of so many stars or fewer makes a rating a low one
ANSWER_WITHIN = timedelta(hours=24)  # a low rating; design.md's promise for a proposal holds here too
REMIND_AFTER = timedelta(hours=12)  # a question without a reply
MOST_TEXT = 500  # characters of a rating, an answer, a message
MOST_A_DAY = 20  # messages of one side in a thread, in 24 hours
TELL_WITHIN = timedelta(days=7)  # older news (an import of last year's orders) tells nobody anything

RATEABLE = frozenset({Status.DELIVERED, Status.COMPLETED})


class RateNo(StrEnum):
    """Why a line cannot be rated now."""

    NOT_YET = "rating_not_yet"
    OVER = "rating_over"
    REMOVED = "rating_removed"
    RATED = "rating_rated"


@dataclass(frozen=True, slots=True)
class Marks:
    """Stars from 1 to 5 for the goods, the delivery, and the owner."""

    goods: int
    delivery: int
    owner: int

    @property
    def low(self) -> bool:
        return min(self.goods, self.delivery, self.owner) <= LOW


@dataclass(frozen=True, slots=True)
class Rateable:
    """What the rule on rating a line looks at; `delivered_at`: when the order, or its last parcel, arrived."""

    status: Status
    delivered_at: datetime | None
    removed: bool = False
    rated: bool = False


def rate_no(line: Rateable, now: datetime) -> RateNo | None:
    """Why a buyer cannot rate a line now; None where she can."""
    if line.rated:
        return RateNo.RATED
    if line.removed:
        return RateNo.REMOVED
    if line.delivered_at is None and line.status not in RATEABLE:
        return RateNo.OVER if line.status in (Status.CANCELLED, Status.REFUNDED) else RateNo.NOT_YET
    if line.delivered_at is not None and now > rate_until(line.delivered_at):
        return RateNo.OVER
    return None


def rate_until(delivered_at: datetime) -> datetime:
    return delivered_at + RATE_WITHIN


def may_add(rated_at: datetime, added_at: datetime | None, now: datetime) -> bool:
    """A rating may be added to once, as long after it as after delivery; what stands is never changed."""
    return added_at is None and now <= rated_at + RATE_WITHIN


def answer_due(marks: Marks, at: datetime) -> datetime | None:
    """Until when the owner must answer a rating; None where she need not."""
    return at + ANSWER_WITHIN if marks.low else None


class Telling(StrEnum):
    """News of an order that its buyer is told unasked, each once."""

    SHIPPED = "order_shipped"
    DELIVERED = "order_delivered"


_ON_THE_WAY = frozenset({Status.SHIPPED, *RATEABLE})


def tellings(status: Status, updated_at: datetime, *, parcels: int, now: datetime) -> Iterator[Telling]:
    """What there is to tell now: an arrival makes the news of the shipping stale."""
    if now - updated_at > TELL_WITHIN:
        return
    if status in RATEABLE:
        yield Telling.DELIVERED
    elif status in _ON_THE_WAY or (parcels and status is Status.PAID):
        yield Telling.SHIPPED


def reply_seconds(asked_at: datetime | None, at: datetime) -> int | None:
    """How long a question waited for its first reply; None where nothing waited."""
    return max(int((at - asked_at).total_seconds()), 0) if asked_at is not None else None


class Step(StrEnum):
    """Where an order is, as its buyer sees it."""

    ORDERED = "ordered"
    PAID = "paid"
    SHIPPED = "shipped"
    ARRIVED = "arrived"


_REACHED = {
    Status.PLACED: 1,
    Status.PAID: 2,
    Status.SHIPPED: 3,
    Status.DELIVERED: 4,
    Status.COMPLETED: 4,
}


def steps(status: Status) -> list[tuple[Step, str]]:
    """The steps with their state (`done`, `now`, `todo`). Empty for an order that was called off."""
    reached = _REACHED.get(status)
    if reached is None:
        return []
    states = ["done"] * reached + ["now"] * (reached < len(Step)) + ["todo"] * len(Step)
    return list(zip(Step, states, strict=False))


_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
_LATEST = 2**32 - 1
_WAITING, _PRIORITY, _ID_BITS = 55, 54, 22


def thread_place(waiting_since: datetime | None, last_at: datetime, thread_id: int, *, priority: bool = False) -> int:
    """A thread's place in its owner's list, highest first, each once.

    Those that wait for her stand first: key VIPs' before others', then whoever has waited longest. Then the rest,
    the latest first.
    """
    moment = waiting_since or last_at
    seconds = min(max(int((moment - _BEGINNING).total_seconds()), 0), _LATEST)
    if waiting_since is not None:
        seconds = 1 << _WAITING - _ID_BITS | priority << _PRIORITY - _ID_BITS | _LATEST - seconds
    return seconds << _ID_BITS | thread_id & (1 << _ID_BITS) - 1
