"""From proposal to payment: authority, approvals, the buyer's answer, the grant and its end."""

from datetime import timedelta

import pytest

from portal.core.base.audit import SYSTEM, Actor
from portal.core.base.database import reading, writing
from portal.core.base.refusals import Forbidden, NotFound, Refused
from portal.core.stores import stewardship
from portal.service.compensations import actions, answering, approving, asking, authority, ledger, paying, vouchers
from portal.service.compensations.paying import Payment
from portal.service.compensations.rules import Allowance, Kind, Paid, State, Via
from portal.service.compensations.vouchers import Code
from portal.service.complaints import ending, history
from portal.service.complaints.clocks import Name
from portal.service.complaints.rules import State as Of
from portal.service.roster.rules import Level
from tests import make
from tests.cast import Cast
from tests.service.compensations import make as given

HOUR = timedelta(hours=1)


def person(person_id: int) -> Actor:
    return Actor("person", person_id)


async def clocks(case: given.Case) -> dict[str, bool]:
    """Which of a complaint's clocks still run."""
    async with reading():
        return {str(clock.name): clock.running for clock in await history.clocks_of(await case.now())}


async def test_within_her_authority_it_goes_to_the_buyer_at_once(cast: Cast) -> None:
    case = await given.case()
    made = await case.propose(2_000)
    assert (made.state, made.needs, made.value_fen) == (State.SENT, 0, 2_000)
    assert (await case.now()).state is Of.PROPOSED
    assert await clocks(case) == {"proposal": False, "compensation": True, "legal": True}


async def test_what_the_buyer_accepts_is_paid_once_and_ends_the_clock(cast: Cast) -> None:
    case, grant = await given.agreed(fen=2_000)
    assert (grant.state, grant.amount_fen, grant.alone) == (Paid.DUE, 2_000, True)
    payment = Payment(2_000, case.at, "pay-1")
    for _ in range(2):
        paid = await paying.confirm(SYSTEM, grant.ref, payment, Via.API, case.at + HOUR)
    assert (paid.state, paid.payment_ref, paid.confirmed_at) == (Paid.PAID, "pay-1", case.at + HOUR)
    assert (await clocks(case))["compensation"] is False
    assert await ledger.imbalance() == []
    resolved = await ending.resolve(person(case.agent), case.info.id, ending.COMPENSATED, case.at + HOUR)
    assert resolved.state is Of.RESOLVED


@pytest.mark.parametrize(
    ("payment", "code"),
    [
        (Payment(1_999), "payment_amount"),
        (Payment(2_001, None, "pay-1"), "payment_amount"),
        (Payment(2_000, None, "pay-2"), "payment_other"),
    ],
)
async def test_another_payment_is_refused(cast: Cast, payment: Payment, code: str) -> None:
    case, grant = await given.agreed(fen=2_000)
    await paying.confirm(SYSTEM, grant.ref, Payment(2_000, None, "pay-1"), Via.API, case.at)
    with pytest.raises(Refused, match=code):
        await paying.confirm(SYSTEM, grant.ref, payment, Via.WEBHOOK, case.at)


async def test_a_payment_that_has_not_happened_is_refused(cast: Cast) -> None:
    case, grant = await given.agreed()
    with pytest.raises(Refused, match="payment_ahead"):
        await paying.confirm(SYSTEM, grant.ref, Payment(1_500, case.at + HOUR), Via.API, case.at)
    with pytest.raises(NotFound):
        await paying.confirm(SYSTEM, "nothing", Payment(1_500), Via.API, case.at)


@pytest.mark.parametrize("kind", [Kind.APOLOGY, Kind.EXPLANATION])
async def test_a_decision_without_compensation_has_no_grant(cast: Cast, kind: Kind) -> None:
    case = await given.case()
    made = await case.propose(kind=kind)
    assert (await clocks(case))["compensation"] is False
    await case.accept(made)
    assert await case.grants() == []
    assert (await ending.resolve(SYSTEM, case.info.id, ending.SETTLED, case.at)).outcome == "settled"


