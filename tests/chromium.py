"""The browser that tests look with: Chromium's headless shell, which draws no window of its own, or else Chromium."""

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import pytest
from playwright import async_api, sync_api

_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
_FLAGS += ["--disable-sync", "--no-first-run"]


def _path() -> str:
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("Chromium is not installed")
    return found


@contextmanager
def chromium() -> Iterator[sync_api.Browser]:
    """The system's, for tests that look at one page after another."""
    path = _path()
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        yield browser
        browser.close()


@asynccontextmanager
async def async_chromium() -> AsyncIterator[async_api.Browser]:
    """The system's, for tests in whose loop others live."""
    path = _path()
    async with async_api.async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=_FLAGS)
        yield browser
        await browser.close()
