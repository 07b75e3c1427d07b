"""What the desk's pages read. Call inside a door."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from portal.core.base.clock import site_zone
from portal.core.base.database import placeholders
from portal.core.web.paging import Cut, Page, paged
from portal.service.complaints import queries
from portal.service.complaints.desk_rules import Show, cleared_by
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.rules import State
from portal.service.complaints.tables import (
    Complaint,
    ComplaintEvent,
    ComplaintLine,
    ComplaintLook,
    ComplaintTick,
    InCharge,
    Turn,
)

MOST_COUNTED = 100
MOST_HANDED = 50
_SHOWN = {
    Show.MINE: "c.agent = {} AND c.ended_at IS NULL",
    Show.QUEUE: "c.agent IS NULL AND c.ended_at IS NULL AND {} > 0",
    Show.WAITING: "c.agent = {} AND c.ended_at IS NULL AND c.waiting_since IS NOT NULL",
    Show.PROPOSALS: "c.agent = {} AND c.ended_at IS NULL AND c.state = 'proposed'",
    Show.TO_RESOLVE: "c.agent = {} AND c.ended_at IS NULL AND c.state = 'agreed'",
    Show.TO_CLOSE: "c.agent = {} AND c.state = 'resolved'",
}


async def day(person_id: int, show: Show, cut: Cut) -> Page[ComplaintInfo]:
    """An agent's day, what is due first."""
    tail = f"{_SHOWN[show]} AND c.rank > {{}} ORDER BY c.rank LIMIT {{}}"
    found = await queries.listed(tail, person_id, cut.after or -1, cut.fetch)
    return paged(found, cut, lambda info: info.rank)


@dataclass(frozen=True, slots=True)
class Counts:
    """How much each view of a day holds (queue and what is to close: up to a hundred), and the last event and turn."""

    of: Mapping[Show, int]
    event: int
    turn: int

    @property
    def mark(self) -> str:
        return f"{self.event}-{self.turn}"


async def counts(person_id: int) -> Counts:
    """An agent's day in numbers."""
    rows = await Complaint.raw(
        "SELECT count(*) AS mine, sum(CASE WHEN waiting_since IS NOT NULL THEN 1 ELSE 0 END) AS waiting,"
        " sum(CASE WHEN state = 'proposed' THEN 1 ELSE 0 END) AS proposals,"
        " sum(CASE WHEN state = 'agreed' THEN 1 ELSE 0 END) AS to_resolve,"
        " (SELECT count(*) FROM (SELECT 1 FROM complaints WHERE agent IS NULL AND ended_at IS NULL LIMIT {}) q)"
        " AS queue, (SELECT count(*)"
        " FROM (SELECT 1 FROM complaints WHERE agent = {} AND state = 'resolved' LIMIT {}) r) AS to_close,"
        " (SELECT max(id) FROM complaint_events) AS event, (SELECT max(id) FROM complaint_turns) AS turn"
        " FROM complaints WHERE agent = {} AND ended_at IS NULL",
        MOST_COUNTED,
        person_id,
        MOST_COUNTED,
        person_id,
    )
    found = rows[0]
    return Counts({show: int(found[str(show)] or 0) for show in Show}, found["event"] or 0, found["turn"] or 0)


@dataclass(frozen=True, slots=True)
class Standing:
    """A row of the day as far as its agent goes: since when it is hers, and whether something new was said to her."""

    came_at: datetime | None
    news: bool


async def standings(person_id: int, infos: Collection[ComplaintInfo]) -> dict[int, Standing]:
    """For a page of complaints, in one query."""
    if not infos:
        return {}
    rows = await InCharge.raw(
        "SELECT c.id, i.since, l.turn, (SELECT max(t.id) FROM complaint_turns t WHERE t.complaint = c.id"  # noqa: S608
        " AND t.speaker <> 'agent') AS said FROM complaints c"
        " LEFT JOIN complaint_agents i ON i.complaint = c.id AND i.until IS NULL"
        " LEFT JOIN complaint_looks l ON l.complaint = c.id AND l.person = {}"
        f" WHERE c.id IN ({placeholders(infos)})",
        person_id,
        *(info.id for info in infos),
    )
    return {row["id"]: Standing(row["since"], (row["said"] or 0) > (row["turn"] or 0)) for row in rows}


@dataclass(frozen=True, slots=True)
class Handover:
    """What came into her hands from another's, not noted yet: the story, and until when it is to be read."""

    complaint_id: int
    ref: str
    buyer: str
    from_name: str
    since: datetime
    clear_by: datetime
    summary: str
    reason: str | None


async def handovers(person_id: int) -> list[Handover]:
    """The oldest first."""
    rows = await InCharge.raw(
        "SELECT i.complaint AS complaint_id, c.ref, v.name AS buyer, f.name AS from_name, i.since, i.summary, i.reason"
        " FROM complaint_agents i JOIN complaints c ON c.id = i.complaint JOIN vips v ON v.id = c.vip"
        " JOIN persons f ON f.id = i.story_from WHERE i.agent = {} AND i.story_from IS NOT NULL"
        " AND i.cleared_at IS NULL AND i.until IS NULL AND c.ended_at IS NULL ORDER BY i.id LIMIT {}",
        person_id,
        MOST_HANDED,
    )
    zone = site_zone()
    return [
        Handover(**{**row, "summary": row["summary"] or "", "clear_by": cleared_by(row["since"], zone)})
        for row in map(dict, rows)
    ]


# ---- news ----


