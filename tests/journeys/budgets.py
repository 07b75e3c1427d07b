"""What a page costs a phone on a slow network: bytes and requests of a cold visit, when it is there, whether it jumps."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, CDPSession, Page

# Slow 4G as Lighthouse has it: 1.6 Mbit/s down, 750 kbit/s up, 150 ms; a processor four times slower than this one.
SLOW_4G = {"offline": False, "latency": 150, "downloadThroughput": 1_600_000 / 8, "uploadThroughput": 750_000 / 8}
SLOWER = 4
WATCH = """
  window.seen = { lcp: 0, cls: 0 };
  new PerformanceObserver((list) => list.getEntries().forEach((one) => (seen.lcp = one.startTime)))
    .observe({ type: "largest-contentful-paint", buffered: true });
  new PerformanceObserver((list) => list.getEntries().forEach((one) => one.hadRecentInput || (seen.cls += one.value)))
    .observe({ type: "layout-shift", buffered: true });
"""


@dataclass
class Cost:
    """One cold visit. Bytes are as they came over the wire, compressed, with their headers."""

    page: str
    requests: dict[str, str] = field(default_factory=dict)
    sent: dict[str, int] = field(default_factory=dict)
    lcp_ms: float = 0.0
    cls: float = 0.0

    def _of(self, kind: str) -> int:
        return sum(self.sent.get(name, 0) for name, url in self.requests.items() if urlsplit(url).path.endswith(kind))

    @property
    def css(self) -> int:
        return self._of(".css")

    @property
    def js(self) -> int:
        return self._of(".js")

    @property
    def total(self) -> int:
        return sum(self.sent.values())

    def __str__(self) -> str:
        return (
            f"{self.page:14} {self.total / 1000:6.1f} kB in {len(self.requests):2} requests"
            f"  CSS {self.css / 1000:4.1f}  JS {self.js / 1000:4.1f}"
            f"  LCP {self.lcp_ms / 1000:4.2f} s (goal 1.5)  CLS {self.cls:.3f}"
        )


@contextmanager
def slow_phone(browser: Browser, cookies: list[Any], **more: Any) -> Iterator[tuple[Page, CDPSession]]:
    """A phone with an empty cache on slow 4G."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True, **more)
    context.add_cookies(cookies)
    context.add_init_script(WATCH)
    page = context.new_page()
    page.set_default_timeout(120_000)
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send("Network.emulateNetworkConditions", SLOW_4G)
    wire.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    yield page, wire
    context.close()


def cost(browser: Browser, cookies: list[Any], name: str, url: str) -> Cost:
    """Visit a page for the first time and count."""
    found = Cost(name)
    with slow_phone(browser, cookies, locale="zh-CN") as (page, wire):
        wire.on("Network.requestWillBeSent", lambda event: _asked(found, event))
        wire.on("Network.loadingFinished", lambda event: _came(found, event))
        page.goto(url, wait_until="networkidle")
        seen = page.evaluate("seen")
    found.lcp_ms, found.cls = seen["lcp"], seen["cls"]
    return found


def _asked(found: Cost, event: dict[str, Any]) -> None:
    if not event["request"]["url"].startswith("data:"):
        found.requests[event["requestId"]] = event["request"]["url"]


def _came(found: Cost, event: dict[str, Any]) -> None:
    if event["requestId"] in found.requests:
        found.sent[event["requestId"]] = int(event["encodedDataLength"])
