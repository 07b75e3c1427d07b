"""Which categories have which rules of return: told by admins, ordinary goods where nobody has."""

from datetime import datetime

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import writing
from portal.service.returns.rules import GoodsClass
from portal.service.returns.tables import ReturnClass

MOST = 300


async def categories() -> list[tuple[str, GoodsClass, int]]:
    """Every category that is sold, its rules and how many products it has; the fullest first. Call inside a door."""
    rows = await ReturnClass.raw(
        "SELECT p.category, c.kind, count(*) AS products FROM products p"
        " LEFT JOIN return_classes c ON c.category = p.category WHERE p.retired_at IS NULL"
        " GROUP BY p.category, c.kind ORDER BY products DESC, p.category LIMIT {}",
        MOST,
    )
    return [(row["category"], GoodsClass(row["kind"] or GoodsClass.ORDINARY), int(row["products"])) for row in rows]


async def set_class(actor: Actor, category: str, kind: GoodsClass, at: datetime) -> None:
    """Say which rules a category has from now on; returns that run keep the rules of the day when they were filed."""
    async with writing():
        rows = await ReturnClass.raw(
            "INSERT INTO return_classes (category, kind, changed_at) VALUES ({}, {}, {}) ON CONFLICT (category)"
            " DO UPDATE SET kind = excluded.kind, changed_at = excluded.changed_at RETURNING id",
            category,
            str(kind),
            at,
        )
        await audit.record(actor, "return.class_set", ("return_class", rows[0]["id"]), at, {"kind": str(kind)})