async def test_a_replacement_costs_what_the_goods_did_and_is_confirmed_like_money(cast: Cast) -> None:
    lead = await make.person("desk_lead", "Lea")
    case = await given.case(lead)
    case, grant = await given.agreed(Kind.REPLACE, case_=case)
    assert (grant.amount_fen, grant.value_fen) == (0, 11_800)
    paid = await paying.confirm(SYSTEM, grant.ref, Payment(0, None, "SF1"), Via.API, case.at)
    assert paid.state is Paid.PAID


@pytest.mark.parametrize(
    ("kind", "fen", "why"),
    [
        (Kind.REFUND, 2_001, "above_limit"),
        (Kind.REFUND, 11_801, "above_limit"),
        (Kind.REPLACE, 0, "above_limit"),
        (Kind.VOUCHER, 2_001, "above_limit"),
    ],
)
async def test_above_her_authority_others_are_asked(cast: Cast, kind: Kind, fen: int, why: str) -> None:
    case = await given.case()
    made = await case.propose(fen, kind)
    assert (made.state, made.needs, made.why, made.own_day) == (State.AWAITING, 1, why, None)
    assert made.due_at == case.at + 4 * HOUR
    assert (await case.now()).state is Of.OPEN
    assert (await clocks(case))["proposal"] is True
    assert "compensation_asked" in await given.notices(cast.dora)
    assert "compensation_asked" not in await given.notices(cast.ada)


async def test_a_refund_of_more_than_was_paid_is_not_hers_to_give(cast: Cast) -> None:
    lead = await make.person("desk_lead", "Lea")
    made = await (await given.case(lead)).propose(11_801)
    assert (made.needs, made.why) == (1, "above_paid")


async def test_a_day_ends_her_authority_and_what_is_declined_frees_it(cast: Cast) -> None:
    agent = await make.person("agent", "Ann")
    await authority.set_authority(
        person(cast.ada),
        cast.ada,
        Allowance(Level.JUNIOR, None, None, 2_000, 4_000),
        given.now(),
        "更小心",
        0,
        given.now(),
    )
    at = given.now() + timedelta(minutes=1)
    first, second, third = [await given.case(agent, at) for _ in range(3)]
    one = await first.propose(2_000)
    assert (await second.propose(2_000)).state is State.SENT
    held_up = await third.propose(1)
    assert (held_up.state, held_up.why) == (State.AWAITING, "above_day")
    await answering.decline(given.BUYER, first.info.id, one.ref, "", at)
    assert (await third.propose(2_000)).state is State.SENT
    assert (await given.proposal(held_up)).state is State.SUPERSEDED
    tomorrow = await given.case(agent, at + timedelta(days=1))
    assert (await tomorrow.propose(2_000)).state is State.SENT


async def test_an_approver_sends_all_of_it_or_less(cast: Cast) -> None:
    case = await given.case()
    made = await case.propose(9_000)
    sent = await approving.approve(person(cast.dora), cast.dora, made.ref, 6_000, case.at + HOUR)
    assert (sent.state, sent.amount_fen, sent.asked_fen, sent.sent_at) == (State.SENT, 6_000, 9_000, case.at + HOUR)
    await case.accept(made, case.at + 2 * HOUR)
    grant = (await case.grants())[0]
    assert (grant.amount_fen, grant.alone) == (6_000, False)
    assert await ledger.imbalance() == []


@pytest.mark.parametrize("amount", [0, 9_001, -1])
async def test_an_approver_gives_no_other_sum(cast: Cast, amount: int) -> None:
    made = await (await given.case()).propose(9_000)
    with pytest.raises(Refused, match="approval_amount"):
        await approving.approve(person(cast.dora), cast.dora, made.ref, amount, given.now())


async def test_an_approver_refuses_with_a_reason(cast: Cast) -> None:
    case = await given.case()
    made = await case.propose(9_000)
    with pytest.raises(Refused, match="reason_missing"):
        await approving.refuse(person(cast.dora), cast.dora, made.ref, " ", case.at)
    no = await approving.refuse(person(cast.dora), cast.dora, made.ref, "先补发一盒", case.at)
    assert (no.state, no.reason) == (State.REFUSED, "先补发一盒")
    assert (await given.notices(case.agent))[-1] == "compensation_refused"
    with pytest.raises(Refused, match="proposal_decided"):
        await approving.approve(person(cast.ada), cast.ada, made.ref, None, case.at)
    assert (await case.propose(1_000)).state is State.SENT


