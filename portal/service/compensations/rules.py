"""What the desk may give, on whose word: authority, approvals and their clock, the sample that is looked at again."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from portal.service.roster.rules import Level


class Kind(StrEnum):
    """What is proposed to the buyer."""

    REFUND = "refund"
    VOUCHER = "voucher"
    REPLACE = "replace"
    APOLOGY = "apology"
    EXPLANATION = "explanation"


MONEY = frozenset({Kind.REFUND, Kind.VOUCHER})  # their sum is written by the agent
GIVING = frozenset({*MONEY, Kind.REPLACE})  # what costs something: a replacement as much as the goods did


class State(StrEnum):
    """Where a proposal is."""

    AWAITING = "awaiting_approval"
    SENT = "sent"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    REFUSED = "refused"  # by who should have approved it
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"  # the buyer did not answer
    SUPERSEDED = "superseded"


OPEN_STATES = frozenset({State.AWAITING, State.SENT})


class Paid(StrEnum):
    """Where what was granted is."""

    DUE = "due"
    PAID = "paid"
    OFF = "off"  # called off before it was paid


class Via(StrEnum):
    """How the payment became known."""

    API = "api"
    WEBHOOK = "webhook"
    VOUCHER = "voucher"  # a code from the portal's own stock, given at once
    HAND = "hand"  # a lead has seen it, where the shop cannot tell


CURRENCY = "CNY"
LONGEST_SAID = 1000
SHORTEST_SAID = 5
LONGEST_REASON = 500
UNANSWERED_FOR = timedelta(days=7)  # then the agent may end a proposal that the buyer leaves lying
UNCONFIRMED_FOR = timedelta(hours=24)  # then desk lead and admin hear of a payment


# ---- authority ----


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a level may give alone, once and in a day, in fen; None in category or kind: all of them.

    Without a limit the row takes an earlier one back: what holds more generally holds again.
    """

    level: Level
    category: str | None
    kind: Kind | None
    limit_fen: int | None
    day_limit_fen: int | None


