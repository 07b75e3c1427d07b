"""Taking a confirmed violation's points away again: a row that says what it corrects; nothing is rewritten."""

from datetime import datetime

from certification.rights.actions import reconsider
from certification.rights.appeal_tables import Correction
from certification.rights.rules import POINTS_THRESHOLD, ViolationFact, still_earned
from certification.rights.tables import Measure, Violation
from courses.assignment import actions as assignments
from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import writing
from portal.core.base.refusals import Refused
from portal.core.notices import actions as notices
from portal.core.stores import queries as stores
from portal.core.web.viewer import Viewer

CORRECTED = "corrected"


async def correct(viewer: Viewer, violation: Violation, cause: str, reason: str, at: datetime) -> bool:
    """Let the points of a confirmed violation fall away, in the caller's transaction; False where they did before.

    A suspension that only those points carried ends with them, and its remedial curriculum is withdrawn.
    """
    made = await Correction.raw(
        "INSERT INTO violation_corrections (violation, cause, reason, made_by, at) VALUES ({}, {}, {}, {}, {})"
        " ON CONFLICT DO NOTHING RETURNING id",
        violation.id,
        cause,
        reason,
        viewer.person_id,
        at,
    )
    if not made:
        return False
    facts = {"store": violation.store, "cause": cause, "points": violation.points}
    await audit.record(viewer.actor, "violation.corrected", ("violation", violation.id), at, facts)
    await _end_suspension(viewer.actor, violation.store, at)
    await reconsider(viewer.actor, violation.store, "correction", at)
    return True


async def fall_away(viewer: Viewer, violation_id: int, reason: str, at: datetime) -> bool:
    """Correct a confirmed violation because what it rested on was found to be otherwise, and tell its owner and
    who had confirmed it. False where it was not confirmed, or counts no more already."""
    async with writing():
        violation = await Violation.objects().get(Violation.id == violation_id)
        if violation is None or violation.state != "confirmed":
            return False
        if not await correct(viewer, violation, "finding", reason, at):
            return False
        await tell_owner(violation, "rights.points_back", at)
        if violation.decided_by not in (None, viewer.person_id):
            await notices.notify(violation.decided_by, "rights.points_taken_back", {}, at, way="/admin/proposals")
    return True


async def tell_owner(violation: Violation, kind: str, at: datetime) -> None:
    """The owner of the store hears what became of a violation's points."""
    store = await stores.store(violation.store)
    assert store is not None
    way = f"/right/violations/{violation.id}"
    await notices.notify(store.owner_id, kind, {"points": violation.points}, at, way=way)


_COUNTED = (
    "SELECT v.points, v.decided_at FROM violations v WHERE v.store = {} AND v.state = 'confirmed'"
    " AND NOT EXISTS (SELECT 1 FROM violation_corrections c WHERE c.violation = v.id) ORDER BY v.decided_at"
)


async def _end_suspension(actor: Actor, store_id: int, at: datetime) -> None:
    """End the suspension by points where what is left would never have brought it about."""
    running = Measure.objects().where(Measure.store == store_id, Measure.cause == "points", Measure.lifted_at.is_null())
    for measure in await running:
        rows = await Violation.raw(_COUNTED, store_id)
        left = [ViolationFact(row["points"], row["decided_at"]) for row in rows]
        if still_earned(left, await _cleared_before(store_id), measure.started_at, POINTS_THRESHOLD):
            continue
        ended = (
            await Measure.update({Measure.lifted_at: at, Measure.lift_cause: CORRECTED})
            .where(Measure.id == measure.id, Measure.lifted_at.is_null())
            .returning(Measure.id)
        )
        if ended:
            await audit.record(actor, "measure.lifted", ("measure", measure.id), at, {"cause": CORRECTED})
            await _withdraw_remedial(actor, measure.remedial, at)


async def _cleared_before(store_id: int) -> datetime | None:
    rows = await Measure.raw(
        "SELECT lifted_at FROM measures WHERE store = {} AND cause = 'points' AND lifted_at IS NOT NULL"
        " AND lift_cause <> {} ORDER BY lifted_at DESC LIMIT 1",
        store_id,
        CORRECTED,
    )
    return rows[0]["lifted_at"] if rows else None


async def _withdraw_remedial(actor: Actor, assignment_id: int | None, at: datetime) -> None:
    if assignment_id is None:
        return
    carried = await Measure.exists().where(Measure.remedial == assignment_id, Measure.lifted_at.is_null())
    if carried:
        return  # an admin's measure rests on the same course
    try:
        await assignments.cancel(actor, assignment_id, at)
    except Refused:
        return  # she has closed it already
