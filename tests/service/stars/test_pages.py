"""The owner's page and what it opens to, appeals, the team, months and publication, criteria; in both languages."""

from collections.abc import Callable

import pytest

from certification.certificates import queries as certificates
from portal.core.base.clock import now
from portal.core.base.database import counting_queries, reading, writing
from portal.core.stores.tables import Store
from portal.service.stars import queries, runs, setting
from portal.service.stars.criteria import Metric
from portal.service.stars.honour import star_on_poster
from portal.service.stars.spans import end_of, month_before, month_of
from tests import make
from tests.browse import Browser
from tests.cast import Cast
from tests.service.stars import make as stars
from tests.service.stars.make import Shop

Open = Callable[[], Browser]


def last_month() -> str:
    return month_before(month_of(now()))


async def _shop(cast: Cast, low: int = 0) -> Shop:
    """Olive's store, opened long ago, with forty orders; of twenty ratings so many are bad."""
    until = end_of(last_month())
    async with writing():
        await Store.update({Store.opened_at: until - 400 * stars.DAY}, force=True)
    return await stars.shop(low=low, until=until, owner=cast.olive, opened_at=until - 400 * stars.DAY)


async def _published(cast: Cast) -> str:
    return (await stars.published(last_month(), now(), cast.ada, cast.alan)).month


async def test_an_owner_reads_her_star_line_by_line_and_opens_it_down_to_an_order(browser: Browser, cast: Cast) -> None:
    await make.sign_in(browser, cast.olive.person_id)
    page = await browser.get("/stars")
    assert "还没有公布过您的星级" in page
    assert "/stars/criteria" in page.links
    await _shop(cast, low=4)
    month = await _published(cast)
    page = await browser.get("/stars")
    assert "您这个月是 3 星" in page
    assert "到 4 星还差什么" in page
    assert "再有" in page
    assert "供应商发错" in page
    for metric in (Metric.SATISFACTION, Metric.FAULTS):
        assert f"/stars/{month}/{metric}" in page.links
    cases = await browser.get(f"/stars/{month}/satisfaction")
    assert "3 星以下" in cases
    orders = [link for link in cases.links if link.startswith("/orders/order-")]
    assert len(orders) == 20
    assert (await browser.get(orders[0])).status == 200
    file = await browser.get(f"/stars/{month}/stars.csv")
    assert "买家满意" in file.html
    assert (await browser.get("/stars/2020-01")).status == 404
    assert (await browser.get(f"/stars/{month}/nonsense")).status == 404
    home = await browser.get("/")
    assert "/stars" in home.links


async def test_an_owner_appeals_and_a_lead_decides_and_the_correction_is_said(
    browser: Browser, cast: Cast, open_browser: Open
) -> None:
    shop = await _shop(cast, low=6)
    month = await _published(cast)
    await make.sign_in(browser, cast.olive.person_id)
    form = await browser.get(f"/stars/{month}/appeal")
    again = await browser.submit(form, text="不")
    assert again.status == 422
    assert 'id="f-text-error"' in again.html
    page = await browser.submit(again, text="有六份是同一个同行打的，请核对。")
    assert "已提交，等人来看" in page
    lead = await make.sign_in(open_browser(), cast.dora)
    listed = await lead.get("/admin/stars/appeals")
    path = next(link for link in listed.links if link.startswith("/admin/stars/appeals/"))
    page = await lead.submit(await lead.get(path), f"{path}/review")
    assert "正在核对" in page
    wrong = await lead.submit(
        page, f"{path}/decision", decision="upheld", metric="satisfaction", struck="9", reason="核对过评价来源。"
    )
    assert wrong.status == 422
    assert "最多只能去掉 6 条" in wrong
    page = await lead.submit(wrong, f"{path}/decision", struck="6")
    assert "申诉成立" in page
    assert "更正" in page
    page = await browser.get("/stars")
    assert "您这个月是 5 星" in page
    assert "申诉成立" in page
    admin = await make.sign_in(open_browser(), cast.ada)
    page = await admin.get(f"/admin/stars/{month}/{shop.store_id}")
    assert "重算过，结果一致" in page
    assert "这一行更正了" in page
    assert "已更正" in await admin.get(f"/admin/stars/{month}")


