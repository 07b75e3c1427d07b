"""An inspection from its plan to its end: two people go, one writes what was found, the other signs, all are told."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from courses.catalogue.photos import Photo
from portal.core.base import audit, outbox
from portal.core.base.database import writing
from portal.core.base.refusals import NotFound, Refused
from portal.core.notices.actions import notify
from portal.core.people import queries as people
from portal.core.people.policy import MAY, Capability
from portal.core.people.queries import PersonInfo
from portal.core.people.rules import Role
from portal.core.web.viewer import Viewer
from portal.service.causes import inspections, mending, party, pictures, queries
from portal.service.causes.crowding import State, inspectors_no
from portal.service.causes.inspections import InspectionInfo
from portal.service.causes.letters import TOPIC
from portal.service.causes.mending import Of, Plan
from portal.service.causes.pictures import Beside
from portal.service.causes.rules import RUNNING
from portal.service.causes.tables import Inspection
from portal.service.sharing import queries as sharing

ABLE = tuple(role for role, may in MAY.items() if Capability.INSPECT in may)


@dataclass(frozen=True, slots=True)
class Visit:
    """Who goes when, and whether the party knows of it beforehand."""

    first: int
    second: int
    at: datetime
    announced: bool


async def able() -> list[PersonInfo]:
    """Who may inspect, by name. Inside a door."""
    found = {person.id: person for role in ABLE for person in await people.people_with_role(Role(role))}
    return sorted(found.values(), key=lambda person: (person.name, person.id))


async def _running(viewer: Viewer, ref: str) -> InspectionInfo:
    found = await inspections.by_ref(ref)
    if found is None:
        raise NotFound
    if not viewer.may(Capability.INSPECT):
        raise Refused("inspector_unable", way=found.way, status=403)
    return found


async def _move(info: InspectionInfo, to: State, **values: Any) -> None:
    moved = (
        await Inspection.update(state=str(to), **values)
        .where(Inspection.id == info.id, Inspection.state == str(info.state))
        .returning(Inspection.id)
    )
    if not moved:
        raise Refused("inspection_moved_on", way=info.way)


def _expect(info: InspectionInfo, *states: State) -> None:
    if info.state not in states:
        raise Refused("inspection_moved_on", way=info.way)


async def schedule(viewer: Viewer, ref: str, visit: Visit, at: datetime) -> None:
    """Name the two who go, and when. Raises Refused: `inspectors_same`, `inspector_unable`, `inspector_related`,
    `visit_past`."""
    async with writing():
        info = await _running(viewer, ref)
        _expect(info, State.OPEN, State.PLANNED)
        if visit.at <= at:
            raise Refused("visit_past", field="planned_on", status=422)
        crew = await able()
        related = frozenset(await inspections.owners_of(info.id)) | _of_party(crew, info)
        no = inspectors_no(visit.first, visit.second, frozenset(each.id for each in crew), related)
        if no is not None:
            raise Refused(no, field="second", status=422)
        await _move(
            info,
            State.PLANNED,
            first=visit.first,
            second=visit.second,
            planned_at=visit.at,
            planned_by=viewer.person_id,
            announced=visit.announced,
        )
        what = {"what": info.product or info.party_name or info.region or "", "planned_at": visit.at}
        for person in (visit.first, visit.second):
            await notify(person, "inspection_planned", what, at, way=info.way)
        if visit.announced and info.party_email:
            await party.inspection_link(info.id, at)
            await outbox.send(TOPIC, f"inspection:{info.ref}", {"inspection": info.id, "what": "announced"}, at)
        await audit.record(
            viewer.actor, "inspection.planned", ("inspection", info.id), at, {"announced": visit.announced}
        )


def _of_party(crew: list[PersonInfo], info: InspectionInfo) -> frozenset[int]:
    """Who has the party's own address."""
    mail = (info.party_email or "").lower()
    return frozenset(each.id for each in crew if mail and (each.email or "").lower() == mail)


