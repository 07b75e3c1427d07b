"""What was agreed and is not paid yet: called off with a reason, or confirmed by hand by a second person."""

from datetime import datetime

from portal.core.base import audit, events
from portal.core.base.database import writing
from portal.core.base.public_links import Door, link_to
from portal.core.base.refusals import Forbidden, NotFound, Refused
from portal.core.notices.actions import notify
from portal.core.people.policy import Capability
from portal.core.web.viewer import Viewer
from portal.service.compensations import kin, paying, queries
from portal.service.compensations.paying import Payment
from portal.service.compensations.queries import GrantInfo
from portal.service.compensations.rules import Paid, Via
from portal.service.compensations.tables import Grant
from portal.service.compensations.told import CALLED_OFF
from portal.service.complaints.life import held, move, note
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.rules import Event, State
from portal.service.messages.actions import tell_buyer


async def off_no(viewer: Viewer, found: GrantInfo, info: ComplaintInfo) -> str | None:
    """Why she may not call it off (a refusal's code): what an agent gave alone she takes back herself while she is in
    charge; everything else is for those who approve, and never for somebody tied to the parties. Inside a door."""
    if found.state is not Paid.DUE:
        return "grant_not_due"
    own = found.alone and viewer.person_id == found.agent_id == info.agent_id
    if own and viewer.may(Capability.WORK_DESK):
        return None
    if not viewer.may(Capability.APPROVE_COMPENSATION):
        return "grant_not_yours"
    return "grant_related" if await kin.ties(viewer.person_id, await kin.parties_of(info)) else None


async def hand_no(viewer: Viewer, found: GrantInfo, info: ComplaintInfo) -> str | None:
    """Why she may not confirm the payment by hand: whoever granted it never does. Inside a door."""
    if found.state is not Paid.DUE:
        return "grant_not_due"
    if not viewer.may(Capability.APPROVE_COMPENSATION):
        return "grant_not_yours"
    if viewer.person_id == found.agent_id:
        return "grant_own"
    return "grant_related" if await kin.ties(viewer.person_id, await kin.parties_of(info)) else None


async def _held(ref: str) -> tuple[GrantInfo, ComplaintInfo]:
    found = await queries.grant(ref)
    if found is None:
        raise NotFound
    info = await held(found.complaint_id)
    found = await queries.grant(ref)
    assert found is not None
    return found, info


def _check(no: str | None, way: str) -> None:
    if no is not None:
        raise Refused(no, way=way, status=409 if no == "grant_not_due" else 403)


async def call_off(viewer: Viewer, ref: str, reason: str, at: datetime) -> GrantInfo:
    """Take back what was agreed and is not paid: buyer and shop are told, and the desk proposes anew.

    Raises NotFound; Refused: `grant_not_due` (409), `grant_not_yours`, `grant_related` (403), `reason_missing` (422).
    """
    if not reason.strip():
        raise Refused("reason_missing", field="reason", status=422)
    async with writing():
        found, info = await _held(ref)
        _check(await off_no(viewer, found, info), f"/desk/grants/{ref}")
        rows = (
            await Grant.update(
                {
                    Grant.state: str(Paid.OFF),
                    Grant.late_at: None,
                    Grant.off_at: at,
                    Grant.off_by: viewer.person_id,
                    Grant.off_reason: reason.strip(),
                }
            )
            .where(Grant.id == found.id, Grant.state == str(Paid.DUE))
            .returning(Grant.id)
        )
        if not rows:
            raise Refused("grant_not_due")
        facts = {"complaint": info.id, "amount_fen": found.amount_fen}
        await audit.record(viewer.actor, "compensation.called_off", ("grant", found.id), at, facts)
        await events.emit(CALLED_OFF, info.subject, {"grant": found.id}, at)
        await _again(viewer, found, info, at)
        done = await queries.grant(ref)
        assert done is not None
        return done


async def _again(viewer: Viewer, found: GrantInfo, info: ComplaintInfo, at: datetime) -> None:
    """The complaint is the desk's again; the buyer and the agent in charge hear of it."""
    made = await queries.proposal(found.proposal_ref)
    facts = {"proposal": found.proposal_id, "to": "called_off"}
    if info.state is State.AGREED and made is not None and made.round == info.round:
        await move(info, State.OPEN, Event.PROPOSAL_WITHDRAWN, at, by=viewer.person_id, facts=facts)
    else:
        await note(info, Event.PROPOSAL_WITHDRAWN, at, by=viewer.person_id, facts=facts)
    way = await link_to(Door.COMPLAINT, info.id, at)
    await tell_buyer(info.vip_id, "compensation_called_off", {}, at, way=way, order_id=info.order_id)
    if info.agent_id not in (None, viewer.person_id):
        params = {"buyer": info.vip_name}
        await notify(info.agent_id, "compensation_called_off", params, at, way=f"/desk/complaints/{info.ref}")


async def confirm_by_hand(viewer: Viewer, ref: str, payment_ref: str, paid_at: datetime, at: datetime) -> GrantInfo:
    """The shop cannot tell: a lead who did not grant it has seen the payment, under this reference.

    Raises NotFound; Forbidden; Refused as `hand_no` says, and as `paying.confirm` does.
    """
    if not viewer.may(Capability.APPROVE_COMPENSATION):
        raise Forbidden
    async with writing():
        found, info = await _held(ref)
        _check(await hand_no(viewer, found, info), f"/desk/grants/{ref}")
        payment = Payment(found.amount_fen, paid_at, payment_ref)
        return await paying.confirm(viewer.actor, ref, payment, Via.HAND, at)
