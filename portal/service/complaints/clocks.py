"""The promise's clocks: derived from a complaint's events under the policy frozen at its receipt.

They run in calendar hours from receipt, or from the reopening, and never pause (design.md, "Clocks of a complaint"):
`proposal` stops when one is sent; `compensation` when the payment is confirmed or a decision without compensation is
sent, and runs on when the buyer declines that decision; `legal` at the resolution.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from portal.service.complaints.rules import Event


class Name(StrEnum):
    """Which promise."""

    PROPOSAL = "proposal"
    COMPENSATION = "compensation"
    LEGAL = "legal"


@dataclass(frozen=True, slots=True)
class Policy:
    """What was promised when a complaint came in."""

    id: int
    proposal: timedelta
    compensation: timedelta
    legal: timedelta

    def term(self, name: Name) -> timedelta:
        return {Name.PROPOSAL: self.proposal, Name.COMPENSATION: self.compensation, Name.LEGAL: self.legal}[name]


PROPOSAL_HOURS, COMPENSATION_HOURS, LEGAL_DAYS = 24, 72, 15
FIRST_REPLY = timedelta(minutes=5)  # on shift, internal
LADDER = (50, 75, 90, 100)  # percent of a clock: tell, tell the desk lead, reassign, escalate


@dataclass(frozen=True, slots=True)
class Moment:
    """An event with its time, in the order in which they happened."""

    kind: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Clock:
    """One promise: when it began, when it ends, when it was met."""

    name: Name
    started_at: datetime
    due_at: datetime
    stopped_at: datetime | None = None

    @property
    def running(self) -> bool:
        return self.stopped_at is None

    def kept(self, now: datetime) -> bool | None:
        """Whether the promise was kept; None while that is open."""
        if self.stopped_at is not None:
            return self.stopped_at <= self.due_at
        return False if now > self.due_at else None

    def used(self, now: datetime) -> float:
        """The share of the term that is over, 0 upwards; above 1 it is broken."""
        end = self.stopped_at or now
        return max(0.0, (end - self.started_at) / (self.due_at - self.started_at))

    def step_at(self, percent: int) -> datetime:
        return self.started_at + (self.due_at - self.started_at) * percent / 100


Round = tuple[Clock, Clock, Clock]
_BEGINS = frozenset({Event.RECEIVED, Event.REOPENED})
_ENDS = frozenset({Event.RESOLVED, Event.WITHDRAWN})


def rounds(policy: Policy, moments: Sequence[Moment]) -> list[Round]:
    """The clocks of every round, the first first: receipt begins one, a reopening the next."""
    found: list[list[Moment]] = []
    for moment in moments:
        if moment.kind in _BEGINS:
            found.append([])
        if found:
            found[-1].append(moment)
    return [_round(policy, each) for each in found]


def clocks(policy: Policy, moments: Sequence[Moment]) -> Round:
    """The clocks of the present round. Raises IndexError where nothing was ever received."""
    return rounds(policy, moments)[-1]


def _round(policy: Policy, moments: Sequence[Moment]) -> Round:
    began = moments[0].at
    stops = {
        Name.PROPOSAL: _first(moments, {Event.PROPOSAL_SENT, *_ENDS}),
        Name.COMPENSATION: _compensated(moments),
        Name.LEGAL: _first(moments, _ENDS),
    }
    proposal, compensation, legal = (Clock(name, began, began + policy.term(name), stops[name]) for name in (*stops,))
    return proposal, compensation, legal


def _first(moments: Iterable[Moment], kinds: Iterable[str]) -> datetime | None:
    wanted = frozenset(kinds)
    return next((moment.at for moment in moments if moment.kind in wanted), None)


def _compensated(moments: Iterable[Moment]) -> datetime | None:
    """Paid is paid; a decision without compensation counts until the buyer declines it, or the desk takes it back."""
    decided: datetime | None = None
    for moment in moments:
        if moment.kind in (Event.PAYMENT_CONFIRMED, *_ENDS):
            return decided or moment.at
        if moment.kind == Event.NO_COMPENSATION_SENT:
            decided = decided or moment.at
        elif moment.kind in (Event.PROPOSAL_DECLINED, Event.PROPOSAL_WITHDRAWN):
            decided = None
    return decided


def next_due(faces: Iterable[Clock]) -> datetime | None:
    """The deadline that comes next among the running clocks."""
    return min((face.due_at for face in faces if face.running), default=None)


@dataclass(frozen=True, slots=True)
class Rung:
    """A step of the ladder of one clock, in percent of its term."""

    clock: Name
    percent: int


def rungs_due(faces: Iterable[Clock], done: Iterable[Rung], now: datetime) -> tuple[Rung, ...]:
    """The rungs of running clocks whose time has come and that were not climbed yet, by time: after a downtime many."""
    climbed = frozenset(done)
    due = [
        (face.step_at(percent), Rung(face.name, percent))
        for face in faces
        if face.running
        for percent in LADDER
        if face.step_at(percent) <= now and Rung(face.name, percent) not in climbed
    ]
    return tuple(rung for _, rung in sorted(due, key=lambda each: each[0]))


def next_rung_at(faces: Iterable[Clock], done: Iterable[Rung]) -> datetime | None:
    """When the ladder moves next; None where nothing runs or all is climbed."""
    climbed = frozenset(done)
    return min(
        (
            face.step_at(percent)
            for face in faces
            if face.running
            for percent in LADDER
            if Rung(face.name, percent) not in climbed
        ),
        default=None,
    )


@dataclass(frozen=True, slots=True)
class Span:
    """Time in which the desk waited for the buyer; shown as such, no clock pauses for it."""

    since: datetime
    until: datetime | None


def waits(moments: Iterable[Moment]) -> tuple[Span, ...]:
    """When it was the buyer's turn."""
    spans: list[Span] = []
    since: datetime | None = None
    for moment in moments:
        if moment.kind == Event.WAITING:
            since = since or moment.at
        elif since is not None and moment.kind in (
            Event.ANSWERED,
            Event.PROPOSAL_ACCEPTED,
            Event.PROPOSAL_DECLINED,
            *_ENDS,
        ):
            spans.append(Span(since, moment.at))
            since = None
    return (*spans, Span(since, None)) if since is not None else tuple(spans)
