"""The hours of carriers on screen: seen, changed, refused beside the field."""

import pytest

from portal.core.base.database import reading
from portal.service.facts import promises
from tests.browse import Browser
from tests.cast import Cast
from tests.make import sign_in

HERE = "/admin/carrier-hours"


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_an_admin_changes_the_hours(cast: Cast, browser: Browser, language: str) -> None:
    await sign_in(browser, cast.ada)
    browser.client.headers["Accept-Language"] = language
    page = await browser.get(HERE)
    assert page.status == 200
    assert "facts." not in page
    answer = await browser.visit_and_submit(HERE, HERE, usual="60", cold="36", reason="新的分拨中心")
    assert answer.status == 200
    assert "新的分拨中心" in answer
    async with reading():
        assert (await promises.all_hours())[-1].cold == 36
    wrong = await browser.visit_and_submit(HERE, HERE, usual="6", cold="36", reason="新的分拨中心")
    assert wrong.status == 422
    assert 'value="6"' in wrong
    assert 'aria-invalid="true"' in wrong


async def test_nobody_else_does(cast: Cast, browser: Browser) -> None:
    await sign_in(browser, cast.mona)
    assert (await browser.get(HERE)).status in (403, 404)
