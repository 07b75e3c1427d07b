"""The way of a return: its states, whose turn it is, by when, and where each answer leads. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from portal.service.returns.rules import GOODS_BACK, MONEY, Kind


class State(StrEnum):
    """Where a return is."""

    DRAFT = "draft"
    AWAITING_MANDATE = "awaiting_mandate"
    REQUESTED = "requested"
    APPROVED = "approved"
    SENT_AHEAD = "sent_ahead"  # the new goods are on their way, the old ones are still to come back
    GOODS_BACK = "goods_back"  # the old goods are on their way back
    RECEIVED = "received"
    REFUND_DUE = "refund_due"
    REFUNDED = "refunded"
    EXCHANGED = "exchanged"
    RESENT = "resent"
    CLOSED = "closed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


ENDED = frozenset({State.REFUNDED, State.EXCHANGED, State.RESENT, State.CLOSED, State.REFUSED, State.WITHDRAWN})
DONE = frozenset({State.REFUNDED, State.EXCHANGED, State.RESENT, State.CLOSED})
AT_SHOP = frozenset(
    {State.REQUESTED, State.APPROVED, State.SENT_AHEAD, State.GOODS_BACK, State.RECEIVED, State.REFUND_DUE}
)
OPEN = AT_SHOP | {State.AWAITING_MANDATE}  # they hold money and pieces of their lines
WITHDRAWABLE = frozenset({State.DRAFT, State.AWAITING_MANDATE, State.REQUESTED, State.APPROVED})


class Turn(StrEnum):
    """Who has to move."""

    OWNER = "owner"
    BUYER = "buyer"
    SHOP = "shop"
    NOBODY = "nobody"


class Answer(StrEnum):
    """What the shop says."""

    APPROVED = "approved"
    REFUSED = "refused"
    RECEIVED = "received"
    REFUNDED = "refunded"
    EXCHANGED = "exchanged"
    RESENT = "resent"


@dataclass(frozen=True, slots=True)
class ShopAnswer:
    """The shop's answer: `text` says why (a refusal needs it), money in fen, a parcel where one was sent."""

    answer: Answer
    text: str | None = None
    refunded_fen: int | None = None
    carrier: str | None = None
    tracking_number: str | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """What decides a return's way: what is asked for, whether new goods go ahead, and whether money was paid at all."""

    kind: Kind
    advance: bool = False
    paid: bool = True


def waits_for_goods(course: Course, state: State) -> bool:
    """The buyer has to send the goods."""
    sent_first = course.kind is Kind.EXCHANGE and course.advance
    return state is State.SENT_AHEAD or (state is State.APPROVED and course.kind in GOODS_BACK and not sent_first)


def turn_of(course: Course, state: State) -> Turn:
    """Whose turn it is."""
    if state in ENDED:
        return Turn.NOBODY
    if state is State.DRAFT:
        return Turn.OWNER
    if state is State.AWAITING_MANDATE or waits_for_goods(course, state):
        return Turn.BUYER
    return Turn.SHOP


MANDATE_TIME = timedelta(days=7)
ANSWER_TIME = timedelta(hours=48)
SENDING_TIME = timedelta(days=7)
TRAVEL_TIME = timedelta(days=10)
SHIPPING_TIME = timedelta(hours=48)
REFUND_TIME = timedelta(hours=72)
GRACE = timedelta(days=3)  # after a buyer was reminded


def due_after(course: Course, state: State, at: datetime) -> datetime | None:
    """By when the next step is due in a state that was reached at `at`; None where nothing is due."""
    if state in ENDED or state is State.DRAFT:
        return None
    if state is State.AWAITING_MANDATE:
        return at + MANDATE_TIME
    if state is State.REQUESTED:
        return at + ANSWER_TIME
    if waits_for_goods(course, state):
        return at + SENDING_TIME
    if state is State.GOODS_BACK:
        return at + TRAVEL_TIME
    return at + (REFUND_TIME if state is State.REFUND_DUE else SHIPPING_TIME)


