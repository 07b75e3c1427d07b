"""Reconsidering a right whenever something that it rests on has changed, and asking it at a door.

`reconsider` runs in the transaction of its cause: the last lesson, the passed exam, the returned kit. In it finished
registrations become certificates or lift suspensions, the gate decides, and a new answer is kept with its facts, told
to the owner, and sent to the shop.
"""

import json
from datetime import datetime

import msgspec

from certification.rights import listing, queries, staffing
from certification.rights.certifying import certify
from certification.rights.queries import PURPOSE, Standing
from certification.rights.rules import RULES_VERSION, Status
from certification.rights.tables import Decision, Measure, ShareRight
from courses.assignment import actions as assignments
from courses.assignment import queries as assigned
from portal.core.base import audit, events
from portal.core.base.audit import SYSTEM, Actor
from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.base.hooks import LearningFact, StoreFact
from portal.core.base.refusals import NotFound, Refused
from portal.core.notices import actions as notices
from portal.core.stores import queries as stores
from portal.core.stores.queries import StoreInfo

REMEDIAL = "remedial"


async def reconsider(actor: Actor, store_id: int, cause: str, at: datetime) -> Standing:
    """Decide afresh and keep what is new. Raises NotFound for a store that is not there."""
    async with writing():
        # One at a time for each store: whoever comes second decides on what the first has written.
        await Decision.raw("UPDATE stores SET changed_at = changed_at WHERE id = {}", store_id)
        store = await stores.store(store_id)
        if store is None:
            raise NotFound
        await _settle_learning(actor, store, at)
        standing = await queries.standing_of(store, at)
        if standing.is_news:
            await _keep(actor, standing, cause, at)
            await _assign_again(standing, at)
            standing = await queries.standing_of(store, at)
        else:
            await ShareRight.update({ShareRight.recheck_at: standing.decision.recheck_at}).where(
                ShareRight.store == store_id
            )
    return standing


async def _settle_learning(actor: Actor, store: StoreInfo, at: datetime) -> None:
    """Turn registrations that are whole into what they were for: a certificate, or the end of a suspension."""
    for assignment in await assigned.open_assignments(store.owner_id):
        if assignment.curriculum_version_id is None or not (await queries.evidence(assignment.id)).whole:
            continue
        await assignments.complete(assignment.id, at)
        if assignment.purpose == PURPOSE:
            await certify(actor, assignment, PURPOSE, store.owner_name, store.name, at)
        elif assignment.purpose == staffing.PURPOSE:
            await staffing.settle(actor, assignment, at)
        await _lift_by_learning(actor, assignment.id, at)


async def _lift_by_learning(actor: Actor, assignment_id: int, at: datetime) -> None:
    lifted = (
        await Measure.update({Measure.lifted_at: at, Measure.lift_cause: "remedial"})
        .where(Measure.remedial == assignment_id, Measure.lifted_at.is_null())
        .returning(Measure.id)
    )
    for row in lifted:
        await audit.record(actor, "measure.lifted", ("measure", row["id"]), at, {"cause": "remedial"})


async def _keep(actor: Actor, standing: Standing, cause: str, at: datetime) -> None:
    decision = standing.decision
    rows = await Decision.insert(
        Decision(
            store=standing.store.id,
            decided_at=at,
            cause=cause,
            rules_version=RULES_VERSION,
            facts=msgspec.json.encode(standing.facts).decode(),
            status=decision.status,
            may_share=decision.may_share,
            reasons=msgspec.json.encode(decision.reasons).decode(),
            valid_until=decision.valid_until,
        )
    )
    decision_id = int(rows[0]["id"])
    await ShareRight.raw(
        "INSERT INTO share_rights (store, decision, status, may_share, valid_until, recheck_at, changed_at)"
        " VALUES ({}, {}, {}, {}, {}, {}, {}) ON CONFLICT (store) DO UPDATE SET decision = excluded.decision,"
        " status = excluded.status, may_share = excluded.may_share, valid_until = excluded.valid_until,"
        " recheck_at = excluded.recheck_at, changed_at = excluded.changed_at",
        standing.store.id,
        decision_id,
        str(decision.status),
        decision.may_share,
        decision.valid_until,
        decision.recheck_at,
        at,
    )
    codes = [reason.code for reason in decision.unmet]
    facts = {"decision": decision_id, "status": str(decision.status), "unmet": codes, "cause": cause}
    await audit.record(actor, "right.decided", ("store", standing.store.id), at, facts)
    await _tell(standing, decision_id, at)


