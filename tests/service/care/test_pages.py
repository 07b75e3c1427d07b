"""A VIP's profile and the month's calls, as her owner sees them."""

from datetime import timedelta

from portal.core.base.clock import local, now
from portal.core.base.database import counting_queries, reading
from portal.core.notices.tables import Notice
from portal.service.care import queries, sweeps
from portal.service.care.tables import CallBack
from tests import make
from tests.browse import Browser
from tests.cast import Cast
from tests.service.care.make import arrived, key_vip
from tests.service.orders import make as orders


async def test_the_list_shows_levels_and_leads_to_the_profile(browser: Browser, cast: Cast) -> None:
    buyer = await key_vip(cast.olive)
    quiet = await orders.vip(cast.olive, name="赵敏")
    await make.sign_in(browser, cast.olive.person_id)
    page = await browser.get("/vips")
    assert "重点" in page
    assert "1 单" in page
    assert "0 单" in page
    assert "这个月 0 / 1" in page
    assert f"/vips/{buyer.external_id}" in page.links
    page = await browser.get(f"/vips/{buyer.external_id}")
    assert "重点 VIP：请优先照看" in page
    assert "¥1,200.00" in page
    assert "冻干草莓" in page
    assert "139****5678" in page
    assert "13912345678" not in page.html
    assert any(link.startswith("/reveals/new?kind=vip") for link in page.links)
    assert "第一印象" in await browser.get(f"/vips/{quiet.external_id}")


async def test_a_profile_asks_few_questions_and_speaks_english(open_browser, cast: Cast) -> None:  # type: ignore[no-untyped-def]
    buyer = await key_vip(cast.olive)
    browser = open_browser()
    await make.sign_in(browser, cast.olive.person_id)
    with counting_queries() as counted:
        await browser.get(f"/vips/{buyer.external_id}")
    assert len(counted) <= 12
    await browser.submit(await browser.get("/me"), "/preferences", language="en")
    assert "A key VIP" in await browser.get(f"/vips/{buyer.external_id}")
    assert "What she said" in await browser.get(f"/callbacks/{buyer.external_id}")


async def test_notes_are_kept_and_faults_stand_beside_their_field(browser: Browser, cast: Cast) -> None:
    buyer = await key_vip(cast.olive)
    await make.sign_in(browser, cast.olive.person_id)
    path = f"/vips/{buyer.external_id}"
    page = await browser.visit_and_submit(path, f"{path}/notes", text="孩子三岁")
    assert "孩子三岁" in page
    page = await browser.submit(page, f"{path}/notes", text="")
    assert page.status == 422
    assert 'id="f-text-error"' in page.html


async def test_a_key_vip_is_called_once_a_month(browser: Browser, cast: Cast) -> None:
    buyer = await key_vip(cast.olive)
    await key_vip(cast.olive, "陈静")
    await make.sign_in(browser, cast.olive.person_id)
    page = await browser.get("/callbacks")
    assert "这个月还有 2 位要回访" in page
    path = f"/callbacks/{buyer.external_id}"
    page = await browser.get(path)
    assert "张秀兰您好" in page
    assert "冻干草莓" in page
    page = await browser.submit(page, path, outcome="reached", note="包装想要更结实")
    assert page.path == "/callbacks"
    assert "1 / 2" in page
    assert "张秀兰" not in page
    assert "包装想要更结实" in await browser.get(f"/vips/{buyer.external_id}")


async def test_no_answer_stays_due_and_comes_again_in_three_days(browser: Browser, cast: Cast) -> None:
    buyer = await key_vip(cast.olive)
    await make.sign_in(browser, cast.olive.person_id)
    path = f"/callbacks/{buyer.external_id}"
    await browser.visit_and_submit(path, path, outcome="no_answer")
    async with reading():
        level = await queries.level(buyer.id)
    assert level is not None
    assert level.next_call_at is not None
    assert timedelta(days=2) < level.next_call_at - now() <= timedelta(days=3)


async def test_who_wants_no_calls_is_not_called(browser: Browser, cast: Cast) -> None:
    buyer = await key_vip(cast.olive)
    await make.sign_in(browser, cast.olive.person_id)
    path = f"/callbacks/{buyer.external_id}"
    page = await browser.get(path)
    await browser.submit(page, path, outcome="do_not_call")
    assert "不希望接到电话" in await browser.get(path)
    again = await browser.submit(page, path, outcome="reached", _key="another")
    assert again.status == 422
    assert "不希望接到电话" in again
    await arrived(buyer, now() - timedelta(days=9), 120_000)
    assert "张秀兰" not in await browser.get("/callbacks")


async def test_a_wrong_day_is_said_beside_it_and_what_she_wrote_stays(browser: Browser, cast: Cast) -> None:
    buyer = await key_vip(cast.olive)
    await make.sign_in(browser, cast.olive.person_id)
    path = f"/callbacks/{buyer.external_id}"
    page = await browser.visit_and_submit(
        path, path, outcome="reached", note="还没说完", next_on=local(now()).date().isoformat()
    )
    assert page.status == 422
    assert 'id="f-next_on-error"' in page.html
    assert "还没说完" in page
    async with reading():
        assert await CallBack.count() == 0


async def test_another_owners_vip_is_unknown(browser: Browser, cast: Cast) -> None:
    buyer = await key_vip(cast.olive)
    await make.sign_in(browser, cast.otto.person_id)
    for path in (f"/vips/{buyer.external_id}", f"/callbacks/{buyer.external_id}"):
        assert (await browser.get(path)).status == 404, path
    assert "还没有重点 VIP" in await browser.get("/callbacks")


async def test_an_owner_is_told_once_a_month_whom_to_call(database: str, cast: Cast, own_settings) -> None:  # type: ignore[no-untyped-def]
    await key_vip(cast.olive)
    hours = (33 - local(now()).hour) % 24  # at nine or after
    own_settings.clock_file.write_text(f"+{hours}h")
    assert await sweeps.remind_calls() == 1
    assert await sweeps.remind_calls() == 0
    async with reading():
        told = await Notice.select(Notice.kind, Notice.person).where(Notice.kind == "call_backs")
    assert told == [{"kind": "call_backs", "person": cast.olive.person_id}]
    own_settings.clock_file.write_text(f"+{hours + 32 * 24}h")
    assert await sweeps.remind_calls() == 1
