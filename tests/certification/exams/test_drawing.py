"""Papers: quotas filled, nothing twice, little met before; and what can be drawn at all."""

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certification.exams.drawing import CannotDrawError, Drawn, draw, feasible
from certification.exams.rules import Blueprint, Draw, ShowAfter


def quota(count: int, tag: str = "t", points: int = 1) -> Draw:
    return Draw("bank", tag, None, count, points)


def plan(*draws: Draw, minutes: int = 40, pass_bp: int = 8_000, attempts: int = 3, cooldown: int = 12) -> Blueprint:
    return Blueprint(minutes, pass_bp, attempts, cooldown, ShowAfter.SCORE, draws)


def seeded(seed: int = 1) -> random.Random:
    return random.Random(seed)


# Counts and pools that overlap as they like; whether they can be filled at once is left to chance.
loose = st.lists(st.tuples(st.integers(1, 6), st.frozensets(st.integers(0, 25))), min_size=1, max_size=6)
# The same, but each draw has enough of its own besides, so that every one of them can be filled.
filled = loose.map(
    lambda rows: [
        (count, pool | {100 * place + own for own in range(count)}) for place, (count, pool) in enumerate(rows, 1)
    ]
)
questions = st.frozensets(st.one_of(st.integers(0, 25), st.integers(100, 105), st.integers(200, 205)))


def most_that_fit(counts: list[int], pools: list[frozenset[int]]) -> int:
    """How many places can be filled at once, found by Hall's theorem over all sets of draws."""
    total = sum(counts)
    lacking = 0
    for chosen in range(1, 2 ** len(counts)):
        picked = [index for index in range(len(counts)) if chosen >> index & 1]
        have = len(frozenset().union(*(pools[index] for index in picked)))
        lacking = max(lacking, sum(counts[index] for index in picked) - have)
    return total - lacking


def check(drawn: list[Drawn[int]], counts: list[int], pools: list[frozenset[int]]) -> None:
    assert Counter(one.draw for one in drawn) == dict(enumerate(counts))
    assert len({one.question for one in drawn}) == len(drawn)
    assert all(one.question in pools[one.draw] for one in drawn)


@settings(deadline=None)
@given(filled, questions, st.integers())
def test_quotas_are_filled_without_repeating_and_with_as_little_as_possible_met_before(
    rows: list[tuple[int, frozenset[int]]], seen: frozenset[int], seed: int
) -> None:
    counts, pools = [count for count, _ in rows], [pool for _, pool in rows]
    drawn = draw([quota(count) for count in counts], pools, seen, seeded(seed))
    check(drawn, counts, pools)
    fresh = sum(one.question not in seen for one in drawn)
    assert fresh == most_that_fit(counts, [pool - seen for pool in pools])


@settings(deadline=None)
@given(loose)
def test_what_is_called_feasible_can_be_drawn_and_nothing_else(rows: list[tuple[int, frozenset[int]]]) -> None:
    counts, pools = [count for count, _ in rows], [pool for _, pool in rows]
    draws = [quota(count) for count in counts]
    assert bool(feasible(plan(*draws), pools)) == (most_that_fit(counts, pools) < sum(counts))
    if feasible(plan(*draws), pools):
        with pytest.raises(CannotDrawError):
            draw(draws, pools, (), seeded())
    else:
        check(draw(draws, pools, (), seeded()), counts, pools)


def test_the_same_seed_gives_the_same_paper_whatever_the_pools_order() -> None:
    draws = [quota(3), quota(4)]
    one = draw(draws, [list(range(10)), list(range(10, 30))], {1, 12}, seeded(7))
    other = draw(draws, [list(range(9, -1, -1)), set(range(10, 30))], [12, 1], seeded(7))
    assert one == other
    assert one != draw(draws, [range(10), range(10, 30)], {1, 12}, seeded(8))


def test_questions_come_in_mixed_order_and_all_alike_often() -> None:
    firsts, met = Counter[int](), Counter[int]()
    rng = seeded(3)
    for _ in range(2_000):
        drawn = draw([quota(2), quota(2)], [range(8), range(8, 16)], (), rng)
        firsts[drawn[0].draw] += 1
        met.update(one.question for one in drawn)
    assert 900 < firsts[0] < 1_100
    assert set(met) == set(range(16))
    assert all(400 < count < 600 for count in met.values())


def test_a_greedy_choice_does_not_starve_another_quota() -> None:
    for seed in range(50):
        drawn = draw([quota(1), quota(1)], [{"a", "b"}, {"a"}], (), seeded(seed))
        assert sorted(drawn, key=lambda one: one.draw) == [Drawn(0, "b"), Drawn(1, "a")]


@pytest.mark.parametrize(
    ("blueprint", "pools", "codes"),
    [
        (plan(quota(2)), [{1, 2}], []),
        (plan(quota(3)), [{1, 2}], ["too_few"]),
        (plan(quota(1), quota(1)), [{1}, {1}], ["too_few"]),
        (plan(quota(1), quota(2)), [set(), {1}], ["too_few", "too_few"]),
        (plan(), [], ["no_draws"]),
        (plan(quota(0)), [{1}], ["value"]),
        (plan(quota(1, points=0)), [{1}], ["value"]),
        (plan(quota(1, points=101)), [{1}], ["value"]),
        (plan(quota(1), minutes=0), [{1}], ["value"]),
        (plan(quota(1), minutes=601), [{1}], ["value"]),
        (plan(quota(1), pass_bp=0), [{1}], ["value"]),
        (plan(quota(1), pass_bp=10_100), [{1}], ["value"]),
        (plan(quota(1), attempts=0), [{1}], ["value"]),
        (plan(quota(1), cooldown=-1), [{1}], ["value"]),
        (plan(quota(201)), [set(range(300))], ["too_long"]),
        (plan(quota(10**9)), [set(range(10))], ["too_long", "too_few"]),
    ],
)
def test_faults(blueprint: Blueprint, pools: list[set[int]], codes: list[str]) -> None:
    assert [fault.code for fault in feasible(blueprint, pools)] == [f"exams.fault.{code}" for code in codes]


def test_a_fault_tells_what_is_asked_and_what_there_is() -> None:
    (fault,) = feasible(plan(Draw("bank", "returns", "hard", 4)), [{1, 2}])
    assert fault.draw == 1
    assert fault.params == {"bank": "bank", "tag": "returns", "difficulty": "hard", "count": 4, "found": 2}
