"""What a store is, what differs, and how typed money and days are read: tables of cases."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from portal.core.stores.rules import (
    TELLING,
    Change,
    State,
    StoreFacts,
    changes,
    day_begins,
    fen_of,
    state_of,
    tail_of,
    time_faults,
    within_day,
)

AT = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SHANGHAI = ZoneInfo("Asia/Shanghai")
FACTS = StoreFacts(
    name="Corner shop",
    region="Xi'an",
    opened_at=AT - 10 * DAY,
    closed_at=None,
    kit_sku="kit-298",
    kit_paid_fen=29_800,
    kit_returned_at=None,
    referred_by=None,
)
CLOSED = replace(FACTS, closed_at=AT - DAY)
RETURNED = replace(FACTS, kit_returned_at=AT - DAY)


@pytest.mark.parametrize(
    ("closed_at", "kit_returned_at", "state"),
    [
        (None, None, State.OPEN),
        (AT, None, State.CLOSED),
        (None, AT, State.KIT_RETURNED),
        (AT, AT, State.KIT_RETURNED),
    ],
)
def test_what_a_store_is(closed_at: datetime | None, kit_returned_at: datetime | None, state: State) -> None:
    assert state_of(closed_at, kit_returned_at) is state


@pytest.mark.parametrize(
    ("stored", "wanted", "changed"),
    [
        (FACTS, FACTS, ()),
        (FACTS, replace(FACTS, name="Another"), (Change.RENAMED,)),
        (FACTS, replace(FACTS, region=None), (Change.REGION,)),
        (FACTS, replace(FACTS, opened_at=AT), (Change.OPENED_AT,)),
        (FACTS, replace(FACTS, kit_paid_fen=1), (Change.KIT,)),
        (FACTS, replace(FACTS, kit_sku="kit-1"), (Change.KIT,)),
        (FACTS, replace(FACTS, referred_by="olive"), (Change.REFERRED_BY,)),
        (FACTS, CLOSED, (Change.CLOSED,)),
        (CLOSED, FACTS, (Change.REOPENED,)),
        (CLOSED, replace(CLOSED, closed_at=AT), (Change.CLOSED_AT,)),
        (FACTS, RETURNED, (Change.KIT_RETURNED,)),
        (RETURNED, FACTS, (Change.KIT_KEPT,)),
        (RETURNED, replace(RETURNED, kit_returned_at=AT), (Change.KIT_RETURNED_AT,)),
        (FACTS, replace(CLOSED, kit_returned_at=AT, name="x"), (Change.RENAMED, Change.CLOSED, Change.KIT_RETURNED)),
    ],
)
def test_what_differs(stored: StoreFacts, wanted: StoreFacts, changed: tuple[Change, ...]) -> None:
    assert changes(stored, wanted) == changed


def test_the_gate_hears_of_what_it_looks_at_and_of_nothing_else() -> None:
    assert {Change.CLOSED, Change.REOPENED, Change.KIT_RETURNED, Change.KIT_KEPT, Change.OPENED_AT} == TELLING


@pytest.mark.parametrize(
    ("more", "faults"),
    [
        ({}, ()),
        ({"closed_at": AT, "kit_returned_at": AT}, ()),
        ({"closed_at": AT - 11 * DAY}, (("closed_at", "store_before_opening"),)),
        ({"kit_returned_at": AT - 11 * DAY}, (("kit_returned_at", "store_before_opening"),)),
        ({"closed_at": AT + timedelta(hours=23)}, ()),
        ({"closed_at": AT + timedelta(hours=25)}, (("closed_at", "store_still_to_come"),)),
    ],
)
def test_times_that_cannot_be(more: dict[str, Any], faults: tuple[tuple[str, str], ...]) -> None:
    assert time_faults(replace(FACTS, **more), AT) == faults


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("298", 29_800),
        ("298.00", 29_800),
        ("298.5", 29_850),
        ("0.01", 1),
        ("0", 0),
        ("1,298.00", 129_800),
        ("128,298", 12_829_800),
        ("\u00a5298", 29_800),
        ("\uffe5 298", 29_800),
        ("298\u5143", 29_800),
        ("\uff12\uff19\uff18", 29_800),
        ("", None),
        ("-298", None),
        ("298.005", None),
        ("298.", None),
        ("2,98", None),
        ("1e3", None),
        ("NaN", None),
        ("two", None),
        ("9" * 9, None),
    ],
)
def test_money_as_people_type_it(typed: str, fen: int | None) -> None:
    assert fen_of(typed) == fen


def test_a_day_of_the_site_begins_at_its_midnight() -> None:
    assert day_begins(date(2026, 11, 22), SHANGHAI) == datetime(2026, 11, 21, 16, 0, tzinfo=UTC)


def test_what_happened_today_happened_now_and_before_by_the_end_of_its_day() -> None:
    assert within_day(date(2026, 11, 22), AT, SHANGHAI) == AT
    assert within_day(date(2026, 11, 21), AT, SHANGHAI) == datetime(2026, 11, 21, 15, 59, 59, tzinfo=UTC)
    late = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)  # the 23rd already where the site is
    assert within_day(date(2026, 11, 23), late, SHANGHAI) == late


@pytest.mark.parametrize(
    ("typed", "tail"),
    [
        ("5678", "5678"),
        ("13812345678", "5678"),
        ("138-1234-5678", "5678"),
        ("567", None),
        ("Wang", None),
        ("\u0661\u0662\u0663\u0664", None),
        ("", None),
    ],
)
def test_a_phone_is_found_by_the_digits_that_a_masked_one_shows(typed: str, tail: str | None) -> None:
    assert tail_of(typed) == tail
