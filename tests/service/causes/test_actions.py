"""Findings, corrective actions and what they set in motion, on a real database."""

import asyncio
from datetime import timedelta

import pytest

from certification.rights import listing, measures
from certification.rights.tables import Violation
from courses.assignment import queries as assigned
from portal.core.base.audit import SYSTEM
from portal.core.base.database import reading, writing
from portal.core.base.refusals import Refused
from portal.core.notices.tables import Notice
from portal.service.causes import actions, figures, gathering, loops, mending, queries, sweeps
from portal.service.causes.actions import Found
from portal.service.causes.loops import Ways, owners_steps, steps_of
from portal.service.causes.mending import Plan
from portal.service.causes.personal import erase_buyer, export_buyer
from portal.service.causes.rules import ActionState, Party, Recheck
from portal.service.causes.tables import ActionStep, CorrectiveAction, Finding, PartyRecord
from portal.service.complaints import ending, history
from portal.service.complaints.tables import Complaint
from tests import make
from tests.cast import Cast
from tests.service.causes.make import SHOWS, Desk, action_of, desk, found, planned, verified
from tests.service.complaints.make import fresh, resolved

DAY = timedelta(days=1)


async def paid(there: Desk) -> None:
    """Settled with the buyer, with compensation."""
    await resolved(there.info, there.at)
    async with writing():
        await Complaint.update({Complaint.outcome: ending.COMPENSATED}).where(Complaint.id == there.info.id)


async def notices(person_id: int) -> list[str]:
    async with reading():
        rows = await Notice.select(Notice.kind).where(Notice.person == person_id).order_by(Notice.id)
    return [row["kind"] for row in rows]


async def test_a_finding_against_a_supplier_stands_on_its_record(cast: Cast) -> None:
    there = await desk()
    made = await found(there)
    assert (made.party, made.supplier_id) == (Party.SUPPLIER, there.info.supplier_id)
    async with reading():
        lines = await PartyRecord.objects().where(PartyRecord.complaint == there.info.id)
        months = await figures.party_months(there.info.supplier_id or 0, there.at)
        events = [event.kind for event in await history.events(there.info.id)]
    assert [(line.code, line.withdrawn_at) for line in lines] == [("supplier_poor_packing", None)]
    assert months[-1][1] == 1
    assert "finding_made" in events


async def test_another_finding_takes_its_place_and_the_first_stays_readable(cast: Cast) -> None:
    there = await desk(parcel=True)
    await found(there)
    await found(there, "carrier_damaged")
    async with reading():
        new, old = await queries.findings_of(there.info.id)
        counted = await figures.record(there.at)
        records = await PartyRecord.select(PartyRecord.code, PartyRecord.withdrawn_at).order_by(PartyRecord.id)
    assert (new.code, new.superseded_at, old.code, old.superseded_at) == (
        "carrier_damaged",
        None,
        "supplier_poor_packing",
        there.at,
    )
    assert [row["withdrawn_at"] for row in records] == [there.at, None]
    assert (counted.of(), counted.of(party=Party.CARRIER)) == (1, 1)


async def test_an_undecided_violation_goes_with_its_finding(cast: Cast) -> None:
    there = await desk()
    made = await found(there, "owner_overpromised")
    await found(there, "buyer_mistake")
    async with reading():
        states = await Violation.select(Violation.state).where(Violation.id == made.violation_id)
    assert [row["state"] for row in states] == ["dismissed"]


@pytest.mark.parametrize(
    ("code", "who", "refusal"),
    [
        ("carrier_lost", "agent", "finding_no_carrier"),
        ("desk_slow", "agent", "finding_of_agent"),
        ("supplier_defect", "stranger", "cause_not_yours"),
    ],
)
async def test_what_may_not_be_found(cast: Cast, code: str, who: str, refusal: str) -> None:
    there = await desk()
    viewer = there.agent if who == "agent" else await make.viewer(cast.abe)
    given = Found(code, SHOWS, cast.abe if code == "desk_slow" else None)
    with pytest.raises(Refused, match=refusal):
        await actions.find(viewer, there.info.id, given, there.at)


async def test_of_two_findings_at_once_one_stays(cast: Cast) -> None:
    there = await desk()

    async def one(code: str) -> str:
        try:
            await actions.find(there.lead, there.info.id, Found(code, SHOWS), there.at, seen=there.info.last_event)
        except Refused as refused:
            return refused.code
        return "made"

    came = await asyncio.gather(*(one(code) for code in ("supplier_defect", "buyer_misuse", "nobody_chance")))
    assert sorted(came) == ["complaint_moved_on", "complaint_moved_on", "made"]
    async with reading():
        assert await Finding.count().where(Finding.superseded_at.is_null()) == 1


