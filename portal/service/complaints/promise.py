"""What the platform promises, and the true record of how it was kept. Call inside a door."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.core.base.database import placeholders
from portal.service.complaints.clocks import COMPENSATION_HOURS, LEGAL_DAYS, PROPOSAL_HOURS, Name, Policy
from portal.service.complaints.queries import policy_of
from portal.service.complaints.tables import PromiseCount, PromisePolicy

# What is promised before anybody has set it: the source text's own words.
FIRST = Policy(0, timedelta(hours=PROPOSAL_HOURS), timedelta(hours=COMPENSATION_HOURS), timedelta(days=LEGAL_DAYS))


async def current_policy() -> Policy | None:
    """The promise that holds for what comes in now; None where none was ever set."""
    rows = await PromisePolicy.raw(
        "SELECT id, proposal_hours, compensation_hours, legal_days FROM promise_policies ORDER BY id DESC LIMIT 1"
    )
    return policy_of(rows[0]["id"], dict(rows[0])) if rows else None


@dataclass(frozen=True, slots=True)
class Record:
    """How a promise was kept among the clocks that were due in a month: `kept` of `n`."""

    month: str
    name: Name
    kept: int
    n: int


async def record(months: Sequence[str], at: datetime) -> list[Record]:
    """The true record by month and clock. What is not over and still runs counts in no month; what is over and runs
    on is broken."""
    if not months:
        return []
    places = placeholders(months)
    rows = await PromiseCount.raw(
        "SELECT month, name, sum(n) AS n, sum(kept) AS kept FROM (SELECT month, name, n, kept FROM promise_counts"  # noqa: S608
        f" WHERE month IN ({places}) UNION ALL SELECT month, name, 1, 0 FROM complaint_clocks"
        f" WHERE stopped_at IS NULL AND due_at < {{}} AND month IN ({places})) AS over"
        " GROUP BY month, name HAVING sum(n) > 0 ORDER BY month, name",
        *months,
        at,
        *months,
    )
    return [Record(row["month"], Name(row["name"]), int(row["kept"]), int(row["n"])) for row in rows]


@dataclass(frozen=True, slots=True)
class Promised:
    """What was promised from when on, by whom it was set, and why."""

    policy: Policy
    reason: str
    made_at: datetime
    by_name: str | None


async def history(limit: int = 50) -> list[Promised]:
    """Every promise, the newest first."""
    rows = await PromisePolicy.raw(
        "SELECT p.id, p.proposal_hours, p.compensation_hours, p.legal_days, p.reason, p.made_at, m.name AS by_name"
        " FROM promise_policies p LEFT JOIN persons m ON m.id = p.made_by ORDER BY p.id DESC LIMIT {}",
        limit,
    )
    return [Promised(policy_of(row.pop("id"), row), **row) for row in map(dict, rows)]
