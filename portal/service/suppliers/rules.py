"""Decisions of the register: stages of selection, marks and results of a visit, scores, when somebody is reminded."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from portal.core.supply.rules import SupplierKind, must_be_visited

YEAR = timedelta(days=365)
LONGEST_WORDS = 2_000


class Stage(StrEnum):
    """How far the selection of a supplier has come."""

    APPLIED = "applied"
    EXAMINED = "examined"
    SAMPLES = "samples"
    APPROVED = "approved"
    REFUSED = "refused"


_NEXT: Mapping[Stage | None, tuple[Stage, ...]] = {
    None: (Stage.APPLIED,),
    Stage.APPLIED: (Stage.EXAMINED, Stage.REFUSED),
    Stage.EXAMINED: (Stage.SAMPLES, Stage.APPROVED, Stage.REFUSED),
    Stage.SAMPLES: (Stage.APPROVED, Stage.REFUSED),
    Stage.APPROVED: (),
    Stage.REFUSED: (Stage.APPLIED,),
}


def next_stages(stage: Stage | None) -> tuple[Stage, ...]:
    """Where the selection may go from here; a refused supplier may apply again."""
    return _NEXT[stage]


# ---- evaluation ----


class Criterion(StrEnum):
    """What a supplier is evaluated by, once a year, by two people."""

    QUALITY = "quality"
    PRICE = "price"
    DELIVERY = "delivery"
    SERVICE = "service"
    PAPERS = "papers"


WEIGHTS: Mapping[Criterion, int] = {
    Criterion.QUALITY: 35,
    Criterion.PRICE: 15,
    Criterion.DELIVERY: 20,
    Criterion.SERVICE: 20,
    Criterion.PAPERS: 10,
}
MARKS = (1, 2, 3, 4, 5)
SCORERS = 2


def weights_fit(weights: Mapping[Criterion, int]) -> bool:
    """Whether weights of every criterion add up to a hundred."""
    return set(weights) == set(Criterion) and min(weights.values()) >= 0 and sum(weights.values()) == 100


def score(weights: Mapping[Criterion, int], given: Iterable[Mapping[Criterion, int]]) -> int:
    """The mean of what each gave, 0 to 100: all ones are 20, all fives 100; rounded half up, once."""
    marks = list(given)
    total = sum(weights[criterion] * each[criterion] for each in marks for criterion in weights)
    return (2 * total * 20 + 100 * len(marks)) // (2 * 100 * len(marks))


# ---- visits ----


class VisitKind(StrEnum):
    """Which checklist a site is looked at by."""

    GOODS = "goods"
    FOOD = "food"
    CARRIER = "carrier"


class VisitState(StrEnum):
    """`recorded`: one has written the result, the other has not confirmed it yet."""

    PLANNED = "planned"
    RECORDED = "recorded"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Mark(StrEnum):
    """How a point was found."""

    GOOD = "good"
    MINOR = "minor"
    BAD = "bad"
    NONE = "none"  # there is no such thing here


class Result(StrEnum):
    """What a visit found, as a whole."""

    PASSED = "passed"
    ACTIONS = "actions"  # passed, with what is to be mended by a date
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a checklist. `must`: found bad, the visit fails. Without words of its own it has the shipped ones."""

    key: str
    must: bool = False
    zh: str = ""
    en: str = ""


SHIPPED: Mapping[VisitKind, tuple[Point, ...]] = {
    VisitKind.GOODS: (
        Point("licence", must=True),
        Point("storage"),
        Point("testing"),
        Point("packing"),
        Point("records"),
        Point("returns"),
    ),
    VisitKind.FOOD: (
        Point("licence", must=True),
        Point("permit", must=True),
        Point("hygiene", must=True),
        Point("sources"),
        Point("cold"),
        Point("shelf_life", must=True),
        Point("testing"),
        Point("recall"),
    ),
    VisitKind.CARRIER: (
        Point("licence", must=True),
        Point("depot"),
        Point("sorting"),
        Point("cold"),
        Point("tracking"),
        Point("claims"),
    ),
}
FEWEST_PHOTOS = {VisitKind.GOODS: 1, VisitKind.FOOD: 3, VisitKind.CARRIER: 1}
MOST_PHOTOS = 20
MOST_POINTS = 30
MOST_ACTIONS = 20