DEFAULTS: Mapping[Level, tuple[int, int]] = {
    Level.JUNIOR: (2_000, 20_000),
    Level.SENIOR: (5_000, 50_000),
    Level.LEAD: (20_000, 200_000),
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether she may give this alone today; `why` not: `above_limit`, `above_day`. Money in fen."""

    allowed: bool
    limit_fen: int
    day_limit_fen: int
    left_today_fen: int
    why: str | None = None


def limits(level: Level, kind: Kind, category: str, rows: Iterable[Allowance]) -> tuple[int, int]:
    """What a level may give of this, once and in a day: the row that fits most closely, category before kind."""
    fitting = [
        row
        for row in rows
        if row.level is level
        and row.category in (None, category)
        and row.kind in (None, kind)
        and row.limit_fen is not None
        and row.day_limit_fen is not None
    ]
    if not fitting:
        return DEFAULTS[level]
    closest = max(fitting, key=lambda row: (row.category is not None, row.kind is not None))
    assert closest.limit_fen is not None
    assert closest.day_limit_fen is not None
    return closest.limit_fen, closest.day_limit_fen


def may_grant(
    level: Level, kind: Kind, category: str, amount_fen: int, used_today_fen: int, rows: Iterable[Allowance]
) -> Verdict:
    """May an agent of this level promise this on her own word today? `rows`: those in force, the newest of each."""
    limit, day = limits(level, kind, category, rows)
    left = max(0, day - used_today_fen)
    if kind not in GIVING:
        return Verdict(True, limit, day, left)
    why = "above_limit" if amount_fen > limit else "above_day" if amount_fen > left else None
    return Verdict(why is None, limit, day, left, why)


# ---- who is related to whom ----


@dataclass(frozen=True, slots=True)
class Face:
    """A person as far as being related goes."""

    id: int
    external_id: str | None
    phone: str | None
    email: str | None


@dataclass(frozen=True, slots=True)
class Parties:
    """Whose complaint it is: the store's owner and its past, and the buyer."""

    owner_id: int
    owner_phone: str | None
    vip_phone: str | None
    referred_by: str | None
    managers: frozenset[int]  # whoever has managed the store


def _digits(phone: str | None) -> str:
    """A telephone number without its country and its dashes."""
    return "".join(c for c in phone or "" if c.isdigit())[-11:]


def related(face: Face, parties: Parties) -> tuple[str, ...]:
    """What ties somebody to a complaint's owner or buyer; nothing where she may judge alone."""
    phone = _digits(face.phone)
    named = {name.casefold() for name in (face.external_id, face.phone, face.email) if name}
    found = {
        "same_person": face.id == parties.owner_id,
        "same_phone": phone != "" and phone == _digits(parties.owner_phone),
        "buyer_phone": phone != "" and phone == _digits(parties.vip_phone),
        "referred": bool(parties.referred_by) and str(parties.referred_by).casefold() in named,
        "managed": face.id in parties.managers,
    }
    return tuple(name for name, ties in found.items() if ties)


def approvals_needed(verdict: Verdict, ties: Collection[str], *, above_paid: bool) -> tuple[int, str | None]:
    """How many others must approve, and why: two where the agent is related, whatever the sum."""
    if ties:
        return 2, "related"
    if not verdict.allowed:
        return 1, verdict.why
    return (1, "above_paid") if above_paid else (0, None)


# ---- the approval's own clock ----

APPROVAL_TERM = timedelta(hours=4)
APPROVAL_LEAST = timedelta(minutes=30)
APPROVAL_STEPS = (50, 100)  # percent: told once more, then everybody who may and the admins


def approval_due(asked_at: datetime, three_quarters_at: datetime) -> datetime:
    """Until when it is to be decided, so that it cannot eat up the compensation clock (75 % of which ends then)."""
    return max(min(asked_at + APPROVAL_TERM, three_quarters_at), asked_at + APPROVAL_LEAST)


def step_at(asked_at: datetime, due_at: datetime, percent: int) -> datetime:
    return asked_at + (due_at - asked_at) * percent / 100


def steps_due(asked_at: datetime, due_at: datetime, done: Collection[int], now: datetime) -> tuple[int, ...]:
    return tuple(p for p in APPROVAL_STEPS if p not in done and step_at(asked_at, due_at, p) <= now)


def next_step_at(asked_at: datetime, due_at: datetime, done: Collection[int]) -> datetime | None:
    return min((step_at(asked_at, due_at, p) for p in APPROVAL_STEPS if p not in done), default=None)


# ---- grants looked at again ----


class Finding(StrEnum):
    """What a reviewer says of a grant."""

    FITTING = "fitting"
    TOO_MUCH = "too_much"
    TOO_LITTLE = "too_little"
    WRONG_KIND = "wrong_kind"


@dataclass(frozen=True, slots=True)
class Granted:
    """A grant as the draw sees it; money in fen. `alone`: on the agent's own word."""

    ref: str
    agent_id: int
    value_fen: int
    limit_fen: int
    alone: bool


SAMPLE_SHARE, SAMPLE_LEAST = 0.05, 5
NEAR_SHARE, NEAR_LEAST = 0.2, 2  # of the grants of an agent who is often near her limit
NEAR, OFTEN, OFTEN_LEAST = 0.8, 0.5, 3


def often_near(grants: Sequence[Granted]) -> bool:
    """Half of what she gave alone, and three at least, lay within a fifth of her limit."""
    alone = [each for each in grants if each.alone]
    near = [each for each in alone if each.limit_fen and each.value_fen >= NEAR * each.limit_fen]
    return len(near) >= OFTEN_LEAST and len(near) >= OFTEN * len(alone)


def drawn(month: str, grants: Sequence[Granted]) -> list[str]:
    """The refs to be looked at again: the same for everybody who reckons it, and nobody could choose her grants' refs.

    A twentieth of the month, five at least (or all); a fifth of those of agents who are often near their limit.
    """

    def lot(grant: Granted) -> str:
        return sha256(f"{month}:{grant.ref}".encode()).hexdigest()

    ordered = sorted(grants, key=lot)
    chosen = {each.ref for each in ordered[: max(math.ceil(SAMPLE_SHARE * len(ordered)), SAMPLE_LEAST)]}
    for agent in {each.agent_id for each in ordered}:
        hers = [each for each in ordered if each.agent_id == agent]
        if often_near(hers):
            chosen |= {each.ref for each in hers[: max(math.ceil(NEAR_SHARE * len(hers)), NEAR_LEAST)]}
    return [each.ref for each in ordered if each.ref in chosen]
