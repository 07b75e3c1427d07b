"""Judging a sample, appealing against the score, deciding the appeal: each once, nothing is ever taken away."""

from datetime import datetime

from portal.core.base import audit
from portal.core.base.database import hold, writing
from portal.core.base.refusals import Forbidden, NotFound, Refused
from portal.core.notices.actions import notify
from portal.core.people import queries as people
from portal.core.people.rules import Role
from portal.core.web.viewer import Viewer
from portal.service.quality import checklists, queries, training
from portal.service.quality.queries import AppealInfo, SampleInfo
from portal.service.quality.rules import (
    SHORTEST_NOTE,
    Appeal,
    Marks,
    Scored,
    appeal_no,
    marks_fault,
    may_judge,
    scored,
)
from portal.service.quality.tables import QualityAppeal, Review, ReviewMark, Sample

HOME = "/desk/quality"


def way_of(ref: str) -> str:
    return f"{HOME}/samples/{ref}"


async def held(ref: str) -> SampleInfo:
    """The sample with its row held to the end of the transaction. Raises NotFound."""
    await hold("quality_samples", ref, "ref")
    found = await queries.sample(ref)
    if found is None:
        raise NotFound
    return found


async def review(viewer: Viewer, ref: str, marks: Marks, text: str, checklist: int, at: datetime) -> Scored:
    """Score a sample, as the first judge or, of one in ten, the second; the agent is told of the first. Once there is
    an appeal nobody is second any more: she would have read what the first one said.

    Raises Forbidden for who had a part in it; Refused: `quality_marks`, `quality_care_needed`, `quality_nothing`,
    `quality_note_short` (422), `quality_scored` (409: others were faster), `checklist_moved_on` (409).
    """
    fault = marks_fault(marks)
    if fault is not None:
        raise Refused(fault, field="care" if fault == "quality_care_needed" else None, status=422)
    if len(text.strip()) < SHORTEST_NOTE:
        raise Refused("quality_note_short", {"least": SHORTEST_NOTE}, field="text", status=422)
    async with writing():
        info = await held(ref)
        if not may_judge(viewer.person_id, await queries.part_of(info)):
            raise Forbidden("quality_own_part")
        place = 2 if info.scored_at is not None else 1
        if info.second_at is not None or (place == 2 and (not info.twice or info.appeal is not None)):
            raise Refused("quality_scored", way=f"{HOME}/reviews")
        sheet = await checklists.current()
        if sheet.number != checklist:
            raise Refused("checklist_moved_on", way=way_of(ref))
        result = scored(marks, sheet.weights)
        await _keep(viewer, info, place, marks, result, text.strip(), sheet.number, at)
        await _mark_scored(info, place, result, at)
        facts = {"place": place, "score": result.score, "checklist": sheet.number}
        await audit.record(viewer.actor, "quality.scored", ("quality_sample", info.id), at, facts)
        return result


async def _keep(
    viewer: Viewer,
    info: SampleInfo,
    place: int,
    marks: Marks,
    result: Scored,
    text: str,
    number: int,
    at: datetime,
) -> None:
    rows = await Review.raw(
        "INSERT INTO quality_reviews (sample, place, person, checklist, score, capped, text, at)"
        " VALUES ({}, {}, {}, {}, {}, {}, {}, {}) ON CONFLICT DO NOTHING RETURNING id",
        info.id,
        place,
        viewer.person_id,
        number,
        result.score,
        result.capped,
        text,
        at,
    )
    if not rows:
        raise Refused("quality_scored", way=f"{HOME}/reviews")
    made = int(rows[0]["id"])
    await ReviewMark.insert(*(ReviewMark(review=made, step=str(step), mark=mark) for step, mark in marks.items()))


async def _mark_scored(info: SampleInfo, place: int, result: Scored, at: datetime) -> None:
    """The first judge's score counts; the second's tells how far judges agree."""
    if place == 2:
        await Sample.update({Sample.second_at: at}).where(Sample.id == info.id)
        return
    await Sample.update({Sample.score: result.score, Sample.scored_at: at}).where(Sample.id == info.id)
    params = {"ref": info.complaint_ref}
    await notify(info.agent_id, "quality_scored", params, at, way=way_of(info.ref), email=False)


# ---- appeals ----


async def appeal_score(viewer: Viewer, ref: str, text: str, at: datetime) -> None:
    """The agent does not accept her score, within seven days, once.

    Raises NotFound for others' samples; Refused `quality_appealed`, `quality_unscored`, `quality_appeal_over` (409),
    `quality_note_short` (422).
    """
    async with writing():
        info = await held(ref)
        if info.agent_id != viewer.person_id:
            raise NotFound
        no = appeal_no(info.scored_at, info.appeal is not None, at)
        if no is not None:
            raise Refused(no, way=way_of(ref))
        made = await make_appeal(viewer, text, at, sample=info.id)
        await audit.record(viewer.actor, "quality.appealed", ("quality_appeal", made), at, {"sample": info.id})
        await tell_judges(viewer.person_id, way_of(ref), at)


