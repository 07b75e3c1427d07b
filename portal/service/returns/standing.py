"""An order as the rules of return want it: its stage, its delivery, and what returns hold of each line."""

from collections.abc import Collection

from portal.service.orders.queries import OrderInfo, ParcelInfo
from portal.service.orders.rules import ParcelState
from portal.service.returns.offers import LineState, OrderState
from portal.service.returns.queries import states_in
from portal.service.returns.rules import GoodsClass, Kind, stage_of
from portal.service.returns.states import DONE, OPEN, State
from portal.service.returns.tables import Return, ReturnClass

_CLASSES = "SELECT category, kind FROM return_classes"
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
_FROM = " FROM return_lines x JOIN returns r ON r.id = x.return_of WHERE r.order_of = {} GROUP BY x.order_line"
_HELD = f"SELECT x.order_line AS line_id,{_SUMS}" + _FROM
_HELD_NAMES = ("open_quantity", "open_fen", "back", "settled_fen")


async def goods_classes(categories: Collection[str]) -> dict[str, GoodsClass]:
    """The return rules of these categories, where they are not those of ordinary goods."""
    if not categories:
        return {}
    places = ", ".join(["{}"] * len(categories))
    rows = await ReturnClass.raw(f"{_CLASSES} WHERE category IN ({places})", *sorted(categories))
    return {row["category"]: GoodsClass(row["kind"]) for row in rows}


async def order_state(order: OrderInfo, parcels: list[ParcelInfo]) -> OrderState:
    """An order, its parcels and the returns that run on it, as the rules want them."""
    held = {row["line_id"]: row for row in await Return.raw(_HELD, order.id)}
    classes = await goods_classes({line.category for line in order.present})
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
                goods=classes.get(line.category, GoodsClass.ORDINARY),
                quantity=line.quantity,
                paid_fen=line.paid_fen,
                refunded_fen=line.refunded_fen,
                **{name: int(held[line.id][name]) if line.id in held else 0 for name in _HELD_NAMES},
            )
            for line in order.present
        ),
    )
