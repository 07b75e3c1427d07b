"""What would raise a star, reckoned by the rules themselves: how many good cases more, and of which metric. Pure."""

from dataclasses import dataclass

from portal.service.stars.criteria import MOST_STARS, Criteria, Metric
from portal.service.stars.rules import CASE, FEW, Count, Inputs, Priors, Result, Scored, proven, unmet

FURTHEST = 400  # good cases; what takes more is a matter of time


@dataclass(frozen=True, slots=True)
class Step:
    """A metric on the way up: `more` good cases in a row bring its bound to `to_bp`; None: time must pass as well.

    `must`: the next star takes that limit; else it is where the metric has all its points.
    """

    metric: Metric
    to_bp: int
    more: int | None
    must: bool


@dataclass(frozen=True, slots=True)
class Way:
    """What the next star takes: its points, what keeps the store from it, and a step for each metric not yet full,
    the one that costs the most points first."""

    star: int
    points: int
    unmet: tuple[str, ...]
    steps: tuple[Step, ...]


def way_up(result: Result, inputs: Inputs, criteria: Criteria, priors: Priors) -> Way | None:
    """The way to the next star from what this month earned; None at five, or where there is no star."""
    if result.raw is None or result.raw >= MOST_STARS:
        return None
    star = result.raw + 1
    missing = tuple(unmet(star, result.scored, result.points, inputs, criteria))
    costly = sorted(result.scored, key=lambda each: each.points - each.most)
    steps = [_step(each, star, str(each.metric) in missing, criteria, priors) for each in costly]
    return Way(star, criteria.points_for(star), missing, tuple(step for step in steps if step is not None))


def _step(each: Scored, star: int, must: bool, criteria: Criteria, priors: Priors) -> Step | None:
    line = criteria.lines[each.metric]
    limit = criteria.must(each.metric, star)
    target = limit if must and limit is not None else line.full_bp
    if not each.of or each.low_bp >= target:
        return None
    return Step(each.metric, target, good_cases(each, target, priors), must)


def good_cases(each: Scored, target_bp: int, priors: Priors) -> int | None:
    """The fewest good cases in a row after which the bound reaches the target; None beyond `FURTHEST`."""
    prior = priors.get(each.metric, FEW[each.metric])

    def reaches(more: int) -> bool:
        return proven(prior, Count(each.hits + CASE * more, each.of + CASE * more))[0] >= target_bp

    if not reaches(FURTHEST):
        return None
    low, high = 0, FURTHEST
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reaches(middle) else (middle, high)
    return high