async def test_nobody_approves_her_own_and_not_everybody_may(cast: Cast) -> None:
    case = await given.case(cast.dora)
    made = await case.propose(30_000, Kind.VOUCHER)
    with pytest.raises(Refused, match="approval_own"):
        await approving.approve(person(cast.dora), cast.dora, made.ref, None, case.at)
    with pytest.raises(Forbidden):
        await approving.approve(person(cast.abe), cast.abe, made.ref, None, case.at)
    assert "compensation_asked" in await given.notices(cast.ada)  # there is no other lead


async def managed(person_id: int, owner: make.Owner) -> None:
    """She looked after the store for a month, long ago."""
    async with writing():
        await stewardship.Stewardship.raw(
            "INSERT INTO stewardships (store, manager, since, until) VALUES ({}, {}, {}, {})",
            owner.store_id,
            person_id,
            given.now() - timedelta(days=90),
            given.now() - timedelta(days=60),
        )


async def test_who_is_related_needs_two_whatever_the_sum(cast: Cast) -> None:
    agent, owner = await make.person("agent", "Ann"), await make.owner("Lin")
    case = await given.case(agent, owner=owner)
    await managed(agent, owner)  # the relation comes to light later
    made = await case.propose(kind=Kind.APOLOGY)
    assert (made.needs, made.ties) == (2, ("managed",))
    await approving.approve(person(cast.dora), cast.dora, made.ref, None, case.at)
    with pytest.raises(Refused, match="approval_twice"):
        await approving.approve(person(cast.dora), cast.dora, made.ref, None, case.at)
    assert (await given.proposal(made)).state is State.AWAITING
    sent = await approving.approve(person(cast.ada), cast.ada, made.ref, None, case.at)
    assert sent.state is State.SENT


async def test_who_has_managed_the_store_is_related_and_does_not_approve(cast: Cast) -> None:
    owner = await make.owner("Lin")
    lead = await make.person("desk_lead", "Lea")
    await managed(lead, owner)
    case = await given.case(owner=owner)
    made = await case.propose(9_000)
    assert lead not in await _asked(case, made)
    with pytest.raises(Refused, match="approval_related"):
        await approving.approve(person(lead), lead, made.ref, None, case.at)


async def _asked(case: given.Case, made: given.ProposalInfo) -> list[int]:
    async with reading():
        return await asking.approvers(await case_info(case), made, *asking.Role)


async def case_info(case: given.Case) -> given.ComplaintInfo:
    return await case.now()


async def test_only_the_agent_in_charge_proposes(cast: Cast) -> None:
    case = await given.case()
    with pytest.raises(Refused, match="proposal_not_in_charge"):
        offer = actions.Offer(Kind.REFUND, 1_000, given.SAID)
        await actions.propose(person(cast.abe), cast.abe, case.info.id, offer, case.at)


@pytest.mark.parametrize(
    ("offer", "code"),
    [
        (actions.Offer(Kind.REFUND, 0, given.SAID), "proposal_amount"),
        (actions.Offer(Kind.APOLOGY, 100, given.SAID), "proposal_amount"),
        (actions.Offer(Kind.REFUND, -5, given.SAID), "proposal_amount"),
        (actions.Offer(Kind.REFUND, 100, "好"), "proposal_said"),
    ],
)
async def test_an_offer_has_its_shape(cast: Cast, offer: actions.Offer, code: str) -> None:
    case = await given.case()
    with pytest.raises(Refused, match=code):
        await actions.propose(person(case.agent), case.agent, case.info.id, offer, case.at)


async def test_a_stale_page_proposes_nothing(cast: Cast) -> None:
    case = await given.case()
    seen = (await case.now()).last_event
    await case.propose(1_000, seen=seen)
    with pytest.raises(Refused, match="complaint_moved_on"):
        await case.propose(1_200, seen=seen)


async def test_what_the_desk_takes_back_is_open_again(cast: Cast) -> None:
    case = await given.case()
    made = await case.propose(kind=Kind.EXPLANATION)
    gone = await actions.withdraw(person(case.agent), case.agent, made.ref, "说错了", case.at + HOUR)
    assert gone.state is State.WITHDRAWN
    assert (await case.now()).state is Of.OPEN
    assert (await clocks(case))[Name.COMPENSATION] is True
    with pytest.raises(Refused, match="proposal_moved_on"):
        await case.accept(made)
    with pytest.raises(Refused, match="resolve_undecided"):
        await ending.resolve(SYSTEM, case.info.id, ending.SETTLED, case.at)


