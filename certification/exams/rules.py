"""The room's decisions: what can be drawn, who may begin, when time is over, what a paper is worth.

Scores are basis points (10,000 = everything) and rounded down, so that no score shown reaches a mark it missed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

FULL = 10_000
LATE_TOLERANCE = timedelta(seconds=10)
HIGHEST_SEQ = 2**53 - 1  # the largest whole number that JavaScript counts exactly
MOST_QUESTIONS = 200


class State(StrEnum):
    """Where an attempt stands."""

    RUNNING = "running"
    GRADED = "graded"


class SealedBy(StrEnum):
    """Who handed an attempt in."""

    PERSON = "person"
    TIME = "time"


class ShowAfter(StrEnum):
    """What is shown after grading, each with what stands before it."""

    SCORE = "score"
    TOPICS = "topics"
    MISTAKES = "mistakes"


@dataclass(frozen=True, slots=True)
class Draw:
    """So many questions of a tag (and difficulty, else any) from a bank, each worth `points`."""

    bank: str
    tag: str
    difficulty: str | None
    count: int
    points: int = 1


@dataclass(frozen=True, slots=True)
class Blueprint:
    """An exam's plan. `pass_bp` of all points passes; `attempts` tries, `cooldown_hours` apart."""

    minutes: int
    pass_bp: int
    attempts: int
    cooldown_hours: int
    show_after: ShowAfter
    draws: tuple[Draw, ...]
    shuffle_options: bool = True

    @property
    def questions(self) -> int:
        return sum(draw.count for draw in self.draws)

    @property
    def max_points(self) -> int:
        return sum(draw.count * draw.points for draw in self.draws)


@dataclass(frozen=True, slots=True)
class Past:
    """An earlier attempt at the same exam; `sealed_at` is None while it runs."""

    sealed_at: datetime | None
    passed: bool


@dataclass(frozen=True, slots=True)
class Start:
    """She may begin: this will be attempt `number`, and `left` tries remain, this one included."""

    number: int
    left: int


@dataclass(frozen=True, slots=True)
class NotYet:
    """She may not begin: a refusal's code, when the next try opens if time alone is missing, and tries left."""

    code: str
    left: int
    next_at: datetime | None = None


def may_start(
    history: Sequence[Past],
    grants: int,
    blueprint: Blueprint,
    at: datetime,
    *,
    courses_done: bool,
    another_running: bool = False,
) -> Start | NotYet:
    """Whether a new attempt may begin. `another_running` is an attempt of hers at any exam."""
    left = max(blueprint.attempts + grants - len(history), 0)
    if any(past.passed for past in history):
        return NotYet("exam_passed", left)
    if another_running or any(past.sealed_at is None for past in history):
        return NotYet("exam_running", left)
    if not courses_done:
        return NotYet("exam_courses_first", left)
    if not left:
        return NotYet("exam_no_tries", left)
    next_at = _rested(history, blueprint.cooldown_hours)
    if next_at is not None and at < next_at:
        return NotYet("exam_cooldown", left, next_at)
    return Start(len(history) + 1, left)


def _rested(history: Sequence[Past], hours: int) -> datetime | None:
    sealed = [past.sealed_at for past in history if past.sealed_at is not None]
    return max(sealed) + timedelta(hours=hours) if sealed else None


def deadline(started_at: datetime, minutes: int) -> datetime:
    return started_at + timedelta(minutes=minutes)


def in_time(deadline_at: datetime, at: datetime) -> bool:
    """Whether an answer arriving `at` still counts; the tolerance is for what was on its way at the deadline."""
    return at <= deadline_at + LATE_TOLERANCE


def overdue(deadline_at: datetime, at: datetime) -> bool:
    """Whether the attempt must be sealed: nothing that counts can arrive any more."""
    return not in_time(deadline_at, at)


def is_seq(seq: object) -> bool:
    """Whether a client's number for its answer is usable."""
    return type(seq) is int and 0 < seq <= HIGHEST_SEQ


def next_seq(known: int, at: datetime) -> int:
    """The number of an answer that came without one (no script): after all others, as its arrival is."""
    return max(known + 1, int(at.timestamp() * 1000))


def is_answered(answer: object) -> bool:
    """Whether something was given: an answer emptied again (`[]`, `""`, `{}`) is as good as none."""
    return answer not in (None, [], {}) and not (isinstance(answer, str) and not answer.strip())


@dataclass(frozen=True, slots=True)
class Scored:
    """A graded item: what it could earn in points, and the share that it earned in basis points."""

    tag: str
    must: bool
    points: int
    share_bp: int


@dataclass(frozen=True, slots=True)
class TagResult:
    """How a topic went: questions wholly right of all its questions, and the share of its points earned."""

    tag: str
    right: int
    total: int
    share_bp: int


@dataclass(frozen=True, slots=True)
class Result:
    """What a paper is worth. `points` is rounded to whole points for reading; `score_bp` is what decides."""

    points: int
    max_points: int
    score_bp: int
    must_missed: int
    passed: bool
    by_tag: tuple[TagResult, ...] = field(default=())


def score(items: Sequence[Scored], pass_bp: int) -> Result:
    """Pass = the score reaches the pass mark AND no must item earned nothing."""
    earned, possible = _earned(items), sum(item.points for item in items)
    score_bp = earned // possible if possible else 0
    missed = sum(item.must and item.share_bp <= 0 for item in items)
    return Result(
        points=round(earned / FULL),
        max_points=possible,
        score_bp=score_bp,
        must_missed=missed,
        passed=bool(items) and score_bp >= pass_bp and not missed,
        by_tag=by_tag(items),
    )


def by_tag(items: Sequence[Scored]) -> tuple[TagResult, ...]:
    """Results per tag, in the order in which the tags first appear."""
    tags = dict.fromkeys(item.tag for item in items)
    return tuple(_tag_result(tag, [item for item in items if item.tag == tag]) for tag in tags)


def _tag_result(tag: str, items: Sequence[Scored]) -> TagResult:
    possible = sum(item.points for item in items)
    right = sum(item.share_bp >= FULL for item in items)
    return TagResult(tag, right, len(items), _earned(items) // possible if possible else 0)


def _earned(items: Sequence[Scored]) -> int:
    """In ten-thousandths of a point, so that nothing is rounded before the end."""
    return sum(item.points * min(max(item.share_bp, 0), FULL) for item in items)


def more_needed(items: Sequence[Scored], pass_bp: int) -> int:
    """How many more questions of middling weight would have reached the mark; 0 where it is reached."""
    possible = sum(item.points for item in items)
    missing = pass_bp * possible - _earned(items)
    return max(-(-missing * len(items) // (FULL * possible)), 0) if possible else 0
