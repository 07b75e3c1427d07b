"""What takes the right away for a time and gives it back: violations and points, suspensions, revocations, overrides.

Two people stand behind everything that takes points or overrides the gate; nobody acts on her own store.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from certification.certificates import queries as certificates
from certification.rights.actions import REMEDIAL, assign, reconsider
from certification.rights.queries import PURPOSE
from certification.rights.rules import (
    POINTS,
    POINTS_THRESHOLD,
    Category,
    ViolationFact,
    may_decide,
    points_in_force,
)
from certification.rights.tables import Measure, Override, Violation
from portal.core.base import audit
from portal.core.base.audit import SYSTEM
from portal.core.base.database import writing
from portal.core.base.refusals import NotFound, Refused
from portal.core.notices import actions as notices
from portal.core.stores import queries as stores
from portal.core.stores.queries import StoreInfo
from portal.core.web.viewer import Viewer


async def _store_of_another(viewer: Viewer, store_id: int) -> StoreInfo:
    store = await stores.store(store_id)
    if store is None:
        raise NotFound
    if store.owner_id == viewer.person_id:
        raise Refused("own_right", status=403)
    return store


async def report_violation(
    viewer: Viewer, store_id: int, category: Category, occurred_at: datetime, evidence: str, at: datetime
) -> int:
    """Propose a violation; it counts once another person has confirmed it. Raises Refused for one in the future."""
    async with writing():
        await _store_of_another(viewer, store_id)
        if occurred_at > at:
            raise Refused("in_future", field="occurred_on", status=422)
        rows = await Violation.insert(
            Violation(
                store=store_id,
                category=category,
                points=POINTS[category],
                occurred_at=occurred_at,
                evidence=evidence,
                state="proposed",
                proposed_by=viewer.person_id,
                proposed_at=at,
            )
        )
        violation_id = int(rows[0]["id"])
        facts = {"store": store_id, "category": str(category), "points": POINTS[category]}
        await audit.record(viewer.actor, "violation.proposed", ("violation", violation_id), at, facts)
    return violation_id


async def decide_violation(viewer: Viewer, violation_id: int, *, confirm: bool, note: str, at: datetime) -> int:
    """Confirm or dismiss a proposal of somebody else's; returns the store's id.

    Confirming takes its points; at the threshold the store is suspended, the remedial curriculum assigned.
    """
    async with writing():
        violation = await Violation.objects().get(Violation.id == violation_id)
        if violation is None:
            raise NotFound
        await _store_of_another(viewer, violation.store)
        if not may_decide(violation.proposed_by, viewer.person_id):
            raise Refused("second_person", status=403)
        decided = (
            await Violation.update(
                {
                    Violation.state: "confirmed" if confirm else "dismissed",
                    Violation.decided_by: viewer.person_id,
                    Violation.decided_at: at,
                    Violation.decision_note: note or None,
                }
            )
            .where(Violation.id == violation_id, Violation.state == "proposed")
            .returning(Violation.id)
        )
        if not decided:
            raise Refused("decided_already")
        act = "violation.confirmed" if confirm else "violation.dismissed"
        await audit.record(viewer.actor, act, ("violation", violation_id), at, {"store": violation.store})
        if confirm:
            await _count_points(viewer, violation, at)
    return int(violation.store)


async def withdraw_violation(viewer: Viewer, violation_id: int, at: datetime) -> bool:
    """Take a proposal back because what it rested on was found to be otherwise; False where it was decided before."""
    async with writing():
        gone = (
            await Violation.update(
                {
                    Violation.state: "dismissed",
                    Violation.decided_by: viewer.person_id,
                    Violation.decided_at: at,
                }
            )
            .where(Violation.id == violation_id, Violation.state == "proposed")
            .returning(Violation.store)
        )
        for row in gone:
            subject = ("violation", violation_id)
            await audit.record(viewer.actor, "violation.withdrawn", subject, at, {"store": row["store"]})
    return bool(gone)


async def standing_violation(violation_id: int) -> Category | None:
    """The category of a violation that is confirmed and not corrected; None otherwise. Call inside a door."""
    rows = await Violation.raw(
        "SELECT v.category FROM violations v WHERE v.id = {} AND v.state = 'confirmed'"
        " AND NOT EXISTS (SELECT 1 FROM violation_corrections c WHERE c.violation = v.id)",
        violation_id,
    )
    return Category(rows[0]["category"]) if rows else None


# What is confirmed and not corrected, each row with the last time that the slate was cleared.
_CONFIRMED = (
    "SELECT v.points, v.decided_at, c.lifted_at FROM violations v LEFT JOIN (SELECT m.store, m.lifted_at"
    " FROM measures m WHERE m.store = {} AND m.cause = 'points' AND m.lifted_at IS NOT NULL"
    " AND m.lift_cause <> 'corrected' ORDER BY m.lifted_at DESC LIMIT 1) c"
    " ON c.store = v.store WHERE v.store = {} AND v.state = 'confirmed'"
    " AND NOT EXISTS (SELECT 1 FROM violation_corrections k WHERE k.violation = v.id)"
)


async def points_of(store_id: int, at: datetime) -> int:
    """The points that count for a store at this instant. Call inside a door."""
    rows = await Violation.raw(_CONFIRMED, store_id, store_id)
    facts = [ViolationFact(row["points"], row["decided_at"]) for row in rows]
    return points_in_force(facts, rows[0]["lifted_at"] if rows else None, at)


def points_among(
    violations: Iterable[Violation], taken: Iterable[Measure], corrected: Collection[int], at: datetime
) -> int:
    """The same from a store's violations, measures and corrected violations' ids that were read already."""
    counted = [one for one in violations if one.state == "confirmed" and one.id not in corrected]
    facts = [ViolationFact(one.points, one.decided_at) for one in counted]
    ended = [one for one in taken if one.cause == "points" and one.lift_cause not in (None, "corrected")]
    cleared = [one.lifted_at for one in ended]
    return points_in_force(facts, max(cleared, default=None), at)


async def _count_points(viewer: Viewer, violation: Violation, at: datetime) -> None:
    store = await stores.store(violation.store)
    assert store is not None
    total = await points_of(store.id, at)
    params = {"points": violation.points, "total": total, "threshold": POINTS_THRESHOLD}
    await notices.notify(store.owner_id, "rights.points", params, at, way="/right")
    if total >= POINTS_THRESHOLD:
        remedial = await assign(SYSTEM, store.owner_id, REMEDIAL, "violation", at)
        suspended = await Measure.raw(
            "INSERT INTO measures (store, kind, cause, reason, made_by, started_at, remedial)"
            " VALUES ({}, 'suspension', 'points', {}, {}, {}, {}) ON CONFLICT DO NOTHING RETURNING id",
            store.id,
            violation.category,
            viewer.person_id,
            at,
            remedial,
        )
        for row in suspended:
            await audit.record(viewer.actor, "measure.made", ("measure", row["id"]), at, {"cause": "points"})
    await reconsider(viewer.actor, store.id, "violation", at)


async def suspend(
    viewer: Viewer, store_id: int, *, kind: str, reason: str, ends_at: datetime, remedial: bool, at: datetime
) -> int:
    """Suspend or revoke by an admin's word until a day; with `remedial`, passing that curriculum ends it sooner."""
    async with writing():
        store = await _store_of_another(viewer, store_id)
        if ends_at <= at:
            raise Refused("past", field="until", status=422)
        assigned = await assign(viewer.actor, store.owner_id, REMEDIAL, "violation", at) if remedial else None
        rows = await Measure.insert(
            Measure(
                store=store_id,
                kind=kind,
                cause="admin",
                reason=reason,
                made_by=viewer.person_id,
                started_at=at,
                ends_at=ends_at,
                remedial=assigned,
            )
        )
        measure_id = int(rows[0]["id"])
        facts = {"store": store_id, "kind": kind, "ends_at": ends_at.isoformat()}
        await audit.record(viewer.actor, "measure.made", ("measure", measure_id), at, facts)
        await reconsider(viewer.actor, store_id, kind, at)
    return measure_id


