"""Shifts and leave as planned: a day's, a week's, a month's, one person's, and which shifts have ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from portal.core.base.clock import day_start, local
from portal.core.base.database import placeholders
from portal.core.people.queries import LARGEST_ID
from portal.core.web.paging import Cut, Page, paged
from portal.service.roster import rules
from portal.service.roster.queries import candidates
from portal.service.roster.rules import Span
from portal.service.roster.tables import Agent

MOST_SHOWN = 500
_SHIFT = (
    "SELECT s.id, s.person, p.name, s.starts_at, s.ends_at, s.deputy, d.name AS deputy_name FROM desk_shifts s"
    " JOIN persons p ON p.id = s.person LEFT JOIN persons d ON d.id = s.deputy WHERE s.cancelled_at IS NULL"
)
_ABSENCE = (
    "SELECT s.id, s.person, p.name, s.starts_at, s.ends_at, s.deputy, d.name AS deputy_name, s.reason"
    " FROM desk_absences s JOIN persons p ON p.id = s.person JOIN persons d ON d.id = s.deputy"
    " WHERE s.cancelled_at IS NULL"
)
_DESK = (
    "EXISTS (SELECT 1 FROM roles r WHERE r.person = p.id AND r.ended_at IS NULL AND r.role IN ('agent', 'desk_lead'))"
    " AND p.disabled_at IS NULL AND p.erased_at IS NULL"
)


@dataclass(frozen=True, slots=True)
class ShiftInfo:
    """A shift, or a leave (then with its reason)."""

    id: int
    person_id: int
    name: str
    span: Span
    deputy_id: int | None
    deputy_name: str | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ShiftEnd:
    """A shift that is over: whose, from when to when, and who stands in for her now (None: nobody)."""

    shift_id: int
    person_id: int
    starts_at: datetime
    ended_at: datetime
    deputy_id: int | None


@dataclass(frozen=True, slots=True)
class WeekRow:
    """One of the desk and her seven days: shifts that begin on each, and leave that touches it."""

    person_id: int
    name: str
    days: tuple[tuple[ShiftInfo, ...], ...]


def _info(row: dict[str, Any]) -> ShiftInfo:
    span = Span(row["starts_at"], row["ends_at"])
    return ShiftInfo(row["id"], row["person"], row["name"], span, row["deputy"], row["deputy_name"], row.get("reason"))


async def shift(shift_id: int) -> ShiftInfo | None:
    if not 0 < shift_id <= LARGEST_ID:
        return None
    rows = await Agent.raw(f"{_SHIFT} AND s.id = {{}}", shift_id)
    return _info(rows[0]) if rows else None


async def absence(absence_id: int) -> ShiftInfo | None:
    if not 0 < absence_id <= LARGEST_ID:
        return None
    rows = await Agent.raw(f"{_ABSENCE} AND s.id = {{}}", absence_id)
    return _info(rows[0]) if rows else None


async def shifts_of(person_id: int, span: Span) -> list[ShiftInfo]:
    """Her shifts that meet a span, by time."""
    rows = await Agent.raw(
        f"{_SHIFT} AND s.person = {{}} AND s.starts_at < {{}} AND s.ends_at > {{}} ORDER BY s.starts_at LIMIT {{}}",
        person_id,
        span.ends_at,
        span.starts_at,
        MOST_SHOWN,
    )
    return [_info(row) for row in rows]


async def absences_of(person_id: int, span: Span) -> list[ShiftInfo]:
    """Her leave that meets a span, by time."""
    rows = await Agent.raw(
        f"{_ABSENCE} AND s.person = {{}} AND s.ends_at > {{}} AND s.starts_at < {{}} ORDER BY s.starts_at LIMIT {{}}",
        person_id,
        span.starts_at,
        span.ends_at,
        MOST_SHOWN,
    )
    return [_info(row) for row in rows]


async def shifts_within(span: Span) -> list[ShiftInfo]:
    """Everybody's shifts that begin within a span, by time; at most five hundred."""
    rows = await Agent.raw(
        f"{_SHIFT} AND s.starts_at >= {{}} AND s.starts_at < {{}} ORDER BY s.starts_at, s.id LIMIT {{}}",
        span.starts_at,
        span.ends_at,
        MOST_SHOWN,
    )
    return [_info(row) for row in rows]


