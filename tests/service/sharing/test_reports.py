"""Anybody reports a misleading share; two people stand behind what follows; the owner hears why and where to object."""

import asyncio
import io
from datetime import timedelta

import pytest
from PIL import Image

from certification.rights import measures
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import local, now
from portal.core.base.database import reading
from portal.core.base.refusals import Refused
from portal.core.notices.tables import Notice
from portal.service.sharing import actions, reporting
from portal.service.sharing.reporting import Told
from portal.service.sharing.rules import Source, What
from portal.service.sharing.tables import ReportPhoto, ShareReport
from tests import make
from tests.browse import Browser
from tests.cast import Cast
from tests.make import Owner

pytestmark = pytest.mark.usefixtures("a_window_ahead", "school")


async def shared(name: str = "李芳", **more: object) -> tuple[Owner, str]:
    owner = await make.licensed_owner(name, now() - timedelta(days=5))
    link = await actions.make_link(SYSTEM, owner.store_id, None, now())
    return owner, link.code


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "#884422").save(out, "JPEG", exif=b"Exif\x00\x00secret")
    return out.getvalue()


async def test_a_visitor_reports_with_a_picture_and_follows_it(browser: Browser, open_browser, cast: Cast) -> None:  # type: ignore[no-untyped-def]
    _, code = await shared()
    visit = await browser.get(f"/s/{code}")
    assert f"/s/{code}/report" in visit.links
    form = await browser.get(f"/s/{code}/report")
    files = {"photo1": ("shot.jpg", picture(), "image/jpeg")}
    values = {"what": "medical_claim", "text": "她说这蜜三天治好失眠", "seen_where": "微信群", "contact": "wx-8899"}
    mine = await browser.submit(form, f"/s/{code}/report", files=files, **values)
    assert mine.path.startswith("/s/reports/")
    assert "待核实" in mine
    assert "wx-8899" not in mine.html
    again = await browser.submit(form, f"/s/{code}/report", files=files, **values)
    assert again.path == mine.path
    ref = mine.path.rsplit("/", 1)[1]
    async with reading():
        assert await ShareReport.count() == 1
        assert await ReportPhoto.count() == 1
    desk = await make.sign_in(open_browser(), cast.dora)
    shown = await desk.get(f"/admin/share-reports/{ref}")
    assert "三天治好失眠" in shown
    assert "wx-8899" in shown
    answer = await desk.client.get(f"/admin/share-reports/{ref}/photos/1")
    assert answer.headers["content-type"] == "image/webp"
    assert b"secret" not in answer.content
    assert (await browser.get(f"/admin/share-reports/{ref}/photos/1")).path == "/sign-in"
    assert (await desk.get(f"/admin/share-reports/{ref}/photos/2")).status == 404


async def test_faults_stand_beside_their_fields_and_too_many_wait(browser: Browser) -> None:
    _, code = await shared()
    form = await browser.get(f"/s/{code}/report", headers={"Accept-Language": "en"})
    assert "Report a misleading share" in form
    bad = await browser.submit(
        form, f"/s/{code}/report", files={"photo2": ("a.jpg", b"no picture", "image/jpeg")}, text="短"
    )
    assert bad.status == 422
    for field in ("what", "text", "photo2"):
        assert f"f-{field}-error" in bad.html, field
    assert "短" in bad.html
    for turn in range(8):
        sent = await browser.visit_and_submit(f"/s/{code}/report", what="price", text=f"价格和商城不一样 {turn}")
        if sent.status == 429:
            break
    assert sent.status == 429
    assert turn == 6
    assert f"价格和商城不一样 {turn}" in sent
    assert (await browser.get("/s/nosuchcode/report")).status == 404
    assert (await browser.get("/s/reports/nosuchref")).status == 404


async def test_many_identical_reports_at_once_are_one(browser: Browser) -> None:
    _, code = await shared()
    form = (await browser.get(f"/s/{code}/report")).form()
    data = {**form.fields, "what": "price", "text": "价格和商城不一样"}
    sent = await asyncio.gather(*(browser.client.post(f"/s/{code}/report", data=data) for _ in range(24)))
    assert {answer.status_code for answer in sent} == {303}
    assert len({answer.headers["location"] for answer in sent}) == 1
    async with reading():
        assert await ShareReport.count() == 1


