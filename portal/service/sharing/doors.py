"""What stands between a product and its link: its supplier, pauses, the lesson of one on trial. Call inside a door."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from portal.core.base.database import placeholders
from portal.core.base.refusals import Refused
from portal.core.supply.queries import ProductInfo
from portal.core.supply.rules import Hold, Standing, hold, visit_first
from portal.service.sharing.rules import Obstacle, PauseCause, obstacle
from portal.service.sharing.tables import ProductLesson, SharePause


@dataclass(frozen=True, slots=True)
class Pause:
    """A pause of a product's sharing that has not ended."""

    id: int
    product_id: int
    cause: PauseCause
    reason: str | None
    returned: int
    delivered: int
    since: datetime


async def pauses(product_ids: Collection[int]) -> dict[int, Pause]:
    """The pauses in force of these products, by product."""
    if not product_ids:
        return {}
    places = placeholders(product_ids)
    rows = await SharePause.raw(
        "SELECT id, product AS product_id, cause, reason, returned, delivered, since FROM share_pauses"  # noqa: S608
        f" WHERE ended_at IS NULL AND product IN ({places})",
        *product_ids,
    )
    return {row["product_id"]: Pause(**{**row, "cause": PauseCause(row["cause"])}) for row in rows}


async def lesson_of(product_id: int) -> int | None:
    """The id of the course that comes before sharing this product, if one is set."""
    rows = await ProductLesson.select(ProductLesson.course).where(
        ProductLesson.product == product_id, ProductLesson.ended_at.is_null()
    )
    return int(rows[0]["course"]) if rows else None


@dataclass(frozen=True, slots=True)
class Door:
    """What keeps an owner from sharing a product, the gate aside, and the course that comes before it, if any."""

    obstacle: Obstacle | None
    course_id: int | None = None

    @property
    def to_learn(self) -> bool:
        return self.obstacle is Obstacle.TRIAL_LEARN


OPEN = Door(None)
_DOOR = (
    "SELECT s.cause, l.course, EXISTS (SELECT 1 FROM enrolments e WHERE e.person = {} AND e.course = l.course"
    " AND e.completed_at IS NOT NULL) AS learned, t.standing, EXISTS (SELECT 1 FROM supplier_clearances c"
    " WHERE c.supplier = p.supplier AND c.until > {}) AS cleared,"
    " (SELECT v.value FROM site_settings v WHERE v.name = 'supply.visit_first') AS first FROM products p"
    " LEFT JOIN supplier_standings t ON t.supplier = p.supplier AND t.until IS NULL"
    " LEFT JOIN share_pauses s ON s.product = p.id AND s.ended_at IS NULL"
    " LEFT JOIN product_lessons l ON l.product = p.id AND l.ended_at IS NULL WHERE p.id = {}"
)


def held_by(row: dict[str, Any], category: str) -> Hold | None:
    """What keeps back all of a product's supplier in this category, by a row of `standing`, `cleared`, `first`."""
    standing = Standing(row["standing"] or Standing.GOOD)
    return hold(standing, category, bool(row["cleared"]), visit_first(row["first"]))


async def door_of(owner_id: int, product: ProductInfo, at: datetime) -> Door:
    """How the door of this product stands for this owner; a course counts whatever it was assigned for."""
    row = (await SharePause.raw(_DOOR, owner_id, at, product.id))[0]
    found = obstacle(
        paused=PauseCause(row["cause"]) if row["cause"] else None,
        trial=product.trial,
        has_copy=bool(product.share_copy),
        lesson_set=row["course"] is not None,
        learned=bool(row["learned"]),
        held=held_by(row, product.category),
    )
    return Door(found, row["course"])


REFUSALS = {
    Obstacle.SUPPLIER_BLACKLISTED: "share_supplier_blacklisted",
    Obstacle.SUPPLIER_NOT_VISITED: "share_supplier_not_visited",
    Obstacle.PAUSED_RETURNS: "share_paused_returns",
    Obstacle.PAUSED_ADMIN: "share_paused_admin",
    Obstacle.TRIAL_COPY: "share_trial_copy",
    Obstacle.TRIAL_LESSON: "share_trial_lesson",
    Obstacle.TRIAL_LEARN: "share_trial_learn",
}


class ProductHeldBack(Refused):
    """The owner holds the right, but this product is not to be shared now; its page says why."""

    def __init__(self, found: Obstacle, external_id: str) -> None:
        super().__init__(REFUSALS[found], way=f"/share/products/{quote(external_id, safe='')}", status=403)
        self.obstacle = found


async def require_product(owner_id: int, product: ProductInfo, at: datetime) -> None:
    """Ask at a door. Raises ProductHeldBack."""
    door = await door_of(owner_id, product, at)
    if door.obstacle is not None:
        raise ProductHeldBack(door.obstacle, product.external_id)
