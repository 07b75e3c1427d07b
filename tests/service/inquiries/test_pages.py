"""Inquiries as owner, supplier, carrier and admin see them; and what others do not see."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from portal.core.base.clock import now
from portal.core.base.database import counting_queries, reading
from portal.service.inquiries import panels, queries
from portal.service.inquiries.rules import Answered, Kind, Said, Via
from portal.service.inquiries.tables import BuyerWish, Inquiry
from portal.service.orders.rules import ParcelState, Status
from tests import make
from tests.browse import Browser
from tests.cast import Cast
from tests.service.inquiries import make as inquiries
from tests.service.orders import make as orders

Open = Callable[[], Browser]


@pytest.fixture
async def olive(cast: Cast, browser: Browser) -> Browser:
    return await make.sign_in(browser, cast.olive.person_id)


async def test_one_tap_hurries_and_she_need_not_watch_it(cast: Cast, olive: Browser) -> None:
    late = await inquiries.late(cast.olive)
    path = f"/orders/{late.order.number}/hurry"
    page = await olive.get(path)
    assert "这单可以催了" in page
    assert "Firm qinling" in page
    shown = await olive.submit(page, path)
    assert "/inquiries/" in shown.path
    assert "前会有答复" in shown
    assert "您不用盯着" in shown
    again = await olive.submit(page, path)  # the same form once more: a double tap
    assert again.path == shown.path
    async with reading():
        assert await Inquiry.count() == 1
    refused = await olive.get(path)
    assert "刚催过" in refused
    assert "刚问过" in refused
    assert [form for form in refused.forms if form.action == path] == []
    assert "刚问过" in await olive.get(f"/orders/{late.order.number}")  # the act is shown with its reason
    assert "催 Firm qinling 发货" in await olive.get(f"/orders/{late.order.number}/story")


async def test_a_second_form_is_refused_with_the_time_when_it_may_be_sent(cast: Cast, olive: Browser) -> None:
    late = await inquiries.late(cast.olive)
    path = f"/orders/{late.order.number}/hurry"
    page = await olive.get(path)
    await late.hurry()
    refused = await olive.submit(page, path)
    assert refused.status == 409
    assert "起可以再问" in refused


async def test_the_supplier_answers_by_its_link_on_a_phone(cast: Cast, olive: Browser, open_browser: Open) -> None:
    late = await inquiries.late(cast.olive)
    info = await late.hurry()
    path = await inquiries.link_of(info)
    supplier = open_browser()
    page = await supplier.get(path)
    assert page.status == 200
    assert "这单什么时候能发货" in page
    assert late.order.number in page
    assert "冻干草莓" in page
    assert "王芳" not in page
    assert "1391234" not in page
    assert page.response.headers["cache-control"] == "no-store"
    assert "noindex" in page.response.headers["x-robots-tag"]
    assert page.response.headers["referrer-policy"] == "no-referrer"
    empty = await supplier.submit(page, path)
    assert empty.status == 422
    missing = await supplier.submit(page, path, answer="ships_by", text="两天后到货")
    assert missing.status == 422
    assert 'id="f-ships_by-error"' in missing.html
    assert "两天后到货" in missing.html
    day = (now() + timedelta(days=2)).date().isoformat()
    done = await supplier.submit(missing, path, answer="ships_by", ships_by=day)
    assert "谢谢，已经收到答复" in done
    assert "30 分钟内" in done
    owner = await olive.get(f"/orders/{late.order.number}/inquiries/{info.ref}")
    assert "前发货" in owner
    assert "两天后到货" in owner
    assert path not in owner.html


async def test_the_link_speaks_english(cast: Cast, app: object) -> None:
    late = await inquiries.late(cast.olive)
    info = await late.hurry()
    english = Browser(app, language="en")  # type: ignore[arg-type]
    page = await english.get(await inquiries.link_of(info))
    assert "When can this order be shipped?" in page
    await english.close()


async def test_a_second_answer_is_told_what_was_answered(cast: Cast, open_browser: Open) -> None:
    late = await inquiries.late(cast.olive)
    info = await late.hurry()
    path = await inquiries.link_of(info)
    supplier = open_browser()
    page = await supplier.get(path)
    await inquiries.say(info, Said(Answered.OUT_OF_STOCK), now(), Via.API)
    late_one = await supplier.submit(page, path, answer="cannot", text="x")
    assert late_one.status == 409
    assert "已经答复过了" in late_one
    assert [form for form in late_one.forms if form.action == path] == []


async def test_unknown_and_ended_links_are_calm(cast: Cast, browser: Browser) -> None:
    gone = await browser.get(f"/p/{'0' * 40}")
    assert gone.status == 410
    assert "用不了" in gone
    late = await inquiries.late(cast.olive)
    info = await late.hurry()
    await orders.move(late.order, late.at + timedelta(minutes=1), status=Status.SHIPPED)
    page = await browser.get(await inquiries.link_of(info))
    assert page.status == 200
    assert "不用再答复" in page


async def test_the_carrier_is_asked_and_only_its_page_shows_the_new_address(
    cast: Cast, olive: Browser, open_browser: Open
) -> None:
    stuck = await inquiries.stuck(cast.olive)
    path = f"/orders/{stuck.order.number}/address"
    page = await olive.get(path)
    assert "139****5678" in page
    assert "文三路" not in page
    odd = await olive.submit(page, path, phone="call me", street="五常大道 8 号")
    assert odd.status == 422
    assert "五常大道 8 号" in odd.html
    assert 'id="f-phone-error"' in odd.html
    same = await olive.submit(page, path)
    assert same.status == 422
    assert "没有要改的" in same
    shown = await olive.submit(odd, path, phone="13987654321")
    assert "/inquiries/" in shown.path
    assert "139****4321" in shown
    assert "五常大道" not in shown
    async with reading():
        asked = await queries.of_order(stuck.order.id)
    assert asked[0].wanted is not None
    assert asked[0].wanted.name == "王芳"  # what was left blank stays
    carrier = open_browser()
    link = await inquiries.link_of(asked[0])
    open_page = await carrier.get(link)
    assert "五常大道 8 号" in open_page
    assert "13987654321" in open_page
    done = await carrier.submit(open_page, link, answer="done")
    assert "谢谢" in done
    async with reading():
        assert (await queries.of_order(stuck.order.id))[0].state == "answered"


async def test_asking_the_carrier_names_the_parcel_and_why_not_the_others(cast: Cast, olive: Browser) -> None:
    stuck = await inquiries.stuck(cast.olive)
    path = f"/orders/{stuck.order.number}/inquiry"
    page = await olive.get(f"{path}?kind=trace")
    assert stuck.parcel.tracking_number in page
    shown = await olive.submit(page, path, note="驿站没有")
    assert "驿站没有" in shown
    assert "已经在问了" in await olive.get(f"{path}?kind=trace")
    recall = await olive.get(f"{path}?kind=recall")
    assert "可以请快递拦一拦" in recall
    unknown = await olive.submit(recall, path, parcel="nothing")
    assert unknown.status == 422


async def test_the_question_for_the_buyer_and_three_ways_on(cast: Cast, olive: Browser) -> None:
    late = await inquiries.late(cast.olive)
    path = f"/orders/{late.order.number}/wish"
    page = await olive.get(path)
    assert "您愿意再等等，还是换一件，或者退款" in page
    assert (await olive.submit(page, path)).status == 422
    past = await olive.submit(page, path, wish="wait", until="2020-01-01")
    assert past.status == 422
    assert "今天以后" in past
    for wish, way in (("swap", "kind=exchange"), ("refund", "kind=refund")):
        answer = await olive.post(path, {**(await olive.get(path)).form(path).fields, "wish": wish})
        assert answer.status == 303
        assert answer.response.headers["location"] == f"/orders/{late.order.number}/returns/new?{way}"
    waits = await olive.submit(await olive.get(path), path, wish="wait")
    assert waits.path == f"/orders/{late.order.number}"
    assert "买家愿意等到" in await olive.get(f"{waits.path}/story")
    async with reading():
        assert await BuyerWish.count().where(BuyerWish.ended_at.is_null()) == 1
    await inquiries.say(await late.hurry(), Said(Answered.OUT_OF_STOCK), now())
    gone = await olive.get(path)
    assert "没有货了" in gone
    assert 'value="wait"' not in gone.html


async def test_she_settles_what_an_answer_left_to_her(cast: Cast, olive: Browser) -> None:
    stuck = await inquiries.stuck(cast.olive)
    info = await inquiries.say(await stuck.ask(), Said(Answered.LOST), now())
    path = f"/orders/{stuck.order.number}/inquiries/{info.ref}"
    page = await olive.get(path)
    assert f"/orders/{stuck.order.number}/returns/new?kind=resend" in page.links
    assert "包裹丢了" in page  # what the buyer was told
    done = await olive.submit(page, f"{path}/acknowledgement")
    assert done.path == f"/orders/{stuck.order.number}"
    assert "已经和买家说好了" not in (await olive.get(path)).html


async def test_another_owners_orders_and_inquiries_are_not_found(cast: Cast, browser: Browser) -> None:
    late = await inquiries.late(cast.olive)
    info = await late.hurry()
    otto = await make.sign_in(browser, cast.otto.person_id)
    own = await orders.order(await orders.vip(cast.otto))
    for way in ("hurry", "inquiry", "address", "wish", f"inquiries/{info.ref}"):
        assert (await otto.get(f"/orders/{late.order.number}/{way}")).status == 404, way
    assert (await otto.get(f"/orders/{own.number}/inquiries/{info.ref}")).status == 404
    assert (await otto.get("/admin/inquiries")).status == 403


async def test_an_admin_sees_deadlines_and_writes_an_answer_down(cast: Cast, browser: Browser) -> None:
    late, stuck = await inquiries.late(cast.olive), await inquiries.stuck(cast.otto)
    hurry, trace = await late.hurry(), await stuck.ask()
    old = await inquiries.late(cast.olive, now() - timedelta(days=2))
    overdue = await old.hurry()
    ada = await make.sign_in(browser, cast.ada)
    page = await ada.get("/admin/inquiries")
    places = [page.html.index(one.ref) for one in (overdue, hurry, trace)]
    assert places == sorted(places)
    assert trace.ref not in (await ada.get("/admin/inquiries?kind=hurry")).html
    only_late = await ada.get("/admin/inquiries?late=yes")
    assert overdue.ref in only_late.html
    assert hurry.ref not in only_late.html
    path = f"/admin/inquiries/{hurry.ref}"
    shown = await ada.get(path)
    assert (await inquiries.link_of(hurry)) in shown.html
    assert "13912345678" not in shown
    bare = await ada.submit(shown, f"{path}/answer", answer="out_of_stock")
    assert bare.status == 422
    assert 'id="f-source-error"' in bare.html
    done = await ada.submit(bare, f"{path}/answer", answer="out_of_stock", source="10:20 电话，王主管")
    assert done.path == path
    assert "平台代记" in done
    seen = await inquiries.seen(hurry)
    assert seen.answer is not None
    assert (seen.answer.via, seen.answer.source) == (Via.STAFF, "10:20 电话，王主管")


async def test_the_list_pages_by_key_with_the_same_queries(cast: Cast, browser: Browser) -> None:
    ada = await make.sign_in(browser, cast.ada)
    late = await inquiries.late(cast.olive)
    await late.hurry()
    with counting_queries() as one:
        await ada.get("/admin/inquiries")
    for _ in range(31):
        await (await inquiries.late(cast.olive)).hurry()
    with counting_queries() as many:
        page = await ada.get("/admin/inquiries")
    assert len(many) == len(one) <= 12
    following = await ada.get(next(link for link in page.links if "after=" in link))
    links = [link for link in [*page.links, *following.links] if link.startswith("/admin/inquiries/")]
    assert len(links) == len(set(links)) == 32


async def test_the_panels_tell_owner_and_buyer_the_same(cast: Cast) -> None:
    stuck = await inquiries.stuck(cast.olive)
    assert await panels.buyer_panel(stuck.order.id, now()) == ""
    await inquiries.say(await stuck.ask(), Said(Answered.FOUND, text="在萧山分拨中心"), now())
    viewer = await make.viewer(cast.olive.person_id)
    owner = await panels.order_panel(viewer, stuck.order.info, now())
    buyer = await panels.buyer_panel(stuck.order.id, now())
    for html in (owner, buyer):
        assert "包裹找到了" in html
        assert "在萧山分拨中心" in html
    assert "<a " in owner
    assert "<a " not in buyer


async def test_acts_say_why_not(cast: Cast) -> None:
    viewer = await make.viewer(cast.olive.person_id)
    late = await inquiries.late(cast.olive)
    acts = {act.code: act for act in await panels.order_acts(viewer, late.order.info, now())}
    assert {code for code, act in acts.items() if act.allowed} == {Kind.HURRY, Kind.ADDRESS}
    assert acts["trace"].why == acts["recall"].why == "inquiry_no_parcel"
    stuck = await inquiries.stuck(cast.olive)
    await orders.parcel(stuck.order, now(), ParcelState.OUT_FOR_DELIVERY)
    acts = {act.code: act for act in await panels.order_acts(viewer, stuck.order.info, now())}
    assert acts["hurry"].why == "inquiry_shipped"
    assert acts["trace"].why == "inquiry_moving"
    assert "from_at" in acts["trace"].params


async def test_no_page_asks_the_database_more_than_twelve_times(cast: Cast, olive: Browser) -> None:
    late, stuck = await inquiries.late(cast.olive), await inquiries.stuck(cast.olive)
    hurry, trace = await late.hurry(), await stuck.ask()
    paths = [f"/orders/{late.order.number}/{way}" for way in ("hurry", "address", "wish", f"inquiries/{hurry.ref}")]
    paths += [f"/orders/{stuck.order.number}/inquiry", await inquiries.link_of(trace)]
    for path in paths:
        with counting_queries() as count:
            assert (await olive.get(path)).status == 200
        assert len(count) <= 12, (path, count.queries)
