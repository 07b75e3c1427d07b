"""A learner at her phone: a served site, a real browser, and a running attempt."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from playwright.async_api import BrowserContext, Error, Page

from certification.exams import queries
from certification.exams.tables import AttemptAnswer
from portal.core.base.database import reading
from portal.core.web.frame import SIGN_IN_COOKIE
from tests.certification.exams.stage import Stage
from tests.journeys.server import Site

ANSWERS = "**/answers/**"
MARK = "#mark .saved"
GIVEN = """JSON.stringify([...document.querySelectorAll(
  '#answer input:checked, #answer select, #answer input[type=text]')].map((one) => one.value))"""


@dataclass
class Desk:
    """A learner with a running attempt, the served site, and her phone."""

    site: Site
    stage: Stage
    ref: str
    token: str
    context: BrowserContext
    page: Page

    @property
    def address(self) -> str:
        return f"{self.site.base}/attempts/{self.ref}"

    async def open(self, position: int, page: Page | None = None) -> Page:
        page = page or self.page
        await page.goto(f"{self.address}?q={position}")
        return page

    async def sign_in(self, context: BrowserContext) -> None:
        await context.add_cookies([{"name": SIGN_IN_COOKIE, "value": self.token, "url": self.site.base}])

    async def state(self) -> Any:
        return await (await self.context.request.get(f"{self.address}/state")).json()

    async def saved(self, position: int) -> int | None:
        """The number of the answer that the server has."""
        answer = (await self.state())["answers"].get(str(position))
        return answer["seq"] if answer else None


async def tap(page: Page, choice: int = 0) -> str:
    """Answer the question on the screen somehow, differently for each choice; what is then on the screen."""
    kind = await page.evaluate("document.querySelector('#exam').dataset.kind")
    if kind == "matching":
        for select in await page.query_selector_all("select"):
            await select.select_option(index=1 + choice)
    elif kind in ("numeric", "short"):
        await page.fill("[name=given]", str(40 + choice))
    else:
        await page.click(f"label.answer >> nth={choice}")
    return str(await page.evaluate(GIVEN))


async def marked(page: Page, state: str) -> str:
    """Wait for the mark below the question; its words."""
    found = page.locator(f"{MARK}[data-saved={state}]")
    await found.wait_for()
    return await found.inner_text()


async def comes_true(page: Page, expression: str) -> None:
    """Wait for it from outside: the page's own policy forbids the evaluating that the browser's helper would do."""
    for _ in range(600):
        with suppress(Error):  # the page may be on its way to another
            if await page.evaluate(expression):
                return
        await asyncio.sleep(0.05)
    raise AssertionError(f"waited in vain for {expression}")


async def listed(page: Page, position: int, state: str) -> None:
    await page.locator(f".numbers [data-n='{position}'].{state}").wait_for()


async def place_of(desk: Desk, kind: str, which: int = 0) -> int:
    """The place of one of the two questions of a kind; each scene has one of its own."""
    async with reading():
        attempt = await queries.attempt(desk.stage.viewer, desk.ref)
        rows = await AttemptAnswer.raw(
            "SELECT i.position FROM attempt_items i JOIN question_editions e ON e.id = i.edition"
            " JOIN question_versions v ON v.id = e.version WHERE i.attempt = {} AND v.kind = {} ORDER BY i.position",
            attempt.id,
            kind,
        )
    return int(rows[which]["position"])
