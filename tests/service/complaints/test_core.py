"""A complaint from receipt to its end and back: one transaction each, clocks derived from what happened."""

from datetime import timedelta

import pytest

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.base.refusals import Refused
from portal.core.base.search import find
from portal.service.complaints import ending, history, queries, queues
from portal.service.complaints.actions import Words, say
from portal.service.complaints.clocks import Name
from portal.service.complaints.filing import Filing, file
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.rules import (
    Audience,
    Channel,
    FiledBy,
    Function,
    Speaker,
    State,
    Urgency,
    Wanted,
)
from tests import make
from tests.service.orders.make import order, vip

AT = now().replace(microsecond=0)
TOMORROW = AT + timedelta(hours=20)


async def filed(**changes: object) -> ComplaintInfo:
    """A buyer's complaint of an order of hers, the same buyer's again with `vip_id` and `order_id`."""
    values: dict[str, object] = {
        "function": Function.DAMAGED,
        "wanted": Wanted.REFUND,
        "urgency": Urgency.NORMAL,
        "text": "锅到手就裂了一条缝",
        "channel": Channel.PORTAL,
        "filed_by": FiledBy.BUYER,
        "person_id": None,
        "lines": (),
    } | changes
    if "vip_id" not in values:
        owner = await make.owner("Lin")
        async with writing():
            buyer = await vip(owner)
            bought = await order(buyer)
        values |= {"vip_id": buyer.id, "order_id": bought.id}
    return await file(SYSTEM, Filing(**{k: v for k, v in values.items() if k != "at"}), values.get("at", AT))  # type: ignore[arg-type]


async def test_a_filed_complaint_waits_with_its_three_clocks(database: str) -> None:
    info = await filed()
    async with reading():
        proposal, compensation, legal = await history.clocks_of(info)
        waiting = await queues.queued(10)
        found = await find("complaint", "裂", 10)
    assert [clock.due_at - AT for clock in (proposal, compensation, legal)] == [
        timedelta(hours=24),
        timedelta(hours=72),
        timedelta(days=15),
    ]
    assert waiting == [info.id]
    assert found == [info.id]
    assert info.next_at == AT + timedelta(hours=12)


async def test_the_same_problem_of_the_same_order_is_linked(database: str) -> None:
    first = await filed()
    again = await filed(vip_id=first.vip_id, order_id=first.order_id, function=Function.QUALITY)
    other = await filed(vip_id=first.vip_id, order_id=first.order_id, function=Function.DELIVERY)
    assert again.duplicate_of == first.id
    assert other.duplicate_of is None


async def test_from_proposal_to_reopening(database: str) -> None:
    info = await filed()
    await ending.proposal_sent(SYSTEM, info.id, 1, TOMORROW, compensated=True)
    await ending.proposal_answered(SYSTEM, info.id, 1, True, TOMORROW)
    await ending.payment_confirmed(info.id, TOMORROW + timedelta(hours=60))
    resolved = await ending.resolve(SYSTEM, info.id, ending.COMPENSATED, TOMORROW + timedelta(hours=61))
    assert (resolved.state, resolved.outcome, resolved.next_at) == (State.RESOLVED, "compensated", None)
    async with reading():
        kept = {clock.name: clock.kept(now()) for clock in await history.clocks_of(resolved)}
        copies = (await history.clocks_of_many([resolved]))[info.id]
        derived = await history.clocks_of(resolved)
    assert kept == {Name.PROPOSAL: True, Name.COMPENSATION: False, Name.LEGAL: True}
    assert copies == derived
    back = await ending.reopen(SYSTEM, info.id, TOMORROW + timedelta(days=5))
    assert (back.state, back.round, back.ended_at) == (State.OPEN, 2, None)
    async with reading():
        assert len(await history.rounds_of(back)) == 2
        assert (await history.clocks_of(back))[0].due_at == TOMORROW + timedelta(days=6)


async def test_a_declined_decision_without_compensation_lets_the_clock_run_on(database: str) -> None:
    info = await filed()
    await ending.proposal_sent(SYSTEM, info.id, 1, TOMORROW, compensated=False)
    async with reading():
        assert (await history.clocks_of(info))[1].stopped_at == TOMORROW
    await ending.proposal_answered(SYSTEM, info.id, 1, False, TOMORROW + timedelta(hours=1))
    async with reading():
        assert (await history.clocks_of(info))[1].stopped_at is None


async def test_what_repeats_it_is_resolved_with_it_under_its_own_clocks(database: str) -> None:
    first = await filed()
    again = await filed(vip_id=first.vip_id, order_id=first.order_id, at=AT + timedelta(hours=2))
    await ending.proposal_sent(SYSTEM, first.id, 1, TOMORROW, compensated=False)
    await ending.proposal_answered(SYSTEM, first.id, 1, True, TOMORROW)
    await ending.resolve(SYSTEM, first.id, ending.SETTLED, TOMORROW)
    async with reading():
        ended = await queries.by_id(again.id)
        assert ended is not None
        proposal = (await history.clocks_of(ended))[0]
    assert ended.state is State.RESOLVED
    assert (proposal.started_at, proposal.stopped_at) == (AT + timedelta(hours=2), TOMORROW)


async def test_nothing_is_said_on_a_page_that_moved_on(database: str) -> None:
    info = await filed()
    words = Words(Speaker.AGENT, Audience.BUYER, "您好，我来处理", None)
    await say(SYSTEM, info.id, words, AT, seen=info.last_event)
    with pytest.raises(Refused) as refused:
        await say(SYSTEM, info.id, words, AT, seen=info.last_event)
    assert refused.value.code == "complaint_moved_on"


async def test_a_broken_step_is_refused_with_its_state(database: str) -> None:
    info = await filed()
    with pytest.raises(Refused, match="complaint_state"):
        await ending.proposal_answered(SYSTEM, info.id, 1, True, AT)
    await ending.withdraw(SYSTEM, info.id, "buyer", AT)
    with pytest.raises(Refused, match="complaint_not_ended"):
        await ending.reopen(SYSTEM, info.id, AT)


async def test_no_late_answer_brings_back_what_has_ended(database: str) -> None:
    """Only a reopening does: it has clocks of its own."""
    info = await filed()
    await ending.proposal_sent(SYSTEM, info.id, 1, AT, compensated=False)
    await ending.proposal_answered(SYSTEM, info.id, 1, True, AT)
    await ending.resolve(SYSTEM, info.id, ending.SETTLED, AT)
    with pytest.raises(Refused, match="complaint_state"):
        await ending.proposal_answered(SYSTEM, info.id, 1, False, AT)
