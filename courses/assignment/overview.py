"""What a manager or admin has given, as a list: open, overdue, completed. Call inside a door."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from courses.assignment.audience import Reach
from courses.assignment.queries import COLUMNS, IS_OPEN, SOURCE, AssignmentInfo, assignment_info
from courses.assignment.tables import Assignment
from portal.core.people.queries import LARGEST_ID
from portal.core.web.paging import Cut, Page, paged

SHOWS = ("open", "overdue", "completed")
_LINES = f"SELECT {COLUMNS}, a.reminded_at, p.name FROM {SOURCE} JOIN persons p ON p.id = a.person"  # noqa: S608
_OVERDUE = f"{IS_OPEN} AND a.due_at < {{}}"


@dataclass(frozen=True, slots=True)
class Line:
    """An assignment in the list, and whose it is."""

    info: AssignmentInfo
    name: str
    reminded_at: datetime | None


async def given_within(reach: Reach, show: str, cut: Cut, at: datetime) -> Page[Line]:
    """Assignments of the people within reach, the newest first."""
    chosen: dict[str, tuple[str, Sequence[object]]] = {
        "open": (IS_OPEN, []),
        "overdue": (_OVERDUE, [at]),
        "completed": ("a.completed_at IS NOT NULL", []),
    }
    which, values = chosen[show]
    condition, reached = reach.covers()
    # Our own columns and conditions only; what is asked for goes in as parameters.
    sql = f"{_LINES} WHERE {which} AND {condition} AND a.id < {{}} ORDER BY a.id DESC LIMIT {{}}"
    rows = await Assignment.raw(sql, *values, *reached, cut.after or LARGEST_ID, cut.fetch)
    return paged([Line(assignment_info(row), row["name"], row["reminded_at"]) for row in rows], cut, _key)


def _key(line: Line) -> int:
    return line.info.id


async def overdue_within(reach: Reach, at: datetime) -> int:
    """How many required assignments of people within reach are overdue."""
    condition, reached = reach.covers()
    sql = f"SELECT count(*) AS n FROM assignments a JOIN persons p ON p.id = a.person WHERE {_OVERDUE}"  # noqa: S608
    sql = f"{sql} AND a.required AND p.disabled_at IS NULL AND {condition}"
    rows = await Assignment.raw(sql, at, *reached)
    return int(rows[0]["n"])
