"""Periods, ranking, samples, marks, and signals: a simulated cheat is flagged, honest small stores are not."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from portal.core.base.statistics import Beta
from portal.service.awards import periods
from portal.service.awards.periods import Period
from portal.service.awards.rules import (
    FEW_PRIOR,
    MANAGER_LINES,
    SAMPLES,
    Reason,
    Runner,
    best_service,
    fitted,
    lot_of,
    mean_mark,
    owner_sample,
    ranked,
    score,
)
from portal.service.awards.signals import Bought, Kind, Rated, Signal, Strength, Ties, digits, signals_of
from portal.service.stars.rules import CASE, Count

AT = datetime(2026, 10, 10, 4, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("period", "label", "months", "after", "before"),
    [
        (Period.MONTH, "2026-12", ("2026-12",), "2027-01", "2026-11"),
        (Period.MONTH, "2026-01", ("2026-01",), "2026-02", "2025-12"),
        (Period.QUARTER, "2026-Q1", ("2026-01", "2026-02", "2026-03"), "2026-Q2", "2025-Q4"),
        (Period.QUARTER, "2026-Q4", ("2026-10", "2026-11", "2026-12"), "2027-Q1", "2026-Q3"),
        (Period.YEAR, "2026", tuple(f"2026-{n:02d}" for n in range(1, 13)), "2027", "2025"),
    ],
)
def test_periods(period: Period, label: str, months: tuple[str, ...], after: str, before: str) -> None:
    span = periods.span_of(period, label)
    assert span.months == months
    assert (periods.label_after(period, label), periods.label_before(period, label)) == (after, before)
    assert periods.label_of(period, span.since) == label
    assert periods.label_of(period, span.until) == after
    assert periods.label_of(period, span.until - timedelta(seconds=1)) == label


@pytest.mark.parametrize("label", ["2026-13", "2026-Q5", "26", "2026-1", "x"])
def test_what_is_no_label(label: str) -> None:
    for period in Period:
        with pytest.raises(ValueError, match=label):
            periods.span_of(period, label)


def test_ranking_is_by_points_then_cases_then_fewer_awards_then_the_lot() -> None:
    runners = [
        Runner(1, 9_000, 50, 0, "b"),
        Runner(2, 9_000, 60, 2, "z"),
        Runner(3, 9_500, 10, 9, "z"),
        Runner(4, 9_000, 50, 1, "a"),
        Runner(5, 9_000, 50, 0, "a"),
    ]
    assert [one.id for one in ranked(runners)] == [3, 2, 5, 1, 4]
    random.Random(4).shuffle(runners)
    assert [one.id for one in ranked(runners)] == [3, 2, 5, 1, 4]
    assert (
        lot_of("2026-10-owner", "store-1") == lot_of("2026-10-owner", "store-1") != lot_of("2026-11-owner", "store-1")
    )


def test_what_the_cases_prove_puts_a_lucky_few_below_a_proven_many() -> None:
    prior = {name: Beta(8.0, 2.0) for name in MANAGER_LINES}

    def points(hits: int, of: int) -> int:
        return score({"stars": Count(hits * CASE, of * CASE)}, MANAGER_LINES, prior)[0]

    assert points(3, 3) < points(50, 60)
    assert points(50, 60) < points(60, 60)
    assert points(0, 0) == 0
    total, lines = score({"stars": Count(50 * CASE, 60 * CASE)}, MANAGER_LINES, prior)
    assert [line.most for line in lines] == [4_000, 0, 0]
    assert total == 10_000 * lines[0].points // 4_000


def test_a_prior_is_fitted_from_ten_people_and_else_a_weak_one() -> None:
    counts = [Count(9 * CASE, 10 * CASE)] * 9
    assert fitted(counts) == FEW_PRIOR
    assert fitted([*counts, Count(8 * CASE, 10 * CASE)]).mean == pytest.approx(0.89, abs=0.02)


def test_a_sample_says_what_is_missing() -> None:
    assert owner_sample(SAMPLES[Period.MONTH], 10, 5, 5) == []
    missing = owner_sample(SAMPLES[Period.QUARTER], 29, 10, 9)
    assert [(each.reason, each.have, each.need) for each in missing] == [
        (Reason.ORDERS, 29, 30),
        (Reason.RATINGS, 9, 10),
    ]


def test_best_service_takes_two_judges_the_bar_and_then_the_lot() -> None:
    assert mean_mark([(5, 5, 5)]) == 0
    assert mean_mark([(5, 5, 5), (4, 4, 4)]) == 90
    good, better, low = [(4, 4, 4), (4, 4, 4)], [(5, 5, 4), (4, 5, 5)], [(3, 3, 3), (3, 4, 3)]
    assert best_service({1: good, 2: better, 3: low}, {1: "a", 2: "b", 3: "c"}) == 2
    assert best_service({1: good, 2: good}, {1: "b", 2: "a"}) == 2
    assert best_service({3: low, 4: [(5, 5, 5)]}, {3: "a", 4: "b"}) is None


# ---- signals ----


def honest(seed: int, orders: int = 14, vips: int = 7) -> tuple[list[Bought], list[Rated], Ties]:
    """A small store: a few VIPs, a neighbour whose parcel she took in, own orders, marks as they come."""
    dice = random.Random(seed)
    phones = [f"139{dice.randrange(10**8):08d}" for _ in range(vips)]
    bound = [AT - timedelta(days=dice.randrange(1, 90)) for _ in range(vips)]
    ties = Ties(phones=frozenset({"13800000001"}), homes=frozenset({"杭州文三路1号"}), addresses=frozenset({"1.2.3.4"}))
    bought, rated = [], []
    for number in range(orders):
        vip = dice.randrange(vips)
        home = "杭州文三路1号" if number == 3 else f"杭州学院路{vip}号"
        bought.append(Bought(number, vip, phones[vip], phones[vip], home, own=False, given_back=number == 5))
        if dice.random() < 0.7:
            at = AT + timedelta(hours=dice.randrange(20 * 24))
            text = dice.choice(["", "很好", "不错，下次再来", f"味道淡了点，包装好{number}"])
            address = "1.2.3.4" if number == 3 else f"5.6.7.{vip}"
            rated.append(Rated(number, vip, at, dice.choice([5, 5, 5, 4, 3]), text, bound[vip], address))
    bought.append(Bought(99, 99, "13800000001", "13800000001", "杭州文三路1号", own=True))
    return bought, rated, ties


def clear(signals: list[Signal]) -> set[Kind]:
    return {each.kind for each in signals if each.strength >= Strength.CLEAR}


def test_two_hundred_honest_small_stores_have_no_clear_signal() -> None:
    assert [seed for seed in range(200) if clear(signals_of(*honest(seed)))] == []


def test_a_cheat_of_many_ways_is_flagged_in_each() -> None:
    bought, rated, ties = honest(1)
    for number in range(100, 108):
        bought.append(
            Bought(number, number, "13800000001", f"138{number:08d}", "北京某路2号", own=False, given_back=True)
        )
        at = AT + timedelta(minutes=number)
        rated.append(Rated(number, number, at, 5, "老板人特别好东西也好！", AT - DAY, "1.2.3.4"))
    seen = {each.kind: each for each in signals_of(bought, rated, replace(ties, mutual=(1, 2, 3)))}
    assert clear(list(seen.values())) >= {
        Kind.OWN_PHONE,
        Kind.DEVICE,
        Kind.BURST,
        Kind.SAME_TEXT,
        Kind.REFUNDED,
        Kind.MUTUAL,
    }
    assert seen[Kind.OWN_PHONE].strength is Strength.STRONG
    assert seen[Kind.OWN_PHONE].orders == tuple(range(100, 108))


def test_open_self_purchase_is_no_signal() -> None:
    _, _, ties = honest(2)
    own = [Bought(n, 1, "13800000001", "13800000001", "杭州文三路1号", own=True) for n in range(20)]
    assert signals_of(own, [], ties) == []


def test_several_vips_behind_one_telephone_and_an_upline() -> None:
    bought = [Bought(n, n % 4, f"139{n % 4:08d}", "13711112222", f"某路{n}号", own=False) for n in range(12)]
    assert clear(signals_of(bought, [], Ties())) == {Kind.ONE_DOOR}
    up = Ties(up_phones=frozenset({"13711112222"}))
    assert clear(signals_of(bought, [], up)) == {Kind.ONE_DOOR, Kind.UPLINE}


@pytest.mark.parametrize(
    ("phone", "plain"),
    [("138-0000-0001", "13800000001"), ("+86 138 0000 0001", "13800000001"), ("—", ""), (None, ""), ("12345", "")],
)
def test_telephones_are_compared_by_their_digits(phone: str | None, plain: str) -> None:
    assert digits(phone) == plain
