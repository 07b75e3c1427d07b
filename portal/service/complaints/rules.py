"""What a complaint is: its words, its states, who may move it where, and where it stands in an agent's day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from portal.service.knowledge import rules as knowledge


class FiledBy(StrEnum):
    """Whose hand filed it; the buyer's it always is."""

    OWNER = "owner"
    BUYER = "buyer"
    AGENT = "agent"


class Channel(StrEnum):
    """By which way it came."""

    PORTAL = "portal"
    PHONE = "phone"
    CHAT = "chat"
    EMAIL = "email"
    SOCIAL = "social"
    API = "api"


Function = knowledge.Function  # one word for one thing: articles and replies are about the same


class Family(StrEnum):
    """Problems that are one story to the buyer: she meets the same agent again."""

    GOODS = "goods"
    DELIVERY = "delivery"
    MONEY_BACK = "money_back"
    SERVICE = "service"
    PRICE = "price"
    OTHER = "other"


FAMILY: Mapping[Function, Family] = {
    Function.QUALITY: Family.GOODS,
    Function.DAMAGED: Family.GOODS,
    Function.WRONG_ITEM: Family.GOODS,
    Function.NOT_AS_DESCRIBED: Family.GOODS,
    Function.DELIVERY: Family.DELIVERY,
    Function.RETURNS: Family.MONEY_BACK,
    Function.REFUND: Family.MONEY_BACK,
    Function.SERVICE: Family.SERVICE,
    Function.PRICE: Family.PRICE,
    Function.ADVICE: Family.OTHER,
    Function.OTHER: Family.OTHER,
}


class Wanted(StrEnum):
    """What would make it right for her."""

    REFUND = "refund"
    REPLACE = "replace"
    REPAIR = "repair"
    VOUCHER = "voucher"
    APOLOGY = "apology"
    EXPLANATION = "explanation"
    OTHER = "other"


