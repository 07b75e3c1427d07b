"""What first pages show of the rooms below, each in one query. Call inside a door."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.base.tables import AuditEntry, Job, Outbox
from portal.core.web.paging import Cut
from portal.core.web.viewer import Viewer
from portal.service.home.rules import Journey, Stage, stage
from portal.service.orders.rules import Attention, ranks_of

_NAV = (
    "SELECT (SELECT count(*) FROM notices n WHERE n.person = {} AND n.read_at IS NULL) AS unread,"
    " (SELECT count(*) FROM share_rights r JOIN stores s ON s.id = r.store"
    " WHERE s.owner = {} AND r.may_share) AS rights,"
    " (SELECT count(*) FROM (SELECT 1 FROM vips v JOIN stores s ON s.id = v.store WHERE s.owner = {} LIMIT 1) b)"
    " AS serves,"
    " (SELECT count(*) FROM (SELECT 1 FROM orders o JOIN stores s ON s.id = o.store WHERE s.owner = {}"
    " AND o.rank >= {} LIMIT 100) c) AS needs"
)
_FIRST_NEED = ranks_of(Attention.NEEDS_ME)[0]
_NAV_DECIDER = (
    " , (SELECT count(*) FROM share_reports WHERE state = 'open') AS share_reports,"
    " (SELECT count(*) FROM violations WHERE state = 'proposed') + (SELECT count(*) FROM overrides"
    " WHERE confirmed_at IS NULL AND declined_at IS NULL)"
    " + (SELECT count(*) FROM violation_appeals WHERE state = 'open') AS proposals"
)

_NAV_DESK = (
    " , (SELECT count(*) FROM (SELECT 1 FROM complaints c WHERE c.agent = {} AND c.ended_at IS NULL LIMIT 100) d)"
    " AS desk"
)
_NAV_APPROVER = (
    " , (SELECT count(*) FROM (SELECT 1 FROM compensation_proposals p WHERE p.state = 'awaiting_approval'"
    " AND p.due_at IS NOT NULL LIMIT 100) w) AS approvals"
)


async def nav_facts(viewer: Viewer) -> dict[str, object]:
    """What the navigation shows: unread notices, whether she may share and has VIPs, and what waits for this person."""
    decides, works = viewer.may("violation.decide"), viewer.may("desk.work")
    me, approves = viewer.person_id, viewer.may("compensation.approve")
    sql = _NAV + (_NAV_DECIDER if decides else "") + (_NAV_DESK if works else "") + (_NAV_APPROVER if approves else "")
    rows = await AuditEntry.raw(sql, me, me, me, me, _FIRST_NEED, *([me] if works else []))
    row = rows[0]
    return {
        "unread": row["unread"],
        "may_share": bool(row["rights"]),
        "serves": bool(row["serves"]),
        "needs": row["needs"],
        "desk": row.get("desk", 0),
        "approvals": row.get("approvals", 0),
        "proposals": row.get("proposals", 0),
        "share_reports": row.get("share_reports", 0),
    }


@dataclass(frozen=True, slots=True)
class Member:
    """An owner in a manager's team: who, where, and how far."""

    store_id: int
    store_external_id: str
    store_name: str
    owner_id: int
    owner_name: str
    opened_at: datetime
    assignment_id: int | None
    journey: Journey

    @property
    def stage(self) -> Stage:
        return stage(self.journey)


# One row a store; the registration is her newest open one for the licence or a remedial course, else her newest.
_MEMBERS = """
    SELECT s.id, s.external_id, s.name, s.owner, p.name AS owner_name, s.opened_at, a.id AS assignment,
      a.assigned_at, a.due_at, a.completed_at,
      (SELECT count(*) FROM curriculum_parts c
        WHERE c.version = a.curriculum_version AND c.kind = 'course') AS required,
      (SELECT count(*) FROM enrolments e WHERE e.assignment = a.id AND e.completed_at IS NOT NULL) AS done,
      (SELECT l.touched_at FROM enrolments e JOIN lesson_progress l ON l.enrolment = e.id WHERE e.person = s.owner
        ORDER BY l.touched_at DESC LIMIT 1) AS learned_at,
      (SELECT t.started_at FROM attempts t WHERE t.person = s.owner ORDER BY t.id DESC LIMIT 1) AS sat_at,
      (SELECT count(*) FROM share_links k WHERE k.store = s.id) AS links,
      r.status, r.may_share
    FROM stores s
    JOIN persons p ON p.id = s.owner
    LEFT JOIN share_rights r ON r.store = s.id
    LEFT JOIN assignments a ON a.id = (
      SELECT b.id FROM assignments b JOIN curricula u ON u.id = b.curriculum
      WHERE b.person = s.owner AND u.purpose IN ('owner_licence', 'remedial') AND b.cancelled_at IS NULL
      ORDER BY (b.completed_at IS NOT NULL), b.id DESC LIMIT 1)
"""


