"""Questions written as Moodle GIFT, so that Moodle and our own reader take them back as they are."""

from collections.abc import Iterable, Iterator

from courses.questions.content import (
    FULL,
    Choice,
    Matching,
    Multiple,
    Number,
    Numeric,
    Question,
    Short,
    Single,
    TextFormat,
    TrueFalse,
)
from courses.questions.faults import MUST_TAG
from courses.questions.gift_text import escape, looks_marked, percent


def to_gift(questions: Iterable[Question]) -> str:
    """A GIFT file of `questions`, which must be free of faults.

    GIFT has no way to write `->` in a left side of a matching question; there it becomes an arrow sign.
    """
    return "\n".join(_question(question) for question in questions)


def _question(question: Question) -> str:
    tags = [*question.tags, question.difficulty, *([MUST_TAG] if question.must else [])]
    marks = " ".join([f"[id:{question.code}]", *(f"[tag:{tag}]" for tag in tags)])
    stem = escape(question.stem)
    if question.format is not TextFormat.MOODLE or looks_marked(question.stem):
        stem = f"[{question.format}]{stem}"
    return f"// {marks}\n::{escape(question.code)}::{stem}{{{_body(question)}}}\n"


def _body(question: Question) -> str:
    explanation = "####" + _text(question, question.explanation) if question.explanation else ""
    if isinstance(question.body, TrueFalse):
        return _true_false(question, question.body) + explanation
    opening = "#\n" if isinstance(question.body, Numeric) else "\n"
    lines = [*_lines(question), *([explanation] if explanation else [])]
    return opening + "".join(f"\t{line}\n" for line in lines)


def _lines(question: Question) -> Iterator[str]:
    match question.body:
        case Single(choices=choices):
            yield from (_single(choice) + _answer(question, choice) for choice in choices)
        case Multiple(choices=choices):
            yield from (f"~%{percent(choice.share)}%" + _answer(question, choice) for choice in choices)
        case Short(accepted=accepted):
            yield from (f"=%{percent(choice.share)}%" + _answer(question, choice) for choice in accepted)
        case Numeric(answers=answers):
            yield from (_number(question, answer) for answer in answers)
        case Matching():
            yield from _matches(question, question.body)


def _single(choice: Choice) -> str:
    if choice.share == FULL:
        return "="
    return f"~%{percent(choice.share)}%" if choice.share else "~"


def _answer(question: Question, answer: Choice) -> str:
    return _text(question, answer.text) + _feedback(question, answer.feedback)


def _number(question: Question, answer: Number) -> str:
    return f"=%{percent(answer.share)}%{answer.value}:{answer.tolerance}" + _feedback(question, answer.feedback)


def _matches(question: Question, body: Matching) -> Iterator[str]:
    for pair in body.pairs:
        left = pair.left.replace("->", "\u2192")
        yield f"={_text(question, left)} -> {_text(question, pair.right)}"
    yield from (f"= -> {_text(question, extra)}" for extra in body.extras)


def _true_false(question: Question, body: TrueFalse) -> str:
    truth = "TRUE" if body.right else "FALSE"
    wrong, right = _text(question, body.when_wrong), _text(question, body.when_right)
    if not wrong and not right:
        return truth
    return f"{truth}#{wrong}#{right}" if right else f"{truth}#{wrong}"


def _feedback(question: Question, feedback: str) -> str:
    return "#" + _text(question, feedback) if feedback else ""


def _text(question: Question, text: str) -> str:
    """A text whose first characters cannot be taken for a mark of the format."""
    return f"[{question.format}]{escape(text)}" if looks_marked(text) else escape(text)
