"""Looks for proof on few orders: when they are due, and what good parties risk in a year of daily judging."""

import random
from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache

import pytest
from scipy import stats

from portal.core.base.database import reading
from portal.core.base.statistics import ONE_SIDED_99
from portal.core.supply.rules import Standing, SupplierKind
from portal.core.web.frame import Frame
from portal.service.assessments import verdicts
from portal.service.assessments.criteria import Criteria
from portal.service.assessments.looks import Look, look_due
from portal.service.assessments.rules import (
    Basis,
    FreshEnd,
    Level,
    Sums,
    beyond_doubt,
    fresh_end,
    judge,
)
from tests.service.assessments import make
from tests.service.assessments.make import DAY, yesterday

C = Criteria()
GOODS = SupplierKind.GOODS
FIRST = date(2026, 1, 1)
ANSWERED, YEAR = 15, 365  # days: until evidence is accepted; of looking


@pytest.mark.parametrize(
    ("counted", "days", "before", "due"),
    [
        (9, 0, None, False),
        (10, 0, None, True),
        (19, 20, 10, False),
        (20, 20, 10, True),
        (300, 89, 290, False),
        (300, 90, 290, True),
        (5, 400, 290, False),  # nothing is proved by five
    ],
)
def test_when_a_look_is_due(counted: int, days: int, before: int | None, due: bool) -> None:
    last = None if before is None else Look(FIRST, before)
    assert look_due(counted, FIRST + timedelta(days=days), last, C) is due


@pytest.mark.parametrize(
    ("hits", "of", "on_a_look", "between"),
    [
        (2, 10, Basis.PROOF, Basis.WAITS),
        (4, 10, Basis.PROOF, Basis.PROOF),
        (6, 100, Basis.PLAIN, Basis.PLAIN),
        (12, 100, Basis.PLAIN, Basis.PLAIN),
        (4, 50, Basis.POINT, Basis.POINT),
        (1, 100, Basis.WITHIN, Basis.WITHIN),
    ],
)
def test_between_looks_only_what_is_beyond_doubt_is_acted_on(
    hits: int, of: int, on_a_look: Basis, between: Basis
) -> None:
    sums = Sums(counted=of, faulted=hits)
    assert judge(GOODS, sums, C).basis is on_a_look
    found = judge(GOODS, sums, C, look=False)
    assert found.basis is between
    assert (found.level is Level.WATCH) == (between in (Basis.WAITS, Basis.POINT))
    assert judge(GOODS, Sums(counted=of, faulted=hits, severe=1), C, look=False).basis is Basis.SEVERE


def test_beyond_doubt_is_ninety_nine_in_a_hundred() -> None:
    assert stats.norm.ppf(0.99) == pytest.approx(ONE_SIDED_99, abs=1e-12)
    for of in (10, 50, 100, 1000):
        least = min(hits for hits in range(of + 1) if beyond_doubt(hits, of, 500))
        known = stats.binomtest(least, of).proportion_ci(confidence_level=0.98, method="wilson")
        before = stats.binomtest(least - 1, of).proportion_ci(confidence_level=0.98, method="wilson")
        assert before.low <= 0.05 < known.low


# ---- a year of daily judging, with the truth known ----


@cache
def over(of: int, hits: int, look: bool) -> tuple[Level, Basis]:
    found = judge(GOODS, Sums(counted=of, faulted=hits), C, look=look)
    return found.level, found.basis


@cache
def promised(of: int, rate: float) -> float:
    """How likely one look finds a party of this true rate over the limit."""
    least = next((hits for hits in range(of + 1) if over(of, hits, True)[0] is Level.RECTIFY), of + 1)
    return float(stats.binom.sf(least - 1, of, rate)) if of < C.plain_from else 0.0


@dataclass
class Seen:
    """What became of many parties in a year. `expected`: orders to mend that the looks promise by their bounds."""

    parties: int
    watched: int = 0
    on_looks: int = 0
    between: int = 0
    plainly: int = 0  # by the plain share of many orders, which holds on any day
    proposed: int = 0
    expected: float = 0.0


def lived(rate: float, volume: float, parties: int, *, daily: bool = False) -> Seen:
    """Parties of a true rate with so many orders a day; each is followed to its first order to mend and beyond.

    `daily`: as if every day were a day of a look.
    """
    dice, seen = random.Random(f"{rate} {volume}"), Seen(parties)
    for _ in range(parties):
        of, hits = [0], [0]
        for _ in range(YEAR + ANSWERED + C.fresh_days):
            orders = _poisson(dice, volume)
            of.append(of[-1] + orders)
            hits.append(hits[-1] + sum(dice.random() < rate for _ in range(orders)))
        _follow(of, hits, rate, seen, daily=daily)
    return seen


def _poisson(dice: random.Random, mean: float) -> int:
    return bisect_left(_below(mean), dice.random())


@cache
def _below(mean: float) -> tuple[float, ...]:
    return tuple(float(each) for each in stats.poisson.cdf(range(60), mean))


def _follow(of: list[int], hits: list[int], rate: float, seen: Seen, *, daily: bool) -> None:
    last, watched = None, False
    for day in range(1, YEAR + 1):
        since = max(day - C.window_days, 0)
        n, k = of[day] - of[since], hits[day] - hits[since]
        today = FIRST + timedelta(days=day)
        look = daily or look_due(n, today, last, C)
        if look and not daily:
            last = Look(today, n)
            seen.expected += promised(n, rate)
        level, basis = over(n, k, look)
        watched = watched or level is Level.WATCH
        if level is Level.RECTIFY:
            seen.plainly += basis is Basis.PLAIN
            seen.on_looks += look and basis is Basis.PROOF
            seen.between += not look and basis is Basis.PROOF
            seen.proposed += _fails(of, hits, day + ANSWERED)
            break
    seen.watched += watched


