"""A supplier or carrier by its link: what was asked of it and found, what it has to mend, and what it answers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from courses.catalogue.photos import Photo
from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import hold, placeholders, writing
from portal.core.base.public_links import Door, link_to, open_door
from portal.core.base.refusals import NotFound, Refused
from portal.core.notices.actions import notify
from portal.service.causes import inspections, pictures, queries
from portal.service.causes.crowding import State
from portal.service.causes.inspections import InspectionInfo
from portal.service.causes.pictures import Beside
from portal.service.causes.queries import ActionInfo
from portal.service.causes.rules import RUNNING
from portal.service.causes.tables import PartyAnswer

LINK_LIFE = timedelta(days=180)
MOST_ANSWERS = 20
ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class PartySees:
    """What a link shows: an inspection with the actions laid on the party, or one action by itself."""

    inspection: InspectionInfo | None
    actions: Sequence[ActionInfo]

    @property
    def party_name(self) -> str:
        return (self.inspection.party_name if self.inspection else self.actions[0].party_name) or ""

    @property
    def may_answer(self) -> bool:
        """Whether the inspection itself still takes the party's words."""
        return self.inspection is not None and self.inspection.state is not State.CLOSED

    def action(self, ref: str) -> ActionInfo:
        """Raises NotFound."""
        found = next((each for each in self.actions if each.ref == ref), None)
        if found is None:
            raise NotFound
        return found


@dataclass(frozen=True, slots=True)
class AnswerInfo:
    """What the party said, when."""

    id: int
    text: str
    at: datetime


async def inspection_link(inspection_id: int, at: datetime) -> str:
    """The party's address of an inspection. Call in `writing()`."""
    return await link_to(Door.INSPECTION, inspection_id, at, expires_at=at + LINK_LIFE)


async def action_link(action_id: int, due_at: datetime, at: datetime) -> str:
    """The party's address of an action that is laid on it. Call in `writing()`."""
    return await link_to(Door.ACTION, action_id, at, expires_at=due_at + LINK_LIFE)


async def opened(token: str, at: datetime) -> PartySees | None:
    """What a party's link opens, while it does. Call inside a door."""
    door = await open_door(Door.INSPECTION, token, at)
    if door is not None and door.usable:
        info = await inspections.by_id(door.subject_id)
        return await _of_inspection(info) if info is not None else None
    door = await open_door(Door.ACTION, token, at)
    if door is not None and door.usable:
        action = await queries.action_by_id(door.subject_id)
        return PartySees(None, (action,)) if action is not None and action.party_id is not None else None
    return None


async def _of_inspection(info: InspectionInfo) -> PartySees:
    laid = [each for each in await queries.actions_of_inspection(info.id) if each.party_id == info.party_id]
    return PartySees(info, laid if info.public else ())


async def answers(*, inspection: int | None = None, action: int | None = None) -> list[AnswerInfo]:
    """What the party has said to an inspection or an action, in its order. Call inside a door."""
    where, value = ("inspection = {}", inspection) if inspection is not None else ("action = {}", action)
    rows = await PartyAnswer.raw(f"SELECT id, text, at FROM party_answers WHERE {where} ORDER BY id LIMIT 100", value)  # noqa: S608
    return [AnswerInfo(**row) for row in rows]


async def answers_of(action_ids: Sequence[int]) -> dict[int, list[AnswerInfo]]:
    """The same of several actions, by their ids, in one query. Call inside a door."""
    if not action_ids:
        return {}
    marks = placeholders(action_ids)
    rows = await PartyAnswer.raw(
        f"SELECT action, id, text, at FROM party_answers WHERE action IN ({marks}) ORDER BY id",  # noqa: S608
        *action_ids,
    )
    said: dict[int, list[AnswerInfo]] = {}
    for row in map(dict, rows):
        said.setdefault(row.pop("action"), []).append(AnswerInfo(**row))
    return said


async def answer_inspection(actor: Actor, info: InspectionInfo, text: str, kept: Iterable[Photo], at: datetime) -> None:
    """The party says something to an inspection. Raises Refused: `inspection_moved_on`, `party_answers_many`."""
    async with writing():
        await hold("inspections", info.id)
        fresh = await inspections.by_id(info.id)
        if fresh is None or fresh.state is State.CLOSED:
            raise Refused("inspection_moved_on")
        await _keep(actor, Beside(inspection=info.id), text, kept, at)
        what = {"what": fresh.product or fresh.party_name or fresh.region or "", "name": fresh.party_name or ""}
        for person in sorted(fresh.inspectors):
            await notify(person, "party_answered", what, at, way=fresh.way)


async def answer_action(actor: Actor, action: ActionInfo, text: str, kept: Iterable[Photo], at: datetime) -> None:
    """The party says what it has mended; whoever sees to the action marks it done. Raises Refused: `action_moved_on`,
    `party_answers_many`."""
    async with writing():
        await hold("corrective_actions", action.id)
        fresh = await queries.action_by_id(action.id)
        if fresh is None or fresh.state not in RUNNING:
            raise Refused("action_moved_on")
        await _keep(actor, Beside(action=action.id), text, kept, at)
        what = {"what": fresh.what, "name": fresh.party_name or ""}
        for person in sorted({fresh.responsible, fresh.made_by}):
            await notify(person, "party_answered", what, at, way=fresh.way)


async def _keep(actor: Actor, beside: Beside, text: str, kept: Iterable[Photo], at: datetime) -> None:
    said = await answers(inspection=beside.inspection, action=beside.action)
    if len(said) >= MOST_ANSWERS:
        raise Refused("party_answers_many", {"most": MOST_ANSWERS}, field="text", status=422)
    row = PartyAnswer(inspection=beside.inspection, action=beside.action, text=text, at=at)
    answer_id = int((await PartyAnswer.insert(row))[0]["id"])
    await pictures.add(Beside(beside.inspection, beside.action, answer_id), kept, None, at)
    kind, subject_id = ("inspection", beside.inspection) if beside.inspection else ("corrective_action", beside.action)
    assert subject_id is not None
    await audit.record(actor, "party.answered", (kind, subject_id), at, {"answer": answer_id})
