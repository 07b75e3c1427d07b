"""What a question is made of, as plain values: no database, no language, the same in both directions of JSON.

`msgspec.to_builtins(question)` gives what a JSON column keeps; `msgspec.convert(value, Question)` gives it back.
Shares are basis points of the item: 10,000 = all of it; a negative share takes away.
"""

import re
from dataclasses import dataclass
from decimal import Context, Decimal
from enum import StrEnum

from msgspec import Struct

FULL = 10_000
LONGEST_TEXT = 4_000
LONGEST_CODE = 80
LONGEST_TAG = 50
MOST_TAGS = 20
MOST_CHOICES = 30
LONGEST_NUMBER = 40

# Two numbers of LONGEST_NUMBER characters add, halve and compare in it without rounding.
EXACT = Context(prec=3 * LONGEST_NUMBER)


class Kind(StrEnum):
    """How a question is answered; also the tag of its body in JSON."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    TRUEFALSE = "truefalse"
    NUMERIC = "numeric"
    SHORT = "short"
    MATCHING = "matching"


class Difficulty(StrEnum):
    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"


class TextFormat(StrEnum):
    """How the texts of a question are written; `moodle` is plain text with HTML allowed and line breaks kept."""

    MARKDOWN = "markdown"
    HTML = "html"
    PLAIN = "plain"
    MOODLE = "moodle"


@dataclass(frozen=True, slots=True)
class Choice:
    """One option, or one accepted text of a short answer, and the share of the item that it earns."""

    text: str
    share: int = 0
    feedback: str = ""


@dataclass(frozen=True, slots=True)
class Number:
    """An accepted number and how far from it counts as the same; both are decimal strings, without a unit."""

    value: str
    tolerance: str = "0"
    share: int = FULL
    feedback: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    left: str
    right: str


# Structs, not dataclasses, because only a Struct can carry the tag that tells one body from another in JSON.
class Single(Struct, frozen=True, tag_field="kind", tag=Kind.SINGLE.value):
    choices: tuple[Choice, ...]


class Multiple(Struct, frozen=True, tag_field="kind", tag=Kind.MULTIPLE.value):
    choices: tuple[Choice, ...]


class TrueFalse(Struct, frozen=True, tag_field="kind", tag=Kind.TRUEFALSE.value):
    right: bool
    when_right: str = ""
    when_wrong: str = ""


class Numeric(Struct, frozen=True, tag_field="kind", tag=Kind.NUMERIC.value):
    """The first number that the answer is near enough to decides the share."""

    answers: tuple[Number, ...]


class Short(Struct, frozen=True, tag_field="kind", tag=Kind.SHORT.value):
    r"""The first text that fits decides; `*` stands for any run of characters, `\*` for itself; case is ignored."""

    accepted: tuple[Choice, ...]


class Matching(Struct, frozen=True, tag_field="kind", tag=Kind.MATCHING.value):
    pairs: tuple[Pair, ...]
    extras: tuple[str, ...] = ()

    @property
    def rights(self) -> tuple[str, ...]:
        """Every right side once, in the author's order; two lefts may share one."""
        return tuple(dict.fromkeys([*(pair.right for pair in self.pairs), *self.extras]))


Body = Single | Multiple | TrueFalse | Numeric | Short | Matching


@dataclass(frozen=True, slots=True)
class Question:
    """One edition of a question. `code` names it across editions and files; `must` = passing needs it right."""

    code: str
    stem: str
    body: Body
    format: TextFormat = TextFormat.MARKDOWN
    explanation: str = ""
    tags: tuple[str, ...] = ()
    difficulty: Difficulty = Difficulty.MEDIUM
    must: bool = False

    @property
    def kind(self) -> Kind:
        return Kind(str(self.body.__struct_config__.tag))


_NUMBER = re.compile(
    r"[+-]?(?:(?:[1-9]\d{0,2}(?:,\d{3})+|\d+)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,2})?",
    re.ASCII,
)
# Full-width digits and signs, the Chinese full stop, the real minus: what a phone keyboard in Chinese sends.
_NARROW = str.maketrans(
    {**{0xFF10 + digit: str(digit) for digit in range(10)}}
    | {0xFF0C: ",", 0xFF0E: ".", 0x3002: ".", 0xFF61: ".", 0xFF0B: "+", 0xFF0D: "-", 0x2212: "-"}
)


def read_number(typed: str) -> Decimal | None:
    """The number that a person typed (spaces, full width, thousands commas forgiven), or None if it is none."""
    if len(typed) > 2 * LONGEST_NUMBER:
        return None
    narrow = "".join(typed.translate(_NARROW).split())
    if len(narrow) > LONGEST_NUMBER or not _NUMBER.fullmatch(narrow):
        return None
    number = Decimal(narrow.replace(",", ""))
    return number if len(plain_number(number)) <= LONGEST_NUMBER else None


def plain_number(number: Decimal) -> str:
    """A number as content keeps it: digits and a point, no exponent."""
    return format(number, "f")
