"""The disk of the files is full while a buyer's photo is sent: nothing is half-written, and it works again with room."""

from pathlib import Path

import pytest

from portal.core.base.database import reading
from portal.core.base.settings import Settings
from portal.core.base.tables import StoredFile
from portal.service.returns.tables import Return
from tests.browse import Browser, Page
from tests.cast import Cast
from tests.make import sign_in
from tests.service.returns.make import Scene, picture, scene

pytestmark = pytest.mark.usefixtures("cast")


def block(files: Path) -> list[Path]:
    """Make every place of the store refuse what is written there, as a full disk does; returns what stands there."""
    files.mkdir(parents=True, exist_ok=True)
    places = [files / f"{number:02x}" for number in range(256)]
    for place in places:
        assert not place.exists()
        place.touch()
    return places


async def file_return(browser: Browser, one: Scene, words: str) -> Page:
    page = await browser.get(f"/orders/{one.bought.number}/returns/new?kind=return&reason=damaged")
    fields = {f"quantity-{await one.line()}": "2", "text": words}
    photos = {"photos": ("a.jpg", picture(), "image/jpeg")}
    return await browser.submit(page, f"/orders/{one.bought.number}/returns", files=photos, **fields)


async def kept() -> tuple[int, int]:
    async with reading():
        return await Return.count(), await StoredFile.count()


async def test_a_photo_that_does_not_fit_is_said_and_goes_through_later(
    browser: Browser, own_settings: Settings, cast: Cast
) -> None:
    one = await scene()
    await sign_in(browser, one.owner.person_id)
    places = block(Path(own_settings.files_url.removeprefix("file://")))
    refused = await file_return(browser, one, "买家说盒子压扁了。")
    assert refused.status == 422
    assert "请过半分钟再试" in refused
    assert "买家说盒子压扁了。" in refused  # what she typed is still there
    assert "Traceback" not in refused
    assert await kept() == (0, 0)
    assert (await browser.get(f"/orders/{one.bought.number}")).status == 200  # whatever needs no room goes on

    for place in places:
        place.unlink()
    filed = await file_return(browser, one, "买家说盒子压扁了。")
    assert filed.status == 200
    assert await kept() == (1, 1)
