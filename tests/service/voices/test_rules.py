"""Who may rate what until when, what is low, and in which order threads wait."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.service.orders.rules import Status
from portal.service.voices.rules import (
    Marks,
    Rateable,
    RateNo,
    Telling,
    answer_due,
    may_add,
    rate_no,
    reply_seconds,
    steps,
    tellings,
    thread_place,
)

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (Rateable(Status.PAID, None), RateNo.NOT_YET),
        (Rateable(Status.SHIPPED, None), RateNo.NOT_YET),
        (Rateable(Status.SHIPPED, NOW - HOUR), None),  # the carrier says so before the shop does
        (Rateable(Status.DELIVERED, NOW - HOUR), None),
        (Rateable(Status.COMPLETED, NOW - 30 * DAY), None),
        (Rateable(Status.COMPLETED, NOW - 30 * DAY - HOUR), RateNo.OVER),
        (Rateable(Status.REFUNDED, NOW - DAY), None),  # it came, and she sent it back: she may say so
        (Rateable(Status.REFUNDED, None), RateNo.OVER),
        (Rateable(Status.CANCELLED, None), RateNo.OVER),
        (Rateable(Status.DELIVERED, NOW, removed=True), RateNo.REMOVED),
        (Rateable(Status.DELIVERED, NOW, rated=True), RateNo.RATED),
    ],
)
def test_a_line_is_rated_once_within_thirty_days(line: Rateable, expected: RateNo | None) -> None:
    assert rate_no(line, NOW) == expected


@pytest.mark.parametrize(
    ("marks", "low"),
    [
        (Marks(5, 5, 5), False),
        (Marks(3, 3, 3), False),
        (Marks(2, 5, 5), True),
        (Marks(5, 1, 5), True),
        (Marks(5, 5, 2), True),
    ],
)
def test_any_mark_of_two_or_fewer_is_low_and_wants_an_answer_in_a_day(marks: Marks, low: bool) -> None:
    assert marks.low is low
    assert answer_due(marks, NOW) == (NOW + DAY if low else None)


@pytest.mark.parametrize(
    ("rated_at", "added_at", "expected"),
    [
        (NOW - DAY, None, True),
        (NOW - DAY, NOW, False),
        (NOW - 30 * DAY, None, True),
        (NOW - 31 * DAY, None, False),
    ],
)
def test_a_rating_is_added_to_once(rated_at: datetime, added_at: datetime | None, expected: bool) -> None:
    assert may_add(rated_at, added_at, NOW) is expected


@pytest.mark.parametrize(
    ("status", "age", "parcels", "expected"),
    [
        (Status.PLACED, HOUR, 0, []),
        (Status.PAID, HOUR, 0, []),
        (Status.PAID, HOUR, 1, [Telling.SHIPPED]),
        (Status.SHIPPED, HOUR, 0, [Telling.SHIPPED]),
        (Status.DELIVERED, HOUR, 1, [Telling.DELIVERED]),
        (Status.COMPLETED, HOUR, 1, [Telling.DELIVERED]),
        (Status.CANCELLED, HOUR, 1, []),
        (Status.DELIVERED, 8 * DAY, 1, []),
    ],
)
def test_a_buyer_hears_what_is_new(status: Status, age: timedelta, parcels: int, expected: list[Telling]) -> None:
    assert list(tellings(status, NOW - age, parcels=parcels, now=NOW)) == expected


def test_threads_that_wait_stand_first_key_vips_before_others_then_the_oldest() -> None:
    threads = {
        "key, just now": thread_place(NOW, NOW, 5, priority=True),
        "asked yesterday": thread_place(NOW - DAY, NOW, 3),
        "asked now": thread_place(NOW, NOW, 2),
        "asked now too": thread_place(NOW, NOW, 1),
        "replied now": thread_place(None, NOW, 4),
        "replied yesterday": thread_place(None, NOW - DAY, 6),
    }
    assert sorted(threads, key=lambda name: -threads[name]) == list(threads)
    assert max(threads.values()) < 10**17  # fits the key of a page


def test_a_wait_is_counted_in_seconds_and_never_below_none() -> None:
    assert reply_seconds(NOW - HOUR, NOW) == 3600
    assert reply_seconds(NOW + HOUR, NOW) == 0
    assert reply_seconds(None, NOW) is None


@pytest.mark.parametrize(
    ("status", "states"),
    [
        (Status.PLACED, ["done", "now", "todo", "todo"]),
        (Status.SHIPPED, ["done", "done", "done", "now"]),
        (Status.COMPLETED, ["done", "done", "done", "done"]),
        (Status.CANCELLED, []),
    ],
)
def test_a_buyer_sees_where_her_order_is(status: Status, states: list[str]) -> None:
    assert [state for _, state in steps(status)] == states
