"""A case that a manager lays before her owners, a group or all: each is told once, by a notice that leads there."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from courses.cases import queries
from courses.cases.queries import CaseInfo
from courses.cases.rules import LANGUAGES, State
from courses.cases.tables import CaseReader, CaseSharing
from portal.core.base import audit, outbox
from portal.core.base.clock import now
from portal.core.base.database import hold, reading, writing
from portal.core.base.leases import Claim
from portal.core.base.refusals import Forbidden, NotFound, Refused
from portal.core.notices.actions import notify
from portal.core.people.policy import Capability
from portal.core.stores import groups
from portal.core.stores import queries as stores
from portal.core.stores.groups import GroupInfo
from portal.core.web.paging import Cut
from portal.core.web.viewer import Viewer

TOPIC = "cases.share"
BATCH = 100
MOST_GROUPS = 200
LISTED = 20


@dataclass(frozen=True, slots=True)
class SharingInfo:
    """A sharing as its maker sees it; no `group_name`: all her owners. How many were told, and have read the case."""

    id: int
    group_name: str | None
    by_name: str
    words: str | None
    at: datetime
    people: int
    told: int
    read: int
    ended_at: datetime | None


def may_share(viewer: Viewer) -> bool:
    return viewer.may(Capability.ASSIGN_TEAM) or viewer.may(Capability.ASSIGN_ALL)


async def audiences(viewer: Viewer) -> list[GroupInfo]:
    """The groups that she may lay a case before. Inside a door."""
    hers = None if viewer.may(Capability.ASSIGN_ALL) else viewer.person_id
    return list((await groups.groups(Cut(limit=MOST_GROUPS), hers)).items)


async def share(viewer: Viewer, ref: str, group_id: int | None, words: str, at: datetime) -> int:
    """Lay a published case before a group, or before all her owners (None); the telling is the worker's.

    Raises Forbidden, NotFound; Refused: `case_audience` (422, nobody is named), `case_nobody` (422, nobody is in it),
    `case_shared_already` (409).
    """
    async with writing():
        info = await queries.case(ref)
        if info is None or info.state != State.PUBLISHED:
            raise NotFound
        await hold("cases", info.id)
        people = await _people(viewer, group_id)
        if not people:
            raise Refused("case_nobody", field="group", status=422)
        if await _before(info.id, viewer.person_id, group_id):
            raise Refused("case_shared_already", field="group")
        row = CaseSharing(
            of_case=info.id,
            by_person=viewer.person_id,
            group_of=group_id,
            words=words or None,
            at=at,
            people=len(people),
        )
        rows = await CaseSharing.insert(row).returning(CaseSharing.id)
        sharing_id = int(rows[0]["id"])
        await outbox.send(TOPIC, f"case:{info.id}", {"sharing": sharing_id}, at)
        facts = {"group": group_id, "people": len(people)}
        await audit.record(viewer.actor, "case.shared", ("case", info.id), at, facts)
        return sharing_id


async def _people(viewer: Viewer, group_id: int | None) -> list[int]:
    if not may_share(viewer):
        raise Forbidden
    if group_id is None:
        if viewer.may(Capability.ASSIGN_ALL):
            raise Refused("case_audience", field="group", status=422)
        return await stores.team_owners(viewer.person_id)
    group = await groups.group(group_id)
    if group is None or not (viewer.may(Capability.ASSIGN_ALL) or group.manager_id == viewer.person_id):
        raise NotFound
    return await groups.group_people(group.id)


async def _before(case_id: int, person_id: int, group_id: int | None) -> bool:
    """Whether she has laid it before the same people already."""
    same = "group_of IS NULL" if group_id is None else "group_of = {}"
    values = [] if group_id is None else [group_id]
    rows = await CaseSharing.raw(
        f"SELECT id FROM case_sharings WHERE of_case = {{}} AND by_person = {{}} AND {same} LIMIT 1",  # noqa: S608
        case_id,
        person_id,
        *values,
    )
    return bool(rows)


_SHARING = (
    "SELECT s.id, g.name AS group_name, p.name AS by_name, s.words, s.at, s.people, s.ended_at,"
    " (SELECT count(*) FROM case_sharing_people t WHERE t.sharing = s.id) AS told,"
    " (SELECT count(*) FROM case_sharing_people t JOIN case_readers r ON r.of_case = s.of_case AND r.person = t.person"
    " WHERE t.sharing = s.id) AS read"
    " FROM case_sharings s JOIN persons p ON p.id = s.by_person LEFT JOIN groups g ON g.id = s.group_of"
)


async def of_case(viewer: Viewer, case_id: int) -> list[SharingInfo]:
    """What she has shared of a case, an admin what anybody has; the newest first. Inside a door."""
    hers, values = ("", []) if viewer.may(Capability.ASSIGN_ALL) else (" AND s.by_person = {}", [viewer.person_id])
    sql = f"{_SHARING} WHERE s.of_case = {{}}{hers} ORDER BY s.id DESC LIMIT {LISTED}"
    return [SharingInfo(**row) for row in await CaseSharing.raw(sql, case_id, *values)]


async def told_to(person_id: int, case_id: int) -> SharingInfo | None:
    """The last sharing that laid this case before her. Inside a door."""
    sql = f"{_SHARING} JOIN case_sharing_people h ON h.sharing = s.id AND h.person = {{}} WHERE s.of_case = {{}}"
    rows = await CaseSharing.raw(f"{sql} ORDER BY s.id DESC LIMIT 1", person_id, case_id)
    return SharingInfo(**rows[0]) if rows else None


async def deliver(claim: Claim) -> None:
    """What the worker does with a sharing."""
    await tell(int(claim.payload["sharing"]))


async def tell(sharing_id: int) -> None:
    """Tell everybody of a sharing, a hundred a transaction; told once, also where a worker died in the middle."""
    async with reading():
        rows = await CaseSharing.raw(
            "SELECT s.id, s.by_person, s.group_of, s.words, s.ended_at, c.ref, p.name FROM case_sharings s"
            " JOIN cases c ON c.id = s.of_case JOIN persons p ON p.id = s.by_person WHERE s.id = {}",
            sharing_id,
        )
        row = rows[0]
        info = await queries.case(row["ref"])
        people = await _now(row)
    assert info is not None  # cases do not go
    if row["ended_at"] is not None:
        return
    for start in range(0, len(people) if info.state == State.PUBLISHED else 0, BATCH):
        async with writing():
            for person_id in people[start : start + BATCH]:
                await _tell(row, info, person_id)
    async with writing():
        await CaseSharing.update({CaseSharing.ended_at: now()}).where(CaseSharing.id == row["id"])


async def _now(row: dict[str, Any]) -> list[int]:
    """Who is in the group, or the team, as it is told."""
    if row["group_of"] is not None:
        return await groups.group_people(row["group_of"])
    return await stores.team_owners(row["by_person"])


async def _tell(row: dict[str, Any], info: CaseInfo, person_id: int) -> None:
    at = now()
    first = await CaseReader.raw(
        "INSERT INTO case_sharing_people (sharing, person, at) VALUES ({}, {}, {}) ON CONFLICT DO NOTHING RETURNING id",
        row["id"],
        person_id,
        at,
    )
    if first:
        params = {"title": info.telling(LANGUAGES[0]).title, "name": row["name"], "words": row["words"] or ""}
        await notify(person_id, "case_shared", params, at, way=f"/cases/{info.ref}")
