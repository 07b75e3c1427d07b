"""What counts as learned, and what comes next: pure functions of plain values."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

CHECKPOINT = "checkpoint"
END_BP = 9_500  # a finger's breadth above the last line is the end of the page
WHOLE_BP = 10_000


class State(StrEnum):
    """Where a part or a lesson stands for its learner."""

    DONE = "done"
    NOW = "now"
    TODO = "todo"
    LOCK = "lock"


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known of her reading of a lesson; `seconds` and `place_bp` (basis points of the page) never go back.

    `told` says that her browser counts the seconds and the place itself; without script only the clock can.
    """

    opened_at: datetime
    seconds: int
    place_bp: int
    told: bool


@dataclass(frozen=True, slots=True)
class Missing:
    """What a lesson still asks for before it counts: seconds, the end of the page, right answers."""

    seconds: int = 0
    end: bool = False
    answers: int = 0

    def __bool__(self) -> bool:
        return bool(self.seconds or self.end or self.answers)


def missing(kind: str, min_seconds: int, reading: Reading, unanswered: int, at: datetime) -> Missing:
    """What keeps a lesson from being complete at `at`; nothing is a falsy Missing.

    A checkpoint asks for every question answered right; any other lesson for its shortest reading time, and, where
    her browser can tell, for the end of the page.
    """
    if kind == CHECKPOINT:
        return Missing(answers=unanswered)
    elapsed = seconds_between(reading.opened_at, at)
    if not reading.told:
        return Missing(seconds=max(min_seconds - elapsed, 0))
    read = min(reading.seconds, elapsed)
    return Missing(seconds=max(min_seconds - read, 0), end=reading.place_bp < END_BP)


def seconds_between(start: datetime, end: datetime) -> int:
    """Whole seconds from `start` to `end`, never negative."""
    return max(int((end - start).total_seconds()), 0)


def believable(seconds: int, opened_at: datetime, at: datetime) -> int:
    """The seconds that a browser claims, but never more than have passed since the lesson was opened."""
    return min(max(seconds, 0), seconds_between(opened_at, at))


def place(claimed: int) -> int:
    return min(max(claimed, 0), WHOLE_BP)


class PartLike(Protocol):
    """A curriculum's part, as the catalogue gives it."""

    @property
    def id(self) -> int: ...
    @property
    def position(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def course_id(self) -> int | None: ...
    @property
    def choice(self) -> int | None: ...


def satisfied(parts: Iterable[PartLike], done: Collection[int]) -> frozenset[int]:
    """The ids of parts that need nothing more: those done, and those whose alternative is (`done` holds part ids)."""
    parts = list(parts)
    met = {part.choice for part in parts if part.choice is not None and part.id in done}
    return frozenset(part.id for part in parts if part.id in done or (part.choice is not None and part.choice in met))


def courses_complete(parts: Iterable[PartLike], completed: Collection[int]) -> bool:
    """Whether every course that the parts ask for is complete (`completed` holds course ids)."""
    courses = [part for part in parts if part.kind == "course"]
    done = [part.id for part in courses if part.course_id in completed]
    return len(satisfied(courses, done)) == len(courses)


def part_states(parts: Sequence[PartLike], done: Collection[int], begun: Collection[int]) -> dict[int, State]:
    """The state of each part by its id; `done` and `begun` hold part ids.

    An exam waits until no course is left. Of alternatives the one that was begun is the next step, else the first.
    """
    met = satisfied(parts, done)
    open_courses = any(part.kind == "course" and part.id not in met for part in parts)
    states = {part.id: _state(part, done, open_courses and part.id not in met) for part in parts}
    now = next_part(parts, met, begun, states)
    return states | ({now: State.NOW} if now is not None else {})


def _state(part: PartLike, done: Collection[int], waits: bool) -> State:
    if part.id in done:
        return State.DONE
    return State.LOCK if part.kind == "exam" and waits else State.TODO


def next_part(
    parts: Sequence[PartLike], met: Collection[int], begun: Collection[int], states: dict[int, State]
) -> int | None:
    """The id of the part to do now, or None where nothing is left that is open to her."""
    left = [part for part in parts if part.id not in met and states[part.id] is State.TODO and part.kind != "session"]
    if not left:
        return None
    first = min(left, key=lambda part: part.position)
    others = [part for part in left if part.choice == first.choice and part.choice is not None and part.id in begun]
    return min(others, key=lambda part: part.position).id if others else first.id


@dataclass(frozen=True, slots=True)
class ExamState:
    """What the room of exams tells of an exam part: its title, its minutes, whether it is passed in this registration.

    `text` is a sentence in the reader's language (what is asked, tries left); `way` is the page to go on at.
    """

    part_id: int
    title: str
    minutes: int
    passed: bool
    text: str | None = None
    way: str | None = None
