"""The library as readers meet it, and the desk of writers and reviewers."""

from collections.abc import Callable

import pytest

from courses.cases import commands
from courses.cases.tables import Case
from portal.core.base.clock import now
from portal.core.base.database import counting_queries, reading, writing
from portal.core.base.tables import SiteSetting
from portal.core.people.tables import Person
from tests import make
from tests.browse import Browser
from tests.cast import Cast

Open = Callable[[], Browser]
HOME = "/desk/cases"
WHOLE = {
    "kind": "good_service",
    "topic": "advice",
    "title_zh": "一通电话",
    "happened_zh": "买家给长辈买锅。",
    "done_zh": "店主先打了电话。",
    "take_along_zh": "看备注。",
    "questions_zh": "您会打吗？",
}


@pytest.fixture
async def shelf(app: object) -> None:
    await commands.ensure_shipped(now())


@pytest.mark.parametrize("part", ["owner", "manager", "agent", "desk_lead", "admin"])
async def test_everybody_studies(shelf: None, cast: Cast, browser: Browser, part: str) -> None:
    await make.sign_in(browser, cast.person_of(part))
    with counting_queries() as count:
        page = await browser.get("/cases")
    assert len(count) <= 12
    assert "/cases/melted-dumplings" in page.links
    case = await browser.get("/cases/melted-dumplings")
    assert "想一想" in case
    assert "怎样才算知道这件事真的改好了" in case
    done = await browser.submit(case, "/cases/melted-dumplings/answer", helped="yes")
    assert "您说有用" in done
    assert "1 人说有用" in await browser.get("/cases")


async def test_cases_are_found_by_topic_and_words(shelf: None, cast: Cast, browser: Browser) -> None:
    await make.sign_in(browser, cast.olive.person_id)
    assert "/cases/refund-in-two-places" in (await browser.get("/cases?topic=refund")).links
    assert "/cases/melted-dumplings" not in (await browser.get("/cases?topic=refund")).links
    assert "/cases/rice-cooker-call" in (await browser.get("/cases?q=电饭煲")).links
    assert "没有找到" in await browser.get("/cases?q=航空母舰")
    assert (await browser.get("/cases/nothing")).status == 404
    assert (await browser.get("/cases?topic=x&after=zzz")).status == 200


async def test_the_library_speaks_english(shelf: None, cast: Cast, browser: Browser) -> None:
    await make.sign_in(browser, cast.olive.person_id)
    async with writing():
        await Person.update({Person.language: "en"}, force=True)
    assert "Melted dumplings" in await browser.get("/cases")
    page = await browser.get("/cases/melted-dumplings")
    assert "Questions to think about" in page
    assert "What was done" in page


async def test_strangers_sign_in_first(shelf: None, browser: Browser) -> None:
    assert (await browser.get("/cases/melted-dumplings")).path.startswith("/sign-in")


async def test_a_manager_writes_and_a_lead_says_yes(cast: Cast, open_browser: Open) -> None:
    mona, dora = await make.sign_in(open_browser(), cast.mona), await make.sign_in(open_browser(), cast.dora)
    bad = await mona.submit(await mona.get(f"{HOME}/new"), f"{HOME}/new", **WHOLE | {"done_zh": "打 13812345678"})
    assert bad.status == 422
    assert 'id="f-done_zh-error"' in bad.html
    assert "买家给长辈买锅" in bad.html
    saved = await mona.submit(bad, f"{HOME}/new", done_zh="店主先打了电话。")
    path = saved.path
    sent = await mona.submit(saved, f"{path}/submission")
    assert "在等人审" in sent
    assert [form for form in sent.forms if form.action.endswith("/verdict")] == []
    review = await dora.get(path)
    silent = await dora.submit(review, f"{path}/verdict", verdict="back")
    assert silent.status == 422
    assert 'id="f-note-error"' in silent.html
    done = await dora.submit(review, f"{path}/verdict", verdict="publish")
    assert "已发布" in done
    late = await dora.submit(review, f"{path}/verdict", verdict="back", note="再看", _key="another")
    assert late.status == 409
    olive = await make.sign_in(open_browser(), cast.olive.person_id)
    assert "店主先打了电话" in await olive.get(path.replace("/desk", ""))
    gone = await dora.submit(await dora.get(path), f"{path}/retirement")
    assert "已收起" in gone
    assert (await olive.get(path.replace("/desk", ""))).status == 404


