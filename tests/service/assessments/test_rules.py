"""Judging as tables of cases; bounds against scipy and another formula; the wrongly sanctioned share where truth is known."""

import math
import random
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from portal.core.base.statistics import ONE_SIDED_90, wilson
from portal.core.supply.rules import Standing, SupplierKind
from portal.service.assessments import criteria as kept
from portal.service.assessments.criteria import Criteria, differing, odd, range_of
from portal.service.assessments.rules import (
    Basis,
    FreshEnd,
    Level,
    Measure,
    Sums,
    WhiteFacts,
    WhiteNo,
    digest,
    fresh_end,
    judge,
    moves_to,
    proved,
    read,
    white_nos,
    window,
)

C = Criteria()
GOODS, CARRIER = SupplierKind.GOODS, SupplierKind.CARRIER
DAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("hits", "of", "level", "basis"),
    [
        (0, 0, Level.CLEAR, Basis.FEW),
        (1, 1, Level.CLEAR, Basis.FEW),  # a single order proves nothing, whatever the formula says
        (9, 9, Level.CLEAR, Basis.FEW),
        (1, 10, Level.CLEAR, Basis.FEW),
        (2, 10, Level.RECTIFY, Basis.PROOF),
        (1, 19, Level.CLEAR, Basis.FEW),
        (1, 20, Level.CLEAR, Basis.WITHIN),  # 5 % is not over 5 %
        (2, 20, Level.WATCH, Basis.POINT),
        (3, 20, Level.RECTIFY, Basis.PROOF),
        (4, 50, Level.WATCH, Basis.POINT),
        (5, 50, Level.RECTIFY, Basis.PROOF),
        (6, 99, Level.WATCH, Basis.POINT),
        (5, 100, Level.CLEAR, Basis.WITHIN),
        (6, 100, Level.RECTIFY, Basis.PLAIN),
        (501, 10_000, Level.RECTIFY, Basis.PLAIN),
        (500, 10_000, Level.CLEAR, Basis.WITHIN),
    ],
)
def test_one_measure(hits: int, of: int, level: Level, basis: Basis) -> None:
    found = read(Measure.COMPLAINTS, hits, of, C)
    assert (found.level, found.basis) == (level, basis)


def test_something_severe_overrides_every_rate() -> None:
    found = judge(GOODS, Sums(counted=500, faulted=1, severe=1), C)
    assert (found.level, found.basis) == (Level.RECTIFY, Basis.SEVERE)
    assert found.worst.level is Level.CLEAR


@pytest.mark.parametrize(
    ("sums", "worst", "level"),
    [
        (Sums(counted=200, faulted=4, timed=200, late=8), Measure.COMPLAINTS, Level.CLEAR),
        (Sums(counted=200, timed=200, late=21), Measure.LATE, Level.RECTIFY),
        (Sums(counted=200, lost=3), Measure.LOST, Level.RECTIFY),
        (Sums(counted=200, damaged=5), Measure.DAMAGED, Level.RECTIFY),
        (Sums(counted=200, hurries=30, hurries_answered=22), Measure.UNANSWERED, Level.WATCH),
        (Sums(counted=200, fresh=40, cold_broken=6), Measure.COLD, Level.RECTIFY),
        (Sums(counted=200, lost=3, fresh=40, cold_broken=3), Measure.LOST, Level.RECTIFY),
        (Sums(counted=200, ratings=200, low_ratings=40), Measure.MARKS, Level.CLEAR),
        (Sums(counted=200, ratings=200, low_ratings=190), Measure.MARKS, Level.WATCH),  # marks alone order nothing
        (Sums(counted=200, ratings=9, low_ratings=9), Measure.MARKS, Level.CLEAR),  # few
        (Sums(counted=200, lost=3, ratings=100, low_ratings=90), Measure.LOST, Level.RECTIFY),
    ],
)
def test_the_worst_measure_of_a_carrier_decides(sums: Sums, worst: Measure, level: Level) -> None:
    found = judge(CARRIER, sums, C)
    assert (found.worst.measure, found.level) == (worst, level)


