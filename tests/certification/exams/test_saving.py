"""What the page's script sends and is told, whose it is, over a break, when time is over."""

import re
from typing import Any

from certification.exams import actions
from portal.app import create_app
from portal.core.base.clock import now
from portal.core.web.csrf import make_token
from tests import make
from tests.browse import Browser
from tests.certification.exams.stage import another, paper, set_stage
from tests.certification.exams.walk import (
    Open,
    answer_by_forms,
    begin,
    come_in,
    editions,
    move_clock,
    send,
    token_of,
)
from tests.make import answers_of


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
