"""Standings as staff, suppliers and owners see them, without which nothing can be done; and what others do not see."""

import io
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from PIL import Image

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import local, now
from portal.core.base.database import counting_queries, reading
from portal.core.supply.rules import Standing
from portal.service.assessments import appealing, cases, ratings, submissions, whitelist
from portal.service.assessments.queries import Firm
from portal.service.assessments.states import Mending, Proposed
from portal.service.assessments.tables import OwnerRating, PartyFile, RatingAnswer
from portal.service.facts import keeping
from portal.service.facts import queries as facts
from portal.service.orders.rules import Status
from tests import make as people
from tests.browse import Browser, Page
from tests.cast import Cast
from tests.service.assessments import make
from tests.service.assessments.make import DAY
from tests.service.assessments.test_actions import blacklisted, failed, white
from tests.service.orders import make as orders

Open = Callable[[], Browser]
HERE = "/admin/assessments"


@pytest.fixture
def at() -> datetime:
    return now() - 12 * DAY


@pytest.fixture
async def ada(cast: Cast, open_browser: Open) -> Browser:
    return await people.sign_in(open_browser(), cast.ada)


@pytest.fixture
async def dora(cast: Cast, open_browser: Open) -> Browser:
    return await people.sign_in(open_browser(), cast.dora)


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (200, 120), "teal").save(out, "JPEG")
    return out.getvalue()


async def test_the_list_shows_rate_count_and_interval_and_filters(cast: Cast, ada: Browser, at: datetime) -> None:
    await make.ordered(at)
    await make.firm("other", at)
    page = await ada.get(HERE)
    assert "Firm qinling" in page
    assert "7 / 100" in page
    assert 'class="interval"' in page
    assert "真实比例多半在" in page
    assert "Firm qinling" not in await ada.get(f"{HERE}?standing=good")
    assert "Firm qinling" in await ada.get(f"{HERE}?standing=rectifying&kind=goods")
    sheet = await ada.get(f"{HERE}/export.csv")
    assert "Firm qinling,qinling,供应商,整改中" in sheet
    assert (await ada.get(f"{HERE}/export.xlsx")).status == 200
    assert (await ada.get(f"{HERE}/export.pdf")).status == 404


async def test_a_verdict_says_why_line_by_line_in_both_languages_and_replays(
    cast: Cast, ada: Browser, at: datetime
) -> None:
    there = await make.ordered(at)
    path = (await make.last_verdict(there)).way
    page = await ada.get(path)
    assert "已满 100 次，直接看比例：100 次中 7 次，7% 超过 5%" in page
    assert "z = 1.2816，k = 7，n = 100，下界 0.0438，上界 0.1101" in page
    assert "用当时冻结的数再算，结果一样。" in page
    assert "今天的数据和当时逐日一致。" in page
    english = await ada.get(path, headers={"Accept-Language": "en"})
    assert english.status == 200
    await make.counted(there, make.yesterday(at, 3), counted=100, faulted=5)
    assert "今天算出来是「通过」" in await ada.get(path)
    assert "这里没有订单" in await ada.get(f"{path}/orders?only=faulted")


async def _evidence(supplier: Browser, page: Page, own: str, there: Firm) -> Any:
    sent = await supplier.submit(
        page, f"{own}/evidence", words="新包装周一起用", files={"files": ("a.jpg", picture(), "image/jpeg")}
    )
    assert "材料已收到" in sent
    async with reading():
        assert await PartyFile.count() == 1
        kept = (await submissions.of_party(there.id)).files
    return next(iter(kept.values()))[0]


async def test_from_the_order_to_mend_to_the_blacklist_and_back_by_pages_alone(
    cast: Cast, ada: Browser, dora: Browser, open_browser: Open, at: datetime
) -> None:
    there = await make.ordered(at)
    own, party = await make.page_of(there), f"{HERE}/parties/qinling"
    supplier = open_browser()
    page = await supplier.get(own)
    assert "请按期整改" in page
    file = await _evidence(supplier, page, own, there)
    ref = (await make.mending(there)).ref
    page = await dora.get(party)
    assert "新包装周一起用" in page
    assert (await dora.get(f"{party}/files/{file.ref}")).status == 200
    assert "还不够" not in await dora.submit(page, f"{HERE}/rectifications/{ref}/acceptance", words="照片清楚")
    assert (await make.mending(there)).state is Mending.FRESH
    day = local(now() + 2 * DAY).date()
    await make.counted(there, day, counted=40, faulted=6)
    assert await make.judged(there, day, now()) is Standing.RECTIFYING
    page = await dora.get(party)
    page = await dora.submit(page, f"{party}/proposals", words="新单还是一样")
    assert "您提议的，由另一个人来定。" in page
    found = await make.proposal(there)
    assert found.state is Proposed.PROPOSED
    page = await ada.submit(await ada.get(party), f"{HERE}/proposals/{found.ref}/confirmation")
    assert await make.standing(there) is Standing.BLACKLISTED
    page = await supplier.get(own)
    assert "您的商品已停止分享和推广" in page
    verdict = await make.last_verdict(there)
    form = next(each for each in page.forms if each.fields.get("verdict") == verdict.ref)
    shown = await supplier.post(f"{own}/appeals", {**form.fields, "words": "是快递压坏的"})
    assert shown.status == 303 or "已收到" in shown
    async with reading():
        appeal = (await cases.appeals_of(there.id))[0]
    refused = await ada.submit(await ada.get(party), f"{HERE}/appeals/{appeal.ref}/review")
    assert "您参与过原评定" in refused


