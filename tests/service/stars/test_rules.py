"""Gates, samples, bounds, caps and stars that stand, as tables of cases; the bounds against scipy and simulated truth."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from scipy import stats

from portal.core.base.statistics import Beta
from portal.service.stars.criteria import FIRST, Cap, Metric, faults, from_body, to_body
from portal.service.stars.raising import good_cases, way_up
from portal.service.stars.rules import CASE, Count, Gate, Inputs, Outcome, kept, lacks, proven, reckon, weight_of
from portal.service.stars.runs import fitted

AT = datetime(2026, 10, 31, 16, tzinfo=UTC)
PRIORS = {metric: Beta(18, 2) for metric in Metric} | {Metric.FAULTS: Beta(98, 2)}


def inputs(**changes: Any) -> Inputs:
    """A good store of sixty orders; counts of whole cases."""
    counts = {
        Metric.SATISFACTION: (39, 40),
        Metric.FAULTS: (60, 60),
        Metric.HURRY: (9, 10),
        Metric.REPLY: (14, 15),
        Metric.RETURNS: (6, 6),
        Metric.CALLS: (5, 5),
        Metric.TRAINING: (3, 3),
    } | changes.pop("counts", {})
    made = Inputs(
        1, 1, True, True, 200, 0, 90, AT - timedelta(days=90), 60, 20, 40, 0,
        {metric: Count(CASE * hits, CASE * of) for metric, (hits, of) in counts.items()},
    )  # fmt: skip
    return replace(made, **changes)


def star(**changes: Any) -> int | None:
    return reckon(inputs(**changes), FIRST, PRIORS).star


@pytest.mark.parametrize(
    ("changes", "gate"),
    [
        ({"is_open": False}, Gate.OPEN),
        ({"certified": False}, Gate.CERTIFICATE),
        ({"active_days": 89}, Gate.ACTIVE),
        ({"misdescribed": 1}, Gate.MISDESCRIPTION),
    ],
)
def test_a_gate_that_is_closed_leaves_no_star(changes: dict[str, Any], gate: Gate) -> None:
    result = reckon(inputs(**changes), FIRST, PRIORS)
    assert (result.outcome, result.star, result.raw, result.gates) == (Outcome.GATE, None, None, (gate,))


@pytest.mark.parametrize(
    ("changes", "lacking"),
    [
        ({"orders": 29}, {"orders": 1}),
        ({"vips": 9}, {"vips": 1}),
        ({"ratings": 4}, {"ratings": 6}),
        ({"orders": 3, "vips": 2, "ratings": 0}, {"orders": 27, "vips": 8, "ratings": 10}),
    ],
)
def test_too_few_cases_are_said_to_be_few_and_never_one_star(changes: dict[str, Any], lacking: dict[str, int]) -> None:
    result = reckon(inputs(**changes), FIRST, PRIORS)
    assert (result.outcome, result.star, result.lacking) == (Outcome.SAMPLE, None, lacking)
    assert lacks(FIRST, 30, 10, 10) == {}


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({}, 5),
        ({Metric.SATISFACTION: (34, 40)}, 4),
        ({Metric.SATISFACTION: (29, 40)}, 3),
        ({Metric.SATISFACTION: (20, 40)}, 2),
        ({Metric.SATISFACTION: (4, 40)}, 1),
        ({Metric.FAULTS: (52, 60)}, 3),
        ({Metric.HURRY: (0, 40), Metric.REPLY: (0, 60)}, 4),
        ({Metric.HURRY: (0, 0), Metric.REPLY: (0, 0), Metric.CALLS: (0, 0)}, 5),  # what did not happen costs nothing
    ],
)
def test_stars_follow_what_the_cases_prove(counts: dict[Metric, tuple[int, int]], expected: int) -> None:
    assert star(counts=counts) == expected


@pytest.mark.parametrize(
    ("faulted", "orders", "fault_vips", "most"),
    [(2, 600, 2, 5), (4, 600, 2, 5), (4, 600, 3, 4), (3, 700, 3, 5), (9, 600, 6, 3)],
)
def test_the_count_of_buyers_caps_and_a_large_store_bears_more(
    faulted: int, orders: int, fault_vips: int, most: int
) -> None:
    counts = {Metric.FAULTS: (orders - faulted, orders), Metric.SATISFACTION: (590, 600)}
    assert star(counts=counts, fault_vips=fault_vips, orders=orders) == most


@pytest.mark.parametrize(
    ("raw", "before", "raws", "stands"),
    [
        (5, None, (None, None), 5),
        (5, 3, (3, 3), 5),  # gained at once
        (3, 5, (5, 5), 5),  # one month below
        (3, 5, (4, 5), 4),  # two below five, one below four
        (3, 5, (3, 5), 3),
        (4, 5, (3, 5), 4),
        (3, 5, (5, 4), 4),
        (2, 4, (None, 4), 4),
        (2, 2, (5, 5), 2),
    ],
)
def test_a_star_is_lost_after_two_of_three_months_below(
    raw: int, before: int | None, raws: tuple[int | None, int | None], stands: int
) -> None:
    assert kept(raw, before, raws) == stands
    result = reckon(inputs(before=5, raws=(5, 5), counts={Metric.SATISFACTION: (29, 40)}), FIRST, PRIORS)
    assert (result.raw, result.star, result.held) == (3, 5, True)


@pytest.mark.parametrize(("days", "weight"), [(0, 100), (30, 100), (31, 50), (90, 50), (91, 25), (900, 25)])
def test_late_ratings_weigh_less_and_never_nothing(days: int, weight: int) -> None:
    assert weight_of(AT + timedelta(days=days), AT) == weight


@given(some.integers(0, 400), some.integers(0, 400), some.floats(0.5, 60), some.floats(0.5, 60))
@settings(max_examples=60)
def test_the_bounds_are_those_of_scipy(hits: int, more: int, a: float, b: float) -> None:
    low, high = proven(Beta(a, b), Count(CASE * hits, CASE * (hits + more)))
    exact = stats.beta.ppf([0.1, 0.9], a + hits, b + more) * 10_000
    assert low == pytest.approx(exact[0], abs=1.01)
    assert high == pytest.approx(exact[1], abs=1.01)


def test_the_prior_is_near_what_a_grid_over_scipys_likelihood_finds() -> None:
    draw = stats.betabinom(40, 18, 2)
    cases = [(int(hits), 40) for hits in draw.rvs(size=400, random_state=7)]
    a, b = fitted(Metric.SATISFACTION, [(CASE * hits, CASE * of) for hits, of in cases])
    best = max(
        range(5, 100),
        key=lambda s: sum(stats.betabinom.logpmf([h for h, _ in cases], 40, s * a / (a + b), s * b / (a + b))),
    )
    assert a + b == pytest.approx(best, abs=1)
    assert a / (a + b) == pytest.approx(0.9, abs=0.02)


def test_of_stores_with_five_stars_no_more_are_worse_than_the_bound_promises() -> None:
    """A thousand stores whose true rates are known: at most one in ten of the five-star ones lies below the limit."""
    truth = stats.beta(18, 2).rvs(size=1_000, random_state=3)
    sizes = stats.randint(10, 120).rvs(size=1_000, random_state=4)
    hits = stats.binom(sizes, truth).rvs(random_state=5)
    priors = dict(PRIORS)
    priors[Metric.SATISFACTION] = Beta(
        *fitted(Metric.SATISFACTION, [(CASE * int(k), CASE * int(n)) for k, n in zip(hits, sizes, strict=True)])
    )
    fives, wrong = 0, 0
    for rate, n, k in zip(truth, sizes, hits, strict=True):
        counts = {Metric.SATISFACTION: (int(k), int(n))}
        if reckon(inputs(counts=counts, ratings=int(n)), FIRST, priors).star == 5:
            fives += 1
            wrong += rate < FIRST.satisfaction_bp[3] / 10_000
    assert fives > 200
    assert wrong <= 0.1 * fives


def test_no_honest_small_store_gets_one_star() -> None:
    """True satisfaction of nine in ten and no faults: a sample too small, or at least three stars."""
    marks = stats.binom(12, 0.9).rvs(size=300, random_state=9)
    for k in marks:
        counts = {Metric.SATISFACTION: (int(k), 12), Metric.FAULTS: (30, 30)} | dict.fromkeys(
            (Metric.HURRY, Metric.REPLY, Metric.RETURNS, Metric.CALLS, Metric.TRAINING), (0, 0)
        )
        found = reckon(inputs(counts=counts, orders=30, vips=10, ratings=12), FIRST, PRIORS)
        assert found.star is not None
        assert found.star >= 3
    assert star(orders=8, vips=8, ratings=5) is None


def test_what_would_raise_it_is_reckoned_by_the_rules_themselves() -> None:
    given_inputs = inputs(counts={Metric.SATISFACTION: (34, 40)})
    result = reckon(given_inputs, FIRST, PRIORS)
    way = way_up(result, given_inputs, FIRST, PRIORS)
    assert way is not None
    assert (way.star, way.unmet) == (5, ("satisfaction",))
    step = next(each for each in way.steps if each.metric is Metric.SATISFACTION)
    assert step.must
    assert step.to_bp == 8_500
    assert step.more is not None
    better = {Metric.SATISFACTION: (34 + step.more, 40 + step.more)}
    almost = {Metric.SATISFACTION: (33 + step.more, 39 + step.more)}
    assert (star(counts=better), star(counts=almost)) == (5, 4)
    worst = next(each for each in reckon(inputs(counts={Metric.SATISFACTION: (0, 4_000)}), FIRST, PRIORS).scored)
    assert good_cases(worst, 8_500, PRIORS) is None
    assert way_up(reckon(inputs(), FIRST, PRIORS), inputs(), FIRST, PRIORS) is None


def test_what_costs_the_most_points_is_named_first() -> None:
    given_inputs = inputs(counts={Metric.SATISFACTION: (36, 40), Metric.CALLS: (0, 40), Metric.TRAINING: (0, 40)})
    result = reckon(given_inputs, FIRST, PRIORS)
    way = way_up(result, given_inputs, FIRST, PRIORS)
    assert way is not None
    lost = {each.metric: each.most - each.points for each in result.scored}
    named = [lost[step.metric] for step in way.steps]
    assert named == sorted(named, reverse=True)
    assert [step.metric for step in way.steps][:2] == [Metric.TRAINING, Metric.CALLS]


def test_versions_are_kept_and_read_alike_and_contradictions_are_named() -> None:
    assert from_body(to_body(FIRST)) == FIRST
    assert faults(FIRST) == []
    lines = dict(FIRST.lines)
    lines[Metric.REPLY] = replace(lines[Metric.REPLY], floor_bp=9_000, weight=50)
    odd = replace(FIRST, lines=lines, points=(25, 20, 65, 85), long_days=30, caps=(Cap(1, 0, 4),))
    assert faults(odd) == ["full_reply", "weights", "points", "long_days"]
