"""The archive as the desk meets it: words, filters, those alike, the table, a case made of one."""

import csv
import io
import zipfile
from datetime import timedelta
from typing import Any

import pytest

from portal.core.base.clock import now
from portal.core.base.database import counting_queries, reading, writing
from portal.core.base.tables import AuditEntry
from portal.core.people.tables import Person
from portal.core.stores.tables import Vip
from portal.core.web.paging import Cut
from portal.service.archive import queries
from portal.service.archive.queries import Wanted
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.rules import Channel, Function
from tests import make
from tests.browse import Browser
from tests.cast import Cast
from tests.service.complaints import make as complaints
from tests.service.complaints.make import Scene

HOME = "/desk/archive"


@pytest.fixture
async def there(cast: Cast) -> Scene:
    return await complaints.scene(cast.olive)


async def past(there: Scene, text: str = "箱子压坏了，草莓碎了一半。", **changes: Any) -> ComplaintInfo:
    """A complaint that was settled."""
    return await complaints.resolved(await complaints.complaint(there, text=text, **changes))


async def found(**wanted: Any) -> list[int]:
    async with reading():
        return [info.id for info in (await queries.found(Wanted(**wanted), Cut(), now())).items]


async def test_complaints_are_found_by_words(there: Scene, cast: Cast, browser: Browser) -> None:
    one = await past(there)
    two = await past(there, "The refund <b>never</b> came, 13812345678", function=Function.REFUND)
    await make.sign_in(browser, cast.dora)
    with counting_queries() as count:
        page = await browser.get(f"{HOME}?q=草莓")
    assert len(count) <= 12
    assert "<mark>草莓</mark>" in page.html
    assert f"/desk/complaints/{one.ref}" in page.links
    assert f"/desk/complaints/{two.ref}" not in page.links
    english = await browser.get(f"{HOME}?q=refund never")
    assert f"/desk/complaints/{two.ref}" in english.links
    assert "<b>" not in english.html
    assert "13812345678" not in english.html
    assert "没有找到" in await browser.get(f"{HOME}?q=航空母舰")


async def test_filters_narrow(there: Scene, cast: Cast) -> None:
    one = await past(there, channel=Channel.PHONE)
    two = await complaints.complaint(there, function=Function.REFUND)
    at = now()
    assert await found() == [two.id, one.id]
    assert await found(state="resolved") == [one.id]
    assert await found(function="refund") == [two.id]
    assert await found(channel="phone", outcome="settled", round=1) == [one.id]
    assert await found(goods="nothing") == []
    assert await found(supplier="nothing") == []
    assert await found(party="supplier") == []
    assert await found(clock="broken") == []
    assert await found(clock="kept", query="草莓") == [two.id, one.id]
    assert await found(since=at + timedelta(days=1)) == []
    async with reading():
        late = await queries.found(Wanted(clock="broken"), Cut(), at + timedelta(days=3))
    assert [info.id for info in late.items] == [two.id]


async def test_nonsense_in_the_address_is_no_filter(there: Scene, cast: Cast, browser: Browser) -> None:
    one = await past(there)
    await make.sign_in(browser, cast.dora)
    page = await browser.get(f"{HOME}?state=x&month=2026-13&agent=abc&round=9&after=zzz&clock=%27")
    assert page.status == 200
    assert f"/desk/complaints/{one.ref}" in page.links
    assert (await browser.get(f"{HOME}?month={now():%Y-%m}&agent={cast.dora}&q=%22*(")).status == 200


@pytest.mark.parametrize("part", ["owner", "manager"])
async def test_others_stay_out(there: Scene, cast: Cast, browser: Browser, part: str) -> None:
    one = await past(there)
    await make.sign_in(browser, cast.person_of(part))
    for way in (HOME, f"{HOME}/alike/{one.ref}", f"{HOME}/complaints.csv"):
        assert (await browser.get(way)).status == 403, way
    assert (await browser.get(f"/desk/cases/new?of={one.ref}")).status in (403, 404)


