"""Suppliers that sold before the rule of visits came: a time in which they are visited while they go on selling."""

from datetime import datetime, timedelta

from portal.core.base import audit, site_settings
from portal.core.base.audit import SYSTEM, Actor
from portal.core.base.database import in_turn, writing
from portal.core.base.refusals import Refused
from portal.core.supply import standings
from portal.service.suppliers.tables import SiteVisit

SETTING = "suppliers.visit_grace"
SHIPPED = timedelta(days=90)
LONGEST = timedelta(days=365)
# Who has sold, is not cleared so long already, and has not failed a visit since: that is no matter of grace.
_SELLERS = (
    "SELECT s.id FROM suppliers s WHERE s.kind = 'goods' AND EXISTS (SELECT 1 FROM products p JOIN order_lines l"
    " ON l.product = p.id WHERE p.supplier = s.id) AND NOT EXISTS (SELECT 1 FROM supplier_clearances c"
    " WHERE c.supplier = s.id AND c.until >= {}) AND NOT EXISTS (SELECT 1 FROM site_visits v"
    " WHERE v.supplier = s.id AND v.state = 'closed' AND v.result = 'failed') ORDER BY s.id"
)


async def until() -> datetime | None:
    """Until when the grace runs; None where none was ever set. Inside a door."""
    written = await site_settings.value(SETTING, "")
    return datetime.fromisoformat(written) if written else None


async def set_grace(actor: Actor, end: datetime, at: datetime) -> int:
    """Let everybody who has sold so far go on until then; returns how many are cleared by it.

    Raises Refused: `grace_end` (422) where it ends before now or after a year.
    """
    if not at < end <= at + LONGEST:
        raise Refused("grace_end", field="until", status=422)
    async with writing():
        await in_turn("visit_grace")
        await site_settings.change(actor, SETTING, end.isoformat(), at)
        rows = await SiteVisit.raw(_SELLERS, end)
        for row in rows:
            await standings.clear(actor, row["id"], end, "grace", at)
        await audit.record(
            actor, "supplier.grace", ("setting", 0), at, {"until": end.isoformat(), "cleared": len(rows)}
        )
        return len(rows)


async def begin(at: datetime) -> None:
    """What serving begins with: the first time ever, the shipped grace; again changes nothing."""
    async with writing():
        if await until() is None:
            await set_grace(SYSTEM, at + SHIPPED, at)
