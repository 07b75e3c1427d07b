"""What stands between the braces of a GIFT question, read into a body. Held text comes in (see gift_text)."""

import re
from decimal import Decimal

from courses.questions.content import (
    EXACT,
    FULL,
    MOST_CHOICES,
    Body,
    Choice,
    Matching,
    Multiple,
    Number,
    Numeric,
    Pair,
    Short,
    Single,
    TrueFalse,
    plain_number,
    read_number,
)
from courses.questions.faults import Fault
from courses.questions.gift_text import Broken, Gift, Text, split_weight

_TRUTHS = {"T": True, "TRUE": True, "F": False, "FALSE": False}


def read_body(inside: str, text: Text) -> Body:
    """The answers of one question, without its general feedback. Raises Broken."""
    truth = _TRUTHS.get(inside.partition("#")[0].strip().upper())
    if truth is not None:
        return _true_false(inside, truth, text)
    if inside.startswith("#"):
        return _numeric(inside[1:].partition("~")[0], text)
    _check_marks(inside)
    if "~" in inside:
        return _choices(inside, text)
    items = _items(inside)
    if "->" in inside and all(split_weight(item)[0] is None for item in items):
        return _matching(items, text)
    return Short(tuple(_accepted(item, text) for item in items))


def numeric_feedback(inside: str) -> bool:
    """Whether a numeric body has feedback for every other number, which we have no place for."""
    return inside.startswith("#") and bool(inside.partition("~")[2].strip(" \t\n#"))


def _check_marks(inside: str) -> None:
    """Refuse what would be read wrongly in silence: `~` or `=` meant as text, as in "3~5 days".

    Where answers stand one a line, a mark inside a line was meant as text and should have been escaped.
    """
    marks = inside.count("~") + inside.count("=")
    if marks > MOST_CHOICES:
        raise Broken(Fault.TOO_MANY_CHOICES)
    leading = sum(line.lstrip().startswith(("~", "=")) for line in inside.split("\n"))
    if leading > 1 and marks > leading:
        raise Broken(Gift.MARK_INSIDE_LINE)


def _items(inside: str) -> list[str]:
    before, *items = inside.split("=")
    if before.strip() or not items:
        raise Broken(Gift.UNREADABLE_ANSWERS)
    return items


def _answer(held: str, text: Text) -> tuple[str, str]:
    answer, _, feedback = held.partition("#")
    return text(answer), text(feedback)


def _true_false(inside: str, truth: bool, text: Text) -> TrueFalse:
    _, wrong, right = [*inside.split("#", 2), "", ""][:3]
    return TrueFalse(truth, when_right=text(right), when_wrong=text(wrong))


def _choices(inside: str, text: Text) -> Single | Multiple:
    before, *pieces = re.split("([~=])", inside)
    if before.strip():
        raise Broken(Gift.UNREADABLE_ANSWERS)
    choices = tuple(_choice(mark, held, text) for mark, held in zip(pieces[::2], pieces[1::2], strict=True))
    return Single(choices) if "=" in inside else Multiple(choices)


def _choice(mark: str, held: str, text: Text) -> Choice:
    weight, rest = split_weight(held)
    if mark == "=" and weight is not None:
        # Moodle would give it all and show the weight as text; whoever wrote it meant something else.
        raise Broken(Gift.WEIGHT_AFTER_EQUALS)
    answer, feedback = _answer(rest, text)
    return Choice(answer, FULL if mark == "=" else weight or 0, feedback)


def _accepted(held: str, text: Text) -> Choice:
    weight, rest = split_weight(held)
    answer, feedback = _answer(rest, text)
    return Choice(answer, FULL if weight is None else weight, feedback)


def _matching(items: list[str], text: Text) -> Matching:
    pairs, extras = [], []
    for item in items:
        left, arrow, right = item.partition("->")
        if not arrow:
            raise Broken(Gift.NO_ARROW)
        pair = Pair(text(left), text(right))
        if pair.left:
            pairs.append(pair)
        else:
            extras.append(pair.right)
    return Matching(tuple(pairs), tuple(extras))


def _numeric(inside: str, text: Text) -> Numeric:
    if inside.count("=") > MOST_CHOICES:
        raise Broken(Fault.TOO_MANY_CHOICES)
    first, *items = inside.split("=")
    if first.strip():
        items = [first, *items]
    return Numeric(tuple(_number(item, text) for item in items))


def _number(held: str, text: Text) -> Number:
    weight, rest = split_weight(held)
    answer, feedback = _answer(rest, text)
    value, tolerance = _range(answer) if ".." in answer else _margin(answer)
    return Number(plain_number(value), plain_number(tolerance), FULL if weight is None else weight, feedback)


def _margin(answer: str) -> tuple[Decimal, Decimal]:
    value, colon, tolerance = answer.partition(":")
    return _decimal(value), _decimal(tolerance) if colon else Decimal(0)


def _range(answer: str) -> tuple[Decimal, Decimal]:
    low, _, high = answer.partition("..")
    least, most = _decimal(low), _decimal(high)
    middle = EXACT.divide(EXACT.add(least, most), Decimal(2))
    return middle, EXACT.subtract(most, middle)


def _decimal(typed: str) -> Decimal:
    number = read_number(typed)
    if number is None:
        raise Broken(Fault.BAD_NUMBER)
    return number