async def make_appeal(
    viewer: Viewer, text: str, at: datetime, *, sample: int | None = None, given: int | None = None
) -> int:
    """Write an appeal down. Raises Refused `quality_note_short`, `quality_appealed`."""
    if len(text.strip()) < SHORTEST_NOTE:
        raise Refused("quality_note_short", {"least": SHORTEST_NOTE}, field="text", status=422)
    rows = await QualityAppeal.raw(
        "INSERT INTO quality_appeals (agent, sample, training, text, state, at) VALUES ({}, {}, {}, {}, {}, {})"
        " ON CONFLICT DO NOTHING RETURNING id",
        viewer.person_id,
        sample,
        given,
        text.strip(),
        str(Appeal.OPEN),
        at,
    )
    if not rows:
        raise Refused("quality_appealed", way=HOME)
    return int(rows[0]["id"])


async def tell_judges(agent_id: int, way: str, at: datetime) -> None:
    """Desk leads, else admins, hear of an appeal; never the agent herself."""
    for role in (Role.DESK_LEAD, Role.ADMIN):
        judges = [each for each in await people.people_with_role(role) if each.id != agent_id]
        for each in judges:
            await notify(each.id, "quality_appeal", {}, at, way=way)
        if judges:
            return


async def decide_score(viewer: Viewer, ref: str, upheld: bool, reason: str, at: datetime) -> None:
    """Decide an appeal against a score, by somebody who had no part in it: upheld, the score counts no more, and
    a training that rested on it is given up where the figure without it is not proven weak any more.

    Raises Forbidden, NotFound, Refused `quality_appeal_decided` (409), `quality_note_short` (422).
    """
    async with writing():
        info = await held(ref)
        found = await queries.appeal(sample_id=info.id)
        if found is None:
            raise NotFound
        if not may_judge(viewer.person_id, await queries.part_of(info)):
            raise Forbidden("quality_own_part")
        await settle(viewer, found, upheld, reason, at)
        if upheld:
            await Sample.update({Sample.struck_at: at}).where(Sample.id == info.id)
            await training.reconsider(viewer.actor, info.agent_id, at)
        kind = "quality_appeal_upheld" if upheld else "quality_appeal_rejected"
        await notify(info.agent_id, kind, {"ref": info.complaint_ref}, at, way=way_of(ref))


async def settle(viewer: Viewer, found: AppealInfo, upheld: bool, reason: str, at: datetime) -> None:
    """An appeal's decision, once. Raises Refused `quality_appeal_decided`, `quality_note_short`."""
    if len(reason.strip()) < SHORTEST_NOTE:
        raise Refused("quality_note_short", {"least": SHORTEST_NOTE}, field="reason", status=422)
    state = Appeal.UPHELD if upheld else Appeal.REJECTED
    rows = await QualityAppeal.raw(
        "UPDATE quality_appeals SET state = {}, decided_by = {}, decided_at = {}, reason = {}"
        " WHERE id = {} AND state = 'open' RETURNING id",
        str(state),
        viewer.person_id,
        at,
        reason.strip(),
        found.id,
    )
    if not rows:
        raise Refused("quality_appeal_decided", way=f"{HOME}/reviews")
    await audit.record(viewer.actor, "quality.appeal_decided", ("quality_appeal", found.id), at, {"state": str(state)})


async def appeal_training(viewer: Viewer, training_id: int, text: str, at: datetime) -> None:
    """The agent does not accept a training, within seven days, once. Raises as `appeal_score` does."""
    async with writing():
        given = await training.training(training_id)
        if given is None or given.agent_id != viewer.person_id:
            raise NotFound
        no = appeal_no(given.at, given.appeal is not None, at)
        if no is not None:
            raise Refused(no, way=training.way_of(training_id))
        made = await make_appeal(viewer, text, at, given=training_id)
        await audit.record(viewer.actor, "quality.appealed", ("quality_appeal", made), at, {"training": training_id})
        await tell_judges(viewer.person_id, training.way_of(training_id), at)


async def decide_training(viewer: Viewer, training_id: int, upheld: bool, reason: str, at: datetime) -> None:
    """Decide an appeal against a training: upheld, the assignment is withdrawn. Raises as `decide_score` does."""
    async with writing():
        given = await training.training(training_id)
        found = await queries.appeal(training_id=training_id)
        if given is None or found is None:
            raise NotFound
        if given.agent_id == viewer.person_id:
            raise Forbidden("quality_own_part")
        await settle(viewer, found, upheld, reason, at)
        if upheld:
            await training.undo(viewer.actor, given, at)
        kind = "quality_training_undone" if upheld else "quality_training_stays"
        await notify(given.agent_id, kind, {}, at, way=training.way_of(training_id))
