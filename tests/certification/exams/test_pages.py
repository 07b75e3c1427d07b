"""Sitting an exam as a person does, by forms alone; the list before it, the result after it."""

from datetime import timedelta

import pytest

from certification.exams import queries
from certification.exams.tables import AttemptAnswer
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.web.csrf import make_token
from tests import make
from tests.browse import Browser
from tests.certification.exams.stage import SECRET, exam_rows, finish_course, set_stage
from tests.certification.exams.walk import answer_by_forms, begin, come_in, editions, fields, send, sign_in_id, token_of
from tests.make import answers_of


async def test_the_whole_way_by_forms_alone(browser: Browser) -> None:
    stage = await come_in(browser, await set_stage(now()))
    page, attempt = await begin(browser)
    assert "1 题，共 12 题" in page
    page = await answer_by_forms(browser, page, attempt, well=True)
    assert page.path == f"/attempts/{attempt.ref}/submission"
    assert "题都答好了" in page
    page = await browser.submit(page)
    assert page.path == f"/attempts/{attempt.ref}"
    assert "恭喜，100 分合格" in page
    page = await browser.get("/exams")
    assert "100 分，合格" in page
    async with reading():
        assert set(await queries.passed_parts(stage.assignment_id)) == {stage.part_id}


async def test_handing_in_asks_once_more_and_names_what_is_open(browser: Browser) -> None:
    await come_in(browser, await set_stage(now()))
    _, attempt = await begin(browser)
    page = await browser.get(f"/attempts/{attempt.ref}/submission")
    assert "还有 12 题没答" in page
    assert f"/attempts/{attempt.ref}?q=7" in page.links
    page = await browser.submit(page)
    assert "这次 0 分，80 分合格" in page
    assert (await browser.get(f"/attempts/{attempt.ref}/submission")).path == f"/attempts/{attempt.ref}"


async def test_a_page_goes_on_at_the_first_open_question_and_shows_what_was_given(browser: Browser) -> None:
    await come_in(browser, await set_stage(now()))
    _, attempt = await begin(browser)
    given = await answers_of(attempt.id)
    for position in (1, 2, 3):
        page = await browser.get(f"/attempts/{attempt.ref}?q={position}")
        await browser.submit(page, f"/attempts/{attempt.ref}/answers/{position}", **fields(given[position]))
    page = await browser.get(f"/attempts/{attempt.ref}")
    assert "第 4 题，共 12 题" in page
    for position in (1, 2, 3):
        page = await browser.get(f"/attempts/{attempt.ref}?q={position}")
        sent = page.form(f"/attempts/{attempt.ref}/answers/{position}").fields
        assert {name: sent[name] for name in fields(given[position])} == fields(given[position])
        assert "已保存，" in page
        assert page.html.count('class="on"') == 3
    for nonsense in ("0", "13", "x", "-1", "１", "99999999999999999999"):
        assert "第 4 题" in await browser.get(f"/attempts/{attempt.ref}?q={nonsense}")


async def test_what_is_no_answer_goes_back_to_its_question_with_a_sentence(browser: Browser) -> None:
    await come_in(browser, await set_stage(now()))
    _, attempt = await begin(browser)
    place = next(place for place, one in (await editions(attempt)).items() if one.question.kind == "numeric")
    page = await browser.get(f"/attempts/{attempt.ref}?q={place}")
    page = await browser.submit(page, f"/attempts/{attempt.ref}/answers/{place}", given="forty")
    assert f"第 {place} 题" in page
    assert "数字题只填数字" in page


async def test_going_on_without_an_answer_writes_nothing(browser: Browser) -> None:
    await come_in(browser, await set_stage(now()))
    page, attempt = await begin(browser)
    page = await browser.submit(page, f"/attempts/{attempt.ref}/answers/1")
    assert "第 2 题" in page
    async with reading():
        assert (await AttemptAnswer.raw("SELECT count(*) AS n FROM attempt_answers"))[0]["n"] == 0


