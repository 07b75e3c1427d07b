"""From frozen inputs to a star: gates, samples, what the cases prove of each metric, caps, and a star kept for a while.

Pure. Counts are in hundredths of a case (a late rating weighs less); shares in basis points of good cases. The bound
of a share is the one-sided 90 % end of what is believed after the cases, begun from the prior of all stores.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from portal.core.base.statistics import Beta, beta_below
from portal.service.stars.criteria import MOST_STARS, STARS, Criteria, Metric

CASE = 100  # a whole case
LIKELY = 0.10  # so likely the true share is below the bound
MOST_PRIOR = 100.0  # cases that the prior may weigh at most, so that a store's own soon outweigh it
LEAST_STORES = 30  # with cases, to fit a prior from; a few stores would be measured against themselves
FEW = {metric: Beta(49.0, 1.0) if metric is Metric.FAULTS else Beta(4.0, 1.0) for metric in Metric}  # then this
APPEAL_WITHIN = timedelta(days=14)


class Outcome(StrEnum):
    """What came of a store's month."""

    STAR = "star"
    GATE = "gate"  # a condition does not hold; there is no star
    SAMPLE = "sample"  # too few cases to say anything


class Gate(StrEnum):
    """What must hold before anything is counted."""

    OPEN = "open"
    CERTIFICATE = "certificate"
    ACTIVE = "active"
    MISDESCRIPTION = "misdescription"


@dataclass(frozen=True, slots=True)
class Count:
    """Good cases of all, in hundredths of a case."""

    hits: int = 0
    of: int = 0


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a store's star is reckoned from, frozen. `before`: last month's star; `raws`: what the months before had
    earned, the latest first, None where a month had none."""

    store_id: int
    owner_id: int
    is_open: bool
    certified: bool
    active_days: int
    misdescribed: int
    span_days: int
    since: datetime
    orders: int
    vips: int
    ratings: int
    fault_vips: int
    counts: Mapping[Metric, Count]
    before: int | None = None
    raws: tuple[int | None, int | None] = (None, None)


@dataclass(frozen=True, slots=True)
class Scored:
    """A metric of a store: its share with the interval that the cases prove, and points (hundredths) of `most`."""

    metric: Metric
    hits: int
    of: int
    share_bp: int
    low_bp: int
    high_bp: int
    points: int
    most: int


@dataclass(frozen=True, slots=True)
class Result:
    """A store's month. `raw`: what this month earned; `star`: what stands; `points` in hundredths of 100."""

    outcome: Outcome
    star: int | None = None
    raw: int | None = None
    points: int = 0
    scored: tuple[Scored, ...] = ()
    gates: tuple[Gate, ...] = ()
    lacking: Mapping[str, int] = field(default_factory=dict)

    @property
    def held(self) -> bool:
        """Whether a star stands that this month alone would not have earned."""
        return self.raw is not None and self.star is not None and self.star > self.raw


Priors = Mapping[Metric, Beta]


def reckon(inputs: Inputs, criteria: Criteria, priors: Priors) -> Result:
    """The star of a store; the same inputs, criteria and priors always give the same."""
    gates = tuple(closed_gates(inputs, criteria))
    lacking = lacks(criteria, inputs.orders, inputs.vips, inputs.ratings)
    scored = tuple(score(metric, inputs.counts.get(metric, Count()), criteria, priors) for metric in Metric)
    points = total(scored)
    if gates or lacking:
        outcome = Outcome.GATE if gates else Outcome.SAMPLE
        return Result(outcome, points=points, scored=scored, gates=gates, lacking=lacking)
    raw = earned(scored, points, inputs, criteria)
    return Result(Outcome.STAR, kept(raw, inputs.before, inputs.raws), raw, points, scored)


def closed_gates(inputs: Inputs, criteria: Criteria) -> list[Gate]:
    closed = {
        Gate.OPEN: not inputs.is_open,
        Gate.CERTIFICATE: not inputs.certified,
        Gate.ACTIVE: inputs.active_days < criteria.active_days,
        Gate.MISDESCRIPTION: inputs.misdescribed > 0,
    }
    return [gate for gate, is_closed in closed.items() if is_closed]


