"""Which criteria hold, and setting new ones: every change is a version with its day, its author and her reason."""

import json
from dataclasses import dataclass
from datetime import datetime

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import in_turn, writing
from portal.core.base.refusals import Refused
from portal.service.assessments.criteria import Criteria, differing, read
from portal.service.assessments.tables import CriteriaVersion

WAY = "/admin/criteria"


@dataclass(frozen=True, slots=True)
class VersionInfo:
    """A version of the criteria; the shipped one, 0, has neither day nor author."""

    version: int
    criteria: Criteria
    since: datetime | None = None
    reason: str | None = None
    made_by: str | None = None


SHIPPED = VersionInfo(0, Criteria())
_ROWS = (
    "SELECT c.version, c.numbers, c.since, c.reason, p.name AS made_by FROM assessment_criteria c"
    " JOIN persons p ON p.id = c.made_by"
)


async def versions() -> list[VersionInfo]:
    """Every version, the newest first; the shipped one ends the list. Inside a door."""
    rows = await CriteriaVersion.raw(f"{_ROWS} ORDER BY c.version DESC LIMIT 500")
    found = [
        VersionInfo(row["version"], read(json.loads(row["numbers"])), row["since"], row["reason"], row["made_by"])
        for row in rows
    ]
    return [*found, SHIPPED]


async def in_force(at: datetime) -> VersionInfo:
    """The newest version whose day has come. Inside a door."""
    return next(each for each in await versions() if each.since is None or each.since <= at)


async def by_version(version: int) -> VersionInfo:
    """The version that a verdict names. Inside a door."""
    return next(each for each in await versions() if each.version == version)


async def set_criteria(
    actor: Actor, person_id: int, wanted: Criteria, since: datetime, reason: str, known: int, at: datetime
) -> int:
    """Let these numbers hold from `since` on; returns the version. `known`: the newest that the page showed.

    Raises Refused: `criteria_meanwhile` (409), `criteria_same`, `criteria_before` (422).
    """
    async with writing():
        await in_turn("assessment criteria")
        before = (await versions())[0]
        if before.version != known:
            raise Refused("criteria_meanwhile", way=WAY)
        if before.criteria == wanted:
            raise Refused("criteria_same", field="reason", status=422)
        since = max(since, at)
        if before.since is not None and since < before.since:
            raise Refused("criteria_before", {"since_at": before.since}, field="since", status=422)
        version = before.version + 1
        made = await CriteriaVersion.insert(
            CriteriaVersion(
                version=version,
                numbers=json.dumps(wanted.plain(), sort_keys=True),
                since=since,
                reason=reason,
                made_by=person_id,
                made_at=at,
            )
        )
        facts = {name: [old, new] for name, old, new in differing(before.criteria, wanted)}
        await audit.record(actor, "assessments.criteria_set", ("criteria", int(made[0]["id"])), at, facts)
        return version
