"""How notices read: in the reader's language, with times and money as people read them, and never as an error."""

import pytest

from portal.core.notices.texts import shown, words_of
from portal.core.web.i18n import speaking


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "Mona {{7*7}} is your service manager"),
        ("zh-Hans", "\u60a8\u7684\u670d\u52a1\u7ecf\u7406\u662fMona {{7*7}}"),
    ],
)
def test_a_notice_reads_in_the_readers_language(language: str, title: str) -> None:
    with speaking(language):
        assert words_of("manager_appointed", {"manager": "Mona {{7*7}}"}).title == title


def test_what_is_filled_in_is_taken_literally() -> None:
    with speaking("en"):
        assert words_of("manager_appointed", {"manager": "%(manager)s 100%"}).title.startswith("%(manager)s 100% is")


def test_times_and_money_read_as_people_read_them() -> None:
    params = {"due_at": "2026-11-22T06:03:00+00:00", "paid_fen": 29_800, "count": 3, "at": "x"}
    with speaking("en"):
        assert shown(params) == {"due_at": "22 November 2026 14:03", "paid_fen": "\u00a5298.00", "count": 3, "at": "x"}
    with speaking("zh-Hans"):
        assert shown(params)["due_at"] == "2026-11-22 14:03"


@pytest.mark.parametrize(
    ("kind", "params"),
    [("no_such_kind", {}), ("manager_appointed", {}), ("manager_appointed", {"due_at": "soon"})],
)
def test_a_notice_without_fitting_words_is_told_plainly(kind: str, params: dict[str, str]) -> None:
    with speaking("en"):
        words = words_of(kind, params)
    assert words.title == "There is news"
    assert words.body
