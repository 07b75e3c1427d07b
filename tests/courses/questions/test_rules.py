"""What answers earn, what a learner may see, and which questions cannot be graded: as tables of cases."""

import json
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courses.questions.rules import (
    FULL,
    Body,
    Choice,
    Difficulty,
    Grade,
    Matching,
    Multiple,
    Number,
    Numeric,
    Option,
    Pair,
    Question,
    Short,
    Single,
    TrueFalse,
    for_learner,
    grade,
    is_answer,
    shown_answer,
    shuffled_order,
    stored_answer,
)
from tests.courses.questions import draw
from tests.courses.questions.cast import HOURS, MATCHING, MULTIPLE, SEVENTHS, SHORT, SINGLE, THIRDS, TRUE, ask

relaxed = settings(max_examples=200, deadline=None, database=None)
any_json = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 40) | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=6,
)


@pytest.mark.parametrize(
    ("question", "given_answer", "share"),
    [
        (SINGLE, [1], FULL),
        (SINGLE, [0], 0),
        (SINGLE, [2], 5_000),
        (SINGLE, [3], 0),
        (SINGLE, [], 0),
        (SINGLE, [1, 2], 0),
        (SINGLE, [4], 0),
        (SINGLE, [-1], 0),
        (SINGLE, [True], 0),
        (SINGLE, [1.0], 0),
        (SINGLE, 1, 0),
        (SINGLE, ["1"], 0),
        (MULTIPLE, [0, 1], FULL),
        (MULTIPLE, [1, 0], FULL),
        (MULTIPLE, [0], 5_000),
        (MULTIPLE, [0, 3], 2_500),
        (MULTIPLE, [0, 2], 0),
        (MULTIPLE, [2, 3], 0),
        (MULTIPLE, [0, 1, 2, 3], 2_500),
        (MULTIPLE, [0, 0], 0),
        (MULTIPLE, [], 0),
        (THIRDS, [0, 1, 2], FULL),
        (THIRDS, [0, 1], 6_666),
        (THIRDS, [0, 1, 2, 3], 0),
        (SEVENTHS, [0, 1, 2, 3, 4, 5, 6], FULL),
        (SEVENTHS, [0, 1, 2, 3, 4, 5], 8_574),
        (TRUE, True, FULL),
        (TRUE, False, 0),
        (TRUE, 1, 0),
        (TRUE, "true", 0),
        (ask(TrueFalse(False)), False, FULL),
        (HOURS, "48", FULL),
        (HOURS, " 48.0 ", FULL),
        (HOURS, "48.5", 5_000),
        (HOURS, "50", 5_000),
        (HOURS, "50.0000000001", 0),
        (HOURS, "1,200.5", FULL),
        (HOURS, "1200.505", FULL),
        (HOURS, "1200.5051", 0),
        (HOURS, "", 0),
        (HOURS, "48 h", 0),
        (HOURS, 48, 0),
        (HOURS, "1e99", 0),
        (SHORT, "carrier", FULL),
        (SHORT, "  CARRIER ", FULL),
        (SHORT, "\uff23\uff41rrier", FULL),
        (SHORT, "carriage", 6_000),
        (SHORT, "carri", 6_000),
        (SHORT, "a carrier", 0),
        (SHORT, "5 * 3", FULL),
        (SHORT, "5   *\u30003", FULL),
        (SHORT, "5 x 3", 0),
        (SHORT, "The owner of the store", 7_500),
        (SHORT, "the of store", 0),
        (SHORT, "abc-cba", 2_000),
        (SHORT, "abcba", 0),
        (SHORT, "", 0),
        (SHORT, ["carrier"], 0),
        (SHORT, "carrier" + " " * 1_000, 0),
        (MATCHING, {"0": 0, "1": 1, "2": 1}, FULL),
        (MATCHING, {"0": 0, "1": 1}, 6_667),
        (MATCHING, {"0": 0, "1": 2, "2": 0}, 3_333),
        (MATCHING, {}, 0),
        (MATCHING, {"0": 3}, 0),
        (MATCHING, {"3": 0}, 0),
        (MATCHING, {"00": 0}, 0),
        (MATCHING, {"0": "0"}, 0),
        (MATCHING, [0, 1, 1], 0),
    ],
)
def test_an_answer_earns(question: Question, given_answer: object, share: int) -> None:
    assert grade(question, given_answer) == Grade(share, share == FULL)


@pytest.mark.parametrize(
    ("question", "fitting", "unfitting"),
    [
        (SINGLE, ([], [3]), ([0, 1], [4], [-1], [True], ["0"], {}, None, 0, "0")),
        (MULTIPLE, ([], [0, 3], [3, 2, 1, 0]), ([0, 0], [4], [0.0], [None], [[0]], "01", True)),
        (TRUE, (True, False), (None, 0, 1, "true", [], [True])),
        (HOURS, ("48", "", " ", "-1.5"), (48, "abc", "4,8", "1__0", None, ["48"], " " * 401, "nan", "inf")),
        (SHORT, ("", "anything", "x" * 400), ("x" * 401, "a\x00", "\ud800", 1, None, [])),
        (MATCHING, ({}, {"2": 2}), ({"3": 0}, {"0": 3}, {"0": True}, {"0": None}, {"": 0}, [], None)),
    ],
)
def test_the_shape_of_an_answer(question: Question, fitting: tuple[object, ...], unfitting: tuple[object, ...]) -> None:
    assert [answer for answer in fitting if not is_answer(question, answer)] == []
    assert [answer for answer in unfitting if is_answer(question, answer)] == []


