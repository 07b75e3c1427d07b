"""Sitting an exam as a person does: by forms alone, by the page's script, over a break; and what never gets out."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from certification.exams import actions, queries
from certification.exams.queries import AttemptInfo
from certification.exams.tables import AttemptAnswer
from courses.questions import queries as questions
from courses.questions.queries import Edition
from portal.app import create_app
from portal.core.base.clock import now
from portal.core.base.database import counting_queries, reading
from portal.core.base.settings import settings
from portal.core.web.csrf import make_token
from tests import make
from tests.browse import Browser, Page
from tests.certification.exams.stage import SECRET, Stage, another, exam_rows, finish_course, paper, set_stage
from tests.make import answers_of

Open = Callable[[], Browser]


def move_clock(offset: str) -> None:
    """Let every clock of the application run ahead."""
    file = settings().clock_file
    assert file is not None
    file.write_text(offset)


async def come_in(browser: Browser, stage: Stage) -> Stage:
    await make.sign_in(browser, stage.viewer.person_id)
    return stage


async def begin(browser: Browser) -> tuple[Page, AttemptInfo]:
    """Begin from the list, as a person does; the first question's page and the attempt."""
    page = await browser.submit(await browser.get("/exams"))
    assert page.path.startswith("/attempts/"), page.text
    async with reading():
        rows = await queries.Attempt.raw("SELECT person FROM attempts ORDER BY id DESC LIMIT 1")
        (attempt,) = await queries.running_attempts(rows[0]["person"])
    assert page.path == f"/attempts/{attempt.ref}"
    return page, attempt


def fields(given: Any) -> dict[str, Any]:
    """An answer as a plain form sends it."""
    match given:
        case bool():
            return {"given": ["true" if given else "false"]}
        case list():
            return {"given": [str(place) for place in given]}
        case dict():
            return {f"given-{left}": str(right) for left, right in given.items()}
    return {"given": str(given)}


def token_of(page: Page) -> str:
    found = re.search(r'data-csrf="([^"]+)"', page.html)
    assert found is not None
    return found[1]


async def send(browser: Browser, attempt: AttemptInfo, position: int, body: Any, token: str) -> Any:
    return await browser.client.post(
        f"/attempts/{attempt.ref}/answers/{position}", json=body, headers={"X-CSRF-Token": token}
    )


async def editions(attempt: AttemptInfo) -> dict[int, Edition]:
    """The asked questions by place."""
    items = await paper(attempt)
    async with reading():
        found = await questions.editions_by_id(item.edition_id for item in items)
    return {item.position: found[item.edition_id] for item in items}


async def answer_by_forms(browser: Browser, page: Page, attempt: AttemptInfo, *, well: bool) -> Page:
    for position, given in (await answers_of(attempt.id, well=well)).items():
        page = await browser.get(f"/attempts/{attempt.ref}?q={position}")
        page = await browser.submit(page, f"/attempts/{attempt.ref}/answers/{position}", **fields(given))
        assert page.status == 200
    return page


# --- by forms alone


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


# --- the list


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
    token = make_token(f"sign-in:{await _sign_in_id(stage)}")
    page = await browser.post(f"/exams/{stage.part_id}/attempts", {"_csrf": token})
    assert page.status == 409
    assert "必修课还没学完" in page
    assert "/learn" in page.links


async def _sign_in_id(stage: Stage) -> int:
    async with reading():
        rows = await queries.Attempt.raw("SELECT max(id) AS id FROM sign_ins WHERE person = {}", stage.viewer.person_id)
    return int(rows[0]["id"])


async def test_no_such_part_is_not_found(browser: Browser) -> None:
    stage = await come_in(browser, await set_stage(now()))
    token = make_token(f"sign-in:{await _sign_in_id(stage)}")
    for part in (10**9, 2**70):
        assert (await browser.post(f"/exams/{part}/attempts", {"_csrf": token})).status == 404


# --- by the page's script


async def test_the_script_saves_each_tap_and_is_told_what_counts(browser: Browser) -> None:
    await come_in(browser, await set_stage(now()))
    page, attempt = await begin(browser)
    token = token_of(page)
    for position, given in (await answers_of(attempt.id)).items():
        answer = await send(browser, attempt, position, {"given": given, "seq": 10}, token)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        told = answer.json()
        assert (told["saved"], told["seq"]) == (True, 10)
        assert re.fullmatch(r"\d\d:\d\d", told["time"])
        assert 2_390 < told["left"] <= 2_400
    older = (
        await send(browser, attempt, 1, {"given": (await answers_of(attempt.id, well=False))[1], "seq": 9}, token)
    ).json()
    assert (older["saved"], older["seq"], older["given"]) == (False, 10, (await answers_of(attempt.id))[1])
    state = (await browser.client.get(f"/attempts/{attempt.ref}/state")).json()
    assert state["state"] == "running"
    assert {int(place): one["given"] for place, one in state["answers"].items()} == await answers_of(attempt.id)
    assert {one["seq"] for one in state["answers"].values()} == {10}
    again = await send(browser, attempt, 1, {"given": older["given"], "seq": 11}, state["csrf"])
    assert again.json()["saved"] is True


