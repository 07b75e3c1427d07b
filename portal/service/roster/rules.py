"""Decisions about agents: who may take complaints, when she is there, who stands in for her, which times fit."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

GRACE = timedelta(days=30)
SEEN_FOR = timedelta(minutes=30)
SHORTEST_SHIFT = timedelta(minutes=15)
LONGEST_SHIFT = timedelta(hours=16)
FURTHEST = timedelta(days=180)
BACK = timedelta(days=31)  # shifts and leave may be entered afterwards for so long
LONGEST_ABSENCE = timedelta(days=180)
LEFT_FOR = timedelta(days=7)  # so long after a shift its deputy answers for what it left
CAPACITY = 20
MOST_CAPACITY = 200
MOST_PRODUCTS = 30
WEEK = timedelta(days=7)


class Level(StrEnum):
    """How far an agent's hand reaches; the highest comes with the desk lead's role."""

    JUNIOR = "junior"
    SENIOR = "senior"
    LEAD = "lead"


# What kind of problem a complaint is, as the desk sorts it; the same words as complaints use.
FUNCTIONS = (
    "quality",
    "damaged",
    "wrong_item",
    "not_as_described",
    "delivery",
    "returns",
    "refund",
    "service",
    "price",
    "advice",
    "other",
)
LANGUAGES = ("zh-Hans", "en")


def level_of(leads: bool, stored: str | None) -> Level:
    """A desk lead is of the highest level; for others it is what was set, and junior to begin with."""
    if leads:
        return Level.LEAD
    return Level.SENIOR if stored == Level.SENIOR else Level.JUNIOR


def read_words(text: str) -> tuple[str, ...]:
    """Product categories as typed: parted by commas or lines, each once, as the shop writes them."""
    for sign in "\uff0c\u3001;\uff1b\n\r":
        text = text.replace(sign, ",")
    return tuple(dict.fromkeys(word.strip()[:40] for word in text.split(",") if word.strip()))


# ---- the certificate ----


class Why(StrEnum):
    """Why somebody may, or may not, take complaints."""

    CERTIFIED = "certified"
    GRACE = "grace"
    NO_RULE = "no_rule"  # this platform has no agents' curriculum yet
    UNCERTIFIED = "uncertified"
    EXPIRED = "expired"
    NO_ROLE = "no_role"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Rule:
    """The agents' rule: since when (the curriculum's first day; None: not yet), and the grace that admins published."""

    since: datetime | None
    published: datetime | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """What a person holds: since when a desk role (None: none), and until when it is certified."""

    granted_at: datetime | None
    certified_until: datetime | None
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class Licence:
    """Whether somebody may take complaints, why, and until (or since) when; true where she may."""

    why: Why
    until: datetime | None = None

    def __bool__(self) -> bool:
        return self.why in (Why.CERTIFIED, Why.GRACE, Why.NO_RULE)


def grace_until(granted_at: datetime, rule: Rule) -> datetime | None:
    """When her grace ends: the published day, else thirty days from the later of role and rule. None without a rule."""
    if rule.since is None:
        return None
    return rule.published or max(granted_at, rule.since) + GRACE


def licence(held: Held, rule: Rule, at: datetime) -> Licence:
    """May she take complaints at this instant? An end by time counts here, whatever a sweep has done."""
    if held.granted_at is None:
        return Licence(Why.NO_ROLE)
    if held.disabled:
        return Licence(Why.DISABLED)
    if held.certified_until is not None and at < held.certified_until:
        return Licence(Why.CERTIFIED, held.certified_until)
    grace = grace_until(held.granted_at, rule)
    if grace is None:
        return Licence(Why.NO_RULE)
    if at < grace:
        return Licence(Why.GRACE, grace)
    return Licence(Why.EXPIRED, held.certified_until) if held.certified_until else Licence(Why.UNCERTIFIED, grace)


# ---- shifts and leave ----


@dataclass(frozen=True, slots=True)
class Span:
    """From an instant (included) to an instant (not included)."""

    starts_at: datetime
    ends_at: datetime

    def covers(self, at: datetime) -> bool:
        return self.starts_at <= at < self.ends_at

    def meets(self, other: "Span") -> bool:
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


def shift_span(day: date, starts: time, ends: time, zone: tzinfo) -> Span:
    """A shift by the site's clock; an end that is not later than its beginning is meant for the next morning."""
    last = day if ends > starts else day + timedelta(days=1)
    return Span(_instant(day, starts, zone), _instant(last, ends, zone))


