"""Links as their owner and their visitors see them. Call inside a door."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from portal.core.base.clock import local
from portal.core.base.database import placeholders
from portal.core.base.settings import settings
from portal.core.supply.rules import Hold
from portal.service.sharing.doors import held_by
from portal.service.sharing.tables import LinkVisits, ShareLink, SharePause


@dataclass(frozen=True, slots=True)
class LinkInfo:
    """A store's invitation (`product_id` empty) or a product's link, and how often it was opened."""

    id: int
    code: str
    store_id: int
    product_id: int | None
    made_at: datetime
    decision_id: int
    visits: int = 0
    bound: int = 0  # VIPs who came through it

    @property
    def url(self) -> str:
        return f"{settings().base_url}/s/{self.code}"


_LINK = (
    "SELECT l.id, l.code, l.store, l.product, l.made_at, l.decision,"
    " (SELECT coalesce(sum(v.visits), 0) FROM link_visits v WHERE v.link = l.id) AS visits,"
    " (SELECT count(*) FROM binding_proofs b WHERE b.link = l.id) AS bound FROM share_links l"
)


def _link(row: dict[str, Any]) -> LinkInfo:
    counts = {"visits": int(row["visits"]), "bound": int(row["bound"])}
    return LinkInfo(row["id"], row["code"], row["store"], row["product"], row["made_at"], row["decision"], **counts)


async def link_by_code(code: str) -> LinkInfo | None:
    rows = await ShareLink.raw(f"{_LINK} WHERE l.code = {{}}", code)
    return _link(rows[0]) if rows else None


async def links_of(store_id: int) -> dict[int | None, LinkInfo]:
    """A store's links by product id (None: the invitation)."""
    rows = await ShareLink.raw(f"{_LINK} WHERE l.store = {{}} ORDER BY l.id DESC LIMIT 500", store_id)
    return {row["product"]: _link(row) for row in rows}


async def visits_by_day(link_id: int, at: datetime, days: int = 30) -> list[tuple[str, int]]:
    """How often a link was opened on each of the last days, today last; days without a visit are there too."""
    wanted = [(local(at) - timedelta(days=back)).date().isoformat() for back in range(days - 1, -1, -1)]
    rows = await LinkVisits.select(LinkVisits.day, LinkVisits.visits).where(
        LinkVisits.link == link_id, LinkVisits.day >= wanted[0]
    )
    seen = {row["day"]: row["visits"] for row in rows}
    return [(day, seen.get(day, 0)) for day in wanted]


# ---- products held back ----


_HELD = (
    "SELECT p.id, p.category, t.standing, s.id AS pause, EXISTS (SELECT 1 FROM supplier_clearances c"
    " WHERE c.supplier = p.supplier AND c.until > {}) AS cleared,"
    " (SELECT v.value FROM site_settings v WHERE v.name = 'supply.visit_first') AS first FROM products p"
    " LEFT JOIN supplier_standings t ON t.supplier = p.supplier AND t.until IS NULL"
    " LEFT JOIN share_pauses s ON s.product = p.id AND s.ended_at IS NULL"
)


async def held_products(product_ids: Collection[int], at: datetime) -> frozenset[int]:
    """Those of the products that are not shared now: paused, or held back with their supplier."""
    if not product_ids:
        return frozenset()
    places = placeholders(product_ids)
    rows = await SharePause.raw(f"{_HELD} WHERE p.id IN ({places})", at, *product_ids)
    return frozenset(row["id"] for row in rows if row["pause"] is not None or held_by(row, row["category"]) is not None)


async def supplier_hold(product_id: int, at: datetime) -> Hold | None:
    """What keeps back everything of a product's supplier in its category now."""
    rows = await SharePause.raw(f"{_HELD} WHERE p.id = {{}}", at, product_id)
    return held_by(rows[0], rows[0]["category"]) if rows else None


_SHARED_PRODUCTS = (
    "SELECT DISTINCT l.product FROM share_links l WHERE l.product > {} AND NOT EXISTS (SELECT 1 FROM share_pauses p"
    " WHERE p.product = l.product AND (p.ended_at IS NULL OR p.ended_at > {})) ORDER BY l.product LIMIT {}"
)


async def shared_products(after: int, ended_since: datetime, limit: int = 200) -> list[int]:
    """Products that somebody shares, by id beyond `after`: neither paused nor let go on since an instant."""
    rows = await SharePause.raw(_SHARED_PRODUCTS, after, ended_since, limit)
    return [int(row["product"]) for row in rows]


async def sharers(product_id: int) -> tuple[str, str, list[int]]:
    """A product's title and external id, and the owners of open stores who have made a link to it."""
    product = await SharePause.raw("SELECT title, external_id FROM products WHERE id = {}", product_id)
    rows = await SharePause.raw(
        "SELECT DISTINCT s.owner FROM share_links l JOIN stores s ON s.id = l.store WHERE l.product = {}"
        " AND s.closed_at IS NULL AND s.kit_returned_at IS NULL ORDER BY s.owner LIMIT 5000",
        product_id,
    )
    return product[0]["title"], product[0]["external_id"], [int(row["owner"]) for row in rows]


@dataclass(frozen=True, slots=True)
class PastPause:
    """A pause of a product's sharing, from when to when and why."""

    cause: str
    reason: str | None
    returned: int
    delivered: int
    since: datetime
    ended_at: datetime | None
    ended_by: str | None
    end_reason: str | None


async def pauses_of(product_id: int) -> list[PastPause]:
    """A product's pauses, the newest first."""
    rows = await SharePause.raw(
        "SELECT s.cause, s.reason, s.returned, s.delivered, s.since, s.ended_at, p.name AS ended_by, s.end_reason"
        " FROM share_pauses s LEFT JOIN persons p ON p.id = s.ended_by WHERE s.product = {}"
        " ORDER BY s.id DESC LIMIT 20",
        product_id,
    )
    return [PastPause(**row) for row in rows]
