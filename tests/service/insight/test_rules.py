"""What dashboards count, as tables of cases."""

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from portal.service.insight.needs import Risk, Signs, Step, Way, is_overdue, is_stuck, risks, step
from portal.service.insight.rules import (
    COLUMNS,
    DaySums,
    Mark,
    Period,
    Reply,
    Share,
    Took,
    added,
    funnel,
    period_of,
    reply,
    slices,
    sums_of,
    took,
    worst_step,
)

AT = datetime(2026, 11, 22, 8, tzinfo=UTC)
MARK = Mark(1, "north", "2026-11-01", AT)
CALM = Signs(seen_at=AT, opened_at=AT - timedelta(days=60), orders=40, orders_before=40)
WAY = Way("learning", False, 1, 3, AT, AT, AT + timedelta(days=3))


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (timedelta(0), Took.IN_3),
        (timedelta(days=3), Took.IN_3),
        (timedelta(days=3, seconds=1), Took.IN_7),
        (timedelta(days=14), Took.IN_14),
        (timedelta(days=30), Took.IN_30),
        (timedelta(days=31), Took.OVER_30),
        (None, None),
    ],
)
def test_the_way_to_the_certificate_falls_into_one_span(after: timedelta | None, expected: Took | None) -> None:
    mark = replace(MARK, certified_at=AT + after if after is not None else None)
    assert took(mark) == expected
    sums = sums_of(mark)
    assert sum(getattr(sums, name) for name in Took) == sums.certified == (after is not None)


def test_sums_are_added_and_taken_away() -> None:
    some = DaySums(*range(len(COLUMNS)))
    assert added(added(some, some), some, -1) == some


def test_the_funnel_shows_where_most_are_lost() -> None:
    steps = funnel(DaySums(opened=100, certified=80, shared=30, earned=20))
    assert steps == [("opened", 100), ("certified", 80), ("shared", 30), ("earned", 20)]
    assert worst_step(steps) == 2
    assert worst_step([("opened", 3), ("certified", 3)]) is None
    assert worst_step([("opened", 0), ("certified", 2)]) is None


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, Reply.IN_HOUR),
        (3600, Reply.IN_HOUR),
        (3601, Reply.IN_FOUR),
        (86_400, Reply.IN_DAY),
        (86_401, Reply.OVER_DAY),
    ],
)
def test_replies_fall_into_one_span(seconds: int, expected: Reply) -> None:
    assert reply(seconds) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"seen_at": AT - timedelta(days=13, hours=23)}, []),
        ({"seen_at": AT - timedelta(days=14)}, [Risk.IDLE]),
        ({"seen_at": None}, [Risk.IDLE]),
        ({"seen_at": None, "opened_at": AT - timedelta(days=13)}, []),  # she bought her kit the other day
        ({"failed": 1}, []),
        ({"failed": 2}, [Risk.FAILED]),
        ({"points": 7}, []),
        ({"points": 8}, [Risk.POINTS]),
        ({"refunded": 4}, []),  # a tenth of forty, and no proof of more
        ({"refunded": 9}, [Risk.REFUNDS]),
        ({"orders": 9, "refunded": 9}, []),  # too few orders to say
        ({"orders": 2, "refunded": 3}, []),
        ({"complained": 2}, []),
        ({"complained": 3}, [Risk.COMPLAINTS]),
        ({"complained": 3, "complained_before": 2}, []),
        ({"complained": 4, "complained_before": 2}, [Risk.COMPLAINTS]),
        ({"complained": 4, "complained_before": 2, "orders": 400}, []),  # ten times the orders
        ({"complained": 3, "orders_before": 0}, [Risk.COMPLAINTS]),
        ({"points": 9, "failed": 3, "seen_at": None}, [Risk.POINTS, Risk.FAILED, Risk.IDLE]),
    ],
)
def test_owners_at_risk_and_why(changes: dict[str, object], expected: list[Risk]) -> None:
    assert risks(replace(CALM, **changes), AT) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Step.LEARNING),
        ({"courses_done": 0, "moved_at": None}, Step.OPENED),
        ({"courses_done": 3}, Step.LEARNED),
        ({"status": "suspended"}, Step.RESTING),
        ({"status": "expired"}, Step.RESTING),
        ({"status": "licensed", "may_share": True}, None),
        ({"status": "closed"}, None),
    ],
)
def test_where_an_owner_stands(changes: dict[str, object], expected: Step | None) -> None:
    assert step(replace(WAY, **changes)) == expected  # type: ignore[arg-type]


def test_stuck_and_overdue_only_on_the_way() -> None:
    later = AT + timedelta(days=5)
    assert (is_stuck(WAY, later), is_overdue(WAY, later)) == (True, True)
    assert (is_stuck(WAY, later - timedelta(seconds=1)), is_overdue(WAY, AT)) == (False, False)
    sharing = replace(WAY, status="licensed", may_share=True)
    assert (is_stuck(sharing, later), is_overdue(sharing, later)) == (False, False)


@pytest.mark.parametrize("days", [7, 30, 90, 365])
def test_a_period_and_its_slices_hold_each_day_once(days: int) -> None:
    period = period_of(days, date(2026, 11, 22))
    assert (period.days, period.before.days) == (days, days)
    assert period.before.until + timedelta(days=1) == period.since
    cut = slices(period)
    assert (cut[0][1], cut[-1][2]) == (period.since, period.until + timedelta(days=1))
    assert all(one[2] == other[1] for one, other in itertools.pairwise(cut))
    assert len({name for name, _, _ in cut}) == len(cut)
    assert len(cut) == {7: 7, 30: 5, 90: 13, 365: 13}[days] or days == 90


def test_a_period_across_the_year() -> None:
    assert [name for name, _, _ in slices(Period(date(2025, 12, 29), date(2026, 1, 4)))] == [
        f"2025-12-{day}" for day in (29, 30, 31)
    ] + [f"2026-01-0{day}" for day in (1, 2, 3, 4)]


def test_a_share_says_how_sure_it_is() -> None:
    assert (Share(0, 0).bp, Share(0, 0).bounds) == (None, None)
    assert (Share(5, 10).bp, Share(5, 10).bounds) == (5000, (2370, 7630))
    assert (Share(12, 10).bp, Share(12, 10).bounds) == (12_000, None)  # more orders than visits
