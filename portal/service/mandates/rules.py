"""What a mandate is at a time, what it covers, and how often a code may be guessed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

TERM = timedelta(days=7)
FOLLOWED_FOR = timedelta(days=180)  # her link shows the progress that long
CODE_LASTS = timedelta(minutes=15)
CODE_AGAIN_AFTER = timedelta(minutes=1)
MOST_TRIES = 5
LOCKED_FOR = timedelta(minutes=15)
MOST_CODES = 15  # over the mandate's whole term: 75 guesses among a million
REMIND_AFTER = timedelta(hours=24)
CODE_DIGITS = 6


class Matter(StrEnum):
    """What an owner may be asked to do in a buyer's name."""

    CANCEL = "cancel"
    RETURN = "return"
    EXCHANGE = "exchange"
    RESEND = "resend"
    REFUND = "refund"
    REPAIR = "repair"
    CLAIM = "claim"
    COMPLAINT = "complaint"
    ADDRESS = "address"


# The sentence by which a buyer is asked.
ASKING = {
    Matter.CANCEL: "mandate_asked_cancel",
    Matter.RETURN: "mandate_asked_return",
    Matter.EXCHANGE: "mandate_asked_exchange",
    Matter.RESEND: "mandate_asked_resend",
    Matter.REFUND: "mandate_asked_refund",
    Matter.REPAIR: "mandate_asked_repair",
    Matter.CLAIM: "mandate_asked_claim",
    Matter.COMPLAINT: "mandate_asked_complaint",
    Matter.ADDRESS: "mandate_asked_address",
}


class State(StrEnum):
    """Where a mandate is."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    REVOKED = "revoked"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    USED = "used"


# Why a mandate in any other state than `confirmed` covers nothing.
GAPS = {
    State.ASKED: "mandate_asked",
    State.DECLINED: "mandate_declined",
    State.REVOKED: "mandate_revoked",
    State.WITHDRAWN: "mandate_withdrawn",
    State.EXPIRED: "mandate_expired",
    State.USED: "mandate_used",
}


@dataclass(frozen=True, slots=True)
class Moments:
    """What has happened to a mandate, and when its term is over."""

    expires_at: datetime
    confirmed_at: datetime | None = None
    declined_at: datetime | None = None
    revoked_at: datetime | None = None
    withdrawn_at: datetime | None = None
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ScopeLine:
    """Goods that a mandate is about."""

    title: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Scope:
    """What exactly is agreed to: the owner's words (`text`, as the buyer reads them) and the goods."""

    text: str = ""
    lines: tuple[ScopeLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Act:
    """What an owner is about to do: `amount_fen` is the money that it moves, if any."""

    order_id: int
    matter: Matter
    amount_fen: int | None = None


def state_of(moments: Moments, now: datetime) -> State:
    """Where a mandate is at `now`. Time ends one that was not used, whether or not a sweep has come by."""
    if moments.used_at is not None:
        return State.USED
    if moments.revoked_at is not None:
        return State.REVOKED
    if moments.declined_at is not None:
        return State.DECLINED
    if moments.withdrawn_at is not None:
        return State.WITHDRAWN
    if now >= moments.expires_at:
        return State.EXPIRED
    return State.CONFIRMED if moments.confirmed_at is not None else State.ASKED


def gap(state: State, given: Act, limit_fen: int | None, act: Act) -> str | None:
    """Why the mandate `given` does not cover `act`, or None where it does.

    A code of a refusal: one of GAPS, `mandate_other_order`, `mandate_other_matter`, `mandate_over_limit`. A mandate
    without a limit moves no money.
    """
    if state is not State.CONFIRMED:
        return GAPS[state]
    if act.order_id != given.order_id:
        return "mandate_other_order"
    if act.matter is not given.matter:
        return "mandate_other_matter"
    return "mandate_over_limit" if (act.amount_fen or 0) > (limit_fen or 0) else None


def locked(tries: int, locked_until: datetime | None, now: datetime) -> bool:
    """Whether wrong codes have shut the door for a while."""
    return tries >= MOST_TRIES and locked_until is not None and now < locked_until


def code_fault(
    codes_sent: int, code_sent_at: datetime | None, locked_until: datetime | None, now: datetime
) -> tuple[str, datetime | None] | None:
    """Why no code is sent now, and from when one may be; None where it may."""
    if locked_until is not None and now < locked_until:
        return "mandate_locked", locked_until
    if codes_sent >= MOST_CODES:
        return "mandate_codes_spent", None
    if code_sent_at is not None and now < code_sent_at + CODE_AGAIN_AFTER:
        return "mandate_code_just_sent", code_sent_at + CODE_AGAIN_AFTER
    return None


def code_waits(code_sent_at: datetime | None, tries: int, now: datetime) -> bool:
    """Whether a code is out that may still be typed in."""
    return code_sent_at is not None and tries < MOST_TRIES and now < code_sent_at + CODE_LASTS


def typed_code(text: str) -> str:
    """The digits of what was typed: spaces, dashes and full-width digits are forgiven."""
    return "".join(str(int(character)) for character in text[:40] if character.isdecimal())[: CODE_DIGITS + 1]


def may_remind(asked_at: datetime, reminded_at: datetime | None, now: datetime) -> bool:
    """Whether a buyer who has not answered may be reminded: once a day."""
    return now >= (reminded_at or asked_at) + REMIND_AFTER
