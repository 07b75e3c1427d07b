"""Orders as figures, for whoever compares them with the shop's own. Call inside a door."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.core.base.database import placeholders
from portal.service.orders.rules import Status
from portal.service.orders.tables import Order

_CHUNK = 500
_FIGURES = (
    "SELECT o.number, o.status, o.paid_fen, o.placed_at, (SELECT COALESCE(SUM(l.refunded_fen), 0) FROM order_lines l"
    " WHERE l.order_of = o.id AND l.removed_at IS NULL) AS refunded_fen FROM orders o"
)


@dataclass(frozen=True, slots=True)
class OrderFigures:
    """What an order comes to; money in fen."""

    number: str
    status: Status
    paid_fen: int
    refunded_fen: int
    placed_at: datetime


def _figures(row: dict[str, object]) -> OrderFigures:
    return OrderFigures(
        str(row["number"]),
        Status(str(row["status"])),
        int(row["paid_fen"]),  # type: ignore[call-overload]
        int(row["refunded_fen"]),  # type: ignore[call-overload]
        row["placed_at"],  # type: ignore[arg-type]
    )


async def placed_between(since: datetime, until: datetime, limit: int) -> list[OrderFigures]:
    """The orders placed from `since` up to, not including, `until`; at most `limit`."""
    rows = await Order.raw(
        f"{_FIGURES} WHERE o.placed_at >= {{}} AND o.placed_at < {{}} ORDER BY o.placed_at, o.number LIMIT {{}}",
        since,
        until,
        limit,
    )
    return [_figures(row) for row in rows]


async def numbered(numbers: Sequence[str]) -> list[OrderFigures]:
    """The orders of these numbers."""
    found = []
    for start in range(0, len(numbers), _CHUNK):
        part = numbers[start : start + _CHUNK]
        marks = placeholders(part)
        found += [_figures(row) for row in await Order.raw(f"{_FIGURES} WHERE o.number IN ({marks})", *part)]
    return found