async def test_the_second_admin_reviews_and_reverses(cast: Cast, at: datetime, open_browser: Open) -> None:
    there, later = await blacklisted(cast, at)
    verdict = await make.last_verdict(there)
    ref = await appealing.file(SYSTEM, there.id, verdict.ref, "It was the carrier", (), later)
    dora = await people.sign_in(open_browser(), cast.dora)
    party = f"{HERE}/parties/qinling"
    page = await dora.submit(await dora.get(party), f"{HERE}/appeals/{ref}/review")
    page = await dora.submit(page, f"{HERE}/appeals/{ref}/decision", outcome="reversed", words="快递的责任")
    assert "改判" in page
    assert await make.standing(there) is Standing.GOOD
    own = await make.page_of(there)
    assert "改判" in await open_browser().get(own)


async def test_a_stranger_s_link_opens_nothing_and_a_party_appeals_only_its_own(
    cast: Cast, at: datetime, open_browser: Open
) -> None:
    there, other = await make.ordered(at), await make.ordered(at, "other")
    browser = open_browser()
    assert (await browser.get("/p/" + "0" * 40)).status == 410
    own = await make.page_of(other)
    page = await browser.get(own)
    form = next(form for form in page.forms if form.action == f"{own}/appeals")
    foreign = (await make.last_verdict(there)).ref
    answer = await browser.post(f"{own}/appeals", {**form.fields, "verdict": foreign, "words": "not mine at all"})
    assert answer.status == 404
    refused = await browser.submit(page, f"{own}/evidence", words="")
    assert refused.status == 422


async def test_who_may_not_see_sees_nothing(cast: Cast, open_browser: Open, at: datetime) -> None:
    there = await make.ordered(at)
    ref = (await make.last_verdict(there)).ref
    for person in (cast.olive.person_id, cast.mona, cast.abe):
        browser = await people.sign_in(open_browser(), person)
        for path in (HERE, f"{HERE}/{ref}", f"{HERE}/parties/qinling", "/admin/criteria", "/admin/product-slots"):
            assert (await browser.get(path)).status == 403


async def test_criteria_are_changed_with_a_reason_and_published(cast: Cast, ada: Browser, open_browser: Open) -> None:
    page, stale = await ada.get("/admin/criteria"), await ada.get("/admin/criteria")
    wrong = await ada.submit(page, "/admin/criteria", complaints_bp="abc", plain_from="5", words="旺季")
    assert wrong.status == 422
    assert "请填 0.01 到 100 之间的数" in wrong
    shown = await ada.submit(page, "/admin/criteria", complaints_bp="4.5", words="旺季收紧")
    assert "第 1 版标准" in shown
    public = await open_browser().get("/standards")
    assert "有责投诉上限：5% → 4.5%" in public
    assert "旺季收紧" in public
    again = await ada.submit(stale, "/admin/criteria", complaints_bp="4", words="再收紧")
    assert "别人刚公布了新标准" in again


async def test_places_and_incentives_by_pages(cast: Cast, ada: Browser, open_browser: Open, at: datetime) -> None:
    at = now()
    there = await white(cast, at)
    days = [(local(at) + n * DAY).date().isoformat() for n in (1, 3)]
    page = await ada.get("/admin/product-slots")
    shown = await ada.submit(page, "/admin/product-slots", title="新茶", white_until=days[0], until=days[1])
    assert "新茶" in shown
    async with reading():
        slot = (await whitelist.slots())[0]
    own = await make.page_of(there)
    browser = open_browser()
    asked = await browser.submit(await browser.get(own), f"{own}/claims", words="明前龙井")
    assert "已报名" in asked
    async with reading():
        assert (await whitelist.claims([slot.id]))[0].first
    party = f"{HERE}/parties/qinling"
    shown = await ada.submit(await ada.get(party), f"{party}/incentives", what="首页一周")
    assert "首页一周" in shown


