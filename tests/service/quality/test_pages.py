"""Samples, reviews, draws, checklist, trainings and figures as agents, leads and admins see them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from portal.core.base.clock import local, now
from portal.core.base.database import counting_queries, reading, writing
from portal.core.people.tables import Person
from portal.service.quality import drawing, queries, training
from portal.service.quality.measures import Figure, mean_of, month_before, month_of, share_of, times_of
from portal.service.quality.queries import SampleInfo
from portal.service.quality.rules import WEEK, Appeal, Step, monday
from portal.service.quality.tables import Sample
from tests import make
from tests.browse import Browser, Page
from tests.cast import Cast
from tests.service.complaints import make as complaints
from tests.service.quality.make import WORDS, fresh, month, samples, solved

Open = Callable[[], Browser]
HOME, REVIEWS, FIGURES = "/desk/quality", "/desk/quality/reviews", "/desk/figures"
SHEET: dict[str, Any] = dict.fromkeys(Step, "2")


async def _drawn(count: int = 1) -> tuple[int, list[SampleInfo]]:
    """An agent's complaints of last week, drawn by now."""
    here = local(now())
    week = monday(here.date()) - WEEK
    noon = (here - timedelta(days=here.weekday() + 5)).replace(hour=12)
    async with writing():
        agent = await complaints.agent_ready(at=noon)
        there = await complaints.scene(at=noon)
        for n in range(count):
            await solved(there, noon + timedelta(minutes=n))
        await drawing.draw_week(week, now())
    return agent, await samples()


async def _scored(browser: Browser, cast: Cast, info: SampleInfo, **changes: Any) -> Page:
    await make.sign_in(browser, cast.dora)
    path = f"{HOME}/samples/{info.ref}"
    return await browser.submit(await browser.get(path), f"{path}/review", text=WORDS, **SHEET | changes)


async def test_a_lead_scores_and_the_agent_reads_it_and_appeals(
    browser: Browser, cast: Cast, open_browser: Open
) -> None:
    agent, found = await _drawn()
    path = f"{HOME}/samples/{found[0].ref}"
    await make.sign_in(browser, cast.dora)
    assert path in (await browser.get(REVIEWS)).links
    page = await browser.get(path)
    assert "箱子压坏了" in page
    assert "先顾感受再谈钱" in page
    assert "上岗头 30 天" in page
    empty = await browser.submit(page, f"{path}/review", text="好", ask="2")
    assert empty.status == 422
    assert 'id="f-greet-error"' in empty.html
    assert "好" in empty
    done = await _scored(browser, cast, found[0], ask="0")
    assert done.path == REVIEWS
    hers = await make.sign_in(open_browser(), agent)
    assert path in (await hers.get(HOME)).links
    page = await hers.get(path)
    assert "83.3 分" in page
    assert WORDS in page
    page = await hers.submit(page, f"{path}/appeal", text="我在第一句就问了。")
    assert "申诉处理中" in page
    assert "正在等别的同事来定" in page


async def test_an_appeal_is_decided_on_the_page_of_its_sample(browser: Browser, cast: Cast, open_browser: Open) -> None:
    agent, found = await _drawn()
    path = f"{HOME}/samples/{found[0].ref}"
    await _scored(browser, cast, found[0], ask="0")
    hers = await make.sign_in(open_browser(), agent)
    await hers.visit_and_submit(path, f"{path}/appeal", text="我在第一句就问了。")
    seen = await browser.get(path)  # the first judge reads it, but does not decide
    assert [form for form in seen.forms if form.action.endswith("/decision")] == []
    admin = await make.sign_in(open_browser(), cast.ada)
    assert path in (await admin.get(f"{REVIEWS}?show=appeals")).links
    short = await admin.submit(await admin.get(path), f"{path}/appeal/decision", reason="对")
    assert short.status == 422
    page = await admin.submit(short, f"{path}/appeal/decision", decision="upheld", reason="录音里确实问了。")
    assert "申诉成立" in page
    assert "不计入数字" in await hers.get(path)
    assert (await fresh(found[0])).appeal is Appeal.UPHELD


