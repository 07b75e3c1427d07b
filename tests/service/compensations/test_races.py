"""Two hands at once: one grant, one payment, one decision; and no sequence that pays above authority."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.core.base.audit import SYSTEM, Actor
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import Refused
from portal.core.web.frame import Frame
from portal.service.compensations import actions, answering, approving, ledger, paying, vouchers
from portal.service.compensations.paying import Payment
from portal.service.compensations.rules import Kind, Paid, State, Via
from portal.service.compensations.tables import Approval, Grant, Proposal
from portal.service.compensations.vouchers import Code
from portal.service.complaints.rules import State as Of
from tests import make
from tests.browse import BASE
from tests.cast import Cast
from tests.service.compensations import make as maker
from tests.service.connect.shop import open_shop, set_secret


async def settle(*acts: Awaitable[object]) -> list[object]:
    """What each came to: its result, or the code of its refusal."""

    async def one(act: Awaitable[object]) -> object:
        try:
            return await act
        except Refused as refused:
            return refused.code

    return list(await asyncio.gather(*map(one, acts)))


async def test_twenty_four_acceptances_make_one_grant(cast: Cast, app: Frame) -> None:
    case = await maker.case()
    made = await case.propose()
    way = await case.link()
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        page = await client.get(way)
        token = page.text.split('name="_csrf" value="')[1].split('"')[0] if 'name="_csrf"' in page.text else ""
        sent = [client.post(f"{way}/proposals/{made.ref}/acceptance", data={"_csrf": token}) for _ in range(24)]
        answers = await asyncio.gather(*sent)
    assert {answer.status_code for answer in answers} == {303}
    assert len(await case.grants()) == 1
    assert (await case.now()).state is Of.AGREED
    assert await ledger.imbalance() == []


async def test_accepting_while_the_desk_takes_it_back(cast: Cast) -> None:
    case = await maker.case()
    made = await case.propose()
    agent = Actor("person", case.agent)
    await settle(case.accept(made), actions.withdraw(agent, case.agent, made.ref, "说错了", case.at))
    state, count = (await maker.proposal(made)).state, len(await case.grants())
    assert (state, count) in ((State.ACCEPTED, 1), (State.WITHDRAWN, 0))
    assert (await case.now()).state is (Of.AGREED if count else Of.OPEN)


async def test_yes_and_no_at_once(cast: Cast) -> None:
    case = await maker.case()
    made = await case.propose()
    no = answering.decline(maker.BUYER, case.info.id, made.ref, "", case.at)
    await settle(case.accept(made), no, case.accept(made))
    state, count = (await maker.proposal(made)).state, len(await case.grants())
    assert (state, count) in ((State.ACCEPTED, 1), (State.DECLINED, 0))


async def test_two_approvers_at_once_send_it_once(cast: Cast) -> None:
    case = await maker.case()
    made = await case.propose(9_000)
    found = await settle(
        *(approving.approve(Actor("person", who), who, made.ref, None, case.at) for who in (cast.dora, cast.ada))
    )
    assert [each for each in found if isinstance(each, str)] == ["proposal_decided"]
    async with reading():
        assert await Approval.count() == 1
    assert (await maker.proposal(made)).state is State.SENT


async def test_one_approves_while_another_refuses(cast: Cast) -> None:
    case = await maker.case()
    made = await case.propose(9_000)
    await settle(
        approving.approve(Actor("person", cast.dora), cast.dora, made.ref, None, case.at),
        approving.refuse(Actor("person", cast.ada), cast.ada, made.ref, "太多", case.at),
    )
    async with reading():
        assert await Approval.count() == 1
    assert (await maker.proposal(made)).state in (State.SENT, State.REFUSED)


async def test_two_confirmations_and_a_webhook_pay_once(cast: Cast, app: Frame) -> None:
    case, grant = await maker.agreed()
    shop = await open_shop(app)
    set_secret()
    path = f"/api/v1/compensations/{grant.ref}/payment"
    body = {"amount_fen": 1_500, "payment_ref": "pay-1", "paid_at": now().isoformat()}
    answers = await asyncio.gather(
        shop.client.post(path, json=body, headers={"Idempotency-Key": "one"}),
        shop.client.post(path, json=body, headers={"Idempotency-Key": "two"}),
        shop.client.post(path, json=body),
        shop.webhook("compensation.paid", body | {"ref": grant.ref}),
    )
    assert {answer.status_code for answer in answers} == {200}, [answer.text for answer in answers]
    async with reading():
        events = await Grant.raw(
            "SELECT count(*) AS n FROM complaint_events WHERE complaint = {} AND kind = 'payment_confirmed'",
            case.info.id,
        )
        acts = await Grant.raw("SELECT count(*) AS n FROM audit_entries WHERE action = 'compensation.paid'")
    assert (events[0]["n"], acts[0]["n"]) == (1, 1)
    assert (await case.grants())[0].state is Paid.PAID
    await shop.client.aclose()


async def test_two_promises_at_once_do_not_both_take_the_last_of_a_day(cast: Cast) -> None:
    agent = await make.person("agent", "Ann")
    cases = [await maker.case(agent) for _ in range(12)]
    for case in cases[:9]:
        await case.propose(2_000)
    found = await asyncio.gather(*(case.propose(2_000) for case in cases[9:]))
    assert sorted(str(made.state) for made in found) == ["awaiting_approval", "awaiting_approval", "sent"]
    assert await ledger.imbalance() == []


async def test_two_buyers_at_once_get_two_codes(cast: Cast) -> None:
    codes = [Code(f"CODE-{n}", 1_000) for n in range(2)]
    await vouchers.take_in(SYSTEM, cast.ada, codes, None, now())
    cases = [await maker.case() for _ in range(3)]
    made = [await case.propose(1_000, Kind.VOUCHER) for case in cases]
    await asyncio.gather(*(case.accept(each) for case, each in zip(cases, made, strict=True)))
    states = [(await case.grants())[0].state for case in cases]
    assert sorted(states) == [Paid.DUE, Paid.PAID, Paid.PAID]
    async with reading():
        rows = await Grant.raw("SELECT grant_of FROM compensation_vouchers WHERE grant_of IS NOT NULL")
    assert len({row["grant_of"] for row in rows}) == 2


ACTS = st.lists(
    st.tuples(
        st.sampled_from(
            ["propose", "approve", "approve_less", "refuse", "accept", "decline", "withdraw", "pay", "day"]
        ),
        st.integers(0, 2),
        st.sampled_from([500, 1_999, 2_000, 2_001, 7_000]),
    ),
    min_size=4,
    max_size=24,
)


async def act(cast: Cast, case: maker.Case, what: str, fen: int, at: maker.datetime) -> None:
    """One hand's act, whatever the case is in."""
    async with reading():
        last = await Proposal.raw(
            "SELECT ref FROM compensation_proposals WHERE complaint = {} ORDER BY id DESC LIMIT 1", case.info.id
        )
    ref = last[0]["ref"] if last else "none"
    lead = Actor("person", cast.dora)
    match what:
        case "propose":
            await case.propose(fen, at=at)
        case "approve":
            await approving.approve(lead, cast.dora, ref, None, at)
        case "approve_less":
            await approving.approve(lead, cast.dora, ref, 100, at)
        case "refuse":
            await approving.refuse(lead, cast.dora, ref, "不同意", at)
        case "accept":
            await answering.accept(maker.BUYER, case.info.id, ref, at)
        case "decline":
            await answering.decline(maker.BUYER, case.info.id, ref, "", at)
        case "withdraw":
            await actions.withdraw(Actor("person", case.agent), case.agent, ref, "改一改", at)
        case "pay":
            for grant in await case.grants():
                await paying.confirm(SYSTEM, grant.ref, Payment(fen), Via.API, at)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_sequence_pays_above_authority_without_the_approvals(database_url: str) -> None:
    from portal.core.base.database import connect, disconnect  # noqa: PLC0415 - this test opens its own door
    from portal.service.compensations import authority  # noqa: PLC0415
    from portal.service.compensations.rules import Allowance  # noqa: PLC0415
    from portal.service.roster.rules import Level  # noqa: PLC0415
    from tests.cast import enter  # noqa: PLC0415

    loop = asyncio.new_event_loop()
    loop.run_until_complete(connect(database_url))
    cast = loop.run_until_complete(enter())
    low = Allowance(Level.JUNIOR, None, None, 2_000, 4_000)
    loop.run_until_complete(authority.set_authority(SYSTEM, cast.ada, low, now(), "试一试", 0, now()))

    async def live(acts: list[tuple[str, int, int]]) -> None:
        at = now() + timedelta(minutes=1)
        agent = await make.person("agent", "Ann")
        cases = [await maker.case(agent, at, cast.olive) for _ in range(3)]
        for what, which, fen in acts:
            at += timedelta(days=1) if what == "day" else timedelta(minutes=1)
            await settle(act(cast, cases[which], what, fen, at))
        await check()

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(ACTS)
    def every(acts: list[tuple[str, int, int]]) -> None:
        loop.run_until_complete(live(acts))

    try:
        every()
    finally:
        loop.run_until_complete(disconnect())
        loop.close()


async def check() -> None:
    """Written apart from the software: every grant is within one's own limits, or somebody else has approved it."""
    async with reading():
        rows = await Grant.raw(
            "SELECT g.agent, g.amount_fen, p.own_day, (SELECT count(*) FROM compensation_approvals v"
            " WHERE v.proposal = p.id AND v.approved AND v.person <> g.agent AND v.amount_fen = g.amount_fen) AS yes"
            " FROM compensation_grants g JOIN compensation_proposals p ON p.id = g.proposal"
        )
    days: dict[tuple[int, str], int] = {}
    for row in rows:
        if row["yes"]:
            continue
        assert row["amount_fen"] <= 2_000
        key = (row["agent"], row["own_day"])
        days[key] = days.get(key, 0) + row["amount_fen"]
    assert max(days.values(), default=0) <= 4_000
    assert await ledger.imbalance() == []
