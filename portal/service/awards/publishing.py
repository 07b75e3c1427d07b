"""Publication by two admins: who won is written down, badges are given, everybody concerned hears of it, each once."""

from collections.abc import Sequence
from datetime import datetime

from portal.core.base import audit, events
from portal.core.base.audit import Actor
from portal.core.base.database import hold, reading, writing
from portal.core.base.refusals import Forbidden, Refused
from portal.core.notices.actions import notify
from portal.core.stores import honours
from portal.service.awards import cycles, nominations, queries
from portal.service.awards.cycles import Cycle, advance
from portal.service.awards.queries import Candidate
from portal.service.awards.reviewing import own, refuse_unsaid
from portal.service.awards.rules import PLACES, Award, Scope, State, Subject, best_service
from portal.service.awards.tables import AwardCycle, AwardResult

BATCH = 200
PUBLISHED = "award.published"


async def propose(actor: Actor, person_id: int, ref: str, at: datetime) -> None:
    """Say that a cycle may be published as it stands.

    Raises NotFound, Forbidden `award_own`, Refused: `award_not_ready`, `award_unsaid`, `award_stars_unpublished`.
    """
    async with writing():
        cycle = await cycles.held(ref)
        if await own(person_id, cycle.id):
            raise Forbidden("award_own")
        if cycle.state is not State.READY:
            raise Refused("award_not_ready", way=cycle.way)
        await refuse_unsaid(cycle)
        await _refuse_unpublished_stars(cycle)
        await advance(cycle, State.PROPOSED, proposed_by=person_id, proposed_at=at)
        await audit.record(actor, "awards.proposed", ("award_cycle", cycle.id), at, {"ref": ref})


async def _refuse_unpublished_stars(cycle: Cycle) -> None:
    """Awards would tell of stars that nobody has published yet."""
    if cycle.subject is Subject.AGENT:
        return
    rows = await AwardCycle.raw("SELECT published_at FROM star_runs WHERE month = {}", cycle.span.last_month)
    if not rows or rows[0]["published_at"] is None:
        raise Refused("award_stars_unpublished", {"month": cycle.span.last_month}, way="/admin/stars")


async def take_back(actor: Actor, person_id: int, ref: str, at: datetime) -> None:
    """What was proposed is not published. Raises NotFound, Refused `award_not_proposed`."""
    async with writing():
        cycle = await cycles.held(ref)
        if cycle.state is not State.PROPOSED:
            raise Refused("award_not_proposed", way=cycle.way)
        await advance(cycle, State.READY, proposed_by=None, proposed_at=None)
        await audit.record(actor, "awards.taken_back", ("award_cycle", cycle.id), at, {"ref": ref, "by": person_id})


async def confirm(actor: Actor, person_id: int, ref: str, at: datetime) -> None:
    """Publish what another has proposed: the first places at once, a long list of five stars in batches.

    Raises NotFound, Forbidden (`award_own`, `award_own_proposal`), Refused `award_not_proposed`.
    """
    async with writing():
        cycle = await cycles.held(ref)
        if cycle.state is not State.PROPOSED:
            raise Refused("award_not_proposed", way=cycle.way)
        if cycle.proposed_by == person_id:
            raise Forbidden("award_own_proposal")
        if await own(person_id, cycle.id):
            raise Forbidden("award_own")
        await advance(cycle, State.PUBLISHING, confirmed_by=person_id, confirmed_at=at)
        await audit.record(actor, "awards.confirmed", ("award_cycle", cycle.id), at, {"ref": ref})
        await _first_places(cycle, at)
        await _batch(cycle.id, at)
        await _batch(cycle.id, at)


async def _first_places(cycle: Cycle, at: datetime) -> None:
    leading = await queries.leaders(cycle.id, len(PLACES))
    for award, one in zip(PLACES, leading, strict=False):
        await give(cycle, award, at, person_id=one.person_id, store_id=one.store_id, candidate_id=one.id)
    if cycle.subject is Subject.OWNER and cycle.scope is Scope.PLATFORM:
        found = await nominations.of_cycle(cycle.id)
        best = best_service({each.id: each.marks for each in found}, nominations.lots(cycle, found))
        for each in found:
            if each.id == best and not await _left_out(cycle, each.person_id):
                await give(
                    cycle,
                    Award.BEST_SERVICE,
                    at,
                    person_id=each.person_id,
                    store_id=each.store_id,
                    nomination_id=each.id,
                )


async def _left_out(cycle: Cycle, person_id: int) -> bool:
    found = await queries.of_person(cycle.id, person_id)
    return found is not None and found.out


async def give(
    cycle: Cycle,
    award: Award,
    at: datetime,
    *,
    person_id: int,
    store_id: int | None,
    candidate_id: int | None = None,
    nomination_id: int | None = None,
    corrects: int | None = None,
    reason: str | None = None,
) -> int:
    """Write down who won, give the badge, tell her; in the caller's transaction. Returns the result's id."""
    row = AwardResult(
        cycle=cycle.id,
        award=str(award),
        candidate=candidate_id,
        nomination=nomination_id,
        person=person_id,
        store=store_id,
        taken_back=False,
        corrects=corrects,
        reason=reason,
        at=at,
    )
    made = int((await AwardResult.insert(row).returning(AwardResult.id))[0]["id"])
    if store_id is not None:
        await honours.give_badge(store_id, str(award), cycle.ref, cycle.label, at)
    params = {"label": cycle.label, "ref": cycle.ref, "name": cycle.name}
    await notify(person_id, f"award_{award}", params, at, way=f"/awards/mine/{cycle.ref}")
    return made


async def work(cycle_id: int, at: datetime) -> bool:
    """Publish the next batch of five stars; False where nothing is left."""
    async with writing():
        return await _batch(cycle_id, at)


async def _batch(cycle_id: int, at: datetime) -> bool:
    await hold("award_cycles", cycle_id)
    cycle = await cycles.by_id(cycle_id)
    if cycle.state is not State.PUBLISHING:
        return False
    found: Sequence[Candidate] = []
    if cycle.subject is Subject.OWNER:
        found = await queries.five_stars(cycle.id, cycle.after, BATCH)
    if not found:
        if await advance(cycle, State.PUBLISHED, 0, cycle.done, published_at=at):
            await events.emit(PUBLISHED, f"award:{cycle.ref}", {"cycle": cycle.id, "correction": None}, at)
        return False
    if await advance(cycle, State.PUBLISHING, found[-1].id, cycle.done + len(found)):
        for one in found:
            await give(cycle, Award.FIVE_STAR, at, person_id=one.person_id, store_id=one.store_id, candidate_id=one.id)
    return True


async def publishing() -> list[int]:
    """The cycles that are being published."""
    async with reading():
        rows = await AwardCycle.raw("SELECT id FROM award_cycles WHERE state = 'publishing' ORDER BY id")
    return [int(row["id"]) for row in rows]
