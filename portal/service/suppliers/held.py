"""Orders that still come for a blacklisted supplier or go with a blacklisted carrier: recorded, raised daily."""

from datetime import datetime

from portal.core.base import audit
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import local, now
from portal.core.base.database import writing
from portal.core.base.hooks import OrderFact
from portal.core.base.sweeping import each_due
from portal.core.notices.actions import notify
from portal.core.people import queries as people
from portal.core.people.rules import Role
from portal.service.suppliers.dossier import way_of
from portal.service.suppliers.tables import HeldDay, HeldOrder

_HELD = (
    "SELECT t.supplier FROM supplier_standings t JOIN orders o ON o.id = {} WHERE t.standing = 'blacklisted'"
    " AND t.until IS NULL AND ((o.placed_at >= t.since AND EXISTS (SELECT 1 FROM order_lines l"
    " JOIN products p ON p.id = l.product WHERE l.order_of = o.id AND l.removed_at IS NULL"
    " AND p.supplier = t.supplier)) OR EXISTS (SELECT 1 FROM parcels c WHERE c.order_of = o.id"
    " AND c.carrier = t.supplier AND c.shipped_at >= t.since))"
)


async def on_order(fact: OrderFact) -> None:
    """An order came or changed: note it under every blacklisted supplier and carrier that it names, once."""
    for row in await HeldOrder.raw(_HELD, fact.order_id):
        made = await HeldOrder.raw(
            "INSERT INTO held_orders (supplier, order_of, at) VALUES ({}, {}, {}) ON CONFLICT DO NOTHING RETURNING id",
            row["supplier"],
            fact.order_id,
            fact.at,
        )
        if made:
            facts = {"supplier": row["supplier"]}
            await audit.record(fact.actor, "supplier.held_order", ("order", fact.order_id), fact.at, facts)


async def tell_held() -> int:
    """Sweep: tell the admins of each such supplier's orders, once a day; returns of how many suppliers."""
    at = now()
    day = local(at).date().isoformat()

    async def due(limit: int) -> list[int]:
        rows = await HeldOrder.raw(
            "SELECT DISTINCT h.supplier FROM held_orders h WHERE h.told_at IS NULL AND NOT EXISTS"
            " (SELECT 1 FROM held_days d WHERE d.supplier = h.supplier AND d.day = {}) ORDER BY h.supplier LIMIT {}",
            day,
            limit,
        )
        return [int(row["supplier"]) for row in rows]

    return await each_due(due, lambda supplier_id: _tell(supplier_id, day, at))


async def _tell(supplier_id: int, day: str, at: datetime) -> bool:
    async with writing():
        first = await HeldDay.raw(
            "INSERT INTO held_days (supplier, day, orders, at) VALUES ({}, {}, 0, {})"
            " ON CONFLICT DO NOTHING RETURNING id",
            supplier_id,
            day,
            at,
        )
        if not first:
            return False
        orders = (
            await HeldOrder.update({HeldOrder.told_at: at})
            .where(HeldOrder.supplier == supplier_id, HeldOrder.told_at.is_null())
            .returning(HeldOrder.id)
        )
        await HeldDay.update({HeldDay.orders: len(orders)}).where(HeldDay.id == first[0]["id"])
        name = await HeldOrder.raw("SELECT name, external_id FROM suppliers WHERE id = {}", supplier_id)
        what = {"name": name[0]["name"], "count": len(orders)}
        for admin in await people.people_with_role(Role.ADMIN):
            await notify(admin.id, "supplier_held_orders", what, at, way=way_of(name[0]["external_id"]))
        facts = {"orders": len(orders), "day": day}
        await audit.record(SYSTEM, "supplier.held_told", ("supplier", supplier_id), at, facts)
        return True