REFUSED_BODIES: list[tuple[Any, int]] = [
    ({"given": [0]}, 422),
    ({"given": [0], "seq": 0}, 422),
    ({"given": [0], "seq": 2**53}, 422),
    ({"given": [0], "seq": "1"}, 422),
    ({"given": [0], "seq": 1, "share_bp": 10_000}, 422),
    ({"given": {"a": {"b": [1]}}, "seq": 1}, 422),
    ({"given": "\x00", "seq": 1}, 422),
    ([1], 422),
    ({"given": "x" * 9_000, "seq": 1}, 413),
]


async def test_what_the_script_may_not_send_is_refused_in_json(browser: Browser) -> None:
    await come_in(browser, await set_stage(now()))
    page, attempt = await begin(browser)
    place = next(place for place, one in (await editions(attempt)).items() if one.question.kind == "truefalse")
    for body, status in REFUSED_BODIES:
        answer = await send(browser, attempt, place, body, token_of(page))
        assert (answer.status_code, bool(answer.json()["text"])) == (status, True), body
    assert (await paper(attempt))[place - 1].answered is False


async def test_texts_are_cleaned_before_they_are_kept(browser: Browser) -> None:
    await come_in(browser, await set_stage(now()))
    page, attempt = await begin(browser)
    place = next(place for place, one in (await editions(attempt)).items() if one.question.kind == "short")
    headers = {"X-CSRF-Token": token_of(page), "Content-Type": "application/json"}
    path = f"/attempts/{attempt.ref}/answers/{place}"
    raw = b'{"given": " a\\u0000 \\u202eb \\ud83d\\ude00 ", "seq": 3}'
    assert (await browser.client.post(path, content=raw, headers=headers)).json()["saved"] is True
    assert (await paper(attempt))[place - 1].answer == "a b \U0001f600"
    assert 'value="a b \U0001f600"' in (await browser.get(f"/attempts/{attempt.ref}?q={place}")).html
    for nonsense in (b"", b"{", b"\xff", b"null", b'{"given": "\\ud800", "seq": 4}'):
        assert (await browser.client.post(path, content=nonsense, headers=headers)).status_code == 422


async def test_a_place_that_is_not_in_the_paper_is_not_there(browser: Browser) -> None:
    await come_in(browser, await set_stage(now()))
    page, attempt = await begin(browser)
    for position in (0, 13, 201, 10**12, 2**70):
        answer = await send(browser, attempt, position, {"given": [0], "seq": 1}, token_of(page))
        assert answer.status_code == 404, position


async def test_without_her_token_nothing_is_written(browser: Browser) -> None:
    await come_in(browser, await set_stage(now()))
    _, attempt = await begin(browser)
    answer = await send(browser, attempt, 1, {"given": [0], "seq": 1}, make_token("sign-in:999999"))
    assert answer.status_code == 403
    assert not any(item.answered for item in await paper(attempt))


# --- whose it is


async def test_another_persons_attempt_is_404_everywhere(browser: Browser, open_browser: Open) -> None:
    stage = await come_in(browser, await set_stage(now()))
    _, attempt = await begin(browser)
    stranger = open_browser()
    other = await come_in(stranger, await another(stage, at=now()))
    page, _ = await begin(stranger)
    token, form = token_of(page), {"_csrf": token_of(page)}
    base = f"/attempts/{attempt.ref}"
    for path in ("", "?q=2", "/state", "/submission", "/mistakes"):
        assert (await stranger.get(base + path)).status == 404
    assert (await stranger.post(f"{base}/submission", form)).status == 404
    assert (await stranger.post(f"{base}/answers/1", {**form, "given": "0"})).status == 404
    assert (await send(stranger, attempt, 1, {"given": [0], "seq": 1}, token)).status_code == 404
    assert other.viewer.person_id != stage.viewer.person_id
    assert (await actions.settle(stage.viewer, attempt.ref, now())).running


async def test_nobody_signed_in_is_sent_to_sign_in(browser: Browser, open_browser: Open) -> None:
    await come_in(browser, await set_stage(now()))
    _, attempt = await begin(browser)
    visitor = open_browser()
    for path in ("/exams", f"/attempts/{attempt.ref}", f"/attempts/{attempt.ref}/state"):
        assert (await visitor.client.get(path)).status_code == 303


# --- over a break


async def test_a_new_application_goes_on_where_the_old_one_stopped(browser: Browser) -> None:
    stage = await come_in(browser, await set_stage(now()))
    page, attempt = await begin(browser)
    given = await answers_of(attempt.id)
    assert (await send(browser, attempt, 1, {"given": given[1], "seq": 5}, token_of(page))).status_code == 200
    fresh = Browser(create_app(own_database=False))
    await make.sign_in(fresh, stage.viewer.person_id)
    page = await fresh.get("/exams")
    assert f"/attempts/{attempt.ref}" in page.links
    page = await fresh.get(f"/attempts/{attempt.ref}?q=1")
    assert "已保存，" in page
    page = await answer_by_forms(fresh, page, attempt, well=True)
    assert "恭喜，100 分合格" in await fresh.submit(page)
    await fresh.close()


