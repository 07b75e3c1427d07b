"""A person takes along what is known of her, and nothing that opens a door."""

import json
from datetime import timedelta

import pytest

from portal.core.base.clock import now
from tests import make
from tests.browse import Browser


@pytest.mark.usefixtures("school")
async def test_she_takes_along_what_is_hers(browser: Browser) -> None:
    owner = await make.licensed_owner("李芳", now() - timedelta(days=5))
    await make.licensed_owner("王芳", now() - timedelta(days=5))
    await make.sign_in(browser, owner.person_id)
    assert "/me/data" in (await browser.get("/me")).links
    given = await browser.visit_and_submit("/me/data", "/me/data")
    assert given.response.headers["content-disposition"].startswith("attachment")
    told = json.loads(given.html)
    assert told["account"][0]["name"] == "李芳"
    assert len(told["certificates"]) == 1
    assert [row["external_id"] for row in told["stores"]] == [owner.store_external_id]
    assert "hash" not in given.html
    assert "王芳" not in given.html


async def test_the_password_is_asked_first(browser: Browser) -> None:
    owner = await make.owner("李芳")
    await make.sign_in(browser, owner.person_id, now() - timedelta(hours=1))
    page = await browser.get("/me/data")
    assert not any(form.action == "/me/data" for form in page.forms)
    token = str((await browser.get("/me")).form("/sign-out").fields["_csrf"])
    sent = await browser.post("/me/data", {"_csrf": token})
    assert sent.response.headers["location"].startswith("/me/confirm")