def lacks(criteria: Criteria, orders: int, vips: int, ratings: int) -> dict[str, int]:
    """How many delivered orders, different VIPs and ratings are lacking; empty where there are enough."""
    wanted = {"orders": criteria.orders - orders, "vips": criteria.vips - vips, "ratings": criteria.ratings - ratings}
    return {name: count for name, count in wanted.items() if count > 0}


def score(metric: Metric, count: Count, criteria: Criteria, priors: Priors) -> Scored:
    line = criteria.lines[metric]
    if not count.of:
        return Scored(metric, 0, 0, 0, 0, 10_000, 0, 0)
    low, high = proven(priors.get(metric, FEW[metric]), count)
    reached = min(max(low - line.floor_bp, 0), line.full_bp - line.floor_bp)
    points = CASE * line.weight * reached // (line.full_bp - line.floor_bp)
    return Scored(metric, count.hits, count.of, 10_000 * count.hits // count.of, low, high, points, CASE * line.weight)


def proven(prior: Beta, count: Count) -> tuple[int, int]:
    """The share that the true one lies above, and below, with nine in ten: basis points."""
    return _proven(prior.a, prior.b, count.hits, count.of)


@lru_cache(maxsize=1 << 17)
def _proven(a: float, b: float, hits: int, of: int) -> tuple[int, int]:
    after = Beta(a, b).after(hits / CASE, of / CASE)
    return _last(after, LIKELY), min(_last(after, 1 - LIKELY) + 1, 10_000)


def _last(belief: Beta, likely: float) -> int:
    """The greatest basis point that the true share is below no likelier than this."""
    low, high = 0, 10_000
    while high - low > 1:
        middle = (low + high) // 2
        if beta_below(middle / 10_000, belief.a, belief.b) <= likely:
            low = middle
        else:
            high = middle
    return low


def total(scored: Sequence[Scored]) -> int:
    """Points of 100 in hundredths; metrics without a case are left out and the others weigh more."""
    most = sum(each.most for each in scored)
    return 10_000 * sum(each.points for each in scored) // most if most else 0


def earned(scored: Sequence[Scored], points: int, inputs: Inputs, criteria: Criteria) -> int:
    """The most stars whose every condition holds."""
    return max([1, *(star for star in STARS if not unmet(star, scored, points, inputs, criteria))])


def unmet(star: int, scored: Sequence[Scored], points: int, inputs: Inputs, criteria: Criteria) -> list[str]:
    """What keeps a store from a star: `points`, a metric's name, or `count` (the cap)."""
    found = ["points"] if points < CASE * criteria.points_for(star) else []
    for each in scored:
        limit = criteria.must(each.metric, star)
        if limit is not None and each.of and each.low_bp < limit:
            found.append(str(each.metric))
    if cap(inputs, criteria) < star:
        found.append("count")
    return found


def cap(inputs: Inputs, criteria: Criteria) -> int:
    """The most stars that the number of buyers with a fault of hers allows; many orders bear more of them."""
    faulty = inputs.counts.get(Metric.FAULTS, Count())
    share = 10_000 * (faulty.of - faulty.hits) // faulty.of if faulty.of else 0
    hit = [each.star for each in criteria.caps if inputs.fault_vips > each.above and share > each.share_bp]
    return min([MOST_STARS, *hit])


def kept(raw: int, before: int | None, raws: Sequence[int | None]) -> int:
    """A star is gained at once, and lost where two of the last three months were below it."""
    if before is None or raw >= before:
        return raw
    months = [raw, *(each for each in raws[:2] if each is not None)]
    stands = [star for star in range(raw, before + 1) if sum(each < star for each in months) < 2]
    return max([raw, *stands])


# ---- ratings ----

PAIR_MONTH = 3  # ratings of a VIP and store that count in a month
_DECAY = ((timedelta(days=30), CASE), (timedelta(days=90), CASE // 2))
LEAST_WEIGHT = CASE // 4
GOOD_MARK = 4


class LeftOut(StrEnum):
    """Why a rating weighs nothing."""

    OWN = "own"  # from her own phone, household or order
    MANY = "many"  # more than three of the same buyer in a month


def weight_of(at: datetime, delivered_at: datetime | None) -> int:
    """A rating given long after the delivery weighs less, and never nothing."""
    late = at - delivered_at if delivered_at is not None else timedelta()
    return next((weight for within, weight in _DECAY if late <= within), LEAST_WEIGHT)