async def test_upheld_by_two_takes_points_and_tells_the_owner(open_browser, cast: Cast) -> None:  # type: ignore[no-untyped-def]
    owner, code = await shared()
    ref = await reporting.report(SYSTEM, code, Told(What.FALSE_CLAIM, "说全网最低价"), [], Source.VISITOR, now())
    desk, admin = await make.sign_in(open_browser(), cast.dora), await make.sign_in(open_browser(), cast.ada)
    path = f"/admin/share-reports/{ref}"
    assert path in (await desk.get("/admin/share-reports")).links
    today = local(now()).date().isoformat()
    unsaid = await desk.visit_and_submit(path, f"{path}/proposal", occurred_on=today, category="false_claim")
    assert unsaid.status == 422
    assert "f-answer-error" in unsaid.html
    proposed = await desk.visit_and_submit(
        path,
        f"{path}/proposal",
        occurred_on=today,
        category="false_claim",
        evidence="群里写了全网最低价，商城同款更低",
        answer="“全网最低价”没有依据",
    )
    assert "等另一个人确认" in proposed
    assert not any(form.action == f"{path}/decision" for form in proposed.forms)
    async with reading():
        assert await measures.points_of(owner.store_id, now()) == 0
    done = await admin.visit_and_submit(path, f"{path}/decision", verdict="confirm")
    assert "属实" in done
    async with reading():
        assert await measures.points_of(owner.store_id, now()) == 6
        notice = await Notice.objects().where(Notice.kind == "sharing.report_upheld").first()
    assert notice is not None
    assert (notice.person, notice.way) == (owner.person_id, "/right")
    assert "全网最低价" in notice.params
    mine = await open_browser().get(f"/s/reports/{ref}")
    assert "没有依据" in mine


async def test_what_was_decided_on_the_other_page_is_taken_over_by_the_sweep(cast: Cast) -> None:
    _, code = await shared()
    dora, ada = await make.viewer(cast.dora), await make.viewer(cast.ada)
    for verdict, state in ((True, "upheld"), (False, "dismissed")):
        ref = await reporting.report(SYSTEM, code, Told(What.OTHER, "答应包退却不退"), [], Source.VISITOR, now())
        from certification.rights.rules import Category  # noqa: PLC0415 - only here

        violation = await reporting.propose(
            dora, ref, Category.OVERPROMISE, now(), "聊天记录为证", "承诺没有兑现", now()
        )
        assert await reporting.settle_decided() == 0
        with pytest.raises(Refused, match="second_person"):
            await measures.decide_violation(dora, violation, confirm=True, note="", at=now())
        await measures.decide_violation(ada, violation, confirm=verdict, note="", at=now())
        assert await reporting.settle_decided() == 1
        async with reading():
            row = await ShareReport.objects().get(ShareReport.ref == ref)
        assert row is not None
        assert row.state == state


async def test_dismissed_once_and_with_words(open_browser, cast: Cast) -> None:  # type: ignore[no-untyped-def]
    _, code = await shared()
    ref = await reporting.report(SYSTEM, code, Told(What.PRICE, "价格不对吧"), [], Source.STAFF, now())
    desk = await make.sign_in(open_browser(), cast.dora)
    path = f"/admin/share-reports/{ref}"
    page = await desk.get(path)
    other = await make.sign_in(open_browser(), cast.ada)
    earlier = await other.get(path)
    assert (await desk.submit(page, f"{path}/dismissal")).status == 422
    assert "不成立" in await desk.submit(page, f"{path}/dismissal", answer="当天商城就是这个价")
    for answer in ("看过了，没有问题", "嗯"):
        late = await other.submit(earlier, f"{path}/dismissal", answer=answer)
        assert (late.status, "刚刚有人处理过了" in late) == (422, True)
    with pytest.raises(Refused, match="decided_already"):
        await reporting.dismiss(await make.viewer(cast.ada), ref, "再来一次", now())
    assert "当天商城就是这个价" in await open_browser().get(f"/s/reports/{ref}")


async def test_a_manager_sees_her_teams_reports_alone(open_browser, cast: Cast) -> None:  # type: ignore[no-untyped-def]
    _, code = await shared()
    ref = await reporting.report(SYSTEM, code, Told(What.PRICE, "价格不对吧"), [], Source.VISITOR, now())
    mona = await make.sign_in(open_browser(), cast.mona)
    assert ref not in (await mona.get("/admin/share-reports")).html
    assert (await mona.get(f"/admin/share-reports/{ref}")).status == 404
    assert (await mona.get("/admin/share-samples")).status == 403