async def test_two_admins_publish_and_neither_alone(browser: Browser, cast: Cast, open_browser: Open) -> None:
    shop = await _shop(cast)
    month = last_month()
    await stars.reckoned(month, now())
    await make.sign_in(browser, cast.olive.person_id)
    assert "还没有公布过您的星级" in await browser.get("/stars")
    assert (await browser.get(f"/stars/{month}")).status == 404
    ada, alan = await make.sign_in(open_browser(), cast.ada), await make.sign_in(open_browser(), cast.alan)
    here = f"/admin/stars/{month}"
    assert here in (await ada.get("/admin/stars")).links
    page = await ada.submit(await ada.get(here), f"{here}/proposal")
    assert "要另一位管理员确认" in page
    assert f"{here}/publication" not in page.html
    page = await alan.submit(await alan.get(here), f"{here}/publication")
    assert "已公布" in page
    assert "您这个月是 5 星" in await browser.get("/stars")
    assert "买家满意" in (await ada.get(f"{here}/stars.csv")).html
    assert (await ada.get(f"{here}/stars.xlsx")).status == 200
    only = await ada.get(f"{here}?show=5")
    assert f"{here}/{shop.store_id}" in only.links
    assert f"{here}/{shop.store_id}" not in (await ada.get(f"{here}?show=gate")).links
    assert "/admin/orders/" in (await ada.get(f"{here}/{shop.store_id}/faults")).html


async def test_a_manager_sees_her_team_and_nobody_elses(browser: Browser, cast: Cast, open_browser: Open) -> None:
    shop = await _shop(cast)
    month = await _published(cast)
    await make.sign_in(browser, cast.mona)
    page = await browser.get("/manage/stars")
    path = f"/manage/stars/{month}/{shop.store_id}"
    assert path in page.links
    assert "逐项说明" in await browser.get(path)
    assert (await browser.get(f"{path}/faults")).status == 200
    other = await make.sign_in(open_browser(), cast.milo)
    assert path not in (await other.get("/manage/stars")).links
    assert (await other.get(path)).status == 404
    assert (await other.get("/admin/stars")).status == 403


async def test_an_admin_sets_a_new_version_and_faults_stand_beside_their_fields(browser: Browser, cast: Cast) -> None:
    await make.sign_in(browser, cast.ada)
    page = await browser.get("/admin/star-criteria")
    wrong = await browser.submit(page, reason="回复更重要。", weight_reply="15", floor_reply="abc")
    assert wrong.status == 422
    assert 'id="f-floor_reply-error"' in wrong.html
    wrong = await browser.submit(wrong, floor_reply="30")
    assert "加起来要等于 100" in wrong
    past = await browser.submit(wrong, weight_training="5", since=month_of(now()))
    assert "只能从还没开始的月份起用" in past
    page = await browser.submit(past, since="2031-01")
    assert page.path == "/admin/star-criteria"
    assert "回复更重要" in page
    async with reading():
        version = (await setting.versions())[0]
    assert (version.number, version.since, version.criteria.lines[Metric.REPLY].weight) == (2, "2031-01", 15)
    assert "2031-01" in await browser.get("/stars/criteria")


@pytest.mark.parametrize(
    "path", ["/stars", "/stars/criteria", "/admin/stars", "/admin/star-criteria", "/admin/stars/appeals"]
)
async def test_pages_speak_english_and_ask_the_database_little(path: str, app: object, cast: Cast) -> None:
    await _shop(cast)
    month = await _published(cast)
    browser = Browser(app, language="en")  # type: ignore[arg-type]
    await make.sign_in(browser, cast.olive.person_id if path.startswith("/stars") else cast.ada)
    await browser.get("/preferences")
    with counting_queries() as count:
        page = await browser.get(path)
    assert page.status == 200
    assert len(count) <= 12
    assert month
    await browser.close()


async def test_the_certificates_page_and_the_poster_show_the_star(browser: Browser, cast: Cast) -> None:
    shop = await _shop(cast)
    await _published(cast)
    async with reading():
        held = await certificates.of_person(cast.olive.person_id)
        assert await queries.published_months() == [last_month()]
        run = await runs.run_of(last_month())
    assert run is not None
    assert await star_on_poster(shop.store_id, now()) == 5
    assert held
    assert 'class="stars' in (await browser.get(f"/verify/{held[0].number}")).html
