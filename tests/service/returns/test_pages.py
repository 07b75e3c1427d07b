"""Returns and registers as owner, admin and shop see them."""

import io
from datetime import timedelta
from typing import Any

import pytest
from openpyxl import load_workbook

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.service.mandates import queries as mandates
from portal.service.orders.rules import ParcelState, Status
from portal.service.returns import queries, sweeps
from portal.service.returns.panels import mandate_progress
from portal.service.returns.rules import Kind, Reason
from portal.service.returns.states import Answer, State
from portal.service.returns.tables import RegisterEntry, Return
from tests import make as house
from tests.browse import Browser, Page
from tests.cast import Cast
from tests.service.orders import make as orders
from tests.service.returns import make
from tests.service.returns.make import Scene, agree, answer, picture, scene, state

pytestmark = pytest.mark.usefixtures("cast")


async def signed_in(browser: Browser, **more: Any) -> Scene:
    one = await scene(**more)
    await house.sign_in(browser, one.owner.person_id)
    return one


def new(one: Scene, kind: str = "", reason: str = "") -> str:
    query = "&".join(f"{name}={value}" for name, value in (("kind", kind), ("reason", reason)) if value)
    return f"/orders/{one.bought.number}/returns/new?{query}"


async def filed(browser: Browser, one: Scene, kind: str, reason: str, **values: Any) -> Page:
    page = await browser.get(new(one, kind, reason))
    line = await one.line()
    fields = {f"quantity-{line}": "2", "text": "买家说盒子压扁了。", **values}
    photos = {"photos": ("a.jpg", picture(), "image/jpeg")}
    return await browser.submit(page, f"/orders/{one.bought.number}/returns", files=photos, **fields)


async def test_she_files_in_four_steps_and_follows_it_to_the_money(browser: Browser) -> None:
    one = await signed_in(browser)
    kinds = await browser.get(new(one))
    assert f"/orders/{one.bought.number}/returns/new?kind=return" in kinds.links
    assert "已经签收，不能取消" in kinds
    reasons = await browser.get(new(one, "return"))
    assert "运费由商家出" in reasons
    assert "运费由买家出" in reasons
    check = await filed(browser, one, "return", "quality")
    assert check.path.startswith("/returns/")
    assert "¥118.00" in check
    assert "王芳" in check
    assert "<img src=" in check.html
    asked = await browser.submit(check, f"{check.path}/request")
    assert "等买家点头" in asked
    ref = check.path.rsplit("/", 1)[1]
    await agree(ref, one.at)
    assert "等答复" in await browser.get(check.path)
    assert "退货退款" in await browser.get("/returns")
    await answer(ref, Answer.APPROVED, one.at)
    waiting = await browser.get(check.path)
    missing = await browser.submit(waiting, f"{check.path}/parcel", carrier="圆通")
    assert missing.status == 422
    assert "圆通" in missing.html
    sent = await browser.submit(missing, f"{check.path}/parcel", carrier="圆通", number="YT123456")
    assert "YT123456" in sent
    await answer(ref, Answer.RECEIVED, one.at)
    await answer(ref, Answer.REFUNDED, one.at)
    assert "退了 ¥118.00" in await browser.get(check.path)
    assert "没有在办的售后" in await browser.get("/returns")
    assert check.path in (await browser.get("/returns?which=all")).links


async def test_it_reads_in_english_too(browser: Browser) -> None:
    one = await signed_in(browser)
    ref = await one.requested(Kind.REFUND, Reason.QUALITY)
    await browser.submit(await browser.get("/me"), "/preferences", language="en")
    for path, words in (
        (new(one), "What does she want"),
        (new(one, "refund"), "Faulty goods"),
        (f"/returns/{ref}", "waiting for its answer"),
        ("/returns", "Whose turn it is"),
        ("/registers", "Nothing entered yet"),
    ):
        page = await browser.get(path)
        assert page.status == 200, path
        assert words in page, path


async def test_faults_stand_beside_their_fields_and_what_was_typed_stays(browser: Browser) -> None:
    one = await signed_in(browser)
    line = await one.line()
    cases = [
        ({f"quantity-{line}": "3"}, f"f-quantity-{line}-error"),
        ({f"quantity-{line}": "zwei"}, f"f-quantity-{line}-error"),
        ({f"quantity-{line}": "0"}, "请至少选一件"),
        ({f"yuan-{line}": "118.01"}, f"f-yuan-{line}-error"),
        ({f"yuan-{line}": "viel"}, f"f-yuan-{line}-error"),
        ({"text": ""}, "f-text-error"),
    ]
    for values, expected in cases:
        page = await filed(browser, one, "refund", "quality", **values)
        assert page.status == 422, values
        assert expected in page, values
        if "text" not in values:
            assert "买家说盒子压扁了。" in page.html
    async with reading():
        assert await Return.count() == 0


