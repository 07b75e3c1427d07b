"""Shopify: topics `orders/*` and `fulfillments/*`, signed by base64 HMAC-SHA256 over the raw body."""

import base64
import hashlib
import hmac
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
    read,
)
from portal.service.connect.signing import LONGEST_ID, Unsigned

PAID = ("paid", "partially_refunded", "refunded")
_STATES = {
    "label_printed": "accepted",
    "label_purchased": "accepted",
    "confirmed": "accepted",
    "ready_for_pickup": "out_for_delivery",
    "in_transit": "in_transit",
    "out_for_delivery": "out_for_delivery",
    "attempted_delivery": "problem",
    "delayed": "problem",
    "failure": "problem",
    "delivered": "delivered",
}


class Customer(Struct):
    id: Id


class ShippingAddress(Struct):
    name: str | None = None
    phone: str | None = None
    province: str | None = None
    city: str | None = None
    address1: str | None = None
    address2: str | None = None


class Allocation(Struct):
    amount: Decimal


class LineItem(Struct):
    id: Id
    quantity: int
    price: Decimal
    product_id: Id | None = None
    title: str | None = None
    discount_allocations: list[Allocation] = []


class RefundLine(Struct):
    line_item_id: Id
    subtotal: Decimal = Decimal(0)


class Refund(Struct):
    refund_line_items: list[RefundLine] = []


class Pointer(Struct):
    id: Id


class Fulfillment(Struct):
    created_at: datetime
    updated_at: datetime
    name: str | None = None
    status: str | None = None
    tracking_company: str | None = None
    tracking_number: str | None = None
    shipment_status: str | None = None
    line_items: list[Pointer] = []


class NoteAttribute(Struct):
    name: str
    value: Any = None


class Order(Struct):
    name: str
    created_at: datetime
    updated_at: datetime
    currency: str
    total_price: Decimal
    customer: Customer
    line_items: list[LineItem]
    shipping_address: ShippingAddress | None = None
    financial_status: str | None = None
    fulfillment_status: str | None = None
    cancelled_at: datetime | None = None
    refunds: list[Refund] = []
    fulfillments: list[Fulfillment] = []
    note_attributes: list[NoteAttribute] = []


def verified(secret: str, headers: Headers, body: bytes, at: datetime) -> str:
    """The id that is the same over all of Shopify's retries. Raises Unsigned. `at` plays no part: there is no time."""
    expected = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest())
    given = headers.get("x-shopify-hmac-sha256", "").encode()
    webhook_id = headers.get("x-shopify-webhook-id") or hashlib.sha256(body).hexdigest()
    if not hmac.compare_digest(expected, given) or len(webhook_id) > LONGEST_ID - 20:
        raise Unsigned
    return webhook_id


def translated(headers: Headers, body: bytes) -> Told | None:
    topic = headers.get("x-shopify-topic", "")
    if topic.startswith("fulfillments/"):
        parcel = read(parsed(body), Fulfillment)
        number = (parcel.name or "").rpartition(".")[0]
        return Told(parcels=_parcels(number, [parcel]))
    if not topic.startswith("orders/") or topic == "orders/delete":
        return None
    order = read(parsed(body), Order)
    return Told((order_facts(_record(order)),), _parcels(order.name, order.fulfillments))


def _number(name: str) -> str:
    return name.strip().lstrip("#")


def _record(order: Order) -> dict[str, Any]:
    delivered = [one.updated_at for one in order.fulfillments if one.shipment_status == "delivered"]
    status = _status(order, len(delivered))
    return {
        "number": _number(order.name),
        "updated_at": order.updated_at,
        "placed_at": order.created_at,
        "delivered_at": max(delivered) if status == "delivered" else None,
        "status": status,
        "vip": str(order.customer.id),
        "share_code": next((str(one.value) for one in order.note_attributes if one.name == "share_code"), None),
        "address": _address(order.shipping_address or ShippingAddress()),
        "items": [_item(order, position, line) for position, line in enumerate(order.line_items)],
        "paid_fen": fen(order.total_price, "total_price"),
        "currency": order.currency,
    }


def _status(order: Order, delivered: int) -> str:
    if order.cancelled_at is not None or order.financial_status == "voided":
        return "refunded" if order.financial_status == "refunded" else "cancelled"
    if order.financial_status == "refunded":
        return "refunded"
    if order.fulfillment_status == "fulfilled":
        sent = [one for one in order.fulfillments if one.status != "cancelled"]
        return "delivered" if sent and delivered == len(sent) else "shipped"
    return "paid" if order.financial_status in PAID else "placed"


def _address(given: ShippingAddress) -> dict[str, Any]:
    return {
        "name": given.name or "",
        "phone": given.phone or "",
        "region": joined(given.province, given.city),
        "street": joined(given.address1, given.address2),
    }


def _item(order: Order, position: int, line: LineItem) -> dict[str, Any]:
    path = f"line_items[{position}]"
    paid = line.price * line.quantity - sum((one.amount for one in line.discount_allocations), Decimal(0))
    refunds = (one for refund in order.refunds for one in refund.refund_line_items)
    back = sum((one.subtotal for one in refunds if str(one.line_item_id) == str(line.id)), Decimal(0))
    paid_fen = fen(paid, f"{path}.price")
    return {
        "line": str(line.id),
        "product": str(line.product_id) if line.product_id is not None else "",
        "title": (line.title or "")[:200],
        "quantity": line.quantity,
        "paid_fen": paid_fen,
        "refunded_fen": min(fen(back, f"{path}.refunds"), paid_fen),
    }


def _parcels(name: str, given: list[Fulfillment]) -> tuple[Any, ...]:
    sent = [one for one in given if one.tracking_number and one.status != "cancelled" and one.line_items]
    return tuple(parcel_facts(_parcel(name, one)) for one in sent)


def _parcel(name: str, given: Fulfillment) -> dict[str, Any]:
    state = _STATES.get(given.shipment_status or "")
    trace = {"at": given.updated_at, "state": state, "text": given.shipment_status}
    return {
        "order": _number(name),
        "carrier": carrier_id(given.tracking_company),
        "tracking_number": given.tracking_number,
        "shipped_at": given.created_at,
        "lines": [str(one.id) for one in given.line_items],
        "traces": [trace] if state else [],
    }


ADAPTER = Adapter("shopify", verified, translated)
