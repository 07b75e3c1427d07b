"""Decisions about assignments: when they are due, whom a bulk leaves out, when to remind."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

SOON = timedelta(days=7)
LATE = timedelta(days=3)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)
FURTHEST = timedelta(days=3 * 366)


class Cause(StrEnum):
    """Why something was assigned."""

    NEW_OWNER = "new_owner"
    VIOLATION = "violation"
    RENEWAL = "renewal"
    MANUAL = "manual"
    ROLE = "role"  # her work at the desk asks for it
    COMPLAINT = "complaint"  # a slip that came to light there
    PRODUCT = "product"  # she wants to share something that has a lesson of its own


class Skip(StrEnum):
    """Why a bulk leaves somebody out."""

    DISABLED = "disabled"
    NOT_IN_TEAM = "not_in_team"
    OPEN = "open"
    COMPLETED = "completed"


class ReminderKind(StrEnum):
    """The reminders that time sends, in their order, and the one that a person sends."""

    SOON = "soon"
    DUE = "due"
    OVERDUE = "overdue"
    MANUAL = "manual"


BY_RULE = (ReminderKind.SOON, ReminderKind.DUE, ReminderKind.OVERDUE)


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The last second of a calendar day, in UTC: a date given as due is still good for all of that day."""
    return datetime.combine(day, time(23, 59, 59), zone).astimezone(UTC)


def due_after(assigned_at: datetime, days: int, zone: ZoneInfo) -> datetime | None:
    """When an assignment is due that gives `days` days; none for 0."""
    if days <= 0:
        return None
    return end_of_day(assigned_at.astimezone(zone).date() + timedelta(days=days), zone)


def announced(cause: str) -> bool:
    """Whether the assignment sends its own notice: an invitation tells a new owner, a decision tells of a violation."""
    return cause in (Cause.MANUAL, Cause.RENEWAL, Cause.ROLE)


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a bulk needs to know of a person. `completed_at`: when she last completed the very version in question."""

    person_id: int
    name: str
    disabled: bool
    in_reach: bool
    has_open: bool
    completed_at: datetime | None


def still_valid(completed_at: datetime | None, valid_days: int, at: datetime) -> bool:
    """Whether something completed then still counts; 0 days: for good."""
    if completed_at is None:
        return False
    return not valid_days or at < completed_at + timedelta(days=valid_days)


def skip_reason(candidate: Candidate, valid_days: int, again: bool, at: datetime) -> Skip | None:
    """Why this person is left out, or None. `again` gives it also to those who completed it."""
    if candidate.disabled:
        return Skip.DISABLED
    if not candidate.in_reach:
        return Skip.NOT_IN_TEAM
    if candidate.has_open:
        return Skip.OPEN
    if not again and still_valid(candidate.completed_at, valid_days, at):
        return Skip.COMPLETED
    return None


@dataclass(frozen=True, slots=True)
class Window:
    """Due dates for which a reminder is to be sent now: after `after` (None: however long ago), up to `until`."""

    after: datetime | None
    until: datetime


def reminder_window(kind: ReminderKind, at: datetime, zone: ZoneInfo) -> Window:
    """Which due dates ask for this reminder at `at`. Of reminders missed meanwhile only the latest is sent."""
    today = end_of_day(at.astimezone(zone).date(), zone)
    match kind:
        case ReminderKind.SOON:
            return Window(today, at + SOON)
        case ReminderKind.DUE:
            return Window(at - LATE, today)
        case _:
            return Window(None, at - LATE)


def lead(kind: ReminderKind) -> timedelta:
    """How long before the due date a reminder's time comes; whoever was assigned after that needs none."""
    return {ReminderKind.SOON: SOON, ReminderKind.DUE: DAY}.get(kind, -LATE)


def week_of(at: datetime, zone: ZoneInfo) -> str:
    """The Monday of the week, as the site's calendar has it."""
    day = at.astimezone(zone).date()
    return (day - timedelta(days=day.weekday())).isoformat()
