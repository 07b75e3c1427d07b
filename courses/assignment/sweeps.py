"""What time brings: reminders around the due date, a weekly word to managers, the licence course for older owners."""

from datetime import datetime

from courses.assignment import actions, rules
from courses.assignment.queries import IS_OPEN, assignment
from courses.assignment.rules import BY_RULE, Cause, ReminderKind
from courses.assignment.tables import Assignment
from courses.catalogue import queries as catalogue
from portal.core.base.clock import now, site_zone
from portal.core.base.database import reading, writing
from portal.core.base.settings import settings
from portal.core.notices.actions import notify

BATCH = 100
_NOTICES = {
    ReminderKind.SOON: "assignment_soon",
    ReminderKind.DUE: "assignment_due",
    ReminderKind.OVERDUE: "assignment_overdue",
}
_STORE_OPEN = (
    "EXISTS (SELECT 1 FROM stores s WHERE s.owner = a.person AND s.closed_at IS NULL AND s.kit_returned_at IS NULL)"
)


async def remind_due() -> int:
    """Send every reminder whose time has come, each once per due date; returns how many."""
    at = now()
    return sum([await _remind_kind(kind, at) for kind in BY_RULE]) + await tell_managers(at)


async def _remind_kind(kind: ReminderKind, at: datetime) -> int:
    sent = 0
    while due := await _waiting(kind, at):
        async with writing():
            for assignment_id, due_at in due:
                sent += await _remind(kind, assignment_id, due_at, at)
    return sent


async def _waiting(kind: ReminderKind, at: datetime) -> list[tuple[int, datetime]]:
    """The next required assignments that this reminder is due for. Owners of closed stores are left in peace."""
    window = rules.reminder_window(kind, at, site_zone())
    after, values = (" AND a.due_at > {}", [window.after]) if window.after is not None else ("", [])
    sql = (  # our own conditions
        f"SELECT a.id, a.due_at FROM assignments a JOIN persons p ON p.id = a.person WHERE {IS_OPEN}"  # noqa: S608
        f" AND a.required AND a.due_at <= {{}}{after} AND p.disabled_at IS NULL AND (a.cause <> {{}} OR {_STORE_OPEN})"
        " AND NOT EXISTS (SELECT 1 FROM reminders r"
        " WHERE r.assignment = a.id AND r.kind = {} AND r.due_at = a.due_at AND r.by IS NULL)"
        " ORDER BY a.due_at, a.id LIMIT {}"
    )
    async with reading():
        rows = await Assignment.raw(sql, window.until, *values, Cause.NEW_OWNER.value, kind.value, BATCH)
    return [(row["id"], row["due_at"]) for row in rows]


async def _remind(kind: ReminderKind, assignment_id: int, due_at: datetime, at: datetime) -> bool:
    """Note the reminder, and tell her if this is the first; whoever was assigned too late for it hears nothing."""
    noted = await Assignment.raw(
        "INSERT INTO reminders (assignment, kind, due_at, at) VALUES ({}, {}, {}, {})"
        " ON CONFLICT DO NOTHING RETURNING id",
        assignment_id,
        kind.value,
        due_at,
        at,
    )
    if not noted:
        return False
    given = await assignment(assignment_id)
    if given is None or not given.open or given.assigned_at > due_at - rules.lead(kind):
        return False
    await actions.tell(assignment_id, _NOTICES[kind], at)
    return True


_OVERDUE_TEAMS = (
    "SELECT w.manager, count(DISTINCT a.person) AS people FROM assignments a"  # noqa: S608 - our own condition
    " JOIN stores s ON s.owner = a.person AND s.closed_at IS NULL AND s.kit_returned_at IS NULL"
    " JOIN stewardships w ON w.store = s.id AND w.until IS NULL"
    " JOIN persons p ON p.id = a.person AND p.disabled_at IS NULL"
    f" WHERE {IS_OPEN} AND a.required AND a.due_at <= {{}}"
    " AND NOT EXISTS (SELECT 1 FROM overdue_digests g WHERE g.manager = w.manager AND g.at > {})"
    " GROUP BY w.manager ORDER BY w.manager"
)


async def tell_managers(at: datetime) -> int:
    """A word to every manager with overdue people, at most one in seven days; returns how many were told."""
    async with reading():
        teams = await Assignment.raw(_OVERDUE_TEAMS, at - rules.LATE, at - rules.WEEK)
    told = 0
    for team in teams:
        async with writing():
            told += await _tell_manager(team["manager"], int(team["people"]), at)
    return told


async def _tell_manager(manager_id: int, people: int, at: datetime) -> bool:
    noted = await Assignment.raw(
        "INSERT INTO overdue_digests (manager, week, people, at) VALUES ({}, {}, {}, {})"
        " ON CONFLICT DO NOTHING RETURNING id",
        manager_id,
        rules.week_of(at, site_zone()),
        people,
        at,
    )
    if noted:
        await notify(manager_id, "team_overdue", {"people": people}, at, way="/manage/assignments?show=overdue")
    return bool(noted)


_WITHOUT_LICENCE = (
    "SELECT DISTINCT s.owner FROM stores s JOIN persons p ON p.id = s.owner AND p.disabled_at IS NULL"
    " WHERE s.closed_at IS NULL AND s.kit_returned_at IS NULL AND s.owner > {}"
    " AND NOT EXISTS (SELECT 1 FROM assignments a JOIN curricula c ON c.id = a.curriculum"
    " WHERE a.person = s.owner AND c.purpose = {})"
    " ORDER BY s.owner LIMIT {}"
)


async def assign_owners() -> int:
    """Give the licence curriculum to owners who never had it (their stores are older than it); returns how many."""
    at, last, given = now(), 0, 0
    async with reading():
        kept = await catalogue.current_curriculum(actions.OWNER_LICENCE, settings().language)
    while kept is not None:
        async with reading():
            rows = await Assignment.raw(_WITHOUT_LICENCE, last, actions.OWNER_LICENCE, BATCH)
        for row in rows:
            given += await actions.assign_licence(row["owner"], at) is not None
            last = row["owner"]
        if len(rows) < BATCH:
            break
    return given
