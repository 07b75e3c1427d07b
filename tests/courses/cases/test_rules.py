"""What betrays a person, and what does not."""

import pytest

from courses.cases.commands import shipped
from courses.cases.rules import (
    BLOT,
    MOVES,
    Known,
    State,
    Telling,
    TraceKind,
    faults,
    lacking,
    lines,
    masked,
    may_decide,
    paragraphs,
    traces_of_people,
)

KNOWN = Known(
    names=("刘晓月", "欧阳明珠", "李 芳", "Olive Green"),
    phones=("13812345678",),
    orders=("SO-2024-1",),
    tracking=("SF1234567",),
    addresses=("文三路 12 号", "12 Harbour Lane"),
)
WHOLE = Telling("a", "b", "c", "d", "e")


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [
        ("刘晓月打来电话", TraceKind.NAME, "刘晓月"),
        ("晓月很着急", TraceKind.NAME, "晓月"),
        ("明珠说", TraceKind.NAME, "明珠"),
        ("刘总和小李", TraceKind.NAME, "刘总"),
        ("李芳姐", TraceKind.NAME, "李芳"),
        ("王女士不满意", TraceKind.NAME, "王女士"),
        ("Ms. Baker was angry", TraceKind.NAME, "ms. baker"),
        ("GREEN rang twice", TraceKind.NAME, "green"),
        ("打 138 1234 5678", TraceKind.PHONE, "138 1234 5678"),
        ("１３８１２３４５６７８", TraceKind.PHONE, "13812345678"),
        ("+86 15900001111", TraceKind.PHONE, "+86 15900001111"),
        ("座机 0571-88887777", TraceKind.PHONE, "0571-88887777"),
        ("证件 11010519900307002X", TraceKind.IDENTITY, "11010519900307002x"),
        ("写信到 olive@example.test", TraceKind.EMAIL, "olive@example.test"),
        ("so-2024-1 没到", TraceKind.ORDER, "so-2024-1"),
        ("SF1234567", TraceKind.TRACKING, "sf1234567"),
        ("YT7700112233445", TraceKind.TRACKING, "yt7700112233445"),
        ("单号 202411220001", TraceKind.NUMBER, "202411220001"),
        ("住文三路12号", TraceKind.ADDRESS, "文三路12号"),
        ("在人民路88号3单元", TraceKind.ADDRESS, "在人民路88号3单元"),
        ("3号楼602室", TraceKind.ADDRESS, "3号楼602室"),
        ("near 12 Harbour Lane", TraceKind.ADDRESS, "12 harbour lane"),
    ],
)
def test_what_betrays_somebody(text: str, kind: TraceKind, found: str) -> None:
    assert any(trace.kind == kind and trace.found == found for trace in traces_of_people(text, KNOWN)), (
        traces_of_people(text, KNOWN)
    )


@pytest.mark.parametrize(
    "text",
    [
        "买家等了九天，退款 59.00 元，第 3 天到账。",
        "任何老师都会这样说",
        "evergreen trees",
        "30 度以上冰袋加倍，2026 年 11 月 22 日复查",
        "对于总价 1200 元的订单",
        "小包装的茶叶，一路上颠坏了 3 盒",
        "The agent paid 1,200 yuan within 72 hours.",
    ],
)
def test_what_betrays_nobody(text: str) -> None:
    assert traces_of_people(text, KNOWN) == []


def test_a_text_is_blotted_until_nothing_is_left() -> None:
    text = "刘女士（138 1234 5678，文三路 12 号）的 so-2024-1 坏了，晓月哭了；Olive Green rang from 13812345678."
    made = masked(text, KNOWN)
    assert traces_of_people(made, KNOWN) == []
    assert BLOT in made
    assert "坏了" in made


def test_faults_stand_at_their_parts() -> None:
    told = {"zh-Hans": Telling("刘晓月", "好", "好", "好", "好"), "en": Telling()}
    assert list(faults(told, KNOWN)) == [("zh-Hans", "title")]
    assert faults(told, None) == {}


@pytest.mark.parametrize(
    ("tellings", "no"),
    [
        ({}, "case_incomplete"),
        ({"zh-Hans": WHOLE}, None),
        ({"zh-Hans": WHOLE, "en": Telling()}, None),
        ({"zh-Hans": WHOLE, "en": Telling("a")}, "case_incomplete"),
    ],
)
def test_one_language_is_whole_and_none_is_half(tellings: dict[str, Telling], no: str | None) -> None:
    assert lacking(tellings) == no


@pytest.mark.parametrize(
    ("author", "person", "editors", "may"),
    [(1, 2, [1], True), (1, 1, [], False), (1, 2, [2], False), (None, 2, [], True)],
)
def test_nobody_reviews_her_own(author: int | None, person: int, editors: list[int], may: bool) -> None:
    assert may_decide(author, person, editors) is may


def test_texts_are_parted_as_they_are_shown() -> None:
    assert paragraphs("a\nb\n\n \nc") == ["a\nb", "c"]
    assert lines("a\n\n b ") == ["a", "b"]


def test_states_are_left_by_known_ways() -> None:
    assert set(MOVES) == set(State)
    assert State.PUBLISHED not in MOVES[State.DRAFT]


def test_shipped_cases_are_whole_and_name_nobody() -> None:
    shelf = shipped()
    assert len(shelf) == 4
    for draft in shelf.values():
        assert lacking(draft.tellings) is None
        assert set(draft.tellings) == {"zh-Hans", "en"}
        assert faults(draft.tellings, None) == {}
