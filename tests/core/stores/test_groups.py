"""Groups: who may be in one, and who is in it as managers change."""

import pytest

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound
from portal.core.people.rules import Role
from portal.core.stores import actions, groups
from portal.core.stores.groups import GroupInfo
from portal.core.web.paging import Cut
from tests.core.stores.scene import audited, make_person, open_store


async def _group(group_id: int) -> GroupInfo:
    async with reading():
        found = await groups.group(group_id)
    assert found is not None
    return found


async def _in_team(manager_id: int, number: int) -> int:
    made = await open_store(number)
    await actions.appoint_manager(SYSTEM, made.store_id, manager_id, now())
    return made.owner_id


async def test_a_managers_group_takes_owners_of_her_team_only(database: str) -> None:
    mona, otto = await make_person(Role.MANAGER, "Mona"), await make_person(Role.MANAGER, "Otto")
    hers, his = await _in_team(mona, 1), await _in_team(otto, 2)
    group = await _group(await groups.make_group(SYSTEM, "New ones", mona, now()))
    assert await groups.add_members(SYSTEM, group, [hers, hers], now()) == 1
    assert await groups.add_members(SYSTEM, group, [hers], now()) == 0
    for strangers in ([his], [hers, his], [mona], [99]):
        with pytest.raises(NotFound):
            await groups.add_members(SYSTEM, group, strangers, now())
    async with reading():
        assert await groups.group_people(group.id) == [hers]
        assert [owner.name for owner in (await groups.members(group.id, Cut())).items] == ["Olive 1"]
    assert await audited("group") == ["stores.group_made", "stores.group_joined"]


async def test_an_admins_group_takes_any_owner(database: str) -> None:
    mona = await make_person(Role.MANAGER)
    owners = [await _in_team(mona, 1), (await open_store(2)).owner_id]
    group = await _group(await groups.make_group(SYSTEM, "Everybody", None, now()))
    async with reading():
        assert [one.person_id for one in await groups.candidates(group)] == owners
        assert [one.person_id for one in await groups.candidates(group, "store-2")] == owners[1:]
    assert await groups.add_members(SYSTEM, group, owners, now()) == 2
    async with reading():
        assert await groups.candidates(group) == []
        assert (await groups.group(group.id)) == await _group(group.id)
    assert (await _group(group.id)).members == 2


async def test_who_leaves_the_team_is_in_the_group_no_more_until_she_returns(database: str) -> None:
    mona, otto = await make_person(Role.MANAGER, "Mona"), await make_person(Role.MANAGER, "Otto")
    owner = await _in_team(mona, 1)
    group = await _group(await groups.make_group(SYSTEM, "New ones", mona, now()))
    await groups.add_members(SYSTEM, group, [owner], now())
    await _in_team(otto, 1)
    assert (await _group(group.id)).members == 0
    async with reading():
        assert await groups.group_people(group.id) == []
        assert await groups.candidates(group) == []
    await _in_team(mona, 1)
    assert (await _group(group.id)).members == 1


async def test_a_group_is_left_and_ended(database: str) -> None:
    owner = (await open_store()).owner_id
    group = await _group(await groups.make_group(SYSTEM, "Everybody", None, now()))
    await groups.add_members(SYSTEM, group, [owner], now())
    await groups.remove_member(SYSTEM, group, owner, now())
    await groups.remove_member(SYSTEM, group, owner, now())
    assert (await _group(group.id)).members == 0
    await groups.end_group(SYSTEM, group.id, now())
    await groups.end_group(SYSTEM, group.id, now())
    async with reading():
        assert await groups.group(group.id) is None
        assert (await groups.groups(Cut())).items == []
    assert await audited("group") == [
        "stores.group_made",
        "stores.group_joined",
        "stores.group_left",
        "stores.group_ended",
    ]


async def test_a_manager_sees_her_groups_and_an_admin_all(database: str) -> None:
    mona, otto = await make_person(Role.MANAGER, "Mona"), await make_person(Role.MANAGER, "Otto")
    for name, manager in (("Hers", mona), ("His", otto), ("Ours", None)):
        await groups.make_group(SYSTEM, name, manager, now())
    async with reading():
        assert [group.name for group in (await groups.groups(Cut(), mona)).items] == ["Hers"]
        assert [group.name for group in (await groups.groups(Cut())).items] == ["Ours", "His", "Hers"]
        assert await groups.group(2**63) is None
