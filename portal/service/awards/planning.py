"""Plans of regions and groups that have cycles of their own. Inside a door, but for the two acts."""

from dataclasses import dataclass
from datetime import datetime

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import writing
from portal.core.base.refusals import Refused
from portal.core.stores import groups
from portal.service.awards.periods import Period
from portal.service.awards.rules import SCOPES, Scope, Subject
from portal.service.awards.tables import AwardPlan

HERE = "/admin/awards/plans"


@dataclass(frozen=True, slots=True)
class Plan:
    """A region or group with cycles of its own."""

    id: int
    subject: Subject
    period: Period
    scope: Scope
    name: str
    made_by_name: str
    made_at: datetime


async def plans() -> list[Plan]:
    rows = await AwardPlan.raw(
        "SELECT n.id, n.subject, n.period, n.scope, n.name, p.name AS made_by_name, n.made_at FROM award_plans n"
        " JOIN persons p ON p.id = n.made_by WHERE n.ended_at IS NULL ORDER BY n.id LIMIT 300"
    )
    return [
        Plan(
            row["id"],
            Subject(row["subject"]),
            Period(row["period"]),
            Scope(row["scope"]),
            row["name"],
            row["made_by_name"],
            row["made_at"],
        )
        for row in rows
    ]


async def regions() -> list[str]:
    """Where there are open stores."""
    rows = await AwardPlan.raw(
        "SELECT DISTINCT region FROM stores WHERE region IS NOT NULL AND closed_at IS NULL AND kit_returned_at IS NULL"
        " ORDER BY region LIMIT 300"
    )
    return [row["region"] for row in rows]


async def make(
    actor: Actor, person_id: int, subject: Subject, period: Period, scope: Scope, key: str, at: datetime
) -> int:
    """Have a region or a group its own cycles from now on.

    Raises Refused(422): `award_plan_scope`, `award_plan_key`, `award_plan_twice`.
    """
    async with writing():
        if scope is Scope.PLATFORM or scope not in SCOPES[subject]:
            raise Refused("award_plan_scope", field="scope", status=422)
        name = await _name(scope, key)
        if name is None:
            raise Refused("award_plan_key", field="key", status=422)
        rows = await AwardPlan.raw(
            "INSERT INTO award_plans (subject, period, scope, scope_key, name, made_by, made_at)"
            " VALUES ({}, {}, {}, {}, {}, {}, {}) ON CONFLICT DO NOTHING RETURNING id",
            str(subject),
            str(period),
            str(scope),
            key,
            name,
            person_id,
            at,
        )
        if not rows:
            raise Refused("award_plan_twice", field="key", status=422)
        made = int(rows[0]["id"])
        facts = {"subject": str(subject), "period": str(period), "scope": str(scope)}
        await audit.record(actor, "awards.plan_made", ("award_plan", made), at, facts)
        return made


async def _name(scope: Scope, key: str) -> str | None:
    if scope is Scope.REGION:
        return key if key in await regions() else None
    group = await groups.group(int(key)) if key.isascii() and key.isdigit() and len(key) < 18 else None
    return group.name if group else None


async def end(actor: Actor, plan_id: int, at: datetime) -> None:
    """No more cycles from now on; what was planned goes on. Again changes nothing."""
    async with writing():
        rows = (
            await AwardPlan.update({AwardPlan.ended_at: at})
            .where(AwardPlan.id == plan_id, AwardPlan.ended_at.is_null())
            .returning(AwardPlan.id)
        )
        if rows:
            await audit.record(actor, "awards.plan_ended", ("award_plan", plan_id), at)
