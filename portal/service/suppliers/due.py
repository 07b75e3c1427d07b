"""What of the register waits for somebody. Call inside a door."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.core.base.clock import day_start, local
from portal.service.suppliers.queries import unvisited
from portal.service.suppliers.rules import Matter
from portal.service.suppliers.tables import RegisterDate, SiteVisit

SOON = timedelta(days=60)
MOST_COUNTED = 1_000


@dataclass(frozen=True, slots=True)
class DateInfo:
    """A date that comes due."""

    id: int
    supplier_name: str
    matter: Matter
    way: str
    due_at: datetime


async def coming(at: datetime, limit: int = 100) -> list[DateInfo]:
    """What is overdue or due within sixty days, the earliest first."""
    rows = await RegisterDate.raw(
        "SELECT d.id, s.name AS supplier_name, d.matter, d.way, d.due_at FROM supplier_dates d"
        " JOIN suppliers s ON s.id = d.supplier WHERE d.ended_at IS NULL AND d.due_at < {}"
        " ORDER BY d.due_at, d.id LIMIT {}",
        at + SOON,
        limit,
    )
    return [DateInfo(**{**row, "matter": Matter(row["matter"])}) for row in rows]


@dataclass(frozen=True, slots=True)
class Waiting:
    """What of the register waits for somebody, counted up to a thousand."""

    unvisited: int
    contracts: int
    overdue: int  # visits and actions whose day has passed


async def waiting(at: datetime) -> Waiting:
    """For the admin's home, in two queries."""
    sql, bound = await unvisited(at)
    rows = await SiteVisit.raw(
        "SELECT (SELECT count(*) FROM (SELECT 1 FROM suppliers s WHERE"  # noqa: S608 - our own condition
        f" {sql} LIMIT {{}}) u) AS unvisited, (SELECT count(*) FROM supplier_dates d WHERE d.ended_at IS NULL"
        " AND d.matter = 'contract' AND d.due_at < {}) AS contracts, (SELECT count(*) FROM supplier_dates d"
        " WHERE d.ended_at IS NULL AND d.matter IN ('visit', 'action') AND d.due_at < {}) AS overdue",
        *bound,
        MOST_COUNTED,
        at + SOON,
        day_start(local(at).date()),
    )
    return Waiting(**rows[0])