@given(draw.questions, any_json)
@relaxed
def test_no_answer_breaks_grading(question: Question, answer: object) -> None:
    earned = grade(question, answer)
    assert 0 <= earned.share_bp <= FULL
    assert earned.correct == (earned.share_bp == FULL)
    assert is_answer(question, answer) or earned.share_bp == 0


@given(draw.bodies, st.text(), any_json)
@relaxed
def test_not_even_of_a_faulty_question(body: Body, text: str, answer: object) -> None:
    broken = Numeric((Number(text, text),)) if isinstance(body, Numeric) else Matching(())
    for faulty in (broken, Short((Choice(text, FULL),)), Single(()), Multiple(())):
        assert 0 <= grade(ask(faulty), answer).share_bp <= FULL


def test_a_learner_sees_no_key() -> None:
    body = Single((Choice("wrong one", 0, "feedback of wrong"), Choice("right one", FULL, "feedback of right")))
    question = replace(ask(body), explanation="the explanation", tags=("stoves",), must=True)
    assert json.loads(msgspec.json.encode(for_learner(question, (1, 0)))) == {
        "kind": "single",
        "stem": "Which pan?",
        "format": "markdown",
        "options": [{"index": 0, "text": "right one"}, {"index": 1, "text": "wrong one"}],
        "lefts": [],
        "rights": [],
    }


def test_a_matching_question_is_shown_as_two_lists() -> None:
    public = for_learner(MATCHING, (2, 0, 1))
    assert public.lefts == (Option(0, "late"), Option(1, "lost"), Option(2, "gone"))
    assert public.rights == (Option(0, "refund"), Option(1, "hurry"), Option(2, "claim"))
    assert public.options == ()


@pytest.mark.parametrize("question", [TRUE, HOURS, SHORT])
def test_other_kinds_show_only_their_stem(question: Question) -> None:
    public = for_learner(question, shuffled_order(question, 7))
    assert (public.stem, public.options, public.lefts, public.rights) == ("Which pan?", (), (), ())


@given(draw.questions, st.integers())
@relaxed
def test_what_is_shown_holds_nothing_that_sets_the_right_answer_apart(question: Question, seed: int) -> None:
    """Two questions with the same texts and opposite keys look the same."""
    order = shuffled_order(question, seed)
    turned: Body = question.body
    if isinstance(turned, Single | Multiple):
        turned = type(turned)(tuple(replace(choice, share=-choice.share, feedback="") for choice in turned.choices))
    elif isinstance(turned, Matching):
        rights = turned.rights
        turned = Matching(tuple(Pair(pair.left, rights[-1]) for pair in turned.pairs), rights)
        order = tuple(turned.rights.index(rights[index]) for index in order)
    other = replace(question, body=turned, explanation="", must=False, difficulty=Difficulty.EASY, tags=())
    assert for_learner(question, shuffled_order(question, seed)) == for_learner(other, order)


@pytest.mark.parametrize("order", [(), (0, 1, 2), (0, 1, 2, 2), (1, 2, 3, 4), (0, 1, 2, 3, 4)])
def test_an_order_of_another_question_is_an_error(order: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="not an order of 4 options"):
        for_learner(SINGLE, order)
    with pytest.raises(ValueError, match="not an order of 4 options"):
        stored_answer(SINGLE, order, [0])
    with pytest.raises(ValueError, match="not an order of 4 options"):
        shown_answer(SINGLE, order, [0])


def test_the_same_seed_gives_the_same_order_for_good() -> None:
    assert shuffled_order(SINGLE, 20_260_101) == (3, 1, 0, 2)
    assert shuffled_order(replace(SINGLE, code="stove-02"), 20_260_101) == (3, 1, 0, 2)
    assert len({shuffled_order(SINGLE, seed) for seed in range(500)}) == 24


@given(draw.questions, st.integers())
@relaxed
def test_the_right_text_on_the_screen_is_the_right_answer(question: Question, seed: int) -> None:
    order = shuffled_order(question, seed)
    public = for_learner(question, order)
    shown: object
    match question.body:
        case Single(choices=options):
            right = {choice.text for choice in options if choice.share == FULL}
            shown = [next(option.index for option in public.options if option.text in right)]
        case Multiple(choices=options):
            right = {choice.text for choice in options if choice.share > 0}
            shown = sorted(option.index for option in public.options if option.text in right)
        case Matching(pairs=pairs):
            places = {option.text: option.index for option in public.rights}
            shown = {str(left.index): places[pairs[left.index].right] for left in public.lefts}
        case _:
            return
    stored = stored_answer(question, order, shown)
    assert grade(question, stored).correct
    assert shown_answer(question, order, stored) == shown


@pytest.mark.parametrize("answer", ["nonsense", None, [9], {"0": 1}, True])
def test_what_is_no_answer_is_not_renumbered(answer: object) -> None:
    assert stored_answer(MULTIPLE, (3, 2, 1, 0), answer) == answer
