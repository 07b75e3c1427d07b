"""From proposal to resolution, and beyond: what rooms above and the buyer bring about."""

from datetime import datetime, timedelta
from typing import Any

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import writing
from portal.core.base.public_links import Door, link_to
from portal.core.base.refusals import Refused
from portal.core.notices.actions import notify
from portal.service.complaints import charge, queries, slots, told
from portal.service.complaints.life import check_seen, held, move, note
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.rules import Event, Speaker, Standing, State, reopen_no
from portal.service.complaints.tables import FollowUpCall
from portal.service.mandates.queries import MandateInfo
from portal.service.mandates.rules import State as Consent
from portal.service.messages.actions import tell_buyer
from portal.service.orders import actions as orders

CALL_AFTER = timedelta(days=3)
SETTLED, COMPENSATED, WITHDRAWN = "settled", "compensated", "withdrawn"


async def proposal_sent(
    actor: Actor, complaint_id: int, proposal_id: int, at: datetime, *, compensated: bool
) -> ComplaintInfo:
    """A proposal goes to the buyer: the first clock stops; without compensation in it the second one does too."""
    async with writing():
        info = await held(complaint_id)
        facts = {"proposal": proposal_id}
        moved = await move(info, State.PROPOSED, Event.PROPOSAL_SENT, at, by=_person(actor), facts=facts)
        if not compensated:
            await note(moved, Event.NO_COMPENSATION_SENT, at, by=_person(actor), facts=facts)
        way = await link_to(Door.COMPLAINT, info.id, at)
        await tell_buyer(info.vip_id, "complaint_proposal", {}, at, way=way, order_id=info.order_id)
        await notify(info.owner_id, "complaint_proposal", {"buyer": info.vip_name}, at, way=info.way, email=False)
        await told.emit_proposal(moved, proposal_id, at)
        return await held(complaint_id)


async def proposal_answered(
    actor: Actor, complaint_id: int, proposal_id: int, accepted: bool, at: datetime
) -> ComplaintInfo:
    """The buyer said yes or no. No: the desk thinks again, and a decision without compensation no longer counts."""
    async with writing():
        info = await held(complaint_id)
        if not info.open:  # from its end only a reopening leads back
            raise Refused("complaint_state", {"state": str(info.state)}, way=info.way)
        state, kind = (State.AGREED, Event.PROPOSAL_ACCEPTED) if accepted else (State.OPEN, Event.PROPOSAL_DECLINED)
        moved = await move(info, state, kind, at, facts={"proposal": proposal_id}, waiting_since=None)
        if moved.agent_id is not None:
            notice = "complaint_accepted" if accepted else "complaint_declined"
            way = f"/desk/complaints/{info.ref}"
            await notify(moved.agent_id, notice, {"buyer": info.vip_name}, at, way=way, email=False)
        return moved


async def payment_confirmed(complaint_id: int, at: datetime) -> None:
    """Everything that was agreed is paid: the second clock stops."""
    async with writing():
        await note(await held(complaint_id), Event.PAYMENT_CONFIRMED, at)


async def resolve(
    actor: Actor, complaint_id: int, outcome: str, at: datetime, *, seen: int | None = None
) -> ComplaintInfo:
    """It is settled with the buyer, and what repeats it too: she is asked how it was, a call is set down.

    Raises Refused with what is still missing (`slots.UNRESOLVED`), `complaint_state`, `complaint_moved_on`.
    """
    async with writing():
        info = await held(complaint_id)
        check_seen(info, seen)
        for unmet in slots.UNRESOLVED:
            for code in await unmet(info, at):
                raise Refused(code, way=f"/desk/complaints/{info.ref}")
        resolved = await _end(info, State.RESOLVED, Event.RESOLVED, outcome, at, _person(actor))
        for other in await queries.duplicates(info.id):
            if other.open:
                await _end(other, State.RESOLVED, Event.RESOLVED, outcome, at, _person(actor))
        await _follow_up(resolved, at)
        way = await link_to(Door.COMPLAINT, info.id, at)
        await tell_buyer(info.vip_id, "complaint_resolved", {}, at, way=way, order_id=info.order_id)
        await notify(info.owner_id, "complaint_resolved", {"buyer": info.vip_name}, at, way=info.way, email=False)
        await told.emit_resolved(resolved, at)
        await audit.record(actor, "complaint.resolved", ("complaint", info.id), at, {"outcome": outcome})
        return resolved


async def _end(
    info: ComplaintInfo, to: State, kind: Event, outcome: str, at: datetime, by: int | None
) -> ComplaintInfo:
    values: dict[str, Any] = {"ended_at": at, "outcome": outcome, "waiting_since": None}
    ended = await move(info, to, kind, at, by=by, facts={"outcome": outcome}, **values)
    if info.order_id is not None:
        await orders.note(info.order_id, f"complaint_{to}", at)
    return ended


