"""Links as their owner and their visitors see them. Call inside a door."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.base.settings import settings
from portal.service.sharing.tables import BindingProof, LinkVisits, ShareLink


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

    @property
    def url(self) -> str:
        return f"{settings().base_url}/s/{self.code}"


_LINK = (
    "SELECT l.id, l.code, l.store, l.product, l.made_at, l.decision,"
    " (SELECT coalesce(sum(v.visits), 0) FROM link_visits v WHERE v.link = l.id) AS visits FROM share_links l"
)


def _link(row: dict[str, Any]) -> LinkInfo:
    return LinkInfo(
        row["id"], row["code"], row["store"], row["product"], row["made_at"], row["decision"], int(row["visits"])
    )


async def link_by_code(code: str) -> LinkInfo | None:
    rows = await ShareLink.raw(f"{_LINK} WHERE l.code = {{}}", code)
    return _link(rows[0]) if rows else None


async def links_of(store_id: int) -> dict[int | None, LinkInfo]:
    """A store's links by product id (None: the invitation)."""
    rows = await ShareLink.raw(f"{_LINK} WHERE l.store = {{}} ORDER BY l.id DESC LIMIT 500", store_id)
    return {row["product"]: _link(row) for row in rows}


async def visits_by_day(link_id: int) -> list[tuple[str, int]]:
    """Visits of the last thirty days that had any, oldest first."""
    rows = (
        await LinkVisits.select(LinkVisits.day, LinkVisits.visits)
        .where(LinkVisits.link == link_id)
        .order_by(LinkVisits.day, ascending=False)
        .limit(30)
    )
    return [(row["day"], row["visits"]) for row in reversed(rows)]


async def bound_through(link_id: int) -> int:
    """How many VIPs came through this link."""
    return int(await BindingProof.count().where(BindingProof.link == link_id))
