"""What was agreed and is not paid: called off by whom the authority allows, or confirmed by hand by a second person."""

import asyncio
from typing import Any

import pytest

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import local, now
from portal.core.base.database import reading
from portal.core.base.refusals import Forbidden, NotFound, Refused
from portal.core.base.tables import Outbox
from portal.service.compensations import ledger, paying, queries, unpaid
from portal.service.compensations.paying import Payment
from portal.service.compensations.queries import GrantInfo
from portal.service.compensations.rules import Paid, Via
from portal.service.complaints.rules import State
from tests import make
from tests.browse import Browser
from tests.cast import Cast
from tests.service.compensations.make import agreed, case, notices

WHY = "商城那边已经整单退款，不再重复付。"


async def grant_of(ref: str) -> GrantInfo:
    async with reading():
        found = await queries.grant(ref)
    assert found is not None
    return found


async def test_called_off_the_complaint_is_open_again_and_her_day_free(cast: Cast) -> None:
    one, grant = await agreed()
    agent = await make.viewer(one.agent)
    async with reading():
        assert await queries.used_today(one.agent, grant.day) == grant.value_fen
    done = await unpaid.call_off(agent, grant.ref, WHY, now())
    assert (done.state, done.off_by, done.off_reason) == (Paid.OFF, "Ann", WHY)
    assert (await one.now()).state is State.OPEN
    async with reading():
        assert await queries.used_today(one.agent, grant.day) == 0
        total = await ledger.total(ledger.Wanted(grant.month, None, None))
        assert await ledger.imbalance() == []
        told = await Outbox.raw("SELECT payload FROM outbox WHERE CAST(payload AS text) LIKE '%called_off%'")
    assert (total.grants, total.due_fen) == (0, 0)
    assert told
    again, new = await agreed(case_=one, fen=1_000)
    assert (new.state, again.info.id) == (Paid.DUE, one.info.id)


async def test_who_may_call_it_off(cast: Cast) -> None:
    one, grant = await agreed()
    with pytest.raises(Refused, match="grant_not_yours"):
        await unpaid.call_off(await make.viewer(cast.abe), grant.ref, WHY, now())
    with pytest.raises(Refused, match="reason_missing"):
        await unpaid.call_off(await make.viewer(cast.dora), grant.ref, " ", now())
    with pytest.raises(NotFound):
        await unpaid.call_off(await make.viewer(cast.dora), "none", WHY, now())
    await unpaid.call_off(await make.viewer(cast.dora), grant.ref, WHY, now())
    assert "compensation_called_off" in await notices(one.agent)


async def test_called_off_and_paid_at_once_one_wins(cast: Cast) -> None:
    _, grant = await agreed()
    lead = await make.viewer(cast.dora)

    async def off() -> str:
        try:
            await unpaid.call_off(lead, grant.ref, WHY, now())
        except Refused as refused:
            return refused.code
        return "off"

    async def pay() -> str:
        try:
            await paying.confirm(SYSTEM, grant.ref, Payment(grant.amount_fen, None, "R-1"), Via.API, now())
        except Refused as refused:
            return refused.code
        return "paid"

    answers = sorted(await asyncio.gather(off(), pay()))
    assert answers in (["off", "payment_called_off"], ["grant_not_due", "paid"])
    assert (await grant_of(grant.ref)).state in (Paid.OFF, Paid.PAID)


async def test_a_payment_is_confirmed_by_hand_by_another_lead(cast: Cast) -> None:
    lead = await make.person("desk_lead", "周敏")
    one, grant = await agreed(case_=await case(agent=lead))
    with pytest.raises(Refused, match="grant_own"):
        await unpaid.confirm_by_hand(await make.viewer(lead), grant.ref, "B-20261123", now(), now())
    with pytest.raises(Forbidden):
        await unpaid.confirm_by_hand(await make.viewer(cast.abe), grant.ref, "B-20261123", now(), now())
    done = await unpaid.confirm_by_hand(await make.viewer(cast.dora), grant.ref, "B-20261123", now(), now())
    assert (done.state, done.via, done.payment_ref) == (Paid.PAID, Via.HAND, "B-20261123")
    info = await one.now()
    assert info.state is State.AGREED
    with pytest.raises(Refused, match="grant_not_due"):
        await unpaid.call_off(await make.viewer(cast.dora), grant.ref, WHY, now())


async def test_the_page_of_a_grant_does_both(browser: Browser, open_browser: Any, cast: Cast) -> None:
    _, grant = await agreed()
    way = f"/desk/grants/{grant.ref}"
    await make.sign_in(browser, cast.dora)
    early = str(local(now()).date().replace(year=2099))
    page = await browser.visit_and_submit(way, f"{way}/payment", payment_ref="B-1", paid_on=early)
    assert page.status == 422
    assert 'value="B-1"' in page.html
    page = await browser.visit_and_submit(way, f"{way}/payment", payment_ref="B-2026")
    assert (page.status, "B-2026" in page.text) == (200, True)
    two, second = await agreed()
    way = f"/desk/grants/{second.ref}"
    agent = await make.sign_in(open_browser(), two.agent)
    assert (await agent.visit_and_submit(way, f"{way}/calling-off", reason="")).status == 422
    page = await agent.visit_and_submit(way, f"{way}/calling-off", reason=WHY)
    assert (page.status, WHY in page.text) == (200, True)
    assert WHY in (await open_browser().get(await two.link())).text
    assert (await agent.post(f"/desk/grants/{grant.ref}/payment", {"payment_ref": "x"})).status == 403


async def test_programs_list_and_read_compensations(browser: Browser, cast: Cast) -> None:
    _, first = await agreed()
    _, second = await agreed()
    await unpaid.call_off(await make.viewer(cast.dora), first.ref, WHY, now())
    key = await make.api_key("compensations:write")
    listed = (await browser.client.get("/api/v1/compensations?limit=1", headers=key)).json()
    assert [each["ref"] for each in listed["compensations"]] == [first.ref]
    rest = (await browser.client.get(f"/api/v1/compensations?after={listed['next']}", headers=key)).json()
    assert ([each["ref"] for each in rest["compensations"]], rest["next"]) == ([second.ref], None)
    due = (await browser.client.get("/api/v1/compensations?state=due", headers=key)).json()
    assert [each["ref"] for each in due["compensations"]] == [second.ref]
    one = await browser.client.get(f"/api/v1/compensations/{first.ref}", headers=key)
    assert (one.status_code, one.json()["state"]) == (200, "off")
    assert (await browser.client.get("/api/v1/compensations/none", headers=key)).status_code == 404
    assert (await browser.client.get("/api/v1/compensations?state=odd", headers=key)).status_code == 422
    other = await make.api_key("events:read")
    assert (await browser.client.get("/api/v1/compensations", headers=other)).status_code == 403
