"""What owners are shown first: products of suppliers on the white list, then all others. Call inside a door."""

from dataclasses import dataclass
from typing import Any

from portal.core.supply.queries import BEYOND, PRODUCT, ProductInfo, contains, pattern, product_of
from portal.core.supply.tables import Product
from portal.core.web.paging import Cut, Page

FIRST = 10**16  # added to the key of what stands first, so that one number pages through both parts
_WHITE = (
    "EXISTS (SELECT 1 FROM supplier_standings w WHERE w.supplier = p.supplier AND w.until IS NULL"
    " AND w.standing = 'white')"
)


@dataclass(frozen=True, slots=True)
class Promoted:
    """A page of products; `white`: those of suppliers on the white list."""

    page: Page[ProductInfo]
    white: frozenset[int]


async def promoted(cut: Cut, search: str | None = None) -> Promoted:
    """Products that are not retired, each part the newest first; `search` looks into title, category and id."""
    first: list[ProductInfo] = []
    if not cut.after or cut.after > FIRST:
        first = await _part(_WHITE, cut.after - FIRST if cut.after else BEYOND, search, cut.fetch)
    rest: list[ProductInfo] = []
    if len(first) < cut.fetch:
        below = cut.after if 0 < cut.after < FIRST else BEYOND
        rest = await _part(f"NOT {_WHITE}", below, search, cut.fetch - len(first))
    white = frozenset(product.id for product in first)
    found = [*first, *rest]
    shown = found[: cut.limit]
    key = (shown[-1].id + (FIRST if shown[-1].id in white else 0)) if len(found) > cut.limit else None
    return Promoted(Page(shown, key), white)


async def _part(condition: str, below: int, search: str | None, limit: int) -> list[ProductInfo]:
    values: list[Any] = [below]
    where = f"p.id < {{}} AND p.retired_at IS NULL AND {condition}"
    if search:
        where += f" AND {contains('p.title', 'p.category', 'p.external_id')}"
        values += [pattern(search)] * 3
    rows = await Product.raw(f"{PRODUCT} WHERE {where} ORDER BY p.id DESC LIMIT {{}}", *values, limit)
    return [product_of(row) for row in rows]