async def test_who_had_a_part_in_it_sees_no_sheet_and_others_see_nothing(browser: Browser, cast: Cast) -> None:
    agent, found = await _drawn()
    path = f"{HOME}/samples/{found[0].ref}"
    for person, status in ((agent, 404), (cast.abe, 404), (cast.olive.person_id, 404)):
        await make.sign_in(browser, person)
        assert (await browser.get(path)).status == status
    for way in (HOME, f"{HOME}/draws", FIGURES):
        assert (await browser.get(way)).status == 403  # an owner
    assert (await browser.get(REVIEWS)).status == 403
    async with writing():
        await Sample.update({Sample.agent: cast.dora}).where(Sample.id == found[0].id)
    await make.sign_in(browser, cast.dora)
    assert (await browser.get(path)).status == 404
    page = await browser.post(f"{path}/review", {})
    assert page.status == 403


async def test_a_judge_who_comes_second_is_told_and_keeps_her_words(
    browser: Browser, cast: Cast, open_browser: Open
) -> None:
    _, found = await _drawn()
    async with writing():
        await Sample.update({Sample.twice: False}).where(Sample.id == found[0].id)
    path = f"{HOME}/samples/{found[0].ref}"
    admin = await make.sign_in(open_browser(), cast.ada)
    page = await admin.get(path)
    await _scored(browser, cast, found[0])
    late = await admin.submit(page, f"{path}/review", text="写了很久的话。", **SHEET)
    assert late.status == 409
    assert "刚有同事评过了" in late
    assert "写了很久的话。" in late


async def test_the_draw_explains_itself_in_both_languages(cast: Cast, open_browser: Open) -> None:
    agent, found = await _drawn(6)
    chinese = await make.sign_in(open_browser(), cast.dora)
    page = await chinese.get(f"{HOME}/draws")
    assert "林晓月" in page
    assert "上岗头 30 天" in page
    async with reading():
        draw = (await queries.draws())[0]
    assert draw.seed in page
    assert draw.drawn == len(found) == 5
    hers = await make.sign_in(open_browser(), agent)
    own = await hers.get(f"{HOME}/draws")
    assert "林晓月" in own
    async with writing():
        await Person.update({Person.language: "en"}).where(Person.id.is_in([cast.alan, agent]))
    english = await make.sign_in(open_browser(), cast.alan)
    for way, words in (
        (f"{HOME}/draws", "first 30 days"),
        (REVIEWS, "Score conversations"),
        (FIGURES, "Agents&#39; figures"),
        (f"{HOME}/samples/{found[0].ref}", "feelings before money"),
        ("/admin/checklist", "As shipped"),
    ):
        assert words in await english.get(way)
    assert "My figures" in await hers.get(FIGURES)


async def test_an_admin_makes_a_new_version_of_the_checklist(browser: Browser, cast: Cast) -> None:
    await make.sign_in(browser, cast.ada)
    page = await browser.get("/admin/checklist")
    assert "第 0 版" in page
    half = await browser.submit(page, "/admin/checklist", reason="旺季先看接得快不快", zh_greet="三声铃内接起")
    assert half.status == 422
    assert 'id="f-en_greet-error"' in half.html
    wrong = await browser.submit(page, "/admin/checklist", reason="旺季先看接得快不快", weight_ask="99")
    assert 'id="f-weight_ask-error"' in wrong.html
    words: dict[str, Any] = {"zh_greet": "三声铃内接起", "en_greet": "Answered within three rings"}
    done = await browser.submit(half, "/admin/checklist", weight_greet="3", **words)
    assert "第 1 版" in done
    assert "三声铃内接起" in done
    stale = await browser.submit(page, "/admin/checklist", reason="再改一次权重", weight_greet="5")
    assert stale.status == 409
    await make.sign_in(browser, cast.dora)
    assert (await browser.get("/admin/checklist")).status == 403


