"""An agent's figures: what each counts, with its n and its interval, and when one is proven weak."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from portal.core.base.statistics import wilson
from portal.service.quality.rules import Why

LEAST = 10  # below it a figure is not shown as one, and nobody is judged by it
Z = 1.645  # each side of an interval is passed by chance one time in twenty
AGAIN_AFTER = timedelta(days=60)  # a figure assigns training once within it
HANDED_LATE = 0.75  # of a clock's term: who got it after that did not break the promise


class Figure(StrEnum):
    """What is measured of an agent and month."""

    FIRST = "first_response"  # from her taking charge to the first reply, on shift
    PROMPT = "prompt"  # share of those within five minutes
    PROPOSAL = "proposal"  # share of proposal clocks kept
    COMPENSATION = "compensation"
    RESOLUTION = "resolution"  # from receipt to resolution
    REOPENED = "reopened"
    SATISFACTION = "satisfaction"
    ASKED_AGAIN = "asked_again"  # share in which the buyer had to tell it again
    GRANTS = "grants"  # share of grants looked at again that did not fit
    QUALITY = "quality"  # score of the sampled conversations
    QUEUE = "queue"  # how long it had waited before she had it: nobody's figure, named beside hers


class Unit(StrEnum):
    """How a figure reads: seconds, basis points of a share, hundredths of a mark."""

    TIME = "time"
    SHARE = "share"
    MEAN = "mean"


TIMES = frozenset({Figure.FIRST, Figure.RESOLUTION, Figure.QUEUE})
MEANS = frozenset({Figure.SATISFACTION, Figure.QUALITY})
LATER = frozenset({Figure.REOPENED, Figure.SATISFACTION, Figure.ASKED_AGAIN})  # counted 15 days after the resolution


def unit_of(figure: Figure) -> Unit:
    return Unit.TIME if figure in TIMES else Unit.MEAN if figure in MEANS else Unit.SHARE


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure of an agent: `value` with its interval in the figure's unit, of `n`.

    Of a share and a mean the interval is the one that the true value lies in; of a time, the middle half of the
    cases. `apart`: cases left out because others caused them. `asked`: how many could have answered.
    """

    figure: Figure
    n: int
    value: int | None = None
    low: int | None = None
    high: int | None = None
    apart: int = 0
    asked: int | None = None

    @property
    def shown(self) -> bool:
        """Whether there are enough cases to show a figure at all."""
        return self.n >= LEAST and self.value is not None


def quantile(ordered: Sequence[int], share: float) -> int:
    """The smallest value that at least this share of the cases does not exceed; a case that there was."""
    return ordered[max(math.ceil(share * len(ordered)), 1) - 1]


def share_of(figure: Figure, hits: int, n: int, apart: int = 0) -> Measured:
    if not n:
        return Measured(figure, 0, apart=apart)
    low, high = wilson(hits, n, Z)
    return Measured(figure, n, 10_000 * hits // n, math.floor(10_000 * low), math.ceil(10_000 * high), apart)


def times_of(figure: Figure, seconds: Sequence[int], apart: int = 0) -> Measured:
    if not seconds:
        return Measured(figure, 0, apart=apart)
    ordered = sorted(seconds)
    low, middle, high = (quantile(ordered, share) for share in (0.25, 0.5, 0.75))
    return Measured(figure, len(ordered), middle, low, high, apart)


def mean_of(figure: Figure, hundredths: Sequence[int], most: int, apart: int = 0, asked: int | None = None) -> Measured:
    """A mean with its interval, within 0 and `most`. The spread is that of the cases, and never below a tenth of
    what is possible: a few equal marks do not prove that all are."""
    n = len(hundredths)
    if not n:
        return Measured(figure, 0, apart=apart, asked=asked)
    mean = sum(hundredths) / n
    spread = math.sqrt(sum((each - mean) ** 2 for each in hundredths) / (n - 1)) if n > 1 else most / 2
    reach = Z * max(spread, most / 10) / math.sqrt(n)
    low, high = max(0, math.floor(mean - reach)), min(most, math.ceil(mean + reach))
    return Measured(figure, n, round(mean), low, high, apart, asked)


# ---- bounds ----


@dataclass(frozen=True, slots=True)
class Bound:
    """From where on a figure is weak, which side is the good one, and the course that helps."""

    at: int
    course: str
    more_is_better: bool = True


BOUNDS: Mapping[Figure, Bound] = {
    Figure.PROMPT: Bound(8_000, "receiving"),
    Figure.PROPOSAL: Bound(9_500, "receiving"),
    Figure.COMPENSATION: Bound(9_000, "authority"),
    Figure.REOPENED: Bound(1_000, "root", more_is_better=False),
    Figure.SATISFACTION: Bound(400, "feelings"),
    Figure.ASKED_AGAIN: Bound(1_000, "receiving", more_is_better=False),
    Figure.GRANTS: Bound(2_000, "authority", more_is_better=False),
    Figure.QUALITY: Bound(7_000, "feelings"),
}


def below(measured: Measured) -> bool:
    """On the wrong side of its bound as it stands: reason enough to look closer, not to judge."""
    bound = BOUNDS.get(measured.figure)
    if bound is None or not measured.shown or measured.value is None:
        return False
    return measured.value < bound.at if bound.more_is_better else measured.value > bound.at


def proven_weak(measured: Measured) -> bool:
    """The whole interval on the wrong side of the bound, of ten cases at least: reason for training."""
    bound = BOUNDS.get(measured.figure)
    if bound is None or not measured.shown or measured.low is None or measured.high is None:
        return False
    return measured.high < bound.at if bound.more_is_better else measured.low > bound.at


_LOOKED_CLOSER: Mapping[Figure, Why] = {
    Figure.SATISFACTION: Why.SATISFACTION,
    Figure.PROPOSAL: Why.KEPT,
    Figure.COMPENSATION: Why.KEPT,
    Figure.REOPENED: Why.REOPENED,
}


def reasons(figures: Sequence[Measured], *, is_new: bool) -> tuple[Why, ...]:
    """Why how many of an agent's conversations are drawn."""
    found = {_LOOKED_CLOSER[each.figure] for each in figures if each.figure in _LOOKED_CLOSER and below(each)}
    if is_new:
        found.add(Why.NEW)
    return (Why.BASE, *sorted(found))


# ---- months ----


def month_of(day: date) -> str:
    return f"{day:%Y-%m}"


def first_day(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def next_month(month: str) -> str:
    return month_of(first_day(month) + timedelta(days=32))


def month_before(month: str) -> str:
    return month_of(first_day(month) - timedelta(days=1))
