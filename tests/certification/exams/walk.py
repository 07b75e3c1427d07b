"""Walking through an exam's pages with a browser."""

import re
from collections.abc import Callable
from typing import Any

from certification.exams import queries
from certification.exams.queries import AttemptInfo
from courses.questions import queries as questions
from courses.questions.queries import Edition
from portal.core.base.database import reading
from portal.core.base.settings import settings
from tests import make
from tests.browse import Browser, Page
from tests.certification.exams.stage import Stage, paper
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


async def sign_in_id(stage: Stage) -> int:
    async with reading():
        rows = await queries.Attempt.raw("SELECT max(id) AS id FROM sign_ins WHERE person = {}", stage.viewer.person_id)
    return int(rows[0]["id"])