async def test_a_new_sign_in_goes_on_with_a_new_token(browser: Browser) -> None:
    stage = await come_in(browser, await set_stage(now()))
    page, attempt = await begin(browser)
    old = token_of(page)
    await make.sign_in(browser, stage.viewer.person_id)
    given = (await answers_of(attempt.id))[1]
    assert (await send(browser, attempt, 1, {"given": given, "seq": 5}, old)).status_code == 403
    fresh = (await browser.client.get(f"/attempts/{attempt.ref}/state")).json()["csrf"]
    assert (await send(browser, attempt, 1, {"given": given, "seq": 5}, fresh)).json()["saved"] is True


async def test_when_time_is_over_the_page_waits_and_then_shows_the_result(browser: Browser) -> None:
    await come_in(browser, await set_stage(now()))
    page, attempt = await begin(browser)
    given = (await answers_of(attempt.id))[1]
    await send(browser, attempt, 1, {"given": given, "seq": 1}, token_of(page))
    move_clock("+40m3s")
    page = await browser.get(f"/attempts/{attempt.ref}")
    assert "时间到了，正在交卷" in page
    state = (await browser.client.get(f"/attempts/{attempt.ref}/state")).json()
    assert (state["state"], state["left"]) == ("running", 0)
    late = await send(browser, attempt, 2, {"given": (await answers_of(attempt.id))[2], "seq": 1}, state["csrf"])
    assert late.status_code == 200
    move_clock("+40m30s")
    refused = await send(browser, attempt, 3, {"given": (await answers_of(attempt.id))[3], "seq": 1}, state["csrf"])
    assert (refused.status_code, refused.json()["code"]) == (409, "exam_over")
    state = (await browser.client.get(f"/attempts/{attempt.ref}/state")).json()
    assert (state["state"], state["answers"]) == ("graded", {})
    page = await browser.get(f"/attempts/{attempt.ref}")
    assert "这次 16 分，80 分合格" in page
    assert "已送出的答案都算了分" in page


async def test_answers_stay_in_the_attempts_language(browser: Browser) -> None:
    await come_in(browser, await set_stage(now()))
    _, attempt = await begin(browser)
    await browser.submit(await browser.get("/me"), "/preferences", language="en")
    page = await browser.get(f"/attempts/{attempt.ref}?q=1")
    assert "Question 1 of 12" in page
    assert "in zh-Hans?" in page
    assert 'lang="zh-Hans"' in page.html


# --- after it


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


# --- what never gets out, and what it costs


async def test_no_key_no_unasked_question_and_no_other_variant_gets_out(browser: Browser) -> None:
    """Every answer of the server from the list to handing in, read for what only the server may know."""
    await come_in(browser, await set_stage(now(), copies=4))
    first, attempt = await begin(browser)
    token = token_of(first)
    asked = await editions(attempt)
    base = f"/attempts/{attempt.ref}"
    seen: dict[str, str] = {base: first.html}
    for place, given in (await answers_of(attempt.id, well=False)).items():
        seen[f"q{place}"] = (await browser.get(f"{base}?q={place}")).html
        for seq in (2, 1):
            body = {"given": given, "seq": seq}
            seen[f"save {place} {seq}"] = (await send(browser, attempt, place, body, token)).text
        seen[f"bad {place}"] = (await send(browser, attempt, place, {"given": -1, "seq": 3}, token)).text
        seen[f"again q{place}"] = (await browser.get(f"{base}?q={place}")).html
    for path in ("/exams", f"{base}/state", f"{base}/submission", f"{base}/mistakes", "/learn", "/notices"):
        seen[path] = (await browser.get(path)).html
    whole = "\n".join(seen.values())
    for word in (SECRET, "share_bp", "10000", "correct", "must", "explanation", "必对题", "in en", "-en "):
        assert word not in whole, [name for name, text in seen.items() if word in text]
    for name, text in seen.items():
        stems = set(re.findall(r"Stem [\w-]+ in \S+\?", text))
        place = {base: "1"}.get(name, name.removeprefix("again ").removeprefix("q"))
        assert stems == ({asked[int(place)].question.stem} if place.isdigit() else set()), name


async def test_pages_ask_the_database_little_whatever_there_is(browser: Browser) -> None:
    stage = await come_in(browser, await set_stage(now(), rows=exam_rows(cooldown_hours=0, attempts=9), copies=4))
    for _ in range(3):
        _, attempt = await begin(browser)
        await browser.submit(await browser.get(f"/attempts/{attempt.ref}/submission"))
    _, running = await begin(browser)
    base, over = f"/attempts/{running.ref}", f"/attempts/{attempt.ref}"
    for path in ("/exams", base, f"{base}/state", f"{base}/submission", over, f"{over}/mistakes"):
        with counting_queries() as count:
            assert (await browser.get(path)).status == 200
        assert len(count) <= 12, (path, count.queries)
    assert stage.assignment_id
