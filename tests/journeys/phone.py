"""A person's phone: a real browser of that size, that remembers what it complained of and what it showed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, ViewportSize

from tests.journeys.album import Album

SCREEN: ViewportSize = {"width": 390, "height": 844}
WAIT = 60_000  # milliseconds, on a busy machine
LOCALES = {"zh-Hans": "zh-CN", "en": "en-GB"}
# What the browser says of answers that are refusals, or of a network that is away, is no fault of the page.
NO_NEWS = ("Failed to load resource", "htmx:", "Response Status Error")


@dataclass
class Phone:
    """One browser with its own cookies, 390 × 844, touched with a finger."""

    base: str
    context: BrowserContext
    page: Page
    album: Album
    complaints: list[str] = field(default_factory=list)

    async def go(self, path: str) -> Page:
        await self.page.goto(self.base + path)
        return self.page

    @property
    def path(self) -> str:
        return self.page.url.removeprefix(self.base).split("?")[0].split("#")[0]

    def at(self, selector: str) -> Locator:
        return self.page.locator(selector)

    async def tap(self, selector: str) -> None:
        await self.at(selector).first.tap()

    async def tap_to(self, selector: str, path: str) -> None:
        """Tap, and be led to a page whose address begins so."""
        await self.tap(selector)
        await self.page.wait_for_url(lambda url: url.removeprefix(self.base).startswith(path))

    async def text(self, selector: str = "body") -> str:
        return " ".join((await self.at(selector).first.inner_text()).split())

    async def says(self, words: str, selector: str = "body") -> None:
        """Wait until these words stand there."""
        await self.at(selector).filter(has_text=words).first.wait_for()

    async def fill(self, **fields: str) -> None:
        for name, value in fields.items():
            await self.page.fill(f'[name="{name}"]', value)

    async def snap(self, name: str, *, main: bool = False) -> None:
        """Keep the screen as it is now, in full; a main one also in the dark and in large type."""
        await self.page.evaluate("document.fonts.ready.then(() => true)")
        if not self.album.wanted:
            return
        self.album.add(name, await self._picture())
        if main:
            await self.page.emulate_media(color_scheme="dark")
            self.album.add(name, await self._picture(), "dark")
            await self.page.emulate_media(color_scheme="light")
            await self.page.evaluate("document.documentElement.setAttribute('data-care', '')")
            self.album.add(name, await self._picture(), "large")
            await self.page.evaluate("document.documentElement.removeAttribute('data-care')")

    async def _picture(self) -> bytes:
        """The whole page as one tall screen, so that its bars stand where it ends."""
        await self.page.evaluate("scrollTo(0, 0)")
        height = await self.page.evaluate("document.documentElement.scrollHeight")
        await self.page.set_viewport_size({**SCREEN, "height": max(height, SCREEN["height"])})
        picture = await self.page.screenshot(animations="disabled", caret="hide")
        await self.page.set_viewport_size(SCREEN)
        return picture

    def hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(NO_NEWS):
            self.complaints.append(f"{self.path}: {message.text}")


@asynccontextmanager
async def phone(browser: Browser, base: str, language: str, album: Album, last: Path) -> AsyncIterator[Phone]:
    """A phone out of its box, set to a language. Where the story breaks off, `last` shows its screen then."""
    context = await browser.new_context(
        viewport=SCREEN,
        locale=LOCALES[language],
        timezone_id="Asia/Shanghai",
        is_mobile=True,
        has_touch=True,
        color_scheme="light",
        reduced_motion="reduce",
    )
    context.set_default_timeout(WAIT)
    await context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = await context.new_page()
    made = Phone(base, context, page, album)
    page.on("console", made.hear)
    page.on("pageerror", lambda error: made.complaints.append(f"{made.path}: {error}"))
    try:
        yield made
    except BaseException as error:
        await page.screenshot(path=last)
        error.add_note(f"{made.path}: {last}")
        raise
    await context.close()
