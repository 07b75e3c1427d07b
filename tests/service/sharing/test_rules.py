"""How a poster's words are set."""

import pytest

from portal.service.sharing.rules import wrapped


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 10, [""]),
        ("good in water", 10, ["good in", "water"]),
        ("today's honey is mild", 12, ["today's", "honey is", "mild"]),
        ("incomprehensibilities", 10, ["incomprehe", "nsibilitie", "s"]),
        ("今年的洋槐蜜到了", 10, ["今年的洋槐", "蜜到了"]),
        ("今年的蜜到了，味道偏淡。", 12, ["今年的蜜到", "了，味道偏", "淡。"]),
        ("秦岭洋槐蜜 500 克", 12, ["秦岭洋槐蜜", "500 克"]),
        ("四季被 200×230 厘米", 14, ["四季被 200×230", "厘米"]),
    ],
)
def test_lines_break_between_words_and_never_before_a_comma(text: str, width: int, lines: list[str]) -> None:
    assert wrapped(text, width, 3) == lines


def test_what_is_over_is_said_to_be() -> None:
    assert wrapped("one two three four", 5, 2) == ["one", "tw…"]
