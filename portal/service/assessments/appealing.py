"""A party's objection to a verdict: received, in review, upheld or reversed, by somebody who had no part in it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.clock import local
from portal.core.base.database import hold, writing
from portal.core.base.ids import new_ref
from portal.core.base.refusals import NotFound, Refused
from portal.core.supply import standings
from portal.service.assessments import cases, deciding, mending, queries, telling, verdicts
from portal.service.assessments.cases import AppealInfo
from portal.service.assessments.evidence import Kept, attach
from portal.service.assessments.queries import VerdictInfo
from portal.service.assessments.states import APPEAL_ANSWER, Appealed, Verdicts, adverse, next_step, undone
from portal.service.assessments.tables import StandingAppeal
from portal.service.assessments.verdicts import Why


async def file(actor: Actor, party_id: int, verdict_ref: str, text: str, files: Iterable[Kept], at: datetime) -> str:
    """Take an objection in, once for each verdict; returns its ref.

    Raises NotFound for a verdict that is not the party's; Refused: `standing_appeal_none` (it is not against the
    party), `standing_appeal_over`, `standing_appeal_twice` (409).
    """
    async with writing():
        verdict = await queries.verdict(verdict_ref)
        if verdict.party_id != party_id:
            raise NotFound
        if not adverse(verdict.before, verdict.after):
            raise Refused("standing_appeal_none")
        if at > verdict.appeal_until:
            raise Refused("standing_appeal_over")
        ref, due_at = new_ref(), at + APPEAL_ANSWER
        rows = await StandingAppeal.raw(
            "INSERT INTO standing_appeals (ref, verdict, party, state, text, at, due_at, next_at)"
            " VALUES ({}, {}, {}, {}, {}, {}, {}, {}) ON CONFLICT DO NOTHING RETURNING id",
            ref,
            verdict.id,
            party_id,
            str(Appealed.RECEIVED),
            text,
            at,
            due_at,
            next_step(due_at, at),
        )
        if not rows:
            raise Refused("standing_appeal_twice")
        appeal_id = int(rows[0]["id"])
        await attach(f"appeal:{appeal_id}", party_id, files, at)
        await audit.record(actor, "standing.appealed", ("standing_appeal", appeal_id), at, {"verdict": verdict.id})
        params = {"party": verdict.party_name, "due_at": due_at}
        await telling.staff("standing_appeal", params, at, telling.party_way(verdict.external_id))
        return ref


async def parties_to(verdict: VerdictInfo) -> set[int]:
    """The people who had a part in a verdict, or in judging what the party sent before it. Inside a door."""
    acted = {verdict.made_by, verdict.seconded_by}
    for each in await cases.mendings_of(verdict.party_id):
        if each.verdict_id == verdict.id or verdict.cause == f"rectification:{each.ref}":
            acted.add(each.accepted_by)
    return {person for person in acted if person is not None}


async def _held(person_id: int, ref: str) -> tuple[AppealInfo, VerdictInfo]:
    info = await cases.appeal(ref)
    await hold("suppliers", info.party_id)
    info = await cases.appeal(ref)
    verdict = await queries.verdict_by_id(info.verdict_id)
    if person_id in await parties_to(verdict):
        raise Refused("standing_appeal_own", way=telling.party_way(info.external_id), status=403)
    return info, verdict


async def _move(info: AppealInfo, state: Appealed, values: dict[Any, Any]) -> None:
    rows = (
        await StandingAppeal.update(values)
        .where(StandingAppeal.id == info.id, StandingAppeal.state == str(state))
        .returning(StandingAppeal.id)
    )
    if not rows:
        raise Refused("standing_appeal_decided", way=telling.party_way(info.external_id))


async def review(actor: Actor, person_id: int, ref: str, at: datetime) -> None:
    """Begin to look. Raises NotFound; Refused: `standing_appeal_own` (403), `standing_appeal_decided` (409)."""
    async with writing():
        info, _ = await _held(person_id, ref)
        values: dict[Any, Any] = {
            StandingAppeal.state: str(Appealed.IN_REVIEW),
            StandingAppeal.reviewed_by: person_id,
            StandingAppeal.reviewed_at: at,
        }
        await _move(info, Appealed.RECEIVED, values)
        await audit.record(actor, "standing.appeal_reviewed", ("standing_appeal", info.id), at)
        await telling.mail(await queries.firm(info.party_id), "appeal_in_review", at, due_at=info.due_at)


async def decide(actor: Actor, person_id: int, ref: str, answer: str, at: datetime, *, reverse: bool) -> None:
    """Uphold the verdict, or reverse it: then the party stands as before it, at once, and begins afresh.

    Raises as `review`.
    """
    async with writing():
        info, verdict = await _held(person_id, ref)
        state = Appealed.REVERSED if reverse else Appealed.UPHELD
        values: dict[Any, Any] = {
            StandingAppeal.state: str(state),
            StandingAppeal.decided_by: person_id,
            StandingAppeal.decided_at: at,
            StandingAppeal.answer: answer,
            StandingAppeal.next_at: None,
        }
        await _move(info, Appealed.IN_REVIEW, values)
        facts = {"to": str(state), "verdict": verdict.id}
        await audit.record(actor, "standing.appeal_decided", ("standing_appeal", info.id), at, facts)
        if reverse:
            await _undo(actor, person_id, info, verdict, at)
        await telling.mail(await queries.firm(info.party_id), f"appeal_{state}", at)


async def _undo(actor: Actor, person_id: int, info: AppealInfo, verdict: VerdictInfo, at: datetime) -> None:
    back = undone(verdict.before, verdict.after, await standings.standing_of(info.party_id))
    if back is None:
        return
    await mending.end_open(info.party_id, at)
    await deciding.end_open(info.party_id, at)
    firm = await queries.firm(info.party_id)
    why = Why(Verdicts.APPEAL, f"appeal:{info.ref}", None, person_id)
    await verdicts.write(actor, firm, await verdicts.present(firm, at), back, why, at)
    await verdicts.begin_afresh(info.party_id, local(at).date() + timedelta(days=1))
