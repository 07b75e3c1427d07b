"""Help as readers see it, the desk's pages, and what others do not see."""

from collections.abc import Callable
from typing import Any

import pytest

from portal.core.base.clock import now
from portal.core.base.database import counting_queries, reading, writing
from portal.core.web.templates import environment
from portal.service.knowledge import commands, figures
from portal.service.knowledge.tables import Article, ArticleAnswer, ArticleReads, HelpSearch, ReplyTemplate
from tests import make
from tests.browse import Browser
from tests.cast import Cast
from tests.service.knowledge import make as knowledge

pytestmark = pytest.mark.usefixtures("a_window_ahead")

Open = Callable[[], Browser]
HTMX = {"HX-Request": "true", "HX-Target": "suggestions"}


@pytest.fixture
async def shelf(database: str) -> None:
    """The articles that come with the software."""
    await commands.ensure_shipped(now())


async def test_a_buyer_finds_an_answer_without_an_account(shelf: None, browser: Browser) -> None:
    page = await browser.get("/help")
    assert page.status == 200
    assert "有什么可以帮您" in page
    assert "怎样投诉" in page
    assert "先要授权" not in page  # an owner's
    assert "set-cookie" not in page.response.headers
    found = await browser.get("/help?q=退款多久到账")
    link = next(link for link in found.links if link.startswith("/help/") and "account" not in link)
    assert link.startswith("/help/when-refunds-arrive")
    article = await browser.get(link)
    assert "先看走到哪一步" in article
    assert "<table>" in article.html
    async with reading():
        reads = await ArticleReads.select(ArticleReads.reads)
        kept = await HelpSearch.select(HelpSearch.query, HelpSearch.opened)
    assert [row["reads"] for row in reads] == [1]
    assert kept == [{"query": "退款多久到账", "opened": 1}]


async def test_help_speaks_english(shelf: None, app: object) -> None:
    english = Browser(app, language="en")  # type: ignore[arg-type]
    page = await english.get("/help?q=when does my refund arrive")
    assert "When a refund arrives" in page
    assert "The closest first" in page
    article = await english.get("/help/when-refunds-arrive")
    assert "Did this help?" in article
    nothing = await english.get("/help?q=warranty card")
    assert "No answer to “warranty card” yet" in nothing
    await english.close()


async def test_topics_narrow_the_list(shelf: None, browser: Browser) -> None:
    page = await browser.get("/help?topic=delivery")
    assert "/help/where-is-my-parcel" in page.links
    assert "/help/how-to-complain" not in page.links
    assert (await browser.get("/help?topic=nonsense&after=zzz")).status == 200


@pytest.mark.parametrize(
    ("part", "owners", "agents"),
    [("owner", True, False), ("manager", True, False), ("agent", True, True), ("admin", True, True)],
)
async def test_owners_and_agents_find_theirs_too(
    shelf: None, cast: Cast, browser: Browser, part: str, owners: bool, agents: bool
) -> None:
    await make.sign_in(browser, cast.person_of(part))
    page = await browser.get("/help?limit=100")
    assert ("/help/acting-for-a-buyer" in page.links) is owners
    assert ("/help/authority-ladder" in page.links) is agents
    assert (await browser.get("/help/authority-ladder")).status == (200 if agents else 404)
    assert (await browser.get("/help/how-to-complain")).status == 200


async def test_did_this_help_is_asked_once_a_reader(shelf: None, browser: Browser, open_browser: Open) -> None:
    path = "/help/how-to-complain"
    page = await browser.get(path)
    assert (await browser.submit(page, f"{path}/answer", text="不清楚", helped=None)).status == 422
    done = await browser.submit(page, f"{path}/answer", helped="no", text="电话 13812345678")
    assert done.path == path
    assert "这次没帮到您" in done
    again = await browser.submit(done, f"{path}/answer", helped="yes")
    assert "帮到您了。想改" in again
    other = open_browser()
    await other.submit(await other.get(path), f"{path}/answer", helped="yes")
    async with reading():
        rows = await ArticleAnswer.select(ArticleAnswer.helped)
    assert [bool(row["helped"]) for row in rows] == [True, True]


async def test_a_network_that_answers_all_the_time_is_told_to_wait(shelf: None, browser: Browser) -> None:
    path = "/help/how-to-complain"
    page = await browser.get(path)
    for _ in range(21):
        page = await browser.submit(await browser.get(path), f"{path}/answer", helped="yes", text="好")
    assert page.status == 429
    assert "分钟后再来" in page
    assert "好" in page.form(f"{path}/answer").fields["text"]