def _fails(of: list[int], hits: list[int], since: int) -> bool:
    """Whether the fresh window ends badly: looked at once, on orders that nobody has looked at."""
    for day in range(since + 1, len(of)):
        n, k = of[day] - of[since], hits[day] - hits[since]
        found = judge(GOODS, Sums(counted=n, faulted=k), C)
        end = fresh_end(found, n, FIRST + timedelta(days=day - 1), FIRST + timedelta(days=since), C)
        if end is not None:
            return end is FreshEnd.FAILED
    return False


PARTIES = 100
# Of a hundred parties of this true rate, in a year: so many at most beyond doubt between looks, and so many proposed
# for the blacklist, which takes an order to mend and a fresh window that fails as well.
MOST = {0.02: (3, 1), 0.04: (15, 6), 0.049: (22, 13)}


@pytest.mark.parametrize("volume", [0.5, 1.5, 8.0])
@pytest.mark.parametrize("rate", MOST)
def test_in_a_year_of_daily_judging_no_more_are_wrongly_ordered_than_the_looks_promise(
    rate: float, volume: float
) -> None:
    seen = lived(rate, volume, PARTIES)
    assert seen.on_looks <= seen.expected + 3 * seen.expected**0.5
    between, proposed = MOST[rate]
    assert seen.between <= between
    assert seen.proposed <= proposed
    if rate == min(MOST):
        assert seen.on_looks + seen.between <= 0.12 * PARTIES
    if volume * C.window_days < C.plain_from / 2:
        assert seen.plainly == 0


def test_every_day_a_look_would_find_more_than_twice_as_many_good_parties_over_the_limit() -> None:
    spaced, daily = lived(0.02, 0.7, 4 * PARTIES), lived(0.02, 0.7, 4 * PARTIES, daily=True)
    assert daily.on_looks > 2 * (spaced.on_looks + spaced.between)


@pytest.mark.parametrize(("rate", "volume", "least"), [(0.10, 0.5, 0.9), (0.10, 8.0, 0.98), (0.20, 0.2, 0.95)])
def test_bad_parties_are_found_all_the_same(rate: float, volume: float, least: float) -> None:
    seen = lived(rate, volume, PARTIES)
    assert seen.on_looks + seen.between + seen.plainly >= least * PARTIES


# ---- as it is kept ----


@pytest.fixture
def noon() -> datetime:
    """Of a day on which the first judging happens."""
    return datetime(2026, 6, 1, 4, 0, tzinfo=UTC)


async def test_a_share_that_wavers_around_the_limit_is_watched_until_the_next_look(app: Frame, noon: datetime) -> None:
    there = await make.firm("wavers", noon)
    await make.counted(there, yesterday(noon), counted=20, faulted=2)
    assert await make.judged(there, yesterday(noon), noon) is Standing.WATCH
    later = noon + DAY
    await make.counted(there, yesterday(noon), counted=20, faulted=3)
    assert await make.judged(there, yesterday(later), later) is Standing.WATCH  # proof, but no look
    await make.counted(there, yesterday(later), counted=20, faulted=3)
    later += DAY
    assert await make.judged(there, yesterday(later), later) is Standing.RECTIFYING  # twice as many orders
    verdict = await make.last_verdict(there)
    assert (verdict.looked, verdict.basis) == (True, Basis.PROOF)


async def test_from_a_hundred_orders_on_the_plain_share_waits_for_no_look(app: Frame, noon: datetime) -> None:
    there = await make.firm("plain", noon)
    await make.counted(there, yesterday(noon), counted=100, faulted=5)
    assert await make.judged(there, yesterday(noon), noon) is Standing.GOOD
    later = noon + DAY
    await make.counted(there, yesterday(noon), counted=101, faulted=6)
    assert await make.judged(there, yesterday(later), later) is Standing.RECTIFYING
    assert (await make.last_verdict(there)).basis is Basis.PLAIN


async def test_what_is_beyond_doubt_does_not_wait_and_its_verdict_replays(app: Frame, noon: datetime) -> None:
    there = await make.firm("doubtless", noon)
    await make.counted(there, yesterday(noon), counted=60, faulted=0)
    assert await make.judged(there, yesterday(noon), noon) is Standing.GOOD
    later = noon + DAY
    await make.counted(there, yesterday(noon), counted=60, faulted=6)
    assert await make.judged(there, yesterday(later), later) is Standing.WATCH
    watched = await make.last_verdict(there)
    assert (watched.looked, watched.basis) == (False, Basis.WAITS)
    later += DAY
    await make.counted(there, yesterday(noon), counted=60, faulted=12)
    assert await make.judged(there, yesterday(later), later) is Standing.RECTIFYING
    async with reading():
        for each in (watched, await make.last_verdict(there)):
            assert (await verdicts.replay(each)).frozen.basis is each.basis
            assert (await verdicts.replay(each)).same


async def test_the_days_over_a_look_is_due_again(app: Frame, noon: datetime) -> None:
    there = await make.firm("again", noon)
    await make.counted(there, yesterday(noon), counted=45, faulted=0)
    await make.judged(there, yesterday(noon), noon)
    later = noon + 89 * DAY
    await make.counted(there, yesterday(noon + 30 * DAY), counted=40, faulted=8)
    assert await make.judged(there, yesterday(later), later) is Standing.WATCH
    later += DAY
    assert await make.judged(there, yesterday(later), later) is Standing.RECTIFYING
    assert (await make.last_verdict(there)).looked
