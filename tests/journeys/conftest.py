"""The demo, served, and a browser: what walks and measurements share."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browse import Page as Found
from tests.core.web.test_gallery import CHROMIUM, FLAGS
from tests.journeys.server import Site, demo
from tests.journeys.walk import signed_in


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo with its people, and what they have not done: a running exam, groups, a shop that wants to hear."""
    with demo(tmp_path_factory.mktemp("demo")) as served:
        _begin_exam(served)
        made = (
            ("manager", "/manage/groups", {"name": "first"}),
            ("admin", "/admin/groups", {"name": "all"}),
            ("admin", "/admin/webhooks", {"url": "http://127.0.0.1:9/hooks"}),
        )
        for part, path, fields in made:
            with signed_in(served, part) as client:
                form = Found(client.get(path)).form(path)
                assert client.post(path, data={**form.fields, **fields}).is_success
        yield served


def _begin_exam(site: Site) -> None:
    with signed_in(site, "ready owner") as client:
        page = Found(client.get("/exams"))
        form = next(form for form in page.forms if form.action.endswith("/attempts"))
        assert client.post(form.action, data=form.fields).url.path.startswith("/attempts/")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def told(record_property: Any) -> Any:
    """Says a line at the end of the run, whoever ran the test."""

    def tell(line: object) -> None:
        record_property("told", str(line))

    return tell
