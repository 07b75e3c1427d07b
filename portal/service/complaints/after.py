"""After the resolution: the buyer's survey, her one reopening, and the desk's call."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import placeholders, writing
from portal.core.base.refusals import NotFound, Refused
from portal.core.notices.actions import notify
from portal.core.people import queries as people
from portal.core.people.rules import Role
from portal.core.web.paging import Cut, Page, paged
from portal.service.complaints import ending
from portal.service.complaints.actions import Words, say
from portal.service.complaints.life import held
from portal.service.complaints.queries import ComplaintInfo, listed
from portal.service.complaints.rules import Audience, Speaker, Standing, State, reopen_no
from portal.service.complaints.tables import FollowUpCall, Survey

LOW = 2  # marks up to this one are looked at by the lead
ENDED = (State.RESOLVED, State.CLOSED)


class Outcome(StrEnum):
    """What came of a call."""

    CONTENT = "content"
    NOT_CONTENT = "not_content"
    NOT_REACHED = "not_reached"


@dataclass(frozen=True, slots=True)
class SurveyInfo:
    """How the buyer felt about a round of her complaint."""

    round: int
    satisfaction: int
    effort: int
    text: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class CallInfo:
    """A call after a resolution: due, and what came of it by now."""

    id: int
    complaint_id: int
    round: int
    due_at: datetime
    agent_id: int | None
    agent_name: str | None
    outcome: str | None
    note: str | None
    done_at: datetime | None


def survey_open(info: ComplaintInfo, had: list[SurveyInfo]) -> bool:
    """Whether she may say how it was: once for each round that was resolved."""
    return info.state in ENDED and all(each.round != info.round for each in had)


def may_reopen(info: ComplaintInfo, at: datetime) -> bool:
    return reopen_no(Standing(info.state, info.round, info.ended_at), at) is None


async def surveys(complaint_id: int) -> list[SurveyInfo]:
    """What she said, the first round first. Inside a door."""
    columns = (Survey.round, Survey.satisfaction, Survey.effort, Survey.text, Survey.at)
    rows = await Survey.select(*columns).where(Survey.complaint == complaint_id).order_by(Survey.round)
    return [SurveyInfo(**row) for row in rows]


async def survey(actor: Actor, complaint_id: int, satisfaction: int, effort: int, text: str, at: datetime) -> None:
    """The buyer's marks, 1 to 5; low ones reach the desk lead. Raises Refused (409): `complaint_not_ended`,
    `complaint_surveyed`."""
    async with writing():
        info = await held(complaint_id)
        if info.state not in ENDED:
            raise Refused("complaint_not_ended", way=info.way)
        rows = await Survey.raw(
            "INSERT INTO complaint_surveys (complaint, round, agent, satisfaction, effort, text, at)"
            " VALUES ({}, {}, {}, {}, {}, {}, {}) ON CONFLICT DO NOTHING RETURNING id",
            info.id,
            info.round,
            info.agent_id,
            satisfaction,
            effort,
            text.strip() or None,
            at,
        )
        if not rows:
            raise Refused("complaint_surveyed")
        if satisfaction <= LOW:
            await _tell_low(info, at)
        await audit.record(actor, "complaint.surveyed", ("complaint", info.id), at, {"round": info.round})


async def _tell_low(info: ComplaintInfo, at: datetime) -> None:
    leads = [person.id for person in await people.people_with_role(Role.DESK_LEAD)]
    who = leads if info.agent_id is None else [info.agent_id, *leads]
    for person_id in dict.fromkeys(who):
        params = {"buyer": info.vip_name}
        await notify(person_id, "complaint_low_marks", params, at, way=f"/desk/complaints/{info.ref}", email=False)


async def reopen(
    actor: Actor, complaint_id: int, text: str, at: datetime, *, person_id: int | None = None
) -> ComplaintInfo:
    """It begins anew with what is still wrong, in her words. `person_id`: who wrote them down for her.

    Raises Refused as `ending.reopen` and `actions.say`.
    """
    async with writing():
        opened = await ending.reopen(actor, complaint_id, at)
        await say(actor, opened.id, Words(Speaker.BUYER, Audience.BUYER, text, person_id), at)
        return await held(complaint_id)


# ---- calls ----

_CALL = (
    "SELECT k.id, k.complaint AS complaint_id, k.round, k.due_at, k.agent AS agent_id, p.name AS agent_name,"
    " k.outcome, k.note, k.done_at FROM complaint_calls k LEFT JOIN persons p ON p.id = k.agent"
)


async def calls_due(agent_id: int | None, cut: Cut) -> Page[CallInfo]:
    """Calls that are not done, the one due first first; of one agent, or everybody's. Paged by the due second."""
    where, values = "k.done_at IS NULL", list[Any]()
    if agent_id is not None:
        where, values = f"{where} AND k.agent = {{}}", [agent_id]
    if cut.after:
        last = await FollowUpCall.select(FollowUpCall.due_at).where(FollowUpCall.id == cut.after).first()
        if last is not None:
            where += " AND (k.due_at > {} OR (k.due_at = {} AND k.id > {}))"
            values += [last["due_at"], last["due_at"], cut.after]
    rows = await FollowUpCall.raw(f"{_CALL} WHERE {where} ORDER BY k.due_at, k.id LIMIT {{}}", *values, cut.fetch)
    return paged([CallInfo(**row) for row in rows], cut, lambda call: call.id)


