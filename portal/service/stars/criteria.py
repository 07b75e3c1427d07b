"""What owners are starred by: metrics with weights and limits, gates, windows, caps. Pure; every version is kept.

Shares are in basis points of good cases. A limit is held by the lower end of what the cases prove (one-sided, 90 %).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

MOST_STARS = 5
STARS = (2, 3, 4, 5)  # one star takes nothing


class Metric(StrEnum):
    """What is measured of an owner; suppliers' and carriers' doings are in none of them."""

    SATISFACTION = "satisfaction"  # buyers' marks for her of 4 and 5
    FAULTS = "faults"  # delivered orders without a fault found against her
    HURRY = "hurry"  # late orders that she pressed or asked the buyer about within a day
    REPLY = "reply"  # buyers' questions answered within a day
    RETURNS = "returns"  # returns brought on their way within two days
    CALLS = "calls"  # call-backs kept
    TRAINING = "training"  # required courses done when they were due


@dataclass(frozen=True, slots=True)
class Line:
    """A metric's points: none at `floor_bp`, all of `weight` from `full_bp` on, in between by measure."""

    weight: int
    floor_bp: int
    full_bp: int


@dataclass(frozen=True, slots=True)
class Cap:
    """More buyers than `above` with a fault of hers, in more than `share_bp` of her orders: `star` at most."""

    above: int
    share_bp: int
    star: int


@dataclass(frozen=True, slots=True)
class Criteria:
    """One version. The tuples of four are what two, three, four and five stars take."""

    lines: Mapping[Metric, Line]
    points: tuple[int, int, int, int]
    satisfaction_bp: tuple[int, int, int, int]
    faults_bp: tuple[int, int, int, int]
    caps: tuple[Cap, ...]
    orders: int = 30
    vips: int = 10
    ratings: int = 10
    days: int = 90
    long_days: int = 365
    active_days: int = 90

    def must(self, metric: Metric, star: int) -> int | None:
        """The limit that a star takes of a metric by itself; None where only its points count."""
        if star < STARS[0]:
            return None
        table = {Metric.SATISFACTION: self.satisfaction_bp, Metric.FAULTS: self.faults_bp}.get(metric)
        return table[star - STARS[0]] if table else None

    def points_for(self, star: int) -> int:
        return self.points[star - STARS[0]] if star >= STARS[0] else 0


FIRST = Criteria(
    lines={
        Metric.SATISFACTION: Line(35, 5_000, 8_700),
        Metric.FAULTS: Line(25, 8_000, 9_600),
        Metric.HURRY: Line(10, 2_000, 7_500),
        Metric.REPLY: Line(10, 3_000, 8_000),
        Metric.RETURNS: Line(5, 3_000, 8_000),
        Metric.CALLS: Line(5, 2_000, 7_000),
        Metric.TRAINING: Line(10, 3_000, 8_000),
    },
    points=(25, 45, 65, 85),
    satisfaction_bp=(4_000, 6_000, 7_500, 8_500),
    faults_bp=(7_500, 8_500, 9_200, 9_500),
    caps=(Cap(2, 50, 4), Cap(5, 100, 3)),
)


def to_body(criteria: Criteria) -> dict[str, Any]:
    """The version as it is kept."""
    body = asdict(criteria)
    body["lines"] = {str(metric): asdict(line) for metric, line in criteria.lines.items()}
    return body


def from_body(body: Mapping[str, Any]) -> Criteria:
    return Criteria(
        **{
            **body,
            "lines": {Metric(name): Line(**line) for name, line in body["lines"].items()},
            "caps": tuple(Cap(**cap) for cap in body["caps"]),
            "points": _four(body["points"]),
            "satisfaction_bp": _four(body["satisfaction_bp"]),
            "faults_bp": _four(body["faults_bp"]),
        }
    )


def _four(values: Any) -> tuple[int, int, int, int]:
    two, three, four, five = (int(value) for value in values)
    return two, three, four, five


def faults(criteria: Criteria) -> list[str]:
    """What is wrong with a version: names of the fields that contradict themselves."""
    found = [f"full_{metric}" for metric, line in criteria.lines.items() if not line.floor_bp < line.full_bp <= 10_000]
    if sum(line.weight for line in criteria.lines.values()) != 100:
        found.append("weights")
    for name in ("points", "satisfaction_bp", "faults_bp"):
        steps: tuple[int, ...] = getattr(criteria, name)
        if list(steps) != sorted(set(steps)):
            found.append(name)
    if criteria.long_days < criteria.days:
        found.append("long_days")
    return found