async def _follow_up(info: ComplaintInfo, at: datetime) -> None:
    await FollowUpCall.raw(
        "INSERT INTO complaint_calls (complaint, round, due_at, agent) VALUES ({}, {}, {}, {}) ON CONFLICT DO NOTHING",
        info.id,
        info.round,
        at + CALL_AFTER,
        info.agent_id,
    )


async def close(actor: Actor, complaint_id: int, at: datetime) -> ComplaintInfo:
    """Its cause is worked out: the end of the desk's work. Raises Refused with what is missing (`slots.UNCLOSED`)."""
    async with writing():
        info = await held(complaint_id)
        for unmet in slots.UNCLOSED:
            for code in await unmet(info, at):
                raise Refused(code, way=f"/desk/complaints/{info.ref}")
        closed = await move(info, State.CLOSED, Event.CLOSED, at, by=_person(actor), closed_at=at)
        await audit.record(actor, "complaint.closed", ("complaint", info.id), at)
        return closed


async def reopen(actor: Actor, complaint_id: int, at: datetime) -> ComplaintInfo:
    """The buyer is not content: once, within fifteen days; new clocks, the same agent. Raises Refused (409):
    `complaint_not_ended`, `complaint_reopened_before`, `complaint_reopen_over`."""
    async with writing():
        info = await held(complaint_id)
        no = reopen_no(Standing(info.state, info.round, info.ended_at), at)
        if no is not None:
            raise Refused(no, way=info.way)
        again: dict[str, Any] = {
            "round": info.round + 1,
            "ended_at": None,
            "closed_at": None,
            "outcome": None,
            "duplicate_of": None,
        }
        opened = await move(info, State.OPEN, Event.REOPENED, at, **again)
        await _to_its_agent(opened, at)
        opened = await held(complaint_id)
        await told.emit_opened(opened, at)
        await audit.record(actor, "complaint.reopened", ("complaint", info.id), at)
        return opened


async def _to_its_agent(info: ComplaintInfo, at: datetime) -> None:
    """Who had it has it again, unless the rule sends it to her deputy."""
    if info.agent_id is None:
        await charge.route(info, at)
        return
    crew = {each.person_id: each for each in await charge.candidates(at)}
    agent = crew.get(info.agent_id)
    if agent is None or agent.away or not agent.certified:
        await charge.route(info, at)
    else:
        params = {"buyer": info.vip_name}
        await notify(info.agent_id, "complaint_reopened", params, at, way=f"/desk/complaints/{info.ref}")


async def withdraw(actor: Actor, complaint_id: int, why: str, at: datetime, by: Speaker | None = None) -> ComplaintInfo:
    """The buyer takes it back, or does not consent to what was filed in her name."""
    async with writing():
        info = await held(complaint_id)
        ended = await _end(info, State.WITHDRAWN, Event.WITHDRAWN, WITHDRAWN, at, _person(actor))
        if info.agent_id is not None:
            await notify(info.agent_id, "complaint_withdrawn", {"buyer": info.vip_name}, at, way=info.way, email=False)
        await told.emit_resolved(ended, at)
        facts = {"why": why} | ({"by": str(by)} if by else {})
        await audit.record(actor, "complaint.withdrawn", ("complaint", info.id), at, facts)
        return ended


def _person(actor: Actor) -> int | None:
    return actor.id if actor.kind == "person" else None


# ---- the mandate of what an owner filed ----


async def on_confirmed(mandate: MandateInfo, actor: Actor, at: datetime) -> None:
    """The buyer consents to what was filed in her name."""
    info = await _of_mandate(mandate)
    if info is not None and info.open:
        await note(info, Event.MANDATE_CONFIRMED, at)


async def on_revoked(mandate: MandateInfo, actor: Actor, at: datetime) -> None:
    """She does not, or not any more: nothing is decided in her name. A term that runs out after her yes, also
    her yes to a proposal, is nothing."""
    info = await _of_mandate(mandate)
    if info is None or not info.open:
        return
    consented = mandate.moments.confirmed_at is not None or info.state is State.AGREED
    if consented and mandate.state(at) is Consent.EXPIRED:
        return
    await withdraw(actor, info.id, f"mandate_{mandate.state(at)}", at)


async def _of_mandate(mandate: MandateInfo) -> ComplaintInfo | None:
    if not mandate.subject.startswith("complaint:"):
        return None
    found = await queries.by_ref(mandate.subject.removeprefix("complaint:"))
    return await held(found.id) if found is not None else None