def test_goods_are_not_judged_by_what_carriers_do() -> None:
    assert judge(GOODS, Sums(counted=200, late=200, timed=200, lost=50), C).level is Level.CLEAR


@pytest.mark.parametrize(
    ("standing", "level", "becomes"),
    [
        (Standing.GOOD, Level.CLEAR, None),
        (Standing.GOOD, Level.WATCH, Standing.WATCH),
        (Standing.GOOD, Level.RECTIFY, Standing.RECTIFYING),
        (Standing.WATCH, Level.CLEAR, Standing.GOOD),
        (Standing.WATCH, Level.WATCH, None),
        (Standing.WATCH, Level.RECTIFY, Standing.RECTIFYING),
        (Standing.WHITE, Level.WATCH, None),
        (Standing.WHITE, Level.RECTIFY, Standing.RECTIFYING),
        (Standing.RECTIFYING, Level.CLEAR, None),
        (Standing.RECTIFYING, Level.RECTIFY, None),
        (Standing.BLACKLISTED, Level.CLEAR, None),
        (Standing.BLACKLISTED, Level.RECTIFY, None),
    ],
)
def test_where_a_day_takes_a_party(standing: Standing, level: Level, becomes: Standing | None) -> None:
    assert moves_to(standing, level) is becomes


@given(st.sampled_from(list(Standing)), st.sampled_from(list(Level)))
def test_no_figure_blacklists_or_restores_or_praises(standing: Standing, level: Level) -> None:
    becomes = moves_to(standing, level)
    assert becomes not in (Standing.BLACKLISTED, Standing.WHITE)
    if standing is Standing.BLACKLISTED:
        assert becomes is None


@given(st.integers(0, 300), st.integers(0, 300), st.integers(1, 9_000))
def test_more_faults_never_judge_milder(hits: int, more: int, limit: int) -> None:
    of = hits + more
    numbers = Criteria(complaints_bp=limit)
    order = list(Level)
    levels = [
        order.index(read(Measure.COMPLAINTS, each, of, numbers).level) for each in range(max(0, hits - 3), hits + 1)
    ]
    assert levels == sorted(levels)


@given(st.integers(1, 1_000), st.integers(0, 1_000))
def test_bounds_are_wilson_s(of: int, hits: int) -> None:
    """Against scipy where a two-sided 80 % interval has one-sided 90 % ends, and against the roots of the score test."""
    hits = min(hits, of)
    lower, upper = wilson(hits, of, ONE_SIDED_90)
    known = stats.binomtest(hits, of).proportion_ci(confidence_level=0.8, method="wilson")
    assert (lower, upper) == pytest.approx((known.low, known.high), abs=1e-9)
    share = hits / of
    for bound in (lower, upper):
        if 0 < bound < 1:
            score = (share - bound) / math.sqrt(bound * (1 - bound) / of)
            assert abs(score) == pytest.approx(ONE_SIDED_90, rel=1e-6)


def test_the_least_faults_that_force_are_as_computed_for_the_brief() -> None:
    for of, least in {10: 2, 20: 3, 50: 5, 100: 8, 200: 14, 500: 32, 1000: 59}.items():
        assert min(hits for hits in range(of + 1) if proved(hits, of, 500)) == least


# What the rules promise at each number of orders: the share of suppliers of this true rate that is ordered to mend.
PROMISED = {
    (0.03, 10): 0.035,
    (0.03, 20): 0.021,
    (0.03, 50): 0.017,
    (0.03, 100): 0.081,
    (0.03, 200): 0.038,
    (0.10, 10): 0.26,
    (0.10, 20): 0.32,
    (0.10, 50): 0.57,
    (0.10, 100): 0.942,
    (0.10, 200): 0.992,
    (0.10, 1000): 1.0,
    (0.05, 50): 0.104,
}


def forced(rate: float, of: int, runs: int, dice: random.Random) -> float:
    hit = 0
    for _ in range(runs):
        faults = sum(dice.random() < rate for _ in range(of))
        hit += judge(GOODS, Sums(counted=of, faulted=faults), C).level is Level.RECTIFY
    return hit / runs


