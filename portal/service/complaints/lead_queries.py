"""The desk as its lead sees it: who carries how much, what is in danger, who asked twice. Call inside a door."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.web.paging import Cut, Page, paged
from portal.service.complaints import queries
from portal.service.complaints.clocks import FIRST_REPLY
from portal.service.complaints.desk_rules import ASKED_AGAIN_WINDOW, AT_RISK
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.rules import Function, State
from portal.service.complaints.tables import Complaint
from portal.service.roster import queries as roster
from portal.service.roster.queries import AgentState


@dataclass(frozen=True, slots=True)
class Share:
    """So many of `n`; what n says stands beside it."""

    part: int = 0
    n: int = 0

    @property
    def percent(self) -> int | None:
        return round(100 * self.part / self.n) if self.n else None


@dataclass(frozen=True, slots=True)
class Load:
    """What an agent carries. `oldest_at`: receipt of her oldest open one; shares are of the last thirty days."""

    agent: AgentState
    open: int
    oldest_at: datetime | None
    at_risk: int
    broken: int
    unread: int
    asked_again: Share
    first_replies: Share


def _moment(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


_OPEN = (
    "SELECT agent, count(*) AS n, min(received_at) AS oldest FROM complaints"
    " WHERE ended_at IS NULL AND agent IS NOT NULL AND duplicate_of IS NULL GROUP BY agent"
)
_DANGER = (
    "SELECT c.agent, count(DISTINCT CASE WHEN k.due_at >= {} THEN c.id END) AS at_risk,"
    " count(DISTINCT CASE WHEN k.due_at < {} THEN c.id END) AS broken FROM complaints c"
    " JOIN complaint_clocks k ON k.complaint = c.id AND k.round = c.round AND k.stopped_at IS NULL"
    " LEFT JOIN complaint_rungs r ON r.complaint = c.id AND r.round = c.round AND r.clock = k.name AND r.percent = {}"
    " WHERE c.ended_at IS NULL AND (r.id IS NOT NULL OR k.due_at < {}) GROUP BY c.agent"
)
_UNREAD = (
    "SELECT i.agent, count(*) AS n FROM complaint_agents i JOIN complaints c ON c.id = i.complaint"
    " WHERE i.story_from IS NOT NULL AND i.cleared_at IS NULL AND i.until IS NULL AND c.ended_at IS NULL"
    " GROUP BY i.agent"
)
_ASKED = (
    "SELECT person AS agent, count(*) AS n, sum(CASE WHEN told_before_at IS NOT NULL THEN 1 ELSE 0 END) AS part"
    " FROM complaint_turns WHERE speaker = 'agent' AND at >= {} AND audience <> 'inner' GROUP BY person"
)
_REPLIED = (
    "SELECT first_reply_by AS agent, count(*) AS n, sum(CASE WHEN first_reply_seconds <= {} THEN 1 ELSE 0 END) AS part"
    " FROM complaints WHERE first_reply_at >= {} AND first_reply_seconds IS NOT NULL GROUP BY first_reply_by"
)


async def loads(at: datetime) -> list[Load]:
    """Everybody of the desk, the fullest first."""
    since = at - ASKED_AGAIN_WINDOW
    carried = await _by_agent(_OPEN)
    danger = await _by_agent(_DANGER, at, at, AT_RISK, at)
    unread = await _by_agent(_UNREAD)
    asked = await _by_agent(_ASKED, since)
    replied = await _by_agent(_REPLIED, int(FIRST_REPLY.total_seconds()), since)
    found = [
        Load(
            one,
            int(carried.get(one.person_id, {}).get("n", 0)),
            _moment(carried.get(one.person_id, {}).get("oldest")),
            int(danger.get(one.person_id, {}).get("at_risk", 0)),
            int(danger.get(one.person_id, {}).get("broken", 0)),
            int(unread.get(one.person_id, {}).get("n", 0)),
            _share(asked.get(one.person_id)),
            _share(replied.get(one.person_id)),
        )
        for one in await roster.candidates(at)
    ]
    return sorted(found, key=lambda load: (-load.open / load.agent.capacity, load.agent.person_id))


async def _by_agent(sql: str, *values: object) -> dict[int | None, dict[str, Any]]:
    return {row["agent"]: row for row in await Complaint.raw(sql, *values)}


def _share(row: dict[str, Any] | None) -> Share:
    return Share(int(row["part"] or 0), int(row["n"])) if row else Share()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which running complaints are looked for. `agent_id` 0: nobody's."""

    agent_id: int | None = None
    function: Function | None = None
    state: State | None = None
    broken: bool = False


async def running(wanted: Wanted, cut: Cut, at: datetime) -> Page[ComplaintInfo]:
    """The desk's running complaints, what is due first."""
    where, values = ["c.ended_at IS NULL"], list[object]()
    if wanted.agent_id is not None:
        where.append("c.agent = {}" if wanted.agent_id else "c.agent IS NULL")
        values += [wanted.agent_id] if wanted.agent_id else []
    for column, value in (("function_category", wanted.function), ("state", wanted.state)):
        if value is not None:
            where.append(f"c.{column} = {{}}")
            values.append(str(value))
    if wanted.broken:
        where.append(
            "EXISTS (SELECT 1 FROM complaint_clocks k WHERE k.complaint = c.id AND k.round = c.round"
            " AND k.stopped_at IS NULL AND k.due_at < {})"
        )
        values.append(at)
    tail = f"{' AND '.join(where)} AND c.rank > {{}} ORDER BY c.rank LIMIT {{}}"
    found = await queries.listed(tail, *values, cut.after or -1, cut.fetch)
    return paged(found, cut, lambda info: info.rank)


@dataclass(frozen=True, slots=True)
class Unread:
    """A hand-over that was not taken note of by noon."""

    ref: str
    agent_name: str
    since: datetime


async def overdue(limit: int = 50) -> Sequence[Unread]:
    """Those of which the leads were told, as far as they are still unread."""
    rows = await Complaint.raw(
        "SELECT c.ref, a.name AS agent_name, i.since FROM complaint_agents i JOIN complaints c ON c.id = i.complaint"
        " JOIN persons a ON a.id = i.agent WHERE i.overdue_told_at IS NOT NULL AND i.story_from IS NOT NULL"
        " AND i.cleared_at IS NULL AND i.until IS NULL AND c.ended_at IS NULL ORDER BY i.since LIMIT {}",
        limit,
    )
    return [Unread(**row) for row in rows]
