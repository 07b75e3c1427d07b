"""The buyer's answer: yes makes the grant and sees to its payment, no gives the case back to the desk."""

from datetime import datetime

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import writing
from portal.core.base.refusals import NotFound, Refused
from portal.service.compensations import paying, queries
from portal.service.compensations.actions import required
from portal.service.compensations.queries import ProposalInfo
from portal.service.compensations.rules import GIVING, State
from portal.service.compensations.tables import Proposal
from portal.service.complaints import ending
from portal.service.complaints.actions import Words, say
from portal.service.complaints.life import held, note
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.rules import LONGEST_TEXT, Audience, Speaker
from portal.service.mandates import queries as mandates
from portal.service.mandates.rules import State as Consent


async def _hers(complaint_id: int, ref: str) -> tuple[ComplaintInfo, ProposalInfo]:
    """The case, held, and the proposal in it. Raises NotFound."""
    info = await held(complaint_id)
    made = await queries.proposal(ref)
    if made is None or made.complaint_id != complaint_id or made.sent_at is None:
        raise NotFound
    return info, made


async def accept(actor: Actor, complaint_id: int, ref: str, at: datetime) -> ProposalInfo:
    """She says yes; once more changes nothing. Where her owner had filed, this is her consent.

    Raises NotFound, Refused `proposal_moved_on` (409).
    """
    async with writing():
        info, made = await _hers(complaint_id, ref)
        if made.state is State.ACCEPTED:
            return made
        await _answered(made, State.ACCEPTED, at)
        if info.mandate_ref is not None and not await consented(info, at):
            await note(info, "consented_by_answer", at)
        await ending.proposal_answered(actor, info.id, made.id, True, at)
        await audit.record(actor, "compensation.accepted", ("proposal", made.id), at, {"complaint": info.id})
        if made.kind in GIVING:
            await paying.grant(actor, await held(info.id), await required(ref), at)
        return await required(ref)


async def decline(actor: Actor, complaint_id: int, ref: str, instead: str, at: datetime) -> ProposalInfo:
    """She says no, and what would be right instead if she likes; once more changes nothing. Raises as `accept`."""
    async with writing():
        info, made = await _hers(complaint_id, ref)
        if made.state is State.DECLINED:
            return made
        await _answered(made, State.DECLINED, at)
        await ending.proposal_answered(actor, info.id, made.id, False, at)
        await audit.record(actor, "compensation.declined", ("proposal", made.id), at, {"complaint": info.id})
        if instead.strip():
            words = Words(Speaker.BUYER, Audience.BUYER, instead.strip()[:LONGEST_TEXT])
            await say(actor, info.id, words, at)
        return await required(ref)


async def _answered(made: ProposalInfo, to: State, at: datetime) -> None:
    rows = (
        await Proposal.update({Proposal.state: str(to), Proposal.answered_at: at, Proposal.ended_at: at})
        .where(Proposal.id == made.id, Proposal.state == str(State.SENT))
        .returning(Proposal.id)
    )
    if not rows:
        raise Refused("proposal_moved_on")


async def consented(info: ComplaintInfo, at: datetime) -> bool:
    """Whether the buyer has consented to what her owner filed; true where she filed herself. Inside a door."""
    if info.mandate_ref is None:
        return True
    found = await mandates.mandate_for(info.subject)
    return found is not None and found.state(at) in (Consent.CONFIRMED, Consent.USED)
