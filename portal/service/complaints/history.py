"""What happened to a complaint, and what follows from it: its clocks, its rungs, who was in charge. Inside a door."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.base.database import placeholders
from portal.service.complaints.clocks import Clock, Moment, Name, Round, Rung, clocks, rounds
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.tables import ComplaintClock, ComplaintEvent, ComplaintRung, InCharge


@dataclass(frozen=True, slots=True)
class EventInfo:
    """A moment of a complaint; `by_name` where a person did it."""

    id: int
    round: int
    kind: str
    at: datetime
    by_id: int | None
    by_name: str | None
    facts: dict[str, Any]

    @property
    def moment(self) -> Moment:
        return Moment(self.kind, self.at)


@dataclass(frozen=True, slots=True)
class TenureInfo:
    """Who was in charge from when to when."""

    id: int
    agent_id: int
    agent_name: str
    since: datetime
    until: datetime | None
    why: str
    story_from: int | None
    story_from_name: str | None
    summary: str | None
    reason: str | None
    cleared_at: datetime | None


async def events(complaint_id: int) -> list[EventInfo]:
    """Everything that happened, in order."""
    rows = await ComplaintEvent.raw(
        "SELECT e.id, e.round, e.kind, e.at, e.by_person AS by_id, p.name AS by_name, e.facts"
        " FROM complaint_events e LEFT JOIN persons p ON p.id = e.by_person WHERE e.complaint = {} ORDER BY e.id",
        complaint_id,
    )
    return [EventInfo(**{**row, "facts": json.loads(row["facts"])}) for row in map(dict, rows)]


async def clocks_of(info: ComplaintInfo) -> Round:
    """The present round's clocks, derived from the events."""
    return clocks(info.policy, [event.moment for event in await events(info.id)])


async def rounds_of(info: ComplaintInfo) -> list[Round]:
    return rounds(info.policy, [event.moment for event in await events(info.id)])


async def clocks_of_many(infos: Collection[ComplaintInfo]) -> dict[int, Round]:
    """The present rounds' clocks of a page of complaints, one query for all: as they were last derived."""
    if not infos:
        return {}
    rows = await ComplaintClock.raw(
        "SELECT k.complaint, k.name, k.started_at, k.due_at, k.stopped_at FROM complaint_clocks k"  # noqa: S608
        " JOIN complaints c ON c.id = k.complaint AND c.round = k.round"
        f" WHERE k.complaint IN ({placeholders(infos)})",
        *(info.id for info in infos),
    )
    found: dict[int, dict[Name, Clock]] = {}
    for row in rows:
        clock = Clock(Name(row["name"]), row["started_at"], row["due_at"], row["stopped_at"])
        found.setdefault(row["complaint"], {})[clock.name] = clock
    return {each: (by[Name.PROPOSAL], by[Name.COMPENSATION], by[Name.LEGAL]) for each, by in found.items()}


async def kept_clocks(complaint_id: int) -> dict[tuple[int, Name], Clock]:
    """Every round's clocks as they were last derived."""
    rows = await ComplaintClock.raw(
        "SELECT round, name, started_at, due_at, stopped_at FROM complaint_clocks WHERE complaint = {}", complaint_id
    )
    return {
        (row["round"], Name(row["name"])): Clock(Name(row["name"]), row["started_at"], row["due_at"], row["stopped_at"])
        for row in rows
    }


async def rungs(info: ComplaintInfo) -> set[Rung]:
    """The rungs climbed in the present round."""
    rows = await ComplaintRung.select(ComplaintRung.clock, ComplaintRung.percent).where(
        ComplaintRung.complaint == info.id, ComplaintRung.round == info.round
    )
    return {Rung(Name(row["clock"]), row["percent"]) for row in rows}


async def tenures(complaint_id: int) -> list[TenureInfo]:
    """Who was in charge, the first first."""
    rows = await InCharge.raw(
        "SELECT i.id, i.agent AS agent_id, a.name AS agent_name, i.since, i.until, i.why, i.story_from,"
        " f.name AS story_from_name, i.summary, i.reason, i.cleared_at"
        " FROM complaint_agents i JOIN persons a ON a.id = i.agent LEFT JOIN persons f ON f.id = i.story_from"
        " WHERE i.complaint = {} ORDER BY i.id",
        complaint_id,
    )
    return [TenureInfo(**row) for row in rows]


async def came_to(info: ComplaintInfo, person_id: int | None, at: datetime) -> datetime:
    """When a complaint came to an agent who is at work at `at`: with her charge of it, not before her shift began."""
    rows = await InCharge.raw(
        "SELECT i.since, x.starts_at FROM complaint_agents i LEFT JOIN desk_shifts x ON x.person = i.agent"
        " AND x.cancelled_at IS NULL AND x.starts_at <= {} AND x.ends_at > {}"
        " WHERE i.complaint = {} AND i.agent = {} AND i.until IS NULL ORDER BY x.starts_at DESC LIMIT 1",
        at,
        at,
        info.id,
        person_id or 0,
    )
    if not rows:
        return info.received_at
    since: datetime = rows[0]["since"]
    return max(since, rows[0]["starts_at"] or since)