async def test_a_complaint_that_was_paid_for_closes_only_when_its_cause_is_mended(cast: Cast) -> None:
    there = await desk()
    await paid(there)
    for expected in ("finding_missing", "action_missing", "action_unverified"):
        with pytest.raises(Refused, match=expected):
            await ending.close(there.agent.actor, there.info.id, there.at)
        if expected == "finding_missing":
            await found(there)
        elif expected == "action_missing":
            ref = await planned(there)
    await verified(there, ref)
    closed = await ending.close(there.agent.actor, there.info.id, there.at + 3 * DAY)
    assert closed.closed_at == there.at + 3 * DAY


async def test_what_cost_nothing_closes_with_a_finding(cast: Cast) -> None:
    there = await desk()
    await resolved(there.info, there.at)
    await found(there, "buyer_misuse")
    assert (await ending.close(there.agent.actor, there.info.id, there.at)).closed_at


async def test_a_waiver_is_the_leads_and_never_her_own(cast: Cast) -> None:
    there = await desk()
    await paid(there)
    await found(there)
    ref = await mending.ask_waiver(there.agent, there.info.id, "换了新瓶型，旧盖已停用", there.at)
    for viewer in (there.agent, await make.viewer(cast.ada)):
        with pytest.raises(Refused, match="waiver_by_lead"):
            await mending.decide_waiver(viewer, ref, True, "好", there.at)
    await mending.decide_waiver(there.lead, ref, True, "理由成立", there.at)
    assert (await ending.close(there.agent.actor, there.info.id, there.at)).closed_at


async def test_a_corrective_action_is_verified_by_somebody_without_a_hand_in_it(cast: Cast) -> None:
    there = await desk()
    await found(there, by=there.lead)
    plan = Plan("瓶盖加一道检查", there.lead.person_id, there.in_week)
    ref = await mending.plan(there.agent, there.info.id, plan, there.at)
    with pytest.raises(Refused, match="action_not_yours"):
        await mending.done(there.agent, ref, "做了", there.at)
    await mending.done(there.lead, ref, "做了", there.at)
    for viewer in (there.lead, there.agent):
        with pytest.raises(Refused, match="verify_another"):
            await mending.verify(viewer, ref, True, "看过", there.at)
    sent_back = await mending.verify(there.other, ref, False, "换型单还没有这一步", there.at)
    assert (sent_back.state, sent_back.done_by) == (ActionState.OPEN, None)
    assert "action_sent_back" in await notices(there.lead.person_id)
    await verified(there, ref)
    with pytest.raises(Refused, match="action_moved_on"):
        await mending.verify(there.other, ref, True, "看过", there.at)
    async with reading():
        kinds = [said.kind for said in await queries.words_of((await action_of(ref)).id)]
    assert kinds == ["set", "done", "sent_back", "done", "verified"]
    assert "action_verified" in await notices(there.agent.person_id)


async def test_reminders_come_once_each_and_the_lead_hears_of_what_is_overdue(cast: Cast) -> None:
    there = await desk()
    await found(there)
    plan = Plan("瓶盖加一道检查", there.agent.person_id, there.at + timedelta(hours=1))
    ref = await mending.plan(there.agent, there.info.id, plan, there.at)
    async with writing():  # as if a day had gone by without a worker
        late = there.at - DAY
        await CorrectiveAction.update(next_at=late, due_at=late).where(CorrectiveAction.ref == ref)
    await asyncio.gather(*(sweeps.remind() for _ in range(3)))
    await sweeps.remind()
    async with reading():
        steps = await ActionStep.select(ActionStep.step).order_by(ActionStep.id)
    assert [row["step"] for row in steps] == ["overdue"]
    assert (await notices(there.agent.person_id)).count("action_overdue") == 1
    assert (await notices(there.lead.person_id)).count("action_overdue") == 1
    assert (await action_of(ref)).next_at is None


async def test_after_thirty_days_it_is_looked_at_again_and_another_action_follows(cast: Cast) -> None:
    there = await desk()
    await found(there)
    ref = await planned(there)
    await verified(there, ref)
    action = await action_of(ref)
    with pytest.raises(Refused, match="recheck_early"):
        await mending.recheck(there.other, ref, True, "没有再来", there.at + 20 * DAY)
    again = await mending.recheck(there.other, ref, False, "换一家瓶盖厂", there.at + 33 * DAY)
    assert again.recheck is Recheck.NOT_EFFECTIVE
    async with reading():
        follow = (await queries.actions_of(there.info.id))[-1]
    assert (follow.follows, follow.what, follow.state) == (action.id, "换一家瓶盖厂", ActionState.OPEN)