class Urgency(StrEnum):
    """How much it presses."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class State(StrEnum):
    """Where a complaint is."""

    OPEN = "open"
    PROPOSED = "proposed"  # a proposal is with the buyer
    AGREED = "agreed"  # she said yes; it is being carried out
    RESOLVED = "resolved"  # settled with her; the cause may still be worked on
    CLOSED = "closed"  # and its cause mended
    WITHDRAWN = "withdrawn"


OPEN_STATES = frozenset({State.OPEN, State.PROPOSED, State.AGREED})
ENDED_STATES = frozenset({State.RESOLVED, State.CLOSED, State.WITHDRAWN})
MOVES: Mapping[State, frozenset[State]] = {
    State.OPEN: frozenset({State.PROPOSED, State.RESOLVED, State.WITHDRAWN}),
    State.PROPOSED: frozenset({State.OPEN, State.AGREED, State.WITHDRAWN}),
    State.AGREED: frozenset({State.OPEN, State.RESOLVED, State.WITHDRAWN}),
    State.RESOLVED: frozenset({State.CLOSED, State.OPEN}),  # open again: reopened, once
    State.CLOSED: frozenset({State.OPEN}),
    State.WITHDRAWN: frozenset(),
}


class Audience(StrEnum):
    """Who reads a turn of the conversation."""

    BUYER = "buyer"  # she, her owner and the desk
    OWNER = "owner"  # the owner and the desk
    INNER = "inner"  # the desk alone


class Speaker(StrEnum):
    """Who said it."""

    BUYER = "buyer"
    OWNER = "owner"
    AGENT = "agent"


class Event(StrEnum):
    """What happens to a complaint in this room; rooms above add their own kinds. Each is a catalog key."""

    RECEIVED = "received"
    ASSIGNED = "assigned"
    QUEUED = "queued"
    HANDED_OVER = "handed_over"
    FIRST_REPLY = "first_reply"
    WAITING = "waiting"  # for the buyer's answer
    ANSWERED = "answered"  # she has
    MANDATE_CONFIRMED = "mandate_confirmed"
    LINKED = "linked"
    UNLINKED = "unlinked"
    RECLASSED = "reclassed"
    PROPOSAL_SENT = "proposal_sent"
    PROPOSAL_ACCEPTED = "proposal_accepted"
    PROPOSAL_DECLINED = "proposal_declined"
    PROPOSAL_WITHDRAWN = "proposal_withdrawn"  # by the desk
    NO_COMPENSATION_SENT = "no_compensation_sent"
    PAYMENT_CONFIRMED = "payment_confirmed"
    STEP = "step"  # a rung of the ladder
    RESOLVED = "resolved"
    REOPENED = "reopened"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


# What a linked duplicate goes through together with the complaint that it repeats; its clocks are its own.
SHARED = frozenset(
    {
        Event.PROPOSAL_SENT,
        Event.PROPOSAL_DECLINED,
        Event.PROPOSAL_WITHDRAWN,
        Event.NO_COMPENSATION_SENT,
        Event.PAYMENT_CONFIRMED,
    }
)

LONGEST_TEXT = 2000
MOST_FILES = 9
LARGEST_PHOTO = 8_000_000
LARGEST_FILM = 30_000_000
REOPENABLE_FOR = timedelta(days=15)  # after it was resolved; once
FAMILIAR_FOR_DAYS = 30  # default of the admin's window: the same story within it meets the same agent
FAMILIAR_SETTING = "desk.familiar_days"
REOPENINGS = 1


def may_move(state: State, to: State) -> bool:
    return to in MOVES[state]


@dataclass(frozen=True, slots=True)
class Standing:
    """A complaint as far as reopening goes."""

    state: State
    round: int
    ended_at: datetime | None


def reopen_no(standing: Standing, at: datetime) -> str | None:
    """Why it may not be reopened now (a refusal's code), or None: once, and soon after it was resolved."""
    if standing.state not in (State.RESOLVED, State.CLOSED) or standing.ended_at is None:
        return "complaint_not_ended"
    if standing.round > REOPENINGS:
        return "complaint_reopened_before"
    return "complaint_reopen_over" if at > standing.ended_at + REOPENABLE_FOR else None


# ---- an agent's day ----

_PRESSES = {
    Urgency.LOW: timedelta(hours=-6),
    Urgency.NORMAL: timedelta(0),
    Urgency.HIGH: timedelta(hours=6),
    Urgency.URGENT: timedelta(hours=18),
}
KEY_VIP_PRESSES = timedelta(hours=2)
_EPOCH = 1 << 22


def rank(due_at: datetime, urgency: Urgency, key_vip: bool, complaint_id: int) -> int:
    """Place in an agent's day, the smallest first: by the deadline that comes next, earlier the more it presses.

    Whole seconds in the upper bits, the complaint's id below them, so that every rank is there once.
    """
    weighed = due_at - _PRESSES[urgency] - (KEY_VIP_PRESSES if key_vip else timedelta(0))
    return int(weighed.timestamp()) * _EPOCH | complaint_id & (_EPOCH - 1)


@dataclass(frozen=True, slots=True)
class Older:
    """An earlier complaint of the same buyer."""

    id: int
    family: Family
    order_id: int | None
    open: bool
    at: datetime  # its last change
    agent_id: int | None
    duplicate_of: int | None


def repeated(older: list[Older], family: Family, order_id: int | None) -> int | None:
    """The open complaint that a new one repeats: same family, same order. Its root where it is a duplicate itself."""
    for one in older:
        if one.open and one.family is family and one.order_id == order_id:
            return one.duplicate_of or one.id
    return None


def familiar_agent(older: list[Older], family: Family, at: datetime, window: timedelta) -> int | None:
    """Who knows this story: the agent of the newest complaint of the same family within the window."""
    known = [one for one in older if one.family is family and one.agent_id and at - one.at <= window]
    return max(known, key=lambda one: (one.at, one.id)).agent_id if known else None