async def test_the_most_alike_stand_beside_the_open_one(there: Scene, cast: Cast, browser: Browser) -> None:
    like = await past(there)
    other = await past(there, "客服态度不好", function=Function.SERVICE)
    info = await complaints.complaint(there, text="草莓碎了，箱子也压坏。")
    await make.sign_in(browser, cast.dora)
    assert f"{HOME}/alike/{info.ref}" in (await browser.get(f"/desk/complaints/{info.ref}")).html
    with counting_queries() as count:
        page = await browser.get(f"{HOME}/alike/{info.ref}", headers={"HX-Request": "true", "HX-Target": "alike"})
    assert len(count) <= 12
    assert page.html.lstrip().startswith('<div id="alike"')
    assert f"/desk/complaints/{like.ref}" in page.links
    assert f"/desk/complaints/{other.ref}" not in page.links
    assert "用时" in page
    whole = await browser.get(f"{HOME}/alike/{info.ref}")
    assert "<title>" in whole.html
    assert (await browser.get(f"{HOME}/alike/nothing")).status == 404


async def test_the_table_has_a_row_for_each(there: Scene, cast: Cast, browser: Browser) -> None:
    one = await past(there)
    two = await complaints.complaint(there, function=Function.REFUND)
    await make.sign_in(browser, cast.dora)
    page = await browser.get(f"{HOME}/complaints.csv")
    rows = list(csv.DictReader(io.StringIO(page.response.content.decode("utf-8-sig"))))
    assert [row["投诉编号"] for row in rows] == [one.ref, two.ref]
    assert rows[0]["处理方案按时（第1轮）"] == "是"
    assert rows[1]["处理方案完成（第1轮）"] == ""
    assert rows[0]["订单号"] == there.bought.number
    only = await browser.get(f"{HOME}/complaints.csv?function=refund")
    assert one.ref not in only.response.text
    book = await browser.get(f"{HOME}/complaints.xlsx?q=草莓")
    with zipfile.ZipFile(io.BytesIO(book.response.content)) as opened:
        assert one.ref in opened.read("xl/worksheets/sheet1.xml").decode()
    async with reading():
        kept = await AuditEntry.select(AuditEntry.facts).where(AuditEntry.action == "archive.exported")
    assert len(kept) == 3
    assert all("草莓" not in row["facts"] for row in kept)
    assert (await browser.get(f"{HOME}/complaints.pdf")).status == 404
    await make.sign_in(browser, cast.abe)
    assert (await browser.get(f"{HOME}/complaints.csv")).status == 403


async def test_a_case_is_made_of_a_closed_one_without_names(there: Scene, cast: Cast, browser: Browser) -> None:
    async with writing():
        await Vip.update({Vip.name: "刘晓月"}).where(Vip.id == there.vip_id)
    one = await past(there, f"我是刘晓月，订单 {there.bought.number} 的草莓碎了，打 13812345678。")
    await make.sign_in(browser, cast.dora)
    assert f"/desk/cases/new?of={one.ref}" in (await browser.get(HOME)).links
    new = await browser.get(f"/desk/cases/new?of={one.ref}")
    for secret in ("刘晓月", there.bought.number, "13812345678"):
        assert secret not in new.html
    assert "草莓碎了" in new.html
    bad = await browser.submit(new, "/desk/cases/new", happened_zh="晓月的草莓碎了")
    assert bad.status == 422
    assert "晓月" in bad.html
    saved = await browser.submit(bad, "/desk/cases/new", happened_zh="买家的草莓碎了")
    assert f"/desk/complaints/{one.ref}" in saved.links
    still = await complaints.complaint(there)
    assert (await browser.get(f"/desk/cases/new?of={still.ref}")).status == 409
    assert (await browser.get("/desk/cases/new?of=nothing")).status == 404


async def test_the_archive_speaks_english(there: Scene, cast: Cast, browser: Browser) -> None:
    await past(there)
    await make.sign_in(browser, cast.dora)
    async with writing():
        await Person.update({Person.language: "en"}).where(Person.id == cast.dora)
    assert "Complaint archive" in await browser.get(HOME)
    assert "Reference" in (await browser.get(f"{HOME}/complaints.csv")).response.text
