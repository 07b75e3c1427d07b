r"""The smallest pieces of GIFT, both ways: escapes, format marks `[html]`, weights `%50%`.

While a file is taken apart its escaped characters are *held*: each stands as a lone surrogate, which no readable
text contains, so that splitting on `~ = # { } :` cannot meet a character that was meant as text.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from courses.questions.content import FULL, TextFormat

Text = Callable[[str], str]

_NAMED = {"n": "\n"} | {mark: mark for mark in "\\~=#{}:"}
_HELD = {name: chr(0xDC00 + place) for place, name in enumerate(_NAMED)}
_RELEASED = str.maketrans({_HELD[name]: text for name, text in _NAMED.items()})
_ESCAPED = str.maketrans({text: "\\" + name for name, text in _NAMED.items()})
_ESCAPE = re.compile(r"\\([\\~=#{}:n])")
_SURROGATE = re.compile("[\ud800-\udfff]")
_FORMAT = re.compile(r"\[(markdown|html|plain|moodle)\]")
_WEIGHT = re.compile(r"%(-?\d{1,3}(?:\.\d{0,9})?)%", re.ASCII)


class Gift(StrEnum):
    """Codes of what is wrong with a question as GIFT, or with the file; each has its sentence in the catalog."""

    NOT_UTF8 = "not_utf8"
    FILE_TOO_LARGE = "file_too_large"
    TOO_MANY_QUESTIONS = "too_many_questions"
    DUPLICATE_CODE = "duplicate_code"
    UNCLOSED_NAME = "unclosed_name"
    UNCLOSED = "unclosed"
    STRAY_BRACE = "stray_brace"
    SECOND_BRACES = "second_braces"
    MARK_INSIDE_LINE = "mark_inside_line"
    UNREADABLE_ANSWERS = "unreadable_answers"
    WEIGHT_AFTER_EQUALS = "weight_after_equals"
    NO_ARROW = "no_arrow"


class Lost(StrEnum):
    """Codes of what was read but not kept, or deserves a look; each has its sentence in the catalog."""

    ESSAY = "essay"
    DESCRIPTION = "description"
    CATEGORY = "category"
    NAME = "name"
    MIXED_FORMAT = "mixed_format"
    NUMERIC_FEEDBACK = "numeric_feedback"
    TWO_LEVELS = "two_levels"
    TICKING_ALL_WINS = "ticking_all_wins"


class Broken(Exception):
    """This question cannot be read; `code` says why. Never leaves the reader."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def hold(text: str) -> str:
    return _ESCAPE.sub(lambda found: _HELD[found[1]], _SURROGATE.sub("\ufffd", text))


def release(held: str) -> str:
    return held.translate(_RELEASED)


def escape(text: str) -> str:
    return text.translate(_ESCAPED)


def split_format(held: str) -> tuple[TextFormat | None, str]:
    """The format mark that a text begins with, if any, and the text itself, readable and without outer space."""
    found = _FORMAT.match(held.strip())
    if not found:
        return None, release(held).strip()
    return TextFormat(found[1]), release(held.strip()[found.end() :]).strip()


def split_weight(held: str) -> tuple[int | None, str]:
    """The weight that an answer begins with, in basis points, and the rest."""
    found = _WEIGHT.match(held.lstrip())
    if not found:
        return None, held
    return round(Decimal(found[1]) * 100), held.lstrip()[found.end() :]


def looks_marked(text: str) -> bool:
    """Whether a plain text begins like a mark, so that a writer must put a true mark before it."""
    return bool(_FORMAT.match(text) or _WEIGHT.match(text))


def percent(share: int) -> str:
    """Basis points as a weight. Thirds, sixths, sevenths, ninths get the five places that Moodle knows them by."""
    simple = Fraction(share, FULL).limit_denominator(9)
    exact = simple if round(simple * FULL) == share else Fraction(share, FULL)
    return f"{float(exact * 100):.5f}".rstrip("0").rstrip(".")
