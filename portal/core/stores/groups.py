"""Groups: named sets of owners, a manager's within her team or an admin's; who is in them, making and ending them.

In a manager's group only those count whose store is in her team now, so that an owner who changes managers is in no
group of the former one, and is back in it if she returns.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import writing
from portal.core.base.refusals import NotFound
from portal.core.stores.queries import BEYOND, contains, pattern
from portal.core.stores.tables import Group, GroupMember
from portal.core.web.paging import Cut, Page, paged


@dataclass(frozen=True, slots=True)
class GroupInfo:
    """A group; without a manager it is the admins'."""

    id: int
    name: str
    manager_id: int | None
    manager_name: str | None
    made_at: datetime
    members: int


@dataclass(frozen=True, slots=True)
class Owner:
    """An owner as groups know her: who, and her store."""

    person_id: int
    name: str
    store: str
    store_external_id: str


# An owner's open store and, in a manager's group, only while it is in her team.
_OPEN_STORE = (
    " JOIN stores s ON s.owner = p.id AND s.closed_at IS NULL AND s.kit_returned_at IS NULL"
    " LEFT JOIN stewardships w ON w.store = s.id AND w.until IS NULL"
)
_COUNTS = "(g.manager IS NULL OR w.manager = g.manager)"
_IN_GROUP = (
    " FROM groups g JOIN group_members x ON x.group_of = g.id JOIN persons p ON p.id = x.person"
    f"{_OPEN_STORE} WHERE {_COUNTS}"
)
_GROUP = (
    "SELECT g.id, g.name, g.manager AS manager_id, m.name AS manager_name, g.made_at,"  # noqa: S608 - our own words
    " (SELECT count(*) FROM group_members x JOIN persons p ON p.id = x.person"
    f"{_OPEN_STORE} WHERE x.group_of = g.id AND {_COUNTS}) AS members"
    " FROM groups g LEFT JOIN persons m ON m.id = g.manager WHERE g.ended_at IS NULL"
)
_OWNER = "SELECT p.id AS person_id, p.name, s.name AS store, s.external_id AS store_external_id"
_CANDIDATE = (
    f"{_OWNER} FROM persons p{_OPEN_STORE}"  # noqa: S608 - our own words
    " WHERE NOT EXISTS (SELECT 1 FROM group_members x WHERE x.group_of = {} AND x.person = p.id)"
)


async def groups(cut: Cut, manager_id: int | None = None) -> Page[GroupInfo]:
    """A manager's groups, or everybody's (None); the newest first."""
    hers, values = ("", []) if manager_id is None else (" AND g.manager = {}", [manager_id])
    sql = f"{_GROUP}{hers} AND g.id < {{}} ORDER BY g.id DESC LIMIT {{}}"
    rows = await Group.raw(sql, *values, cut.after or BEYOND, cut.fetch)
    return paged([GroupInfo(**row) for row in rows], cut, lambda item: item.id)


async def group(group_id: int) -> GroupInfo | None:
    """A group that has not been ended."""
    if not 0 < group_id < BEYOND:
        return None
    rows = await Group.raw(f"{_GROUP} AND g.id = {{}}", group_id)
    return GroupInfo(**rows[0]) if rows else None


async def members(group_id: int, cut: Cut) -> Page[Owner]:
    """Who is in a group now."""
    sql = f"{_OWNER}{_IN_GROUP} AND g.id = {{}} AND p.id > {{}} ORDER BY p.id LIMIT {{}}"
    rows = await Group.raw(sql, group_id, cut.after, cut.fetch)
    return paged([Owner(**row) for row in rows], cut, lambda item: item.person_id)


async def group_people(group_id: int) -> list[int]:
    """The people of a group, for acts on the whole of it."""
    rows = await Group.raw(f"SELECT p.id{_IN_GROUP} AND g.id = {{}} ORDER BY p.id", group_id)
    return [row["id"] for row in rows]


async def candidates(group: GroupInfo, search: str | None = None, limit: int = 50) -> list[Owner]:
    """Who could be put into a group: owners of open stores (of its manager's team) who are not in it."""
    sql, values = _within(group, _CANDIDATE, [group.id])
    if search:
        sql += f" AND {contains('p.name', 's.name', 's.external_id')}"
        values += [pattern(search)] * 3
    rows = await Group.raw(f"{sql} ORDER BY p.name, p.id LIMIT {{}}", *values, limit)
    return [Owner(**row) for row in rows]


def _within(group: GroupInfo, sql: str, values: list[Any]) -> tuple[str, list[Any]]:
    return (sql, values) if group.manager_id is None else (f"{sql} AND w.manager = {{}}", [*values, group.manager_id])


async def make_group(actor: Actor, name: str, manager_id: int | None, at: datetime) -> int:
    """A new group of a manager's, or of the admins' (None); returns its id."""
    async with writing():
        rows = await Group.insert(Group(name=name, manager=manager_id, made_at=at))
        group_id = int(rows[0]["id"])
        await audit.record(actor, "stores.group_made", ("group", group_id), at, {"manager": manager_id})
        return group_id


async def end_group(actor: Actor, group_id: int, at: datetime) -> None:
    """End a group; what was done with it stays. Again changes nothing."""
    async with writing():
        rows = (
            await Group.update({Group.ended_at: at})
            .where(Group.id == group_id, Group.ended_at.is_null())
            .returning(Group.id)
        )
        if rows:
            await audit.record(actor, "stores.group_ended", ("group", group_id), at)


async def add_members(actor: Actor, group: GroupInfo, person_ids: Collection[int], at: datetime) -> int:
    """Put owners into a group; returns how many are new in it. Raises NotFound where one may not be in it."""
    wanted = sorted(set(person_ids))
    async with writing():
        await _refuse_strangers(group, wanted)
        added = [person_id for person_id in wanted if await _add(group.id, person_id, at)]
        if added:
            await audit.record(actor, "stores.group_joined", ("group", group.id), at, {"people": added})
        return len(added)


async def _refuse_strangers(group: GroupInfo, person_ids: list[int]) -> None:
    marks = ", ".join("{}" for _ in person_ids)
    sql = f"SELECT DISTINCT p.id FROM persons p{_OPEN_STORE} WHERE p.id IN ({marks or 'NULL'})"  # noqa: S608 - our words
    sql, values = _within(group, sql, list(person_ids))
    if len(await Group.raw(sql, *values)) != len(person_ids):
        raise NotFound


async def _add(group_id: int, person_id: int, at: datetime) -> bool:
    return bool(
        await GroupMember.raw(
            "INSERT INTO group_members (group_of, person, since) VALUES ({}, {}, {})"
            " ON CONFLICT (group_of, person) DO NOTHING RETURNING id",
            group_id,
            person_id,
            at,
        )
    )


async def remove_member(actor: Actor, group: GroupInfo, person_id: int, at: datetime) -> None:
    """Take somebody out of a group; not being in it changes nothing."""
    async with writing():
        gone = (
            await GroupMember.delete()
            .where(GroupMember.group_of == group.id, GroupMember.person == person_id)
            .returning(GroupMember.id)
        )
        if gone:
            await audit.record(actor, "stores.group_left", ("group", group.id), at, {"person": person_id})
