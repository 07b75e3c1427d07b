"""When things are due, whom a bulk leaves out, which reminder is due."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from courses.assignment import rules
from courses.assignment.rules import Candidate, ReminderKind, Skip

CHINA = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)  # 16:00 in Shanghai
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("assigned_at", "days", "due"),
    [
        (AT, 30, datetime(2026, 12, 22, 15, 59, 59, tzinfo=UTC)),
        (datetime(2026, 11, 22, 15, 59, tzinfo=UTC), 1, datetime(2026, 11, 23, 15, 59, 59, tzinfo=UTC)),
        (datetime(2026, 11, 22, 16, 0, tzinfo=UTC), 1, datetime(2026, 11, 24, 15, 59, 59, tzinfo=UTC)),
        (AT, 0, None),
    ],
)
def test_it_is_due_at_the_end_of_a_day_where_the_site_is(
    assigned_at: datetime, days: int, due: datetime | None
) -> None:
    assert rules.due_after(assigned_at, days, CHINA) == due


def test_a_given_date_is_good_for_all_of_that_day() -> None:
    assert rules.end_of_day(date(2026, 12, 1), CHINA) == datetime(2026, 12, 1, 15, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("completed_at", "valid_days", "valid"),
    [
        (None, 365, False),
        (AT - 364 * DAY, 365, True),
        (AT - 365 * DAY, 365, False),
        (AT - 3650 * DAY, 0, True),
    ],
)
def test_what_was_completed_counts_for_a_time_or_for_good(
    completed_at: datetime | None, valid_days: int, valid: bool
) -> None:
    assert rules.still_valid(completed_at, valid_days, AT) is valid


FREE = {"disabled": False, "in_reach": True, "has_open": False, "completed_at": None}


@pytest.mark.parametrize(
    ("known", "again", "reason"),
    [
        ({}, False, None),
        ({"disabled": True, "in_reach": False}, False, Skip.DISABLED),
        ({"in_reach": False, "has_open": True}, False, Skip.NOT_IN_TEAM),
        ({"has_open": True, "completed_at": AT - DAY}, True, Skip.OPEN),
        ({"completed_at": AT - DAY}, False, Skip.COMPLETED),
        ({"completed_at": AT - DAY}, True, None),
        ({"completed_at": AT - 400 * DAY}, False, None),
    ],
)
def test_a_bulk_leaves_out(known: dict[str, object], again: bool, reason: Skip | None) -> None:
    candidate = Candidate(1, "Olive", **(FREE | known))  # type: ignore[arg-type]
    assert rules.skip_reason(candidate, 365, again, AT) == reason


# Days from today's end to the due date, and the reminder that its time has come for.
@pytest.mark.parametrize(
    ("days", "kinds"),
    [
        (8, []),
        (7, []),  # at 16:00 the due moment is still seven days and eight hours away
        (6, ["soon"]),
        (1, ["soon"]),
        (0, ["due"]),
        (-1, ["due"]),
        (-3, ["due"]),
        (-4, ["overdue"]),
        (-400, ["overdue"]),
    ],
)
def test_of_the_reminders_only_the_latest_is_sent(days: int, kinds: list[str]) -> None:
    due_at = datetime(2026, 11, 22, 15, 59, 59, tzinfo=UTC) + days * DAY
    found = []
    for kind in rules.BY_RULE:
        window = rules.reminder_window(kind, AT, CHINA)
        if (window.after is None or due_at > window.after) and due_at <= window.until:
            found.append(kind.value)
    assert found == kinds


def test_whoever_was_assigned_late_is_not_reminded_of_what_she_just_heard() -> None:
    assert rules.lead(ReminderKind.SOON) == 7 * DAY
    assert rules.lead(ReminderKind.DUE) == DAY
    assert rules.lead(ReminderKind.OVERDUE) == -3 * DAY


@pytest.mark.parametrize(
    ("at", "monday"),
    [
        (datetime(2026, 11, 22, 8, 0, tzinfo=UTC), "2026-11-16"),
        (datetime(2026, 11, 22, 16, 0, tzinfo=UTC), "2026-11-23"),  # Monday already where the site is
    ],
)
def test_weeks_begin_on_monday_where_the_site_is(at: datetime, monday: str) -> None:
    assert rules.week_of(at, CHINA) == monday


@pytest.mark.parametrize(
    ("cause", "told"), [("manual", True), ("renewal", True), ("new_owner", False), ("violation", False)]
)
def test_who_is_told_by_the_assignment_itself(cause: str, told: bool) -> None:
    assert rules.announced(cause) is told
