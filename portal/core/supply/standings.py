"""How suppliers stand: read by every door of sharing, written by the room that judges them. Call inside a door."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from portal.core.base import audit, site_settings
from portal.core.base.audit import Actor
from portal.core.base.database import hold as hold_row
from portal.core.base.database import placeholders, writing
from portal.core.supply.rules import Hold, Standing, hold, visit_first
from portal.core.supply.tables import SupplierClearance, SupplierStanding


@dataclass(frozen=True, slots=True)
class StandingInfo:
    """A stretch of one standing; `until` empty for the present one."""

    supplier_id: int
    standing: Standing
    cause: str
    since: datetime
    until: datetime | None


_ROW = "SELECT supplier AS supplier_id, standing, cause, since, until FROM supplier_standings"


async def standing_of(supplier_id: int) -> Standing:
    """How it stands now."""
    return (await standings([supplier_id]))[supplier_id]


async def standings(supplier_ids: Collection[int]) -> dict[int, Standing]:
    """How each of these stands now."""
    found = dict.fromkeys(supplier_ids, Standing.GOOD)
    if found:
        places = placeholders(found)
        sql = f"{_ROW} WHERE until IS NULL AND supplier IN ({places})"
        rows = await SupplierStanding.raw(sql, *found)
        found |= {row["supplier_id"]: Standing(row["standing"]) for row in rows}
    return found


async def past(supplier_id: int) -> list[StandingInfo]:
    """Every standing it ever had, the newest first."""
    rows = await SupplierStanding.raw(f"{_ROW} WHERE supplier = {{}} ORDER BY id DESC LIMIT 200", supplier_id)
    return [StandingInfo(**{**row, "standing": Standing(row["standing"])}) for row in rows]


async def cleared_until(supplier_id: int) -> datetime | None:
    """Until when its latest passed visit holds."""
    rows = (
        await SupplierClearance.select(SupplierClearance.until)
        .where(SupplierClearance.supplier == supplier_id)
        .order_by(SupplierClearance.until, ascending=False)
        .limit(1)
    )
    return rows[0]["until"] if rows else None


async def hold_of(supplier_id: int, category: str, at: datetime) -> Hold | None:
    """Why nothing of this category is shared of the supplier's now, if so."""
    until = await cleared_until(supplier_id)
    cleared = until is not None and until > at
    return hold(await standing_of(supplier_id), category, cleared, await visited_first())


VISIT_FIRST = "supply.visit_first"


async def visited_first() -> tuple[str, ...]:
    """The categories whose suppliers are visited before the first sale."""
    return visit_first(await site_settings.value(VISIT_FIRST, ""))


async def name_visited_first(actor: Actor, categories: Collection[str], at: datetime) -> bool:
    """Set these categories; none: the shipped ones. False where they are set already."""
    return await site_settings.change(actor, VISIT_FIRST, "\n".join(dict.fromkeys(categories)), at)


async def set_standing(actor: Actor, supplier_id: int, standing: Standing, cause: str, at: datetime) -> bool:
    """Let a supplier stand so from now on; False where it stood so already."""
    async with writing():
        await hold_row("suppliers", supplier_id)
        before = await standing_of(supplier_id)
        if before is standing:
            return False
        await SupplierStanding.update(until=at).where(
            SupplierStanding.supplier == supplier_id, SupplierStanding.until.is_null()
        )
        row = SupplierStanding(supplier=supplier_id, standing=str(standing), cause=cause, since=at)
        await SupplierStanding.insert(row)
        facts = {"from": str(before), "to": str(standing), "cause": cause}
        await audit.record(actor, "supplier.standing_changed", ("supplier", supplier_id), at, facts)
        return True


async def clear(actor: Actor, supplier_id: int, until: datetime, cause: str, at: datetime) -> None:
    """A passed visit: what must be visited first may be sold and shared until then."""
    async with writing():
        await SupplierClearance.insert(SupplierClearance(supplier=supplier_id, cause=cause, until=until, at=at))
        facts = {"until": until.isoformat(), "cause": cause}
        await audit.record(actor, "supplier.cleared", ("supplier", supplier_id), at, facts)


async def end_clearance(actor: Actor, supplier_id: int, cause: str, at: datetime) -> bool:
    """A visit was failed: what must be visited first is not sold or shared any more. False where nothing held."""
    async with writing():
        ended = (
            await SupplierClearance.update({SupplierClearance.until: at})
            .where(SupplierClearance.supplier == supplier_id, SupplierClearance.until > at)
            .returning(SupplierClearance.id)
        )
        if ended:
            await audit.record(actor, "supplier.clearance_ended", ("supplier", supplier_id), at, {"cause": cause})
        return bool(ended)