async def absences_within(span: Span) -> list[ShiftInfo]:
    """Everybody's leave that meets a span, by time; at most five hundred."""
    rows = await Agent.raw(
        f"{_ABSENCE} AND s.ends_at > {{}} AND s.starts_at < {{}} ORDER BY s.starts_at, s.id LIMIT {{}}",
        span.starts_at,
        span.ends_at,
        MOST_SHOWN,
    )
    return [_info(row) for row in rows]


async def week(monday: date, cut: Cut) -> Page[WeekRow]:
    """The desk's people with their week, by key."""
    people = await Agent.raw(
        f"SELECT p.id, p.name FROM persons p WHERE {_DESK} AND p.id > {{}} ORDER BY p.id LIMIT {{}}",  # noqa: S608
        cut.after,
        cut.fetch,
    )
    shown = paged(people, cut, lambda row: row["id"])
    ids = [row["id"] for row in shown.items]
    days = [monday + timedelta(days=n) for n in range(7)]
    span = Span(day_start(monday), day_start(monday + rules.WEEK))
    planned = await _planned(ids, span)
    rows = [WeekRow(row["id"], row["name"], _by_day(planned.get(row["id"], ()), days)) for row in shown.items]
    return Page(rows, shown.next_after)


async def _planned(ids: Sequence[int], span: Span) -> dict[int, list[ShiftInfo]]:
    found: dict[int, list[ShiftInfo]] = {}
    if not ids:
        return found
    marks = placeholders(ids)
    for sql in (_SHIFT, _ABSENCE):
        rows = await Agent.raw(
            f"{sql} AND s.person IN ({marks}) AND s.starts_at < {{}} AND s.ends_at > {{}} ORDER BY s.starts_at",
            *ids,
            span.ends_at,
            span.starts_at,
        )
        for row in rows:
            found.setdefault(row["person"], []).append(_info(row))
    return found


def _by_day(planned: Sequence[ShiftInfo], days: Sequence[date]) -> tuple[tuple[ShiftInfo, ...], ...]:
    return tuple(tuple(one for one in planned if _stands_on(one, day)) for day in days)


def _stands_on(one: ShiftInfo, day: date) -> bool:
    """A shift stands on the day on which it begins, leave on every day that it touches."""
    if one.reason is None:
        return local(one.span.starts_at).date() == day
    return one.span.meets(Span(day_start(day), day_start(day + timedelta(days=1))))


async def heads(days: Sequence[date]) -> dict[date, int]:
    """How many shifts begin on each of some days that follow each other."""
    one = "sum(CASE WHEN starts_at >= {} AND starts_at < {} THEN 1 ELSE 0 END)"
    counts = ", ".join(f"{one} AS d{n}" for n in range(len(days)))
    edges = [day_start(day) for day in (*days, days[-1] + timedelta(days=1))]
    pairs = [edge for n in range(len(days)) for edge in edges[n : n + 2]]
    sql = f"SELECT {counts} FROM desk_shifts WHERE cancelled_at IS NULL AND starts_at >= {{}} AND starts_at < {{}}"  # noqa: S608
    row = (await Agent.raw(sql, *pairs, edges[0], edges[-1]))[0]
    return {day: int(row[f"d{n}"] or 0) for n, day in enumerate(days)}


async def shifts_ended(since: datetime, at: datetime) -> list[ShiftEnd]:
    """The shifts that ended after `since`, up to `at`, by time: what each leaves is to be handed over."""
    rows = await Agent.raw(
        "SELECT id, person, starts_at, ends_at FROM desk_shifts"
        " WHERE cancelled_at IS NULL AND ends_at > {} AND ends_at <= {} ORDER BY ends_at, id",
        since,
        at,
    )
    if not rows:
        return []
    deputies = {one.person_id: one.deputy_id for one in await candidates(at)}
    return [
        ShiftEnd(row["id"], row["person"], row["starts_at"], row["ends_at"], deputies.get(row["person"]))
        for row in rows
    ]