async def test_what_a_buyer_leaves_lying_for_a_week_lapses_and_may_be_settled(cast: Cast) -> None:
    case = await given.case()
    made = await case.propose()
    at = case.at + timedelta(days=7)
    assert (await actions.withdraw(person(case.agent), case.agent, made.ref, "没有答复", at)).state is State.LAPSED
    assert (await ending.resolve(SYSTEM, case.info.id, ending.SETTLED, at)).state is Of.RESOLVED


async def test_why_it_cannot_be_resolved_yet(cast: Cast) -> None:
    case = await given.case()
    with pytest.raises(Refused, match="resolve_undecided"):
        await ending.resolve(SYSTEM, case.info.id, ending.SETTLED, case.at)
    made = await case.propose(9_000)
    with pytest.raises(Refused, match="resolve_approval_waits"):
        await ending.resolve(SYSTEM, case.info.id, ending.SETTLED, case.at)
    await approving.approve(person(cast.dora), cast.dora, made.ref, None, case.at)
    with pytest.raises(Refused, match="resolve_proposal_open"):
        await ending.resolve(SYSTEM, case.info.id, ending.SETTLED, case.at)
    await case.accept(made)
    with pytest.raises(Refused, match="resolve_unpaid"):
        await ending.resolve(SYSTEM, case.info.id, ending.SETTLED, case.at)


async def test_a_declined_proposal_brings_her_words_to_the_desk(cast: Cast) -> None:
    case = await given.case()
    made = await case.propose()
    for _ in range(2):
        no = await answering.decline(given.BUYER, case.info.id, made.ref, "想换一盒新的", case.at)
    assert no.state is State.DECLINED
    async with reading():
        turns = await given.complaints.Complaint.raw(
            "SELECT text FROM complaint_turns WHERE complaint = {}", case.info.id
        )
    assert [turn["text"] for turn in turns] == ["想换一盒新的"]
    assert (await case.now()).state is Of.OPEN


async def test_a_withdrawn_complaint_takes_its_proposal_along(cast: Cast) -> None:
    case = await given.case()
    made = await case.propose(9_000)
    await ending.withdraw(SYSTEM, case.info.id, "buyer", case.at)
    assert (await given.proposal(made)).state is State.WITHDRAWN
    with pytest.raises(Refused, match="proposal_decided"):
        await approving.approve(person(cast.dora), cast.dora, made.ref, None, case.at)


async def test_a_voucher_of_our_stock_is_paid_at_once_and_each_code_given_once(cast: Cast) -> None:
    at = given.now()
    await vouchers.take_in(person(cast.ada), cast.ada, [Code("GOOD-0001", 1_000)], None, at)
    assert await vouchers.take_in(person(cast.ada), cast.ada, [Code("GOOD-0001", 9_900)], None, at) == 0
    first, grant = await given.agreed(Kind.VOUCHER, 1_000)
    assert (grant.state, grant.via) == (Paid.PAID, Via.VOUCHER)
    assert (await clocks(first))["compensation"] is False
    _, other = await given.agreed(Kind.VOUCHER, 1_000)
    assert other.state is Paid.DUE
    assert await ledger.imbalance() == []


async def test_authority_holds_from_its_day_and_is_not_changed_by_two_at_once(cast: Cast) -> None:
    at = given.now()
    later = at + timedelta(days=2)
    row = Allowance(Level.JUNIOR, None, None, 100, 1_000)
    first = await authority.set_authority(person(cast.ada), cast.ada, row, later, "下周起", 0, at)
    with pytest.raises(Refused, match="authority_meanwhile"):
        await authority.set_authority(person(cast.alan), cast.alan, row, at, "同时", 0, at)
    async with reading():
        assert await authority.in_force(at) == []
        assert await authority.in_force(later) == [row]
    back = Allowance(Level.JUNIOR, None, None, None, None)
    await authority.set_authority(person(cast.ada), cast.ada, back, later, "收回", first, at)
    async with reading():
        found, _ = await authority.verdict(cast.abe, Level.JUNIOR, Kind.REFUND, "food", 2_000, later)
    assert found.allowed
