"""Saleor: `order_*` and `fulfillment_*` events with the subscription query of docs/api.md, signed by hex HMAC-SHA256.

Saleor sends no id and no time of sending: the same body is the same message, and an older order changes nothing.
"""

import hashlib
import hmac
from datetime import datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct, field

from portal.service.connect.adapters.foreign import (
    Adapter,
    Headers,
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
from portal.service.connect.signing import Unsigned

_OVER = {"CANCELED": "cancelled", "EXPIRED": "cancelled", "RETURNED": "refunded"}
_BACK = ("REFUNDED", "REFUNDED_AND_RETURNED")
_GONE = (*_BACK, "RETURNED", "REPLACED", "CANCELED", "WAITING_FOR_APPROVAL")


class Money(Struct):
    amount: Decimal
    currency: str


class Taxed(Struct):
    gross: Money


class Buyer(Struct):
    id: str
    external_reference: str | None = field(name="externalReference", default=None)


class ShippingAddress(Struct, rename="camel"):
    first_name: str = ""
    last_name: str = ""
    phone: str | None = None
    country_area: str = ""
    city: str = ""
    city_area: str = ""
    street_address1: str = field(name="streetAddress1", default="")
    street_address2: str = field(name="streetAddress2", default="")


class Product(Struct):
    id: str
    external_reference: str | None = field(name="externalReference", default=None)


class Variant(Struct):
    product: Product


class Line(Struct, rename="camel"):
    id: str
    product_name: str
    quantity: int
    total_price: Taxed
    variant: Variant | None = None


class LinePointer(Struct):
    id: str


class FulfilledLine(Struct, rename="camel"):
    quantity: int
    order_line: LinePointer | None = None


class Entry(Struct):
    key: str
    value: str


class Fulfillment(Struct, rename="camel"):
    status: str
    created: datetime
    tracking_number: str = ""
    lines: list[FulfilledLine] = []
    metadata: list[Entry] = []


class Order(Struct, rename="camel"):
    number: str
    created: datetime
    updated_at: datetime
    status: str
    charge_status: str
    total: Taxed
    lines: list[Line]
    user: Buyer | None = None
    shipping_address: ShippingAddress | None = None
    fulfillments: list[Fulfillment] = []
    metadata: list[Entry] = []


class Event(Struct):
    order: Order


def verified(secret: str, headers: Headers, body: bytes, at: datetime) -> str:
    """The body's own hash, for there is no id. Raises Unsigned. `at` plays no part: there is no time either."""
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().encode()
    given = headers.get("saleor-signature", "").strip().lower().encode()
    if not hmac.compare_digest(expected, given):
        raise Unsigned
    return hashlib.sha256(body).hexdigest()


def translated(headers: Headers, body: bytes) -> Told | None:
    if not headers.get("saleor-event", "").lower().startswith(("order_", "fulfillment_")):
        return None
    order = read(parsed(body), Event).order
    if order.status in ("DRAFT", "UNCONFIRMED"):
        return None
    sent = [one for one in order.fulfillments if one.tracking_number and one.status not in _GONE]
    return Told((order_facts(_record(order)),), tuple(parcel_facts(_parcel(order, one)) for one in sent))


def _entry(entries: list[Entry], key: str) -> str | None:
    return next((one.value for one in entries if one.key == key), None)


def _record(order: Order) -> dict[str, Any]:
    buyer = order.user
    return {
        "number": order.number,
        "updated_at": order.updated_at,
        "placed_at": order.created,
        "status": _status(order),
        "vip": (buyer.external_reference or buyer.id) if buyer else "",
        "share_code": _entry(order.metadata, "share_code"),
        "address": _address(order.shipping_address or ShippingAddress()),
        "items": [_item(order, position, line) for position, line in enumerate(order.lines)],
        "paid_fen": fen(order.total.gross.amount, "order.total.gross.amount"),
        "currency": order.total.gross.currency,
    }


def _status(order: Order) -> str:
    if order.status in _OVER:
        return _OVER[order.status]
    if all(_refunded(order, line) >= line.quantity for line in order.lines):
        return "refunded"
    if order.status in ("FULFILLED", "PARTIALLY_RETURNED"):
        return "shipped"
    return "paid" if order.charge_status in ("FULL", "OVERCHARGED") else "placed"


def _address(given: ShippingAddress) -> dict[str, Any]:
    return {
        "name": joined(given.last_name, given.first_name),
        "phone": given.phone or "",
        "region": joined(given.country_area, given.city, given.city_area),
        "street": joined(given.street_address1, given.street_address2),
    }


def _refunded(order: Order, line: Line) -> int:
    """How many pieces of a line the buyer has her money back for."""
    back = (one for parcel in order.fulfillments if parcel.status in _BACK for one in parcel.lines)
    return sum(one.quantity for one in back if one.order_line and one.order_line.id == line.id)


def _item(order: Order, position: int, line: Line) -> dict[str, Any]:
    paid_fen = fen(line.total_price.gross.amount, f"order.lines[{position}].totalPrice")
    product = line.variant.product if line.variant else None
    return {
        "line": line.id,
        "product": (product.external_reference or product.id) if product else "",
        "title": line.product_name[:200],
        "quantity": line.quantity,
        "paid_fen": paid_fen,
        "refunded_fen": part_of(paid_fen, _refunded(order, line), line.quantity),
    }


def _parcel(order: Order, given: Fulfillment) -> dict[str, Any]:
    return {
        "order": order.number,
        "carrier": carrier_id(_entry(given.metadata, "carrier")),
        "tracking_number": given.tracking_number,
        "shipped_at": given.created,
        "lines": [one.order_line.id for one in given.lines if one.order_line],
        "traces": [],
    }


ADAPTER = Adapter("saleor", verified, translated)