async def test_the_list_tells_what_is_asked_and_what_comes_first(browser: Browser) -> None:
    stage = await come_in(browser, await set_stage(now(), course=True))
    page = await browser.get("/exams")
    assert "先学完必修课" in page
    assert "A title 6 题，truth 6 题" in page
    assert not [form for form in page.forms if "/attempts" in form.action]
    await finish_course(stage, now() - timedelta(hours=1))
    page = await browser.get("/exams")
    for text in ("12 题", "40 分钟", "80 分，满分 100", "3 次", "隔 12 小时"):
        assert text in page
    assert page.form(f"/exams/{stage.part_id}/attempts")


async def test_the_list_of_somebody_without_exams_says_how_they_come(browser: Browser) -> None:
    person = await make.person("owner", "Nobody yet")
    await make.sign_in(browser, person)
    assert "现在没有要考的试" in await browser.get("/exams")


async def test_the_list_leads_back_into_a_running_attempt_and_tells_when_next(browser: Browser) -> None:
    await come_in(browser, await set_stage(now()))
    _, attempt = await begin(browser)
    page = await browser.get("/exams")
    assert f"/attempts/{attempt.ref}" in page.links
    assert "接着考" in page
    await browser.submit(await browser.get(f"/attempts/{attempt.ref}/submission"))
    page = await browser.get("/exams")
    assert "起可以再考" in page
    assert "还有 2 次机会" in await browser.get(f"/attempts/{attempt.ref}")


async def test_beginning_too_early_is_refused_with_a_way(browser: Browser) -> None:
    stage = await come_in(browser, await set_stage(now(), course=True))
    page = await browser.get("/me")
    token = make_token(f"sign-in:{await sign_in_id(stage)}")
    page = await browser.post(f"/exams/{stage.part_id}/attempts", {"_csrf": token})
    assert page.status == 409
    assert "必修课还没学完" in page
    assert "/learn" in page.links


async def test_no_such_part_is_not_found(browser: Browser) -> None:
    stage = await come_in(browser, await set_stage(now()))
    token = make_token(f"sign-in:{await sign_in_id(stage)}")
    for part in (10**9, 2**70):
        assert (await browser.post(f"/exams/{part}/attempts", {"_csrf": token})).status == 404


async def test_a_failed_attempt_shows_where_to_study_and_only_her_own_slips(browser: Browser) -> None:
    stage = await set_stage(now() - timedelta(hours=2), course=True)
    await come_in(browser, stage)
    await finish_course(stage, now() - timedelta(hours=1))
    page, attempt = await begin(browser)
    token = token_of(page)
    right, wrong = await answers_of(attempt.id), await answers_of(attempt.id, well=False)
    asked = await editions(attempt)
    slips = {place for place, one in asked.items() if "care" in one.question.tags}
    for place, given in right.items():
        await send(browser, attempt, place, {"given": wrong[place] if place in slips else given, "seq": 1}, token)
    page = await browser.submit(await browser.get(f"/attempts/{attempt.ref}/submission"))
    assert "这次 50 分，80 分合格" in page
    assert "离合格还差 4 题" in page
    assert "您错的 6 题里，6 题在这一门" in page
    assert f"/learn/{stage.assignment_id}/first" in page.links
    assert "对 6 题，共 6 题" in page
    assert "对 0 题，共 6 题" in page
    assert SECRET not in page.html
    page = await browser.get(f"/attempts/{attempt.ref}/mistakes")
    for place, one in asked.items():
        assert (one.question.stem in page.html) == (place in slips)
        assert (one.question.explanation in page.html) == (place in slips)


@pytest.mark.parametrize(("show", "topics"), [("score", False), ("topics", True)])
async def test_a_blueprint_says_what_is_shown(browser: Browser, show: str, topics: bool) -> None:
    await come_in(browser, await set_stage(now(), rows=exam_rows(show_after=show)))
    _, attempt = await begin(browser)
    page = await browser.submit(await browser.get(f"/attempts/{attempt.ref}/submission"))
    assert ("共 6 题" in page) is topics
    assert "/mistakes" not in page.html
    assert (await browser.get(f"/attempts/{attempt.ref}/mistakes")).status == 404


async def test_slips_are_not_shown_before_handing_in(browser: Browser) -> None:
    await come_in(browser, await set_stage(now()))
    _, attempt = await begin(browser)
    assert (await browser.get(f"/attempts/{attempt.ref}/mistakes")).status == 404
