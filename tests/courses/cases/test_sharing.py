"""A manager lays a case before her owners; everybody is told once, and she sees who has read it."""

from collections.abc import Callable

import pytest

from courses.cases import sharing
from courses.cases.tables import CaseSharing
from portal.core.base import worker
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import counting_queries, reading, writing
from portal.core.base.refusals import Refused
from portal.core.notices.tables import Notice
from portal.core.stores import groups
from tests import make
from tests.browse import Browser
from tests.cast import Cast
from tests.courses.cases.make import published

Open = Callable[[], Browser]


async def told() -> list[int]:
    async with reading():
        rows = await Notice.select(Notice.person).where(Notice.kind == "case_shared").order_by(Notice.person)
    return [row["person"] for row in rows]


async def test_a_case_goes_to_all_her_owners_and_back_as_a_count(cast: Cast, open_browser: Open) -> None:
    ref = await published()
    manager = await make.sign_in(open_browser(), cast.mona)
    with counting_queries() as count:
        page = await manager.get(f"/cases/{ref}")
    assert len(count) <= 12
    done = await manager.submit(page, f"/cases/{ref}/sharings", group="", words="看看她怎么打这通电话")
    assert "已分享" in done
    await worker.drain()
    assert cast.olive.person_id in await told()
    owner = await make.sign_in(open_browser(), cast.olive.person_id)
    inbox = await owner.get("/notices")
    assert "冰袋化了" in inbox
    case = await owner.get(f"/cases/{ref}")
    assert "“看看她怎么打这通电话”" in case
    assert f"/cases/{ref}/sharings" not in {form.action for form in case.forms}
    page = await manager.get(f"/cases/{ref}")
    assert f"{len(await told())} 人，1 人看过" in page
    again = await manager.submit(page, f"/cases/{ref}/sharings", group="", words="再看一次")
    assert again.status == 409
    assert "您已经把这个案例分享给同一批人了" in again
    assert "再看一次" in again


async def test_a_group_of_hers_and_nobody_elses(cast: Cast, open_browser: Open) -> None:
    ref, at = await published(), now()
    viewer = await make.viewer(cast.mona)
    group_id = await groups.make_group(viewer.actor, "新手", cast.mona, at)
    async with reading():
        group = await groups.group(group_id)
    assert group is not None
    with pytest.raises(Refused) as empty:
        await sharing.share(viewer, ref, group_id, "", at)
    assert empty.value.code == "case_nobody"
    await groups.add_members(viewer.actor, group, [cast.olive.person_id], at)
    await sharing.share(viewer, ref, group_id, "", at)
    await worker.drain()
    assert await told() == [cast.olive.person_id]
    other = await groups.make_group(SYSTEM, "别人的", None, at)
    browser = await make.sign_in(open_browser(), cast.mona)
    page = await browser.get(f"/cases/{ref}")
    assert (await browser.submit(page, f"/cases/{ref}/sharings", group=str(other))).status == 404
    owner = await make.sign_in(open_browser(), cast.olive.person_id)
    form = page.form(f"/cases/{ref}/sharings")
    assert (await owner.post(form.action, {**form.fields, "group": ""})).status == 403


async def test_told_again_by_a_second_worker_is_told_once(cast: Cast) -> None:
    ref = await published()
    await sharing.share(await make.viewer(cast.mona), ref, None, "", now())
    await worker.drain()
    before = await told()
    async with reading():
        [row] = await CaseSharing.select(CaseSharing.id, CaseSharing.ended_at)
    assert row["ended_at"] is not None
    async with writing():
        await CaseSharing.update({CaseSharing.ended_at: None}).where(CaseSharing.id == row["id"])
    await sharing.tell(row["id"])
    assert await told() == before