async def test_a_search_that_finds_nothing_is_kept_without_who(shelf: None, browser: Browser) -> None:
    page = await browser.get("/help?q=电子发票抬头")
    assert "还没有答案" in page
    await browser.get("/help?q=13812345678")
    async with reading():
        rows = await HelpSearch.select(HelpSearch.query, HelpSearch.gap)
    assert [row["query"] for row in rows] == ["电子发票抬头"]


# ---- suggestions ----


async def test_suggestions_open_in_place(shelf: None, browser: Browser) -> None:
    query = "/help/suggestions?for=buyer&q=退款什么时候到"
    fragment = await browser.get(query, headers=HTMX)
    assert fragment.html.lstrip().startswith('<div id="suggestions"')
    assert "<summary>退款什么时候到" in fragment.html
    assert fragment.html.count("<details>") <= 3
    whole = await browser.get(query)
    assert "<summary>退款什么时候到" in whole.html
    assert "<title>" in whole.html
    nothing = await browser.get("/help/suggestions?for=agent&q=送批 额度", headers=HTMX)
    assert "authority-ladder" not in nothing.html
    assert "您自己能定多少" not in nothing
    async with reading():
        assert await HelpSearch.count() == 0  # what is typed in a form is not kept


async def test_what_a_form_holds_is_asked_about_by_post(shelf: None, cast: Cast, browser: Browser) -> None:
    await make.sign_in(browser, cast.olive.person_id)
    token = (await browser.get("/help/how-to-complain")).form().fields["_csrf"]
    path = "/help/suggestions?for=owner&text=story&topic=category"
    data = {"_csrf": token, "story": "替她退货，验证码" + "很长" * 1500, "category": "service"}
    answer = await browser.post(path, {**data, "story": "替她退货要授权吗，验证码"}, headers=HTMX)
    assert answer.status == 200
    assert "替买家办事" in answer
    assert (await browser.post(path, data, headers=HTMX)).status == 200
    assert (await browser.post(path, {"story": "x"}, headers=HTMX)).status == 403


async def test_the_macro_is_a_field_that_works_without_script(shelf: None, app: object) -> None:
    source = (
        '{% from "service/knowledge/_suggest.html" import suggest_area %}'
        '{{ suggest_area(none, "text", "说说", audience="owner", topic="function_category", value="<b>") }}'
    )
    made = environment().from_string(source).render()
    assert 'hx-post="/help/suggestions?for=owner&amp;text=text&amp;topic=function_category"' in made
    assert 'hx-trigger="input changed delay:400ms"' in made
    assert 'hx-params="_csrf,text,function_category"' in made
    assert ">&lt;b&gt;</textarea>" in made
    assert '<div id="suggestions"' in made


# ---- the desk ----

WHOLE: dict[str, Any] = {
    "audiences": ["buyer"],
    "topic": "refund",
    "title_zh": "发票在哪开",
    "body_zh": "## 先看\n\n订单里点发票。",
    "title_en": "Where to get an invoice",
    "body_en": "Choose invoice in the order.",
}


async def test_an_agent_writes_and_a_lead_publishes(shelf: None, cast: Cast, open_browser: Open) -> None:
    abe, dora = await make.sign_in(open_browser(), cast.abe), await make.sign_in(open_browser(), cast.dora)
    bad = await abe.submit(
        await abe.get("/desk/knowledge/new"), "/desk/knowledge/new", **WHOLE | {"body_zh": "<b>粗</b>"}
    )
    assert bad.status == 422
    assert 'id="f-body_zh-error"' in bad.html
    assert "第 1 行" in bad
    preview = await abe.submit(bad, "/desk/knowledge/new", body_zh=WHOLE["body_zh"], then="preview")
    assert preview.path.endswith("/preview")
    assert "订单里点发票" in preview
    ref = preview.path.split("/")[3]
    path = f"/desk/knowledge/{ref}"
    assert "Choose invoice" in await abe.get(f"{path}/preview?language=en")
    sent = await abe.submit(await abe.get(path), f"{path}/submission")
    assert "在等人审" in sent
    assert [form for form in sent.forms if form.action.endswith("/verdict")] == []
    review = await dora.get(path)
    silent = await dora.submit(review, f"{path}/verdict", verdict="back")
    assert silent.status == 422
    assert 'id="f-note-error"' in silent.html
    done = await dora.submit(review, f"{path}/verdict", verdict="publish")
    assert "已发布" in done
    public = await open_browser().get(f"/help/{ref}")
    assert "订单里点发票" in public
    late = await dora.submit(review, f"{path}/verdict", verdict="back", note="再看看", _key="another")
    assert late.status == 409
    assert "再看看" in late.html or "别人动过" in late


