"""How sure a share is: bounds for few cases, and what a prior of many says of one. Pure; shares are of 1.

Wilson, "Probable inference", JASA 22 (1927); the beta's functions after Press et al., "Numerical Recipes",
6.4 (continued fraction by Lentz). Checked against scipy by the tests.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

ONE_SIDED_90 = 1.2815515655446004  # the normal's 90 % point
ONE_SIDED_99 = 2.3263478740408408
TWO_SIDED_95 = 1.959963984540054
_TINY = 1e-300
_STEPS = 10_000


def wilson(hits: int, of: int, z: float = TWO_SIDED_95) -> tuple[float, float]:
    """The interval in which a share's true value lies. Raises ValueError where there are no cases."""
    if of <= 0 or not 0 <= hits <= of:
        raise ValueError("hits of no cases, or more than all")
    share, square = hits / of, z * z / of
    middle = share + square / 2
    reach = z * math.sqrt(share * (1 - share) / of + square / (4 * of))
    low = (middle - reach) / (1 + square) if hits else 0.0
    high = (middle + reach) / (1 + square) if hits < of else 1.0
    return low, high


@dataclass(frozen=True, slots=True)
class Beta:
    """A belief about a share: as if `a` of `a + b` cases had been hits."""

    a: float
    b: float

    @property
    def mean(self) -> float:
        return self.a / (self.a + self.b)

    @property
    def strength(self) -> float:
        """How many cases the belief weighs."""
        return self.a + self.b

    def after(self, hits: float, of: float) -> "Beta":
        """What is believed once `hits` of `of` cases are known."""
        return Beta(self.a + hits, self.b + of - hits)

    def below(self, share: float) -> float:
        """How likely the true share is at most this one."""
        return beta_below(share, self.a, self.b)

    def point(self, likely: float) -> float:
        """The share that the true one does not exceed with this likelihood."""
        return beta_point(likely, self.a, self.b)


def beta_below(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b)."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return min(1.0, front * _fraction(x, a, b) / a)
    return max(0.0, 1.0 - front * _fraction(1 - x, b, a) / b)


def _fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of the incomplete beta function, by Lentz's method."""
    c, d = 1.0, 1.0 / _away(1.0 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _STEPS):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 / _away(1.0 + term * d)
            c = _away(1.0 + term / c)
            value *= c * d
        if abs(c * d - 1.0) < 1e-15:
            break
    return value


def _away(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def beta_point(likely: float, a: float, b: float) -> float:
    """The inverse of `beta_below` in x, by halving: sixty steps are exact to the last digits."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if beta_below(middle, a, b) < likely:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def fit_beta(cases: Iterable[tuple[int, int]], least: float = 2.0, most: float = 10_000.0) -> Beta:
    """The prior under which these `(hits, of)` of many parties are likeliest: mean as pooled, strength by likelihood.

    The pooled mean is kept away from 0 and 1 by half a case. The strength is sought between `least` and `most` cases by
    golden section over its logarithm. Raises ValueError where there are no cases.
    """
    counted = [(hits, of) for hits, of in cases if of > 0]
    if not counted:
        raise ValueError("no cases")
    total = sum(of for _, of in counted)
    mean = (sum(hits for hits, _ in counted) + 0.5) / (total + 1)
    alike: dict[tuple[int, int], int] = {}
    for case in counted:
        alike[case] = alike.get(case, 0) + 1

    def likelihood(log_strength: float) -> float:
        strength = math.exp(log_strength)
        a, b = mean * strength, (1 - mean) * strength
        known = math.lgamma(a) + math.lgamma(b) - math.lgamma(strength)
        return sum(
            times * (math.lgamma(a + k) + math.lgamma(b + n - k) - math.lgamma(strength + n) - known)
            for (k, n), times in alike.items()
        )

    strength = math.exp(_highest(likelihood, math.log(least), math.log(most)))
    return Beta(mean * strength, (1 - mean) * strength)


def _highest(value: Callable[[float], float], low: float, high: float) -> float:
    """Where a function of one peak is highest, by golden section to a thousandth."""
    golden = (math.sqrt(5) - 1) / 2
    left, right = high - golden * (high - low), low + golden * (high - low)
    at_left, at_right = value(left), value(right)
    while high - low > 1e-3:
        if at_left < at_right:
            low, left, at_left = left, right, at_right
            right = low + golden * (high - low)
            at_right = value(right)
        else:
            high, right, at_right = right, left, at_left
            left = high - golden * (high - low)
            at_left = value(left)
    return (low + high) / 2
