"""The room's decisions: what an answer earns, and what a learner may see before she gives one.

Answers are plain JSON: `[2]` for a single choice, `[0, 3]` for a multiple, `true`, `"48"`, `{"0": 2, "1": 0}`.
Two numberings: *stored* is the author's order, which `grade` reads; *shown* is the place on her screen, which
`for_learner` gives out. A browser never sees the stored one: an author's habits, and in a matching question the
very key, could be read from it. `stored_answer` and `shown_answer` cross over by the attempt's frozen order.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeGuard

from courses.questions.content import (
    EXACT,
    FULL,
    Body,
    Choice,
    Difficulty,
    Kind,
    Matching,
    Multiple,
    Number,
    Numeric,
    Pair,
    Question,
    Short,
    Single,
    TextFormat,
    TrueFalse,
    read_number,
)
from courses.questions.faults import Fault, faults, is_writable, spare_share

# Other rooms take the values of this one from here too: rules is the door that they may use.
__all__ = [
    "FULL",
    "Body",
    "Choice",
    "Difficulty",
    "Fault",
    "Grade",
    "Kind",
    "Matching",
    "Multiple",
    "Number",
    "Numeric",
    "Option",
    "Pair",
    "PublicQuestion",
    "Question",
    "Short",
    "Single",
    "TextFormat",
    "TrueFalse",
    "faults",
    "for_learner",
    "grade",
    "is_answer",
    "read_number",
    "shown_answer",
    "shuffled_order",
    "stored_answer",
]

LONGEST_ANSWER = 400


@dataclass(frozen=True, slots=True)
class Grade:
    """What an answer earned of its item, in basis points from 0 to 10,000; `correct` only when all of it."""

    share_bp: int
    correct: bool


@dataclass(frozen=True, slots=True)
class Option:
    """A text to pick, and its place on the screen, which is what the answer names."""

    index: int
    text: str


@dataclass(frozen=True, slots=True)
class PublicQuestion:
    """A question without its key: the only shape that leaves the server before grading."""

    kind: Kind
    stem: str
    format: TextFormat
    options: tuple[Option, ...] = ()
    lefts: tuple[Option, ...] = ()
    rights: tuple[Option, ...] = ()


def grade(question: Question, given: object) -> Grade:
    """What the stored answer `given` earns; anything that is no answer earns nothing. Never raises."""
    if not is_answer(question, given):
        return _graded(0)
    match question.body, given:
        case Single(choices=choices) | Multiple(choices=choices), list():
            return _graded(_of_choices(choices, given))
        case TrueFalse(right=right), bool():
            return _graded(FULL if given is right else 0)
        case Numeric(answers=answers), str():
            return _graded(_of_numbers(answers, read_number(given)))
        case Short(accepted=accepted), str():
            return _graded(_of_texts(accepted, given))
        case Matching(), dict():
            return _graded(_of_pairs(question.body, given))
    return _graded(0)


def is_answer(question: Question, given: object) -> bool:
    """Whether `given` has the shape of an answer, stored or shown; an emptied answer (`[]`, `""`, `{}`) has."""
    match question.body:
        case Single(choices=choices):
            return _are_places(given, len(choices)) and len(given) <= 1
        case Multiple(choices=choices):
            return _are_places(given, len(choices))
        case TrueFalse():
            return isinstance(given, bool)
        case Numeric():
            return _is_line(given) and (not given.strip() or read_number(given) is not None)
        case Short():
            return _is_line(given)
        case Matching(pairs=pairs, rights=rights):
            return _are_matches(given, len(pairs), len(rights))


def shuffled_order(question: Question, seed: int) -> tuple[int, ...]:
    """The order in which to show what can be shuffled: same seed, same order, on any machine and version."""

    def place(index: int) -> bytes:
        return hashlib.sha256(f"{seed}:{question.code}:{index}".encode("utf-8", "replace")).digest()

    return tuple(sorted(range(len(_movable(question.body))), key=place))


def for_learner(question: Question, order: Sequence[int]) -> PublicQuestion:
    """The question as its reader may see it, choices (or right sides) in `order`.

    Raises ValueError when `order` is not one of this question's, which would hide or repeat an option.
    """
    texts = _ordered(question, order)
    shown = tuple(Option(place, text) for place, text in enumerate(texts))
    public = (question.kind, question.stem, question.format)
    if isinstance(question.body, Matching):
        lefts = tuple(Option(index, pair.left) for index, pair in enumerate(question.body.pairs))
        return PublicQuestion(*public, lefts=lefts, rights=shown)
    return PublicQuestion(*public, options=shown)


def stored_answer(question: Question, order: Sequence[int], shown: object) -> object:
    """The answer to keep and grade for what a browser sent; what is no answer comes back as it is.

    Raises ValueError as `for_learner` does.
    """
    _ordered(question, order)
    return _renumbered(question, order, shown)


def shown_answer(question: Question, order: Sequence[int], stored: object) -> object:
    """The answer to tick on the screen for the one that was kept. Raises ValueError as `for_learner` does."""
    _ordered(question, order)
    places = {index: place for place, index in enumerate(order)}
    return _renumbered(question, [places[index] for index in range(len(order))], stored)


def _ordered(question: Question, order: Sequence[int]) -> list[str]:
    texts = _movable(question.body)
    if sorted(order) != list(range(len(texts))):
        raise ValueError(f"not an order of {len(texts)} options")
    return [texts[index] for index in order]


def _renumbered(question: Question, numbers: Sequence[int], given: object) -> object:
    if not is_answer(question, given):
        return given
    match given:
        case list():
            return sorted(numbers[index] for index in given)
        case dict():
            return {left: numbers[right] for left, right in given.items()}
    return given


def _movable(body: Body) -> tuple[str, ...]:
    match body:
        case Single(choices=choices) | Multiple(choices=choices):
            return tuple(choice.text for choice in choices)
        case Matching():
            return body.rights
    return ()


def _is_line(given: object) -> TypeGuard[str]:
    return isinstance(given, str) and len(given) <= LONGEST_ANSWER and is_writable(given)


def _are_places(given: object, size: int) -> TypeGuard[list[int]]:
    if not isinstance(given, list) or len(given) > size:
        return False
    whole = all(type(place) is int and 0 <= place < size for place in given)
    return whole and len(set(given)) == len(given)


def _are_matches(given: object, lefts: int, rights: int) -> bool:
    # JSON keys are text; only "0", "1", … so that no left is named twice.
    names = {str(left) for left in range(lefts)}
    if not isinstance(given, dict) or not given.keys() <= names:
        return False
    return all(type(right) is int and 0 <= right < rights for right in given.values())


def _graded(share: int) -> Grade:
    earned = min(max(share, 0), FULL)
    return Grade(earned, earned == FULL)


def _of_choices(choices: tuple[Choice, ...], picked: list[int]) -> int:
    net = sum(choices[index].share for index in picked)
    return FULL if net >= FULL - spare_share(choices) else net


def _of_numbers(answers: Iterable[Number], typed: Decimal | None) -> int:
    if typed is None:
        return 0
    return next((answer.share for answer in answers if _near(answer, typed)), 0)


def _near(answer: Number, typed: Decimal) -> bool:
    value, tolerance = read_number(answer.value), read_number(answer.tolerance)
    if value is None or tolerance is None:
        return False
    return EXACT.abs(EXACT.subtract(typed, value)) <= tolerance


def _of_texts(accepted: Iterable[Choice], typed: str) -> int:
    folded = _folded(typed).strip()
    return next((answer.share for answer in accepted if folded and _fits(answer.text, folded)), 0)


def _of_pairs(body: Matching, matches: dict[str, int]) -> int:
    rights = body.rights
    hits = sum(rights[right] == body.pairs[int(left)].right for left, right in matches.items())
    return round(FULL * hits / len(body.pairs)) if body.pairs else 0


def _folded(text: str) -> str:
    """Case, width, and runs of space made equal: what a Chinese keyboard varies without meaning to."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()))


def _fits(pattern: str, typed: str) -> bool:
    pieces = [_folded(piece.replace(r"\*", "*")) for piece in re.split(r"(?<!\\)\*+", pattern.strip())]
    if len(pieces) == 1:
        return pieces[0] == typed
    # Taking each piece at its first place is enough, and cannot run away as a pattern with many `.*` can.
    first, *middle, last = pieces
    at, end = len(first), len(typed) - len(last)
    if at > end or not typed.startswith(first) or not typed.endswith(last):
        return False
    for piece in middle:
        found = typed.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True
