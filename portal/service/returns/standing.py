"""An order as the rules of return want it: its stage, its delivery, and what returns hold of each line."""

from portal.service.orders.queries import OrderInfo, ParcelInfo
from portal.service.orders.rules import ParcelState
from portal.service.returns.offers import LineState, OrderState
from portal.service.returns.queries import states_in
from portal.service.returns.rules import GoodsClass, Kind, stage_of
from portal.service.returns.states import DONE, OPEN, State
from portal.service.returns.tables import Return

_RUNS, _WENT_BACK = f"r.state IN ({states_in(OPEN)})", f"r.state IN ({states_in(DONE)})"
_TAKEN = f"{_WENT_BACK} AND r.kind IN ('{Kind.RETURN}', '{Kind.CANCEL}')"
_PAID_BACK = f"r.state = '{State.REFUNDED}'"


def _sum(column: str, condition: str, name: str) -> str:
    return f" sum(CASE WHEN {condition} THEN x.{column} ELSE 0 END) AS {name}"


_SUMS = ",".join(
    (
        _sum("quantity", _RUNS, "open_quantity"),
        _sum("amount_fen", _RUNS, "open_fen"),
        _sum("quantity", _TAKEN, "back"),
        _sum("amount_fen", _PAID_BACK, "settled_fen"),
    )
)
_HELD_NAMES = ("open_quantity", "open_fen", "back", "settled_fen")
# One row a line of the order: the return rules of its category, and what returns hold of it, if any.
_HELD = (
    f"SELECT l.id AS line_id, c.kind, {', '.join(f'h.{name}' for name in _HELD_NAMES)}"  # noqa: S608 - our own names
    " FROM order_lines l JOIN products p ON p.id = l.product LEFT JOIN return_classes c ON c.category = p.category"
    f" LEFT JOIN (SELECT x.order_line,{_SUMS} FROM return_lines x JOIN returns r ON r.id = x.return_of"
    " WHERE r.order_of = {} GROUP BY x.order_line) h ON h.order_line = l.id WHERE l.order_of = {}"
)


async def order_state(order: OrderInfo, parcels: list[ParcelInfo]) -> OrderState:
    """An order, its parcels and the returns that run on it, as the rules want them."""
    held = {row["line_id"]: row for row in await Return.raw(_HELD, order.id, order.id)}
    delivered = [parcel.delivered_at for parcel in parcels if parcel.state is ParcelState.DELIVERED]
    arrived = order.delivered_at or max((at for at in delivered if at is not None), default=None)
    all_there = bool(parcels) and len(delivered) == len(parcels)
    packed = bool(parcels)
    return OrderState(
        stage=stage_of(order.status, packed=packed, delivered=all_there),
        delivered_at=arrived,
        lines=tuple(
            LineState(
                id=line.id,
                title=line.title,
                goods=GoodsClass(held[line.id]["kind"] or GoodsClass.ORDINARY),
                quantity=line.quantity,
                paid_fen=line.paid_fen,
                refunded_fen=line.refunded_fen,
                **{name: int(held[line.id][name] or 0) for name in _HELD_NAMES},
            )
            for line in order.present
        ),
    )
