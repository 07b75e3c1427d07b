"""How complaints went: promises kept, causes, what is open, what came back; suppliers and carriers. Inside a door."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from portal.core.base.clock import day_start, local
from portal.core.base.database import placeholders
from portal.service.facts.queries import PARTY_COLUMNS, party_sums_of
from portal.service.facts.sums import PartySums
from portal.service.insight.rules import Period, Share, slices
from portal.service.insight.scopes import Scope
from portal.service.insight.tables import InsightDay

CLOCKS = ("proposal", "compensation")


def _case(column: str, edges: Sequence[datetime]) -> tuple[str, list[Any]]:
    """An expression that says between which edges a moment lies: 0 before the first of them."""
    whens = " ".join(f"WHEN {column} < {{}} THEN {n}" for n in range(len(edges)))
    return f"CASE {whens} ELSE {len(edges)} END", list(edges)


# ---- promises ----


@dataclass(frozen=True, slots=True)
class Kept:
    """How the promises of a slice of time were kept, by the day they were due: name of the slice, clock → share."""

    name: str
    since: date
    shares: dict[str, Share] = field(default_factory=dict)


async def kept(scope: Scope, period: Period, at: datetime) -> list[Kept]:
    """Clocks that were due in the period; one that still runs and is not over counts nowhere."""
    cut = slices(period)
    edges = [day_start(after) for _, _, after in cut[:-1]]
    slot, values = _case("k.due_at", edges) if edges else ("0", [])
    since, until = day_start(period.since), day_start(period.until + timedelta(days=1))
    months = sorted({day.isoformat()[:7] for day in _days(period)})
    joined = " JOIN complaints c ON c.id = k.complaint" if scope.kind != "platform" else ""
    rows = await InsightDay.raw(
        f"SELECT {slot} AS slot, k.name, count(*) AS n,"  # noqa: S608
        " sum(CASE WHEN k.stopped_at <= k.due_at THEN 1 ELSE 0 END) AS kept"
        f" FROM complaint_clocks k{joined} WHERE k.month IN ({placeholders(months)})"
        " AND k.due_at >= {} AND k.due_at < {} AND (k.stopped_at IS NOT NULL OR k.due_at < {})"
        f"{scope.stores('c.store')} GROUP BY 1, 2",
        *values,
        *months,
        since,
        until,
        at,
        *scope.values,
    )
    found = [Kept(name, first, {clock: Share(0, 0) for clock in CLOCKS}) for name, first, _ in cut]
    for row in rows:
        if row["name"] in CLOCKS:
            found[row["slot"]].shares[row["name"]] = Share(int(row["kept"] or 0), int(row["n"]))
    return found


def _days(period: Period) -> list[date]:
    return [period.since + timedelta(days=n) for n in range(period.days)]


def together(slots: Sequence[Kept], clock: str) -> Share:
    shares = [one.shares[clock] for one in slots]
    return Share(sum(one.hits for one in shares), sum(one.of for one in shares))


# ---- complaints ----


# Repetitions and what was withdrawn are left out.
COUNTED = "c.state <> 'withdrawn' AND c.duplicate_of IS NULL"


@dataclass(frozen=True, slots=True)
class Received:
    """Complaints received in a period: by function, and how many were opened again."""

    n: int
    again: int
    by_function: dict[str, int]

    @property
    def reopened(self) -> Share:
        return Share(self.again, self.n)


async def received(scope: Scope, period: Period) -> tuple[Received, Received]:
    """Of the period and the one before."""
    rows = await InsightDay.raw(
        "SELECT CASE WHEN c.received_at >= {} THEN 1 ELSE 0 END AS present, c.function_category AS what,"  # noqa: S608
        " count(*) AS n, sum(CASE WHEN c.round > 1 THEN 1 ELSE 0 END) AS again FROM complaints c"
        f" WHERE c.received_at >= {{}} AND c.received_at < {{}} AND {COUNTED}{scope.stores('c.store')} GROUP BY 1, 2",
        day_start(period.since),
        day_start(period.before.since),
        day_start(period.until + timedelta(days=1)),
        *scope.values,
    )
    now, before = ([row for row in rows if row["present"] == present] for present in (1, 0))
    return _received(now), _received(before)


def _received(rows: list[dict[str, Any]]) -> Received:
    by = sorted(((row["what"], int(row["n"])) for row in rows), key=lambda each: (-each[1], each[0]))
    return Received(sum(n for _, n in by), sum(int(row["again"] or 0) for row in rows), dict(by))


async def causes(scope: Scope, period: Period) -> list[tuple[str, str, int]]:
    """Findings in force that were made in the period: party, code, how many; the commonest first."""
    joined = " JOIN complaints c ON c.id = f.complaint" if scope.kind != "platform" else ""
    rows = await InsightDay.raw(
        f"SELECT f.party, f.code, count(*) AS n FROM cause_findings f{joined} WHERE f.superseded_at IS NULL"  # noqa: S608
        " AND f.month >= {} AND f.made_at >= {} AND f.made_at < {}"
        f"{scope.stores('c.store')} GROUP BY f.party, f.code ORDER BY count(*) DESC, f.code",
        period.since.isoformat()[:7],
        day_start(period.since),
        day_start(period.until + timedelta(days=1)),
        *scope.values,
    )
    return [(row["party"], row["code"], int(row["n"])) for row in rows]


AGES = (1, 3, 7, 15)  # days


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is open: by age (within 1, 3, 7, 15 days, older), and how many wait for an agent."""

    ages: tuple[int, ...]
    unassigned: int

    @property
    def n(self) -> int:
        return sum(self.ages)


