"""Review: a reviewer keeps or leaves out, with a reason and never herself; the window for objections; back again."""

from datetime import datetime

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import writing
from portal.core.base.refusals import Forbidden, NotFound, Refused
from portal.core.notices.actions import notify
from portal.service.awards import cycles, queries
from portal.service.awards.cycles import Cycle, advance
from portal.service.awards.queries import Candidate
from portal.service.awards.rules import APPEAL_WITHIN, PLACES, State, Subject
from portal.service.awards.tables import AwardCandidate, AwardRuling

MINE = "/awards/mine"


async def own(person_id: int, cycle_id: int) -> bool:
    """Whether somebody is a candidate herself."""
    return await AwardCandidate.exists().where(AwardCandidate.cycle == cycle_id, AwardCandidate.person == person_id)


async def rule(
    actor: Actor, person_id: int, candidate_id: int, reason: str, at: datetime, *, kept: bool, gaming: bool = False
) -> None:
    """Keep a candidate or leave her out; once the window is over nobody is left out any more without a new one.

    Raises NotFound, Forbidden `award_own`, Refused `award_not_in_review`.
    """
    async with writing():
        found = await queries.candidate(candidate_id)
        if found is None or found.place is None:
            raise NotFound
        cycle = await cycles.held((await cycles.by_id(found.cycle_id)).ref)
        if found.person_id == person_id:
            raise Forbidden("award_own")
        if cycle.state is not State.REVIEW and not (kept and cycle.state is State.READY):
            raise Refused("award_not_in_review", way=cycle.way)
        await put_ruling(found.id, person_id, reason, at, kept=kept, gaming=gaming)
        facts = {"kept": kept, "gaming": gaming}
        await audit.record(actor, "awards.ruled", ("award_candidate", found.id), at, facts)


async def put_ruling(
    candidate_id: int,
    person_id: int,
    reason: str,
    at: datetime,
    *,
    kept: bool,
    gaming: bool = False,
    admitted: bool = False,
) -> None:
    """A word that stands instead of the one before, in the caller's transaction."""
    await AwardRuling.update({AwardRuling.superseded_at: at}).where(
        AwardRuling.candidate == candidate_id, AwardRuling.superseded_at.is_null()
    )
    await AwardRuling.insert(
        AwardRuling(
            candidate=candidate_id,
            kept=kept,
            gaming=gaming and not kept,
            admitted=admitted,
            reason=reason,
            by_person=person_id,
            at=at,
        )
    )


async def open_window(actor: Actor, person_id: int, ref: str, at: datetime) -> None:
    """End the review: from now on candidates may object, for a week.

    Raises NotFound, Forbidden `award_own`, Refused: `award_not_in_review`, `award_unsaid`.
    """
    async with writing():
        cycle = await cycles.held(ref)
        if await own(person_id, cycle.id):
            raise Forbidden("award_own")
        if cycle.state is not State.REVIEW:
            raise Refused("award_not_in_review", way=cycle.way)
        await refuse_unsaid(cycle)
        until = at + APPEAL_WITHIN
        await advance(cycle, State.APPEAL, opened_by=person_id, appeal_until=until)
        await audit.record(actor, "awards.window_opened", ("award_cycle", cycle.id), at, {"ref": cycle.ref})
        await _tell(cycle, until, at)


async def refuse_unsaid(cycle: Cycle) -> None:
    """Raises Refused `award_unsaid` while a clear signal of who may win has nobody's word."""
    unsaid = await queries.unsaid(cycle.id)
    if unsaid:
        raise Refused("award_unsaid", {"count": len(unsaid)}, way=f"{cycle.way}?show=signals")


async def _tell(cycle: Cycle, until: datetime, at: datetime) -> None:
    """Who would win, and who was left out, hear of it; everybody else finds it on her page."""
    leading = await queries.leaders(cycle.id, len(PLACES))
    left = await queries.candidates("a.cycle = {} AND a.place IS NOT NULL AND NOT g.kept ORDER BY a.place", cycle.id)
    told: list[tuple[str, Candidate]] = [("award_leading", each) for each in leading]
    told += [("award_left_out", each) for each in left]
    for kind, each in told:
        params = {"label": cycle.label, "until_at": until, "place": each.place or 0}
        email = cycle.subject is Subject.OWNER
        await notify(each.person_id, kind, params, at, way=f"{MINE}/{cycle.ref}", email=email)


async def reopen(actor: Actor, person_id: int, ref: str, at: datetime) -> None:
    """Back to review: what is said there opens a new window. Raises NotFound, Forbidden `award_own`, Refused
    `award_not_ready`."""
    async with writing():
        cycle = await cycles.held(ref)
        if await own(person_id, cycle.id):
            raise Forbidden("award_own")
        if cycle.state is not State.READY:
            raise Refused("award_not_ready", way=cycle.way)
        await advance(cycle, State.REVIEW, proposed_by=None, proposed_at=None)
        await audit.record(actor, "awards.reopened", ("award_cycle", cycle.id), at, {"ref": cycle.ref})
