"""The white list's products stand first, on whatever page, and nothing is shown twice or skipped."""

import pytest

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.supply import promotion, standings
from portal.core.supply import queries as supply
from portal.core.supply.rules import Standing
from portal.core.web.paging import Cut
from tests import make


async def stocked(white: int, others: int) -> list[str]:
    """Products of a supplier on the white list, then of another; their ids."""
    made = [await make.product(supplier="fine" if number < white else "plain") for number in range(white + others)]
    async with reading():
        fine = await supply.supplier_by_external_id("fine")
    if fine is not None:
        async with writing():
            await standings.set_standing(SYSTEM, fine.id, Standing.WHITE, "verdict:1", now())
    return made


@pytest.mark.parametrize(
    ("white", "others", "limit"), [(0, 4, 3), (4, 0, 3), (2, 3, 2), (2, 3, 10), (3, 3, 4), (1, 1, 1)]
)
async def test_every_product_once_the_white_list_first(app: object, white: int, others: int, limit: int) -> None:
    made = await stocked(white, others)
    seen: list[str] = []
    marked: set[int] = set()
    cut: Cut | None = Cut(limit=limit)
    while cut is not None:
        async with reading():
            found = await promotion.promoted(cut)
        seen += [product.external_id for product in found.page.items]
        marked |= found.white
        cut = Cut(found.page.next_after, limit) if found.page.next_after else None
    wanted = [*range(white - 1, -1, -1), *range(white + others - 1, white - 1, -1)]
    assert seen == [made[number] for number in wanted]
    assert len(marked) == white


async def test_searching_keeps_the_order(app: object) -> None:
    made = await stocked(1, 2)
    async with reading():
        found = await promotion.promoted(Cut(), made[0].rpartition("-")[0])
        none = await promotion.promoted(Cut(), "nothing like it")
    assert [product.external_id for product in found.page.items] == [made[0], made[2], made[1]]
    assert none.page.items == []