@pytest.mark.parametrize(("truth", "promised"), PROMISED.items())
def test_with_the_truth_known_as_many_are_sanctioned_as_promised(truth: tuple[float, int], promised: float) -> None:
    rate, of = truth
    least = min(
        faults for faults in range(of + 1) if judge(GOODS, Sums(counted=of, faulted=faults), C).level is Level.RECTIFY
    )
    assert float(stats.binom.sf(least - 1, of, rate)) == pytest.approx(promised, abs=0.006)
    runs = max(200, 40_000 // of)
    spread = 4 * math.sqrt(promised * (1 - promised) / runs) + 0.01
    assert forced(rate, of, runs, random.Random(of)) == pytest.approx(promised, abs=spread)


def test_the_window_never_looks_behind_a_fresh_start() -> None:
    assert window(DAY, 90) == (date(2026, 8, 23), DAY)
    assert window(DAY, 90, DAY - timedelta(days=3)) == (DAY - timedelta(days=3), DAY)
    assert window(DAY, 90, date(2020, 1, 1))[0] == date(2026, 8, 23)


@pytest.mark.parametrize(
    ("sums", "days", "end"),
    [
        (Sums(), 10, None),
        (Sums(counted=29), 89, None),
        (Sums(counted=30), 5, FreshEnd.PASSED),
        (Sums(counted=30, faulted=2), 5, FreshEnd.PASSED),  # watched on, not proved
        (Sums(counted=30, faulted=4), 5, FreshEnd.FAILED),
        (Sums(counted=3), 90, FreshEnd.PASSED),
        (Sums(counted=12, faulted=3), 90, FreshEnd.FAILED),
        (Sums(counted=1, severe=1), 1, FreshEnd.FAILED),
    ],
)
def test_the_fresh_window_ends(sums: Sums, days: int, end: FreshEnd | None) -> None:
    since = DAY - timedelta(days=days - 1)
    assert fresh_end(judge(GOODS, sums, C), sums.counted, DAY, since, C) is end


GOOD = Sums(counted=400, faulted=4, timed=400, late=4)


@pytest.mark.parametrize(
    ("facts", "kind", "nos"),
    [
        (WhiteFacts(GOOD, 400, True), GOODS, ()),
        (WhiteFacts(GOOD, 400, False), GOODS, (WhiteNo.NOT_VISITED,)),
        (WhiteFacts(GOOD, 400, False), CARRIER, ()),
        (WhiteFacts(GOOD, 179, True), GOODS, (WhiteNo.YOUNG,)),
        (WhiteFacts(Sums(counted=99), 400, True), GOODS, (WhiteNo.FEW,)),
        (WhiteFacts(Sums(counted=100, faulted=2), 400, True), GOODS, (WhiteNo.UNPROVED,)),
        (WhiteFacts(Sums(counted=400, timed=400, late=13), 400, True), GOODS, (WhiteNo.LATE,)),
        (WhiteFacts(Sums(counted=400, severe=1, faulted=1), 400, True), GOODS, (WhiteNo.SEVERE,)),
    ],
)
def test_the_white_list(facts: WhiteFacts, kind: SupplierKind, nos: tuple[WhiteNo, ...]) -> None:
    assert white_nos(facts, kind, C) == nos


def test_a_fingerprint_knows_every_count_and_no_order() -> None:
    days = {"2026-11-01": Sums(counted=3), "2026-11-02": Sums(counted=4)}
    assert digest(days) == digest(dict(reversed(days.items())))
    assert digest(days) != digest({**days, "2026-11-02": Sums(counted=4, faulted=1)})
    assert digest(days) != digest({"2026-11-01": Sums(counted=3), "2026-11-03": Sums(counted=4)})


def test_criteria_are_read_as_written_and_their_contradictions_named() -> None:
    assert kept.read(C.plain()) == C
    assert kept.read({"complaints_bp": 400}).complaints_bp == 400
    assert differing(C, Criteria(watch_from=25)) == [("watch_from", 20, 25)]
    assert list(odd(C)) == []
    assert [field for field, _ in odd(Criteria(proof_from=200, white_bp=900))] == ["plain_from", "white_bp"]
    for name, number in C.plain().items():
        least, most = range_of(name)
        assert least <= number <= most
