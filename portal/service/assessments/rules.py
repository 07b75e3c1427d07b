"""Who is watched, who must mend, who is shown to be good: pure, from counts and the published criteria.

Watch rests on the point estimate; an order to mend on the plain share where cases are many, on proof where they are
few (Wilson's one-sided 90 % lower bound), or on severity. What shows that a party is good is the upper bound.

A bound holds for one look. Whoever looks at the same window every day finds a good party over the limit sooner or
later, so an order to mend on a share is passed at looks that lie a window apart, in between where it is beyond doubt.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta
from enum import StrEnum

from portal.core.base.statistics import ONE_SIDED_90, ONE_SIDED_99, wilson
from portal.core.supply.rules import Standing, SupplierKind
from portal.service.assessments.criteria import Criteria


class Measure(StrEnum):
    """What is counted against a party."""

    COMPLAINTS = "complaints"  # orders with a fault of the party's found
    LATE = "late"
    LOST = "lost"
    DAMAGED = "damaged"
    UNANSWERED = "unanswered"  # hurries without an answer in time
    COLD = "cold"  # fresh goods that were too long on their way
    MARKS = "marks"  # low marks of owners and buyers: opinions, for which one is watched and no more


MEASURES = {
    SupplierKind.GOODS: (Measure.COMPLAINTS, Measure.MARKS),
    SupplierKind.CARRIER: tuple(Measure),
}


class Level(StrEnum):
    """What a measure, or the worst of them, asks for."""

    CLEAR = "clear"
    WATCH = "watch"
    RECTIFY = "rectify"


class Basis(StrEnum):
    """What a level rests on."""

    FEW = "few"  # too few cases to say anything
    WITHIN = "within"
    POINT = "point"
    PLAIN = "plain"
    PROOF = "proof"
    WAITS = "waits"  # proved on few cases, but neither beyond doubt nor on a day of a look
    SEVERE = "severe"


_ORDER = list(Level)
LEAST_PROOF = 2  # hits: a single one proves nothing, however small the limit


@dataclass(frozen=True, slots=True)
class Sums:
    """A party's counts in a window of days; what verdicts freeze."""

    counted: int = 0
    faulted: int = 0
    severe: int = 0
    late: int = 0
    timed: int = 0
    lost: int = 0
    damaged: int = 0
    fresh: int = 0
    cold_broken: int = 0
    hurries: int = 0
    hurries_answered: int = 0
    ratings: int = 0
    rating_sum: int = 0
    low_ratings: int = 0

    def cases(self, measure: Measure) -> tuple[int, int]:
        """Hits and cases of a measure."""
        return {
            Measure.COMPLAINTS: (self.faulted, self.counted),
            Measure.LATE: (self.late, self.timed),
            Measure.LOST: (self.lost, self.counted),
            Measure.DAMAGED: (self.damaged, self.counted),
            Measure.UNANSWERED: (self.hurries - self.hurries_answered, self.hurries),
            Measure.COLD: (self.cold_broken, self.fresh),
            Measure.MARKS: (self.low_ratings, self.ratings),
        }[measure]

    def plain(self) -> dict[str, int]:
        return asdict(self)


NAMES = tuple(each.name for each in fields(Sums))


def sums_of(counted: object) -> Sums:
    """The counts of another room's record of the same names."""
    return Sums(**{name: int(getattr(counted, name)) for name in NAMES})


def stored_sums(text: str) -> Sums:
    return Sums(**json.loads(text))


