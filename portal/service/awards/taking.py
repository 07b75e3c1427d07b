"""Candidates of a period: owners from the cases that their stars rest on, agents from their figures, managers from
their teams. Each as counts of good cases, with what keeps her out. In a door.
"""

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from portal.core.base.database import placeholders
from portal.service.awards.cycles import Cycle
from portal.service.awards.rules import (
    LEAST_STAR,
    LEAST_TEAM,
    SAMPLES,
    Missing,
    Reason,
    owner_sample,
)
from portal.service.awards.tables import AwardCandidate
from portal.service.quality.measures import Figure, Measured, proven_weak
from portal.service.stars import taking as star_inputs
from portal.service.stars.criteria import Criteria
from portal.service.stars.rules import CASE, Count, Gate, closed_gates
from portal.service.stars.rules import Inputs as StarInputs
from portal.service.stars.spans import Spans

_GATES = {
    Gate.OPEN: Reason.OPEN,
    Gate.CERTIFICATE: Reason.CERTIFICATE,
    Gate.ACTIVE: Reason.ACTIVE,
    Gate.MISDESCRIPTION: Reason.MISDESCRIPTION,
}


@dataclass(frozen=True, slots=True)
class Taken:
    """Somebody's period before it is scored."""

    person_id: int
    external: str
    counts: Mapping[str, Count]
    cases: int
    missing: tuple[Missing, ...] = ()
    store_id: int | None = None
    region: str | None = None
    star: int | None = None
    fives: bool = False
    facts: Mapping[str, int] = field(default_factory=dict)


