"""Cycles as rows: loading one, moving it on, and planning what time brings, each once. Inside a door."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.base import audit
from portal.core.base.audit import SYSTEM
from portal.core.base.database import hold
from portal.core.base.refusals import NotFound
from portal.core.base.statistics import Beta
from portal.service.awards import periods
from portal.service.awards.periods import Period, Span
from portal.service.awards.rules import Scope, State, Subject
from portal.service.awards.tables import AwardCycle
from portal.service.stars.criteria import Line

HERE = "/admin/awards"


@dataclass(frozen=True, slots=True)
class Cycle:
    """A period's awards of a subject. `lines` and `priors`: what it is reckoned by, once its inputs are frozen."""

    id: int
    ref: str
    plan: int | None
    subject: Subject
    period: Period
    label: str
    scope: Scope
    scope_key: str
    name: str
    since: datetime
    until: datetime
    state: State
    lines: Mapping[str, Line]
    priors: Mapping[str, Beta]
    after: int
    done: int
    total: int
    planned_at: datetime
    frozen_at: datetime | None
    review_at: datetime | None
    opened_by: int | None
    appeal_until: datetime | None
    proposed_by: int | None
    proposed_at: datetime | None
    confirmed_by: int | None
    confirmed_at: datetime | None
    published_at: datetime | None

    @property
    def span(self) -> Span:
        return periods.span_of(self.period, self.label)

    @property
    def way(self) -> str:
        return f"{HERE}/{self.ref}"

    @property
    def whole(self) -> bool:
        """Whether it is the whole platform's."""
        return self.scope is Scope.PLATFORM


_CYCLE = (
    "SELECT id, ref, plan, subject, period, label, scope, scope_key, name, since, until, state, body, priors,"
    " after_id AS after, done, total, planned_at, frozen_at, review_at, opened_by, appeal_until, proposed_by,"
    " proposed_at, confirmed_by, confirmed_at, published_at FROM award_cycles"
)


def _cycle(row: Mapping[str, Any]) -> Cycle:
    plain = {name: row[name] for name in Cycle.__slots__ if name in row}
    plain |= {
        "subject": Subject(row["subject"]),
        "period": Period(row["period"]),
        "scope": Scope(row["scope"]),
        "state": State(row["state"]),
        "lines": {name: Line(*values) for name, values in json.loads(row["body"]).items()},
        "priors": {name: Beta(*values) for name, values in json.loads(row["priors"]).items()},
    }
    return Cycle(**plain)


async def cycles(condition: str, *values: object) -> list[Cycle]:
    """Cycles by a condition (with order and limit)."""
    return [_cycle(row) for row in await AwardCycle.raw(f"{_CYCLE} WHERE {condition}", *values)]


async def by_ref(ref: str) -> Cycle:
    """Raises NotFound."""
    found = await cycles("ref = {}", ref)
    if not found:
        raise NotFound
    return found[0]


async def by_id(cycle_id: int) -> Cycle:
    return (await cycles("id = {}", cycle_id))[0]


async def held(ref: str) -> Cycle:
    """The cycle, kept from other hands until the transaction ends. Raises NotFound."""
    found = await by_ref(ref)
    await hold("award_cycles", found.id)
    return await by_id(found.id)


async def advance(cycle: Cycle, to: State, after: int = 0, done: int = 0, **more: Any) -> bool:
    """Move a cycle on from where it was read; False where another has been faster. In `writing()`."""
    values = {"state": str(to), "after_id": after, "done": done, **more}
    rows = (
        await AwardCycle.update(**values)
        .where(AwardCycle.id == cycle.id, AwardCycle.state == str(cycle.state), AwardCycle.after_id == cycle.after)
        .returning(AwardCycle.id)
    )
    return bool(rows)


# ---- planning ----


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose cycles are planned, again and again: of the whole platform, or by a plan."""

    subject: Subject
    period: Period
    scope: Scope = Scope.PLATFORM
    scope_key: str = ""
    name: str = ""
    plan: int | None = None

    def ref_of(self, label: str) -> str:
        return f"{label}-{self.subject}" + (f"-{self.plan}" if self.plan is not None else "")


STANDING = tuple(Wanted(subject, period) for period in Period for subject in Subject)


async def wanted() -> list[Wanted]:
    """The platform's, and those of the plans that run."""
    rows = await AwardCycle.raw(
        "SELECT id, subject, period, scope, scope_key, name FROM award_plans WHERE ended_at IS NULL ORDER BY id"
    )
    plans = [
        Wanted(
            Subject(row["subject"]),
            Period(row["period"]),
            Scope(row["scope"]),
            row["scope_key"],
            row["name"],
            row["id"],
        )
        for row in rows
    ]
    return [*STANDING, *plans]


async def to_plan(at: datetime) -> list[tuple[Wanted, str]]:
    """The periods up to the present one that have no cycle yet. The first time: the present, and the month before."""
    rows = await AwardCycle.raw(
        "SELECT subject, period, scope, scope_key, max(label) AS label FROM award_cycles"
        " GROUP BY subject, period, scope, scope_key"
    )
    known = {(row["subject"], row["period"], row["scope"], row["scope_key"]): row["label"] for row in rows}
    found = []
    for one in await wanted():
        last = known.get((str(one.subject), str(one.period), str(one.scope), one.scope_key))
        found += [(one, label) for label in _labels(one.period, last, at)]
    return found


def _labels(period: Period, last: str | None, at: datetime) -> Iterable[str]:
    this = periods.label_of(period, at)
    if last is None:
        label = periods.label_before(period, this) if period is Period.MONTH else this
    else:
        label = periods.label_after(period, last)
    while label <= this:
        yield label
        label = periods.label_after(period, label)


async def plan(one: Wanted, label: str, at: datetime) -> bool:
    """Plan a cycle once; False where it is. In `writing()`."""
    span = periods.span_of(one.period, label)
    rows = await AwardCycle.raw(
        "INSERT INTO award_cycles (ref, plan, subject, period, label, scope, scope_key, name, since, until, state,"
        " body, priors, after_id, done, total, planned_at)"
        " VALUES ({}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, 0, 0, 0, {}) ON CONFLICT DO NOTHING RETURNING id",
        one.ref_of(label),
        one.plan,
        str(one.subject),
        str(one.period),
        label,
        str(one.scope),
        one.scope_key,
        one.name,
        span.since,
        span.until,
        str(State.PLANNED),
        "{}",
        "{}",
        at,
    )
    if rows:
        await audit.record(
            SYSTEM, "awards.planned", ("award_cycle", int(rows[0]["id"])), at, {"ref": one.ref_of(label)}
        )
    return bool(rows)
