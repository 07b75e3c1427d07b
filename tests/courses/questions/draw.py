"""Random questions that are free of faults, with texts made to look like GIFT."""

from collections.abc import Callable

from hypothesis import strategies as st

from courses.questions.content import FULL, plain_number
from courses.questions.rules import (
    Body,
    Choice,
    Difficulty,
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
    faults,
)

_letters = st.characters(exclude_categories=("Cs", "Cc"))
_tricks = st.sampled_from(
    [*"~=#{}:\\%[]>-/*$n \n\t", "\\n", "\n\n", "[html]", "[markdown]", "%50%", "%-5.5%", "//", "::", "####", "->"]
) | st.sampled_from(["TRUE", "$CATEGORY:", "\u4e00", "\uff5b\uff5d", "..", "1,204"])
texts = st.lists(_tricks | _letters, min_size=1, max_size=12).map("".join).map(str.strip).filter(bool)
maybe_texts = st.just("") | texts
names = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="[]\\<>`"), min_size=1, max_size=20)
shares = st.integers(-FULL, FULL)
numbers = st.decimals(-(10**9), 10**9, allow_nan=False, allow_infinity=False, places=3).map(plain_number)
tolerances = st.decimals(0, 10**6, places=2).map(plain_number)

single = st.builds(
    lambda right, rest: Single((*rest[:1], right, *rest[1:])),
    st.builds(Choice, texts, st.just(FULL), maybe_texts),
    st.lists(st.builds(Choice, texts, shares, maybe_texts), min_size=1, max_size=4),
)


@st.composite
def multiple(draw: st.DrawFn) -> Multiple:
    parts = draw(st.integers(1, 9))
    weights = [round(FULL / parts)] * parts + draw(st.lists(st.integers(-FULL, 0), max_size=3))
    return Multiple(tuple(Choice(draw(texts), weight, draw(maybe_texts)) for weight in draw(st.permutations(weights))))


true_false = st.builds(TrueFalse, st.booleans(), maybe_texts, maybe_texts)
numeric = st.builds(
    lambda right, rest: Numeric((right, *rest)),
    st.builds(Number, numbers, tolerances, st.just(FULL), maybe_texts),
    st.lists(st.builds(Number, numbers, tolerances, shares, maybe_texts), max_size=3),
)
short = st.builds(
    lambda right, rest: Short((right, *rest)),
    st.builds(Choice, texts, st.just(FULL), maybe_texts),
    st.lists(st.builds(Choice, texts, shares, maybe_texts), max_size=3),
)
pairs = st.builds(Pair, texts.filter(lambda left: "->" not in left), texts)
matching = st.builds(
    Matching, st.lists(pairs, min_size=2, max_size=5).map(tuple), st.lists(texts, max_size=2).map(tuple)
)
bodies: st.SearchStrategy[Body] = st.one_of(single, multiple(), true_false, numeric, short, matching)


def _questions(make: Callable[..., Question]) -> st.SearchStrategy[Question]:
    return st.builds(
        make,
        code=names,
        stem=texts,
        body=bodies,
        format=st.sampled_from(TextFormat),
        explanation=maybe_texts,
        tags=st.lists(names, max_size=3, unique=True).map(tuple),
        difficulty=st.sampled_from(Difficulty),
        must=st.booleans(),
    )


questions = _questions(Question).filter(lambda question: not faults(question))
