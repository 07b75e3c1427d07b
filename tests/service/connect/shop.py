"""The shop as the portal knows it: a program with a key, that can sign webhooks too."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from standardwebhooks import Webhook

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.settings import settings, use_settings
from portal.core.people import actions as people
from portal.core.people.rules import Scope
from portal.core.web.frame import Frame
from tests.browse import BASE
from tests.make import serial

SECRET = "whsec_c2hhcmUtYWZ0ZXItbGVhcm5pbmctdGVzdHMta2V5"
OPENED = datetime(2026, 11, 1, 2, 0, tzinfo=UTC)


class Shop:
    """Calls the API with a key of every scope."""

    def __init__(self, app: Frame, key: str) -> None:
        transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
        headers = {"Authorization": f"Bearer {key}", "Accept-Language": "en"}
        self.client = httpx.AsyncClient(transport=transport, base_url=BASE, headers=headers)

    async def put(self, path: str, body: Any, **kwargs: Any) -> httpx.Response:
        return await self.client.put(f"/api/v1{path}", json=body, **kwargs)

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(path)

    async def webhook(
        self, kind: str, data: Any, *, at: datetime | None = None, ref: str | None = None, **kwargs: Any
    ) -> httpx.Response:
        """Send a webhook, signed as the standard says unless told otherwise (`secret`, `signature`, `body`)."""
        at = at or now()
        body = kwargs.get("body") or json.dumps({"type": kind, "timestamp": at.isoformat(), "data": data})
        ref = ref or serial("msg")
        signature = kwargs.get("signature") or Webhook(kwargs.get("secret", SECRET)).sign(ref, at, body)
        sent = {
            "webhook-id": ref,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": signature,
            "Authorization": "",
            **kwargs.get("headers", {}),
        }
        return await self.client.post("/webhooks/shop", content=kwargs.get("sent_body", body), headers=sent)


async def open_shop(app: Frame, *scopes: Scope) -> Shop:
    _, key = await people.make_api_key(SYSTEM, "shop", scopes or tuple(Scope), now())
    return Shop(app, key)


def store(**changes: Any) -> dict[str, Any]:
    """A store in the contract's shape, its owner new."""
    owner = serial("owner")
    body: dict[str, Any] = {
        "name": "杏花小店",
        "opened_at": OPENED.isoformat(),
        "region": "陕西西安",
        "kit": {"sku": "kit-298", "paid_fen": 29_800},
        "owner": {
            "external_id": owner,
            "name": "何晓梅",
            "phone": f"139{abs(hash(owner)) % 10**8:08d}",
            "email": f"{owner}@example.test",
            "language": "zh-Hans",
        },
    }
    return body | changes


def vip(**changes: Any) -> dict[str, Any]:
    return {"name": "李芳", "phone": "13800001234", "registered_at": OPENED.isoformat()} | changes


def product(**changes: Any) -> dict[str, Any]:
    body = {
        "title": "洋槐蜜",
        "price_fen": 5_900,
        "commission_bp": 1_200,
        "supplier": "qinling",
        "category": "food",
        "url": "https://shop.example/p/honey",
    }
    return body | changes


def faults(response: httpx.Response) -> dict[str, str]:
    """What a problem says is wrong, code by field."""
    assert response.status_code in (409, 422), response.text
    assert response.headers["content-type"] == "application/problem+json"
    return {row["field"]: row["code"] for row in response.json()["errors"]}


def let_old_stores_share() -> None:
    """Stores opened before today may share for a while: the grace of going live."""
    use_settings(replace(settings(), go_live_at=now(), go_live_grace_until=now() + timedelta(days=30)))


def set_secret(secret: str | None = SECRET) -> None:
    use_settings(replace(settings(), webhook_secret=secret))


def in_production() -> None:
    use_settings(replace(settings(), environment="production"))


def move_clock(offset: str) -> None:
    """Every clock of the portal from now on differs from the real one by this much."""
    path = settings().clock_file
    assert path is not None
    path.write_text(offset)
