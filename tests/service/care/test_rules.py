"""Levels by what has arrived and what was paid, and when a VIP is called next."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal.service.care.rules import (
    YEAR,
    Bought,
    Level,
    Outcome,
    Script,
    month_name,
    month_of,
    next_call,
    next_fault,
    script_of,
    standing,
)
from portal.service.orders.rules import Status

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SHANGHAI = ZoneInfo("Asia/Shanghai")


def arrived(n: int, fen: int = 1_000, age: timedelta = DAY) -> list[Bought]:
    return [Bought(NOW - age, Status.COMPLETED, fen)] * n


@pytest.mark.parametrize(
    ("orders", "level"),
    [
        ([], Level.NEW),
        (arrived(1), Level.NEW),
        (arrived(2), Level.RETURNING),
        (arrived(4), Level.RETURNING),
        (arrived(5), Level.KEY),
        (arrived(1, 99_999), Level.NEW),
        (arrived(1, 100_000), Level.KEY),
        (arrived(2, 50_000), Level.KEY),
        (arrived(9, age=400 * DAY), Level.RETURNING),  # all of it long ago
        (arrived(4, age=400 * DAY) + arrived(1), Level.RETURNING),
        (arrived(1, 100_000, YEAR), Level.NEW),  # a year ago to the second has left the year
        ([Bought(NOW, Status.DELIVERED, 1_000)] * 2, Level.RETURNING),
        ([Bought(NOW, Status.SHIPPED, 200_000)] * 9, Level.NEW),  # not there yet
        ([Bought(NOW, Status.REFUNDED, 0), Bought(NOW, Status.CANCELLED, 100_000)] * 9, Level.NEW),
        (arrived(2, 49_999), Level.RETURNING),
    ],
)
def test_levels(orders: list[Bought], level: Level) -> None:
    assert standing(orders, NOW).level is level


def test_a_level_says_what_it_was_counted_from_and_when_it_may_fall() -> None:
    orders = [*arrived(4, age=10 * DAY), *arrived(1, age=300 * DAY), Bought(NOW, Status.PAID, 5)]
    found = standing(orders, NOW)
    assert (found.level, found.orders, found.arrived, found.year_arrived, found.year_fen) == (Level.KEY, 6, 5, 5, 5_000)
    assert found.last_order_at == NOW
    assert found.recount_at == NOW + 65 * DAY
    assert standing(orders, found.recount_at).level is Level.RETURNING
    assert standing(arrived(2), NOW).recount_at is None  # nothing that time alone could take


@pytest.mark.parametrize(
    ("level", "outcome", "chosen", "expected"),
    [
        (Level.KEY, Outcome.REACHED, None, NOW + 30 * DAY),
        (Level.KEY, Outcome.NO_ANSWER, None, NOW + 3 * DAY),
        (Level.KEY, Outcome.WRONG_NUMBER, None, NOW + 30 * DAY),
        (Level.KEY, Outcome.REACHED, NOW + DAY, NOW + DAY),
        (Level.KEY, Outcome.DO_NOT_CALL, NOW + DAY, None),
        (Level.NEW, Outcome.REACHED, None, None),
        (Level.RETURNING, Outcome.REACHED, NOW + DAY, NOW + DAY),
    ],
)
def test_the_next_call(level: Level, outcome: Outcome, chosen: datetime | None, expected: datetime | None) -> None:
    assert next_call(level, outcome, chosen, NOW) == expected


@pytest.mark.parametrize(
    ("days", "fault"), [(-1, "past"), (0, "past"), (1, None), (180, None), (181, "care.fault.too_far")]
)
def test_a_day_of_her_own_choice(days: int, fault: str | None) -> None:
    today = date(2026, 11, 22)
    assert next_fault(today + days * DAY, today) == fault


@pytest.mark.parametrize(
    ("status", "age", "script"),
    [
        (None, None, Script.FIRST),
        (Status.SHIPPED, DAY, Script.ON_THE_WAY),
        (Status.COMPLETED, DAY, Script.RECENT),
        (Status.COMPLETED, 61 * DAY, Script.QUIET),
        (Status.CANCELLED, DAY, Script.RECENT),
    ],
)
def test_a_call_begins_with_what_is_known(status: Status | None, age: timedelta | None, script: Script) -> None:
    assert script_of(status, NOW - age if age else None, NOW) is script


@pytest.mark.parametrize(
    ("at", "name", "begins", "ends"),
    [
        (NOW, "2026-11", datetime(2026, 11, 1, tzinfo=SHANGHAI), datetime(2026, 12, 1, tzinfo=SHANGHAI)),
        (
            datetime(2026, 12, 31, 16, 0, tzinfo=UTC),  # midnight in Shanghai
            "2027-01",
            datetime(2027, 1, 1, tzinfo=SHANGHAI),
            datetime(2027, 2, 1, tzinfo=SHANGHAI),
        ),
    ],
)
def test_a_month_is_the_sites(at: datetime, name: str, begins: datetime, ends: datetime) -> None:
    assert month_name(at, SHANGHAI) == name
    assert month_of(at, SHANGHAI) == (begins, ends)