async def test_agents_do_not_review_retire_or_set(shelf: None, cast: Cast, browser: Browser) -> None:
    abe = await make.sign_in(browser, cast.abe)
    path = "/desk/knowledge/how-to-complain"
    page = await abe.get(path)
    assert [form.action for form in page.forms if "retire" in form.action or "confirm" in form.action] == []
    token = {"_csrf": (await abe.get("/desk/knowledge/new")).form().fields["_csrf"]}
    for act in ("retirement", "confirmation", "verdict"):
        assert (await abe.post(f"{path}/{act}", token)).status == 403, act
    assert (await abe.post("/desk/knowledge/starters", token)).status == 403
    assert (await abe.get("/desk/knowledge/months")).status == 403
    await make.sign_in(browser, cast.olive.person_id)
    for way in ("/desk/knowledge", "/desk/knowledge/gaps", "/desk/templates", path):
        assert (await browser.get(way)).status == 403, way


async def test_a_lead_confirms_and_retires(shelf: None, cast: Cast, browser: Browser) -> None:
    dora = await make.sign_in(browser, cast.dora)
    path = "/desk/knowledge/how-to-complain"
    confirmed = await dora.submit(await dora.get(path), f"{path}/confirmation")
    assert "随软件带来" in confirmed
    gone = await dora.submit(confirmed, f"{path}/retirement")
    assert "已收起" in gone
    assert (await dora.get("/help/how-to-complain")).status == 404
    assert "/desk/knowledge/how-to-complain" in (await dora.get("/desk/knowledge?show=retired")).links


async def test_an_empty_shelf_is_filled_by_one_button_and_months_are_set(cast: Cast, browser: Browser) -> None:
    ada = await make.sign_in(browser, cast.ada)
    page = await ada.get("/desk/knowledge")
    assert "知识库还是空的" in page
    filled = await ada.submit(page, "/desk/knowledge/starters")
    assert "/desk/knowledge/how-to-complain" in filled.links
    months = await ada.get("/desk/knowledge/months")
    assert (await ada.submit(months, "/desk/knowledge/months", months="0")).status == 422
    await ada.submit(months, "/desk/knowledge/months", months="4")
    assert (await ada.get("/desk/knowledge/new")).form("/desk/knowledge/new").fields["months"] == "4"


async def test_shipped_texts_are_offered_beside_own_ones_too(cast: Cast, browser: Browser) -> None:
    dora = await make.sign_in(browser, cast.dora)
    await dora.submit(await dora.get("/desk/knowledge/new"), "/desk/knowledge/new", **WHOLE)
    page = await dora.get("/desk/knowledge")
    assert "随软件带来的文章和模板" in page
    filled = await dora.submit(page, "/desk/knowledge/starters")
    assert "/desk/knowledge/how-to-complain" in filled.links
    assert "/desk/knowledge/starters" not in [form.action for form in filled.forms]


async def test_her_text_is_kept_where_somebody_else_was_quicker(cast: Cast, open_browser: Open) -> None:
    abe, dora = await make.sign_in(open_browser(), cast.abe), await make.sign_in(open_browser(), cast.dora)
    first = await abe.submit(await abe.get("/desk/knowledge/new"), "/desk/knowledge/new", **WHOLE)
    path = f"{first.path}/draft"
    mine, hers = await abe.get(path), await dora.get(path)
    await dora.submit(hers, path, title_zh="主管的题")
    lost = await abe.submit(mine, path, title_zh="我的题")
    assert lost.status == 409
    assert "我的题" in lost.html
    assert "刚才有别人动过" in lost
    kept = await abe.submit(lost, path)
    assert "我的题" in kept


async def test_gaps_are_written_or_not_needed(shelf: None, cast: Cast, browser: Browser) -> None:
    await browser.get("/help?q=电子发票抬头")
    await browser.get("/help?q=waybill insurance")
    abe = await make.sign_in(browser, cast.abe)
    page = await abe.get("/desk/knowledge/gaps")
    new = next(link for link in page.links if "new?gap=" in link)
    begun = await abe.get(new)
    fields = begun.form("/desk/knowledge/new").fields
    assert "waybill insurance" in (fields["title_zh"], fields["title_en"]) or "电子发票抬头" in fields["title_zh"]
    await abe.submit(begun, "/desk/knowledge/new", **WHOLE)
    async with reading():
        left = (await HelpSearch.select(HelpSearch.id).where(HelpSearch.state == "open"))[0]["id"]
    gap = await abe.get(f"/desk/knowledge/gaps/{left}")
    path = f"/desk/knowledge/gaps/{left}/dismissal"
    assert (await abe.submit(gap, path)).status == 422
    done = await abe.submit(gap, path, reason="线下开")
    assert "没有落空的搜索" in done
    assert (await abe.get("/desk/knowledge/gaps/987654")).status == 404