async def test_a_slip_of_the_desk_leads_to_its_course(cast: Cast, school: None) -> None:
    there = await desk()
    made = await found(there, "desk_cold")
    async with reading():
        given = [one for one in await assigned.open_assignments(there.agent.person_id) if one.id == made.training_id]
        because = await loops.because_of(there.agent.person_id)
        loop = await loops.loop_of(there.info, there.at)
    assert [one.cause for one in given] == ["complaint"]
    assert [(one.complaint_ref, one.code) for one in because] == [(there.info.ref, "desk_cold")]
    names = [step.name for step in steps_of(loop, Ways())]
    assert names == ["complaint", "finding", "training", "training_open", "action_missing", "closed"]


async def test_the_whole_loop_over_the_real_gate(school: None, cast: Cast) -> None:
    """Complaint → finding → points → suspended → remedial course and exam → right restored, seen from both ends."""
    owner = await make.licensed_owner("李芳")
    there = await desk(owner)
    made = await found(there, "owner_medical_claim")
    assert made.violation_id is not None
    async with reading():
        loop = await loops.loop_of(there.info, there.at)
    assert [step.name for step in owners_steps(loop, Ways())] == ["complaint", "looking"]
    with pytest.raises(Refused, match="second_person"):
        await measures.decide_violation(there.agent, made.violation_id, confirm=True, note="", at=there.at)
    await measures.decide_violation(there.lead, made.violation_id, confirm=True, note="", at=there.at)
    remedial = await make.open_assignment(owner.person_id, "remedial")
    async with reading():
        because = await loops.because_of(owner.person_id)
        ways = await loops.ways_of_violations([made.violation_id])
        in_force = await listing.measures_in_force(owner.store_id, there.at)
    assert [(one.complaint_ref, one.assignment) for one in because] == [(there.info.ref, remedial)]
    assert ways == {made.violation_id: f"/loops/{there.info.ref}"}
    assert len(in_force) == 1
    done = await make.learn_all(owner.person_id, remedial, there.at)
    await make.sit_exam(owner.person_id, remedial, done)
    async with reading():
        loop = await loops.loop_of(there.info, done + DAY)
        assert await loops.because_of(owner.person_id) == []
    names = [(step.name, str(step.how)) for step in owners_steps(loop, Ways())]
    assert names[1:] == [
        ("finding", "done"),
        ("violation_confirmed", "done"),
        ("suspended", "done"),
        ("remedial", "done"),
        ("exam_passed", "done"),
        ("restored", "done"),
    ]


async def test_a_buyers_erasure_leaves_codes_and_takes_words(cast: Cast) -> None:
    there = await desk()
    await found(there)
    await planned(there)
    async with reading():
        assert (await export_buyer(there.info.vip_id))["causes"][0]["code"] == "supplier_poor_packing"
    async with writing():
        await erase_buyer(there.info.vip_id, there.at)
    async with reading():
        made = await queries.finding_of(there.info.id)
        action = (await queries.actions_of(there.info.id))[0]
    assert made is not None
    assert (made.code, made.evidence, action.what) == ("supplier_poor_packing", "", "")


async def test_a_withdrawn_complaint_has_no_cause(cast: Cast) -> None:
    there = await desk()
    await ending.withdraw(SYSTEM, there.info.id, "buyer", there.at)
    with pytest.raises(Refused, match="complaint_state"):
        await found(there, by=there.lead)
    assert (await fresh(there.info)).outcome == "withdrawn"
    await gathering.gather()


async def test_confirmed_points_fall_away_when_a_lead_finds_another_at_fault(school: None, cast: Cast) -> None:
    owner = await make.licensed_owner("李芳")
    there = await desk(owner)
    made = await found(there, "owner_medical_claim")
    assert made.violation_id is not None
    await measures.decide_violation(there.lead, made.violation_id, confirm=True, note="", at=there.at)
    with pytest.raises(Refused, match="finding_confirmed"):
        await found(there, "supplier_poor_packing")
    await found(there, "supplier_poor_packing", by=there.other)
    async with reading():
        assert await measures.points_of(owner.store_id, there.at) == 0
        assert await listing.measures_in_force(owner.store_id, there.at) == []
        assert await loops.because_of(owner.person_id) == []
    assert "rights.points_back" in await notices(owner.person_id)
    assert "rights.points_taken_back" in await notices(there.lead.person_id)


async def test_the_same_fault_in_other_words_keeps_its_confirmed_points(school: None, cast: Cast) -> None:
    there = await desk(await make.licensed_owner("李芳"))
    made = await found(there, "owner_overpromised")
    assert made.violation_id is not None
    await measures.decide_violation(there.lead, made.violation_id, confirm=True, note="", at=there.at)
    again = Found("owner_overpromised", "帖子里还写了包邮退换。", None)
    kept = await actions.find(there.agent, there.info.id, again, there.at)
    assert kept.violation_id == made.violation_id
    async with reading():
        assert await measures.points_of(there.owner.store_id, there.at) == 3
        assert await Violation.count().where(Violation.store == there.owner.store_id) == 1
