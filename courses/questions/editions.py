"""Whether the editions of a question agree: one question in two languages has one kind, one shape, one key."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from courses.questions.rules import Body, Matching, Multiple, Numeric, Question, Short, Single, TrueFalse


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Where an edition differs from the first one. `what`: missing, kind, size, key, tags, difficulty, must."""

    code: str
    language: str
    what: str


Editions = Mapping[str, Sequence[Question]]


def by_code(editions: Editions) -> dict[str, dict[str, Question]]:
    """The same questions by code and language, codes in the order in which they first appear."""
    found: dict[str, dict[str, Question]] = {}
    for language, questions in editions.items():
        for question in questions:
            found.setdefault(question.code, {})[language] = question
    return found


def missing(editions: Editions) -> list[Disagreement]:
    """Questions that stand in one language but not in another."""
    return [
        Disagreement(code, language, "missing")
        for code, found in by_code(editions).items()
        for language in editions
        if language not in found
    ]


def disagreements(editions: Editions) -> list[Disagreement]:
    """Every edition that is not the same question as the first edition of its code."""
    found: list[Disagreement] = []
    for code, languages in by_code(editions).items():
        first, *others = languages.items()
        found += [Disagreement(code, name, what) for name, other in others for what in _differs(first[1], other)]
    return found


def _differs(one: Question, other: Question) -> Iterator[str]:
    if one.kind != other.kind:
        yield "kind"
        return
    if _size(one.body) != _size(other.body):
        yield "size"
    elif _key(one.body) != _key(other.body):
        yield "key"
    if set(one.tags) != set(other.tags):
        yield "tags"
    if one.difficulty != other.difficulty:
        yield "difficulty"
    if one.must != other.must:
        yield "must"


def _size(body: Body) -> tuple[int, ...]:
    """How much there is to choose from; accepted words of a short answer may differ in number between languages."""
    match body:
        case Single(choices=choices) | Multiple(choices=choices):
            return (len(choices),)
        case Matching(pairs=pairs, rights=rights):
            return (len(pairs), len(rights))
        case Numeric(answers=answers):
            return (len(answers),)
    return ()


def _key(body: Body) -> object:
    """What makes an answer right, without its words."""
    match body:
        case Single(choices=choices) | Multiple(choices=choices):
            return [choice.share for choice in choices]
        case TrueFalse(right=right):
            return right
        case Numeric(answers=answers):
            return [(answer.value, answer.tolerance, answer.share) for answer in answers]
        case Matching(pairs=pairs, rights=rights):
            return [rights.index(pair.right) for pair in pairs]
        case Short(accepted=accepted):
            return max(answer.share for answer in accepted)