def _moment(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _member(row: dict[str, Any]) -> Member:
    moved = [at for at in (_moment(row["learned_at"]), _moment(row["sat_at"])) if at is not None]
    open_due = _moment(row["due_at"]) if row["completed_at"] is None else None
    journey = Journey(
        courses_done=int(row["done"] or 0),
        courses_required=int(row["required"] or 0),
        began_at=_moment(row["assigned_at"]) or row["opened_at"],
        moved_at=max(moved, default=None),
        due_at=open_due,
        may_share=bool(row["may_share"]),
        status=row["status"] or "learning",
        links=int(row["links"]),
    )
    return Member(
        row["id"],
        row["external_id"],
        row["name"],
        row["owner"],
        row["owner_name"],
        row["opened_at"],
        row["assignment"],
        journey,
    )


async def team_members(manager_id: int, cut: Cut) -> list[Member]:
    """The open stores of a manager's team with how far each owner is, by key."""
    rows = await AuditEntry.raw(
        f"{_MEMBERS} JOIN stewardships w ON w.store = s.id AND w.until IS NULL"
        " WHERE w.manager = {} AND s.closed_at IS NULL AND s.kit_returned_at IS NULL AND s.id > {}"
        " ORDER BY s.id LIMIT {}",
        manager_id,
        cut.after,
        cut.fetch,
    )
    return [_member(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Overview:
    """The platform at a glance for admins: stores by standing, and what waits."""

    stores: int
    by_status: dict[str, int]
    dead_messages: int
    dead_jobs: int
    late_messages: int


async def overview(at: datetime) -> Overview:
    rows = await AuditEntry.raw("SELECT status, count(*) AS n FROM share_rights GROUP BY status")
    by_status = {row["status"]: int(row["n"]) for row in rows}
    waiting = Outbox.done_at.is_null() & Outbox.dead_at.is_null()
    return Overview(
        stores=sum(by_status.values()) - by_status.get("closed", 0),
        by_status=by_status,
        dead_messages=int(await Outbox.count().where(Outbox.dead_at.is_not_null())),
        dead_jobs=int(await Job.count().where(Job.dead_at.is_not_null())),
        late_messages=int(await Outbox.count().where(waiting, Outbox.attempts > 1)),
    )


@dataclass(frozen=True, slots=True)
class AuditRow:
    """An entry of the audit trail with its place in the chain, if the sequencer has been there."""

    id: int
    at: datetime
    actor_kind: str
    actor_name: str | None
    address: str | None
    action: str
    subject_kind: str
    subject_id: int
    facts: str
    position: int | None


async def audit_rows(cut: Cut, subject: tuple[str, int] | None, action: str | None) -> list[AuditRow]:
    """The trail, newest first; of one subject, or of actions that begin with `action`."""
    wheres, values = ["e.id < {}"], [cut.after or 2**62]
    if subject is not None:
        wheres.append("e.subject_kind = {} AND e.subject_id = {}")
        values += [subject[0], subject[1]]  # type: ignore[list-item]
    if action:
        wheres.append("substr(e.action, 1, {}) = {}")
        values += [len(action), action]  # type: ignore[list-item]
    rows = await AuditEntry.raw(
        "SELECT e.id, e.at, e.actor_kind, p.name AS actor_name, e.address, e.action, e.subject_kind, e.subject_id,"  # noqa: S608
        " e.facts, c.position FROM audit_entries e LEFT JOIN audit_chain c ON c.entry = e.id"
        " LEFT JOIN persons p ON e.actor_kind = 'person' AND p.id = e.actor_id"
        f" WHERE {' AND '.join(wheres)} ORDER BY e.id DESC LIMIT {{}}",
        *values,
        cut.fetch,
    )
    return [AuditRow(**row) for row in rows]
