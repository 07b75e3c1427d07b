"""What keeps a question from being graded sanely: found before it is kept, whatever door it came by."""

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum

from courses.questions.content import (
    FULL,
    LONGEST_CODE,
    LONGEST_TAG,
    LONGEST_TEXT,
    MOST_CHOICES,
    MOST_TAGS,
    Choice,
    Difficulty,
    Matching,
    Multiple,
    Number,
    Numeric,
    Question,
    Short,
    Single,
    TrueFalse,
    read_number,
)

MUST_TAG = "must"
# These tags are how a file says difficulty and must, so no subject may be called so.
RESERVED_TAGS = frozenset({MUST_TAG, *(str(level) for level in Difficulty)})

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_NOT_IN_NAMES = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\[\]\\<>`]")


class Fault(StrEnum):
    """Codes of faults; each has its sentence in the catalog."""

    BAD_CODE = "bad_code"
    BAD_TAG = "bad_tag"
    TOO_MANY_TAGS = "too_many_tags"
    EMPTY_STEM = "empty_stem"
    TEXT_TOO_LONG = "text_too_long"
    CONTROL_CHARACTER = "control_character"
    TOO_FEW_CHOICES = "too_few_choices"
    TOO_MANY_CHOICES = "too_many_choices"
    EMPTY_CHOICE = "empty_choice"
    DUPLICATE_CHOICES = "duplicate_choices"
    BAD_WEIGHT = "bad_weight"
    NO_RIGHT_ANSWER = "no_right_answer"
    NO_WRONG_CHOICE = "no_wrong_choice"
    WEIGHTS_NOT_100 = "weights_not_100"
    ANY_ANSWER_RIGHT = "any_answer_right"
    BAD_NUMBER = "bad_number"


def faults(question: Question) -> list[str]:
    """Codes of everything wrong with `question`: name, texts, then key; empty when it may be kept."""
    found: list[str] = [*_naming(question), *_texts(question)]
    match question.body:
        case Single(choices=choices):
            found += [*_choices(choices), *_single(choices)]
        case Multiple(choices=choices):
            found += [*_choices(choices), *_multiple(choices)]
        case Numeric(answers=answers):
            found += [*_numbers(answers), *_shares(answers)]
        case Short(accepted=accepted):
            found += [*_accepted(accepted), *_shares(accepted)]
        case Matching():
            found += _matching(question.body)
    return list(dict.fromkeys(found))


def fits_code(code: str) -> bool:
    """Whether `code` can name a question in every format that we write."""
    return 0 < len(code) <= LONGEST_CODE and code == code.strip() and not _NOT_IN_NAMES.search(code)


def is_writable(text: str) -> bool:
    """Whether every file, page and database can hold `text`: no control characters but tab and new line."""
    return not _CONTROL.search(text)


def spare_share(choices: Iterable[Choice]) -> int:
    """How far the right shares of a multiple choice may miss 100 % by rounding: 33.33 % three times is all."""
    return sum(choice.share > 0 for choice in choices) // 2


def _naming(question: Question) -> Iterator[str]:
    if not fits_code(question.code):
        yield Fault.BAD_CODE
    if len(question.tags) > MOST_TAGS:
        yield Fault.TOO_MANY_TAGS
    if not all(_fits_tag(tag) for tag in question.tags) or len(set(question.tags)) < len(question.tags):
        yield Fault.BAD_TAG


def _fits_tag(tag: str) -> bool:
    usable = 0 < len(tag) <= LONGEST_TAG and tag == tag.strip() and not _NOT_IN_NAMES.search(tag)
    return usable and tag.casefold() not in RESERVED_TAGS


def _texts(question: Question) -> Iterator[str]:
    if not question.stem.strip():
        yield Fault.EMPTY_STEM
    texts = [question.stem, question.explanation, *_body_texts(question)]
    if any(len(text) > LONGEST_TEXT for text in texts):
        yield Fault.TEXT_TOO_LONG
    if not all(is_writable(text) for text in texts):
        yield Fault.CONTROL_CHARACTER


def _body_texts(question: Question) -> Iterator[str]:
    match question.body:
        case Single(choices=choices) | Multiple(choices=choices) | Short(accepted=choices):
            yield from (text for choice in choices for text in (choice.text, choice.feedback))
        case Numeric(answers=answers):
            yield from (answer.feedback for answer in answers)
        case TrueFalse(when_right=when_right, when_wrong=when_wrong):
            yield from (when_right, when_wrong)
        case Matching(pairs=pairs, extras=extras):
            yield from (text for pair in pairs for text in (pair.left, pair.right))
            yield from extras


def _choices(choices: tuple[Choice, ...]) -> Iterator[str]:
    yield from _sized(len(choices))
    yield from _distinct([choice.text for choice in choices])
    if any(abs(choice.share) > FULL for choice in choices):
        yield Fault.BAD_WEIGHT


def _single(choices: tuple[Choice, ...]) -> Iterator[str]:
    if all(choice.share != FULL for choice in choices):
        yield Fault.NO_RIGHT_ANSWER
    elif all(choice.share == FULL for choice in choices):
        yield Fault.NO_WRONG_CHOICE


def _multiple(choices: tuple[Choice, ...]) -> Iterator[str]:
    total = sum(choice.share for choice in choices if choice.share > 0)
    if not total:
        yield Fault.NO_RIGHT_ANSWER
    elif abs(total - FULL) > spare_share(choices):
        yield Fault.WEIGHTS_NOT_100


def _shares(answers: Iterable[Choice | Number]) -> Iterator[str]:
    shares = [answer.share for answer in answers]
    if len(shares) > MOST_CHOICES:
        yield Fault.TOO_MANY_CHOICES
    if any(abs(share) > FULL for share in shares):
        yield Fault.BAD_WEIGHT
    if FULL not in shares:
        yield Fault.NO_RIGHT_ANSWER


def _numbers(answers: tuple[Number, ...]) -> Iterator[str]:
    tolerances = [read_number(answer.tolerance) for answer in answers]
    if not all(tolerance is not None and tolerance >= 0 for tolerance in tolerances):
        yield Fault.BAD_NUMBER
    if any(read_number(answer.value) is None for answer in answers):
        yield Fault.BAD_NUMBER


def _accepted(accepted: tuple[Choice, ...]) -> Iterator[str]:
    if any(not answer.text.strip() for answer in accepted):
        yield Fault.EMPTY_CHOICE
    if any(answer.share == FULL and not answer.text.strip("* ") for answer in accepted):
        yield Fault.ANY_ANSWER_RIGHT


def _matching(body: Matching) -> Iterator[str]:
    yield from _sized(len(body.pairs), len(body.rights))
    yield from _distinct([pair.left for pair in body.pairs])
    yield from _distinct([*{pair.right for pair in body.pairs}, *body.extras])


def _sized(*counts: int) -> Iterator[str]:
    if min(counts) < 2:
        yield Fault.TOO_FEW_CHOICES
    if max(counts) > MOST_CHOICES:
        yield Fault.TOO_MANY_CHOICES


def _distinct(texts: list[str]) -> Iterator[str]:
    plain = [" ".join(text.split()) for text in texts]
    if "" in plain:
        yield Fault.EMPTY_CHOICE
    if len(set(plain)) < len(plain):
        yield Fault.DUPLICATE_CHOICES
