"""The lead's view: who carries how much, what is in danger, and many complaints moved at once."""

from datetime import timedelta
from typing import Any

import pytest

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import counting_queries, reading
from portal.core.base.worker import run_due
from portal.core.web.i18n import t
from portal.core.web.paging import Cut
from portal.service.complaints import actions, charge, lead_queries
from portal.service.complaints.actions import Words
from portal.service.complaints.lead_queries import Wanted
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.rules import Audience, Function, Speaker, State
from tests import make
from tests.browse import Browser
from tests.cast import Cast
from tests.service.complaints.make import BUYER, agent_ready, complaint, fresh, scene
from tests.service.roster import make as roster


async def desk(cast: Cast, n: int = 2) -> tuple[int, list[ComplaintInfo]]:
    """An agent with so many complaints."""
    agent = await agent_ready()
    return agent, [await complaint(await scene(cast.olive), text=f"第{k}件事情") for k in range(n)]


async def test_everybodys_load_with_what_it_was_counted_from(cast: Cast) -> None:
    agent, [first, second] = await desk(cast)
    old = await complaint(await scene(cast.olive), now() - timedelta(hours=30))
    for info, said in ((first, "您的订单号是多少"), (second, "请讲一下经过")):
        turn = await actions.say(SYSTEM, info.id, Words(Speaker.AGENT, Audience.BUYER, said, agent), now())
        if info is first:
            await actions.told_before(info.id, turn, now())
    async with reading():
        loads = {load.agent.person_id: load for load in await lead_queries.loads(now())}
    mine = loads[agent]
    assert (mine.open, mine.broken, mine.oldest_at) == (3, 1, old.received_at)
    assert (mine.asked_again.part, mine.asked_again.n, mine.asked_again.percent) == (1, 2, 50)
    assert (mine.first_replies.part, mine.first_replies.n) == (2, 2)
    assert loads[cast.dora].asked_again.percent is None


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, {"a", "b", "late", "queue"}),
        ({"agent": True}, {"a", "b"}),
        ({"agent_id": 0}, {"late", "queue"}),
        ({"function": Function.PRICE}, {"b"}),
        ({"state": State.PROPOSED}, set()),
        ({"broken": True}, {"late"}),
        ({"broken": True, "function": Function.PRICE}, set()),
    ],
)
async def test_running_complaints_by_agent_kind_state_and_breach(
    cast: Cast, wanted: dict[str, Any], expected: set[str]
) -> None:
    late = await complaint(await scene(cast.olive), now() - timedelta(hours=25))
    waits = await complaint(await scene(cast.olive))
    agent = await roster.agent("林晓月", now())
    a, b = await complaint(await scene(cast.olive)), await complaint(await scene(cast.olive), function=Function.PRICE)
    for info in (a, b):
        await charge.take(SYSTEM, agent, info.id, now())
    names = {a.id: "a", b.id: "b", late.id: "late", waits.id: "queue"}
    given = dict(wanted)
    if given.pop("agent", None):
        given["agent_id"] = agent
    async with reading():
        found = await lead_queries.running(Wanted(**given), Cut(), now())
    assert {names[info.id] for info in found.items} == expected


async def test_a_bulk_move_out_of_absent_hands(browser: Browser, cast: Cast) -> None:
    agent, infos = await desk(cast, 3)
    other = await agent_ready("周敏")
    await make.sign_in(browser, cast.dora)
    page = await browser.get(f"/desk/load/running?agent={agent}")
    page = await browser.submit(page, "/desk/load/moves", to=str(other), reason="临时请假", all_of=str(agent))
    assert t("complaints.lead.job_running") in page
    await run_due()
    page = await browser.get(page.path)
    assert t("complaints.lead.job_ended") in page
    assert {(await fresh(info)).agent_id for info in infos} == {other}


async def test_a_move_that_cannot_be_is_told_with_its_reason(browser: Browser, cast: Cast) -> None:
    _, [info] = await desk(cast, 1)
    await make.sign_in(browser, cast.dora)
    page = await browser.get("/desk/load/running")
    page = await browser.submit(page, "/desk/load/moves", to=str(cast.abe), reason="x")
    assert page.status == 422
    page = await browser.submit(page, "/desk/load/moves", to=str(cast.abe), reason="换人", complaints=[str(info.id)])
    assert page.status == 200
    await charge.hand_over(SYSTEM, cast.dora, info.id, cast.abe, "已经说好了的事情不用再问", "先转了", now())
    await roster.leave(cast.abe, cast.dora, now())
    await run_due()
    page = await browser.get(page.path)
    assert t("refusal.agent_not_ready") in page or (await fresh(info)).agent_id == cast.dora


async def test_the_lead_acts_beside_the_agent_and_agents_do_not_see_loads(browser: Browser, cast: Cast) -> None:
    _, [info] = await desk(cast, 1)
    await make.sign_in(browser, cast.dora)
    path = f"/desk/complaints/{info.ref}"
    page = await browser.visit_and_submit(path, f"{path}/turns", text="我是主管，来一起看", audience="inner")
    assert "我是主管，来一起看" in page
    await make.sign_in(browser, cast.abe)
    assert (await browser.get("/desk/load")).status == 403
    assert (await browser.post(f"{path}/turns", {"text": "插一句"})).status == 403


async def test_the_lists_cost_the_same_however_long(browser: Browser, cast: Cast) -> None:
    await desk(cast, 1)
    await make.sign_in(browser, cast.dora)
    found: list[list[int]] = []
    for _ in range(2):
        row = []
        for path in ("/desk/load", "/desk/load/running"):
            with counting_queries() as counted:
                assert (await browser.get(path)).status == 200
            row.append(len(counted))
        found.append(row)
        for n in range(8):
            await complaint(await scene(cast.olive), text=f"又一件 {n} 的经过")
            await roster.agent(f"客服{n}", now())
    assert found[0] == found[1]
    assert max(found[0]) <= 12


async def test_what_the_buyer_says_is_no_agents_turn(cast: Cast) -> None:
    agent, [info] = await desk(cast, 1)
    await actions.say(BUYER, info.id, Words(Speaker.BUYER, Audience.BUYER, "什么时候有结果"), now())
    async with reading():
        loads = {load.agent.person_id: load for load in await lead_queries.loads(now())}
    assert loads[agent].asked_again.n == 0
