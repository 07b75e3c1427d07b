"""Every fen accounted for: what was given by day, agent, kind and goods; the rows as a file; the books' own check."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.core.base.clock import local
from portal.core.base.database import reading
from portal.core.web.paging import Cut, Page, paged
from portal.service.compensations import queries
from portal.service.compensations.queries import BEYOND, GrantInfo
from portal.service.compensations.rules import Kind
from portal.service.compensations.tables import Grant

BY = {"day": "g.day", "agent": "a.name", "kind": "g.kind", "category": "g.category"}
PART = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which grants: of a month, of one agent, of one kind."""

    month: str
    agent_id: int | None = None
    kind: Kind | None = None

    @property
    def condition(self) -> tuple[str, list[object]]:
        where, values = ["g.month = {}"], list[object]([self.month])
        if self.agent_id is not None:
            where.append("g.agent = {}")
            values.append(self.agent_id)
        if self.kind is not None:
            where.append("g.kind = {}")
            values.append(str(self.kind))
        return " AND ".join(where), values


@dataclass(frozen=True, slots=True)
class Total:
    """What was given under one heading, in fen: `value_fen` counts a replacement as its goods cost."""

    name: str
    grants: int
    value_fen: int
    paid: int


def month_of(at: datetime) -> str:
    return f"{local(at):%Y-%m}"


SHOWN_MONTHS = 6


def months_shown(at: datetime, chosen: str) -> list[str]:
    """The months to choose from, the newest first, with the one that is looked at."""
    day, found = local(at).date().replace(day=1), list[str]()
    for _ in range(SHOWN_MONTHS):
        found.append(f"{day:%Y-%m}")
        day = (day - timedelta(days=1)).replace(day=1)
    return found if chosen in found else [*found, chosen]


async def totals(by: str, wanted: Wanted) -> list[Total]:
    """By day in order; by anything else the largest first, forty at most. Inside a door."""
    where, values = wanted.condition
    order = "name" if by == "day" else "value_fen DESC, name"
    rows = await Grant.raw(
        f"SELECT {BY[by]} AS name, count(*) AS grants, sum(g.value_fen) AS value_fen,"  # noqa: S608 - our own words
        " sum(CASE WHEN g.state = 'paid' THEN 1 ELSE 0 END) AS paid"
        f" FROM compensation_grants g JOIN persons a ON a.id = g.agent WHERE {where} AND g.state <> 'off'"
        f" GROUP BY {BY[by]} ORDER BY {order} LIMIT 40",
        *values,
    )
    return [Total(row["name"], int(row["grants"]), int(row["value_fen"] or 0), int(row["paid"] or 0)) for row in rows]


@dataclass(frozen=True, slots=True)
class Sum:
    """A month in one line; money in fen."""

    grants: int
    value_fen: int
    due: int
    due_fen: int
    alone: int


async def total(wanted: Wanted) -> Sum:
    where, values = wanted.condition
    rows = await Grant.raw(
        "SELECT count(*) AS grants, sum(g.value_fen) AS value_fen,"  # noqa: S608 - our own words
        " sum(CASE WHEN g.state = 'due' THEN 1 ELSE 0 END) AS due,"
        " sum(CASE WHEN g.state = 'due' THEN g.value_fen ELSE 0 END) AS due_fen,"
        f" sum(CASE WHEN g.alone THEN 1 ELSE 0 END) AS alone FROM compensation_grants g WHERE {where}"
        " AND g.state <> 'off'",
        *values,
    )
    return Sum(**{name: int(value or 0) for name, value in dict(rows[0]).items()})


async def listed(wanted: Wanted, cut: Cut) -> Page[GrantInfo]:
    """The grants, the newest first. Inside a door."""
    where, values = wanted.condition
    sql = f"{where} AND g.id < {{}} ORDER BY g.id DESC LIMIT {{}}"
    found = await queries.grants(sql, *values, cut.after or BEYOND, cut.fetch)
    return paged(found, cut, lambda each: each.id)


