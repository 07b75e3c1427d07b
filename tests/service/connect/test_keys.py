"""Replacing an API key: the new one opens at once, the old one for a day more, a revoked one never."""

from datetime import timedelta

import pytest

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from portal.core.people.api_keys import replace_api_key, revoke_api_key
from portal.core.people.tables import ApiKey
from tests import make
from tests.browse import Browser
from tests.service.connect.shop import Shop, move_clock


async def key_id() -> int:
    async with reading():
        return int((await ApiKey.select(ApiKey.id))[0]["id"])


async def status(shop: Shop, key: str | None = None) -> int:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return (await shop.client.get("/api/v1/events", headers=headers)).status_code


async def test_both_keys_open_for_a_day(shop: Shop) -> None:
    new = await replace_api_key(SYSTEM, await key_id(), now())
    assert [await status(shop), await status(shop, new)] == [200, 200]
    move_clock("+25h")
    assert [await status(shop), await status(shop, new)] == [401, 200]
    newer = await replace_api_key(SYSTEM, await key_id(), now())
    assert [await status(shop), await status(shop, new), await status(shop, newer)] == [401, 200, 200]


async def test_revoking_ends_both(shop: Shop) -> None:
    new = await replace_api_key(SYSTEM, await key_id(), now())
    await revoke_api_key(SYSTEM, await key_id(), now())
    assert [await status(shop), await status(shop, new)] == [401, 401]
    with pytest.raises(Refused, match="key_revoked"):
        await replace_api_key(SYSTEM, await key_id(), now())
    with pytest.raises(NotFound):
        await replace_api_key(SYSTEM, 77, now() + timedelta())


async def test_the_page_shows_the_new_key_once(shop: Shop, browser: Browser) -> None:
    ada = await make.sign_in(browser, await make.person("admin", "Ada"))
    page = await ada.get("/admin/keys")
    shown = await ada.submit(page, f"/admin/keys/{await key_id()}/replacement")
    new = next(word for word in shown.text.split() if word.startswith("key_"))
    assert await status(shop, new) == 200
    again = await ada.get("/admin/keys")
    assert new not in again
    assert "原来的密钥在" in again
