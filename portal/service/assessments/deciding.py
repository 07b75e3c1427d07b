"""What takes two people: the blacklist and the way back, the white list and its end. Nobody decides alone."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from portal.core.base import audit
from portal.core.base.audit import SYSTEM, Actor
from portal.core.base.clock import local
from portal.core.base.database import hold, writing
from portal.core.base.ids import new_ref
from portal.core.base.refusals import Refused
from portal.core.people.rules import Role
from portal.core.supply import standings
from portal.core.supply.rules import Standing
from portal.service.assessments import cases, queries, telling, verdicts, versions
from portal.service.assessments.cases import ProposalInfo
from portal.service.assessments.queries import Firm
from portal.service.assessments.states import BECOMES, FROM, Proposed, Verdicts, Wish, next_step, seconds
from portal.service.assessments.tables import StandingProposal
from portal.service.assessments.verdicts import Why


def way_of(found: ProposalInfo) -> str:
    return telling.party_way(found.external_id)


async def raise_proposal(
    firm: Firm, wish: Wish, because: Mapping[str, Any], at: datetime, rectification_id: int | None = None
) -> bool:
    """The figures ask for a decision; False where one is open already. In `writing()`."""
    due_at = at + timedelta(days=(await versions.in_force(at)).criteria.decide_days)
    made = await _insert(firm, wish, Proposed.RAISED, due_at, at, because=because, rectification_id=rectification_id)
    if made:
        params = {"party": firm.name, "due_at": due_at}
        await telling.staff(f"standing_raised_{wish}", params, at, telling.party_way(firm.external_id))
    return made


async def _insert(
    firm: Firm,
    wish: Wish,
    state: Proposed,
    due_at: datetime,
    at: datetime,
    *,
    because: Mapping[str, Any],
    rectification_id: int | None = None,
    by: int | None = None,
    reason: str | None = None,
) -> bool:
    ref = new_ref()
    rows = await StandingProposal.raw(
        "INSERT INTO standing_proposals (ref, party, wish, state, raised_at, because, rectification, reason,"
        " proposed_by, proposed_at, due_at, next_at) VALUES ({}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {})"
        " ON CONFLICT DO NOTHING RETURNING id",
        ref,
        firm.id,
        str(wish),
        str(state),
        at,
        json.dumps(dict(because), sort_keys=True),
        rectification_id,
        reason,
        by,
        at if by is not None else None,
        due_at,
        next_step(due_at, at),
    )
    if rows:
        facts = {"party": firm.id, "wish": str(wish)}
        actor = Actor("person", by) if by is not None else SYSTEM
        await audit.record(actor, "standing.raised", ("standing_proposal", int(rows[0]["id"])), at, facts)
    return bool(rows)


async def propose(actor: Actor, person_id: int, firm: Firm, wish: Wish, reason: str, at: datetime) -> None:
    """Put one's name to what the figures ask for, or ask by oneself for a restoration or an end of the white list.

    Raises Refused: `standing_not_from` (the party stands otherwise), `standing_not_raised` (blacklist and white list
    rest on figures), `standing_proposed` (409).
    """
    way = telling.party_way(firm.external_id)
    async with writing():
        await hold("suppliers", firm.id)
        if await standings.standing_of(firm.id) not in FROM[wish]:
            raise Refused("standing_not_from", way=way)
        waiting = await cases.open_proposal(firm.id)
        if waiting is not None and (waiting.state is Proposed.PROPOSED or waiting.wish is not wish):
            raise Refused("standing_proposed", way=way)
        if waiting is None:
            if wish in (Wish.BLACKLIST, Wish.WHITE):
                raise Refused("standing_not_raised", way=way)
            due_at = at + timedelta(days=(await versions.in_force(at)).criteria.decide_days)
            await _insert(firm, wish, Proposed.PROPOSED, due_at, at, because={}, by=person_id, reason=reason)
        else:
            values: dict[Any, Any] = {
                StandingProposal.state: str(Proposed.PROPOSED),
                StandingProposal.proposed_by: person_id,
                StandingProposal.proposed_at: at,
                StandingProposal.reason: reason,
            }
            await _move(waiting, Proposed.RAISED, values)
        found = await cases.open_proposal(firm.id)
        assert found is not None
        await audit.record(actor, "standing.proposed", ("standing_proposal", found.id), at, {"wish": str(wish)})
        params = {"party": firm.name, "due_at": found.due_at}
        await telling.staff(f"standing_proposed_{wish}", params, at, way, (Role.ADMIN,))


async def _move(found: ProposalInfo, state: Proposed, values: dict[Any, Any]) -> None:
    rows = (
        await StandingProposal.update(values)
        .where(StandingProposal.id == found.id, StandingProposal.state == str(state))
        .returning(StandingProposal.id)
    )
    if not rows:
        raise Refused("standing_decided", way=way_of(found))


async def _second(
    actor: Actor, person_id: int, ref: str, state: Proposed, words: str | None, at: datetime
) -> ProposalInfo:
    """Let a second person decide on it. Raises Refused: `standing_alone` (403), `standing_decided` (409)."""
    found = await cases.proposal(ref)
    await hold("suppliers", found.party_id)
    found = await cases.proposal(ref)
    if found.state is not Proposed.PROPOSED:
        raise Refused("standing_decided", way=way_of(found))
    if not seconds(found.proposed_by, person_id):
        raise Refused("standing_alone", way=way_of(found), status=403)
    values: dict[Any, Any] = {
        StandingProposal.state: str(state),
        StandingProposal.decided_by: person_id,
        StandingProposal.decided_at: at,
        StandingProposal.decision: words,
        StandingProposal.next_at: None,
    }
    await _move(found, Proposed.PROPOSED, values)
    facts = {"wish": str(found.wish), "to": str(state)}
    await audit.record(actor, "standing.decided", ("standing_proposal", found.id), at, facts)
    return found


async def confirm(actor: Actor, person_id: int, ref: str, at: datetime) -> ProposalInfo:
    """Confirm what another has proposed: the party stands so at once, at every door.

    Raises NotFound; Refused: `standing_alone` (403), `standing_decided`, `standing_not_from` (409).
    """
    async with writing():
        found = await _second(actor, person_id, ref, Proposed.CONFIRMED, None, at)
        if await standings.standing_of(found.party_id) not in FROM[found.wish]:
            raise Refused("standing_not_from", way=way_of(found))
        await _pass(actor, found, BECOMES[found.wish], person_id, at)
        if found.wish is Wish.RESTORE:
            await verdicts.begin_afresh(found.party_id, local(at).date() + timedelta(days=1))
        return await cases.proposal(ref)


async def decline(actor: Actor, person_id: int, ref: str, reason: str, at: datetime) -> ProposalInfo:
    """Do not follow it, with a reason: who was to be blacklisted is watched, and begins afresh. Raises as `confirm`."""
    async with writing():
        found = await _second(actor, person_id, ref, Proposed.DECLINED, reason, at)
        if found.wish is Wish.BLACKLIST and await standings.standing_of(found.party_id) is Standing.RECTIFYING:
            await _pass(actor, replace(found, reason=reason), Standing.WATCH, person_id, at)
            await verdicts.begin_afresh(found.party_id, local(at).date() + timedelta(days=1))
        return await cases.proposal(ref)


async def _pass(actor: Actor, found: ProposalInfo, after: Standing, person_id: int, at: datetime) -> None:
    firm = await queries.firm(found.party_id)
    why = Why(Verdicts.DECISION, f"proposal:{found.ref}", found.reason, found.proposed_by, person_id)
    await verdicts.write(actor, firm, await verdicts.present(firm, at), after, why, at)


async def end_open(party_id: int, at: datetime) -> None:
    """What was to be decided is overtaken. In `writing()`."""
    values: dict[Any, Any] = {
        StandingProposal.state: str(Proposed.ENDED),
        StandingProposal.decided_at: at,
        StandingProposal.next_at: None,
    }
    await StandingProposal.update(values).where(
        StandingProposal.party == party_id,
        StandingProposal.state.is_in([str(Proposed.RAISED), str(Proposed.PROPOSED)]),
    )
