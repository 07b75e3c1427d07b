"""What is marked, and who is alike."""

import pytest

from portal.core.base.search import holds, tokens
from portal.service.archive.rules import Candidate, asked_words, most_alike, rarest, snippets


@pytest.mark.parametrize(
    ("text", "query", "shown"),
    [
        ("草莓碎了一半", "碎了", [[("草莓", False), ("碎了", True), ("一半", False)]]),
        ("The BOX broke", "box", [[("The ", False), ("BOX", True), (" broke", False)]]),
        ("没有这个字", "火星", [[("没有这个字", False)]]),
        ("<b>坏了</b>", "坏了", [[("<b>", False), ("坏了", True), ("</b>", False)]]),
        ("", "坏", []),
    ],
)
def test_found_words_are_marked(text: str, query: str, shown: list[list[tuple[str, bool]]]) -> None:
    assert snippets(text, asked_words(query)) == shown


def test_a_long_story_is_shown_at_two_places() -> None:
    text = "甲" * 80 + "破损" + "乙" * 200 + "破损" + "丙" * 200 + "破损"
    found = snippets(text, asked_words("破损"))
    assert len(found) == 2
    assert all(("破损", True) in place for place in found)
    assert all(len("".join(piece for piece, _ in place)) < 70 for place in found)


STORY = "草莓收到时碎了一半，箱子压坏"


def candidate(number: int, text: str, function: str = "damaged") -> Candidate:
    return Candidate(number, function, frozenset(tokens(text)))


@pytest.mark.parametrize(
    ("candidates", "ids"),
    [
        ([], []),
        ([candidate(1, "退款九天没有到账")], []),
        ([candidate(1, "箱子压坏了"), candidate(2, "草莓碎了一半，箱子压坏了")], [2, 1]),
        ([candidate(1, STORY, "quality"), candidate(2, STORY)], [2, 1]),
        ([candidate(1, STORY), candidate(2, STORY)], [2, 1]),
        ([candidate(number, STORY) for number in range(1, 6)], [5, 4, 3]),
        ([candidate(1, "")], []),
    ],
)
def test_the_most_alike_come_first(candidates: list[Candidate], ids: list[int]) -> None:
    assert most_alike(tokens(STORY), "damaged", candidates) == ids


def test_the_rarest_words_are_those_that_others_lack() -> None:
    others = [candidate(number, "草莓碎了") for number in range(5)]
    assert "草莓" not in rarest(tokens("草莓压坏"), others, 2)


@pytest.mark.parametrize(
    ("query", "text", "there"),
    [
        ("催发货", "催发货了", True),
        ("催货", "催发货了", False),
        ("ref", "refund soon", True),
        ("草", "草莓", True),
        ("", "x", False),
    ],
)
def test_a_few_at_hand_are_searched_as_the_index_would(query: str, text: str, there: bool) -> None:
    assert holds(query, tokens(text)) is there
