"""Corrective actions: set, done by whom they are given to, verified by another, looked at again after thirty days."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.base import audit, outbox
from portal.core.base.database import writing
from portal.core.base.ids import new_ref
from portal.core.base.refusals import NotFound, Refused
from portal.core.notices.actions import notify
from portal.core.people import queries as people
from portal.core.people.policy import Capability
from portal.core.web.viewer import Viewer
from portal.service.causes import party, queries, rules
from portal.service.causes.actions import check_hers
from portal.service.causes.letters import TOPIC
from portal.service.causes.queries import ActionInfo
from portal.service.causes.rules import RECHECK_AFTER, ActionState, Recheck, may_verify, next_step_at
from portal.service.causes.tables import ActionWords, CorrectiveAction
from portal.service.complaints.life import held, note
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.rules import State


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be mended: in whose hand, until when; `party`: the supplier or carrier that must do it."""

    what: str
    responsible: int
    due_at: datetime
    party: int | None = None


@dataclass(frozen=True, slots=True)
class Of:
    """What an action belongs to."""

    complaint: int | None = None
    inspection: int | None = None


async def plan(viewer: Viewer, complaint_id: int, wanted: Plan, at: datetime) -> str:
    """Set a corrective action for a complaint's cause; returns its ref. Raises Refused: `finding_first`,
    `cause_not_yours`, `due_past`, `nobody_there`."""
    async with writing():
        info = await _with_cause(viewer, complaint_id)
        ref = await set_down(viewer, Of(complaint=info.id), wanted, at)
        await note(info, "action_set", at, by=viewer.person_id, facts={"due_at": wanted.due_at})
        return ref


async def _with_cause(viewer: Viewer, complaint_id: int) -> ComplaintInfo:
    info = await held(complaint_id)
    await check_hers(viewer, info)
    if info.state in (State.CLOSED, State.WITHDRAWN):
        raise Refused("complaint_state", {"state": str(info.state)}, way=info.way)
    if await queries.finding_of(info.id) is None:
        raise Refused("finding_first", field="what")
    return info


async def set_down(viewer: Viewer, of: Of, wanted: Plan, at: datetime, follows: int | None = None) -> str:
    """Write an action down and tell whom it is given to. Call in `writing()`."""
    if not at < wanted.due_at <= at + rules.LATEST_DUE:
        raise Refused("due_past", {"days": rules.LATEST_DUE.days}, field="due_on", status=422)
    person = await people.person(wanted.responsible)
    if person is None or person.disabled:
        raise Refused("nobody_there", field="responsible", status=422)
    values = {"what": wanted.what, "responsible": wanted.responsible, "due_at": wanted.due_at, "party": wanted.party}
    made = await _insert(viewer, of, ActionState.OPEN, at, follows=follows, **values)
    params = {"what": wanted.what, "due_at": wanted.due_at}
    await notify(wanted.responsible, "corrective_action", params, at, way=f"/actions/{made}")
    await _ask_party(made, at)
    return made


async def _ask_party(ref: str, at: datetime) -> None:
    """The supplier or carrier that must do it gets a letter with its link, where it has an address."""
    action = await found(ref)
    if action.party_id is None or action.due_at is None or await queries.party_email(action.party_id) is None:
        return
    await party.action_link(action.id, action.due_at, at)
    await outbox.send(TOPIC, f"action:{ref}", {"action": action.id, "what": "action"}, at)


async def _insert(viewer: Viewer, of: Of, state: ActionState, at: datetime, **values: Any) -> str:
    ref = new_ref()
    rows = await CorrectiveAction.insert(
        CorrectiveAction(
            ref=ref,
            complaint=of.complaint,
            inspection=of.inspection,
            state=str(state),
            made_by=viewer.person_id,
            made_at=at,
            next_at=next_step_at(state, values.get("due_at"), None, at),
            **values,
        )
    )
    action_id = int(rows[0]["id"])
    await say(action_id, "set" if state is ActionState.OPEN else str(state), at, viewer.person_id)
    await audit.record(
        viewer.actor, f"action.{state}", ("corrective_action", action_id), at, {"complaint": of.complaint}
    )
    return ref


async def say(action_id: int, kind: str, at: datetime, person: int | None, text: str | None = None) -> None:
    """Keep a moment of an action's life."""
    await ActionWords.insert(ActionWords(action=action_id, kind=kind, at=at, person=person, text=text))


async def ask_waiver(viewer: Viewer, complaint_id: int, reason: str, at: datetime) -> str:
    """Ask to leave it: nothing needs mending, for this reason. The lead decides. Returns the ref."""
    async with writing():
        info = await _with_cause(viewer, complaint_id)
        of = Of(complaint=info.id)
        values = {"what": reason, "responsible": viewer.person_id}
        ref = await _insert(viewer, of, ActionState.WAIVER_ASKED, at, **values)
        await note(info, "waiver_asked", at, by=viewer.person_id)
        return ref


async def found(ref: str) -> ActionInfo:
    """Raises NotFound."""
    action = await queries.action_by_ref(ref)
    if action is None:
        raise NotFound
    return action


