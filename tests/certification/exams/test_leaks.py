"""What never gets out before grading, and what a page costs."""

import re

from portal.core.base.clock import now
from portal.core.base.database import counting_queries
from tests.browse import Browser
from tests.certification.exams.stage import SECRET, exam_rows, set_stage
from tests.certification.exams.walk import (
    begin,
    come_in,
    editions,
    send,
    token_of,
)
from tests.make import answers_of


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
    for word in (SECRET, "share_bp", "correct", "must", "explanation", "必对题", "in en", "-en "):
        assert word not in whole, [name for name, text in seen.items() if word in text]
    for name, text in seen.items():
        stems = set(re.findall(r"Stem [\w-]+ in \S+\?", text))
        place = {base: "1"}.get(name, name.removeprefix("again ").removeprefix("q"))
        assert stems == ({asked[int(place)].question.stem} if place.isdigit() else set()), name


async def test_options_are_numbered_as_they_stand_on_the_screen(browser: Browser) -> None:
    """The author's numbering would tell of habits, and in a matching question it is the key."""
    await come_in(browser, await set_stage(now()))
    _, attempt = await begin(browser)
    for place in await editions(attempt):
        page = await browser.get(f"/attempts/{attempt.ref}?q={place}")
        for values in (
            re.findall(r'name="given" value="(\d+)"', page.html),
            *(re.findall(r'<option value="(\d+)"', select) for select in page.html.split("<select")[1:]),
        ):
            assert values == [str(number) for number in range(len(values))]


async def test_what_the_script_is_told_holds_nothing_else(browser: Browser) -> None:
    await come_in(browser, await set_stage(now()))
    page, attempt = await begin(browser)
    clock = {"now", "left"}
    for place, given in (await answers_of(attempt.id)).items():
        told = (await send(browser, attempt, place, {"given": given, "seq": 2}, token_of(page))).json()
        assert told.keys() == {"saved", "seq", "time"} | clock
    given = (await answers_of(attempt.id, well=False))[1]
    stale = (await send(browser, attempt, 1, {"given": given, "seq": 1}, token_of(page))).json()
    assert stale.keys() == {"saved", "seq", "time", "given"} | clock
    state = (await browser.client.get(f"/attempts/{attempt.ref}/state")).json()
    assert state.keys() == {"state", "csrf", "answers"} | clock
    assert all(answer.keys() == {"seq", "given", "time"} for answer in state["answers"].values())


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