async def propose_override(
    viewer: Viewer,
    store_id: int,
    *,
    kind: str,
    reason: str,
    until: datetime | None,
    measure_id: int | None,
    at: datetime,
) -> int:
    """Propose to bridge an expired certificate or to lift a suspension; a second admin confirms.

    Raises Refused where there is no earlier certificate to bridge: no override replaces a first certification.
    """
    async with writing():
        store = await _store_of_another(viewer, store_id)
        certificate_id = None
        if kind == "bridge":
            certificate_id = await _bridgeable(store, until, at)
        else:
            await _liftable(store_id, measure_id)
        rows = await Override.insert(
            Override(
                store=store_id,
                kind=kind,
                reason=reason,
                until=until if kind == "bridge" else None,
                certificate=certificate_id,
                measure=measure_id if kind == "lift" else None,
                proposed_by=viewer.person_id,
                proposed_at=at,
            )
        )
        override_id = int(rows[0]["id"])
        facts = {"store": store_id, "kind": kind}
        await audit.record(viewer.actor, "override.proposed", ("override", override_id), at, facts)
    return override_id


async def _bridgeable(store: StoreInfo, until: datetime | None, at: datetime) -> int:
    counting = await certificates.counting(store.owner_id, PURPOSE)
    if counting is None or counting.info.revoked_at is not None:
        raise Refused("bridge_needs_certificate")
    if until is None or until <= at:
        raise Refused("past", field="until", status=422)
    return counting.info.id


async def _liftable(store_id: int, measure_id: int | None) -> None:
    found = await Measure.exists().where(
        Measure.id == (measure_id or 0), Measure.store == store_id, Measure.lifted_at.is_null()
    )
    if not found:
        raise Refused("nothing_to_lift")


async def settle_override(viewer: Viewer, override_id: int, *, confirm: bool, at: datetime) -> int:
    """Confirm or decline another admin's proposal; returns the store's id."""
    async with writing():
        override = await Override.objects().get(Override.id == override_id)
        if override is None:
            raise NotFound
        await _store_of_another(viewer, override.store)
        if confirm and not may_decide(override.proposed_by, viewer.person_id):
            raise Refused("second_person", status=403)
        who, when = (
            (Override.confirmed_by, Override.confirmed_at) if confirm else (Override.declined_by, Override.declined_at)
        )
        settled = (
            await Override.update({who: viewer.person_id, when: at})
            .where(Override.id == override_id, Override.confirmed_at.is_null(), Override.declined_at.is_null())
            .returning(Override.id)
        )
        if not settled:
            raise Refused("decided_already")
        act = "override.confirmed" if confirm else "override.declined"
        await audit.record(viewer.actor, act, ("override", override_id), at, {"store": override.store})
        if confirm and override.measure is not None:
            await Measure.update(
                {Measure.lifted_at: at, Measure.lifted_by: viewer.person_id, Measure.lift_cause: "override"}
            ).where(Measure.id == override.measure, Measure.lifted_at.is_null())
        if confirm:
            await reconsider(viewer.actor, override.store, "override", at)
    return int(override.store)
