"""Intervals against known values; what is proven weak; what makes a draw larger."""

import pytest

from portal.core.base.statistics import wilson
from portal.service.quality.measures import (
    BOUNDS,
    Figure,
    Measured,
    Z,
    below,
    mean_of,
    month_before,
    next_month,
    proven_weak,
    quantile,
    reasons,
    share_of,
    times_of,
)
from portal.service.quality.rules import Why


@pytest.mark.parametrize(
    ("hits", "n", "z", "low", "high"),
    [
        (0, 10, 1.96, 0.0, 0.2775),
        (10, 10, 1.96, 0.7225, 1.0),
        (8, 10, 1.96, 0.4902, 0.9433),
        (50, 100, 1.96, 0.4038, 0.5962),
        (1, 29, 1.96, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_the_known_intervals(hits: int, n: int, z: float, low: float, high: float) -> None:
    assert list(wilson(hits, n, z)) == pytest.approx([low, high], abs=1e-4)


def test_a_clean_record_proves_less_than_five_percent_from_fifty_two_on() -> None:
    assert wilson(0, 51, Z)[1] > 0.05 > wilson(0, 52, Z)[1]
    with pytest.raises(ValueError, match="no cases"):
        wilson(0, 0, Z)


@pytest.mark.parametrize(
    ("values", "share", "found"),
    [([5], 0.5, 5), ([1, 2, 3, 4], 0.5, 2), ([1, 2, 3, 4, 5], 0.5, 3), ([1, 2, 3, 4], 0.25, 1), ([1, 2, 3, 4], 1, 4)],
)
def test_a_quantile_is_a_case_that_there_was(values: list[int], share: float, found: int) -> None:
    assert quantile(values, share) == found


@pytest.mark.parametrize(
    ("measured", "weak", "watched"),
    [
        (share_of(Figure.PROMPT, 10, 30), True, True),
        (share_of(Figure.PROMPT, 23, 30), False, True),  # below the bound, not proven
        (share_of(Figure.PROMPT, 27, 30), False, False),
        (share_of(Figure.PROMPT, 0, 9), False, False),  # nine are too few for anything
        (share_of(Figure.PROMPT, 0, 10), True, True),
        (share_of(Figure.REOPENED, 1, 10), False, False),
        (share_of(Figure.REOPENED, 2, 10), False, True),
        (share_of(Figure.REOPENED, 5, 10), True, True),
        (mean_of(Figure.SATISFACTION, [300] * 10, 500), True, True),
        (mean_of(Figure.SATISFACTION, [200, 500] * 10, 500), False, True),
        (mean_of(Figure.SATISFACTION, [500] * 10, 500), False, False),
        (mean_of(Figure.QUALITY, [6_900] * 10, 10_000), False, True),  # equal marks prove little
        (mean_of(Figure.QUALITY, [5_000] * 12, 10_000), True, True),
        (times_of(Figure.RESOLUTION, [9_999_999] * 40), False, False),  # hangs on others: nobody is judged by it
        (Measured(Figure.QUALITY, 0), False, False),
    ],
)
def test_weak_is_what_the_whole_interval_proves(measured: Measured, weak: bool, watched: bool) -> None:
    assert (proven_weak(measured), below(measured)) == (weak, watched)


def test_a_mean_stays_within_what_is_possible() -> None:
    one = mean_of(Figure.SATISFACTION, [500], 500, asked=4)
    assert (one.n, one.value, one.high, one.asked) == (1, 500, 500, 4)
    assert one.low == 88  # one answer proves next to nothing
    assert not one.shown
    assert mean_of(Figure.SATISFACTION, [], 500).value is None


@pytest.mark.parametrize(
    ("figures", "new", "why"),
    [
        ([], False, (Why.BASE,)),
        ([], True, (Why.BASE, Why.NEW)),
        ([share_of(Figure.PROPOSAL, 18, 20)], False, (Why.BASE, Why.KEPT)),
        ([share_of(Figure.PROPOSAL, 20, 20)], False, (Why.BASE,)),
        ([share_of(Figure.PROMPT, 0, 20)], False, (Why.BASE,)),  # nothing to read in a conversation
        (
            [mean_of(Figure.SATISFACTION, [200] * 12, 500), share_of(Figure.REOPENED, 6, 12)],
            False,
            (Why.BASE, Why.REOPENED, Why.SATISFACTION),
        ),
        ([mean_of(Figure.SATISFACTION, [200] * 9, 500)], False, (Why.BASE,)),
    ],
)
def test_why_more_are_drawn(figures: list[Measured], new: bool, why: tuple[Why, ...]) -> None:
    assert reasons(figures, is_new=new) == why


def test_months_follow_each_other_over_the_year() -> None:
    assert next_month("2026-12") == "2027-01"
    assert month_before("2027-01") == "2026-12"
    assert next_month("2027-01") == "2027-02"


def test_every_bound_has_a_course_of_the_agents_curriculum() -> None:
    assert {bound.course for bound in BOUNDS.values()} == {"receiving", "feelings", "authority", "root"}
