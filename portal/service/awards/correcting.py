"""After publication: a wrong award is taken back by two admins, and the places below may move up. The old rows stay;
the new ones say what they correct; badges end and the hall of fame shows it.
"""

from dataclasses import dataclass
from datetime import datetime

from portal.core.base import audit, events
from portal.core.base.audit import Actor
from portal.core.base.database import hold, writing
from portal.core.base.refusals import Forbidden, NotFound, Refused
from portal.core.notices.actions import notify
from portal.core.stores import honours
from portal.service.awards import cycles, queries, winners
from portal.service.awards.cycles import Cycle
from portal.service.awards.publishing import PUBLISHED, give
from portal.service.awards.queries import Candidate
from portal.service.awards.rules import PLACES, State
from portal.service.awards.tables import AwardCorrection, AwardPrize, AwardResult
from portal.service.awards.winners import Result


@dataclass(frozen=True, slots=True)
class Correction:
    """What one admin wants corrected."""

    id: int
    result_id: int
    move_up: bool
    reason: str
    proposed_by: int
    proposed_name: str
    proposed_at: datetime


_OPEN = (
    "SELECT k.id, k.result AS result_id, k.move_up, k.reason, k.proposed_by, m.name AS proposed_name, k.proposed_at"
    " FROM award_corrections k JOIN persons m ON m.id = k.proposed_by WHERE k.ended_at IS NULL AND "
)


async def open_of_result(result_id: int) -> Correction | None:
    """Inside a door."""
    rows = await AwardCorrection.raw(f"{_OPEN}k.result = {{}}", result_id)
    return Correction(**{**rows[0], "move_up": bool(rows[0]["move_up"])}) if rows else None


async def _standing(result_id: int) -> tuple[Cycle, Result]:
    await hold("award_results", result_id)
    found = await winners.result(result_id)
    if found is None:
        raise NotFound
    cycle = await cycles.by_id(found.cycle_id)
    if not found.standing or cycle.state is not State.PUBLISHED:
        raise Refused("award_not_standing", way=cycle.way)
    return cycle, found


async def propose(actor: Actor, person_id: int, result_id: int, reason: str, at: datetime, *, move_up: bool) -> None:
    """Want an award taken back; `move_up`: the places below move up, and the next of the ranks takes the last.

    Raises NotFound, Forbidden `award_own`, Refused: `award_not_standing`, `award_correcting`.
    """
    async with writing():
        cycle, found = await _standing(result_id)
        if found.person_id == person_id:
            raise Forbidden("award_own")
        rows = await AwardCorrection.raw(
            "INSERT INTO award_corrections (result, move_up, reason, proposed_by, proposed_at)"
            " VALUES ({}, {}, {}, {}, {}) ON CONFLICT DO NOTHING RETURNING id",
            result_id,
            move_up and found.award in PLACES,
            reason,
            person_id,
            at,
        )
        if not rows:
            raise Refused("award_correcting", way=cycle.way)
        correction_id = int(rows[0]["id"])
        await audit.record(
            actor, "awards.correction_proposed", ("award_correction", correction_id), at, {"result": result_id}
        )


async def drop(actor: Actor, result_id: int, at: datetime) -> None:
    """What was wanted is not done. Raises Refused `award_no_correction`."""
    async with writing():
        await hold("award_results", result_id)
        rows = (
            await AwardCorrection.update({AwardCorrection.ended_at: at})
            .where(AwardCorrection.result == result_id, AwardCorrection.ended_at.is_null())
            .returning(AwardCorrection.id)
        )
        if not rows:
            raise Refused("award_no_correction")
        await audit.record(actor, "awards.correction_dropped", ("award_correction", int(rows[0]["id"])), at)


async def confirm(actor: Actor, person_id: int, result_id: int, at: datetime) -> None:
    """Correct what another has proposed.

    Raises NotFound, Forbidden (`award_own`, `award_own_proposal`), Refused: `award_not_standing`,
    `award_no_correction`.
    """
    async with writing():
        cycle, found = await _standing(result_id)
        wanted = await open_of_result(result_id)
        if wanted is None:
            raise Refused("award_no_correction", way=cycle.way)
        if wanted.proposed_by == person_id:
            raise Forbidden("award_own_proposal")
        if found.person_id == person_id:
            raise Forbidden("award_own")
        await AwardCorrection.update(
            {
                AwardCorrection.confirmed_by: person_id,
                AwardCorrection.confirmed_at: at,
                AwardCorrection.ended_at: at,
            }
        ).where(AwardCorrection.id == wanted.id)
        made = await _take_back(cycle, found, wanted.reason, at)
        if wanted.move_up:
            await _move_up(cycle, found, made, wanted.reason, at)
        await audit.record(actor, "awards.corrected", ("award_result", made), at, {"corrects": found.id})
        await events.emit(PUBLISHED, f"award:{cycle.ref}", {"cycle": cycle.id, "correction": made}, at)


async def _end(cycle: Cycle, found: Result, at: datetime) -> None:
    """A row does not stand any more: its badge ends, and what was not handed out is not handed out."""
    await AwardResult.update({AwardResult.superseded_at: at}).where(AwardResult.id == found.id)
    await AwardPrize.update({AwardPrize.ended_at: at}).where(
        AwardPrize.result == found.id, AwardPrize.handed_at.is_null(), AwardPrize.ended_at.is_null()
    )
    if found.store_id is not None:
        await honours.end_badge(found.store_id, str(found.award), cycle.ref, at)


async def _take_back(cycle: Cycle, found: Result, reason: str, at: datetime) -> int:
    await _end(cycle, found, at)
    params = {"label": cycle.label}
    await notify(found.person_id, "award_taken_back", params, at, way=f"/awards/mine/{cycle.ref}")
    row = AwardResult(
        cycle=cycle.id,
        award=str(found.award),
        candidate=found.candidate_id,
        nomination=found.nomination_id,
        person=found.person_id,
        store=found.store_id,
        taken_back=True,
        corrects=found.id,
        reason=reason,
        at=at,
    )
    return int((await AwardResult.insert(row).returning(AwardResult.id))[0]["id"])


async def _move_up(cycle: Cycle, found: Result, vacated: int, reason: str, at: datetime) -> None:
    """From the vacated place on, who stood below takes it, and the next of the ranks the last one."""
    standing = {
        each.award: each
        for each in await winners.results("r.cycle = {} AND r.superseded_at IS NULL AND NOT r.taken_back", cycle.id)
        if each.award in PLACES
    }
    below = [standing[award] for award in PLACES[PLACES.index(found.award) + 1 :] if award in standing]
    movers = [(each.candidate_id, each.person_id, each.store_id) for each in below]
    fresh = await _next(cycle)
    if fresh is not None:
        movers.append((fresh.id, fresh.person_id, fresh.store_id))
    corrected = [vacated, *(each.id for each in below)]
    for each in below:
        await _end(cycle, each, at)
    for award, corrects, mover in zip(PLACES[PLACES.index(found.award) :], corrected, movers, strict=False):
        candidate_id, person_id, store_id = mover
        await give(
            cycle,
            award,
            at,
            person_id=person_id,
            store_id=store_id,
            candidate_id=candidate_id,
            corrects=corrects,
            reason=reason,
        )


async def _next(cycle: Cycle) -> Candidate | None:
    """The first of the ranks who has never had a place in this cycle."""
    placed = await winners.results("r.cycle = {} AND r.award IN ('champion', 'runner_up', 'third')", cycle.id)
    people = {each.person_id for each in placed}
    leading = await queries.leaders(cycle.id, len(people) + 1)
    return next((each for each in leading if each.person_id not in people), None)
