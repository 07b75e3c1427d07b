"""The main job on a real database: from the starter kit to the share right, and no other way."""

import asyncio
import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from certification.certificates import queries as certificates
from certification.certificates.tables import Certificate
from certification.rights import actions, listing, measures, queries
from certification.rights.rules import Category, Status, replay
from certification.rights.tables import Decision, Violation
from courses.assignment import queries as assigned
from portal.core.base.audit import SYSTEM
from portal.core.base.database import reading, writing
from portal.core.base.refusals import Refused
from portal.core.base.tables import AuditEntry, Outbox
from portal.core.notices.tables import Notice
from portal.core.stores import actions as stores
from tests import make
from tests.cast import Cast
from tests.make import START, Owner

DAY = timedelta(days=1)
pytestmark = pytest.mark.usefixtures("school")


async def standing(owner: Owner, at: datetime) -> queries.Standing:
    async with reading():
        found = await queries.standing(owner.store_id, at)
    assert found is not None
    return found


async def kept(owner: Owner) -> list[dict[str, Any]]:
    async with reading():
        return await Decision.select().where(Decision.store == owner.store_id).order_by(Decision.id)


async def may(owner: Owner, at: datetime) -> bool:
    return (await standing(owner, at)).decision.may_share


async def test_a_new_store_may_not_share_and_says_why() -> None:
    owner = await make.owner("何晓梅", START)
    found = await standing(owner, START)
    assert found.decision.status is Status.LEARNING
    assert [reason.code for reason in found.decision.unmet] == [
        "courses_incomplete",
        "exam_not_passed",
        "certificate_missing",
    ]
    assert (found.facts.courses_required, found.facts.exams_required) == (7, 1)
    assert len(await kept(owner)) == 1
    with pytest.raises(Refused, match="share_right"):
        await actions.require_right(SYSTEM, owner.store_id, "link", START)


async def test_the_right_comes_with_the_last_condition_in_one_transaction() -> None:
    owner = await make.owner("何晓梅", START)
    assignment = await make.open_assignment(owner.person_id)
    done = await make.learn_all(owner.person_id, assignment, START + DAY)
    assert not await may(owner, done)
    await make.sit_exam(owner.person_id, assignment, done)

    found = await standing(owner, done + timedelta(hours=1))
    assert found.decision.status is Status.LICENSED
    async with reading():
        held = await certificates.of_person(owner.person_id)
        events = await Outbox.select(Outbox.payload, Outbox.lane).where(Outbox.topic == "event").order_by(Outbox.id)
        notices = await Notice.select(Notice.kind).where(Notice.person == owner.person_id)
        acts = await AuditEntry.select(AuditEntry.action).where(AuditEntry.subject_id == owner.store_id)
    assert len(held) == 1
    assert found.decision.valid_until == held[0].valid_until == done + timedelta(minutes=10) + 365 * DAY
    assert [json.loads(event["payload"])["type"] for event in events] == ["share_right.changed"] * 2
    assert "rights.granted" in {notice["kind"] for notice in notices}
    assert "right.decided" in {act["action"] for act in acts}
    assert found.kept is not None
    assert await actions.require_right(SYSTEM, owner.store_id, "link", done + DAY) == found.kept.id


async def test_a_failed_exam_gives_nothing() -> None:
    owner = await make.owner("何晓梅", START)
    assignment = await make.open_assignment(owner.person_id)
    done = await make.learn_all(owner.person_id, assignment, START)
    await make.sit_exam(owner.person_id, assignment, done, well=False)
    assert not await may(owner, done + DAY)
    async with reading():
        assert await Certificate.count() == 0


async def test_closing_the_store_or_returning_the_kit_ends_the_right() -> None:
    owner = await make.licensed_owner("何晓梅")
    at = START + 10 * DAY
    assert await may(owner, at)
    await stores.return_kit(SYSTEM, owner.store_id, at)
    assert (await standing(owner, at)).decision.status is Status.CLOSED
    assert (await kept(owner))[-1]["status"] == "closed"