async def backlog(scope: Scope, at: datetime) -> Backlog:
    edges = [at - timedelta(days=days) for days in reversed(AGES)]
    slot, values = _case("c.received_at", edges)
    rows = await InsightDay.raw(
        f"SELECT {slot} AS slot, count(*) AS n, sum(CASE WHEN c.agent IS NULL THEN 1 ELSE 0 END) AS unassigned"  # noqa: S608
        f" FROM complaints c WHERE c.ended_at IS NULL{scope.stores('c.store')} GROUP BY 1",
        *values,
        *scope.values,
    )
    ages = [0] * (len(AGES) + 1)
    for row in rows:
        ages[len(AGES) - row["slot"]] = int(row["n"])
    return Backlog(tuple(ages), sum(int(row["unassigned"] or 0) for row in rows))


# ---- suppliers and carriers ----


@dataclass(frozen=True, slots=True)
class PartyLine:
    """A supplier or carrier of the period."""

    external_id: str
    name: str
    standing: str
    sums: PartySums

    @property
    def faulted(self) -> Share:
        return Share(self.sums.faulted, self.sums.counted)

    @property
    def on_time(self) -> Share:
        return Share(self.sums.timed - self.sums.late, self.sums.timed)


MOST_PARTIES = 10
_SUMS = ", ".join(f"sum(d.{name}) AS {name}" for name in PARTY_COLUMNS)


async def parties(kind: str, period: Period, limit: int = MOST_PARTIES) -> list[PartyLine]:
    """Those of a kind with the most faulted orders of the period; the platform's, whoever looks."""
    rows = await InsightDay.raw(
        f"SELECT s.external_id, s.name, coalesce(n.standing, 'good') AS standing, {_SUMS} FROM party_days d"  # noqa: S608
        " JOIN suppliers s ON s.id = d.party LEFT JOIN supplier_standings n ON n.supplier = s.id AND n.until IS NULL"
        " WHERE d.day >= {} AND d.day <= {} AND s.kind = {} GROUP BY s.external_id, s.name, n.standing"
        " ORDER BY sum(d.faulted) DESC, sum(d.counted) DESC, s.external_id LIMIT {}",
        period.since.isoformat(),
        period.until.isoformat(),
        kind,
        limit,
    )
    return [PartyLine(row["external_id"], row["name"], row["standing"], party_sums_of(row)) for row in rows]


def today(at: datetime) -> date:
    return local(at).date()