async def write_result(
    viewer: Viewer, ref: str, marks: Mapping[str, str], result: str, at: datetime, kept: Iterable[Photo] = ()
) -> None:
    """One of the two writes what was found, with photos; the other has to sign it. Raises Refused:
    `inspection_of_others`, `visit_not_yet`, `photos_many`."""
    async with writing():
        info = await _running(viewer, ref)
        _expect(info, State.PLANNED, State.FOUND)
        if viewer.person_id not in info.inspectors:
            raise Refused("inspection_of_others", way=info.way, status=403)
        if info.planned_at is not None and at < info.planned_at:
            raise Refused("visit_not_yet", field="result", status=422)
        values = {"marks": json.dumps(dict(marks)), "result": result, "found_by": viewer.person_id, "found_at": at}
        await _move(info, State.FOUND, **values)
        await pictures.add(Beside(inspection=info.id), kept, viewer.person_id, at)
        await audit.record(viewer.actor, "inspection.found", ("inspection", info.id), at)
        for other in info.inspectors - {viewer.person_id}:
            await notify(other, "inspection_sign", {}, at, way=info.way)


async def sign(viewer: Viewer, ref: str, seen: datetime | None, at: datetime) -> None:
    """The other one signs what she has read (`seen`: when it was written): it is published to those concerned.

    Raises Refused: `inspection_second`, `inspection_moved_on`.
    """
    async with writing():
        info = await _running(viewer, ref)
        _expect(info, State.FOUND)
        if viewer.person_id not in info.inspectors or viewer.person_id == info.found_by:
            raise Refused("inspection_second", way=info.way, status=403)
        if seen is not None and seen != info.found_at:
            raise Refused("inspection_moved_on", way=info.way)
        await _move(info, State.PUBLISHED, signed_by=viewer.person_id, published_at=at)
        await audit.record(viewer.actor, "inspection.published", ("inspection", info.id), at)
        await _publish(info, at)


async def _publish(info: InspectionInfo, at: datetime) -> None:
    """The party by mail; owners who sell it or whose VIPs complained, the agents in charge and the leads by notice."""
    if info.party_email:
        await party.inspection_link(info.id, at)
        await outbox.send(TOPIC, f"inspection:{info.ref}", {"inspection": info.id, "what": "result"}, at)
    what = {"what": info.product or info.party_name or info.region or ""}
    owners = set(await inspections.owners_of(info.id))
    if info.product_id is not None:
        owners |= set((await sharing.sharers(info.product_id))[2])
    for owner in sorted(owners):
        await notify(owner, "inspection_result", what, at, way=f"/inspections/{info.ref}")
    desk = {each.agent_id for each in await inspections.held_by(info.id) if each.agent_id is not None}
    desk |= {person.id for person in await people.people_with_role(Role.DESK_LEAD)}
    for person in sorted(desk - owners):
        await notify(person, "inspection_result", what, at, way=info.way, email=False)


async def plan_action(viewer: Viewer, ref: str, plan: Plan, at: datetime) -> str:
    """Set a corrective action for what was found; returns its ref."""
    async with writing():
        info = await _running(viewer, ref)
        _expect(info, State.FOUND, State.PUBLISHED)
        return await mending.set_down(viewer, Of(inspection=info.id), plan, at)


async def close(viewer: Viewer, ref: str, at: datetime) -> None:
    """Everything that was found is mended. Raises Refused: `inspection_unmended`."""
    async with writing():
        info = await _running(viewer, ref)
        _expect(info, State.PUBLISHED)
        if any(action.state in RUNNING for action in await queries.actions_of_inspection(info.id)):
            raise Refused("inspection_unmended", way=info.way)
        await _move(info, State.CLOSED, closed_at=at)
        await audit.record(viewer.actor, "inspection.closed", ("inspection", info.id), at)