async def arrived(person_id: int, event_id: int, turn_id: int) -> int:
    """How many complaints of hers, or of the queue, have something new since then that she did not do herself."""
    rows = await Complaint.raw(
        "SELECT count(DISTINCT n.complaint) AS n FROM (SELECT complaint FROM complaint_events WHERE id > {}"
        " AND kind <> 'step' AND (by_person IS NULL OR by_person <> {})"
        " UNION ALL SELECT complaint FROM complaint_turns WHERE id > {} AND speaker <> 'agent') n"
        " JOIN complaints c ON c.id = n.complaint WHERE c.agent = {} OR (c.agent IS NULL AND c.ended_at IS NULL)",
        event_id,
        person_id,
        turn_id,
        person_id,
    )
    return int(rows[0]["n"])


# ---- one complaint ----


@dataclass(frozen=True, slots=True)
class Charge:
    """Who has it now: since when (not before her shift began), and what was handed over to her with it."""

    agent_id: int
    came_at: datetime
    story_from: str | None
    summary: str
    reason: str | None
    cleared: bool


@dataclass(frozen=True, slots=True)
class Around:
    """Whom a complaint is about: her whole number (mask it); who is too near to decide; who has it now."""

    phone: str
    related: frozenset[int]
    charge: Charge | None


async def around(info: ComplaintInfo, at: datetime) -> Around:
    rows = await Complaint.raw(
        "SELECT v.phone, p.id AS person, i.agent, i.since, x.starts_at, f.name AS story_from, i.summary, i.reason,"
        " i.cleared_at FROM vips v LEFT JOIN persons p ON p.phone = v.phone"
        " LEFT JOIN complaint_agents i ON i.complaint = {} AND i.until IS NULL"
        " LEFT JOIN persons f ON f.id = i.story_from LEFT JOIN desk_shifts x ON x.person = i.agent"
        " AND x.cancelled_at IS NULL AND x.starts_at <= {} AND x.ends_at > {} WHERE v.id = {}"
        " ORDER BY x.starts_at DESC",
        info.id,
        at,
        at,
        info.vip_id,
    )
    row = rows[0]
    near = frozenset({info.owner_id, *(each["person"] for each in rows if each["person"] is not None)})
    if row["agent"] is None:
        return Around(row["phone"], near, None)
    came = max(row["since"], row["starts_at"] or row["since"])
    story = (row["story_from"], row["summary"] or "", row["reason"], row["cleared_at"] is not None)
    return Around(row["phone"], near, Charge(row["agent"], came, *story))


@dataclass(frozen=True, slots=True)
class Goods:
    """A line that it is about, paid in fen, and where its parcel is."""

    title: str
    quantity: int
    paid_fen: int
    carrier: str | None
    tracking_number: str | None
    parcel_state: str | None
    state_at: datetime | None


async def goods(info: ComplaintInfo) -> list[Goods]:
    """The complaint's lines, each with the order's latest parcel."""
    rows = await ComplaintLine.raw(
        "SELECT o.title, o.quantity, o.paid_fen, s.name AS carrier, p.tracking_number, p.state AS parcel_state,"
        " p.state_at FROM complaint_lines l JOIN order_lines o ON o.id = l.order_line"
        " LEFT JOIN parcels p ON p.id = (SELECT max(q.id) FROM parcels q WHERE q.order_of = {})"
        " LEFT JOIN suppliers s ON s.id = p.carrier WHERE l.complaint = {} ORDER BY l.id LIMIT 100",
        info.order_id or 0,
        info.id,
    )
    return [Goods(**row) for row in rows]


async def earlier(info: ComplaintInfo, limit: int = 10) -> list[ComplaintInfo]:
    """The same buyer's other complaints, the newest first."""
    return await queries.listed("c.vip = {} AND c.id <> {} ORDER BY c.id DESC LIMIT {}", info.vip_id, info.id, limit)


def linkable(info: ComplaintInfo, others: Collection[ComplaintInfo]) -> list[ComplaintInfo]:
    """Those that it may be said to repeat: open ones that stand for themselves."""
    if info.state is not State.OPEN:
        return []
    return [other for other in others if other.open and other.duplicate_of is None]


async def ticks(info: ComplaintInfo) -> set[str]:
    """The steps done in this round."""
    rows = await ComplaintTick.select(ComplaintTick.step).where(
        ComplaintTick.complaint == info.id, ComplaintTick.round == info.round
    )
    return {row["step"] for row in rows}


async def last_turn(complaint_id: int) -> int:
    rows = await Turn.raw("SELECT max(id) AS last FROM complaint_turns WHERE complaint = {}", complaint_id)
    return int(rows[0]["last"] or 0)


async def moved_by_hand(complaint_id: int, seen: int | None) -> bool:
    """Has a person done something to it since this event?"""
    rows = await ComplaintEvent.raw(
        "SELECT 1 AS one FROM complaint_events WHERE complaint = {} AND id > {} AND by_person IS NOT NULL LIMIT 1",
        complaint_id,
        -1 if seen is None else seen,
    )
    return bool(rows)


async def look(info: ComplaintInfo, person_id: int, turn_id: int) -> None:
    """She has read up to this turn, in the caller's transaction."""
    await ComplaintLook.raw(
        "INSERT INTO complaint_looks (complaint, person, turn) VALUES ({}, {}, {}) ON CONFLICT (complaint, person)"
        " DO UPDATE SET turn = excluded.turn WHERE complaint_looks.turn < excluded.turn",
        info.id,
        person_id,
        turn_id,
    )


async def holds_open_of(person_id: int, vip_id: int) -> bool:
    """Whether she is in charge of an open complaint of this buyer."""
    return bool(
        await Complaint.exists().where(
            Complaint.vip == vip_id, Complaint.agent == person_id, Complaint.ended_at.is_null()
        )
    )


async def has_open(vip_id: int) -> bool:
    """Whether the desk has an open complaint of this buyer."""
    return bool(await Complaint.exists().where(Complaint.vip == vip_id, Complaint.ended_at.is_null()))