async def parts(wanted: Wanted) -> AsyncIterator[list[GrantInfo]]:
    """All of them in parts, the oldest first; each part in a door of its own, so that none stays open for long."""
    where, values = wanted.condition
    after = 0
    while True:
        async with reading():
            found = await queries.grants(f"{where} AND g.id > {{}} ORDER BY g.id LIMIT {{}}", *values, after, PART)
        if found:
            yield found
            after = found[-1].id
        if len(found) < PART:
            return


# ---- the books' own check: each question finds what must not be ----

_FAULTS = {
    "an accepted proposal {name} has no grant": (
        "SELECT p.ref AS name FROM compensation_proposals p LEFT JOIN compensation_grants g ON g.proposal = p.id"
        " WHERE p.state = 'accepted' AND p.kind IN ('refund', 'voucher', 'replace') AND g.id IS NULL"
    ),
    "grant {name} has no accepted proposal of its sum": (
        "SELECT g.ref AS name FROM compensation_grants g JOIN compensation_proposals p ON p.id = g.proposal"
        " WHERE p.state <> 'accepted' OR p.amount_fen <> g.amount_fen OR p.value_fen <> g.value_fen"
        " OR p.complaint <> g.complaint OR p.agent <> g.agent"
    ),
    "grant {name} has fewer approvals than it needed": (
        "SELECT g.ref AS name FROM compensation_grants g JOIN compensation_proposals p ON p.id = g.proposal"
        " WHERE p.needs > (SELECT count(*) FROM compensation_approvals v WHERE v.proposal = p.id AND v.approved"
        " AND v.person <> p.agent)"
    ),
    "grant {name} is above what its agent may give alone": (
        "SELECT g.ref AS name FROM compensation_grants g JOIN compensation_proposals p ON p.id = g.proposal"
        " WHERE p.needs = 0 AND p.value_fen > p.limit_fen"
    ),
    "on {name} an agent gave more alone than a day allows": (
        "SELECT p.own_day AS name FROM compensation_proposals p WHERE p.own_day IS NOT NULL"
        " AND p.state IN ('sent', 'accepted') AND NOT EXISTS (SELECT 1 FROM compensation_grants g"
        " WHERE g.proposal = p.id AND g.state = 'off') GROUP BY p.agent, p.own_day"
        " HAVING sum(p.value_fen) > max(p.day_limit_fen)"
    ),
    "grant {name} is paid, but its case has no confirmed payment": (
        "SELECT g.ref AS name FROM compensation_grants g WHERE g.state = 'paid' AND NOT EXISTS (SELECT 1 FROM"
        " complaint_events e WHERE e.complaint = g.complaint AND e.kind = 'payment_confirmed')"
        " AND NOT EXISTS (SELECT 1 FROM compensation_grants o WHERE o.complaint = g.complaint AND o.state = 'due')"
    ),
    "grant {name} is paid without a time, or due with one": (
        "SELECT g.ref AS name FROM compensation_grants g WHERE (g.state = 'paid' AND (g.confirmed_at IS NULL OR"
        " g.via IS NULL)) OR (g.state = 'due' AND g.confirmed_at IS NOT NULL)"
    ),
    "grant {name} is called off without who and why": (
        "SELECT g.ref AS name FROM compensation_grants g WHERE (g.state = 'off') <> (g.off_at IS NOT NULL)"
        " OR (g.off_at IS NOT NULL AND (g.off_by IS NULL OR g.off_reason IS NULL OR g.confirmed_at IS NOT NULL))"
    ),
    "grant {name} was paid by a voucher of another sum, or by none": (
        "SELECT g.ref AS name FROM compensation_grants g LEFT JOIN compensation_vouchers v ON v.grant_of = g.id"
        " WHERE (g.via = 'voucher' AND v.id IS NULL)"
        " OR (v.id IS NOT NULL AND (v.amount_fen <> g.amount_fen OR g.via IS NULL OR g.via <> 'voucher'))"
    ),
}
SHOWN = 20


async def imbalance() -> list[str]:
    """What does not agree between accepted proposals, grants and payments; empty where every fen is accounted for."""
    async with reading(long=True):
        found = []
        for sentence, sql in _FAULTS.items():
            rows = await Grant.raw(f"{sql} LIMIT {{}}", SHOWN)
            found += [sentence.format(name=row["name"]) for row in rows]
        return found
