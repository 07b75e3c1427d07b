"""Every page as everybody who may see it: nothing cut, nothing that axe finds, no complaint, room for a thumb.

`make test` walks a pairwise sample of theme × language × width, and axe reads what it has not yet read of a route in
that theme; PORTAL_WALK=all walks the full product, and axe reads everything.
"""

import json
import os
from collections import Counter
from dataclasses import astuple
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage

from tests.core.web.test_gallery import AXE, MODULES
from tests.journeys.phone import NO_NEWS
from tests.journeys.server import Site
from tests.journeys.walk import (
    BETWEEN,
    PARTS,
    Dress,
    Spot,
    cookies_of,
    pages_of_routes,
    rounds,
    signed_in,
    spots,
)
from tests.kept import kept

pytestmark = pytest.mark.browser

EVERYTHING = os.environ.get("PORTAL_WALK") == "all"
CUT = "document.documentElement.scrollWidth - innerWidth"
# Links in a sentence are as high as the sentence; a label's box is the label's.
SMALL = """[...document.querySelectorAll("a[href], button, input, select, textarea, summary, label.answer")].filter((one) => {
  const box = one.getBoundingClientRect();
  const style = getComputedStyle(one);
  const spread = getComputedStyle(one, "::after");
  if (spread.content !== "none" && spread.position === "absolute" && parseFloat(spread.height) >= 44) return false;
  return box.height && style.visibility !== "hidden" && one.type !== "hidden" && style.display !== "inline"
    && Math.min(box.height, box.width) < 43.5 && !one.closest("label, .skip");
}).map((one) => `${Math.round(one.offsetWidth)}x${Math.round(one.offsetHeight)} ${one.outerHTML.slice(0, 120)}`)"""

# What a page is made of: axe judges a button of a kind alike wherever it stands.
PIECES = "[...new Set([...document.body.querySelectorAll('*')].map((one) => `${one.tagName} ${one.className}`))]"
Read = dict[tuple[str, str], set[str]]


@pytest.fixture(scope="module")
def read() -> Read:
    """The pieces that axe has read, by route and theme."""
    return {}


@pytest.fixture(scope="module")
def found(site: Site) -> list[Spot]:
    """Every spot, found by one worker for all."""

    def look(place: Path) -> None:
        routes, seen = pages_of_routes(), list[Spot]()
        for part in PARTS:
            with signed_in(site, part) as client:
                seen += list(spots(client, part, routes, site.starts.get(part, ())))
        (place / "spots.json").write_text(json.dumps([astuple(spot) for spot in seen]))

    return [Spot(*told) for told in json.loads((kept("spots", look) / "spots.json").read_text())]


class Eye:
    """Looks at pages as one person and writes down what is wrong with them."""

    def __init__(self, site: Site, context: BrowserContext, read: Read) -> None:
        self.site, self.context, self.page, self.read = site, context, context.new_page(), read
        self.faults: list[str] = []
        self.where = ""
        self.language = ""
        self.page.set_default_timeout(60_000)
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self._fault(f"error {error}"))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(NO_NEWS):
            self._fault(f"console {message.text}")

    def _fault(self, text: str) -> None:
        self.faults.append(f"{self.where}: {text}")

    def speak(self, language: str) -> None:
        """Choose a language, as the switch on the pages does."""
        if self.language != language:
            form = {"language": language, "next": "/help"}
            answer = self.context.request.post(f"{self.site.base}/preferences", form=form)
            assert answer.ok, answer.status
            self.language = language

    def look(self, spot: Spot, dress: Dress) -> None:
        self.where = f"{spot.part} {spot.path} {dress.theme} {dress.language}"
        self.speak(dress.language)
        self.page.emulate_media(color_scheme="dark" if dress.theme == "dark" else "light", reduced_motion="reduce")
        self._size(dress.widths[0])
        self.page.goto(self.site.base + spot.path)
        if self.page.get_attribute("html", "lang") != dress.language:
            self._fault(f"speaks {self.page.get_attribute('html', 'lang')}")
        news = self._has_news(spot, dress)
        for width in dress.widths:
            self.where = f"{spot.part} {spot.path} {dress.theme} {dress.language} {width}"
            self._size(width)
            self._judge(width)
            if news and width in dress.read:
                self._read()

    def _has_news(self, spot: Spot, dress: Dress) -> bool:
        """Whether axe has something to read here; everything is read where everything is walked."""
        read = self.read.setdefault((spot.route, dress.theme), set())
        pieces = set(self.page.evaluate(PIECES))
        news = EVERYTHING or not pieces <= read
        read |= pieces
        if news:
            self.page.evaluate((MODULES / "axe-core/axe.min.js").read_text())
        return news

    def _size(self, width: int) -> None:
        self.page.set_viewport_size({"width": width, "height": 844})

    def _judge(self, width: int) -> None:
        if (cut := self.page.evaluate(CUT)) > 0:
            self._fault(f"{cut} px cut")
        for small in self.page.evaluate(SMALL):
            self._fault(f"small {small}")
        if width == 320:
            self.page.evaluate("document.documentElement.setAttribute('data-care', '')")
            if (cut := self.page.evaluate(CUT)) > 0:
                self._fault(f"{cut} px cut in large type")
            self.page.evaluate("document.documentElement.removeAttribute('data-care')")

    def _read(self) -> None:
        found = self.page.evaluate(f"{AXE}.then((all) => all.violations.map((one) => [one.id, one.nodes[0].html]))")
        for violation in found:
            self._fault(f"axe {violation}")


@pytest.mark.parametrize("part", PARTS)
def test_nothing_is_wrong_with_any_page(
    site: Site, chromium: Browser, found: list[Spot], read: Read, part: str
) -> None:
    context = chromium.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
    context.add_cookies(cookies_of(site, part))
    eye = Eye(site, context, read)
    mine = [(spot, dress) for spot, dress in rounds(found, EVERYTHING) if spot.part == part]
    assert mine
    for spot, dress in sorted(mine, key=lambda one: one[1].language):
        eye.look(spot, dress)
    context.close()
    assert not eye.faults, "\n".join(eye.faults)


def test_every_route_that_is_a_page_is_walked(found: list[Spot]) -> None:
    walked = {spot.route for spot in found}
    unseen = sorted(set(pages_of_routes()) - walked - set(BETWEEN))
    assert not unseen, "\n".join(unseen)


def test_the_sample_holds_every_pair(found: list[Spot]) -> None:
    walk = rounds(found, everything=False)
    seen = Counter(
        pair
        for spot, dress in walk
        for width in dress.widths
        for pair in (
            (spot.route, dress.theme),
            (spot.route, dress.language),
            (spot.route, width),
            (dress.theme, dress.language),
            (dress.theme, width),
            (dress.language, width),
        )
    )
    routes = {spot.route for spot in found}
    wanted = [(route, value) for route in routes for value in ("light", "dark", "zh-Hans", "en", 320, 390, 768, 1440)]
    wanted += [(theme, value) for theme in ("light", "dark") for value in ("zh-Hans", "en", 320, 390, 768, 1440)]
    wanted += [(language, width) for language in ("zh-Hans", "en") for width in (320, 390, 768, 1440)]
    assert [pair for pair in wanted if not seen[pair]] == []
