"""The register and a visit through the browser, in both languages, and who may not."""

import base64
from typing import Any

import pytest

from portal.core.base.clock import local, now
from portal.core.base.database import reading
from portal.core.base.database.engine import counting_queries
from portal.core.web.frame import security_headers
from portal.service.suppliers import visits
from portal.service.suppliers.rules import SHIPPED, VisitKind, VisitState
from tests import make
from tests.browse import Browser, Page
from tests.cast import Cast
from tests.service.suppliers.make import DAY, png, supplier, visit, visited

REGISTER = "/admin/register"


async def plan(browser: Browser, cast: Cast, external: str) -> Page:
    path = f"{REGISTER}/suppliers/{external}/visit"
    today = local(now()).date().isoformat()
    return await browser.visit_and_submit(
        path, path, planned_on=today, first=str(cast.dora), second=str(cast.ada), hour="8"
    )


async def test_a_lead_records_a_visit_on_her_phone_and_an_admin_confirms(open_browser, cast: Cast) -> None:  # type: ignore[no-untyped-def]
    external = await supplier()
    dora = await make.sign_in(open_browser(), cast.dora)
    page = await plan(dora, cast, external)
    assert "实地考察" in page
    here = page.path
    early = await dora.submit(page, f"{here}/result", result="passed", words="都好，可以。")
    assert early.status == 422
    assert "先补全" in early
    page = await dora.submit(page, f"{here}/place", place="眉县 3 号仓库")
    marks: dict[str, Any] = {f"mark_{point.key}": "good" for point in SHIPPED[VisitKind.FOOD]}
    page = await dora.submit(page, f"{here}/marks", **marks, remark_cold="探头两个")
    assert "探头两个" in page
    for shade in (1, 2, 3):
        files = {"photos": ("a.png", png(shade), "image/png")}
        page = await dora.submit(page, f"{here}/photos", files=files)
    drawn = "data:image/png;base64," + base64.b64encode(png(9)).decode()
    page = await dora.submit(page, f"{here}/signature", signed_name="王秦岭", signature=drawn)
    assert "王秦岭" in page
    assert (await dora.client.get(f"{here}/signature")).headers["content-type"] == "image/webp"
    page = await dora.submit(page, f"{here}/result", result="passed", words="现场和资料一致。")
    assert "等另一位确认" in page
    ada = await make.sign_in(open_browser(), cast.ada)
    done = await ada.visit_and_submit(here, f"{here}/confirmation")
    assert "通过" in done
    assert (await visit(here.rsplit("/", 1)[1])).state is VisitState.CLOSED
    async with reading():
        photos = await visits.photos_of((await visit(here.rsplit("/", 1)[1])).id)
    assert len(photos) == 3
    assert (await ada.client.get(f"{here}/photos/{photos[0].id}")).status_code == 200
    assert "考察有效至" in await ada.get(f"{REGISTER}/suppliers/{external}")


async def test_what_is_wrong_stands_beside_its_field(browser: Browser, cast: Cast) -> None:
    external = await supplier()
    ada = await make.sign_in(browser, cast.ada)
    path = f"{REGISTER}/suppliers/{external}"
    short = await ada.visit_and_submit(path, f"{path}/selection", stage="applied", reason="x")
    assert (short.status, "f-reason-error" in short.html) == (422, True)
    page = await ada.submit(short, f"{path}/selection", stage="applied", reason="上门推荐，资料已收。")
    assert "上门推荐" in page
    bad = {"file": ("a.exe", b"MZ not a picture", "application/octet-stream")}
    refused = await ada.submit(page, f"{path}/papers", files=bad, title="许可证")
    assert (refused.status, "只收 PDF 或照片" in refused) == (422, True)
    pdf = {"file": ("a.pdf", b"%PDF-1.4 licence", "application/pdf")}
    page = await ada.submit(refused, f"{path}/papers", files=pdf, title="许可证")
    link = next(each for each in page.links if "/papers/" in each)
    answer = await ada.client.get(link)
    assert (answer.headers["content-type"], answer.headers["content-disposition"].split(";")[0]) == (
        "application/pdf",
        "attachment",
    )
    page = await ada.submit(page, f"{path}/contacts", duty="质量", name="王秦岭", phone="13912345678")
    assert "13912345678" not in page
    sight = next(form.action for form in page.forms if form.action.endswith("/sight"))
    assert "13912345678" in await ada.submit(page, sight)
    page = await ada.submit(
        await ada.get(path), f"{path}/contracts", title="2026 合同", since="2026-01-01", until="2025-01-01"
    )
    assert "f-until-error" in page.html
    page = await ada.submit(page, f"{path}/contracts", title="2026 合同", since="2026-01-01", until="2027-01-01")
    assert "2027-01-01" in page
    page = await ada.submit(
        page, f"{path}/evaluation", quality="5", price="4", delivery="4", service="5", papers="5", words="到货稳定。"
    )
    assert "已有 1 人打分" in page