async def test_expiry_counts_at_the_read_and_renewal_is_assigned() -> None:
    owner = await make.licensed_owner("何晓梅")
    until = (await standing(owner, START + 10 * DAY)).decision.valid_until
    assert until is not None
    assert await may(owner, until - timedelta(seconds=1))
    assert not await may(owner, until)  # no sweep has run
    due = until - 10 * DAY
    await actions.reconsider(SYSTEM, owner.store_id, "time", due)
    async with reading():
        given = await assigned.open_assignments(owner.person_id)
    assert [(one.purpose, one.cause) for one in given] == [("owner_licence", "renewal")]
    assert (await standing(owner, due)).decision.status is Status.DUE

    # Old evidence does not count for the new registration; learning it again renews without losing a day.
    done = await make.learn_all(owner.person_id, given[0].id, due)
    await make.sit_exam(owner.person_id, given[0].id, done)
    renewed = (await standing(owner, done + DAY)).decision
    assert renewed.status is Status.LICENSED
    assert renewed.valid_until == until + 365 * DAY


async def suspended(owner: Owner, cast: Cast, at: datetime) -> None:
    viewer, second = await make.viewer(cast.ada), await make.viewer(cast.alan)
    violation = await measures.report_violation(viewer, owner.store_id, Category.MEDICAL_CLAIM, at, "写了治失眠", at)
    await measures.decide_violation(second, violation, confirm=True, note="", at=at)


async def test_points_suspend_and_the_remedial_course_restores(cast: Cast) -> None:
    owner = await make.licensed_owner("李芳")
    at = START + 20 * DAY
    await suspended(owner, cast, at)
    assert (await standing(owner, at)).decision.status is Status.SUSPENDED
    with pytest.raises(Refused, match="share_right"):
        await actions.require_right(SYSTEM, owner.store_id, "link", at)

    remedial = await make.open_assignment(owner.person_id, "remedial")
    done = await make.learn_all(owner.person_id, remedial, at)
    assert not await may(owner, done)
    await make.sit_exam(owner.person_id, remedial, done)
    assert await may(owner, done + DAY)
    async with reading():
        assert await measures.points_of(owner.store_id, done + DAY) == 0
        assert await Certificate.count().where(Certificate.person == owner.person_id) == 1


async def test_points_below_the_threshold_do_not_suspend(cast: Cast) -> None:
    owner = await make.licensed_owner("李芳")
    at = START + 20 * DAY
    viewer, second = await make.viewer(cast.ada), await make.viewer(cast.alan)
    for _ in range(2):
        assert await may(owner, at)
        violation = await measures.report_violation(viewer, owner.store_id, Category.FALSE_CLAIM, at, "全网最低价", at)
        await measures.decide_violation(second, violation, confirm=True, note="", at=at)
    assert not await may(owner, at)


async def test_nobody_confirms_her_own_proposal_and_each_is_decided_once(cast: Cast) -> None:
    owner = await make.licensed_owner("李芳")
    at = START + 20 * DAY
    viewer, second = await make.viewer(cast.ada), await make.viewer(cast.alan)
    violation = await measures.report_violation(viewer, owner.store_id, Category.FALSE_CLAIM, at, "全网最低价", at)
    with pytest.raises(Refused, match="second_person"):
        await measures.decide_violation(viewer, violation, confirm=True, note="", at=at)
    answers = await asyncio.gather(
        *(measures.decide_violation(second, violation, confirm=True, note="", at=at) for _ in range(24)),
        return_exceptions=True,
    )
    assert sum(1 for answer in answers if answer == owner.store_id) == 1
    async with reading():
        assert await measures.points_of(owner.store_id, at) == 6


async def test_a_dismissed_violation_takes_nothing(cast: Cast) -> None:
    owner = await make.licensed_owner("李芳")
    at = START + 20 * DAY
    viewer, second = await make.viewer(cast.ada), await make.viewer(cast.alan)
    violation = await measures.report_violation(viewer, owner.store_id, Category.MEDICAL_CLAIM, at, "写了治失眠", at)
    await measures.decide_violation(second, violation, confirm=False, note="原文不是这样", at=at)
    assert await may(owner, at)
    async with reading():
        row = await Violation.objects().get(Violation.id == violation)
    assert row is not None
    assert row.state == "dismissed"


async def test_an_admin_suspends_until_a_day(cast: Cast) -> None:
    owner = await make.licensed_owner("李芳")
    at = START + 20 * DAY
    viewer = await make.viewer(cast.ada)
    await measures.suspend(
        viewer, owner.store_id, kind="suspension", reason="核查中", ends_at=at + 7 * DAY, remedial=False, at=at
    )
    assert not await may(owner, at + 6 * DAY)
    assert await may(owner, at + 7 * DAY)