async def _figures(agent: int) -> str:
    last = month_before(month_of(local(now()).date()))
    measured = [
        share_of(Figure.PROMPT, 5, 30, 2),
        share_of(Figure.PROPOSAL, 9, 9),
        mean_of(Figure.SATISFACTION, [450] * 12, 500, asked=20),
        times_of(Figure.FIRST, [30] * 12),
    ]
    for name in (month_before(last), last):
        made = await month(name, now(), {agent: measured})
    await training.train_month(made, last, now())
    return last


async def test_figures_are_shown_with_their_n_and_not_below_ten(browser: Browser, cast: Cast) -> None:
    last = await _figures(cast.abe)
    await make.sign_in(browser, cast.dora)
    assert (await browser.get(FIGURES)).status == 200
    page = await browser.get(f"{FIGURES}?month={last}")
    assert "16.66%" in page
    assert "n = 30" in page or "30 件" in page
    assert "100%" not in page.text  # nine kept proposals are no figure
    one = await browser.get(f"{FIGURES}/{cast.abe}?month={last}")
    assert "还出不了数：9 件" in one
    assert "偏弱" in one
    assert "30 秒" in one
    assert "2 件没算首次回复" in one
    await make.sign_in(browser, cast.abe)
    assert (await browser.get(FIGURES)).path == f"{FIGURES}/{cast.abe}"
    assert (await browser.get(f"{FIGURES}/{cast.dora}")).status == 403
    await make.sign_in(browser, cast.ada)
    assert (await browser.get(f"{FIGURES}/999999")).status == 404


async def test_a_training_says_why_and_can_be_appealed(browser: Browser, cast: Cast, open_browser: Open) -> None:
    await make.curricula(now())
    await _figures(cast.abe)
    await make.sign_in(browser, cast.abe)
    home = await browser.get(HOME)
    assert "5 分钟内首次回复" in home
    way = next(link for link in home.links if "/trainings/" in link)
    page = await browser.get(way)
    assert "16.66%" in page
    assert "目标是 80%" in page
    page = await browser.submit(page, f"{way}/appeal", text="那周系统坏了两天。")
    assert "正在等别的同事来定" in page
    lead = await make.sign_in(open_browser(), cast.dora)
    assert way in (await lead.get(f"{REVIEWS}?show=appeals")).links
    page = await lead.visit_and_submit(way, f"{way}/appeal/decision", decision="upheld", reason="查过，是系统的问题。")
    assert "已取消" in page
    await make.sign_in(browser, await make.person("agent", "何小梅"))
    assert (await browser.get(way)).status == 404


async def test_files_hold_figures_and_samples_an_agent_gets_her_own(browser: Browser, cast: Cast) -> None:
    agent, found = await _drawn(2)
    last = await _figures(agent)
    await make.sign_in(browser, cast.dora)
    lines = (await browser.get(f"{FIGURES}/figures.csv?month={last}")).html.splitlines()
    assert len(lines) == 1 + 4
    assert "林晓月,5 分钟内首次回复,30,16.66" in lines[1]
    assert ",9,,,," in lines[2]
    assert len((await browser.get(f"{FIGURES}/samples.csv")).html.splitlines()) == 1 + len(found)
    for name in ("figures", "samples"):
        book = await browser.client.get(f"{FIGURES}/{name}.xlsx")
        assert book.content.startswith(b"PK")
    await make.sign_in(browser, cast.abe)
    assert len((await browser.get(f"{FIGURES}/figures.csv?month={last}")).html.splitlines()) == 1
    assert len((await browser.get(f"{FIGURES}/samples.csv")).html.splitlines()) == 1


@pytest.mark.parametrize("way", [REVIEWS, f"{HOME}/draws", FIGURES, "sample"])
async def test_a_page_asks_as_little_of_many_as_of_few(browser: Browser, cast: Cast, way: str) -> None:
    _, found = await _drawn(6)
    await make.sign_in(browser, cast.dora)
    with counting_queries() as counted:
        page = await browser.get(f"{HOME}/samples/{found[0].ref}" if way == "sample" else way)
    assert page.status == 200
    assert len(counted) <= 12