async def test_lists_dates_and_rules_speak_both_languages(open_browser, cast: Cast) -> None:  # type: ignore[no-untyped-def]
    external = await supplier()
    await visited(cast, external)
    ada = await make.sign_in(open_browser(), cast.ada)
    for path, words in (
        (REGISTER, "秦岭蜂业"),
        (f"{REGISTER}/dates", "要到期"),
        (f"{REGISTER}/rules", "检查表"),
        ("/admin/visits?show=done", "秦岭蜂业"),
    ):
        page = await ada.get(path)
        assert (page.status, words in page) == (200, True), path
    rules = await ada.get(f"{REGISTER}/rules")
    changed = await ada.submit(rules, f"{REGISTER}/rules/first", categories="水果\n海鲜")
    assert "海鲜" in changed
    wrong = await ada.submit(changed, f"{REGISTER}/rules/weights", quality="50", reason="质量更要紧")
    assert (wrong.status, "100" in wrong) == (422, True)
    until = (local(now()) + 30 * DAY).date().isoformat()
    assert (await ada.submit(wrong, f"{REGISTER}/rules/grace", until=until)).status == 200
    sheet = await ada.client.get(f"{REGISTER}/export/suppliers.csv")
    assert external in sheet.text
    assert (await ada.client.get(f"{REGISTER}/export/suppliers.xlsx")).content.startswith(b"PK")
    assert (await ada.get("/admin")).status == 200


async def test_english(open_browser, cast: Cast) -> None:  # type: ignore[no-untyped-def]
    external = await supplier()
    ref = await visited(cast, external)
    english = await make.person("admin", "Eve", language="en")
    eve = await make.sign_in(open_browser(), english)
    for path in (REGISTER, f"{REGISTER}/suppliers/{external}", f"/admin/visits/{ref}", f"{REGISTER}/rules"):
        page = await eve.get(path)
        assert page.status == 200
        assert "suppliers." not in page.text
        assert any(word in page for word in ("Register of suppliers", "Site visits", "Passed"))


@pytest.mark.parametrize(("part", "status"), [("agent", 403), ("manager", 403), ("owner", 403)])
async def test_the_register_is_for_leads_and_admins(browser: Browser, cast: Cast, part: str, status: int) -> None:
    await make.sign_in(browser, cast.person_of(part))
    assert (await browser.get(REGISTER)).status == status
    assert (await browser.get("/admin/visits")).status == status


def test_only_pages_of_visits_may_ask_where_the_reader_is() -> None:
    def policy(path: str) -> bytes:
        return dict(security_headers(path))[b"permissions-policy"]

    assert b"geolocation=(self)" in policy("/admin/visits/abc")
    assert all(b"geolocation=()" in policy(path) for path in ("/", "/admin/visits", "/admin/register", "/s/x"))


async def test_no_page_asks_more_than_twelve_times(open_browser, cast: Cast) -> None:  # type: ignore[no-untyped-def]
    for _ in range(8):
        external = await supplier()
    ref, ada = await visited(cast, external), await make.sign_in(open_browser(), cast.ada)
    paths = (REGISTER, f"{REGISTER}/suppliers/{external}", f"{REGISTER}/dates", f"{REGISTER}/rules")
    for path in (*paths, "/admin/visits", f"/admin/visits/{ref}", "/admin", f"{REGISTER}/suppliers/{external}/visit"):
        await ada.get(path)
        with counting_queries() as count:
            assert (await ada.get(path)).status == 200
        assert len(count.queries) <= 12, (path, count.queries)
