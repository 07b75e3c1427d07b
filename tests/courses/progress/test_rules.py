"""When a lesson counts, what comes next, what waits."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from courses.progress import rules
from courses.progress.rules import Missing, Reading, State

AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def reading(ago: int, seconds: int = 0, place_bp: int = 0, *, told: bool = True) -> Reading:
    return Reading(AT - timedelta(seconds=ago), seconds, place_bp, told)


@pytest.mark.parametrize(
    ("kind", "read", "unanswered", "left"),
    [
        ("article", reading(100, 60, 10_000), 0, Missing()),
        ("article", reading(100, 60, 9_500), 0, Missing()),
        ("article", reading(100, 60, 9_499), 0, Missing(end=True)),
        ("article", reading(100, 52, 10_000), 0, Missing(seconds=8)),
        ("article", reading(100, 0, 0), 0, Missing(seconds=60, end=True)),
        ("case", reading(30, 500, 10_000), 0, Missing(seconds=30)),  # a phone cannot read for longer than it was open
        ("article", reading(60, told=False), 0, Missing()),
        ("article", reading(59, told=False), 0, Missing(seconds=1)),
        ("article", reading(-50, told=False), 0, Missing(seconds=60)),  # a clock that was set back
        ("checkpoint", reading(0, told=False), 0, Missing()),
        ("checkpoint", reading(900, 900, 10_000), 2, Missing(answers=2)),
    ],
)
def test_what_a_lesson_still_asks_for(kind: str, read: Reading, unanswered: int, left: Missing) -> None:
    found = rules.missing(kind, 60, read, unanswered, AT)
    assert found == left
    assert bool(found) == (left != Missing())


@pytest.mark.parametrize(("claimed", "believed"), [(-5, 0), (10, 10), (30, 30), (31, 30), (10**9, 30)])
def test_seconds_are_believed_as_far_as_time_has_passed(claimed: int, believed: int) -> None:
    assert rules.believable(claimed, AT - timedelta(seconds=30), AT) == believed


@pytest.mark.parametrize(("claimed", "kept"), [(-1, 0), (0, 0), (4_711, 4_711), (10_000, 10_000), (10_001, 10_000)])
def test_a_place_lies_on_the_page(claimed: int, kept: int) -> None:
    assert rules.place(claimed) == kept


@dataclass(frozen=True)
class Part:
    """A part by its id, which is its place and its course too."""

    id: int
    kind: str = "course"
    choice: int | None = None

    @property
    def position(self) -> int:
        return self.id

    @property
    def course_id(self) -> int | None:
        return self.id if self.kind == "course" else None


PLAIN = (Part(1), Part(2), Part(3, "exam"))
CHOICE = (Part(1), Part(2, choice=7), Part(3, choice=7), Part(4, "exam"))


@pytest.mark.parametrize(
    ("parts", "done", "begun", "states"),
    [
        (PLAIN, [], [], "now todo lock"),
        (PLAIN, [1], [1, 2], "done now lock"),
        (PLAIN, [2], [2], "now done lock"),
        (PLAIN, [1, 2], [1, 2], "done done now"),
        (PLAIN, [1, 2, 3], [1, 2], "done done done"),
        (PLAIN, [3], [], "now todo done"),
        (CHOICE, [], [], "now todo todo lock"),
        (CHOICE, [1], [1], "done now todo lock"),
        (CHOICE, [1], [1, 3], "done todo now lock"),  # the alternative that she has begun
        (CHOICE, [1, 3], [1, 3], "done todo done now"),
        (CHOICE, [3], [3], "now todo done lock"),
        ((Part(1, "session"), Part(2, "exam")), [], [], "todo now"),
        ((Part(1, "exam"),), [], [], "now"),
    ],
)
def test_where_each_part_stands(parts: tuple[Part, ...], done: list[int], begun: list[int], states: str) -> None:
    found = rules.part_states(parts, done, begun)
    assert [found[part.id] for part in parts] == [State(word) for word in states.split()]


@pytest.mark.parametrize(
    ("parts", "completed", "complete"),
    [
        (PLAIN, [], False),
        (PLAIN, [1], False),
        (PLAIN, [1, 2], True),
        (PLAIN, [1, 2, 99], True),
        (CHOICE, [1], False),
        (CHOICE, [1, 2], True),
        (CHOICE, [1, 3], True),
        (CHOICE, [2, 3], False),
        ((Part(1, "exam"),), [], True),
    ],
)
def test_courses_are_complete_when_each_or_its_alternative_is(
    parts: tuple[Part, ...], completed: list[int], complete: bool
) -> None:
    assert rules.courses_complete(parts, completed) is complete


def test_an_alternative_needs_nothing_more_once_one_is_done() -> None:
    assert rules.satisfied(CHOICE, [2]) == {2, 3}
    assert rules.satisfied(CHOICE, []) == frozenset()
