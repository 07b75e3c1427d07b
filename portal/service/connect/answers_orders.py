"""Orders and parcels as programs read them: the contract's shapes, with what this call did."""

from datetime import datetime

import msgspec

from portal.service.connect.forms_orders import AddressBody, ItemBody
from portal.service.orders import queries as orders
from portal.service.orders.queries import OrderInfo, ParcelInfo


class TraceAnswer(msgspec.Struct):
    """One thing that a carrier noted."""

    at: datetime
    state: str
    text: str
    place: str | None


class ParcelAnswer(msgspec.Struct):
    """A parcel as it is held now, its traces the latest first; `state` is the latest trace's."""

    carrier: str
    tracking_number: str
    shipped_at: datetime
    lines: list[str]
    state: str | None
    delivered_at: datetime | None
    traces: list[TraceAnswer]


class OrderAnswer(msgspec.Struct):
    """The whole order as it is held now; `created` and `changed` only where this call might have changed it."""

    number: str
    updated_at: datetime
    placed_at: datetime
    delivered_at: datetime | None
    status: str
    vip: str
    share_code: str | None
    ship_by: datetime | None
    address: AddressBody
    items: list[ItemBody]
    paid_fen: int
    currency: str
    parcels: list[ParcelAnswer]
    created: bool | msgspec.UnsetType = msgspec.UNSET
    changed: bool | msgspec.UnsetType = msgspec.UNSET


class ParcelTaken(msgspec.Struct):
    """The parcel with its order's number, and whether this call made or changed it."""

    order: str
    parcel: ParcelAnswer
    created: bool
    changed: bool


def parcel_answer(parcel: ParcelInfo) -> ParcelAnswer:
    return ParcelAnswer(
        carrier=parcel.carrier,
        tracking_number=parcel.tracking_number,
        shipped_at=parcel.shipped_at,
        lines=list(parcel.lines),
        state=str(parcel.state) if parcel.state else None,
        delivered_at=parcel.delivered_at,
        traces=[TraceAnswer(trace.at, str(trace.state), trace.text, trace.place) for trace in parcel.traces],
    )


async def order_answer(
    order: OrderInfo,
    created: bool | msgspec.UnsetType = msgspec.UNSET,
    changed: bool | msgspec.UnsetType = msgspec.UNSET,
) -> OrderAnswer:
    """The order with its parcels. Call inside a door."""
    parcels = await orders.parcels(order.id)
    address = order.address
    return OrderAnswer(
        number=order.number,
        updated_at=order.updated_at,
        placed_at=order.placed_at,
        delivered_at=order.delivered_at,
        status=str(order.status),
        vip=order.vip,
        share_code=order.share_code,
        ship_by=order.ship_by,
        address=AddressBody(address.name, address.phone, address.region, address.street),
        items=[
            ItemBody(line.line, line.product, line.title, line.quantity, line.paid_fen, line.refunded_fen)
            for line in order.present
        ],
        paid_fen=order.paid_fen,
        currency="CNY",
        parcels=[parcel_answer(parcel) for parcel in parcels],
        created=created,
        changed=changed,
    )
