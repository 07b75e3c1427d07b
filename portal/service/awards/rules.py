"""Who may win, in which order, and what. Pure: counts are in hundredths of a case, shares in basis points.

Points are what the cases prove: of each measure the one-sided 90 % bound of the posterior, by its weight. Then more
cases, then fewer awards in the year before, then a lot that anybody can draw again.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from portal.core.base.statistics import Beta, fit_beta
from portal.service.awards.periods import Period
from portal.service.stars.criteria import Line
from portal.service.stars.rules import CASE, Count, proven

APPEAL_WITHIN = timedelta(days=7)
FROZEN_AFTER = timedelta(hours=12)  # after the period's end, so that its last facts are there
BARRED_FOR = timedelta(days=180)  # after being left out for gaming
WON_WITHIN = timedelta(days=365)
LEAST_STAR = 4  # of the period's last month, to win one of the first three places
LEAST_TEAM = 5  # stores with a star, to rank a manager
JUDGES = 2  # of a write-up, each without the other
LEAST_MARK = 7  # of ten, in the mean of two judges' three marks, to win best service
MOST_MARK = 5


class Subject(StrEnum):
    """Whom a cycle is for."""

    OWNER = "owner"
    AGENT = "agent"
    MANAGER = "manager"


class Scope(StrEnum):
    """Among whom."""

    PLATFORM = "platform"
    REGION = "region"
    GROUP = "group"


SCOPES: Mapping[Subject, frozenset[Scope]] = {
    Subject.OWNER: frozenset(Scope),
    Subject.AGENT: frozenset({Scope.PLATFORM}),
    Subject.MANAGER: frozenset({Scope.PLATFORM, Scope.REGION}),
}


class State(StrEnum):
    """How far a cycle is."""

    PLANNED = "planned"
    TAKING = "taking"
    RANKING = "ranking"
    LOOKING = "looking"
    REVIEW = "review"
    APPEAL = "appeal"
    CLOSING = "closing"  # the window is over: looked at once more
    READY = "ready"
    PROPOSED = "proposed"
    PUBLISHING = "publishing"
    PUBLISHED = "published"


WORKING = (State.TAKING, State.RANKING, State.LOOKING, State.CLOSING, State.PUBLISHING)
NOMINATED_IN = (State.PLANNED, State.TAKING, State.RANKING, State.LOOKING, State.REVIEW)


class Award(StrEnum):
    """What is won, in the order of a list."""

    CHAMPION = "champion"
    RUNNER_UP = "runner_up"
    THIRD = "third"
    BEST_SERVICE = "best_service"
    FIVE_STAR = "five_star"


PLACES = (Award.CHAMPION, Award.RUNNER_UP, Award.THIRD)


class Reason(StrEnum):
    """What keeps somebody out."""

    OPEN = "open"
    CERTIFICATE = "certificate"
    ACTIVE = "active"
    MISDESCRIPTION = "misdescription"
    ORDERS = "orders"
    VIPS = "vips"
    RATINGS = "ratings"
    STAR = "star"
    CASES = "cases"
    WEAK = "weak"
    TEAM = "team"
    BARRED = "barred"


@dataclass(frozen=True, slots=True)
class Sample:
    """So much of a period there must be of an owner; `cases` of an agent."""

    orders: int
    vips: int
    ratings: int
    cases: int


SAMPLES: Mapping[Period, Sample] = {
    Period.MONTH: Sample(orders=10, vips=5, ratings=5, cases=20),
    Period.QUARTER: Sample(orders=30, vips=10, ratings=10, cases=50),
    Period.YEAR: Sample(orders=60, vips=15, ratings=20, cases=150),
}

# Shares of good cases; an owner's are those of her star.
AGENT_LINES: Mapping[str, Line] = {
    "proposal": Line(25, 8_000, 9_700),
    "compensation": Line(15, 7_500, 9_500),
    "prompt": Line(10, 5_000, 9_000),
    "reopened": Line(10, 7_500, 9_500),
    "asked_again": Line(10, 7_500, 9_500),
    "satisfaction": Line(20, 5_000, 9_000),
    "quality": Line(10, 5_000, 9_000),
}
MANAGER_LINES: Mapping[str, Line] = {
    "stars": Line(40, 2_000, 9_000),
    "licence": Line(30, 2_000, 9_000),
    "training": Line(30, 5_000, 9_500),
}
FEW_PRIOR = Beta(4.0, 1.0)  # where there are too few people to fit one from
LEAST_PEOPLE = 10
MOST_PRIOR = 100.0


@dataclass(frozen=True, slots=True)
class Missing:
    """A reason with what there is and what it takes."""

    reason: Reason
    have: int = 0
    need: int = 0


@dataclass(frozen=True, slots=True)
class Scored:
    """A measure of somebody: its share, the interval that the cases prove, points (hundredths) of `most`."""

    measure: str
    hits: int
    of: int
    share_bp: int
    low_bp: int
    high_bp: int
    points: int
    most: int


def score(
    counts: Mapping[str, Count], lines: Mapping[str, Line], priors: Mapping[str, Beta]
) -> tuple[int, tuple[Scored, ...]]:
    """Points of 100 in hundredths with the lines that they come from; a measure without a case is left out."""
    scored = tuple(_scored(name, counts.get(name, Count()), line, priors) for name, line in lines.items())
    most = sum(each.most for each in scored)
    return (10_000 * sum(each.points for each in scored) // most if most else 0), scored


def _scored(name: str, count: Count, line: Line, priors: Mapping[str, Beta]) -> Scored:
    if not count.of:
        return Scored(name, 0, 0, 0, 0, 10_000, 0, 0)
    low, high = proven(priors.get(name, FEW_PRIOR), count)
    reached = min(max(low - line.floor_bp, 0), line.full_bp - line.floor_bp)
    points = CASE * line.weight * reached // (line.full_bp - line.floor_bp)
    return Scored(name, count.hits, count.of, 10_000 * count.hits // count.of, low, high, points, CASE * line.weight)


def fitted(counts: Sequence[Count]) -> Beta:
    """One prior of a measure over all its people, to four places as it is published."""
    whole = [(min(round(c.hits / CASE), round(c.of / CASE)), round(c.of / CASE)) for c in counts]
    cases = [(hits, of) for hits, of in whole if of > 0]
    prior = fit_beta(cases, most=MOST_PRIOR) if len(cases) >= LEAST_PEOPLE else FEW_PRIOR
    return Beta(round(prior.a, 4), round(prior.b, 4))


def owner_sample(sample: Sample, orders: int, vips: int, ratings: int) -> list[Missing]:
    wanted = (
        Missing(Reason.ORDERS, orders, sample.orders),
        Missing(Reason.VIPS, vips, sample.vips),
        Missing(Reason.RATINGS, ratings, sample.ratings),
    )
    return [each for each in wanted if each.have < each.need]


def lot_of(ref: str, external: str) -> str:
    """The last tie-break: the beginning of SHA-256 of the cycle's ref and the external id; the smaller wins."""
    return hashlib.sha256(f"{ref}:{external}".encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Runner:
    """What ranking looks at."""

    id: int
    points: int
    cases: int
    won: int
    lot: str


def ranked(runners: Sequence[Runner]) -> list[Runner]:
    """The first is the best; no two are alike, whatever order they came in."""
    return sorted(runners, key=lambda one: (-one.points, -one.cases, one.won, one.lot, one.id))


def mean_mark(marks: Sequence[tuple[int, int, int]]) -> int:
    """The mean of judges' three marks, of a hundred; 0 until enough have judged."""
    if len(marks) < JUDGES:
        return 0
    return 100 * sum(sum(each) for each in marks) // (len(marks) * 3 * MOST_MARK)


def best_service(marks: Mapping[int, Sequence[tuple[int, int, int]]], lots: Mapping[int, str]) -> int | None:
    """The nomination that wins: the highest mean of two judges at least, if it reaches the bar; then the lot."""
    means = {nomination: mean_mark(each) for nomination, each in marks.items()}
    fit = [each for each, mean in means.items() if mean >= 10 * LEAST_MARK]
    return min(fit, key=lambda each: (-means[each], lots[each])) if fit else None