async def call(call_id: int) -> CallInfo | None:
    """Inside a door."""
    rows = await FollowUpCall.raw(f"{_CALL} WHERE k.id = {{}}", call_id)
    return CallInfo(**rows[0]) if rows else None


async def calls_of(complaint_id: int) -> list[CallInfo]:
    """The calls about a complaint, the first round first. Inside a door."""
    rows = await FollowUpCall.raw(f"{_CALL} WHERE k.complaint = {{}} ORDER BY k.round", complaint_id)
    return [CallInfo(**row) for row in rows]


async def complaints_of(calls: Page[CallInfo]) -> dict[int, ComplaintInfo]:
    """The complaints of a page of calls. Inside a door."""
    ids = [each.complaint_id for each in calls.items]
    if not ids:
        return {}
    return {each.id: each for each in await listed(f"c.id IN ({placeholders(ids)})", *ids)}


@dataclass(frozen=True, slots=True)
class Called:
    """What came of a call; `again_at`: nobody answered, try again then. `reopen`: she is not content and wants it."""

    outcome: Outcome
    note: str
    again_at: datetime | None = None
    reopen: bool = False


async def keep_call(actor: Actor, person_id: int, call_id: int, came: Called, at: datetime) -> ComplaintInfo:
    """Write down what came of a call. Raises NotFound; Refused (409): `call_done`, and as `reopen`."""
    async with writing():
        found = await call(call_id)
        if found is None:
            raise NotFound
        again = came.again_at if came.outcome is Outcome.NOT_REACHED else None
        values: dict[str, Any] = {"outcome": str(came.outcome), "note": came.note.strip() or None, "agent": person_id}
        values |= {"due_at": again} if again is not None else {"done_at": at}
        rows = (
            await FollowUpCall.update(**values)
            .where(FollowUpCall.id == call_id, FollowUpCall.done_at.is_null(), FollowUpCall.due_at == found.due_at)
            .returning(FollowUpCall.id)
        )
        if not rows:
            raise Refused("call_done", way="/desk/calls")
        await audit.record(actor, "complaint.called", ("complaint", found.complaint_id), at, {"outcome": came.outcome})
        if came.reopen:
            return await reopen(actor, found.complaint_id, came.note, at, person_id=person_id)
        return await held(found.complaint_id)


async def has_call(person_id: int, complaint_id: int) -> bool:
    """Whether a call about this complaint is hers and not done: she needs the buyer's number. Inside a door."""
    return await FollowUpCall.exists().where(
        FollowUpCall.complaint == complaint_id, FollowUpCall.agent == person_id, FollowUpCall.done_at.is_null()
    )
