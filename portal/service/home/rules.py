"""How far an owner is, when she counts as stuck, and what a greeting says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

STUCK_AFTER = timedelta(days=5)


class Stage(StrEnum):
    """The last step that an owner has behind her on the way to sharing."""

    OPENED = "opened"
    LEARNING = "learning"
    LEARNED = "learned"
    LICENSED = "licensed"
    SHARING = "sharing"


@dataclass(frozen=True, slots=True)
class Journey:
    """How far an owner is: plain counts and instants, as the team's list needs them."""

    courses_done: int
    courses_required: int
    began_at: datetime
    moved_at: datetime | None
    due_at: datetime | None
    may_share: bool
    status: str
    links: int


def stage(journey: Journey) -> Stage:
    if journey.may_share:
        return Stage.SHARING if journey.links else Stage.LICENSED
    if journey.courses_required and journey.courses_done >= journey.courses_required:
        return Stage.LEARNED
    return Stage.LEARNING if journey.courses_done or journey.moved_at else Stage.OPENED


def idle(journey: Journey, now: datetime) -> timedelta:
    """How long nothing has moved."""
    return now - (journey.moved_at or journey.began_at)


def is_stuck(journey: Journey, now: datetime) -> bool:
    """On the way, but not moving: help is due."""
    waiting = journey.status in ("learning", "suspended", "expired")
    return waiting and idle(journey, now) >= STUCK_AFTER


def is_overdue(journey: Journey, now: datetime) -> bool:
    return (
        journey.due_at is not None and journey.due_at < now and journey.status in ("learning", "suspended", "expired")
    )


def funnel(stages: Mapping[str, int]) -> list[tuple[str, int]]:
    """How many have come at least as far as each stage, from the stages they are at."""
    order = list(Stage)
    return [(str(step), sum(stages.get(later, 0) for later in order[index:])) for index, step in enumerate(order)]


def worst_loss(steps: list[tuple[str, int]]) -> int | None:
    """The index of the step after which most are lost, or None where nobody is."""
    losses = [(steps[i][1] - steps[i + 1][1], i) for i in range(len(steps) - 1)]
    most = max(losses, default=(0, 0))
    return most[1] + 1 if most[0] > 0 else None


def part_of_day(hour: int) -> str:
    """A greeting's key for the hour where the site is."""
    if 5 <= hour < 12:
        return "morning"
    return "afternoon" if 12 <= hour < 18 else "evening"
