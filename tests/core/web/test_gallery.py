"""Every part in a real browser: readable by axe in every dress, nothing cut at 320 px, and what the script adds."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Route

from portal.core.web import static
from portal.core.web.assets import MODULES, build
from portal.core.web.frame import CSP
from portal.core.web.state import PageState, use_state
from tests.core.web.gallery import NAMES, gallery

pytestmark = pytest.mark.browser

DRESSES = [("light", False, "zh-Hans", 390), ("dark", False, "en", 320), ("light", True, "zh-Hans", 320)]
AXE = "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"


class Shop(ThreadingHTTPServer):
    """Serves pages that were made here, and built assets, under the site's own CSP."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.pages: dict[str, str] = {}


class Answer(BaseHTTPRequestHandler):
    server: Shop

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        asset = static.find(path, "") if path.startswith(static.PREFIX) else None
        body = asset.body if asset else self.server.pages.get(path, "").encode()
        kind = dict(asset.headers)["content-type"] if asset else "text/html; charset=utf-8"
        self.send_response(200 if body else 404)
        for name, value in (
            ("Content-Type", kind),
            ("Content-Length", str(len(body))),
            ("Content-Security-Policy", CSP),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Keep the test's output clean."""


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    build()
    server = Shop()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def _is_ours(message: ConsoleMessage) -> bool:
    """A complaint about the page; that an answer was a refusal is no news."""
    return message.type == "error" and not message.text.startswith(
        ("Failed to load resource", "htmx:", "Response Status Error")
    )


@pytest.fixture
def visit(shop: Shop, chromium: Browser) -> Iterator[Any]:
    """Opens a gallery page; whatever the console complains of fails the test."""
    complaints: list[str] = []
    context = chromium.new_context()
    context.grant_permissions(["clipboard-read", "clipboard-write"])

    def open_page(name: str, width: int = 390, **state: Any) -> Page:
        use_state(PageState(**{"language": "en", **state}))
        shop.pages[f"/{name}"] = gallery(name)
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": 844})
        page.on("console", lambda message: complaints.append(message.text) if _is_ours(message) else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"http://127.0.0.1:{shop.server_port}/{name}")
        return page

    yield open_page
    context.close()
    assert complaints == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("theme", "care", "language", "width"), [*DRESSES, ("dark", False, "zh-Hans", 1280)])
def test_axe_finds_nothing_and_nothing_is_cut(
    visit: Any, name: str, theme: str, care: bool, language: str, width: int
) -> None:
    page = visit(name, width, theme=theme, care=care, language=language)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.evaluate((MODULES / "axe-core/axe.min.js").read_text())
    found = page.evaluate(f"{AXE}.then((all) => all.violations.map((one) => [one.id, one.nodes[0].html]))")
    assert found == []


def test_targets_are_large_enough_for_a_thumb(visit: Any) -> None:
    small = """[...document.querySelectorAll("a, button, input, select, label.answer")].filter((one) => {
      const box = one.getBoundingClientRect();
      return box.height && box.height < 44 && getComputedStyle(one).display !== "inline" && !one.closest("label, .skip");
    }).map((one) => one.outerHTML)"""
    for name in NAMES:
        assert visit(name).evaluate(small) == []


def test_a_dialog_opens_over_the_page_and_gives_the_focus_back(visit: Any) -> None:
    page = visit("phone")
    page.click("[data-opens]")
    assert page.is_visible("dialog h2")
    page.keyboard.press("Escape")
    assert not page.is_visible("dialog h2")
    assert page.evaluate("document.activeElement.dataset.opens") == "hurry"
    page.click("[data-opens]")
    page.click("[data-closes]")
    assert not page.is_visible("dialog h2")


def test_without_script_the_dialogs_link_leads_to_its_page(shop: Shop, chromium: Browser, visit: Any) -> None:
    visit("phone")
    shop.pages["/hurry"] = "<h1>Hurry</h1>"
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{shop.server_port}/phone")
    assert not page.is_visible(".btn[data-copy]")
    page.click("[data-opens]")
    assert page.url.endswith("/hurry")
    context.close()


def test_copying_copies_and_says_so(visit: Any) -> None:
    page = visit("phone")
    page.click(".btn[data-copy]")
    page.wait_for_selector("#toasts .toast")
    assert page.inner_text("#toasts").strip() == "Copied"
    assert page.evaluate("navigator.clipboard.readText()") == "https://shop.test/s/1"
    page.click("[data-shut]")
    assert page.inner_text("#toasts") == ""


