"""Whether a line earns, how much, and when: tables of cases."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal.service.earnings.months import Told, month_before, month_of, next_month, read_month, told_to, year_to
from portal.service.earnings.rules import (
    Account,
    Booked,
    Cause,
    Kind,
    LineNow,
    State,
    Through,
    Why,
    amount,
    delivery,
    release_at,
    settle,
    verdict,
    window_days,
)
from portal.service.orders.rules import Status
from portal.service.returns.rules import GoodsClass

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
DAY = timedelta(days=1)
OWN, UNLICENSED, FOREIGN = Through(True, True), Through(True, False), Through(False, True)
PLAIN = LineNow(Why.LINK, 1_200, 11_800, 0, Status.PAID, removed=False, payable_from=None)


@pytest.mark.parametrize(
    ("link", "right_when_ordered", "without_link", "why"),
    [
        (OWN, True, False, Why.LINK),
        (OWN, False, False, Why.RIGHT_AT_ORDER),
        (OWN, False, True, Why.RIGHT_AT_ORDER),
        (UNLICENSED, True, False, Why.RIGHT_AT_LINK),
        (UNLICENSED, True, True, Why.RIGHT_AT_LINK),
        (None, True, False, Why.NO_LINK),
        (None, False, False, Why.NO_LINK),
        (None, True, True, Why.BY_SETTING),
        (None, False, True, Why.RIGHT_AT_ORDER),
        (FOREIGN, True, False, Why.FOREIGN_LINK),
        (FOREIGN, True, True, Why.BY_SETTING),
        (FOREIGN, False, True, Why.RIGHT_AT_ORDER),
    ],
)
def test_whether_a_line_earns(link: Through | None, right_when_ordered: bool, without_link: bool, why: Why) -> None:
    assert verdict(link, right_when_ordered=right_when_ordered, without_link=without_link) is why


@pytest.mark.parametrize(
    ("changes", "fen"),
    [
        ({}, 1_416),
        ({"why": Why.BY_SETTING}, 1_416),
        ({"why": Why.NO_LINK}, 0),
        ({"why": Why.RIGHT_AT_ORDER}, 0),
        ({"status": Status.PLACED}, 0),
        ({"status": Status.CANCELLED}, 0),
        ({"status": Status.REFUNDED}, 0),
        ({"removed": True}, 0),
        ({"refunded_fen": 5_900}, 708),
        ({"refunded_fen": 11_800}, 0),
        ({"status": Status.COMPLETED}, 1_416),
        # Rounded once, half to even: 12 % of 1.25 yuan is 15 fen; 5 % of 10 and 30 fen are 0.5 and 1.5.
        ({"paid_fen": 125}, 15),
        ({"paid_fen": 10, "bp": 500}, 0),
        ({"paid_fen": 30, "bp": 500}, 2),
    ],
)
def test_what_a_line_brings(changes: dict[str, object], fen: int) -> None:
    assert amount(replace(PLAIN, **changes)) == fen  # type: ignore[arg-type]


DELIVERED = replace(PLAIN, status=Status.DELIVERED, payable_from=NOW)
PENDING = Booked(pending_fen=1_416, moves=1)
PAYABLE = Booked(payable_fen=1_416, released=True, moves=2)


@pytest.mark.parametrize(
    ("line", "booked", "held", "moves", "after", "state"),
    [
        (replace(PLAIN, status=Status.PLACED), Booked(), False, [], (0, 0, 0), State.UNPAID),
        (replace(PLAIN, why=Why.NO_LINK), Booked(), False, [], (0, 0, 0), State.NOTHING),
        (PLAIN, Booked(), False, [(Kind.ACCRUE, Cause.PAID, 1_416)], (1_416, 0, 0), State.PENDING),
        (PLAIN, PENDING, False, [], (1_416, 0, 0), State.PENDING),
        (DELIVERED, PENDING, False, [(Kind.RELEASE, Cause.WINDOW, 1_416)], (0, 1_416, 0), State.PAYABLE),
        (DELIVERED, PENDING, True, [], (1_416, 0, 0), State.PENDING),
        (
            DELIVERED,
            Booked(),
            False,
            [(Kind.ACCRUE, Cause.PAID, 1_416), (Kind.RELEASE, Cause.WINDOW, 1_416)],
            (0, 1_416, 0),
            State.PAYABLE,
        ),
        (replace(DELIVERED, payable_from=NOW + DAY), PENDING, False, [], (1_416, 0, 0), State.PENDING),
        (DELIVERED, PAYABLE, True, [], (0, 1_416, 0), State.PAYABLE),
        (
            replace(DELIVERED, refunded_fen=5_900),
            PAYABLE,
            False,
            [(Kind.REVERSE, Cause.REFUND, 708)],
            (0, 708, 708),
            State.PAYABLE,
        ),
        (
            replace(DELIVERED, refunded_fen=5_900),
            PENDING,
            False,
            [(Kind.REVERSE, Cause.REFUND, 708), (Kind.RELEASE, Cause.WINDOW, 708)],
            (0, 708, 708),
            State.PAYABLE,
        ),
        (
            replace(PLAIN, status=Status.CANCELLED),
            PENDING,
            False,
            [(Kind.REVERSE, Cause.CANCELLED, 1_416)],
            (0, 0, 1_416),
            State.REVERSED,
        ),
        (
            replace(PLAIN, removed=True),
            PENDING,
            False,
            [(Kind.REVERSE, Cause.REMOVED, 1_416)],
            (0, 0, 1_416),
            State.REVERSED,
        ),
        (
            replace(PLAIN, why=Why.FOREIGN_LINK),
            PENDING,
            False,
            [(Kind.REVERSE, Cause.VERDICT, 1_416)],
            (0, 0, 1_416),
            State.REVERSED,
        ),
        (
            replace(PLAIN, paid_fen=20_000),
            PENDING,
            False,
            [(Kind.ADJUST, Cause.CHANGED, 984)],
            (2_400, 0, 0),
            State.PENDING,
        ),
        # The refund was taken back after the line had become payable: what comes again is payable at once.
        (
            DELIVERED,
            Booked(released=True, reversed_fen=1_416, moves=3),
            False,
            [(Kind.ADJUST, Cause.CHANGED, 1_416)],
            (0, 1_416, 1_416),
            State.PAYABLE,
        ),
    ],
)
def test_settling(
    line: LineNow,
    booked: Booked,
    held: bool,
    moves: list[tuple[Kind, Cause, int]],
    after: tuple[int, int, int],
    state: State,
) -> None:
    settled = settle(line, booked, held=held, now=NOW)
    assert [(move.kind, move.cause, move.fen) for move in settled.moves] == moves
    then = settled.booked
    assert (then.pending_fen, then.payable_fen, then.reversed_fen) == after
    assert settled.state is state
    assert [move.number for move in settled.moves] == list(range(booked.moves + 1, booked.moves + 1 + len(moves)))
    assert all(sum(entry.fen for entry in move.entries) == 0 for move in settled.moves)
    assert settle(line, then, held=held, now=NOW).moves == ()


def test_what_is_held_is_looked_at_again_and_what_is_done_is_not() -> None:
    assert settle(DELIVERED, PENDING, held=True, now=NOW).look_at == NOW + timedelta(hours=1)
    assert settle(DELIVERED, PENDING, held=False, now=NOW).look_at is None
    soon = replace(DELIVERED, payable_from=NOW + DAY)
    assert settle(soon, PENDING, held=False, now=NOW).look_at == NOW + DAY
    assert settle(PLAIN, PENDING, held=False, now=NOW).look_at is None


def test_an_entry_goes_from_the_platforms_cost_to_the_owner() -> None:
    (move,) = settle(PLAIN, Booked(), held=False, now=NOW).moves
    assert [(entry.account, entry.fen) for entry in move.entries] == [
        (Account.EXPENSE, -1_416),
        (Account.PENDING, 1_416),
    ]


@pytest.mark.parametrize(
    ("status", "told", "known", "expected"),
    [
        (Status.PAID, None, None, None),
        (Status.DELIVERED, NOW, None, NOW),
        (Status.DELIVERED, None, None, NOW + DAY),
        (Status.COMPLETED, None, NOW, NOW),
        (Status.COMPLETED, NOW + DAY, NOW, NOW + DAY),
    ],
)
def test_from_when_the_window_runs(
    status: Status, told: datetime | None, known: datetime | None, expected: datetime | None
) -> None:
    assert delivery(status, told, known, NOW + DAY) == expected


@pytest.mark.parametrize(
    ("goods", "days"),
    [(GoodsClass.ORDINARY, 7), (GoodsClass.HYGIENE, 7), (GoodsClass.FRESH, 3), (GoodsClass.CUSTOM, 7)],
)
def test_the_window_is_the_longest_in_which_the_goods_may_come_back(goods: GoodsClass, days: int) -> None:
    assert window_days(goods) == days


def test_the_windows_last_day_is_whole_where_the_site_is() -> None:
    shanghai = ZoneInfo("Asia/Shanghai")
    delivered = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)  # 23:30 there
    assert release_at(delivered, GoodsClass.ORDINARY, shanghai) == datetime(2026, 11, 27, 16, 0, tzinfo=UTC)
    assert release_at(delivered + timedelta(hours=1), GoodsClass.ORDINARY, shanghai) == datetime(
        2026, 11, 28, 16, 0, tzinfo=UTC
    )


def test_months() -> None:
    assert month_of(date(2026, 3, 31)) == "2026-03"
    assert next_month(date(2026, 12, 1)) == date(2027, 1, 1)
    assert [month_before(date(2026, month, 9)) for month in (1, 3)] == [date(2025, 12, 1), date(2026, 2, 1)]
    assert read_month("2026-12") == date(2026, 12, 1)
    assert [read_month(text) for text in ("2026-13", "2026-1", "x", "", "0001-01", "２０２６-01")] == [None] * 6
    assert year_to(date(2026, 3, 1))[0] == "2025-04"
    assert year_to(date(2026, 3, 1))[-2:] == ["2026-02", "2026-03"]
    assert len(year_to(date(2026, 12, 1))) == 12


@pytest.mark.parametrize(
    ("mark", "reached"),
    [
        ("", Told(date(2026, 10, 1), 0)),  # the first time: the last complete month
        ("2026-08:0", Told(date(2026, 8, 1), 0)),  # months of downtime are made up for
        ("2026-10:1734", Told(date(2026, 10, 1), 1734)),
        ("2026-11:0", Told(date(2026, 11, 1), 0)),
    ],
)
def test_where_the_word_of_ready_statements_goes_on(mark: str, reached: Told) -> None:
    assert told_to(mark, date(2026, 10, 1)) == reached
    assert told_to(reached.mark, date(2026, 10, 1)) == reached