def _instant(day: date, hour: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, hour, zone).astimezone(UTC)


def days_span(first: date, last: date, zone: tzinfo) -> Span:
    """Whole days, the last one included."""
    return Span(_instant(first, time.min, zone), _instant(last + timedelta(days=1), time.min, zone))


def shift_fault(span: Span, at: datetime) -> str | None:
    """What is wrong with a shift's times by themselves (a refusal's code)."""
    length = span.ends_at - span.starts_at
    if length < SHORTEST_SHIFT:
        return "shift_too_short"
    if length > LONGEST_SHIFT:
        return "shift_too_long"
    return "shift_too_far" if span.starts_at > at + FURTHEST or span.ends_at < at - BACK else None


def absence_fault(span: Span, at: datetime) -> str | None:
    """What is wrong with a leave's days by themselves (a refusal's code)."""
    if span.ends_at <= span.starts_at:
        return "absence_backwards"
    if span.ends_at - span.starts_at > LONGEST_ABSENCE:
        return "absence_too_long"
    return "absence_too_far" if span.starts_at > at + FURTHEST or span.ends_at < at - BACK else None


def in_the_way(wanted: Span, others: Iterable[Span]) -> Span | None:
    """The first of the others that meets it."""
    return next((other for other in others if other.meets(wanted)), None)


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def a_week_on(span: Span, zone: tzinfo) -> Span:
    """The same hours by the site's clock, seven days later (an hour of summer time does not move them)."""

    def moved(instant: datetime) -> datetime:
        here = instant.astimezone(zone)
        return _instant(here.date() + WEEK, here.time(), zone)

    return Span(moved(span.starts_at), moved(span.ends_at))


# ---- presence ----


class State(StrEnum):
    """What an agent says of herself."""

    PRESENT = "present"  # takes work
    PAUSED = "paused"


class Pause(StrEnum):
    """Why she pauses."""

    BREAK = "break"
    MEAL = "meal"
    MEETING = "meeting"
    TRAINING = "training"
    CALLS = "calls"
    OTHER = "other"


class Ending(StrEnum):
    """How a presence or a pause ended."""

    CHANGED = "changed"  # by the next one
    DONE = "done"
    SHIFT_OVER = "shift_over"
    UNSEEN = "unseen"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class Said:
    """The last thing she said, and the shift in which she said it, as that shift stands now (None: cancelled)."""

    state: State
    since: datetime
    shift_ends_at: datetime | None
    seen_at: datetime | None


def ended(said: Said, away_since: datetime | None, at: datetime) -> tuple[Ending, datetime] | None:
    """How and when it ended by itself, by `at`; None while it holds. A pause may be long, a presence must be seen."""
    shift_end = said.shift_ends_at or said.since
    ends = [(shift_end, Ending.SHIFT_OVER)]
    if said.state is State.PRESENT:
        seen = max(said.since, said.seen_at) if said.seen_at else said.since
        ends.append((seen + SEEN_FOR, Ending.UNSEEN))
    if away_since is not None:
        ends.append((max(away_since, said.since), Ending.AWAY))
    moment, how = min(ends)
    return (how, moment) if moment <= at else None


# ---- deputies ----


def stand_in(person_id: int, named: Mapping[int, int | None], able: Collection[int]) -> int | None:
    """Who stands in for somebody: her deputy, else her deputy's, and so on. None where that ends or runs in a ring.

    `named`: whom each names now; `able`: who can stand in (at the desk, not on leave, allowed to take complaints).
    """
    seen, following = {person_id}, named.get(person_id)
    while following is not None and following not in seen:
        if following in able:
            return following
        seen.add(following)
        following = named.get(following)
    return None