def digest(days: Mapping[str, Sums]) -> str:
    """A fingerprint of a window's days; another day's count makes another one."""
    text = json.dumps({day: counted.plain() for day, counted in days.items()}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Reading:
    """One measure read: `lower` and `upper` are the one-sided 90 % bounds, shares of 1; none without cases."""

    measure: Measure
    hits: int
    of: int
    limit_bp: int
    level: Level
    basis: Basis
    lower: float | None = None
    upper: float | None = None

    @property
    def rate(self) -> float | None:
        return self.hits / self.of if self.of else None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What all measures come to, and what that rests on."""

    level: Level
    basis: Basis
    readings: tuple[Reading, ...]
    severe: int

    @property
    def worst(self) -> Reading:
        """The measure that decides; among equals the one that is furthest over its limit."""
        return max(self.readings, key=lambda one: (_ORDER.index(one.level), (one.rate or 0.0) / one.limit_bp))


def limit_bp(measure: Measure, criteria: Criteria) -> int:
    return int(getattr(criteria, f"{measure}_bp"))


def over(hits: int, of: int, limit: int) -> bool:
    """Whether a plain share is over its limit, in whole numbers."""
    return hits * 10_000 > limit * of


def proved(hits: int, of: int, limit: int) -> bool:
    """Whether the true share is over the limit with nine chances in ten; never on one case alone."""
    return hits >= LEAST_PROOF and wilson(hits, of, ONE_SIDED_90)[0] * 10_000 > limit


def beyond_doubt(hits: int, of: int, limit: int) -> bool:
    """Whether the true share is over the limit with ninety-nine chances in a hundred; holds on any day."""
    return of > 0 and wilson(hits, of, ONE_SIDED_99)[0] * 10_000 > limit


def read(measure: Measure, hits: int, of: int, criteria: Criteria, *, look: bool = True) -> Reading:
    """One measure's level and what it rests on. `look`: whether few cases are looked at for proof on this day."""
    limit = limit_bp(measure, criteria)
    level, basis = _level(hits, of, limit, criteria)
    if measure is Measure.MARKS and level is Level.RECTIFY:
        level, basis = Level.WATCH, Basis.POINT
    if basis is Basis.PROOF and not look and not beyond_doubt(hits, of, limit):
        level, basis = Level.WATCH, Basis.WAITS
    lower, upper = wilson(hits, of, ONE_SIDED_90) if of else (None, None)
    return Reading(measure, hits, of, limit, level, basis, lower, upper)


def _level(hits: int, of: int, limit: int, criteria: Criteria) -> tuple[Level, Basis]:
    if of >= criteria.plain_from and over(hits, of, limit):
        return Level.RECTIFY, Basis.PLAIN
    if criteria.proof_from <= of < criteria.plain_from and proved(hits, of, limit):
        return Level.RECTIFY, Basis.PROOF
    if of < min(criteria.watch_from, criteria.plain_from):
        return Level.CLEAR, Basis.FEW
    return (Level.WATCH, Basis.POINT) if over(hits, of, limit) else (Level.CLEAR, Basis.WITHIN)


def judge(kind: SupplierKind, sums: Sums, criteria: Criteria, *, look: bool = True) -> Judgement:
    """The whole of a party's counts judged. The same counts and criteria give the same judgement for good."""
    readings = tuple(read(measure, *sums.cases(measure), criteria, look=look) for measure in MEASURES[kind])
    found = Judgement(Level.CLEAR, Basis.FEW, readings, sums.severe)
    worst = found.worst
    if sums.severe >= criteria.severe_from:
        return Judgement(Level.RECTIFY, Basis.SEVERE, readings, sums.severe)
    return Judgement(worst.level, worst.basis, readings, sums.severe)


def moves_to(standing: Standing, level: Level) -> Standing | None:
    """Where a day's judgement takes a party by itself; None: it stays.

    Who must mend, or is blacklisted, has a course of its own. The white list is left by the decision of two people,
    or at once by an order to mend.
    """
    if standing in (Standing.RECTIFYING, Standing.BLACKLISTED):
        return None
    if level is Level.RECTIFY:
        return Standing.RECTIFYING
    if level is Level.WATCH and standing is Standing.GOOD:
        return Standing.WATCH
    if level is Level.CLEAR and standing is Standing.WATCH:
        return Standing.GOOD
    return None


def window(day: date, days: int, not_before: date | None = None) -> tuple[date, date]:
    """The days that are counted for `day`, both included; never those before a party began afresh."""
    since = day - timedelta(days=days - 1)
    return (max(since, not_before) if not_before else since), day


class FreshEnd(StrEnum):
    """How the window after an accepted rectification ends."""

    PASSED = "passed"
    FAILED = "failed"


def fresh_end(judgement: Judgement, counted: int, day: date, since: date, criteria: Criteria) -> FreshEnd | None:
    """None while it runs: it ends with enough orders or with its days, and at once where something severe happens."""
    if judgement.basis is Basis.SEVERE:
        return FreshEnd.FAILED
    if counted < criteria.fresh_from and (day - since).days + 1 < criteria.fresh_days:
        return None
    return FreshEnd.FAILED if judgement.level is Level.RECTIFY else FreshEnd.PASSED


# ---- the white list ----


class WhiteNo(StrEnum):
    """Why a party is not for the white list (any more)."""

    FEW = "few"
    UNPROVED = "unproved"
    LATE = "late"
    SEVERE = "severe"
    NOT_VISITED = "not_visited"
    YOUNG = "young"


@dataclass(frozen=True, slots=True)
class WhiteFacts:
    """What the white list looks at. `known_days`: since its first order; `visited`: by a passed visit still in force,
    which carriers need not have."""

    sums: Sums
    known_days: int
    visited: bool


@dataclass(frozen=True, slots=True)
class WhiteLine:
    """One criterion of the list beside what a party has: a count, days, or a share in basis points; none: no cases."""

    no: WhiteNo
    met: bool
    value: int | None
    wanted: int


def white_lines(facts: WhiteFacts, kind: SupplierKind, criteria: Criteria) -> tuple[WhiteLine, ...]:
    """Every criterion that holds for this kind of party."""
    sums = facts.sums
    upper = wilson(sums.faulted, sums.counted, ONE_SIDED_90)[1] * 10_000 if sums.counted else None
    late = round(10_000 * sums.late / sums.timed) if sums.timed else None
    few, young = sums.counted < criteria.white_from, facts.known_days < criteria.white_days
    proved_good = upper is not None and upper < criteria.white_bp
    shown = None if upper is None else round(upper)
    lines = [
        WhiteLine(WhiteNo.FEW, not few, sums.counted, criteria.white_from),
        WhiteLine(WhiteNo.UNPROVED, proved_good, shown, criteria.white_bp),
        WhiteLine(WhiteNo.LATE, not over(sums.late, sums.timed, criteria.white_late_bp), late, criteria.white_late_bp),
        WhiteLine(WhiteNo.SEVERE, sums.severe == 0, sums.severe, 0),
        WhiteLine(WhiteNo.YOUNG, not young, facts.known_days, criteria.white_days),
    ]
    if kind is SupplierKind.GOODS:
        lines.append(WhiteLine(WhiteNo.NOT_VISITED, facts.visited, None, 0))
    return tuple(lines)


def white_nos(facts: WhiteFacts, kind: SupplierKind, criteria: Criteria) -> tuple[WhiteNo, ...]:
    """Every reason against; none: it belongs on the list. Of few orders it is not said that they prove too little."""
    nos = [line.no for line in white_lines(facts, kind, criteria) if not line.met]
    return tuple(no for no in WhiteNo if no in nos and not (no is WhiteNo.UNPROVED and WhiteNo.FEW in nos))
