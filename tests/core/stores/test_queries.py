"""Lists of stores and VIPs: found by what people know of them, paged by key, bounded."""

from datetime import timedelta

import pytest

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import counting_queries, reading
from portal.core.people.rules import Role
from portal.core.stores import actions, queries
from portal.core.stores.rules import State
from portal.core.web.paging import Cut
from tests.core.stores.scene import OPENED, bind, make_person, open_store


async def _names(search: str | None = None, state: State | None = None) -> list[str]:
    async with reading():
        return [store.external_id for store in (await queries.stores(Cut(), search, state)).items]


async def test_stores_are_found_by_id_by_name_and_by_owner(database: str) -> None:
    await open_store(1, name="100% orange", owner_name="He Xiaomei")
    await open_store(2, name="Tea_house", owner_name="Li Fang")
    await open_store(3, name="\u6a59\u5b50\u94fa")
    assert await _names() == ["store-3", "store-2", "store-1"]
    assert await _names("STORE-2") == ["store-2"]
    assert await _names("xiaomei") == ["store-1"]
    assert await _names("owner-3") == ["store-3"]
    assert await _names("\u6a59") == ["store-3"]
    assert await _names("%") == ["store-1"]
    assert await _names("_") == ["store-2"]
    assert await _names("\\") == []
    assert await _names("'; DROP TABLE stores") == []


async def test_stores_are_listed_by_state(database: str) -> None:
    await open_store(1)
    await open_store(2, closed_at=OPENED + timedelta(days=1))
    await open_store(3, kit_returned_at=OPENED + timedelta(days=1))
    await open_store(4, closed_at=OPENED + timedelta(days=1), kit_returned_at=OPENED + timedelta(days=1))
    assert await _names(state=State.OPEN) == ["store-1"]
    assert await _names(state=State.CLOSED) == ["store-2"]
    assert await _names(state=State.KIT_RETURNED) == ["store-4", "store-3"]


async def test_lists_go_on_by_key_and_end(database: str) -> None:
    for number in range(1, 6):
        await open_store(number)
    async with reading():
        first = await queries.stores(Cut(limit=2))
        assert [store.external_id for store in first.items] == ["store-5", "store-4"]
        assert first.next_after is not None
        second = await queries.stores(Cut(first.next_after, 3))
        assert [store.external_id for store in second.items] == ["store-3", "store-2", "store-1"]
        assert second.next_after is None


@pytest.mark.parametrize("items", [1, 30])
async def test_a_list_takes_one_query_whatever_its_length(database: str, items: int) -> None:
    mona = await make_person(Role.MANAGER)
    for number in range(1, items + 1):
        made = await open_store(number)
        await actions.appoint_manager(SYSTEM, made.store_id, mona, now())
    async with reading():
        with counting_queries() as count:
            assert len((await queries.stores(Cut())).items) == items
            assert len((await queries.team(mona, Cut())).items) == items
    assert len(count) == 2


async def test_vips_are_found_by_name_and_by_the_last_four_digits(database: str) -> None:
    mine, other = await open_store(1), await open_store(2)
    await bind(mine.store_id, 1, "Wang Ying", "13812345678")
    await bind(mine.store_id, 2, "\u674e\u82b3", "13900005678")
    await bind(mine.store_id, 3, "Chen Jing", "13912340932")
    await bind(other.store_id, 4, "Wang Fang", "13812345678")

    async def found(search: str | None) -> list[str]:
        async with reading():
            return [vip.external_id for vip in (await queries.vips_of(mine.store_id, Cut(), search)).items]

    assert await found(None) == ["vip-3", "vip-2", "vip-1"]
    assert await found("wang") == ["vip-1"]
    assert await found("\u82b3") == ["vip-2"]
    assert await found("5678") == ["vip-2", "vip-1"]
    # More digits than a masked number shows find no less: searching must not tell the hidden ones.
    assert await found("00005678") == ["vip-2", "vip-1"]
    assert await found("1234") == []
    assert await found("567") == []
