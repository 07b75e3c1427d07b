"""Medusa v2: a subscriber of the shop's own posts the whole order by Standard Webhooks, as docs/api.md shows."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct

from portal.service.connect.adapters.foreign import (
    Adapter,
    Headers,
    Id,
    Told,
    carrier_id,
    fen,
    joined,
    order_facts,
    parcel_facts,
    parsed,
    part_of,
    read,
)
from portal.service.connect.signing import verified_id

_SENT = ("fulfilled", "shipped", "partially_delivered")
_PAID = ("captured", "partially_refunded")
_BACK = ("partially_refunded", "refunded")


class ShippingAddress(Struct):
    first_name: str | None = None
    last_name: str | None = None
    phone: str | None = None
    province: str | None = None
    city: str | None = None
    address_1: str | None = None
    address_2: str | None = None


class Detail(Struct):
    return_received_quantity: int = 0


class Item(Struct):
    id: str
    quantity: int
    total: Decimal
    product_id: str | None = None
    title: str | None = None
    product_title: str | None = None
    detail: Detail | None = None


class Label(Struct):
    tracking_number: str


class SentItem(Struct):
    line_item_id: str


class Fulfillment(Struct):
    created_at: datetime
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    canceled_at: datetime | None = None
    provider_id: str | None = None
    labels: list[Label] = []
    items: list[SentItem] = []
    metadata: dict[str, Any] | None = None


class Order(Struct):
    display_id: Id
    created_at: datetime
    updated_at: datetime
    status: str
    payment_status: str
    fulfillment_status: str
    currency_code: str
    total: Decimal
    customer_id: str
    items: list[Item]
    shipping_address: ShippingAddress | None = None
    fulfillments: list[Fulfillment] = []
    metadata: dict[str, Any] | None = None


class Event(Struct):
    type: str
    data: Any = None


def verified(secret: str, headers: Headers, body: bytes, at: datetime) -> str:
    """The standard's id. Raises Unsigned."""
    return verified_id(secret, headers, body, at)


def translated(headers: Headers, body: bytes) -> Told | None:
    event = read(parsed(body), Event)
    if not event.type.startswith(("order.", "delivery.", "shipment.")):
        return None
    order = read(event.data, Order)
    if order.status == "draft":
        return None
    sent = [one for one in order.fulfillments if one.labels and one.items and one.canceled_at is None]
    return Told((order_facts(_record(order)),), tuple(parcel_facts(_parcel(order, one)) for one in sent))


def _record(order: Order) -> dict[str, Any]:
    status = _status(order)
    delivered = [one.delivered_at for one in order.fulfillments if one.delivered_at is not None]
    share_code = (order.metadata or {}).get("share_code")
    return {
        "number": str(order.display_id),
        "updated_at": order.updated_at,
        "placed_at": order.created_at,
        "delivered_at": max(delivered) if delivered and status in ("delivered", "completed") else None,
        "status": status,
        "vip": order.customer_id,
        "share_code": str(share_code) if share_code else None,
        "address": _address(order.shipping_address or ShippingAddress()),
        "items": [_item(order, position, item) for position, item in enumerate(order.items)],
        "paid_fen": fen(order.total, "data.total"),
        "currency": order.currency_code.upper(),
    }


def _status(order: Order) -> str:
    if order.payment_status == "refunded":
        return "refunded"
    if order.status == "canceled":
        return "cancelled"
    if order.status == "completed":
        return "completed"
    if order.fulfillment_status == "delivered":
        return "delivered"
    if order.fulfillment_status in _SENT:
        return "shipped"
    return "paid" if order.payment_status in _PAID else "placed"


def _address(given: ShippingAddress) -> dict[str, Any]:
    return {
        "name": joined(given.last_name, given.first_name),
        "phone": given.phone or "",
        "region": joined(given.province, given.city),
        "street": joined(given.address_1, given.address_2),
    }


def _item(order: Order, position: int, item: Item) -> dict[str, Any]:
    paid_fen = fen(item.total, f"data.items[{position}].total")
    back = item.detail.return_received_quantity if item.detail else 0
    if order.payment_status not in _BACK:
        back = 0
    elif order.payment_status == "refunded":
        back = item.quantity
    return {
        "line": item.id,
        "product": item.product_id or "",
        "title": (item.product_title or item.title or "")[:200],
        "quantity": item.quantity,
        "paid_fen": paid_fen,
        "refunded_fen": part_of(paid_fen, back, item.quantity) if back else 0,
    }


def _parcel(order: Order, given: Fulfillment) -> dict[str, Any]:
    carrier = (given.metadata or {}).get("carrier") or given.provider_id
    delivered = {"at": given.delivered_at, "state": "delivered", "text": "delivered"}
    return {
        "order": str(order.display_id),
        "carrier": carrier_id(str(carrier) if carrier else None),
        "tracking_number": given.labels[0].tracking_number,
        "shipped_at": given.shipped_at or given.created_at,
        "lines": [one.line_item_id for one in given.items],
        "traces": [delivered] if given.delivered_at else [],
    }


ADAPTER = Adapter("medusa", verified, translated)