async def test_an_owner_rates_what_arrived_once_and_the_supplier_answers(
    cast: Cast, open_browser: Open, at: datetime
) -> None:
    buyer = await orders.vip(cast.olive, at - DAY)
    order = await orders.order(buyer, at)
    order = await orders.move(order, now() - DAY, status=Status.DELIVERED)
    there = await make.firm("qinling", at)
    olive = await people.sign_in(open_browser(), cast.olive.person_id)
    path = f"/orders/{order.number}/marks"
    assert path in await olive.get(f"/orders/{order.number}")
    shown = await olive.submit(await olive.get(path), path, goods="1", delivery="4", text="叶子发黄")
    assert "叶子发黄" in shown
    otto = await people.sign_in(open_browser(), cast.otto.person_id)
    assert (await otto.get(path)).status == 404
    own = await make.page_of(there)
    supplier = open_browser()
    page = await supplier.get(own)
    assert "叶子发黄" in page
    await supplier.submit(page, f"{own}/answers", words="已换批次，下次补寄")
    assert "已换批次" in await olive.get(path)
    async with reading():
        assert (await OwnerRating.count(), await RatingAnswer.count()) == (1, 1)
        assert await ratings.unanswered(there.id, now()) == []
    await keeping.keep()
    today = local(now()).date().isoformat()
    async with reading():
        counted = await facts.party_window(there.id, "2020-01-01", today)
    assert (counted.ratings, counted.rating_sum) == (1, 1)  # her mark stands in the figures that judge the supplier


@pytest.mark.parametrize("count", [1, 30])
async def test_pages_ask_the_database_a_dozen_times_at_most(cast: Cast, ada: Browser, at: datetime, count: int) -> None:
    there, _ = await failed(cast, at)
    for number in range(count):
        other = await make.firm(f"firm-{number}", at)
        await make.counted(other, make.yesterday(at, 2), counted=100, faulted=8)
    await make.judged(there, local(at + 6 * DAY).date(), now())
    verdict = await make.last_verdict(there)
    for path in (
        HERE,
        f"{HERE}/parties/qinling",
        verdict.way,
        f"{verdict.way}/orders",
        "/admin/criteria",
        "/standards",
    ):
        await ada.get(path)
        with counting_queries() as counted:
            assert (await ada.get(path)).status == 200
        assert len(counted) <= 12, (path, counted.queries)


async def test_staff_answers_a_low_mark_where_the_supplier_is_silent(
    cast: Cast, dora: Browser, open_browser: Open, at: datetime
) -> None:
    buyer = await orders.vip(cast.olive, at - DAY)
    order = await orders.move(await orders.order(buyer, at), now() - DAY, status=Status.DELIVERED)
    there = await make.ordered(at)
    olive = await people.sign_in(open_browser(), cast.olive.person_id)
    path, party = f"/orders/{order.number}/marks", f"{HERE}/parties/qinling/ratings"
    await olive.submit(await olive.get(path), path, goods="2", delivery="5", text="少了一包")
    page = await dora.get(party)
    assert "少了一包" in page
    shown = await dora.submit(page, f"{HERE}/parties/qinling/answers", words="已让供应商补寄")
    assert "已让供应商补寄" in shown
    twice = await dora.submit(page, f"{HERE}/parties/qinling/answers", words="再答一次")
    assert twice.status in (409, 422)
    assert "已让供应商补寄" in await olive.get(path)
    async with reading():
        assert await ratings.unanswered(there.id, now()) == []


async def test_every_page_reads_in_english(cast: Cast, open_browser: Open, at: datetime) -> None:
    there, _ = await blacklisted(cast, at)
    ada = await people.sign_in(open_browser(), cast.ada)
    ada.client.headers["Accept-Language"] = "en"
    await ada.post("/preferences", {"language": "en", "next": "/"})
    verdict, own = (await make.last_verdict(there)).way, await make.page_of(there)
    party = f"{HERE}/parties/qinling"
    for path in (
        HERE,
        verdict,
        f"{verdict}/orders",
        party,
        f"{party}/ratings",
        "/standards",
        own,
        "/admin/product-slots",
    ):
        page = await ada.get(path)
        assert page.status == 200
        left = [c for c in page.html if "\u4e00" <= c <= "\u9fff"]
        assert len(left) < 40, (path, "".join(left))
