"""The roster as agents, leads and admins see and set it."""

from datetime import timedelta

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import local, now
from portal.core.base.database import counting_queries, reading
from portal.core.people import actions as people
from portal.service.roster import actions, queries
from portal.service.roster.tables import Absence, Presence, Shift
from tests import make
from tests.browse import Browser
from tests.cast import Cast
from tests.service.roster.make import DAY, agent, at_work, shift

HOME = "/desk/roster"


async def test_an_agent_takes_work_pauses_and_is_done(browser: Browser, cast: Cast) -> None:
    await make.sign_in(browser, cast.abe)
    page = await browser.get(HOME)
    assert "当班时才能接单" in page
    assert "排一班" not in page
    await shift(cast.abe, now())
    page = await browser.submit(await browser.get(HOME), f"{HOME}/presence")
    assert "已开始接单" in page
    assert "正在接单" in page
    pause = next(form for form in page.forms if form.fields.get("act") == "pause")
    refused = await browser.post(f"{HOME}/presence", {**pause.fields, "reason": ""})
    assert refused.status == 422
    page = await browser.get(HOME)
    pause = next(form for form in page.forms if form.fields.get("act") == "pause")
    await browser.post(f"{HOME}/presence", {**pause.fields, "reason": "meal"})
    page = await browser.get(HOME)
    assert "暂停：吃饭" in page
    done = next(form for form in page.forms if form.fields.get("act") == "done")
    await browser.post(f"{HOME}/presence", done.fields)
    assert "当班，还没接单" in await browser.get(HOME)
    async with reading():
        assert await Presence.count() == 2


async def test_a_refused_presence_says_why(browser: Browser, cast: Cast) -> None:
    made = await shift(cast.abe, now())
    await make.sign_in(browser, cast.abe)
    page = await browser.get(HOME)
    await actions.cancel_shift(SYSTEM, made, now())
    page = await browser.submit(page, f"{HOME}/presence")
    assert page.status == 409
    assert "现在不是您的班" in page


async def test_a_lead_sets_shifts_and_sees_the_week(browser: Browser, cast: Cast) -> None:
    await make.sign_in(browser, cast.dora)
    on = local(now()).date() + timedelta(days=1)
    page = await browser.get(f"{HOME}/shifts/new?person={cast.abe}&on={on}")
    page = await browser.submit(page, f"{HOME}/shifts", starts="09:00", ends="17:30", deputy=str(cast.dora))
    assert "班次已排好" in page
    assert "09:00–17:30" in page
    assert "代班 Dora" in page
    page = await browser.get(f"{HOME}/shifts/new?person={cast.abe}&on={on}")
    page = await browser.submit(page, f"{HOME}/shifts", starts="12:00", ends="18:00")
    assert page.status == 409
    assert 'id="f-starts-error"' in page.html
    assert page.form(f"{HOME}/shifts").fields["starts"] == "12:00"
    async with reading():
        made = (await Shift.select())[0]["id"]
    page = await browser.visit_and_submit(f"{HOME}/shifts/{made}", f"{HOME}/shifts/{made}", ends="25:99")
    assert page.status == 422
    page = await browser.visit_and_submit(f"{HOME}/shifts/{made}", f"{HOME}/shifts/{made}", ends="18:00")
    assert "09:00–18:00" in page
    assert "1 班" in await browser.get(f"{HOME}?view=month&on={on}")
    assert "Abe" in await browser.get(f"{HOME}?view=day&on={on}")
    page = await browser.visit_and_submit(f"{HOME}/shifts/{made}", f"{HOME}/shifts/{made}/cancellation")
    assert "09:00–18:00" not in page


async def test_copying_a_week_tells_what_came_of_it(browser: Browser, cast: Cast) -> None:
    await make.sign_in(browser, cast.dora)
    await shift(cast.abe, now(), since=0, hours=2)
    page = await browser.get(f"{HOME}?view=week&on={local(now()).date() + timedelta(days=7)}")
    page = await browser.submit(page, f"{HOME}/copies")
    assert "排进 1 班，跳过 0 班" in page
    await browser.submit(page, f"{HOME}/copies")
    async with reading():
        assert await Shift.count() == 2


