"""Her learning pages as a person meets them: without script, with it, and never anybody else's."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from courses.assignment import actions as assignments
from courses.assignment import queries as assigned
from courses.progress import actions, queries
from courses.progress.tables import CheckpointAnswer, LessonProgress
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import counting_queries, reading, writing
from portal.core.people.tables import Person
from tests import make
from tests.browse import Browser, Page
from tests.courses import build
from tests.courses.build import ARTICLE, CHECK, Made

Open = Callable[[], Browser]
JSON = {"Accept": "application/json"}


@dataclass(frozen=True)
class Stage:
    """Olive at her phone, with a course of two lessons and a checkpoint before an exam."""

    browser: Browser
    person_id: int
    assignment_id: int
    course: Made

    @property
    def base(self) -> str:
        return f"/learn/{self.assignment_id}/{self.course.code}"

    async def token(self) -> str:
        page = await self.browser.get("/learn")
        found = re.search(r'name="lesson-csrf" content="([^"]+)"', page.html)
        assert found is not None
        return found[1]


@pytest.fixture
async def stage(open_browser: Open) -> Stage:
    course = await build.course(ARTICLE, ("case", 4, 60), CHECK)
    _, version = await build.curriculum(("course", course, None), ("exam", "final", None))
    olive = await make.person("owner", "Olive")
    assignment_id, _ = await assignments.assign_curriculum(SYSTEM, olive, version, "manual", now())
    return Stage(await make.sign_in(open_browser(), olive), olive, assignment_id, course)


@pytest.fixture
def later(tmp_path: Path) -> Callable[[int], None]:
    """Moves every clock reading on by so many seconds."""

    def move(seconds: int) -> None:
        (tmp_path / "clock").write_text(f"+{seconds}s")

    return move


async def read(stage: Stage) -> list[dict[str, Any]]:
    async with reading():
        return await LessonProgress.select().order_by(LessonProgress.lesson)


async def test_the_whole_way_without_script(stage: Stage, later: Callable[[int], None]) -> None:
    browser = stage.browser
    index = await browser.get("/learn")
    assert f"{stage.base}/l-1" in index.links
    lesson = await browser.get(f"{stage.base}/l-1")
    assert "zh-Hans text 1" in lesson
    early = await browser.submit(lesson, f"{stage.base}/l-1/completion")
    assert early.status == 409
    assert "再看" in early
    assert "zh-Hans text 1" in early
    later(61)
    second = await browser.submit(early, f"{stage.base}/l-1/completion")
    assert second.path == f"{stage.base}/l-2"
    later(122)
    check = await browser.submit(second, f"{stage.base}/l-2/completion")
    assert check.path == f"{stage.base}/l-3"
    assert "先做什么" in check
    await answer(stage, check, 1, "发链接", right=False)
    await answer(stage, await browser.get(f"{stage.base}/l-3"), 1, "问清楚")
    await answer(stage, await browser.get(f"{stage.base}/l-3"), 2, "产地", "缺点")
    last = await answer(stage, await browser.get(f"{stage.base}/l-3"), 3, "false")
    assert f"/learn/{stage.assignment_id}" in last.links
    shown = await browser.get(f"/learn/{stage.assignment_id}")
    assert "共 3 节，都学完了" in shown
    async with reading():
        assert await queries.all_courses_complete(stage.assignment_id)


async def answer(stage: Stage, page: Page, position: int, *texts: str, right: bool = True) -> Page:
    """Tick the options by their words and send the form, as somebody without script does."""
    ticked = [value(page, text) for text in texts]
    action = f"{stage.base}/l-3/answers/{position}"
    sent = await stage.browser.submit(page, action, answer=ticked if len(ticked) > 1 else ticked[0])
    assert sent.status == 200
    assert ("答对了" in sent, "还不对" in sent) == (right, not right)
    return sent


def value(page: Page, text: str) -> str:
    if text in ("true", "false"):
        return text
    found = re.search(rf'value="(\d)"[^>]*><span class="cell-body">{text}', page.html)
    assert found is not None, page.html
    return found[1]


async def test_an_explanation_follows_each_try_and_no_key_before(stage: Stage) -> None:
    browser = stage.browser
    page = await browser.get(f"{stage.base}/l-3")
    for secret in ("先问再推荐", "太早了", "10000", "share"):
        assert secret not in page.html
    wrong = await answer(stage, page, 1, "发链接", right=False)
    assert "太早了" in wrong
    assert "先问再推荐" in wrong
    assert "说实情" not in wrong.html
    assert re.search(r'<input[^>]+checked[^>]*><span class="cell-body">发链接', wrong.html)
    right = await answer(stage, wrong, 1, "问清楚")
    assert "先问再推荐" in right
    assert f"{stage.base}/l-3?q=2" in right.links
    assert "<fieldset disabled>" in right.html


async def test_nothing_chosen_is_said_beside_the_question(stage: Stage) -> None:
    page = await stage.browser.get(f"{stage.base}/l-3")
    sent = await stage.browser.submit(page, f"{stage.base}/l-3/answers/1")
    assert sent.status == 422
    assert "请先选一个答案" in sent
    for nonsense in ("77", "x", "-1"):
        sent = await stage.browser.submit(page, f"{stage.base}/l-3/answers/1", answer=nonsense)
        assert sent.status == 422
    async with reading():
        assert await CheckpointAnswer.count() == 0


async def test_htmx_gets_the_question_and_its_bar_alone(stage: Stage) -> None:
    page = await stage.browser.get(f"{stage.base}/l-3")
    form = page.form(f"{stage.base}/l-3/answers/1")
    headers = {"HX-Request": "true", "HX-Target": "question"}
    sent = await stage.browser.post(form.action, {**form.fields, "answer": value(page, "问清楚")}, headers=headers)
    assert sent.status == 200
    assert sent.html.lstrip().startswith('<section id="question"')
    assert 'id="question-bar" hx-swap-oob="true"' in sent.html
    assert "答对了" in sent
    assert "<html" not in sent.html


async def test_the_same_order_of_options_at_each_visit_and_in_both_languages(stage: Stage) -> None:
    async def order(language: str) -> list[str]:
        async with writing():
            await Person.update({Person.language: language}).where(Person.id == stage.person_id)
        page = await stage.browser.get(f"{stage.base}/l-3?q=2")
        return re.findall(r'<span class="cell-body">([^<]+)', page.html)

    chinese = await order("zh-Hans")
    assert len(chinese) == 3
    assert await order("zh-Hans") == chinese
    assert await order("en") == chinese


async def test_progress_is_shared_between_languages(stage: Stage, later: Callable[[int], None]) -> None:
    lesson = await stage.browser.get(f"{stage.base}/l-1")
    later(61)
    await stage.browser.submit(lesson, f"{stage.base}/l-1/completion")
    async with writing():
        await Person.update({Person.language: "en"}).where(Person.id == stage.person_id)
    page = await stage.browser.get(f"{stage.base}/l-1")
    assert "en text 1" in page
    assert "data-done" in page.html
    shown = await stage.browser.get(stage.base)
    assert "1/3" in shown


async def test_a_lesson_without_her_language_says_so(open_browser: Open) -> None:
    course = await build.course(ARTICLE, languages=("zh-Hans",))
    olive = await make.person("owner", "Olive", language="en")
    given, _ = await assignments.assign_course(SYSTEM, olive, course.id, "manual", now())
    browser = await make.sign_in(open_browser(), olive)
    page = await browser.get(f"/learn/{given}/{course.code}/l-1")
    assert 'lang="zh-Hans" id="lesson"' in page.html
    assert "not there in English yet" in page


async def test_what_her_phone_tells_is_kept_and_comes_back(stage: Stage, later: Callable[[int], None]) -> None:
    await stage.browser.get(f"{stage.base}/l-1")
    later(300)
    token = await stage.token()
    path = f"{stage.base}/l-1/progress"
    for seconds, place in ((40, 6_000), (20, 1_000), (40, 6_000)):
        told = await stage.browser.post(path, {"_csrf": token, "seconds": seconds, "place_bp": place}, headers=JSON)
        assert told.status == 200
        assert told.response.json().items() >= {"seconds": 40, "place_bp": 6_000}.items()
    page = await stage.browser.get(f"{stage.base}/l-1")
    assert 'data-seconds="40" data-place="6000"' in page.html


@pytest.mark.parametrize(
    "body",
    [{}, {"seconds": "x", "place_bp": "1"}, {"seconds": "-1", "place_bp": "1"}, {"seconds": "1", "place_bp": "10001"}],
)
async def test_nonsense_from_a_phone_is_refused_by_name(stage: Stage, body: dict[str, str]) -> None:
    token = await stage.token()
    sent = await stage.browser.post(f"{stage.base}/l-1/progress", {"_csrf": token, **body}, headers=JSON)
    assert sent.status == 422
    assert set(sent.response.json()["errors"]) <= {"seconds", "place_bp"}


async def test_a_completion_kept_offline_may_come_twice(stage: Stage, later: Callable[[int], None]) -> None:
    await stage.browser.get(f"{stage.base}/l-1")
    token, path = await stage.token(), f"{stage.base}/l-1/completion"
    later(30)
    body = {"_csrf": token, "seconds": 25, "place_bp": 10_000}
    early = await stage.browser.post(path, body, headers=JSON)
    assert (early.status, early.response.json()["completed"]) == (409, False)
    assert "35" in early.response.json()["text"]
    later(90)
    body["seconds"] = 70
    for _ in range(2):
        done = await stage.browser.post(path, body, headers=JSON)
        assert (done.status, done.response.json()["completed"]) == (200, True)
        assert done.response.json()["next"] == f"{stage.base}/l-2"
    kept = await read(stage)
    assert [(row["seconds"], row["place_bp"], row["completed_at"] is not None) for row in kept] == [(70, 10_000, True)]


async def test_signed_out_is_no_acknowledgement(stage: Stage) -> None:
    await stage.browser.get(f"{stage.base}/l-1")
    token = await stage.token()
    stage.browser.client.cookies.clear()
    sent = await stage.browser.post(
        f"{stage.base}/l-1/progress", {"_csrf": token, "seconds": 1, "place_bp": 1}, headers=JSON
    )
    assert sent.status != 200
    assert "json" not in sent.response.headers.get("content-type", "")
    stage.browser.client.cookies.clear()
    await make.sign_in(stage.browser, stage.person_id)
    stale = await stage.browser.post(
        f"{stage.base}/l-1/progress", {"_csrf": token, "seconds": 1, "place_bp": 1}, headers=JSON
    )
    assert stale.status == 403


async def test_the_course_toast_and_the_way_back(open_browser: Open, later: Callable[[int], None]) -> None:
    course = await build.course(ARTICLE)
    olive = await make.person("owner", "Olive")
    given, _ = await assignments.assign_course(SYSTEM, olive, course.id, "manual", now())
    browser = await make.sign_in(open_browser(), olive)
    lesson = await browser.get(f"/learn/{given}/{course.code}/l-1")
    later(61)
    end = await browser.submit(lesson, f"/learn/{given}/{course.code}/l-1/completion")
    assert end.path == f"/learn/{given}"
    assert "这门课学完了" in end
    index = await browser.get("/learn")
    assert "学完的" in index
    assert f"/learn/{given}" in index.links


async def test_somebody_elses_is_not_there(stage: Stage, open_browser: Open) -> None:
    otto = await make.sign_in(open_browser(), await make.person("owner", "Otto"))
    for path in (f"/learn/{stage.assignment_id}", stage.base, f"{stage.base}/l-1", f"{stage.base}/l-3?q=1"):
        assert (await otto.get(path)).status == 404
        assert (await stage.browser.get(path)).status == 200
    found = re.search(r'name="lesson-csrf" content="([^"]+)"', (await otto.get("/learn")).html)
    assert found is not None
    body = {"_csrf": found[1], "seconds": 9, "place_bp": 9, "answer": "0"}
    for act in ("l-1/progress", "l-1/completion", "l-3/answers/1"):
        assert (await otto.post(f"{stage.base}/{act}", body)).status == 404
    assert all(row["seconds"] == 0 and row["completed_at"] is None for row in await read(stage))
    async with reading():
        assert await CheckpointAnswer.count() == 0


@pytest.mark.parametrize(
    "path",
    [
        "/learn/0",
        "/learn/99999999999999999999",
        "{base}/none",
        "/learn/{id}/none",
        "/learn/{id}/none/l-1",
        "{base}/l-3?q=9",
    ],
)
async def test_what_is_not_there(stage: Stage, path: str) -> None:
    found = await stage.browser.get(path.format(base=stage.base, id=stage.assignment_id))
    assert found.status == 404


async def test_a_question_by_nonsense_is_the_first_open_one(stage: Stage) -> None:
    page = await stage.browser.get(f"{stage.base}/l-3?q=abc")
    assert page.status == 200
    assert "第 1 题，共 3 题" in page


async def test_without_a_token_nothing_moves(stage: Stage) -> None:
    for act in ("l-1/progress", "l-1/completion", "l-3/answers/1"):
        sent = await stage.browser.post(f"{stage.base}/{act}", {"seconds": 99, "place_bp": 10_000, "answer": "0"})
        assert sent.status == 403
    assert await read(stage) == []


async def test_a_withdrawn_assignment_is_gone(stage: Stage) -> None:
    await stage.browser.get(f"{stage.base}/l-1")
    await assignments.cancel(SYSTEM, stage.assignment_id, now())
    assert (await stage.browser.get(f"{stage.base}/l-1")).status == 404
    assert (await stage.browser.get("/learn")).status == 200


async def test_signed_out_goes_to_sign_in(stage: Stage, browser: Browser) -> None:
    sent = await browser.client.get(f"{stage.base}/l-1")
    assert sent.status_code == 303
    assert sent.headers["location"].startswith("/sign-in")


@pytest.mark.parametrize("size", [1, 12])
async def test_pages_ask_the_database_a_bounded_number_of_times(open_browser: Open, size: int) -> None:
    olive = await make.person("owner", "Olive")
    browser = await make.sign_in(open_browser(), olive)
    course = await build.course(*[ARTICLE] * size)
    given, _ = await assignments.assign_course(SYSTEM, olive, course.id, "manual", now())
    for _ in range(size):
        other = await build.course(ARTICLE)
        await assignments.assign_course(SYSTEM, olive, other.id, "manual", now())
    base = f"/learn/{given}/{course.code}"
    for path in (f"{base}/l-1", f"{base}/l-1", base, f"/learn/{given}", "/learn"):
        with counting_queries() as count:
            assert (await browser.get(path)).status == 200
        assert len(count) <= 12, (path, count.queries)


async def test_an_open_assignment_stays_hers_after_the_course_moved_on(stage: Stage) -> None:
    await stage.browser.get(f"{stage.base}/l-1")
    await build.version(stage.course.id, stage.course.code, 2, (ARTICLE,))
    assert (await stage.browser.get(f"{stage.base}/l-2")).status == 200
    async with reading():
        given = await assigned.open_assignments(stage.person_id)
    assert [one.id for one in given] == [stage.assignment_id]


async def test_resuming_goes_to_the_first_lesson_left(stage: Stage) -> None:
    at = now()
    enrolment = await actions.begin_course(stage.person_id, stage.assignment_id, stage.course.id, at)
    await actions.open_lesson(enrolment, stage.course.lessons[0], at)
    await actions.complete_lesson(SYSTEM, enrolment, stage.course.lessons[0], at + timedelta(minutes=2))
    index = await stage.browser.get("/learn")
    assert f"{stage.base}/l-2" in index.links
