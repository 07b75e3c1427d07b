"""What the records say of a complaint before anybody has looked. Call inside a door."""

from datetime import datetime, timedelta

from portal.service.causes.rules import Known
from portal.service.complaints.queries import ComplaintInfo
from portal.service.inquiries import queries as inquiries
from portal.service.inquiries.rules import Answered
from portal.service.orders import queries as orders
from portal.service.orders.rules import ParcelState

SLOW_AFTER = timedelta(days=7)


async def known_of(info: ComplaintInfo) -> Known:
    """Everything as it stood when the complaint came in, as far as its order tells."""
    if info.order_id is None:
        return Known(info.function)
    order = await orders.order(info.order_id)
    parcels = await orders.parcels(info.order_id)
    asked = await inquiries.of_order(info.order_id)
    first = min((parcel.shipped_at for parcel in parcels), default=None)
    return Known(
        function=info.function,
        out_of_stock=any(one.answer is not None and one.answer.said.answer is Answered.OUT_OF_STOCK for one in asked),
        shipped_late=_late(order.ship_by if order else None, first, info.received_at),
        parcel_problem=any(parcel.state is ParcelState.PROBLEM for parcel in parcels)
        or any(one.answer is not None and one.answer.said.answer is Answered.LOST for one in asked),
        parcel_slow=any(
            (parcel.delivered_at or info.received_at) - parcel.shipped_at > SLOW_AFTER for parcel in parcels
        ),
        delivered=order is not None and order.delivered_at is not None,
    )


def _late(ship_by: datetime | None, shipped_at: datetime | None, received_at: datetime) -> bool:
    return ship_by is not None and (shipped_at or received_at) > ship_by
