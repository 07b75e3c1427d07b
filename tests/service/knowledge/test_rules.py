"""The rules as tables of cases."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from portal.core.people.policy import capabilities
from portal.service.knowledge.rules import (
    LEFT,
    VARIABLES,
    Audience,
    Function,
    audience_of,
    audiences_of,
    fill,
    has_gaps,
    is_gap,
    normal_query,
    ranked,
    review_at,
    slot_faults,
    slots,
    wanted_pieces,
    without_numbers,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
BUYER, OWNER, AGENT = Audience.BUYER, Audience.OWNER, Audience.AGENT


@pytest.mark.parametrize(
    ("roles", "reads"),
    [
        ([], (BUYER,)),
        (["owner"], (BUYER, OWNER)),
        (["manager"], (BUYER, OWNER)),
        (["agent"], (BUYER, OWNER, AGENT)),
        (["desk_lead"], (BUYER, OWNER, AGENT)),
        (["admin"], (BUYER, OWNER, AGENT)),
        (["owner", "agent"], (BUYER, OWNER, AGENT)),
    ],
)
def test_who_reads_what(roles: list[str], reads: tuple[Audience, ...]) -> None:
    assert audiences_of(capabilities(roles)) == reads
    assert audience_of(capabilities(roles)) == reads[-1]


@pytest.mark.parametrize(
    ("start", "months", "due"),
    [
        ("2026-01-10T02:00", 6, "2026-07-10T02:00"),
        ("2026-08-31T02:00", 6, "2027-02-28T02:00"),  # February has no 31st
        ("2026-12-05T02:00", 1, "2027-01-05T02:00"),
        ("2024-02-29T02:00", 12, "2025-02-28T02:00"),
        ("2026-01-30T18:00", 1, "2026-02-27T18:00"),  # the 31st already where the site is
        ("2026-03-15T02:00", 36, "2029-03-15T02:00"),
    ],
)
def test_an_article_is_due_on_the_same_day_months_later(start: str, months: int, due: str) -> None:
    begun = datetime.fromisoformat(start).replace(tzinfo=UTC)
    assert review_at(begun, months, SHANGHAI) == datetime.fromisoformat(due).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("退款多久到账？", "退款多久到账"),
        ("  Refund   TIME ", "refund time"),
        ("when does my refund arrive", "when does my refund arrive"),
        ("13812345678", None),
        ("我的电话 138-1234-5678", None),
        ("订单 E20250112 在哪", None),
        ("SF1234567890123", None),
        ("lifang@example.test", None),
        ("我叫王芳住在杭州市西湖区文三路五常大道八号院子里", None),  # a sentence about somebody
        ("x" * 61, None),
        ("退", None),
        ("？！", None),
        ("72 小时", "72 小时"),
        ("7天无理由", "7天无理由"),
    ],
)
def test_what_is_kept_of_a_search(typed: str, kept: str | None) -> None:
    assert normal_query(typed) == kept


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("没写清邮费谁出", "没写清邮费谁出"),
        ("打 13812345678 找我", "打 … 找我"),
        ("订单 2025-0112-77 没说", "订单 … 没说"),
        ("3 天够吗", "3 天够吗"),
    ],
)
def test_numbers_are_taken_out_of_readers_words(words: str, kept: str) -> None:
    assert without_numbers(words) == kept


@pytest.mark.parametrize(
    ("found", "searched", "opened", "gap"),
    [(0, 1, 0, True), (0, 5, 2, True), (3, 1, 0, False), (3, 2, 0, False), (3, 3, 0, True), (3, 9, 1, False)],
)
def test_which_search_tells_of_a_gap(found: int, searched: int, opened: int, gap: bool) -> None:
    assert is_gap(found, searched, opened) is gap


# pieces of the text by number; articles 1 to 3 of ten
@pytest.mark.parametrize(
    ("body", "title", "bonus", "order"),
    [
        ([(0, 1), (1, 1), (0, 2)], [], [], [1]),
        ([(0, 1), (1, 1)], [(0, 2), (1, 2)], [], [2, 1]),
        ([(0, one) for one in range(1, 11)], [], [], []),  # what every article has says nothing
        ([(0, 1), (1, 1), (0, 2), (1, 2)], [], [2], [2, 1]),
        ([], [], [3], []),
        ([], [], [], []),
    ],
)
def test_articles_by_how_much_they_hold(
    body: list[tuple[int, int]], title: list[tuple[int, int]], bonus: list[int], order: list[int]
) -> None:
    assert ranked(body, title, bonus, 10) == order


def test_pieces_that_say_nothing_are_left_out_and_the_latest_count() -> None:
    assert wanted_pieces(["the", "货", "催发", "is", "late"]) == ["催发", "late"]
    many = [f"w{number}" for number in range(40)]
    assert wanted_pieces(many) == many[-24:]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("您好 {{buyer}}，订单 {{ order }}", []),
        ("没有变量", []),
        ("{{buyer}} {{phone}}", ["phone"]),
        ("{{Buyer}}", ["Buyer"]),
        ("{{}}", [""]),
        ("{{buyer", ["{{"]),
        ("buyer}}", ["}}"]),
        ("{{buyer}} {{due", ["{{"]),
    ],
)
def test_the_variables_of_a_reply_are_a_closed_list(text: str, wrong: list[str]) -> None:
    assert slot_faults(text) == wrong


def test_what_cannot_be_filled_is_seen() -> None:
    text = "{{buyer}}，订单 {{order}}，最晚 {{ due }}，{{phone}}"
    names = {"due": "最晚时间"}
    half = fill(text, {"buyer": "王女士", "order": "E1", "due": None, "phone": "138"}, names)
    assert half == "王女士，订单 E1，最晚 ⟦最晚时间⟧，⟦phone⟧"
    assert has_gaps(half)
    assert not has_gaps(fill("{{buyer}}", {"buyer": "王女士"}, names))
    assert has_gaps("{{due}}")
    assert slots(text) == ["buyer", "order", "due", "phone"]


def test_a_value_is_not_read_as_a_variable() -> None:
    assert fill("{{buyer}}", {"buyer": "{{agent}}", "agent": "Lin"}, {}) == "{{agent}}"


def test_the_lists_are_those_of_the_desk() -> None:
    assert VARIABLES == ("buyer", "order", "agent", "proposal", "due", "store")
    assert {str(topic) for topic in Function} >= {"quality", "damaged", "refund", "other"}
    assert LEFT not in "".join(VARIABLES)
