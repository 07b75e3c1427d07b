"""A question with its key, as its author proofreads it."""

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from courses.questions.rules import Body, Matching, Multiple, Numeric, Question, Short, Single, TrueFalse
from courses.questions.texts import shown
from portal.core.web.i18n import t


@dataclass(frozen=True, slots=True)
class KeyLine:
    """One choice, accepted answer, or pair; `share` is what it earns, in percent of the item."""

    text: Markup
    share: int


@dataclass(frozen=True, slots=True)
class KeyedQuestion:
    """All texts are clean HTML."""

    code: str
    stem: Markup
    explanation: Markup
    lines: tuple[KeyLine, ...]


def keyed(question: Question) -> KeyedQuestion:
    """The question with what each answer earns."""
    lines = tuple(KeyLine(shown(text, question.format), share // 100) for text, share in _lines(question.body))
    explanation = shown(question.explanation, question.format)
    return KeyedQuestion(question.code, shown(question.stem, question.format), explanation, lines)


def _lines(body: Body) -> Iterator[tuple[str, int]]:
    match body:
        case Single(choices=choices) | Multiple(choices=choices) | Short(accepted=choices):
            yield from ((choice.text, choice.share) for choice in choices)
        case TrueFalse(right=right):
            yield t("catalogue.key.true"), 10_000 if right else 0
            yield t("catalogue.key.false"), 0 if right else 10_000
        case Numeric(answers=answers):
            for answer in answers:
                exact = answer.tolerance in ("", "0")
                yield answer.value if exact else f"{answer.value} ± {answer.tolerance}", answer.share
        case Matching(pairs=pairs):
            yield from ((f"{pair.left} → {pair.right}", 10_000 // len(pairs)) for pair in pairs)