def visit_kind(kind: SupplierKind, categories: Iterable[str], first: Collection[str]) -> VisitKind:
    """What kind of visit a supplier of these categories gets. `first`: categories that are visited before any sale."""
    if kind is SupplierKind.CARRIER:
        return VisitKind.CARRIER
    return VisitKind.FOOD if must_be_visited(categories, first) else VisitKind.GOODS


def two_go(kind: VisitKind) -> bool:
    """Whether two people go, and the second confirms what the first has written."""
    return kind is VisitKind.FOOD


@dataclass(frozen=True, slots=True)
class Seen:
    """A visit as far as it is recorded."""

    kind: VisitKind
    points: tuple[Point, ...]
    marks: Mapping[str, Mark]
    photos: int
    placed: bool
    signed: bool
    actions: int


class Part(StrEnum):
    """The parts of a visit's record, in the order of the page."""

    PLACE = "place"
    MARKS = "marks"
    PHOTOS = "photos"
    SIGNATURE = "signature"


def missing(seen: Seen) -> tuple[Part, ...]:
    """What is still to be recorded before a result can be written."""
    done = {
        Part.PLACE: seen.placed,
        Part.MARKS: all(point.key in seen.marks for point in seen.points),
        Part.PHOTOS: seen.photos >= FEWEST_PHOTOS[seen.kind],
        Part.SIGNATURE: seen.signed,
    }
    return tuple(part for part in Part if not done[part])


def results(seen: Seen) -> tuple[Result, ...]:
    """What the marks allow: a compulsory point that is bad fails it; any flaw asks at least for actions."""
    if any(point.must and seen.marks.get(point.key) is Mark.BAD for point in seen.points):
        return (Result.FAILED,)
    if any(mark in (Mark.BAD, Mark.MINOR) for mark in seen.marks.values()):
        return (Result.ACTIONS, Result.FAILED)
    return tuple(Result)


def result_no(result: Result, seen: Seen) -> str | None:
    """Why a result may not be written, as a refusal's code; None where it may."""
    if missing(seen):
        return "visit_incomplete"
    if result not in results(seen):
        return "visit_result_marks"
    if result is Result.ACTIONS and not seen.actions:
        return "visit_result_actions"
    return None


def cleared_until(result: Result, visited_at: datetime, actions_due: Iterable[datetime]) -> datetime | None:
    """Until when a visit lets a supplier sell what must be visited first.

    A year; with actions until the last of them is due, and a year once all are done. None: it does not.
    """
    if result is Result.FAILED:
        return None
    year = visited_at + YEAR
    return year if result is Result.PASSED else min(max(actions_due, default=year), year)


# ---- what comes due ----


class Matter(StrEnum):
    """What has a date in the register."""

    CONTRACT = "contract"
    VISIT = "visit"  # a planned one
    CLEARANCE = "clearance"  # a passed visit runs out
    ACTION = "action"
    EVALUATION = "evaluation"  # a year after the last


RUNGS: Mapping[Matter, tuple[int, ...]] = {  # days before the date; negative: after it
    Matter.CONTRACT: (60, 30, 7),
    Matter.VISIT: (7, 1, -1),
    Matter.CLEARANCE: (60, 30, 7, 0),
    Matter.ACTION: (7, 1, -1),
    Matter.EVALUATION: (30, 0),
}
_DAY = timedelta(days=1)


def rungs_due(matter: Matter, due_at: datetime, at: datetime) -> tuple[int, ...]:
    """The rungs that time has reached, the latest last."""
    return tuple(days for days in RUNGS[matter] if due_at - days * _DAY <= at)


def next_rung(matter: Matter, due_at: datetime, at: datetime) -> datetime | None:
    """When the next rung comes after an instant; None after the last."""
    return min((each for days in RUNGS[matter] if (each := due_at - days * _DAY) > at), default=None)


def first_look(matter: Matter, due_at: datetime, at: datetime) -> datetime | None:
    """When to look first at a date that is set now. Of rungs that have passed already only the latest is said, at once,
    and none while the date is further off than its first."""
    return at if rungs_due(matter, due_at, at) else next_rung(matter, due_at, at)