async def test_others_neither_write_nor_see_drafts(cast: Cast, open_browser: Open) -> None:
    mona, abe = await make.sign_in(open_browser(), cast.mona), await make.sign_in(open_browser(), cast.abe)
    path = (await mona.submit(await mona.get(f"{HOME}/new"), f"{HOME}/new", **WHOLE)).path
    olive = await make.sign_in(open_browser(), cast.olive.person_id)
    for way in (HOME, f"{HOME}/new", path, f"{path}/draft"):
        assert (await olive.get(way)).status == 403, way
    assert (await olive.get(path.replace("/desk", ""))).status == 404
    assert (await abe.get(path)).status == 200
    assert (await abe.get(f"{path}/draft")).status == 403  # another's
    token = {"_csrf": (await abe.get(f"{HOME}/new")).form().fields["_csrf"], "mark": "1"}
    for act in ("submission", "verdict", "retirement", "revision"):
        assert (await abe.post(f"{path}/{act}", token)).status == 403, act


async def test_a_draft_that_moved_on_keeps_what_was_typed(cast: Cast, open_browser: Open) -> None:
    mona, dora = await make.sign_in(open_browser(), cast.mona), await make.sign_in(open_browser(), cast.dora)
    path = (await mona.submit(await mona.get(f"{HOME}/new"), f"{HOME}/new", **WHOLE)).path
    here, there = await mona.get(f"{path}/draft"), await dora.get(f"{path}/draft")
    await dora.submit(there, f"{path}/draft", title_zh="主管改的")
    late = await mona.submit(here, f"{path}/draft", title_zh="我改的")
    assert late.status == 409
    assert "我改的" in late.html
    assert "刚被别人动过" in late
    meant = await mona.submit(late, f"{path}/draft")
    assert meant.path == path
    async with reading():
        assert (await Case.select(Case.mark))[0]["mark"] == 3


async def test_the_desk_lists_by_state(shelf: None, cast: Cast, browser: Browser) -> None:
    await make.sign_in(browser, cast.dora)
    with counting_queries() as count:
        page = await browser.get(HOME)
    assert len(count) <= 12
    assert "随软件带来" in page
    assert f"{HOME}/melted-dumplings" not in (await browser.get(f"{HOME}?show=submitted")).links
    assert f"{HOME}/melted-dumplings" in (await browser.get(f"{HOME}?q=饺子")).links


async def test_a_lead_puts_in_the_shipped_cases_by_one_button(cast: Cast, open_browser: Open) -> None:
    dora, abe = await make.sign_in(open_browser(), cast.dora), await make.sign_in(open_browser(), cast.abe)
    looking = await abe.get(HOME)
    assert f"{HOME}/starters" not in [form.action for form in looking.forms]
    token = {"_csrf": (await abe.get(f"{HOME}/new")).form().fields["_csrf"]}
    assert (await abe.post(f"{HOME}/starters", token)).status == 403
    filled = await dora.submit(await dora.get(HOME), f"{HOME}/starters")
    assert "随软件带来的案例已放进来" in filled
    assert f"{HOME}/melted-dumplings" in filled.links
    assert f"{HOME}/starters" not in [form.action for form in filled.forms]
    async with writing():  # a later version of the software comes with others
        await SiteSetting.update({SiteSetting.value: "older"}).where(SiteSetting.name == commands.PUT_IN)
    assert f"{HOME}/starters" in [form.action for form in (await dora.get(HOME)).forms]
