"""Which questions cannot be graded sanely, and why: a table of cases."""

from dataclasses import replace

import pytest

from courses.questions.content import LONGEST_TEXT
from courses.questions.rules import (
    FULL,
    Choice,
    Fault,
    Matching,
    Multiple,
    Number,
    Numeric,
    Pair,
    Question,
    Short,
    Single,
    TrueFalse,
    faults,
)
from tests.courses.questions.cast import HOURS, MATCHING, MULTIPLE, SEVENTHS, SHORT, SINGLE, THIRDS, TRUE, ask, choices

LONG = "x" * (LONGEST_TEXT + 1)
PLAIN = ask(Single(choices(FULL, 0)))


@pytest.mark.parametrize(
    ("question", "codes"),
    [
        (SINGLE, []),
        (MULTIPLE, []),
        (THIRDS, []),
        (SEVENTHS, []),
        (TRUE, []),
        (HOURS, []),
        (SHORT, []),
        (MATCHING, []),
        (replace(PLAIN, code=""), [Fault.BAD_CODE]),
        (replace(PLAIN, code="a]"), [Fault.BAD_CODE]),
        (replace(PLAIN, code=" a"), [Fault.BAD_CODE]),
        (replace(PLAIN, code="a" * 81), [Fault.BAD_CODE]),
        (replace(PLAIN, tags=("easy",)), [Fault.BAD_TAG]),
        (replace(PLAIN, tags=("Must",)), [Fault.BAD_TAG]),
        (replace(PLAIN, tags=("a", "a")), [Fault.BAD_TAG]),
        (replace(PLAIN, tags=("a\n",)), [Fault.BAD_TAG]),
        (replace(PLAIN, tags=tuple(f"t{n}" for n in range(21))), [Fault.TOO_MANY_TAGS]),
        (replace(PLAIN, stem=" \n"), [Fault.EMPTY_STEM]),
        (replace(PLAIN, stem=LONG), [Fault.TEXT_TOO_LONG]),
        (replace(PLAIN, explanation=LONG), [Fault.TEXT_TOO_LONG]),
        (replace(PLAIN, stem="a\x00b"), [Fault.CONTROL_CHARACTER]),
        (replace(PLAIN, stem="a\ud800b"), [Fault.CONTROL_CHARACTER]),
        (ask(TrueFalse(True, when_wrong="\x1b[0m")), [Fault.CONTROL_CHARACTER]),
        (ask(Single((Choice("a", FULL, LONG), Choice("b")))), [Fault.TEXT_TOO_LONG]),
        (ask(Single(choices(FULL))), [Fault.TOO_FEW_CHOICES, Fault.NO_WRONG_CHOICE]),
        (ask(Single(())), [Fault.TOO_FEW_CHOICES, Fault.NO_RIGHT_ANSWER]),
        (ask(Single(choices(FULL, *[0] * 30))), [Fault.TOO_MANY_CHOICES]),
        (ask(Single(choices(0, 5_000))), [Fault.NO_RIGHT_ANSWER]),
        (ask(Single(choices(FULL, FULL))), [Fault.NO_WRONG_CHOICE]),
        (ask(Single(choices(FULL, -10_001))), [Fault.BAD_WEIGHT]),
        (ask(Single((Choice("same", FULL), Choice(" same ")))), [Fault.DUPLICATE_CHOICES]),
        (ask(Single((Choice("a", FULL), Choice(" ")))), [Fault.EMPTY_CHOICE]),
        (ask(Multiple(choices(0, -5_000))), [Fault.NO_RIGHT_ANSWER]),
        (ask(Multiple(choices(5_000, 4_000, 0))), [Fault.WEIGHTS_NOT_100]),
        (ask(Multiple(choices(5_000, 5_002, 0))), [Fault.WEIGHTS_NOT_100]),
        (ask(Numeric(())), [Fault.NO_RIGHT_ANSWER]),
        (ask(Numeric((Number("48", "0", 5_000),))), [Fault.NO_RIGHT_ANSWER]),
        (ask(Numeric((Number("two"),))), [Fault.BAD_NUMBER]),
        (ask(Numeric((Number("2", "-1"),))), [Fault.BAD_NUMBER]),
        (ask(Numeric((Number("2", ""),))), [Fault.BAD_NUMBER]),
        (ask(Short(())), [Fault.NO_RIGHT_ANSWER]),
        (ask(Short((Choice("", FULL),))), [Fault.EMPTY_CHOICE, Fault.ANY_ANSWER_RIGHT]),
        (ask(Short((Choice("* *", FULL),))), [Fault.ANY_ANSWER_RIGHT]),
        (ask(Short((Choice("yes", FULL), Choice("*")))), []),
        (ask(Matching((Pair("a", "b"),))), [Fault.TOO_FEW_CHOICES]),
        (ask(Matching((Pair("a", "b"), Pair("c", "b")))), [Fault.TOO_FEW_CHOICES]),
        (ask(Matching((Pair("a", "b"), Pair("a", "c")))), [Fault.DUPLICATE_CHOICES]),
        (ask(Matching((Pair("a", "b"), Pair("c", "d")), ("b",))), [Fault.DUPLICATE_CHOICES]),
        (ask(Matching((Pair("a", "b"), Pair("", "d")))), [Fault.EMPTY_CHOICE]),
    ],
)
def test_faults(question: Question, codes: list[str]) -> None:
    assert faults(question) == codes