async def rows(sql: str, *values: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await AwardCandidate.raw(sql, *values)
    return found


# ---- owners ----


async def owners(cycle: Cycle, criteria: Criteria, after: int, limit: int) -> tuple[int, list[Taken]]:
    """The next stores' owners, and the last store that was looked at (0: no more)."""
    span = cycle.span
    days = (span.until - span.since).days
    window = Spans(span.last_month, span.until, span.since, span.since, days, days)
    sample = SAMPLES[cycle.period]
    fair = replace(criteria, orders=sample.orders, vips=sample.vips, ratings=sample.ratings)
    inputs = await star_inputs.take(window, fair, after, limit)
    if not inputs:
        return 0, []
    stores = {
        row["id"]: row
        for row in await rows(
            f"SELECT id, external_id, region FROM stores WHERE id IN ({placeholders(inputs)})",  # noqa: S608 - marks
            *(each.store_id for each in inputs),
        )
    }
    stars = await _stars(cycle, [each.store_id for each in inputs])
    return inputs[-1].store_id, [_owner(cycle, each, stores[each.store_id], stars, fair) for each in _one_each(inputs)]


def _one_each(inputs: list[StarInputs]) -> list[StarInputs]:
    """A closed store without orders in the period is none to speak of."""
    return [each for each in inputs if each.is_open or each.orders]


async def _stars(cycle: Cycle, store_ids: list[int]) -> dict[int, dict[str, int | None]]:
    """The stars of the period's months as they are reckoned now."""
    months = cycle.span.months
    found: dict[int, dict[str, int | None]] = defaultdict(dict)
    for row in await rows(
        "SELECT r.store, u.month, r.star FROM star_results r JOIN star_runs u ON u.id = r.run"  # noqa: S608 - marks
        f" WHERE r.superseded_at IS NULL AND u.month IN ({placeholders(months)})"
        f" AND r.store IN ({placeholders(store_ids)})",
        *months,
        *store_ids,
    ):
        found[row["store"]][row["month"]] = row["star"]
    return found


def _owner(
    cycle: Cycle,
    inputs: StarInputs,
    store: Mapping[str, Any],
    stars: Mapping[int, Mapping[str, int | None]],
    criteria: Criteria,
) -> Taken:
    hers = stars.get(inputs.store_id, {})
    star = hers.get(cycle.span.last_month)
    days = (inputs.active_days, criteria.active_days)
    missing = [Missing(_GATES[gate], *days) for gate in closed_gates(inputs, criteria)]
    missing += owner_sample(SAMPLES[cycle.period], inputs.orders, inputs.vips, inputs.ratings)
    if (star or 0) < LEAST_STAR:
        missing.append(Missing(Reason.STAR, star or 0, LEAST_STAR))
    return Taken(
        person_id=inputs.owner_id,
        external=store["external_id"],
        counts={str(metric): count for metric, count in inputs.counts.items()},
        cases=inputs.orders,
        missing=tuple(missing),
        store_id=inputs.store_id,
        region=store["region"],
        star=star,
        fives=all(hers.get(month) == 5 for month in cycle.span.months),
        facts={"orders": inputs.orders, "vips": inputs.vips, "ratings": inputs.ratings},
    )


# ---- agents ----

_SHARES = {
    "proposal": Figure.PROPOSAL,
    "compensation": Figure.COMPENSATION,
    "prompt": Figure.PROMPT,
    "reopened": Figure.REOPENED,
    "asked_again": Figure.ASKED_AGAIN,
}
_MEANS = {"satisfaction": (Figure.SATISFACTION, 500), "quality": (Figure.QUALITY, 10_000)}
_BAD = (Figure.REOPENED, Figure.ASKED_AGAIN)
_AGENTS = (
    "SELECT f.agent, p.external_id, p.created_at, f.figure, f.n, f.value, f.low, f.high, f.apart, f.asked,"
    " EXISTS (SELECT 1 FROM roles g WHERE g.person = f.agent AND g.role IN ('agent', 'desk_lead')"
    " AND g.ended_at IS NULL) AS is_agent FROM quality_figures f JOIN quality_months m ON m.id = f.taken"
    " JOIN persons p ON p.id = f.agent WHERE m.month IN ({}) ORDER BY f.agent, m.month, f.id"
)


async def agents(cycle: Cycle) -> list[Taken]:
    """Everybody with figures in the period's months, as they were taken."""
    months = cycle.span.months
    by_agent: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for row in await rows(_AGENTS.replace("({})", f"({placeholders(months)})"), *months):
        by_agent[row["agent"]].append(row)
    return [_agent(cycle, agent, each) for agent, each in by_agent.items()]


def _agent(cycle: Cycle, agent: int, figures: list[Mapping[str, Any]]) -> Taken:
    measured = [_measured(row) for row in figures]
    counts = {name: _shares(figure, measured) for name, figure in _SHARES.items()}
    counts |= {name: _means(figure, most, measured) for name, (figure, most) in _MEANS.items()}
    cases, need = counts["proposal"].of // CASE, SAMPLES[cycle.period].cases
    weak = sum(proven_weak(each) for each in measured)
    missing = [Missing(Reason.OPEN)] if not figures[0]["is_agent"] else []
    if cases < need:
        missing.append(Missing(Reason.CASES, cases, need))
    if weak:
        missing.append(Missing(Reason.WEAK, weak))
    return Taken(agent, f"agent:{agent}", counts, cases, tuple(missing), facts={"cases": cases})


def _measured(row: Mapping[str, Any]) -> Measured:
    names = ("n", "value", "low", "high", "apart", "asked")
    return Measured(figure=Figure(row["figure"]), **{name: row[name] for name in names})


def _shares(figure: Figure, measured: list[Measured]) -> Count:
    """Good cases of all; the hits behind a share, which was cut off at basis points, are the next whole number."""
    hits = of = 0
    for each in measured:
        if each.figure is figure and each.value is not None:
            found = min(each.n, math.ceil(each.value * each.n / 10_000))
            hits += each.n - found if figure in _BAD else found
            of += each.n
    return Count(CASE * hits, CASE * of)


def _means(figure: Figure, most: int, measured: list[Measured]) -> Count:
    """A mean as so much of what was possible, in hundredths of a case."""
    found = [(each.value, each.n) for each in measured if each.figure is figure and each.value is not None]
    return Count(sum(CASE * n * value // most for value, n in found), CASE * sum(n for _, n in found))


# ---- managers ----

_TEAM = (
    "SELECT g.manager, g.store, s.region, r.star FROM stewardships g JOIN stores s ON s.id = g.store"
    " LEFT JOIN star_runs u ON u.month = {} LEFT JOIN star_results r ON r.run = u.id AND r.store = s.id"
    " AND r.superseded_at IS NULL WHERE g.since < {} AND (g.until IS NULL OR g.until >= {})"
)
# Who first looked after a store answers for how soon its owner had her certificate.
_LICENCES = (
    "SELECT (SELECT g.manager FROM stewardships g WHERE g.store = s.id ORDER BY g.id LIMIT 1) AS manager, s.opened_at,"
    " (SELECT MIN(c.issued_at) FROM certificates c WHERE c.person = s.owner) AS issued FROM stores s"
    " WHERE s.opened_at >= {} AND s.opened_at < {}"
)
_TRAINING = (
    "SELECT g.manager, COUNT(*) AS n, SUM(CASE WHEN a.completed_at IS NOT NULL AND a.completed_at <= a.due_at"
    " THEN 1 ELSE 0 END) AS kept FROM assignments a JOIN stores s ON s.owner = a.person JOIN stewardships g"
    " ON g.store = s.id AND g.since <= a.due_at AND (g.until IS NULL OR g.until > a.due_at)"
    " WHERE a.required AND a.cancelled_at IS NULL AND a.due_at >= {} AND a.due_at < {} GROUP BY g.manager"
)
_MANAGERS = (
    "SELECT p.id, MAX(g.certified_until) AS certified FROM persons p JOIN roles g ON g.person = p.id"
    " WHERE g.role = 'manager' AND g.ended_at IS NULL GROUP BY p.id"
)
LICENCE_WITHIN = timedelta(days=30)
_GOOD_STAR = 4


async def managers(cycle: Cycle) -> list[Taken]:
    """Everybody who manages a team when the period ends."""
    span = cycle.span
    teams: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for row in await rows(_TEAM, span.last_month, span.until, span.until):
        teams[row["manager"]].append(row)
    licences, training = await _licences(cycle), await _training(cycle)
    staff = {row["id"]: row["certified"] for row in await rows(_MANAGERS)}
    found = []
    for manager, team in sorted(teams.items()):
        starred = [row["star"] for row in team if row["star"] is not None]
        counts = {
            "stars": Count(CASE * sum(star >= _GOOD_STAR for star in starred), CASE * len(starred)),
            "licence": licences.get(manager, Count()),
            "training": training.get(manager, Count()),
        }
        missing = [Missing(Reason.OPEN)] if manager not in staff else []
        if manager in staff and not _certified(staff[manager], span.until):
            missing.append(Missing(Reason.CERTIFICATE))
        if len(starred) < LEAST_TEAM:
            missing.append(Missing(Reason.TEAM, len(starred), LEAST_TEAM))
        facts = {"stores": len(team), "starred": len(starred)}
        found.append(
            Taken(
                manager,
                f"manager:{manager}",
                counts,
                len(starred),
                tuple(missing),
                region=_most([row["region"] for row in team if row["region"]]),
                facts=facts,
            )
        )
    return found


def _certified(until: datetime | str | None, at: datetime) -> bool:
    """SQLite gives a greatest moment as text."""
    known = datetime.fromisoformat(until) if isinstance(until, str) else until
    return known is not None and known >= at


def _most(regions: list[str]) -> str | None:
    return min(set(regions), key=lambda region: (-regions.count(region), region)) if regions else None


async def _licences(cycle: Cycle) -> dict[int, Count]:
    """Stores that had thirty days within the period: good where the certificate came in them."""
    since, until = cycle.span.since - LICENCE_WITHIN, cycle.span.until - LICENCE_WITHIN
    found: dict[int, list[bool]] = defaultdict(list)
    for row in await rows(_LICENCES, since, until):
        issued = row["issued"]
        issued = datetime.fromisoformat(issued) if isinstance(issued, str) else issued
        if row["manager"] is not None:
            found[row["manager"]].append(issued is not None and issued <= row["opened_at"] + LICENCE_WITHIN)
    return {manager: Count(CASE * sum(kept), CASE * len(kept)) for manager, kept in found.items()}


async def _training(cycle: Cycle) -> dict[int, Count]:
    found = await rows(_TRAINING, cycle.span.since, cycle.span.until)
    return {row["manager"]: Count(CASE * int(row["kept"]), CASE * int(row["n"])) for row in found}
