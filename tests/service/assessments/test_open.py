"""What opens further: a party's page at another address, its verdict down to the orders, what the white list asks for."""

from collections.abc import Callable
from datetime import datetime

import pytest

from portal.core.base.clock import local, now
from portal.core.base.database import reading, writing
from portal.core.base.tables import Outbox
from portal.core.supply.rules import Standing
from portal.service.assessments import sweeps, whitelist
from portal.service.assessments.rules import WhiteNo
from portal.service.facts.tables import FactDue
from tests import make as people
from tests.browse import Browser
from tests.cast import Cast
from tests.service.assessments import make
from tests.service.assessments.make import DAY, yesterday
from tests.service.orders import make as orders

Open = Callable[[], Browser]
HERE = "/admin/assessments"


@pytest.mark.usefixtures("school")
async def test_nobody_is_judged_for_a_day_that_is_not_reckoned_to_its_end(cast: Cast, browser: Browser) -> None:
    at = now()
    there = await make.firm("qinling", at - DAY)
    await make.counted(there, yesterday(at, 5), counted=100, faulted=7)
    order = await orders.order(await orders.vip(await people.licensed_owner("Li", at - 9 * DAY), at - 8 * DAY))
    async with writing():
        await FactDue.delete(force=True)
        await FactDue.insert(FactDue(order_of=order.id, at=at - DAY))
    assert await sweeps.judge() == 0
    assert await make.standing(there) is Standing.GOOD
    await people.sign_in(browser, cast.ada)
    assert "还没有算完" in await browser.get(HERE)
    async with writing():
        await FactDue.update({FactDue.at: at}).where(FactDue.order_of == order.id)  # today's does not concern yesterday
    assert await sweeps.judge() == 1
    assert await make.standing(there) is Standing.RECTIFYING
    assert "还没有算完" not in await browser.get(HERE)


async def test_a_leaked_link_is_replaced_and_the_new_one_mailed(
    cast: Cast, browser: Browser, open_browser: Open
) -> None:
    there = await make.ordered(now() - 5 * DAY)
    old = await make.page_of(there)
    await people.sign_in(browser, cast.dora)
    party = f"{HERE}/parties/qinling"
    page = await browser.submit(await browser.get(party), f"{party}/link")
    new = await make.page_of(there)
    assert new != old
    assert new in page
    supplier = open_browser()
    assert (await supplier.get(old)).status == 410
    assert (await supplier.get(new)).status == 200
    async with reading():
        sent = await Outbox.select(Outbox.payload).where(Outbox.topic == "assessment.mail").order_by(Outbox.id)
    assert '"what": "link"' in sent[-1]["payload"]
    agent = await people.sign_in(open_browser(), cast.abe)
    assert (await agent.post(f"{party}/link", {})).status == 403


async def test_a_party_reads_its_verdict_and_nobody_elses(cast: Cast, open_browser: Open) -> None:
    at = now() - 5 * DAY
    there, other = await make.ordered(at), await make.firm("other", at)
    await make.counted(other, yesterday(at, 3), counted=100, faulted=9)
    await make.judged(other, yesterday(at), at)
    own, supplier = await make.page_of(there), open_browser()
    verdict, others = await make.last_verdict(there), await make.last_verdict(other)
    page = await supplier.get(f"{own}/verdicts/{verdict.ref}")
    assert "100 次中 7 次" in page
    assert "这里没有订单" in page  # the counts of this test have no orders behind them
    assert (await supplier.get(f"{own}/verdicts/{others.ref}")).status == 404
    assert (await supplier.get(f"/p/nowhere/verdicts/{verdict.ref}")).status == 410
    english = await supplier.get(f"{own}/verdicts/{verdict.ref}?only=all", headers={"Accept-Language": "en"})
    assert english.status == 200


async def test_what_is_missing_to_the_white_list_stands_line_by_line(cast: Cast, browser: Browser) -> None:
    at: datetime = now() - DAY
    there = await make.firm("qinling", at)
    await make.counted(there, yesterday(at, 3), counted=60, faulted=2, timed=50, late=1)
    await make.judged(there, yesterday(at), at)
    async with reading():
        lines = {line.no: line for line in await whitelist.lines_of(there, at)}
    assert [no for no, line in lines.items() if line.met] == [WhiteNo.LATE, WhiteNo.SEVERE]
    assert (lines[WhiteNo.FEW].value, lines[WhiteNo.FEW].wanted) == (60, 100)
    assert (lines[WhiteNo.LATE].value, lines[WhiteNo.YOUNG].value) == (200, 4)
    await people.sign_in(browser, cast.ada)
    page = await browser.get(f"{HERE}/parties/qinling")
    assert f"{HERE}/parties/qinling/white" in page.links
    page = await browser.get(f"{HERE}/parties/qinling/white")
    assert "离白名单还差什么" in page
    assert "统计期内 60 单，要求 100 单" in page
    page = await browser.submit(await browser.get(f"{HERE}/parties/qinling"), f"{HERE}/parties/qinling/link")
    async with reading():
        assert (
            "welcome" in (await Outbox.select(Outbox.payload).order_by(Outbox.id, ascending=False).first())["payload"]
        )
    own = await make.page_of(there)
    assert f"{own}/white" in (await browser.get(own)).links
    assert "统计期内 60 单，要求 100 单" in await browser.get(f"{own}/white")
    await make.counted(there, yesterday(at), counted=100, faulted=8)
    await make.judged(there, at.date(), at + DAY)
    assert "恢复正常" in await browser.get(f"{own}/white")
    assert (await browser.get("/p/nobody/white")).status == 410


async def test_what_nothing_is_known_of_yet_has_a_dash(cast: Cast, browser: Browser) -> None:
    at = now() - DAY
    there = await make.firm("qinling", at)
    await make.counted(there, yesterday(at, 3), counted=30, faulted=2)
    await make.judged(there, yesterday(at), at)
    page = await browser.get(f"{await make.page_of(there)}/white")
    assert "晚发晚到 –" in page


async def test_present_figures_open_down_to_their_orders_and_the_register_shows_the_verdicts(
    cast: Cast, browser: Browser
) -> None:
    there = await make.ordered(now() - DAY)
    await people.sign_in(browser, cast.dora)
    page = await browser.get(f"{HERE}/parties/qinling")
    assert f"{HERE}/parties/qinling/orders?only=faulted" in page.links
    assert (await browser.get(f"{HERE}/parties/qinling/orders?only=faulted")).status == 200
    assert (await browser.get(f"{HERE}/parties/qinling/orders")).status == 200
    page = await browser.get("/admin/register/suppliers/qinling")
    verdict = await make.last_verdict(there)
    assert "整改中" in page
    assert verdict.way in page.links
    assert local(verdict.at).date().isoformat() in page
