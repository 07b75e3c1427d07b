"""Full text in Chinese and English finds the same records on both databases."""

import pytest

from portal.core.base.database import reading, writing
from portal.core.base.search import drop_text, find, likeness, put_text, tokens, tokens_of

TEXTS = {
    1: "锅到手就碎了，催发货催了三天 SF-1234567",
    2: "The pot arrived broken; I waited three days",
    3: "说是不粘锅，用了两次就粘",
    4: "Ｆｕｌｌ width 全角ＡＢＣ",
}
CASES = [
    ("碎", [1]),
    ("催发", [1]),
    ("不粘锅", [3]),
    ("粘锅", [3]),
    ("锅", [3, 1]),
    ("锅 三天", [1]),
    ("POT", [2]),
    ("pot brok", [2]),  # a word still being typed
    ("days pot", [2]),
    ("1234567", [1]),
    ("ABC full", [4]),
    ("锅碎", []),
    ("nothing here", []),
    ("  ?! ", []),
    ("\"; DROP ' & | ! :*", []),
    ("o'pot", []),
    ("kind0complaint0kind", []),
]


@pytest.fixture
async def kept(database: str) -> None:
    async with writing():
        for subject, text in TEXTS.items():
            await put_text("complaint", subject, text)
        await put_text("article", 1, "另一类的锅 pot")


@pytest.mark.parametrize(("query", "found"), CASES)
async def test_what_is_asked_is_found_newest_first(kept: None, query: str, found: list[int]) -> None:
    async with reading():
        assert await find("complaint", query, 10) == found


async def test_pages_go_on_below_a_record(kept: None) -> None:
    async with reading():
        assert await find("complaint", "锅", 1) == [3]
        assert await find("complaint", "锅", 1, below=3) == [1]


async def test_a_changed_text_is_found_by_its_new_words_only(kept: None) -> None:
    async with writing():
        await put_text("complaint", 1, "换成了新说法")
        await drop_text("complaint", 3)
        await put_text("complaint", 2, " … ")
    async with reading():
        assert await find("complaint", "锅", 10) == []
        assert await find("complaint", "新说", 10) == [1]
        assert await find("complaint", "pot", 10) == []
        assert await find("article", "锅", 10) == [1]


async def test_tokens_come_back_for_likeness(kept: None) -> None:
    async with reading():
        kept_tokens = await tokens_of("complaint", [1, 3, 99])
    assert kept_tokens[3] == tokens(TEXTS[3])
    assert set(kept_tokens) == {1, 3}
    assert likeness(tokens("锅碎了"), kept_tokens[1]) > likeness(tokens("锅碎了"), kept_tokens[3])
    assert likeness([], ["a"]) == 0


def test_a_long_run_stays_within_bounds() -> None:
    assert len(tokens("货" * 100_000)) == 1 + 1
    assert tokens("x" * 1000) == ["x" * 60]