async def test_a_photo_is_needed_and_bounded(browser: Browser) -> None:
    one = await signed_in(browser)
    page = await browser.get(new(one, "refund", "quality"))
    line = await one.line()
    fields: dict[str, Any] = {f"quantity-{line}": "1", "text": "买家说盒子压扁了。"}
    action = f"/orders/{one.bought.number}/returns"
    none = await browser.submit(page, action, **fields)
    assert "至少放一张" in none
    broken = await browser.submit(page, action, files={"photos": ("a.jpg", b"nothing", "image/jpeg")}, **fields)
    assert "第 1 张打不开" in broken


async def test_photos_are_for_those_who_may_see_the_return(browser: Browser, open_browser: Any, cast: Cast) -> None:
    one = await signed_in(browser)
    ref = await one.requested(Kind.REFUND, Reason.QUALITY)
    async with reading():
        photo = (await queries.photos((await make.found(ref)).id))[0].ref
    mine = await browser.client.get(f"/returns/{ref}/photos/{photo}")
    assert mine.headers["content-type"] == "image/webp"
    assert mine.headers["cache-control"] == "private, no-store"
    other, admin = open_browser(), open_browser()
    await house.sign_in(other, (await house.owner("何晓梅")).person_id)
    await house.sign_in(admin, cast.ada)
    for path in (f"/returns/{ref}", f"/returns/{ref}/photos/{photo}"):
        assert (await other.get(path)).status == 404
    assert (await other.post(f"/returns/{ref}/withdrawal", {})).status in (403, 404)
    assert (await admin.client.get(f"/admin/returns/{ref}/photos/{photo}")).status_code == 200
    assert (await browser.get(f"/admin/returns/{ref}")).status == 403
    assert (await browser.get(f"/returns/{ref}/photos/nothing")).status == 404


async def test_she_drops_a_draft_and_withdraws_until_goods_are_on_their_way(browser: Browser) -> None:
    one = await signed_in(browser)
    draft = await one.draft()
    page = await browser.get(f"/returns/{draft}")
    gone = await browser.submit(page, f"/returns/{draft}/withdrawal")
    assert await state(draft) is State.WITHDRAWN
    assert gone.status == 200
    ref = await one.requested()
    before = await browser.get(f"/returns/{ref}")
    await answer(ref, Answer.APPROVED, one.at)
    await answer(ref, Answer.RECEIVED, one.at)
    late = await browser.submit(before, f"/returns/{ref}/withdrawal")
    assert late.status == 409
    assert "撤不回来" in late


async def test_the_order_offers_what_may_be_done_and_says_why_not_the_rest(browser: Browser) -> None:
    one = await signed_in(browser)
    ref = await one.requested()
    page = await browser.get(f"/orders/{one.bought.number}")
    assert page.status == 200
    assert "已经签收，不能取消" in page
    story = await browser.get(f"/orders/{one.bought.number}/story")
    assert f"/returns/{ref}" in story.links
    assert "售后：买家同意，已送交商家" in story


async def test_an_admin_writes_down_the_answer_of_a_shop_without_a_program(browser: Browser, cast: Cast) -> None:
    one = await scene()
    ref = await one.requested()
    await house.sign_in(browser, cast.ada)
    assert f"/admin/returns/{ref}" in (await browser.get("/admin/returns")).links
    page = await browser.get(f"/admin/returns/{ref}")
    way = f"/admin/returns/{ref}/answer"
    refused = await browser.submit(page, way, answer="refused")
    assert refused.status == 422
    assert "拒绝要写明理由" in refused
    wrong = await browser.submit(page, way, answer="resent", carrier="sf", tracking_number="SF1")
    assert wrong.status == 409
    done = await browser.submit(page, way, answer="approved")
    assert done.status == 200
    assert await state(ref) is State.APPROVED
    assert "超时" in await browser.get("/admin/returns?which=late")


async def test_a_late_return_is_said_on_the_lists(browser: Browser, cast: Cast) -> None:
    one = await signed_in(browser, at=now() - timedelta(hours=50))
    ref = await one.requested()
    await sweeps.watch_deadlines()
    assert f"/returns/{ref}" in (await browser.get("/returns?which=late")).links
    assert "已交平台" in await browser.get(f"/returns/{ref}")