def test_a_form_is_sent_once_however_often_it_is_pressed(visit: Any) -> None:
    page = visit("form")
    sent: list[str] = []

    def take(route: Route) -> None:
        sent.append(route.request.post_data or "")
        route.fulfill(status=204)  # the page stays, as it does while a slow answer is awaited

    page.route("**/complaints", take)
    page.click(".bar button")
    page.wait_for_selector(".bar button:disabled")
    assert page.inner_text(".bar button") == "Sending…"
    page.evaluate("document.querySelector('form').requestSubmit()")
    page.wait_for_timeout(200)
    assert len(sent) == 1
    page.evaluate("dispatchEvent(new Event('pageshow'))")
    assert page.inner_text(".bar button") == "Next"
    page.click(".bar button")
    page.wait_for_selector(".bar button:disabled")
    assert len(sent) == 2


def test_what_was_refused_has_the_focus(visit: Any) -> None:
    page = visit("form")
    assert page.evaluate("document.activeElement.className") == "errors"
    page.click('.errors a[href="#f-phone"]')
    assert page.evaluate("document.activeElement.id") == "f-phone"


def test_clocks_go_on_by_the_servers_time(visit: Any) -> None:
    page = visit("phone")
    page.clock.install()
    page.reload()
    chip = page.locator(".clock[data-due]").nth(2)
    assert (chip.inner_text(), chip.get_attribute("data-at")) == ("11 h left", "half")
    page.clock.run_for(3_600_000 * 10)
    assert (chip.inner_text(), chip.get_attribute("data-at")) == ("1 h left", "last")
    page.clock.run_for(3_600_000 * 26 + 120_000)
    assert (chip.inner_text(), chip.get_attribute("data-at")) == ("1 day 1 h late · escalated", "broken")


def test_the_going_and_coming_of_the_network_is_said(visit: Any) -> None:
    page = visit("phone")
    assert not page.is_visible(".net")
    page.context.set_offline(True)
    assert page.is_visible(".net")
    page.context.set_offline(False)
    page.wait_for_selector(".net", state="hidden")


def test_arrows_move_through_a_desk_table_and_a_stroke_searches(visit: Any) -> None:
    page = visit("desk", 1280)
    focused = "document.activeElement.getAttribute('href') ?? document.activeElement.type"
    page.focus(".table")
    for expected in ("C-1", "C-2", "C-3", "C-3"):
        page.keyboard.press("ArrowDown")
        assert page.evaluate(focused) == f"/desk/complaints/{expected}"
    page.keyboard.press("ArrowUp")
    assert page.evaluate(focused) == "/desk/complaints/C-2"
    page.keyboard.press("/")
    assert page.evaluate(focused) == "search"
    page.keyboard.press("/")
    assert page.input_value("input[type=search]") == "/"


def answer(page: Page, status: int, body: str = "", **headers: str) -> None:
    """What `/rows` says when the form of the swap page is sent."""
    sent = {"Content-Type": "text/html", **{name.replace("_", "-"): value for name, value in headers.items()}}
    page.route("**/rows", lambda route: route.fulfill(status=status, body=body, headers=sent))


def test_a_refused_fragment_takes_its_place_and_the_focus(visit: Any) -> None:
    page = visit("swap")
    answer(page, 422, '<form id="row"><section class="errors"><h2>Not yet</h2></section></form>')
    page.click("#row button")
    page.wait_for_selector("#row .errors:has-text('Not yet')")
    page.wait_for_function("() => document.activeElement.textContent === 'Not yet'")


@pytest.mark.parametrize(
    ("status", "body", "headers", "words"),
    [
        (409, '<p class="toast float">Taken.</p>', {"HX_Retarget": "#toasts", "HX_Reswap": "innerHTML"}, "Taken."),
        (500, '<p class="toast float">Ours.</p>', {"HX_Retarget": "#toasts", "HX_Reswap": "innerHTML"}, "Ours."),
        (502, "<h1>Bad gateway</h1>", {}, "That did not work, and it is our fault. Please try again in a moment."),
        (200, '<form id="row"></form>', {"HX_Trigger": '{"toast": {"text": "Done."}}'}, "Done."),
    ],
)
def test_what_htmx_brings_back_is_said(visit: Any, status: int, body: str, headers: dict[str, str], words: str) -> None:
    page = visit("swap")
    answer(page, status, body, **headers)
    page.click("#row button")
    page.wait_for_selector("#toasts .toast")
    assert page.inner_text("#toasts").strip() == words
    assert page.is_enabled("#row button") if page.query_selector("#row button") else status == 200


def test_a_lost_network_is_said_and_the_button_given_back(visit: Any) -> None:
    page = visit("swap")
    page.route("**/rows", lambda route: route.abort())
    page.click("#row button")
    page.wait_for_selector("#toasts .toast")
    assert page.inner_text("#toasts").startswith("Not sent")
    assert page.inner_text("#row button") == "Send"
    assert page.is_enabled("#row button")


def test_a_page_that_htmx_brought_is_read_from_its_heading(visit: Any) -> None:
    visit("phone").close()
    page = visit("swap")
    page.click("[hx-get]")
    page.wait_for_function("() => document.activeElement.textContent.startsWith('In October')")