async def test_figures_are_shares_with_their_n(shelf: None, cast: Cast, open_browser: Open) -> None:
    path = "/help/how-to-complain"
    for helped in ("yes", "yes", "no"):
        reader = open_browser()
        await reader.submit(await reader.get(path), f"{path}/answer", helped=helped)
    dora = await make.sign_in(open_browser(), cast.dora)
    page = await dora.get("/desk/knowledge/how-to-complain")
    assert "66.67%" in page
    assert "共 3 人回答" in page


async def test_the_list_and_its_pages_ask_few_queries(shelf: None, cast: Cast, browser: Browser) -> None:
    for path in ("/help", "/help?q=退款", "/help/how-to-complain", "/help/suggestions?for=buyer&q=退款没到账的包裹"):
        with counting_queries() as count:
            await browser.get(path)
        assert len(count) <= 12, (path, count.queries)
    await make.sign_in(browser, cast.ada)
    pages = ("", "?show=due", "?show=review&topic=refund", "/how-to-complain", "/gaps", "/new")
    for path in (
        *(f"/desk/knowledge{way}" for way in pages),
        "/desk/templates",
        "/desk/templates/paid",
        "/help?q=退款",
    ):
        with counting_queries() as count:
            assert (await browser.get(path)).status == 200
        assert len(count) <= 12, (path, count.queries)


async def test_lists_page_by_key(cast: Cast, browser: Browser) -> None:
    refs = [await knowledge.published(f"第{number}篇退款") for number in range(3)]
    ada = await make.sign_in(browser, cast.ada)
    page = await ada.get("/desk/knowledge?limit=2&show=out")
    more = next(link for link in page.links if "after=" in link)
    rest = await ada.get(more)
    assert [ref for ref in refs if f"/desk/knowledge/{ref}" in rest.links] == refs[:1]
    async with reading():
        assert len(await figures.figures_of([1, 2, 3], now())) == 3


# ---- reply templates ----


async def test_a_template_is_checked_written_and_shown_filled(shelf: None, cast: Cast, browser: Browser) -> None:
    abe = await make.sign_in(browser, cast.abe)
    page = await abe.get("/desk/templates/new")
    wrong = await abe.submit(page, "/desk/templates/new", name="问候", text_zh="{{buyer}}，{{phone}}")
    assert wrong.status == 422
    assert 'id="f-text_zh-error"' in wrong.html
    assert "phone" in wrong
    assert "{{proposal}}" in wrong
    done = await abe.submit(wrong, "/desk/templates/new", text_zh="{{buyer}}，{{due}} 前")
    assert "王女士，11 月 23 日 14:00 前" in done
    assert "我的" in done
    assert "问候" in await abe.get("/desk/templates")
    dora = await make.sign_in(browser, cast.dora)
    assert (await dora.get(done.path)).status == 404


async def test_only_leads_share_and_change_shared_ones(shelf: None, cast: Cast, browser: Browser) -> None:
    abe = await make.sign_in(browser, cast.abe)
    page = await abe.get("/desk/templates/new")
    assert "shared" not in page.html
    refused = await abe.submit(page, "/desk/templates/new", name="大家的", text_en="Hi", shared="yes")
    assert refused.status == 403
    assert "由主管和管理员来改" in refused
    assert (await abe.get("/desk/templates/paid/edit")).status == 403
    dora = await make.sign_in(browser, cast.dora)
    edit = await dora.get("/desk/templates/paid/edit")
    done = await dora.submit(edit, "/desk/templates/paid/edit", name="钱已付")
    assert "钱已付" in done
    stale = await dora.submit(edit, "/desk/templates/paid/edit", name="又改", _key="another")
    assert stale.status == 409
    assert "又改" in stale.html
    gone = await dora.submit(done, "/desk/templates/paid/retirement")
    assert gone.path == "/desk/templates"
    assert "钱已付" not in gone


async def test_templates_speak_english(shelf: None, cast: Cast, app: object) -> None:
    english = Browser(app, language="en")  # type: ignore[arg-type]
    lin = await make.person("desk_lead", "Lin", language="en")
    await make.sign_in(english, lin)
    assert "Reply templates" in await english.get("/desk/templates")
    assert "Ms Wang" in await english.get("/desk/templates/first-reply")
    assert "Knowledge base" in await english.get("/desk/knowledge")
    assert "Versions" in await english.get("/desk/knowledge/how-to-complain")
    await english.close()


async def test_nothing_is_left_open_for_strangers(database: str, browser: Browser) -> None:
    for path in ("/desk/knowledge", "/desk/templates", "/desk/knowledge/gaps"):
        assert (await browser.get(path)).path == "/sign-in"
    assert (await browser.get("/help")).status == 200  # empty
    assert (await browser.get("/help/nothing")).status == 404
    async with writing():
        assert await Article.count() == await ReplyTemplate.count() == 0
