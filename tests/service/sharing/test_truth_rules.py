"""What holds a product back, when early returns say enough, and how shares are drawn to be looked at."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.service.sharing.rules import (
    MOST_WEIGHT,
    Obstacle,
    PauseCause,
    What,
    drawn,
    obstacle,
    proposed_category,
    returns_pause,
    weight,
)


@pytest.mark.parametrize(
    ("paused", "trial", "has_copy", "lesson_set", "learned", "found"),
    [
        (None, False, False, False, False, None),
        (None, False, True, True, False, None),
        (PauseCause.EARLY_RETURNS, False, True, False, False, Obstacle.PAUSED_RETURNS),
        (PauseCause.ADMIN, True, True, True, True, Obstacle.PAUSED_ADMIN),
        (None, True, True, True, True, None),
        (None, True, False, True, True, Obstacle.TRIAL_COPY),
        (None, True, True, False, False, Obstacle.TRIAL_LESSON),
        (None, True, True, True, False, Obstacle.TRIAL_LEARN),
    ],
)
def test_what_holds_a_product_back(
    paused: PauseCause | None, trial: bool, has_copy: bool, lesson_set: bool, learned: bool, found: Obstacle | None
) -> None:
    assert obstacle(paused=paused, trial=trial, has_copy=has_copy, lesson_set=lesson_set, learned=learned) is found


@pytest.mark.parametrize(
    ("returned", "delivered", "pauses"),
    [
        (0, 0, False),
        (19, 19, False),  # too few to say anything
        (4, 20, False),  # a fifth of twenty may be chance: at least 8.1 %
        (5, 20, True),  # at least 11.2 %
        (10, 100, False),
        (16, 100, True),  # at least 10.1 %
        (15, 100, False),
        (117, 1000, False),
        (121, 1000, True),
        (30, 20, True),  # never more than all
    ],
)
def test_early_returns_pause_where_chance_is_no_excuse(returned: int, delivered: int, pauses: bool) -> None:
    assert returns_pause(returned, delivered) is pauses


@given(st.dictionaries(st.integers(1, 10**6), st.integers(1, MOST_WEIGHT), max_size=60), st.text("abc", min_size=1))
def test_a_draw_can_be_repeated_and_takes_nobody_twice(weights: dict[int, int], seed: str) -> None:
    chosen = drawn(seed, weights, 20)
    assert len(chosen) == len(set(chosen)) == min(20, len(weights))
    assert chosen == drawn(seed, dict(reversed(weights.items())), 20)


def test_a_heavier_link_is_drawn_more_often_and_a_light_one_still_is() -> None:
    weights = dict.fromkeys(range(1, 51), 1) | {99: 5}
    counts = Counter(link for n in range(600) for link in drawn(str(n), weights, 5))
    plain = sum(counts[number] for number in range(1, 51)) / 50
    assert 3.0 < counts[99] / plain < 5.5
    assert all(counts[number] for number in range(1, 51))


@pytest.mark.parametrize(("upheld", "heavy"), [(0, 1), (1, 3), (2, 5), (9, 5)])
def test_upheld_reports_weigh(upheld: int, heavy: int) -> None:
    assert weight(upheld) == heavy


@pytest.mark.parametrize("what", list(What))
def test_each_report_suggests_a_breach(what: What) -> None:
    assert proposed_category(what) in ("false_claim", "medical_claim", "overpromise")
