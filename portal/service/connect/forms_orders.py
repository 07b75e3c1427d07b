"""What the shop may send of orders and parcels: the shapes of the contract, with their limits."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from portal.core.people.rules import normal_phone
from portal.core.web.fields import ExternalId, Fault, Fen, Instant, Name, Phone, odd_instants
from portal.service.orders.rules import (
    Address,
    LineFacts,
    OrderFacts,
    ParcelFacts,
    ParcelState,
    Status,
    TraceFacts,
)

MOST_ITEMS = 100
MOST_TRACES = 200
MOST_ROWS = 500
LineId = Annotated[str, Meta(min_length=1, max_length=80)]
Quantity = Annotated[int, Meta(ge=1, le=1_000_000)]


class AddressBody(Struct, forbid_unknown_fields=True):
    """Where an order goes to."""

    name: Name
    phone: Phone
    region: Annotated[str, Meta(min_length=1, max_length=120)]
    street: Annotated[str, Meta(min_length=1, max_length=300)]

    def faults(self) -> Iterator[Fault]:
        if not any(character.isdigit() for character in self.phone):
            yield "phone", "malformed", {}

    @property
    def facts(self) -> Address:
        return Address(self.name, normal_phone(self.phone) or self.phone, self.region, self.street)


class ItemBody(Struct, forbid_unknown_fields=True):
    """One line; `product` is its external id; money in fen, of the whole line."""

    line: LineId
    product: ExternalId
    title: Annotated[str, Meta(min_length=1, max_length=200)]
    quantity: Quantity
    paid_fen: Fen
    refunded_fen: Fen = 0

    @property
    def facts(self) -> LineFacts:
        return LineFacts(self.line, self.product, self.title, self.quantity, self.paid_fen, self.refunded_fen)


class OrderBody(Struct, forbid_unknown_fields=True):
    """The whole order; `vip` is the buyer's external id. What is older than the order held changes nothing."""

    updated_at: Instant
    placed_at: Instant
    status: Status
    vip: ExternalId
    address: AddressBody
    items: Annotated[list[ItemBody], Meta(min_length=1, max_length=MOST_ITEMS)]
    paid_fen: Fen
    currency: Literal["CNY"]
    delivered_at: Instant | None = None
    share_code: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    ship_by: Instant | None = None

    def faults(self) -> Iterator[Fault]:
        yield from odd_instants(
            updated_at=self.updated_at,
            placed_at=self.placed_at,
            delivered_at=self.delivered_at,
            ship_by=self.ship_by,
        )

    def facts(self, number: str) -> OrderFacts:
        return OrderFacts(
            number=number,
            updated_at=self.updated_at,
            placed_at=self.placed_at,
            status=self.status,
            vip=self.vip,
            address=self.address.facts,
            lines=tuple(item.facts for item in self.items),
            paid_fen=self.paid_fen,
            delivered_at=self.delivered_at,
            ship_by=self.ship_by,
            share_code=self.share_code,
        )


class NumberedOrder(OrderBody, forbid_unknown_fields=True, kw_only=True):
    """An order in a list or a webhook, with its number."""

    number: ExternalId

    @property
    def numbered(self) -> OrderFacts:
        return self.facts(self.number)


class BatchBody(Struct, forbid_unknown_fields=True):
    """Up to 500 orders, each as in `PUT /orders/{number}` with its `number` beside; each is judged for itself."""

    orders: Annotated[
        list[dict[str, Any]],
        Meta(min_length=1, max_length=MOST_ROWS, description="Each: the body of PUT, and its `number`."),
    ]


class TraceBody(Struct, forbid_unknown_fields=True):
    """One thing that a carrier noted."""

    at: Instant
    state: ParcelState
    text: Annotated[str, Meta(min_length=1, max_length=500)]
    place: Annotated[str, Meta(max_length=120)] | None = None

    def faults(self) -> Iterator[Fault]:
        yield from odd_instants(at=self.at)

    @property
    def facts(self) -> TraceFacts:
        return TraceFacts(self.at, self.state, self.text, self.place or None)


class ParcelBody(Struct, forbid_unknown_fields=True):
    """A parcel of an order; `carrier` is its external id, `lines` are the order's line ids in it."""

    carrier: ExternalId
    tracking_number: Annotated[str, Meta(min_length=1, max_length=80, pattern=r"^[^\s\x00-\x1f\x7f]+$")]
    shipped_at: Instant
    lines: Annotated[list[LineId], Meta(min_length=1, max_length=MOST_ITEMS)]
    traces: Annotated[list[TraceBody], Meta(max_length=MOST_TRACES)] = []

    def faults(self) -> Iterator[Fault]:
        yield from odd_instants(shipped_at=self.shipped_at)

    @property
    def facts(self) -> ParcelFacts:
        traces = tuple(trace.facts for trace in self.traces)
        return ParcelFacts(self.carrier, self.tracking_number, self.shipped_at, tuple(self.lines), traces)


class ParcelOfOrder(ParcelBody, forbid_unknown_fields=True, kw_only=True):
    """A parcel in a webhook, with its order's number (as `order`, or as `number`)."""

    order: ExternalId | None = None
    number: ExternalId | None = None

    def faults(self) -> Iterator[Fault]:
        yield from super().faults()
        if (self.order is None) == (self.number is None):
            yield "order", ("required" if self.order is None else "connect.fault.one_of"), {}

    @property
    def of(self) -> str:
        return self.order or self.number or ""
