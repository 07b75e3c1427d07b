"""A question of a checkpoint on the screen: what may be picked, what she picked last, what it teaches."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from courses.catalogue import queries as catalogue
from courses.progress import place
from courses.questions import queries as questions
from courses.questions.queries import Edition
from courses.questions.rules import (
    Kind,
    Multiple,
    Option,
    PublicQuestion,
    Question,
    Single,
    TextFormat,
    TrueFalse,
    for_learner,
    shown_answer,
    shuffled_order,
)
from courses.questions.texts import plain, shown
from portal.core.base.refusals import NotFound
from portal.core.web.i18n import t

Pairs = tuple[tuple[str, Markup], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a checkpoint. `correct` is None as long as she has not tried; `picked` is her latest answer.

    `lessons` come after each try: what was said about her choice, and the explanation.
    """

    position: int
    total: int
    kind: Kind
    language: str
    stem: Markup
    options: Pairs
    lefts: Pairs
    rights: Pairs
    picked: list[str]
    typed: str
    matched: Mapping[str, str]
    correct: bool | None
    lessons: tuple[Markup, ...]
    next_position: int | None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint's questions in her language, each with the order in which she sees its options, and her answers."""

    editions: tuple[Edition, ...]
    orders: tuple[tuple[int, ...], ...]
    answers: Mapping[int, place.Answer]

    def right(self, position: int) -> bool:
        answer = self.answers.get(self.editions[position - 1].version_id)
        return answer is not None and answer.correct

    def next_open(self, position: int) -> int | None:
        """The next question that is not right yet, going on from `position` (0: from the first) and round."""
        total = len(self.editions)
        around = [(position + step) % total + 1 for step in range(total)]
        return next((one for one in around if one != position and not self.right(one)), None)


async def load(enrolment_id: int, lesson_id: int, language: str) -> Checkpoint:
    """A checkpoint as this learner sees it. Raises NotFound for a lesson that asks nothing."""
    asked = await catalogue.lesson_questions(lesson_id)
    found = await questions.editions(asked, language)
    if not asked:
        raise NotFound
    editions = tuple(found[version] for version in asked)
    # The same order at every visit and in both languages, another one for another learner.
    orders = tuple(shuffled_order(edition.question, enrolment_id) for edition in editions)
    return Checkpoint(editions, orders, await place.answers(enrolment_id, lesson_id))


def ask(checkpoint: Checkpoint, position: int) -> Asked:
    """One question, counted from 1. Raises NotFound."""
    if not 1 <= position <= len(checkpoint.editions):
        raise NotFound
    edition, order = checkpoint.editions[position - 1], checkpoint.orders[position - 1]
    question = edition.question
    answer = checkpoint.answers.get(edition.version_id)
    stored = json.loads(answer.given) if answer is not None else None
    given = shown_answer(question, order, stored)
    public = for_learner(question, order)
    return Asked(
        position=position,
        total=len(checkpoint.editions),
        kind=public.kind,
        language=edition.language,
        stem=shown(public.stem, public.format),
        options=_options(public),
        lefts=_pairs(public.lefts, public.format),
        rights=tuple((str(one.index), plain(one.text, public.format)) for one in public.rights),
        picked=_picked(given),
        typed=given if isinstance(given, str) else "",
        matched={key: str(value) for key, value in given.items()} if isinstance(given, dict) else {},
        correct=answer.correct if answer is not None else None,
        lessons=tuple(_lessons(question, stored)) if answer is not None else (),
        next_position=checkpoint.next_open(position),
    )


def _options(question: PublicQuestion) -> Pairs:
    if question.kind == Kind.TRUEFALSE:
        return (
            ("true", Markup.escape(t("progress.answer.true"))),
            ("false", Markup.escape(t("progress.answer.false"))),
        )
    return _pairs(question.options, question.format)


def _pairs(options: Sequence[Option], form: TextFormat) -> Pairs:
    return tuple((str(option.index), shown(option.text, form)) for option in options)


def _picked(given: object) -> list[str]:
    match given:
        case bool():
            return ["true" if given else "false"]
        case list():
            return [str(place) for place in given]
    return []


def _lessons(question: Question, stored: object) -> Iterator[Markup]:
    for text in (*_feedback(question, stored), question.explanation):
        if text.strip():
            yield shown(text, question.format)


def _feedback(question: Question, stored: object) -> Iterator[str]:
    match question.body, stored:
        case Single(choices=choices) | Multiple(choices=choices), list():
            yield from (choices[index].feedback for index in stored)
        case TrueFalse(right=right) as body, bool():
            yield body.when_right if stored is right else body.when_wrong
