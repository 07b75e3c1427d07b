"""Draws, scores, judges, appeals and agreement as tables of cases."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.service.quality.rules import (
    APPEAL_FOR,
    CAP,
    MOST_DRAWN,
    WEIGHTS,
    Drawn,
    Ended,
    Part,
    Step,
    Why,
    agreement,
    appeal_no,
    drawn,
    judged_twice,
    lot,
    marks_fault,
    may_judge,
    scored,
    size_of,
)

AT = datetime(2026, 11, 23, tzinfo=UTC)
SEED = "a seed"
DONE: dict[Step, int | None] = dict.fromkeys(Step, 2)


def ended(**families: int) -> list[Ended]:
    return [Ended(f"{family}-{n}", family) for family, count in families.items() for n in range(count)]


@pytest.mark.parametrize(
    ("reasons", "size"),
    [
        ([Why.BASE], 3),
        ([], 3),
        ([Why.BASE, Why.NEW], 5),
        ([Why.BASE, Why.KEPT, Why.REOPENED], 7),
        ([Why.SATISFACTION, Why.KEPT, Why.REOPENED, Why.NEW], MOST_DRAWN),
        ([Why.KEPT, Why.KEPT], 5),
    ],
)
def test_more_are_drawn_where_figures_are_low(reasons: list[Why], size: int) -> None:
    assert size_of(reasons) == size


@pytest.mark.parametrize(
    ("families", "reasons", "found"),
    [
        ({"goods": 10, "delivery": 2, "price": 1}, [], {"goods": 1, "delivery": 1, "price": 1}),
        ({"goods": 10, "delivery": 2}, [], {"goods": 2, "delivery": 1}),
        ({"goods": 10, "delivery": 2}, [Why.NEW], {"goods": 3, "delivery": 2}),
        ({"goods": 2}, [Why.NEW], {"goods": 2}),  # never more than there are
        ({}, [], {}),
        ({"goods": 30}, list(Why), {"goods": 8}),
    ],
)
def test_every_kind_has_its_turn(families: dict[str, int], reasons: list[Why], found: dict[str, int]) -> None:
    chosen = drawn(SEED, ended(**families), reasons)
    counts = {family: sum(one.family == family for one in chosen) for family in found}
    if families == {"goods": 10, "delivery": 2}:
        assert sum(counts.values()) == size_of(reasons)
        assert counts["delivery"] in (1, 2)  # whose turn comes first, the lots say
    else:
        assert counts == found
    assert all(one.of_family == families[one.family] for one in chosen)


def test_a_draw_is_the_same_whoever_reckons_it_and_another_by_another_seed() -> None:
    there = ended(goods=40)
    first = drawn(SEED, there, [])
    assert drawn(SEED, list(reversed(there)), []) == first
    assert {one.ref for one in first} == set(sorted((one.ref for one in there), key=lambda ref: lot(SEED, ref))[:3])
    others = {tuple(one.ref for one in drawn(f"seed {n}", there, [])) for n in range(20)}
    assert len(others) == 20
    assert isinstance(first[0], Drawn)


def test_everybody_has_the_same_chance_and_one_in_ten_is_read_twice() -> None:
    there = ended(goods=10)
    hits = {one.ref: 0 for one in there}
    for n in range(2_000):
        for one in drawn(f"seed {n}", there, []):
            hits[one.ref] += 1
    assert all(500 < count < 700 for count in hits.values())  # 600 each, five standard deviations
    twice = sum(judged_twice(f"seed {n}", "C-1") for n in range(5_000))
    assert 400 < twice < 600


@pytest.mark.parametrize(
    ("changes", "score", "capped"),
    [
        ({}, 10_000, False),
        ({Step.GREET: 0}, 9_166, False),  # 22 of 24
        ({Step.ASK: 0}, 8_333, False),  # twice the weight
        ({Step.ASK: 1}, 9_166, False),
        ({Step.GREET: None, Step.PART: None}, 10_000, False),  # had no place: counts neither way
        ({Step.CARE: 0}, CAP, True),
        ({Step.CARE: 1}, 9_166, False),
        (dict.fromkeys(Step, 0), 0, False),  # lower than the cap already
    ],
)
def test_a_score_is_the_weighed_share_and_the_critical_step_caps_it(
    changes: dict[Step, int | None], score: int, capped: bool
) -> None:
    result = scored(DONE | changes, WEIGHTS)
    assert (result.score, result.capped) == (score, capped)


def test_a_weight_of_nothing_counts_nothing() -> None:
    assert scored(DONE | {Step.GREET: 0}, {**WEIGHTS, Step.GREET: 0}).score == 10_000
    with pytest.raises(ValueError, match="nothing"):
        scored(dict.fromkeys(Step), WEIGHTS)


@pytest.mark.parametrize(
    ("marks", "fault"),
    [
        (DONE, None),
        ({**DONE, Step.ASK: None}, None),
        ({**DONE, Step.CARE: None}, "quality_care_needed"),
        ({**DONE, Step.ASK: 3}, "quality_marks"),
        ({Step.ASK: 2}, "quality_marks"),
        ({**dict.fromkeys(Step), Step.CARE: 2}, "quality_nothing"),
    ],
)
def test_a_sheet_must_say_something_of_each_step(marks: dict[Step, int | None], fault: str | None) -> None:
    assert marks_fault(marks) == fault


@pytest.mark.parametrize(
    ("person", "part", "may"),
    [
        (9, Part(1, frozenset({1, 2})), True),
        (1, Part(1, frozenset({1})), False),  # her own
        (2, Part(1, frozenset({1, 2})), False),  # she had it before
        (9, Part(1, frozenset({1}), (9,)), False),  # she has judged it
        (9, Part(1, frozenset({1}), (8,)), True),
    ],
)
def test_nobody_judges_what_she_had_a_part_in(person: int, part: Part, may: bool) -> None:
    assert may_judge(person, part) is may


@pytest.mark.parametrize(
    ("scored_at", "had", "no"),
    [
        (AT, False, None),
        (AT - APPEAL_FOR, False, None),
        (AT - APPEAL_FOR - timedelta(seconds=1), False, "quality_appeal_over"),
        (AT, True, "quality_appealed"),
        (None, False, "quality_unscored"),
    ],
)
def test_an_appeal_is_made_once_within_seven_days(scored_at: datetime | None, had: bool, no: str | None) -> None:
    assert appeal_no(scored_at, had, AT) == no


@pytest.mark.parametrize(
    ("pairs", "n", "equal", "kappa"),
    [
        ([], 0, 0, None),
        ([("2", "2")] * 5, 5, 5, None),  # one mark is all there is: chance would agree as well
        ([("2", "2")] * 5 + [("0", "0")] * 5, 10, 10, 1.0),
        # Cohen's own kind of table: 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no.
        ([("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15, 50, 35, 0.4),
        ([("0", "2"), ("2", "0")], 2, 0, -1.0),
    ],
)
def test_agreement_is_reckoned_beyond_chance(
    pairs: list[tuple[str, str]], n: int, equal: int, kappa: float | None
) -> None:
    found = agreement(pairs)
    assert (found.n, found.equal) == (n, equal)
    assert found.kappa == (kappa if kappa is None else pytest.approx(kappa))