async def test_an_override_takes_two_admins_and_never_replaces_a_first_certificate(cast: Cast) -> None:
    owner, learner = await make.licensed_owner("李芳"), await make.owner("何晓梅", START)
    viewer, second = await make.viewer(cast.ada), await make.viewer(cast.alan)
    until = (await standing(owner, START + 20 * DAY)).decision.valid_until
    assert until is not None
    at = until + DAY

    async def bridge(store_id: int) -> int:
        wanted = {"kind": "bridge", "reason": "系统升级", "until": at + 14 * DAY, "measure_id": None, "at": at}
        return await measures.propose_override(viewer, store_id, **wanted)  # type: ignore[arg-type]

    with pytest.raises(Refused, match="bridge_needs_certificate"):
        await bridge(learner.store_id)
    proposal = await bridge(owner.store_id)
    assert not await may(owner, at)
    with pytest.raises(Refused, match="second_person"):
        await measures.settle_override(viewer, proposal, confirm=True, at=at)
    await measures.settle_override(second, proposal, confirm=True, at=at)
    assert await may(owner, at + 13 * DAY)
    assert not await may(owner, at + 14 * DAY)


async def test_lifting_a_suspension_takes_two_admins(cast: Cast) -> None:
    owner = await make.licensed_owner("李芳")
    at = START + 20 * DAY
    await suspended(owner, cast, at)
    viewer, second = await make.viewer(cast.ada), await make.viewer(cast.alan)
    async with reading():
        measure = (await listing.measures_of(owner.store_id))[0]
    wanted = {"kind": "lift", "reason": "申诉成立", "until": None, "measure_id": measure.id, "at": at}
    proposal = await measures.propose_override(viewer, owner.store_id, **wanted)  # type: ignore[arg-type]
    await measures.settle_override(second, proposal, confirm=True, at=at)
    assert await may(owner, at)


async def test_nobody_acts_on_her_own_right(cast: Cast) -> None:
    at = START + 20 * DAY
    owner = await make.licensed_owner("李芳")
    viewer = await make.viewer(owner.person_id)
    with pytest.raises(Refused, match="own_right"):
        await measures.report_violation(viewer, owner.store_id, Category.FALSE_CLAIM, at, "自己举报自己", at)


async def test_the_sweep_catches_up_with_time() -> None:
    owner = await make.licensed_owner("李芳")
    until = (await standing(owner, START + 20 * DAY)).decision.valid_until
    assert until is not None
    async with reading():
        assert owner.store_id in await listing.due_for_recheck(until + DAY, 10)
    await actions.reconsider(SYSTEM, owner.store_id, "time", until + DAY)
    async with reading():
        assert await listing.due_for_recheck(until + DAY, 10) == []
    assert (await kept(owner))[-1]["status"] == "expired"


async def test_every_kept_decision_replays_to_itself(cast: Cast) -> None:
    owner = await make.licensed_owner("李芳")
    await suspended(owner, cast, START + 20 * DAY)
    async with reading():
        ids = [row["id"] for row in await Decision.select(Decision.id)]
        found = [await queries.decision(decision_id) for decision_id in ids]
    assert len(found) >= 3
    for one in found:
        assert one is not None
        assert replay(one.rules_version, one.facts, one.decided_at).says_the_same(one.decision)


async def test_reconsidering_at_once_keeps_one_decision_and_one_certificate() -> None:
    owner = await make.owner("何晓梅", START)
    assignment = await make.open_assignment(owner.person_id)
    done = await make.learn_all(owner.person_id, assignment, START)
    await make.sit_exam(owner.person_id, assignment, done)
    before = len(await kept(owner))
    await asyncio.gather(*(actions.reconsider(SYSTEM, owner.store_id, "asked", done + DAY) for _ in range(24)))
    assert len(await kept(owner)) == before
    async with reading():
        assert await Certificate.count() == 1


async def test_a_failure_in_the_transaction_leaves_neither_certificate_nor_right() -> None:
    owner = await make.owner("何晓梅", START)
    assignment = await make.open_assignment(owner.person_id)
    done = await make.learn_all(owner.person_id, assignment, START)
    with pytest.raises(ZeroDivisionError):
        async with writing():
            await make.sit_exam(owner.person_id, assignment, done)
            raise ZeroDivisionError
    assert not await may(owner, done + DAY)
    async with reading():
        assert await Certificate.count() == 0
