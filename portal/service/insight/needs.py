"""Owners who need a hand: at risk and why, where they stand on the way to the right, stuck or overdue. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from portal.core.base.statistics import ONE_SIDED_90, wilson

IDLE = timedelta(days=14)
FAILED = 2
NEAR = 8  # points, where twelve suspend
REFUND_BOUND = 0.10
REFUND_LEAST = 10  # orders
RISING_LEAST = 3  # complaints
RISING_TIMES = 2
RISK_DAYS = 28


class Risk(StrEnum):
    """Why an owner needs help before something happens; the words are `insight.risk.<code>`."""

    POINTS = "points"
    COMPLAINTS = "complaints"
    REFUNDS = "refunds"
    FAILED = "failed"
    IDLE = "idle"


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known of an owner: of these four weeks, and of the four before. `seen_at`: signed in, or learned."""

    seen_at: datetime | None
    opened_at: datetime
    failed: int = 0  # exams since the last that she passed
    points: int = 0
    orders: int = 0
    refunded: int = 0
    complained: int = 0
    orders_before: int = 0
    complained_before: int = 0


def risks(signs: Signs, now: datetime) -> list[Risk]:
    """What is against her, the weightiest first."""
    found = {
        Risk.POINTS: signs.points >= NEAR,
        Risk.COMPLAINTS: rising(signs),
        Risk.REFUNDS: too_many_refunds(signs),
        Risk.FAILED: signs.failed >= FAILED,
        Risk.IDLE: now - (signs.seen_at or signs.opened_at) >= IDLE,
    }
    return [risk for risk, holds in found.items() if holds]


def rising(signs: Signs) -> bool:
    """Complaints came at least twice as often, by order, as in the four weeks before; a few do not say it."""
    if signs.complained < RISING_LEAST:
        return False
    return signs.complained * max(signs.orders_before, 1) >= RISING_TIMES * signs.complained_before * max(
        signs.orders, 1
    )


def too_many_refunds(signs: Signs) -> bool:
    """More were refunded than the bound, on proof (one-sided, 90 %)."""
    if signs.orders < REFUND_LEAST or signs.refunded > signs.orders:
        return False
    return wilson(signs.refunded, signs.orders, ONE_SIDED_90)[0] > REFUND_BOUND


# ---- where she is ----

STUCK_AFTER = timedelta(days=5)


class Step(StrEnum):
    """Where an owner without the right stands; the words are `insight.step.<code>`."""

    OPENED = "opened"
    LEARNING = "learning"
    LEARNED = "learned"
    RESTING = "resting"  # suspended or expired


@dataclass(frozen=True, slots=True)
class Way:
    """How far she is on the way to the right."""

    status: str
    may_share: bool
    courses_done: int
    courses_required: int
    began_at: datetime
    moved_at: datetime | None
    due_at: datetime | None


def step(way: Way) -> Step | None:
    """Where she stands; None where she may share, or her way has ended."""
    if way.may_share or way.status in ("revoked", "closed"):
        return None
    if way.status in ("suspended", "expired"):
        return Step.RESTING
    if way.courses_required and way.courses_done >= way.courses_required:
        return Step.LEARNED
    return Step.LEARNING if way.courses_done or way.moved_at else Step.OPENED


def is_stuck(way: Way, now: datetime) -> bool:
    return step(way) is not None and now - (way.moved_at or way.began_at) >= STUCK_AFTER


def is_overdue(way: Way, now: datetime) -> bool:
    return step(way) is not None and way.due_at is not None and way.due_at < now


def count(values: Iterable[str]) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for value in values:
        found[value] = found.get(value, 0) + 1
    return found
