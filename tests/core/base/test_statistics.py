"""Bounds and beliefs about shares, checked against scipy."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import beta, betabinom, norm

from portal.core.base.statistics import ONE_SIDED_90, TWO_SIDED_95, Beta, beta_below, beta_point, fit_beta, wilson

SHAPES = st.floats(0.05, 5_000)


def test_the_normals_points() -> None:
    assert pytest.approx(norm.ppf(0.9), abs=1e-12) == ONE_SIDED_90
    assert pytest.approx(norm.ppf(0.975), abs=1e-12) == TWO_SIDED_95


@given(st.integers(1, 5_000), st.data(), st.sampled_from([ONE_SIDED_90, TWO_SIDED_95]))
def test_wilsons_ends_are_where_the_score_test_turns(of: int, data: st.DataObject, z: float) -> None:
    """A share at an end of the interval lies exactly z standard errors, reckoned at that share, from what was seen."""
    hits = data.draw(st.integers(0, of))
    for end in wilson(hits, of, z):
        if 1e-9 < end < 1 - 1e-9:
            assert abs(hits / of - end) / (end * (1 - end) / of) ** 0.5 == pytest.approx(z, rel=1e-6)
    low, high = wilson(hits, of, z)
    assert 0 <= low <= hits / of <= high <= 1


@pytest.mark.parametrize(("hits", "of"), [(0, 0), (-1, 5), (6, 5)])
def test_no_interval_of_no_cases(hits: int, of: int) -> None:
    with pytest.raises(ValueError, match="cases"):
        wilson(hits, of)


@given(st.floats(0, 1), SHAPES, SHAPES)
@settings(max_examples=500)
def test_the_betas_share_below(x: float, a: float, b: float) -> None:
    assert beta_below(x, a, b) == pytest.approx(beta.cdf(x, a, b), abs=1e-9)


@given(st.floats(0.001, 0.999), st.floats(0.5, 5_000), st.floats(0.5, 5_000))
@settings(max_examples=200)
def test_the_betas_point_turns_it_round(likely: float, a: float, b: float) -> None:
    assert beta_point(likely, a, b) == pytest.approx(beta.ppf(likely, a, b), abs=1e-8)


def test_belief_after_cases() -> None:
    known = Beta(2, 8).after(3, 10)
    assert (known.a, known.b, known.mean, known.strength) == (5, 15, 0.25, 20)
    assert known.below(known.point(0.9)) == pytest.approx(0.9)


@pytest.mark.parametrize(("a", "b"), [(2, 38), (20, 5), (1, 1)])
def test_the_prior_that_fits_is_the_likeliest(a: float, b: float) -> None:
    sizes = [5, 12, 30, 70, 150] * 60
    hits = betabinom.rvs(sizes, a, b, random_state=7)
    cases = [(int(k), n) for k, n in zip(hits, sizes, strict=True)]
    fitted = fit_beta(cases)
    mean = fitted.mean

    def unlikely(strength: float) -> float:
        return -float(sum(betabinom.logpmf(k, n, mean * strength, (1 - mean) * strength) for k, n in cases))

    best = minimize_scalar(unlikely, bounds=(2, 10_000), method="bounded").x
    assert fitted.strength == pytest.approx(best, rel=0.01)
    assert mean == pytest.approx(a / (a + b), abs=0.03)


def test_all_alike_is_a_strong_belief_and_none_is_none() -> None:
    assert fit_beta([(0, 100)] * 50).mean < 0.001
    with pytest.raises(ValueError, match="cases"):
        fit_beta([(0, 0)])
