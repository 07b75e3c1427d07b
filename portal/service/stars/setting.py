"""Versions of the criteria: the first stands in the code, each later one has its month, author and reason."""

import json
from dataclasses import dataclass
from datetime import datetime

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import in_turn, writing
from portal.core.base.refusals import Refused
from portal.service.stars.criteria import FIRST, Criteria, from_body, to_body
from portal.service.stars.spans import month_of
from portal.service.stars.tables import StarCriteria

WAY = "/admin/star-criteria"


@dataclass(frozen=True, slots=True)
class Version:
    """A version with who made it; the first has nobody and no month."""

    number: int
    since: str
    criteria: Criteria
    reason: str = ""
    made_by: str = ""
    made_at: datetime | None = None


_VERSIONS = (
    "SELECT c.number, c.since, c.body, c.reason, p.name AS made_by, c.made_at FROM star_criteria c"
    " JOIN persons p ON p.id = c.made_by ORDER BY c.number DESC LIMIT 100"
)


async def versions() -> list[Version]:
    """All versions, the newest first. Inside a door."""
    rows = await StarCriteria.raw(_VERSIONS)
    later = [
        Version(
            row["number"],
            row["since"],
            from_body(json.loads(row["body"])),
            row["reason"],
            row["made_by"],
            row["made_at"],
        )
        for row in rows
    ]
    return [*later, Version(1, "", FIRST)]


async def holding(month: str) -> Version:
    """The version that a month is judged by: the newest that began with it or before. Inside a door."""
    return next(each for each in await versions() if each.since <= month)


async def set_criteria(
    actor: Actor, person_id: int, wanted: Criteria, since: str, reason: str, known: int, at: datetime
) -> int:
    """Have months from `since` on judged by `wanted`; returns the version's number. `known`: the newest that was shown.

    Raises Refused: `star_criteria_meanwhile` (409), `star_criteria_past`, `star_criteria_same` (422).
    """
    async with writing():
        await in_turn("star_criteria")
        before = await versions()
        if known != before[0].number:
            raise Refused("star_criteria_meanwhile", way=WAY)
        if since <= month_of(at):
            raise Refused("star_criteria_past", field="since", status=422)
        if next(each for each in before if each.since <= since).criteria == wanted:
            raise Refused("star_criteria_same", field="reason", status=422)
        number = before[0].number + 1
        row = StarCriteria(
            number=number,
            since=since,
            body=json.dumps(to_body(wanted), sort_keys=True),
            reason=reason,
            made_by=person_id,
            made_at=at,
        )
        made = await StarCriteria.insert(row).returning(StarCriteria.id)
        await audit.record(
            actor, "stars.criteria_set", ("star_criteria", int(made[0]["id"])), at, {"number": number, "since": since}
        )
        return number
