"""Questions as values: numbers as people type them, JSON in both directions."""

import json
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given, settings

from courses.questions.content import Difficulty, Kind, Question, TrueFalse, read_number
from tests.courses.questions import draw
from tests.courses.questions.cast import ask


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("48", "48"),
        ("\uff14\uff18", "48"),
        (" 4 8 ", "48"),
        ("\u300048\u3000", "48"),
        ("48\u3002", "48"),
        ("48\u30025", "48.5"),
        ("48\uff0e5", "48.5"),
        ("1,234,567.89", "1234567.89"),
        ("1\uff0c234", "1234"),
        ("\uff0d3", "-3"),
        ("\u22123", "-3"),
        ("+3", "3"),
        (".5", "0.5"),
        ("3.", "3"),
        ("1e3", "1000"),
        ("1.6E-19", "0.00000000000000000016"),
        ("12,34", None),
        ("3,5", None),
        ("0,123", None),
        ("1,2345", None),
        ("", None),
        (".", None),
        ("-", None),
        ("1e99", None),
        ("1e1000000000", None),
        ("9" * 41, None),
        ("1_000", None),
        ("\u0664\u0668", None),
        ("\u2460", None),
        ("4\u00b2", None),
        ("0x10", None),
        ("nan", None),
        ("\u56db\u5341\u516b", None),
    ],
)
def test_a_typed_number(typed: str, number: str | None) -> None:
    read = read_number(typed)
    assert (None if read is None else format(read.normalize(), "f")) == number


@given(draw.questions)
@settings(max_examples=200, deadline=None, database=None)
def test_json_both_ways(question: Question) -> None:
    stored = json.loads(json.dumps(msgspec.to_builtins(question)))
    assert msgspec.convert(stored, Question) == question
    assert Kind(stored["body"]["kind"]) is question.kind


def test_json_in_full() -> None:
    question = replace(ask(TrueFalse(True, "yes")), tags=("stoves",), difficulty=Difficulty.HARD, must=True)
    assert json.loads(msgspec.json.encode(question)) == {
        "code": "stove-01",
        "stem": "Which pan?",
        "body": {"kind": "truefalse", "right": True, "when_right": "yes", "when_wrong": ""},
        "format": "markdown",
        "explanation": "",
        "tags": ["stoves"],
        "difficulty": "hard",
        "must": True,
    }
