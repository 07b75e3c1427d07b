"""What stands between a complaint and its end. Inside a door."""

from datetime import datetime

from portal.service.compensations import queries
from portal.service.compensations.rules import Paid, State
from portal.service.complaints import history
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.rules import Event
from portal.service.complaints.rules import State as Of

DECIDED = frozenset({Event.PROPOSAL_SENT, Event.NO_COMPENSATION_SENT})


async def unresolved(info: ComplaintInfo, at: datetime) -> list[str]:
    """Why it is not settled with the buyer yet: codes of refusals, empty where nothing is in the way."""
    found = []
    lying = await queries.open_of(info.id)
    if lying is not None and lying.state is State.AWAITING:
        found.append("resolve_approval_waits")
    if info.state is Of.PROPOSED or (lying is not None and lying.state is State.SENT):
        found.append("resolve_proposal_open")
    if any(each.state is Paid.DUE for each in await queries.grants_of(info.id)):
        found.append("resolve_unpaid")
    if not found and not await _decided(info):
        found.append("resolve_undecided")
    return found


async def _decided(info: ComplaintInfo) -> bool:
    """In this round something has gone to the buyer, and the desk has not taken it back before she could answer."""
    here = [event for event in await history.events(info.id) if event.round == info.round]
    sent = [event.facts.get("proposal") for event in here if event.kind in DECIDED]
    taken_back = {
        event.facts.get("proposal")
        for event in here
        if event.kind == Event.PROPOSAL_WITHDRAWN and event.facts.get("to") != State.LAPSED
    }
    return any(each is None or each not in taken_back for each in sent)
