"""What time brings: approvals' ladder, unconfirmed payments, the month's sample and its reviews, erasure."""

from datetime import timedelta

import pytest

from portal.core.base.audit import SYSTEM, Actor
from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.base.refusals import Refused
from portal.core.web.paging import Cut
from portal.service.compensations import approving, paying, personal, reviews, sweeps
from portal.service.compensations.ledger import month_of
from portal.service.compensations.paying import Payment
from portal.service.compensations.rules import Finding, Kind, Via
from tests import make
from tests.cast import Cast
from tests.service.compensations import make as given

HOUR = timedelta(hours=1)


async def test_a_silent_approver_is_told_at_half_and_everybody_at_the_end_once_each(cast: Cast) -> None:
    at = now() - 2 * HOUR
    case = await given.case(at=at)
    made = await case.propose(9_000)
    assert await sweeps.climb() == 1
    assert await sweeps.climb() == 0
    assert (await given.notices(cast.dora)).count("compensation_waits") == 1
    await approving.climb(made.id, at + 4 * HOUR)
    await approving.climb(made.id, at + 5 * HOUR)
    for person in (cast.dora, cast.ada, cast.alan):
        assert (await given.notices(person)).count("compensation_overdue") == 1
    assert (await given.notices(case.agent)).count("compensation_still_waits") == 1


async def test_after_a_downtime_only_the_highest_step_speaks(cast: Cast) -> None:
    await (await given.case(at=now() - 9 * HOUR)).propose(9_000)
    await sweeps.climb()
    heard = await given.notices(cast.dora)
    assert (heard.count("compensation_waits"), heard.count("compensation_overdue")) == (0, 1)


async def test_a_decided_one_climbs_no_more(cast: Cast) -> None:
    case = await given.case(at=now() - 9 * HOUR)
    made = await case.propose(9_000)
    await approving.approve(Actor("person", cast.dora), cast.dora, made.ref, None, now())
    assert await sweeps.climb() == 0


async def test_an_unconfirmed_payment_is_told_once(cast: Cast) -> None:
    case = await given.case(at=now() - 25 * HOUR)
    await case.accept(await case.propose())
    assert [await sweeps.tell_unpaid(), await sweeps.tell_unpaid()] == [1, 0]
    assert (await given.notices(cast.dora)).count("compensation_unpaid") == 1
    assert (await given.notices(cast.ada)).count("compensation_unpaid") == 1


async def test_a_confirmed_payment_is_not_told(cast: Cast) -> None:
    case = await given.case(at=now() - 25 * HOUR)
    case, grant = await given.agreed(case_=case)
    await paying.confirm(SYSTEM, grant.ref, Payment(1_500), Via.API, case.at + HOUR)
    assert await sweeps.tell_unpaid() == 0


async def drawn(cast: Cast) -> tuple[given.Case, reviews.ReviewInfo]:
    """A grant of two months ago that was drawn."""
    case = await given.case(at=now() - timedelta(days=62))
    await given.agreed(case_=case)
    await sweeps.draw()
    async with reading():
        found = await reviews.reviews(Cut(), only_open=True)
    assert len(found.items) == 1
    return case, found.items[0]


async def test_a_month_that_is_over_is_drawn_from_once(cast: Cast) -> None:
    await drawn(cast)
    await given.agreed()  # this month is not over
    assert await sweeps.draw() == 0


async def test_another_judges_a_grant_and_its_agent_hears_of_it(cast: Cast) -> None:
    case, one = await drawn(cast)
    with pytest.raises(Refused, match="review_own"):
        await reviews.judge(Actor("person", case.agent), case.agent, one.id, Finding.FITTING, "", now())
    with pytest.raises(Refused, match="review_note"):
        await reviews.judge(Actor("person", cast.dora), cast.dora, one.id, Finding.TOO_MUCH, " ", now())
    done = await reviews.judge(Actor("person", cast.dora), cast.dora, one.id, Finding.TOO_MUCH, "补发就够了", now())
    assert (done.found, done.note) == (Finding.TOO_MUCH, "补发就够了")
    assert (await given.notices(case.agent))[-1] == "grant_too_much"
    with pytest.raises(Refused, match="review_done"):
        await reviews.judge(Actor("person", cast.ada), cast.ada, one.id, Finding.FITTING, "", now())
    async with reading():
        months = await reviews.months()
    assert months[0].month == month_of(case.at)
    assert (months[0].drawn, months[0].found) == (1, {"too_much": 1})


async def test_who_approved_it_does_not_judge_it(cast: Cast) -> None:
    case = await given.case(at=now() - timedelta(days=62))
    made = await case.propose(9_000)
    await approving.approve(Actor("person", cast.dora), cast.dora, made.ref, None, case.at)
    await case.accept(made)
    await sweeps.draw()
    async with reading():
        one = (await reviews.reviews(Cut(), only_open=True)).items[0]
    with pytest.raises(Refused, match="review_approved"):
        await reviews.judge(Actor("person", cast.dora), cast.dora, one.id, Finding.FITTING, "", now())


async def test_a_buyer_takes_her_proposals_along_and_they_are_forgotten(cast: Cast) -> None:
    agent = await make.person("agent", "Ann")
    case, _ = await given.agreed(Kind.VOUCHER, 1_000, await given.case(agent))
    async with reading():
        told = await personal.export_buyer(case.buyer.id)
    assert told["proposals"][0]["said"] == given.SAID
    assert told["grants"][0]["amount_fen"] == 1_000
    async with writing():
        await personal.erase_buyer(case.buyer.id, now())
    async with reading():
        told = await personal.export_buyer(case.buyer.id)
    assert told["proposals"][0]["said"] == ""
