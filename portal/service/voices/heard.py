"""What an order's page shows of its buyer's voice: her marks, and the state of the talk. Call inside a door."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.service.voices.rules import Marks
from portal.service.voices.tables import Rating


@dataclass(frozen=True, slots=True)
class HeardRating:
    """A line's rating; `unanswered`: a low one that still waits for its answer."""

    title: str
    marks: Marks
    unanswered: bool
    answered: bool


@dataclass(frozen=True, slots=True)
class HeardTalk:
    """A talk; `waits`: its buyer's question has no reply yet."""

    ref: str
    last_at: datetime
    waits: bool


@dataclass(frozen=True, slots=True)
class Heard:
    """What the buyer of an order has said."""

    ratings: tuple[HeardRating, ...]
    talk: HeardTalk | None

    def __bool__(self) -> bool:
        return bool(self.ratings) or self.talk is not None


# An order has one talk at most, so a row is a rating, or the one row of an order without any.
_HEARD = (
    "SELECT t.ref, t.last_at, t.waiting_since, r.goods, r.delivery, r.owner, r.low, r.answered_at, l.title"
    " FROM orders o LEFT JOIN threads t ON t.order_of = o.id LEFT JOIN ratings r ON r.order_of = o.id"
    " LEFT JOIN order_lines l ON l.id = r.order_line WHERE o.id = {} ORDER BY l.id"
)


def _rating(row: dict[str, Any]) -> HeardRating:
    answered = row["answered_at"] is not None
    marks = Marks(row["goods"], row["delivery"], row["owner"])
    return HeardRating(row["title"], marks, bool(row["low"]) and not answered, answered)


async def heard(order_id: int) -> Heard:
    """What the buyer of an order has said, in one query."""
    rows = await Rating.raw(_HEARD, order_id)
    first = rows[0]
    talk = HeardTalk(first["ref"], first["last_at"], first["waiting_since"] is not None) if first["ref"] else None
    return Heard(tuple(_rating(row) for row in rows if row["goods"] is not None), talk)