def reached(course: Course, state: State, answer: Answer) -> tuple[State, ...]:
    """The states that an answer of the shop leads through from `state`; empty where it does not fit there."""
    return _WAYS[answer](course, state)


def _approved(course: Course, state: State) -> tuple[State, ...]:
    if state is not State.REQUESTED:
        return ()
    if course.kind is Kind.CANCEL and not course.paid:
        return (State.APPROVED, State.CLOSED)
    at_once = course.kind in MONEY and course.kind not in GOODS_BACK
    return (State.APPROVED, State.REFUND_DUE) if at_once else (State.APPROVED,)


def _refused(course: Course, state: State) -> tuple[State, ...]:
    # Goods that came back unfit may be refused too; what was approved and not sent back yet may not.
    return (State.REFUSED,) if state in (State.REQUESTED, State.GOODS_BACK, State.RECEIVED) else ()


def _received(course: Course, state: State) -> tuple[State, ...]:
    if state not in (State.GOODS_BACK, State.SENT_AHEAD) and not (
        state is State.APPROVED and waits_for_goods(course, state)
    ):
        return ()
    if course.kind is Kind.RETURN:
        return (State.RECEIVED, State.REFUND_DUE)
    return (State.RECEIVED, State.EXCHANGED) if course.advance else (State.RECEIVED,)


def _refunded(course: Course, state: State) -> tuple[State, ...]:
    return (State.REFUNDED,) if course.kind in MONEY and state in AT_SHOP else ()


def _exchanged(course: Course, state: State) -> tuple[State, ...]:
    if course.kind is not Kind.EXCHANGE:
        return ()
    if course.advance and state is State.APPROVED:
        return (State.SENT_AHEAD,)
    return (State.EXCHANGED,) if not course.advance and state is State.RECEIVED else ()


def _resent(course: Course, state: State) -> tuple[State, ...]:
    return (State.RESENT,) if course.kind is Kind.RESEND and state is State.APPROVED else ()


_WAYS = {
    Answer.APPROVED: _approved,
    Answer.REFUSED: _refused,
    Answer.RECEIVED: _received,
    Answer.REFUNDED: _refunded,
    Answer.EXCHANGED: _exchanged,
    Answer.RESENT: _resent,
}


def said_before(course: Course, state: State, answer: Answer) -> bool:
    """The return has gone this way already: the same answer once more changes nothing."""
    if answer is Answer.EXCHANGED and course.advance:
        return state in _AHEAD
    return state in _LATER[answer]


_LATER = {
    Answer.APPROVED: frozenset(
        {State.APPROVED, State.SENT_AHEAD, State.GOODS_BACK, State.RECEIVED, State.REFUND_DUE} | DONE
    ),
    Answer.REFUSED: frozenset({State.REFUSED}),
    Answer.RECEIVED: frozenset({State.RECEIVED, State.REFUND_DUE, State.REFUNDED, State.EXCHANGED}),
    Answer.REFUNDED: frozenset({State.REFUNDED}),
    Answer.EXCHANGED: frozenset({State.EXCHANGED}),
    Answer.RESENT: frozenset({State.RESENT}),
}
_AHEAD = frozenset({State.SENT_AHEAD, State.GOODS_BACK, State.EXCHANGED})


def path_of(course: Course) -> tuple[State, ...]:
    """The way of a return that goes well, for drawing it as steps."""
    start = (State.AWAITING_MANDATE, State.REQUESTED, State.APPROVED)
    if course.kind is Kind.CANCEL and not course.paid:
        return (*start, State.CLOSED)
    if course.kind is Kind.RETURN:
        return (*start, State.GOODS_BACK, State.RECEIVED, State.REFUND_DUE, State.REFUNDED)
    if course.kind is Kind.EXCHANGE:
        ahead = (State.SENT_AHEAD,) if course.advance else ()
        return (*start, *ahead, State.GOODS_BACK, State.RECEIVED, State.EXCHANGED)
    if course.kind is Kind.RESEND:
        return (*start, State.RESENT)
    return (*start, State.REFUND_DUE, State.REFUNDED)
