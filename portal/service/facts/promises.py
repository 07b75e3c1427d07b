"""How long carriers have: published, changed by admins from a moment on, so that what was judged stays judged.

Call inside a door.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import in_turn, writing
from portal.core.base.refusals import Refused
from portal.service.facts.rules import Hours
from portal.service.facts.tables import CarrierHours

LEAST, MOST = 12, 480
BEGINNING = Hours(datetime(2000, 1, 1, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class SetHours:
    """A stretch of hours with who set it and why; the last is in force."""

    hours: Hours
    reason: str
    made_by: int | None
    name: str | None


async def all_hours() -> tuple[Hours, ...]:
    """Every stretch of hours, the first first."""
    rows = await CarrierHours.raw("SELECT since, usual, cold FROM carrier_hours ORDER BY id")
    return (BEGINNING, *(Hours(**row) for row in rows))


async def past() -> list[SetHours]:
    """The same with who and why, the latest first."""
    rows = await CarrierHours.raw(
        "SELECT h.since, h.usual, h.cold, h.reason, h.made_by, p.name FROM carrier_hours h"
        " LEFT JOIN persons p ON p.id = h.made_by ORDER BY h.id DESC LIMIT 50"
    )
    return [
        SetHours(Hours(row["since"], row["usual"], row["cold"]), row["reason"], row["made_by"], row["name"])
        for row in rows
    ]


async def set_hours(actor: Actor, hours: Hours, reason: str) -> bool:
    """Give carriers so many hours for parcels whose first trace comes from `hours.since` (now) on.

    False where it is so already. Raises Refused: `carrier_hours_range`.
    """
    for field, number in (("usual", hours.usual), ("cold", hours.cold)):
        if not LEAST <= number <= MOST:
            raise Refused("carrier_hours_range", {"least": LEAST, "most": MOST}, field=field, status=422)
    async with writing():
        await in_turn("facts.hours")
        known = (await all_hours())[-1]
        if (known.usual, known.cold) == (hours.usual, hours.cold):
            return False
        made_by = actor.id if actor.kind == "person" else None
        row = CarrierHours(since=hours.since, usual=hours.usual, cold=hours.cold, reason=reason, made_by=made_by)
        rows = await CarrierHours.insert(row)
        facts = {"usual": hours.usual, "cold": hours.cold}
        await audit.record(actor, "facts.carrier_hours_set", ("carrier_hours", rows[0]["id"]), hours.since, facts)
        return True
