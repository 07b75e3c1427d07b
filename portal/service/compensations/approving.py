"""Above an agent's authority: others approve, all of it or less, or refuse with a reason; silence climbs a ladder."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import writing
from portal.core.base.refusals import Forbidden, Refused
from portal.service.compensations import actions, asking, kin, queries
from portal.service.compensations.actions import required
from portal.service.compensations.asking import WAY
from portal.service.compensations.queries import ProposalInfo
from portal.service.compensations.rules import LONGEST_REASON, MONEY, State, next_step_at, steps_due
from portal.service.compensations.tables import Approval, ApprovalStep, Proposal
from portal.service.complaints.life import held, note
from portal.service.complaints.queries import ComplaintInfo


async def no_of(person_id: int, made: ProposalInfo, info: ComplaintInfo) -> str | None:
    """Why somebody with the power may not decide on this one (a refusal's code). Inside a door."""
    if person_id == made.agent_id:
        return "approval_own"
    if await kin.ties(person_id, await kin.parties_of(info)):
        return "approval_related"
    return None


async def _open(person_id: int, ref: str) -> tuple[ComplaintInfo, ProposalInfo]:
    """The case and the proposal that waits, both held. Raises Refused."""
    if not await kin.may_approve(person_id):
        raise Forbidden
    info = await held((await required(ref)).complaint_id)
    made = await required(ref)
    no = await no_of(person_id, made, info)
    if no is not None:
        raise Refused(no, way=WAY, status=403)
    if made.state is not State.AWAITING:
        raise Refused("proposal_decided", way=WAY)
    return info, made


async def approve(actor: Actor, person_id: int, ref: str, amount_fen: int | None, at: datetime) -> ProposalInfo:
    """Approve all of it, or (refund, voucher) a smaller sum; the last that is needed sends it to the buyer.

    Raises NotFound; Forbidden; Refused: `approval_own`, `approval_related` (403), `proposal_decided`,
    `approval_twice` (409), `approval_amount` (422).
    """
    async with writing():
        info, made = await _open(person_id, ref)
        amount = made.amount_fen if amount_fen is None else amount_fen
        if not (0 < amount <= made.amount_fen if made.kind in MONEY else amount == made.amount_fen):
            raise Refused("approval_amount", {"most_fen": made.amount_fen}, field="yuan", status=422)
        await _say(made, person_id, True, amount, None, at)
        if made.kind in MONEY and amount != made.amount_fen:
            await Proposal.update({Proposal.amount_fen: amount, Proposal.value_fen: amount}).where(
                Proposal.id == made.id
            )
            made = replace(made, amount_fen=amount, value_fen=amount)
        facts = {"complaint": info.id, "amount_fen": amount}
        await audit.record(actor, "compensation.approved", ("proposal", made.id), at, facts)
        await note(info, "approval_given", at, by=person_id, facts={"proposal": made.id})
        given = [each for each in await queries.approvals_of([made.id]) if each.approved]
        if len(given) >= made.needs:
            await actions.send(actor, made, at)
            await asking.tell_agent("compensation_approved", info, made, at)
        return await required(ref)


async def refuse(actor: Actor, person_id: int, ref: str, reason: str, at: datetime) -> ProposalInfo:
    """Refuse it with a reason: it is the agent's again. Raises as `approve` does, and `reason_missing` (422)."""
    reason = reason.strip()[:LONGEST_REASON]
    if not reason:
        raise Refused("reason_missing", field="reason", status=422)
    async with writing():
        info, made = await _open(person_id, ref)
        await _say(made, person_id, False, made.amount_fen, reason, at)
        values: dict[Any, Any] = {
            Proposal.state: str(State.REFUSED),
            Proposal.ended_at: at,
            Proposal.ended_by: person_id,
            Proposal.reason: reason,
            Proposal.next_at: None,
        }
        rows = (
            await Proposal.update(values)
            .where(Proposal.id == made.id, Proposal.state == str(State.AWAITING))
            .returning(Proposal.id)
        )
        if not rows:
            raise Refused("proposal_decided", way=WAY)
        await audit.record(actor, "compensation.refused", ("proposal", made.id), at, {"complaint": info.id})
        await note(info, "approval_refused", at, by=person_id, facts={"proposal": made.id})
        await asking.tell_agent("compensation_refused", info, made, at)
        return await required(ref)


async def _say(
    made: ProposalInfo, person_id: int, approved: bool, amount_fen: int, reason: str | None, at: datetime
) -> None:
    rows = await Approval.raw(
        "INSERT INTO compensation_approvals (proposal, person, approved, amount_fen, reason, at)"
        " VALUES ({}, {}, {}, {}, {}, {}) ON CONFLICT DO NOTHING RETURNING id",
        made.id,
        person_id,
        approved,
        amount_fen,
        reason,
        at,
    )
    if not rows:
        raise Refused("approval_twice", way=WAY)


async def climb(proposal_id: int, at: datetime) -> None:
    """Take a waiting approval up to the rung that its clock has reached, each once. Its own transaction."""
    async with writing():
        found = await queries.proposal_by_id(proposal_id)
        assert found is not None
        info = await held(found.complaint_id)
        made = await queries.proposal_by_id(proposal_id)
        assert made is not None
        if made.state is not State.AWAITING or made.due_at is None:
            await Proposal.update({Proposal.next_at: None}).where(Proposal.id == proposal_id)
            return
        done = await _done(made.id)
        fresh = [each for each in steps_due(made.made_at, made.due_at, done, at) if await _first(made.id, each, at)]
        following = next_step_at(made.made_at, made.due_at, {*done, *fresh})
        await Proposal.update({Proposal.next_at: following}).where(Proposal.id == made.id)
        if 100 in fresh:  # after a downtime the highest alone speaks
            await asking.escalate(info, made, at)
        elif fresh:
            await asking.remind(info, made, at)


async def _done(proposal_id: int) -> set[int]:
    rows = await ApprovalStep.select(ApprovalStep.percent).where(ApprovalStep.proposal == proposal_id)
    return {row["percent"] for row in rows}


async def _first(proposal_id: int, percent: int, at: datetime) -> bool:
    rows = await ApprovalStep.raw(
        "INSERT INTO compensation_approval_steps (proposal, percent, at) VALUES ({}, {}, {})"
        " ON CONFLICT DO NOTHING RETURNING id",
        proposal_id,
        percent,
        at,
    )
    return bool(rows)
