"""docs/api.md: its samples do what it says they do."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.settings import settings
from portal.core.base.worker import drain
from portal.service.connect.actions import add_endpoint, send_ping
from tests.service.connect.receiver import Receiver
from tests.service.connect.shop import Shop
from tests.service.connect.test_vips_api import sharing_owner

PAGE = Path(__file__).parents[3] / "docs" / "api.md"


@pytest.fixture(scope="module")
def samples() -> dict[str, Any]:
    """Everything that the page's Python defines."""
    found: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL):
        exec(compile(block, str(PAGE), "exec"), found)  # the page is ours
    return found


async def test_a_permit_is_checked_offline(shop: Shop, samples: dict[str, Any]) -> None:
    owner = await sharing_owner(shop)
    permit = (await shop.get(f"/api/v1/owners/{owner}/share-right")).json()["permit"]
    jwks = (await shop.get("/.well-known/jwks.json")).json()
    samples["PORTAL"] = settings().base_url
    may_share, at = samples["may_share"], now().timestamp()
    assert may_share(permit, jwks, owner, at)
    assert not may_share(permit, jwks, "another", at)
    assert not may_share(permit, jwks, owner, at + timedelta(minutes=16).total_seconds())
    assert not may_share(permit[:-4] + "AAAA", jwks, owner, at)
    assert not may_share(permit, {"keys": []}, owner, at)


async def test_a_webhook_is_verified(shop: Shop, receiver: Receiver, samples: dict[str, Any]) -> None:
    endpoint_id, samples["SECRET"] = await add_endpoint(SYSTEM, receiver.url, now())
    await send_ping(SYSTEM, endpoint_id, now())
    await drain()
    heard = receiver.heard[0]
    assert samples["read_webhook"](heard.headers, heard.body)["type"] == "ping"
    assert samples["read_webhook"](heard.headers, heard.body + b" ") is None
    assert samples["read_webhook"]({}, heard.body) is None


def test_every_scope_that_is_in_use_is_named() -> None:
    text = PAGE.read_text()
    for scope in ("stores:write", "products:write", "suppliers:write", "vips:write", "rights:read"):
        assert f"scope {scope}" in text
