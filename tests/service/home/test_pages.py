"""First pages by role, the team, a member, the audit trail: they open, and say what is so."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from portal.core.base.audit import Actor, sequence
from portal.core.base.clock import now
from portal.core.base.database import counting_queries
from portal.service.complaints import charge
from portal.service.complaints.rules import Function
from tests import make
from tests.browse import Browser
from tests.cast import Cast
from tests.service.complaints import make as desk

pytestmark = pytest.mark.usefixtures("school")


async def test_a_new_owner_sees_her_checklist_and_one_way_on(browser: Browser) -> None:
    owner = await make.owner("何晓梅")
    await make.sign_in(browser, owner.person_id)
    page = await browser.get("/")
    assert "再走 8 步，就能分享赚钱" in page
    assert page.html.count('class="next"') == 1
    assignment = await make.open_assignment(owner.person_id)
    assert f"/learn/{assignment}/customers/two-kinds" in page.links


async def test_a_licensed_owner_is_sent_to_share(browser: Browser) -> None:
    owner = await make.licensed_owner("李芳", now() - timedelta(days=5))
    await make.sign_in(browser, owner.person_id)
    page = await browser.get("/")
    assert "您可以分享赚钱了" in page
    assert "/share" in page.links


async def test_an_owner_reads_why_her_right_is_as_it_is(browser: Browser) -> None:
    owner = await make.owner("何晓梅")
    await make.sign_in(browser, owner.person_id)
    page = await browser.get("/right")
    assert page.status == 200
    assert "还有课没学完" in page


async def test_home_and_first_pages_open_for_everybody(open_browser, cast: Cast) -> None:  # type: ignore[no-untyped-def]
    for part, path in (
        ("manager", "/manage"),
        ("agent", "/"),
        ("desk_lead", "/"),
        ("admin", "/admin"),
        ("owner", "/"),
    ):
        browser = await make.sign_in(open_browser(), cast.person_of(part))
        page = await browser.get("/")
        assert (page.status, page.path) == (200, path), part


async def test_the_desks_people_begin_with_what_is_due_first(open_browser: Callable[[], Browser]) -> None:
    there = await desk.scene()
    info = await desk.complaint(there)
    abe = await desk.agent_ready()
    await charge.take(Actor("person", abe), abe, info.id, now())
    agent = await make.sign_in(open_browser(), abe)
    with counting_queries() as count:
        page = await agent.get("/")
    assert len(count) <= 12, count.queries
    assert f"/desk/complaints/{info.ref}" in page.links
    assert "先处理这些" in page
    assert "/desk/approvals" not in page.links
    await desk.complaint(there, text="第二箱也压坏了", function=Function.DELIVERY)
    lead = await make.sign_in(open_browser(), await desk.agent_ready("方静", role="desk_lead"))
    with counting_queries() as count:
        page = await lead.get("/")
    assert len(count) <= 12, count.queries
    assert f"/desk/complaints/{info.ref}" not in page.links  # another's
    assert "/desk/approvals" in page.links


async def test_a_manager_sees_who_is_where_and_only_her_own(browser: Browser, cast: Cast) -> None:
    await make.sign_in(browser, cast.mona)
    page = await browser.get("/manage")
    assert "Olive" in page
    assert "Otto" not in page
    member = await browser.get(f"/manage/stores/{cast.olive.store_external_id}")
    assert member.status == 200
    assert "还在学习，不能分享" in member
    assert (await browser.get(f"/manage/stores/{cast.otto.store_external_id}")).status == 404


async def test_a_manager_reminds_once_a_day_and_extends(browser: Browser, cast: Cast) -> None:
    await make.sign_in(browser, cast.mona)
    path = f"/manage/stores/{cast.olive.store_external_id}"
    done = await browser.visit_and_submit(path, f"{path}/reminders")
    assert done.status == 200
    again = await browser.visit_and_submit(path, f"{path}/reminders")
    assert again.status == 409
    later = (now() + timedelta(days=60)).date().isoformat()
    extended = await browser.visit_and_submit(path, f"{path}/extensions", due_on=later, reason="家里有事")
    assert extended.status == 200
    past = await browser.visit_and_submit(path, f"{path}/extensions", due_on="2020-01-01", reason="试试")
    assert past.status == 422
    assert "试试" in past.html


async def test_the_team_page_asks_as_much_for_thirty_as_for_one(browser: Browser) -> None:
    counts = []
    for size in (1, 30):
        mona = await make.person("manager", "Mona")
        for number in range(size):
            await make.owner(f"店主{number}", manager_id=mona)
        await make.sign_in(browser, mona)
        with counting_queries() as count:
            page = await browser.get("/manage")
        assert page.status == 200
        counts.append(len(count))
    assert counts[0] == counts[1] <= 12


async def test_an_owners_home_asks_at_most_twelve_queries(browser: Browser) -> None:
    owner = await make.owner("何晓梅")
    await make.sign_in(browser, owner.person_id)
    await browser.get("/")
    with counting_queries() as count:
        await browser.get("/")
    assert len(count) <= 12, count.queries


async def test_the_audit_trail_shows_acts_with_their_place(browser: Browser, cast: Cast) -> None:
    await sequence()
    await make.sign_in(browser, cast.ada)
    page = await browser.get("/admin/audit")
    assert "right.decided" in page
    filtered = await browser.get("/admin/audit?action=right.decided")
    assert "people.created" not in filtered
    assert (await browser.get("/admin/audit?subject=nonsense&after=zzz")).status == 200


async def test_the_admin_sees_rights_and_their_reasons(browser: Browser, cast: Cast) -> None:
    await make.sign_in(browser, cast.ada)
    index = await browser.get("/admin/rights?status=learning")
    assert "Olive" in index
    shown = await browser.get(f"/admin/rights/{cast.olive.store_external_id}")
    assert shown.status == 200
    assert "重算一致" in shown
    assert (await browser.get("/admin/proposals")).status == 200
    assert (await browser.get("/admin")).status == 200


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_help_is_open_to_everybody(browser: Browser, language: str) -> None:
    page = await browser.get("/help", headers={"Accept-Language": language})
    assert page.status == 200
