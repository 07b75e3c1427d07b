"""What stands on an order: its flag, the day when it comes back, and what it needs. Call inside a door."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.service.orders.queries import NeedInfo
from portal.service.orders.rules import Colour
from portal.service.orders.tables import OrderFlag


@dataclass(frozen=True, slots=True)
class FlagInfo:
    """A flag that was set on an order; `ended_at` None: the current one."""

    colour: Colour
    note: str | None
    by_name: str
    at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class FollowUpInfo:
    """An open follow-up; `raised`: its day has come."""

    id: int
    due_at: datetime
    raised: bool


@dataclass(frozen=True, slots=True)
class Marks:
    """The current flag, the open follow-up, and the open needs, the oldest first."""

    flag: FlagInfo | None
    follow_up: FollowUpInfo | None
    needs: list[NeedInfo]


# At most one flag and one follow-up are open, so a row is a need, or the one row of an order without any.
_MARKS = (
    "SELECT f.colour, f.note, p.name AS by_name, f.at, f.ended_at, u.id AS follow_up_id, u.due_at, u.raised_at,"
    " n.order_of AS order_id, n.code, n.subject, n.way, n.since FROM orders o"
    " LEFT JOIN order_flags f ON f.order_of = o.id AND f.ended_at IS NULL"
    " LEFT JOIN persons p ON p.id = f.by_person"
    " LEFT JOIN follow_ups u ON u.order_of = o.id AND u.ended_at IS NULL"
    " LEFT JOIN order_needs n ON n.order_of = o.id AND n.ended_at IS NULL"
    " WHERE o.id = {} ORDER BY n.id"
)
_FLAG = ("colour", "note", "by_name", "at", "ended_at")
_NEED = ("order_id", "code", "subject", "way", "since")


def _flag(row: dict[str, Any]) -> FlagInfo:
    return FlagInfo(Colour(row["colour"]), **{name: row[name] for name in _FLAG if name != "colour"})


async def marks_of(order_id: int) -> Marks:
    """What stands on an order now, in one query."""
    rows = await OrderFlag.raw(_MARKS, order_id)
    first = rows[0]
    follow_up = first["follow_up_id"]
    return Marks(
        flag=_flag(first) if first["colour"] else None,
        follow_up=FollowUpInfo(follow_up, first["due_at"], first["raised_at"] is not None) if follow_up else None,
        needs=[NeedInfo(**{name: row[name] for name in _NEED}) for row in rows if row["code"]],
    )


async def flags(order_id: int, limit: int = 20) -> list[FlagInfo]:
    """The flags that were set, the latest first."""
    rows = await OrderFlag.raw(
        "SELECT f.colour, f.note, p.name AS by_name, f.at, f.ended_at FROM order_flags f"
        " JOIN persons p ON p.id = f.by_person WHERE f.order_of = {} ORDER BY f.id DESC LIMIT {}",
        order_id,
        limit,
    )
    return [_flag(row) for row in rows]