async def test_classes_of_goods_decide_what_may_go_back(browser: Browser, open_browser: Any, cast: Cast) -> None:
    one = await signed_in(browser)
    admin = open_browser()
    await house.sign_in(admin, cast.ada)
    page = await admin.get("/admin/return-classes")
    assert "food" in page
    saved = await admin.submit(page, "/admin/return-classes", category="food", kind="fresh")
    assert saved.status == 200
    reasons = await browser.get(new(one, "return"))
    assert "这类商品不支持无理由退货" in reasons


async def test_registers_are_kept_by_hand_settled_and_exported(browser: Browser, open_browser: Any, cast: Cast) -> None:
    one = await signed_in(browser, status=Status.SHIPPED)
    home = f"/orders/{one.bought.number}/claims"
    assert "只能登记发错" in await browser.get(f"{home}/new")
    parcel = await orders.parcel(one.bought, one.at, ParcelState.PROBLEM)
    page = await browser.get(f"{home}/new")
    short = await browser.submit(page, home, what="wrong", yuan="12.50", text="发成了蓝莓")
    assert short.status == 422
    assert "f-sent-error" in short.html
    values: dict[str, Any] = {"what": "damaged", "parcel": str(parcel.id), "yuan": "59", "text": "外箱压扁，两盒碎了。"}
    listed = await browser.submit(page, home, **values)
    assert listed.path == "/registers"
    assert "¥59.00" in listed
    async with reading():
        rows = await RegisterEntry.select(RegisterEntry.ref)
    ref = rows[0]["ref"]
    entry = await browser.get(f"/registers/{ref}")
    over = await browser.submit(entry, f"/registers/{ref}/settlement", yuan="60")
    assert over.status == 422
    assert "最多 ¥59.00" in over
    settled = await browser.submit(entry, f"/registers/{ref}/settlement", yuan="40")
    assert "赔了 ¥40.00" in settled
    sheet = (await browser.client.get("/registers.csv")).content.decode("utf-8-sig")
    assert sheet.splitlines()[1].split(",")[-3:-1] == ["59.00", "40.00"]
    assert "/registers.xlsx?what=damaged" in (await browser.get("/registers?what=damaged")).links
    book = (await browser.client.get("/registers.xlsx?what=damaged")).content
    assert list(load_workbook(io.BytesIO(book)).worksheets[0].values)[1][-3:-1] == (59, 40)
    assert len((await browser.client.get("/registers.csv?what=lost")).text.splitlines()) == 1
    other, admin = open_browser(), open_browser()
    await house.sign_in(other, (await house.owner("何晓梅")).person_id)
    await house.sign_in(admin, cast.ada)
    assert (await other.get(f"/registers/{ref}")).status == 404
    assert "还没有登记" in await other.get("/registers")
    assert f"/admin/registers/{ref}" in (await admin.get("/admin/registers?what=damaged")).links
    assert "还没有登记" in await admin.get("/admin/registers?unsettled=yes")


async def test_the_shop_answers_by_its_program(browser: Browser) -> None:
    one = await scene()
    ref = await one.requested(Kind.REFUND, Reason.QUALITY)
    key = await house.api_key("returns:write")
    path = f"/api/v1/returns/{ref}/answer"

    async def send(body: dict[str, Any], headers: dict[str, str] = key) -> Any:
        return await browser.client.post(path, json=body, headers=headers)

    assert (await send({"answer": "approved"}, {})).status_code == 401
    assert (await send({"answer": "approved"}, await house.api_key("orders:read"))).status_code == 403
    for body in ({"answer": "refused"}, {"answer": "perhaps"}, {"answer": "approved", "more": 1}, {}):
        assert (await send(body)).status_code == 422, body
    first, again = await send({"answer": "approved"}), await send({"answer": "approved"})
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert (first.json()["state"], first.json()["turn"]) == ("refund_due", "shop")
    assert (await send({"answer": "resent", "carrier": "sf", "tracking_number": "1"})).status_code == 409
    paid = await send({"answer": "refunded", "refunded_fen": 11_000})
    assert (paid.json()["state"], paid.json()["refunded_fen"]) == ("refunded", 11_000)
    unknown = await browser.client.post("/api/v1/returns/none/answer", json={"answer": "approved"}, headers=key)
    assert unknown.status_code == 404


async def test_the_buyer_follows_it_on_her_mandates_page(browser: Browser) -> None:
    one = await scene()
    ref = await one.requested()
    await answer(ref, Answer.APPROVED, one.at)
    async with reading():
        mandate = await mandates.mandate_for(f"return:{ref}")
    assert mandate is not None
    steps = await mandate_progress(mandate, one.at)
    assert [step.at is not None for step in steps] == [True, True, True, False, False, False, False]
