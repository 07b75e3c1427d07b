"""A paused product and one on trial: every door says so, and the way on leads somewhere."""

from datetime import datetime, timedelta

import pytest

from courses.catalogue import queries as catalogue
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import Refused
from portal.core.notices.tables import Notice
from portal.core.supply import queries as supply
from portal.service.sharing import actions, pausing, queries
from portal.service.sharing.tables import SharePause
from tests import make
from tests.browse import Browser
from tests.cast import Cast
from tests.make import Owner

pytestmark = pytest.mark.usefixtures("school")


async def licensed(browser: Browser) -> Owner:
    owner = await make.licensed_owner("李芳", now() - timedelta(days=5))
    await make.sign_in(browser, owner.person_id)
    return owner


async def id_of(product: str) -> int:
    async with reading():
        found = await supply.product_by_external_id(product)
    assert found is not None
    return found.id


async def test_a_pause_shuts_every_door_and_opens_them_again(browser: Browser, open_browser, cast: Cast) -> None:  # type: ignore[no-untyped-def]
    owner = await licensed(browser)
    product = await make.product()
    product_id = await id_of(product)
    link = await browser.visit_and_submit(f"/share/products/{product}", "/share/links")
    code = link.path.rsplit("/", 1)[1]
    admin = await make.sign_in(open_browser(), cast.ada)
    path = f"/admin/products/{product}/sharing"
    assert path in (await admin.get(f"/admin/products/{product}")).links
    short = await admin.visit_and_submit(path, f"{path}/pause", reason="x")
    assert short.status == 422
    assert "f-reason-error" in short.html
    paused = await admin.visit_and_submit(path, f"{path}/pause", reason="检测报告过期")
    assert "检测报告过期" in paused

    page = await browser.get(f"/share/products/{product}")
    assert "暂时不能分享" in page
    assert not any(form.action == "/share/links" for form in page.forms)
    assert (await browser.get(link.path)).path == f"/share/products/{product}"
    for name in ("poster.png", "qr.png"):
        assert (await browser.client.get(f"{link.path}/{name}")).status_code == 403
    assert "暂停分享" in await browser.get("/share")
    assert (await open_browser().get(f"/s/{code}")).status == 410
    with pytest.raises(Refused, match="share_paused_admin"):
        await actions.make_link(SYSTEM, owner.store_id, product_id, now())
    async with reading():
        assert await queries.held_products([product_id, product_id + 1], now()) == {product_id}
        told = await Notice.select(Notice.kind).where(Notice.person == owner.person_id)
    assert {"kind": "sharing.paused_admin"} in told

    again = await admin.visit_and_submit(path, f"{path}/pause/ending", reason="新报告已上传")
    assert "新报告已上传" in again
    assert (await open_browser().get(f"/s/{code}")).status == 200
    assert (await browser.get(link.path)).path == link.path


async def test_early_returns_pause_once_and_not_again_after_an_admins_word() -> None:
    owner = await make.licensed_owner("李芳", now() - timedelta(days=5))
    bad, good = await id_of(await make.product()), await id_of(await make.product())
    for product_id in (bad, good):
        await actions.make_link(SYSTEM, owner.store_id, product_id, now())

    async def returned(product_id: int, since: datetime) -> tuple[int, int]:
        assert now() - since > timedelta(days=29)
        return (9, 30) if product_id == bad else (3, 30)

    pausing.EARLY_RETURNS[:] = [returned]
    try:
        assert await pausing.pause_by_returns() == 1
        assert await pausing.pause_by_returns() == 0
        async with reading():
            rows = await SharePause.select(SharePause.product, SharePause.cause, SharePause.returned)
        assert rows == [{"product": bad, "cause": "early_returns", "returned": 9}]
        await pausing.end_pause(SYSTEM, bad, "换了包装", now())
        assert await pausing.pause_by_returns() == 0
        with pytest.raises(Refused, match="share_not_paused"):
            await pausing.end_pause(SYSTEM, bad, "再来一次", now())
    finally:
        pausing.EARLY_RETURNS.clear()


async def test_a_product_on_trial_waits_for_its_lesson_and_its_copy(browser: Browser, open_browser, cast: Cast) -> None:  # type: ignore[no-untyped-def]
    owner = await licensed(browser)
    product = await make.product(trial=True)
    page = await browser.get(f"/share/products/{product}")
    assert "课还在准备" in page
    async with reading():
        courses = {course.code: course.id for course in await catalogue.assignable_courses("zh-Hans")}
    course_id = courses[min(courses)]
    admin = await make.sign_in(open_browser(), cast.ada)
    path = f"/admin/products/{product}/sharing"
    await admin.visit_and_submit(path, f"{path}/lesson", course=str(course_id))
    held = await browser.get(f"/share/products/{product}")
    async with reading():
        done = await SharePause.raw(
            "SELECT id FROM enrolments WHERE person = {} AND course = {} AND completed_at IS NOT NULL",
            owner.person_id,
            course_id,
        )
    if done:  # a course of her licence: she has learned it already
        assert any(form.action == "/share/links" for form in held.forms)
    else:
        lesson = await browser.submit(held, f"/share/products/{product}/lesson")
        assert lesson.path.startswith("/learn/")
    bare = await make.product(trial=True, share_copy=())
    await admin.visit_and_submit(
        f"/admin/products/{bare}/sharing", f"/admin/products/{bare}/sharing/lesson", course=str(course_id)
    )
    assert "审核过的文案才能分享" in await browser.get(f"/share/products/{bare}")
    refused = await browser.post("/share/links", {"product": bare, "_csrf": str(held.form().fields["_csrf"])})
    assert refused.status == 303
    assert refused.response.headers["location"] == f"/share/products/{bare}"


async def test_a_lesson_that_she_has_not_had_is_given_to_her_and_opens_the_door(browser: Browser) -> None:
    owner = await licensed(browser)
    product = await make.product(trial=True)
    async with reading():
        courses = [course.id for course in await catalogue.assignable_courses("zh-Hans")]
        had = await SharePause.raw("SELECT course FROM enrolments WHERE person = {}", owner.person_id)
    fresh = next(course for course in courses if course not in {row["course"] for row in had})
    await pausing.set_lesson(SYSTEM, await id_of(product), fresh, now())
    lesson = await browser.visit_and_submit(f"/share/products/{product}", f"/share/products/{product}/lesson")
    assert lesson.status == 200
    assignment = int(lesson.path.split("/")[2])
    await make.learn_course(owner.person_id, assignment, fresh, now() - timedelta(hours=3))
    link = await browser.visit_and_submit(f"/share/products/{product}", "/share/links")
    assert link.path.startswith("/share/links/")