async def test_leave_needs_a_deputy_and_ends_when_she_is_back(browser: Browser, cast: Cast) -> None:
    await make.sign_in(browser, cast.dora)
    today = local(now()).date()
    path, last = f"{HOME}/absences/new?person={cast.abe}", str(today + timedelta(days=2))
    page = await browser.visit_and_submit(path, f"{HOME}/absences", first=str(today), last=last, deputy="")
    assert page.status == 422
    assert 'id="f-deputy-error"' in page.html
    page = await browser.submit(page, f"{HOME}/absences", deputy=str(cast.abe))
    assert "代班人不能是她自己" in page
    page = await browser.submit(page, f"{HOME}/absences", deputy=str(cast.dora), last=str(today - timedelta(days=1)))
    assert 'id="f-last-error"' in page.html
    page = await browser.submit(page, f"{HOME}/absences", deputy=str(cast.dora), last=last)
    assert "请假中" in page
    async with reading():
        leave = (await Absence.select())[0]["id"]
    page = await browser.submit(page, f"{HOME}/absences/{leave}/ending")
    assert "请假中" not in page


async def test_a_lead_sets_what_an_agent_is_good_at(browser: Browser, cast: Cast) -> None:
    await make.sign_in(browser, cast.dora)
    path = f"{HOME}/agents/{cast.abe}"
    page = await browser.visit_and_submit(path, path, capacity="0", languages=["en"])
    assert page.status == 422
    assert 'id="f-capacity-error"' in page.html
    page = await browser.submit(
        page,
        path,
        level="senior",
        capacity="8",
        functions=["quality"],
        products="生鲜，家电",
        languages=["zh-Hans", "en"],
    )
    assert "已保存" in page
    async with reading():
        found = await queries.agent(cast.abe, now())
    assert found is not None
    assert (found.level, found.capacity, found.products) == ("senior", 8, {"生鲜", "家电"})
    assert "质量问题" in await browser.get(f"{HOME}/agents")


async def test_agents_see_and_do_not_set(browser: Browser, cast: Cast) -> None:
    made = await shift(cast.abe, now())
    await make.sign_in(browser, cast.abe)
    for path in ("", "?view=week", "?view=month", "/agents", f"/agents/{cast.dora}"):
        page = await browser.get(f"{HOME}{path}")
        assert page.status == 200
        assert [form.action for form in page.forms if "roster" in form.action and "presence" not in form.action] == []
    for path in ("/shifts/new", f"/shifts/{made}", "/absences/new"):
        assert (await browser.get(f"{HOME}{path}")).status == 403
    token = (await browser.get(HOME)).form(f"{HOME}/presence").fields
    for path in (
        "/copies",
        "/shifts",
        f"/shifts/{made}",
        f"/shifts/{made}/cancellation",
        "/grace",
        f"/agents/{cast.abe}",
    ):
        assert (await browser.post(f"{HOME}{path}", token)).status == 403


async def test_an_admin_publishes_the_grace_and_others_are_kept_out(open_browser, cast: Cast) -> None:  # type: ignore[no-untyped-def]
    admin = await make.sign_in(open_browser(), cast.ada)
    assert "平台还没有客服课程" in await admin.get(HOME)
    last = str(local(now() + 9 * DAY).date())
    page = await admin.visit_and_submit(HOME, f"{HOME}/grace", last=last)
    assert "宽限期已公布" in page
    async with reading():
        assert (await queries.rule()).published is not None
    for person in (cast.olive.person_id, cast.mona):
        browser = await make.sign_in(open_browser(), person)
        assert (await browser.get(HOME)).status == 403


async def test_the_pages_speak_english_and_ask_few_questions(browser: Browser, cast: Cast) -> None:
    at = now()
    for n in range(30):
        person = await agent(f"Agent {n}", at)
        await shift(person, at, deputy=cast.abe)
    await at_work("Amy", at)
    await people.grant_role(SYSTEM, cast.dora, "agent", at)
    await make.sign_in(browser, cast.dora)
    await browser.submit(await browser.get("/me"), "/preferences", language="en")
    said = {"?view=day": "Taking work", "?view=week": "Copy last week", "?view=month": "Shifts a day"}
    said |= {"/agents": "Most at once", f"/agents/{cast.abe}": "Nothing is planned", "/shifts/new": "Whose shift"}
    for path, words in said.items():
        with counting_queries() as counted:
            page = await browser.get(f"{HOME}{path}")
        assert words in page
        assert len(counted) <= 12


async def test_nonsense_in_the_address_is_today(browser: Browser, cast: Cast) -> None:
    await make.sign_in(browser, cast.dora)
    for query in ("?view=x&on=x", "?on=9999-12-31&view=month", "?made=x&left=1", "?on=0001-01-01", "?after=x"):
        assert (await browser.get(f"{HOME}{query}")).status == 200
    assert (await browser.get(f"{HOME}/shifts/999999")).status == 404
    assert (await browser.get(f"{HOME}/agents/{cast.ada}")).status == 404
