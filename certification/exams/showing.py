"""A paper as its pages show it: one question without its key, and, only after grading, what went wrong and why."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from certification.exams.queries import Item
from courses.questions import texts
from courses.questions.queries import Edition
from courses.questions.rules import (
    FULL,
    Kind,
    Matching,
    Multiple,
    Numeric,
    Option,
    PublicQuestion,
    Question,
    Short,
    Single,
    TextFormat,
    TrueFalse,
    for_learner,
    shown_answer,
)
from portal.core.web.i18n import t

Pairs = tuple[tuple[str, Markup], ...]


@dataclass(frozen=True, slots=True)
class QuestionView:
    """A question on the screen: what may be picked, by the value that is sent, and what is picked now."""

    position: int
    kind: Kind
    language: str
    stem: Markup
    options: Pairs
    lefts: Pairs
    rights: Pairs
    picked: list[str]
    typed: str
    matched: Mapping[str, str]
    seq: int
    saved_at: datetime | None


@dataclass(frozen=True, slots=True)
class Mistake:
    """A question that earned less than all, with what was given, what is right, and why."""

    position: int
    language: str
    stem: Markup
    given: tuple[Markup, ...]
    right: tuple[Markup, ...]
    explanation: Markup | None
    must: bool


def public(item: Item, edition: Edition) -> PublicQuestion:
    return for_learner(edition.question, item.order)


def question_view(item: Item, edition: Edition) -> QuestionView:
    """The question as she may see it before grading, with her own answer in it."""
    question = public(item, edition)
    given = shown_answer(edition.question, item.order, item.answer)
    return QuestionView(
        position=item.position,
        kind=question.kind,
        language=edition.language,
        stem=texts.shown(question.stem, question.format),
        options=_options(question),
        lefts=_pairs(question.lefts, question.format),
        rights=tuple((str(one.index), texts.plain(one.text, question.format)) for one in question.rights),
        picked=_picked(given),
        typed=given if isinstance(given, str) else "",
        matched={key: str(value) for key, value in given.items()} if isinstance(given, dict) else {},
        seq=item.seq,
        saved_at=item.answered_at,
    )


def _options(question: PublicQuestion) -> Pairs:
    if question.kind == Kind.TRUEFALSE:
        return (("true", Markup.escape(t("exams.answer.true"))), ("false", Markup.escape(t("exams.answer.false"))))
    return _pairs(question.options, question.format)


def _pairs(options: Sequence[Option], form: TextFormat) -> Pairs:
    return tuple((str(option.index), texts.shown(option.text, form)) for option in options)


def _picked(given: object) -> list[str]:
    match given:
        case bool():
            return ["true" if given else "false"]
        case list():
            return [str(place) for place in given]
    return []


def mistakes(items: Sequence[Item], editions: Mapping[int, Edition]) -> list[Mistake]:
    """What she got wrong, wholly or in part; nothing of any other question."""
    return [_mistake(item, editions[item.edition_id]) for item in items if (item.share_bp or 0) < FULL]


def _mistake(item: Item, edition: Edition) -> Mistake:
    question = edition.question
    explanation = texts.shown(question.explanation, question.format) if question.explanation.strip() else None
    return Mistake(
        position=item.position,
        language=edition.language,
        stem=texts.shown(question.stem, question.format),
        given=tuple(_given(question, item.answer)) if item.answered else (),
        right=tuple(_right(question)),
        explanation=explanation,
        must=item.must,
    )


def _given(question: Question, answer: object) -> Iterator[Markup]:
    match question.body, answer:
        case Single(choices=choices) | Multiple(choices=choices), list():
            yield from (texts.shown(choices[place].text, question.format) for place in answer)
        case TrueFalse(), bool():
            yield _truth(answer)
        case Matching(pairs=pairs, rights=rights), dict():
            for left, right in sorted(answer.items()):
                yield _match(pairs[int(left)].left, rights[right], question.format)
        case _, str():
            yield Markup.escape(answer)


def _right(question: Question) -> Iterator[Markup]:
    match question.body:
        case Single(choices=choices):
            yield from (texts.shown(one.text, question.format) for one in choices if one.share == FULL)
        case Multiple(choices=choices):
            yield from (texts.shown(one.text, question.format) for one in choices if one.share > 0)
        case TrueFalse(right=right):
            yield _truth(right)
        case Numeric(answers=answers):
            yield from (Markup.escape(one.value) for one in answers if one.share == FULL)
        case Short(accepted=accepted):
            yield from (Markup.escape(one.text) for one in accepted if one.share == FULL)
        case Matching(pairs=pairs):
            yield from (_match(pair.left, pair.right, question.format) for pair in pairs)


def _truth(value: bool) -> Markup:
    return Markup.escape(t("exams.answer.true" if value else "exams.answer.false"))


def _match(left: str, right: str, form: TextFormat) -> Markup:
    return Markup("{} → {}").format(texts.shown(left, form), texts.shown(right, form))
