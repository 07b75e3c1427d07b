"""Orders and parcels as the shop tells them, over records that it has told before."""

from datetime import timedelta
from typing import Any

from tests.service.connect.shop import OPENED, Shop, product, vip
from tests.service.connect.test_vips_api import sharing_owner

ADDRESS = {"name": "李芳", "phone": "13800001234", "region": "浙江省杭州市西湖区", "street": "文三路 1 号"}


async def stocked(shop: Shop) -> None:
    """An owner with a VIP `b-1`, and the product `honey`."""
    owner = await sharing_owner(shop)
    assert (await shop.put("/vips/b-1", vip(owner=owner))).status_code == 200
    assert (await shop.put("/products/honey", product())).status_code == 200


def item(**changes: Any) -> dict[str, Any]:
    body = {"line": "1", "product": "honey", "title": "洋槐蜜", "quantity": 2, "paid_fen": 11_800}
    return body | changes


def order(**changes: Any) -> dict[str, Any]:
    """A paid order of `b-1`, one line."""
    body: dict[str, Any] = {
        "updated_at": (OPENED + timedelta(hours=1)).isoformat(),
        "placed_at": OPENED.isoformat(),
        "status": "paid",
        "vip": "b-1",
        "address": ADDRESS,
        "items": [item()],
        "paid_fen": 11_800,
        "currency": "CNY",
        "ship_by": (OPENED + timedelta(days=30)).isoformat(),
    }
    return body | changes


def trace(hours: int, state: str = "in_transit", **changes: Any) -> dict[str, Any]:
    at = (OPENED + timedelta(hours=hours)).isoformat()
    return {"at": at, "state": state, "text": f"包裹 {state}", "place": "杭州"} | changes


def parcel(**changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "carrier": "sf",
        "tracking_number": "SF0001",
        "shipped_at": (OPENED + timedelta(hours=3)).isoformat(),
        "lines": ["1"],
        "traces": [trace(4, "accepted"), trace(5)],
    }
    return body | changes
