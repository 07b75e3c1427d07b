"""Who may begin, when time is over, what a paper is worth."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certification.exams import rules
from certification.exams.rules import Blueprint, Draw, NotYet, Past, Scored, ShowAfter, Start

AT = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
PLAN = Blueprint(40, 8_000, 3, 12, ShowAfter.MISTAKES, (Draw("b", "t", "easy", 10),))
FAILED_LONG_AGO = Past(AT - 13 * HOUR, passed=False)
FAILED_JUST_NOW = Past(AT - HOUR, passed=False)


@pytest.mark.parametrize(
    ("history", "grants", "courses_done", "another_running", "verdict"),
    [
        ([], 0, True, False, Start(1, 3)),
        ([FAILED_LONG_AGO], 0, True, False, Start(2, 2)),
        ([FAILED_LONG_AGO] * 2, 0, True, False, Start(3, 1)),
        ([FAILED_LONG_AGO] * 3, 0, True, False, NotYet("exam_no_tries", 0)),
        ([FAILED_LONG_AGO] * 3, 1, True, False, Start(4, 1)),
        ([FAILED_LONG_AGO] * 4, 1, True, False, NotYet("exam_no_tries", 0)),
        ([FAILED_JUST_NOW], 0, True, False, NotYet("exam_cooldown", 2, AT + 11 * HOUR)),
        ([FAILED_LONG_AGO, FAILED_JUST_NOW], 0, True, False, NotYet("exam_cooldown", 1, AT + 11 * HOUR)),
        ([FAILED_JUST_NOW] * 3, 1, True, False, NotYet("exam_cooldown", 1, AT + 11 * HOUR)),
        ([FAILED_JUST_NOW] * 3, 0, True, False, NotYet("exam_no_tries", 0)),
        ([], 0, False, False, NotYet("exam_courses_first", 3)),
        ([Past(None, passed=False)], 0, True, True, NotYet("exam_running", 2)),
        ([], 0, True, True, NotYet("exam_running", 3)),
        ([Past(AT - HOUR, passed=True)], 5, True, False, NotYet("exam_passed", 7)),
    ],
)
def test_may_start(
    history: list[Past], grants: int, courses_done: bool, another_running: bool, verdict: Start | NotYet
) -> None:
    found = rules.may_start(history, grants, PLAN, AT, courses_done=courses_done, another_running=another_running)
    assert found == verdict


def test_the_cooldown_ends_at_its_very_second() -> None:
    sealed = AT - 12 * HOUR
    assert rules.may_start([Past(sealed, passed=False)], 0, PLAN, AT, courses_done=True) == Start(2, 2)
    early = AT - timedelta(seconds=1)
    assert rules.may_start([Past(sealed, passed=False)], 0, PLAN, early, courses_done=True) == NotYet(
        "exam_cooldown", 2, AT
    )


@pytest.mark.parametrize(
    ("after", "counts"),
    [(-1, True), (0, True), (9.9, True), (10, True), (10.001, False), (3600, False)],
)
def test_answers_count_until_the_tolerance_is_over(after: float, counts: bool) -> None:
    due = rules.deadline(AT, 40)
    assert due == AT + timedelta(minutes=40)
    assert rules.in_time(due, due + timedelta(seconds=after)) is counts
    assert rules.overdue(due, due + timedelta(seconds=after)) is not counts


@pytest.mark.parametrize(
    ("seq", "usable"),
    [(1, True), (2**53 - 1, True), (2**53, False), (0, False), (-1, False), (True, False), ("1", False), (1.0, False)],
)
def test_is_seq(seq: object, usable: bool) -> None:
    assert rules.is_seq(seq) is usable


def test_an_answer_without_a_number_comes_after_all_others() -> None:
    ms = int(AT.timestamp() * 1000)
    assert rules.next_seq(0, AT) == ms
    assert rules.next_seq(ms, AT) == ms + 1
    assert rules.next_seq(ms + 10, AT) == ms + 11


@pytest.mark.parametrize(
    ("answer", "answered"),
    [
        (None, False),
        ([], False),
        ({}, False),
        ("", False),
        ("  ", False),
        ([0], True),
        (False, True),
        ("0", True),
        ({"0": 1}, True),
    ],
)
def test_is_answered(answer: object, answered: bool) -> None:
    assert rules.is_answered(answer) is answered


def item(share: int, *, points: int = 1, must: bool = False, tag: str = "t") -> Scored:
    return Scored(tag, must, points, share)


def test_a_score_at_the_mark_passes_and_one_below_does_not() -> None:
    at_mark = rules.score([item(10_000)] * 8 + [item(0)] * 2, 8_000)
    assert (at_mark.score_bp, at_mark.passed, at_mark.points, at_mark.max_points) == (8_000, True, 8, 10)
    below = rules.score([item(10_000)] * 7 + [item(9_999)] + [item(0)] * 2, 8_000)
    assert (below.score_bp, below.passed) == (7_999, False)


def test_a_must_item_missed_wholly_fails_whatever_the_score() -> None:
    items = [item(10_000)] * 9 + [item(0, must=True)]
    result = rules.score(items, 8_000)
    assert (result.score_bp, result.must_missed, result.passed) == (9_000, 1, False)
    partly = rules.score([item(10_000)] * 9 + [item(1, must=True)], 8_000)
    assert (partly.must_missed, partly.passed) == (0, True)


def test_points_weigh_and_partial_credit_counts() -> None:
    result = rules.score([item(10_000, points=3), item(5_000), item(0)], 6_000)
    assert (result.score_bp, result.max_points, result.passed) == (7_000, 5, True)


def test_nothing_asked_is_nothing_passed() -> None:
    assert rules.score([], 0).passed is False


def test_topics_are_told_apart() -> None:
    items = [item(10_000, tag="a"), item(5_000, tag="a"), item(0, tag="b", points=2)]
    told = [(one.tag, one.right, one.total, one.share_bp) for one in rules.score(items, 0).by_tag]
    assert told == [("a", 1, 2, 7_500), ("b", 0, 1, 0)]


@pytest.mark.parametrize(("right", "of", "more"), [(22, 30, 2), (23, 30, 1), (24, 30, 0), (0, 30, 24), (7, 10, 1)])
def test_more_needed(right: int, of: int, more: int) -> None:
    assert rules.more_needed([item(10_000)] * right + [item(0)] * (of - right), 8_000) == more


shares = st.integers(-10_000, 20_000)
papers = st.lists(
    st.builds(Scored, st.sampled_from("abc"), st.booleans(), st.integers(1, 5), shares), min_size=1, max_size=60
)


@settings(deadline=None)
@given(papers, st.integers(100, 10_000))
def test_a_result_holds_together(items: list[Scored], pass_bp: int) -> None:
    result = rules.score(items, pass_bp)
    assert 0 <= result.score_bp <= 10_000
    assert 0 <= result.points <= result.max_points
    assert sum(one.total for one in result.by_tag) == len(items)
    assert result.passed == (result.score_bp >= pass_bp and result.must_missed == 0)
    whole = all(one.share_bp >= 10_000 for one in items)
    assert (result.score_bp == 10_000) == whole
    assert (rules.more_needed(items, pass_bp) == 0) == (result.score_bp >= pass_bp)


@settings(deadline=None)
@given(papers, st.integers(0, 59))
def test_a_better_answer_never_lowers_the_score(items: list[Scored], place: int) -> None:
    place %= len(items)
    better = [*items]
    better[place] = Scored(items[place].tag, items[place].must, items[place].points, 10_000)
    assert rules.score(better, 8_000).score_bp >= rules.score(items, 8_000).score_bp