async def _move(action: ActionInfo, to: ActionState, at: datetime, **values: Any) -> None:
    """Raises Refused(409): `action_moved_on`."""
    due, recheck = values.get("due_at", action.due_at), values.get("recheck_at", action.recheck_at)
    moved = (
        await CorrectiveAction.update(state=str(to), next_at=next_step_at(to, due, recheck, at), **values)
        .where(CorrectiveAction.id == action.id, CorrectiveAction.state == str(action.state))
        .returning(CorrectiveAction.id)
    )
    if not moved:
        raise Refused("action_moved_on", way=action.way)


def _expect(action: ActionInfo, state: ActionState) -> None:
    if action.state is not state:
        raise Refused("action_moved_on", way=action.way)


async def done(viewer: Viewer, ref: str, words: str, at: datetime) -> ActionInfo:
    """By whom it is given to: it is mended, in these words. Others then verify it."""
    async with writing():
        action = await found(ref)
        if action.responsible != viewer.person_id:
            raise Refused("action_not_yours", way=action.way, status=403)
        _expect(action, ActionState.OPEN)
        await _move(action, ActionState.DONE, at, done_by=viewer.person_id, done_at=at)
        await say(action.id, "done", at, viewer.person_id, words)
        await audit.record(viewer.actor, "action.done", ("corrective_action", action.id), at)
        if action.made_by != viewer.person_id:
            params = {"name": action.responsible_name}
            await notify(action.made_by, "action_done", params, at, way=action.way, email=False)
        return await found(ref)


async def verify(viewer: Viewer, ref: str, holds: bool, words: str, at: datetime) -> ActionInfo:
    """Somebody who had no hand in it has looked: it holds, or it goes back. Raises Refused: `verify_another`."""
    async with writing():
        action = await found(ref)
        if not viewer.may(Capability.VERIFY_CAUSES) or not may_verify(viewer.person_id, await queries.hands_of(action)):
            raise Refused("verify_another", way=action.way, status=403)
        _expect(action, ActionState.DONE)
        if holds:
            values = {"ended_by": viewer.person_id, "ended_at": at, "recheck_at": at + RECHECK_AFTER}
            await _move(action, ActionState.VERIFIED, at, **values)
            await notify(
                action.made_by, "action_verified", {"what": action.what}, at, way=action.subject_way, email=False
            )
        else:
            await _move(action, ActionState.OPEN, at, done_by=None, done_at=None)
            await notify(action.responsible, "action_sent_back", {"what": action.what}, at, way=action.way)
        kind = "verified" if holds else "sent_back"
        await say(action.id, kind, at, viewer.person_id, words)
        await _told(viewer, action, f"action_{kind}", at)
        return await found(ref)


async def _told(viewer: Viewer, action: ActionInfo, kind: str, at: datetime) -> None:
    """On the complaint's own page and in the audit trail."""
    if action.complaint_id is not None:
        await note(await held(action.complaint_id), kind, at, by=viewer.person_id)
    await audit.record(viewer.actor, kind.replace("_", ".", 1), ("corrective_action", action.id), at)


async def decide_waiver(viewer: Viewer, ref: str, grant: bool, words: str, at: datetime) -> ActionInfo:
    """The lead's word on leaving it; never her own wish. Raises Refused: `waiver_by_lead`."""
    async with writing():
        action = await found(ref)
        if not viewer.may(Capability.LEAD_DESK) or action.made_by == viewer.person_id:
            raise Refused("waiver_by_lead", way=action.way, status=403)
        _expect(action, ActionState.WAIVER_ASKED)
        state = ActionState.WAIVED if grant else ActionState.REFUSED
        await _move(action, state, at, ended_by=viewer.person_id, ended_at=at)
        await say(action.id, str(state), at, viewer.person_id, words)
        await _told(viewer, action, f"waiver_{'granted' if grant else 'refused'}", at)
        await notify(action.made_by, f"waiver_{'granted' if grant else 'refused'}", {}, at, way=action.way, email=False)
        return await found(ref)


async def recheck(
    viewer: Viewer, ref: str, effective: bool, words: str, at: datetime, again: Plan | None = None
) -> ActionInfo:
    """After thirty days: has it helped? If not, another action follows. Raises Refused: `verify_another`."""
    async with writing():
        action = await found(ref)
        hands = await queries.hands_of(action)
        if not viewer.may(Capability.VERIFY_CAUSES) or viewer.person_id in (hands.responsible, hands.done_by):
            raise Refused("verify_another", way=action.way, status=403)
        _expect(action, ActionState.VERIFIED)
        if action.recheck_at is None or at < action.recheck_at:
            raise Refused("recheck_early", way=action.way)
        result = Recheck.EFFECTIVE if effective else Recheck.NOT_EFFECTIVE
        kept = (
            await CorrectiveAction.update(recheck=str(result), rechecked_at=at, next_at=None)
            .where(CorrectiveAction.id == action.id, CorrectiveAction.recheck.is_null())
            .returning(CorrectiveAction.id)
        )
        if not kept:
            raise Refused("action_moved_on", way=action.way)
        await say(action.id, str(result), at, viewer.person_id, words)
        await _told(viewer, action, f"action_{result}", at)
        if not effective:
            of = Of(action.complaint_id, action.inspection_id)
            default = Plan(words, action.responsible, at + rules.AGAIN_WITHIN, action.party_id)
            await set_down(viewer, of, again or default, at, follows=action.id)
        return await found(ref)
