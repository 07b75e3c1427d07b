"""Proposing: what the agent in charge offers a buyer, sent at once or when others have approved it; taking it back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import writing
from portal.core.base.ids import new_ref
from portal.core.base.refusals import NotFound, Refused
from portal.service.compensations import asking, kin, queries
from portal.service.compensations.authority import day_of, hold_agent, verdict
from portal.service.compensations.queries import ProposalInfo
from portal.service.compensations.rules import (
    GIVING,
    LONGEST_SAID,
    MONEY,
    OPEN_STATES,
    SHORTEST_SAID,
    UNANSWERED_FOR,
    Kind,
    State,
    approval_due,
    approvals_needed,
    next_step_at,
)
from portal.service.compensations.tables import Proposal
from portal.service.complaints import ending, history
from portal.service.complaints.life import check_seen, held, move, note
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.rules import Event
from portal.service.complaints.rules import State as Of
from portal.service.roster import queries as roster
from portal.service.roster.queries import AgentState

# What the desk alone reads of a complaint's life.
INNER_EVENTS = frozenset({"approval_asked", "approval_given", "approval_refused", "approval_ended"})


@dataclass(frozen=True, slots=True)
class Offer:
    """What an agent proposes: money for refund and voucher, in fen; her words to the buyer."""

    kind: Kind
    amount_fen: int
    said: str


@dataclass(frozen=True, slots=True)
class _Cost:
    """What an offer costs, and whether it is more than the buyer has paid."""

    value_fen: int
    above_paid: bool


async def required(ref: str) -> ProposalInfo:
    """Raises NotFound."""
    found = await queries.proposal(ref)
    if found is None:
        raise NotFound
    return found


async def propose(
    actor: Actor, person_id: int, complaint_id: int, offer: Offer, at: datetime, *, seen: int | None = None
) -> ProposalInfo:
    """The agent in charge proposes: within her authority it goes to the buyer at once, above it others are asked.

    What is still open takes its place. Raises Refused, 409: `proposal_not_in_charge`, `proposal_of_duplicate`,
    `agent_not_ready`, `complaint_moved_on`, `complaint_state`; 422: `proposal_said`, `proposal_amount`,
    `proposal_goods`.
    """
    async with writing():
        info = await held(complaint_id)
        check_seen(info, seen)
        agent = await _in_charge(info, person_id, at)
        cost = await cost_of(info, offer)
        await hold_agent(person_id)
        info = await _make_room(actor, info, at)
        if info.state is not Of.OPEN:
            raise Refused("complaint_state", {"state": str(info.state)}, way=info.way)
        made = await _made(info, agent, offer, cost, at)
        facts = {"complaint": info.id, "kind": str(offer.kind), "amount_fen": offer.amount_fen, "needs": made.needs}
        await audit.record(actor, "compensation.proposed", ("proposal", made.id), at, facts)
        if made.needs:
            await note(info, "approval_asked", at, by=person_id, facts={"proposal": made.id, "due_at": made.due_at})
            await asking.ask(info, made, at)
        else:
            await send(actor, made, at)
        return await required(made.ref)


async def _in_charge(info: ComplaintInfo, person_id: int, at: datetime) -> AgentState:
    way = f"/desk/complaints/{info.ref}"
    if info.agent_id != person_id:
        raise Refused("proposal_not_in_charge", {"agent": info.agent_name or ""}, way=way)
    if info.duplicate_of is not None:
        raise Refused("proposal_of_duplicate", way=way)
    agent = await roster.agent(person_id, at)
    if agent is None or not agent.certified:
        raise Refused("agent_not_ready", way="/learn")
    return agent


async def cost_of(info: ComplaintInfo, offer: Offer) -> _Cost:
    """What an offer costs; a replacement as much as was paid for the goods. Raises Refused (422)."""
    if not SHORTEST_SAID <= len(offer.said.strip()) <= LONGEST_SAID:
        raise Refused("proposal_said", {"least": SHORTEST_SAID, "most": LONGEST_SAID}, field="said", status=422)
    if (offer.amount_fen > 0) is not (offer.kind in MONEY) or offer.amount_fen < 0:
        raise Refused("proposal_amount", field="yuan", status=422)
    paid = await queries.paid_for(info.id)
    if offer.kind is Kind.REPLACE:
        if not paid:
            raise Refused("proposal_goods", field="kind", status=422)
        return _Cost(paid, False)
    return _Cost(offer.amount_fen, offer.kind is Kind.REFUND and offer.amount_fen > paid)


async def _make_room(actor: Actor, info: ComplaintInfo, at: datetime) -> ComplaintInfo:
    """What is still open gives way to a new proposal."""
    before = await queries.open_of(info.id)
    if before is None:
        return info
    return await _end(actor, info, before, State.SUPERSEDED, "", at)


async def _made(info: ComplaintInfo, agent: AgentState, offer: Offer, cost: _Cost, at: datetime) -> ProposalInfo:
    ties = await kin.ties(agent.person_id, await kin.parties_of(info))
    able, _ = await verdict(agent.person_id, agent.level, offer.kind, info.product_category, cost.value_fen, at)
    needs, why = approvals_needed(able, ties, above_paid=cost.above_paid)
    _, compensation, _ = await history.clocks_of(info)
    due = approval_due(at, compensation.step_at(75)) if needs else None
    row = Proposal(
        ref=new_ref(),
        complaint=info.id,
        round=info.round,
        kind=str(offer.kind),
        amount_fen=offer.amount_fen,
        asked_fen=offer.amount_fen,
        value_fen=cost.value_fen if offer.kind in GIVING else 0,
        category=info.product_category,
        said=offer.said.strip(),
        agent=agent.person_id,
        level=str(agent.level),
        limit_fen=able.limit_fen,
        day_limit_fen=able.day_limit_fen,
        own_day=None if needs else day_of(at),
        needs=needs,
        why=why,
        ties=" ".join(ties),
        state=str(State.AWAITING),
        made_at=at,
        due_at=due,
        next_at=next_step_at(at, due, ()) if due else None,
    )
    await Proposal.insert(row)
    return await required(row.ref)


async def send(actor: Actor, made: ProposalInfo, at: datetime) -> None:
    """To the buyer. The caller holds the complaint and has seen to it that enough approve."""
    rows = (
        await Proposal.update({Proposal.state: str(State.SENT), Proposal.sent_at: at, Proposal.next_at: None})
        .where(Proposal.id == made.id, Proposal.state == str(State.AWAITING))
        .returning(Proposal.id)
    )
    if not rows:
        raise Refused("proposal_moved_on")
    await ending.proposal_sent(actor, made.complaint_id, made.id, at, compensated=made.kind in GIVING)


async def withdraw(
    actor: Actor, person_id: int, ref: str, reason: str, at: datetime, *, seen: int | None = None
) -> ProposalInfo:
    """The agent in charge takes an open proposal back; one that lay with the buyer for a week has lapsed.

    Raises NotFound; Refused: `reason_missing` (422), `proposal_not_in_charge`, `proposal_moved_on` (409).
    """
    if not reason.strip():
        raise Refused("reason_missing", field="reason", status=422)
    async with writing():
        info = await held((await required(ref)).complaint_id)
        check_seen(info, seen)
        made = await required(ref)
        if info.agent_id != person_id:
            raise Refused("proposal_not_in_charge", {"agent": info.agent_name or ""}, way=info.way)
        lain = made.state is State.SENT and made.sent_at is not None and at >= made.sent_at + UNANSWERED_FOR
        await _end(actor, info, made, State.LAPSED if lain else State.WITHDRAWN, reason.strip(), at)
        return await required(ref)


async def _end(
    actor: Actor, info: ComplaintInfo, made: ProposalInfo, to: State, reason: str, at: datetime
) -> ComplaintInfo:
    """End an open proposal; the complaint is the desk's again where it lay with the buyer."""
    await _ended(made, to, reason, at, actor)
    facts = {"complaint": info.id, "to": str(to)}
    await audit.record(actor, "compensation.proposal_ended", ("proposal", made.id), at, facts)
    by = actor.id if actor.kind == "person" else None
    facts = {"proposal": made.id, "to": str(to)}
    if info.state is Of.PROPOSED and made.state is State.SENT:
        return await move(info, Of.OPEN, Event.PROPOSAL_WITHDRAWN, at, by=by, facts=facts)
    await note(info, "approval_ended", at, by=by, facts=facts)
    return await held(info.id)


async def _ended(made: ProposalInfo, to: State, reason: str, at: datetime, actor: Actor) -> None:
    rows = (
        await Proposal.update(
            {
                Proposal.state: str(to),
                Proposal.ended_at: at,
                Proposal.ended_by: actor.id if actor.kind == "person" else None,
                Proposal.reason: reason or None,
                Proposal.next_at: None,
            }
        )
        .where(Proposal.id == made.id, Proposal.state.is_in([str(state) for state in OPEN_STATES]))
        .returning(Proposal.id)
    )
    if not rows:
        raise Refused("proposal_moved_on")


async def on_moved(info: ComplaintInfo, at: datetime) -> None:
    """A complaint that has ended takes along what is still open about it."""
    if info.state in (Of.WITHDRAWN, Of.RESOLVED):
        values: dict[Any, Any] = {Proposal.state: str(State.WITHDRAWN), Proposal.ended_at: at, Proposal.next_at: None}
        await Proposal.update(values).where(
            Proposal.complaint == info.id, Proposal.state.is_in([str(state) for state in OPEN_STATES])
        )