async def _tell(standing: Standing, decision_id: int, at: datetime) -> None:
    """Tell the owner in a notice, and the shop by an event."""
    kind = notice_kind(standing)
    if kind is not None:
        until = standing.decision.valid_until
        params = {"valid_until_at": until.isoformat()} if until else {}
        await notices.notify(standing.store.owner_id, kind, params, at, way="/right")
    if standing.kept is not None and standing.kept.decision.grants_the_same(standing.decision):
        return  # another reason for the same answer: nothing that the shop would do differently
    subject = f"store:{standing.store.external_id}"
    await events.emit("share_right.changed", subject, {"decision": decision_id}, at)


def notice_kind(standing: Standing) -> str | None:
    """What to tell her: what she gained or lost, or that something runs out; nothing where nothing changed for her."""
    before, decision = standing.kept, standing.decision
    if decision.may_share:
        if before is None or not before.decision.may_share:
            earlier = before is not None and before.decision.status is not Status.LEARNING
            return "rights.restored" if earlier else "rights.granted"
        turned_due = decision.status is Status.DUE and before.decision.status is Status.LICENSED
        return "rights.due" if turned_due else None
    if before is None or before.decision.status is decision.status:
        return None
    if decision.status is Status.LEARNING:
        return "rights.learning"
    return f"rights.{decision.status}"


async def _assign_again(standing: Standing, at: datetime) -> None:
    """A right that runs out is renewed by a new registration: assign it as soon as the rule says so."""
    certificate = standing.facts.certificate
    if certificate is None or not standing.store.open:
        return
    if standing.decision.status in (Status.DUE, Status.EXPIRED):
        await assign(SYSTEM, standing.store.owner_id, PURPOSE, "renewal", at)


async def assign(actor: Actor, person_id: int, purpose: str, cause: str, at: datetime) -> int | None:
    """Give the curriculum of a purpose; None where this platform has none (a suspension then ends by word only)."""
    try:
        assignment_id, _ = await assignments.assign_by_purpose(actor, person_id, purpose, cause, at)
    except Refused:
        return None
    return assignment_id


async def require_right(actor: Actor, store_id: int, cause: str, at: datetime) -> int:
    """Ask the gate at a door, in the door's own transaction: the id of the decision that says yes.

    Raises Refused("share_right"), whose way on is the page that explains it.
    """
    async with writing():
        standing = await queries.standing(store_id, at)
        if standing is None:
            raise NotFound
        if standing.is_news:
            standing = await reconsider(actor, store_id, cause, at)
        if not standing.decision.may_share or standing.kept is None:
            raise Refused("share_right", way="/share", status=403)
    return standing.kept.id


async def explained(actor: Actor, store_id: int, at: datetime) -> Standing:
    """The standing with a kept decision for every answer that a person or program is given."""
    async with reading():
        store = await stores.store(store_id)
    if store is None:
        raise NotFound
    return await explained_of(actor, store, at)


async def explained_of(actor: Actor, store: StoreInfo, at: datetime) -> Standing:
    """The same of a store that was read just now."""
    async with reading():
        standing = await queries.standing_of(store, at)
    return await reconsider(actor, store.id, "asked", at) if standing.is_news else standing


async def on_store(fact: StoreFact) -> None:
    """Hook: a store opened, closed, reopened, or its kit went back."""
    await reconsider(fact.actor, fact.store_id, "store", fact.at)


async def on_learning(fact: LearningFact) -> None:
    """Hook: a course was finished or an exam graded. Without a store there may be staff to certify."""
    async with writing():
        store = await stores.store_of_owner(fact.person_id)
        if store is not None:
            await reconsider(fact.actor, store.id, "learning", fact.at)
        else:
            await _settle_without_store(fact)


async def _settle_without_store(fact: LearningFact) -> None:
    # One at a time for each registration: whoever comes second sees what the first has finished.
    await Decision.raw("UPDATE assignments SET required = required WHERE id = {}", fact.assignment_id)
    if not (await queries.evidence(fact.assignment_id)).whole:
        return
    assignment = await assigned.assignment(fact.assignment_id)
    closed = await assignments.complete(fact.assignment_id, fact.at)
    if closed and assignment is not None and assignment.purpose == staffing.PURPOSE:
        await staffing.settle(fact.actor, assignment, fact.at)


def facts_as_shown(standing: Standing) -> dict[str, object]:
    """The facts of a decision as plain data, for whoever wants to check it."""
    return dict(json.loads(msgspec.json.encode(standing.facts)))


async def recheck_due() -> int:
    """Sweep: reconsider every store whose answer time has changed; returns how many. Catches up after downtime."""
    done = 0
    while True:
        at = now()
        async with reading():
            due = await listing.due_for_recheck(at, 200)
        for store_id in due:
            await reconsider(SYSTEM, store_id, "time", at)
        done += len(due)
        if len(due) < 200:
            return done
