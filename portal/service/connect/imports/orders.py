"""Orders from a table: a row is a line of an order, and the rows of one number are one order, whole or not at all."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from portal.core.base.audit import Actor
from portal.core.base.refusals import Refused
from portal.core.people.rules import normal_phone
from portal.core.web.fields import ExternalId, Fen, Instant, Name, Phone
from portal.service.connect.forms_orders import LineId, Quantity
from portal.service.orders.actions import put_order
from portal.service.orders.parcels import put_parcel
from portal.service.orders.rules import Address, LineFacts, OrderFacts, ParcelFacts, Status


class OrderRow(Struct):
    """One line, with what all lines of its order share; a parcel where its three columns are filled. Money in fen."""

    number: ExternalId
    updated_at: Instant
    placed_at: Instant
    status: Status
    vip: ExternalId
    paid_fen: Fen
    name: Name
    phone: Phone
    region: Annotated[str, Meta(min_length=1, max_length=120)]
    street: Annotated[str, Meta(min_length=1, max_length=300)]
    line: LineId
    product: ExternalId
    title: Annotated[str, Meta(min_length=1, max_length=200)]
    quantity: Quantity
    line_paid_fen: Fen
    refunded_fen: Fen = 0
    delivered_at: Instant | None = None
    ship_by: Instant | None = None
    share_code: Annotated[str, Meta(max_length=64)] | None = None
    carrier: ExternalId | None = None
    tracking_number: Annotated[str, Meta(max_length=80)] | None = None
    shipped_at: Instant | None = None

    @property
    def shared(self) -> OrderFacts:
        """The order without its lines: the same on each of its rows."""
        return OrderFacts(
            number=self.number,
            updated_at=self.updated_at,
            placed_at=self.placed_at,
            status=self.status,
            vip=self.vip,
            address=Address(self.name, normal_phone(self.phone) or self.phone, self.region, self.street),
            lines=(),
            paid_fen=self.paid_fen,
            delivered_at=self.delivered_at,
            ship_by=self.ship_by,
            share_code=self.share_code,
        )

    @property
    def fact(self) -> LineFacts:
        return LineFacts(self.line, self.product, self.title, self.quantity, self.line_paid_fen, self.refunded_fen)


async def put_rows(actor: Actor, rows: Sequence[OrderRow], at: datetime) -> bool:
    """Take one order with its parcels; whether it was new here. Raises Refused, `items[n]` counting these rows."""
    shared = rows[0].shared
    for position, row in enumerate(rows):
        if row.shared != shared:
            raise Refused("import_order_differs", {"number": shared.number}, field=f"items[{position}]", status=422)
    facts = replace(shared, lines=tuple(row.fact for row in rows))
    put = await put_order(actor, facts, at)
    for carrier, number in dict.fromkeys((row.carrier, row.tracking_number) for row in rows):
        meant = [row for row in rows if (row.carrier, row.tracking_number) == (carrier, number)]
        shipped_at = meant[0].shipped_at
        if carrier and number and shipped_at:
            lines = tuple(row.line for row in meant)
            await put_parcel(actor, facts.number, ParcelFacts(carrier, number, shipped_at, lines, ()), at)
    return put.created
