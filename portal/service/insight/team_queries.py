"""The owners of a team or group: where each stands on her way, and what is known of how she does. Inside a door."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from certification.rights.rules import POINTS_WINDOW
from portal.service.insight.marking import moment
from portal.service.insight.needs import RISK_DAYS, Risk, Signs, Step, Way, is_overdue, is_stuck, risks, step
from portal.service.insight.scopes import Scope
from portal.service.insight.tables import InsightDay

MOST = 2000  # owners who are looked at one by one


@dataclass(frozen=True, slots=True)
class Member:
    """An owner of an open store: how far, how she does, and what is against her."""

    store_id: int
    external_id: str
    store_name: str
    owner_name: str
    way: Way
    signs: Signs
    step: Step | None
    stuck: bool
    overdue: bool
    risks: list[Risk]

    @property
    def idle_since(self) -> datetime:
        return self.way.moved_at or self.way.began_at


# One row a store; the registration is her newest open one for the licence or a remedial course, else her newest.
_MEMBERS = (
    "SELECT s.id, s.external_id, s.name, p.name AS owner_name, s.opened_at, r.status, r.may_share, a.assigned_at,"
    " a.due_at, a.completed_at,"
    " (SELECT count(*) FROM curriculum_parts c WHERE c.version = a.curriculum_version AND c.kind = 'course')"
    " AS required,"
    " (SELECT count(*) FROM enrolments e WHERE e.assignment = a.id AND e.completed_at IS NOT NULL) AS done,"
    " (SELECT e.moved_at FROM enrolments e WHERE e.person = s.owner ORDER BY e.moved_at DESC LIMIT 1) AS learned_at,"
    " (SELECT t.started_at FROM attempts t WHERE t.person = s.owner ORDER BY t.id DESC LIMIT 1) AS sat_at,"
    " (SELECT i.last_seen_at FROM sign_ins i WHERE i.person = s.owner ORDER BY i.last_seen_at DESC LIMIT 1) AS seen_at,"
    " (SELECT count(*) FROM attempts t WHERE t.person = s.owner AND t.state = 'graded' AND NOT t.passed AND t.id >"
    " coalesce((SELECT max(u.id) FROM attempts u WHERE u.person = s.owner AND u.passed), 0)) AS failed,"
    " (SELECT coalesce(sum(v.points), 0) FROM violations v WHERE v.store = s.id AND v.state = 'confirmed'"
    " AND v.decided_at > {} AND NOT EXISTS (SELECT 1 FROM measures m WHERE m.store = s.id AND m.cause = 'points'"
    " AND m.lifted_at IS NOT NULL AND m.lifted_at >= v.decided_at)) AS points"
    " FROM stores s JOIN persons p ON p.id = s.owner LEFT JOIN share_rights r ON r.store = s.id"
    " LEFT JOIN assignments a ON a.id = (SELECT b.id FROM assignments b JOIN curricula u ON u.id = b.curriculum"
    " WHERE b.person = s.owner AND u.purpose IN ('owner_licence', 'remedial') AND b.cancelled_at IS NULL"
    " ORDER BY (b.completed_at IS NOT NULL), b.id DESC LIMIT 1)"
    " WHERE s.closed_at IS NULL AND s.kit_returned_at IS NULL"
)
_ORDERS = (
    "SELECT d.key, sum(CASE WHEN d.day >= {} THEN d.orders ELSE 0 END) AS orders,"
    " sum(CASE WHEN d.day >= {} THEN d.refunded ELSE 0 END) AS refunded,"
    " sum(CASE WHEN d.day >= {} THEN d.complained ELSE 0 END) AS complained,"
    " sum(CASE WHEN d.day >= {} THEN 0 ELSE d.orders END) AS orders_before,"
    " sum(CASE WHEN d.day >= {} THEN 0 ELSE d.complained END) AS complained_before"
    " FROM order_days d WHERE d.scope = 'store' AND d.day >= {} AND d.day <= {}"
    " AND d.key IN (SELECT CAST(t.id AS varchar) FROM stores t WHERE 1 = 1"
)
_ORDERED = ("orders", "refunded", "complained", "orders_before", "complained_before")


async def members(scope: Scope, today: date, at: datetime) -> list[Member]:
    """Everybody of a team or group, by store; in two queries."""
    rows = await InsightDay.raw(
        f"{_MEMBERS}{scope.stores('s.id')} ORDER BY s.id LIMIT {{}}", at - POINTS_WINDOW, *scope.values, MOST
    )
    first = (today - timedelta(days=RISK_DAYS - 1)).isoformat()
    earliest = (today - timedelta(days=2 * RISK_DAYS - 1)).isoformat()
    ordered = await InsightDay.raw(
        f"{_ORDERS}{scope.stores('t.id')}) GROUP BY d.key",
        *[first] * len(_ORDERED),
        earliest,
        today.isoformat(),
        *scope.values,
    )
    known = {row["key"]: row for row in ordered}
    return [_member(row, known.get(str(row["id"])), at) for row in rows]


def _member(row: Mapping[str, Any], ordered: Mapping[str, Any] | None, at: datetime) -> Member:
    moved = [one for one in (moment(row["learned_at"]), moment(row["sat_at"])) if one is not None]
    assigned_at, due_at, completed_at = (moment(row[name]) for name in ("assigned_at", "due_at", "completed_at"))
    way = Way(
        status=row["status"] or "learning",
        may_share=bool(row["may_share"]),
        courses_done=int(row["done"] or 0),
        courses_required=int(row["required"] or 0),
        began_at=assigned_at or row["opened_at"],
        moved_at=max(moved, default=None),
        due_at=due_at if completed_at is None else None,
    )
    seen_at = moment(row["seen_at"])
    signs = Signs(
        seen_at=max((one for one in (seen_at, way.moved_at) if one is not None), default=None),
        opened_at=row["opened_at"],
        failed=int(row["failed"]),
        points=int(row["points"]),
        **{name: int(ordered[name] or 0) for name in _ORDERED} if ordered else {},
    )
    return Member(
        store_id=row["id"],
        external_id=row["external_id"],
        store_name=row["name"],
        owner_name=row["owner_name"],
        way=way,
        signs=signs,
        step=step(way),
        stuck=is_stuck(way, at),
        overdue=is_overdue(way, at),
        risks=risks(signs, at),
    )
