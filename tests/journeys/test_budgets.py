"""Page weight on a slow phone: held where it is ours to hold, told where it depends on the machine."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.journeys.budgets import Cost, cost
from tests.journeys.server import Site
from tests.journeys.walk import cookies_of, signed_in

pytestmark = pytest.mark.browser

LESSON = re.compile(r'href="(/learn/\d+/[\w-]+/[\w-]+)"')
ATTEMPT = re.compile(r'href="(/attempts/\w+)"')
LINK = re.compile(r'href="(/share/links/\w+)"')


def _first(site: Site, part: str, path: str, wanted: re.Pattern[str]) -> str:
    with signed_in(site, part) as client:
        found = wanted.search(client.get(path).text)
    assert found is not None, (part, path)
    return found[1]


@pytest.fixture(scope="module")
def addresses(site: Site) -> dict[str, tuple[str, str]]:
    """The four pages, each with who opens it."""
    link = _first(site, "owner", "/share", LINK)
    return {
        "home": ("new owner", "/"),
        "lesson": ("new owner", _first(site, "new owner", "/", LESSON)),
        "exam question": ("ready owner", f"{_first(site, 'ready owner', '/exams', ATTEMPT)}?q=1"),
        "share link": ("visitor", link.replace("/share/links/", "/s/")),
    }


@pytest.mark.parametrize("name", ["home", "lesson", "exam question", "share link"])
def test_a_cold_visit_on_slow_4g_keeps_its_budget(
    site: Site, chromium: Browser, addresses: dict[str, tuple[str, str]], name: str, told: Any
) -> None:
    part, path = addresses[name]
    found: Cost = cost(chromium, cookies_of(site, part), name, site.base + path)
    told(found)
    assert 0 < found.css <= 20_000
    assert 0 < found.js <= 25_000
    assert found.total <= 100_000
    assert len(found.requests) <= 12
    assert found.cls < 0.1
