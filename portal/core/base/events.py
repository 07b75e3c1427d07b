"""Events: what other programs hear of. Written in the transaction of what happened, rendered when they are told.

A room emits a type, a subject and references; what is told of it is rendered at sending (webhook) and at reading
(feed) by the renderer that `portal/wiring.py` joins for the type. Events get their place in the feed after their
commit, by one sequencer: whoever has read up to a position has missed nothing before it.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.base import outbox
from portal.core.base.database import in_turn, reading, writing
from portal.core.base.ids import new_ref
from portal.core.base.tables import Event

TOPIC = "event"
Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """An event in the words of the contract: when it happened, and its data."""

    at: datetime
    data: dict[str, object]


# A renderer takes the event's payload and its subject; None where there is nothing left to tell of. It opens its door.
Renderer = Callable[[Payload, str], Awaitable[Told | None]]
RENDERERS: dict[str, Renderer] = {}


async def emit(event_type: str, subject: str, payload: Payload, at: datetime) -> str:
    """Tell of something in the caller's transaction; returns the event's ref. References only, no personal values.

    Events of one subject reach each receiver in the order in which they were emitted.
    """
    ref = new_ref()
    text = json.dumps(dict(payload), sort_keys=True, default=str)
    await Event.insert(Event(ref=ref, type=event_type, subject=subject, at=at, payload=text))
    told = {**payload, "type": event_type, "event_ref": ref}
    await outbox.send(TOPIC, subject, told, at, lane=subject)
    return ref


@dataclass(frozen=True, slots=True)
class Placed:
    """An event with its place in the feed; positions count from 1 without gaps."""

    position: int
    ref: str
    type: str
    subject: str
    at: datetime
    payload: Payload


_BATCH = 500
_PLACE = (
    "UPDATE events SET position = {} + n.nth FROM (SELECT id, row_number() OVER (ORDER BY id) AS nth FROM events"
    " WHERE position IS NULL ORDER BY id LIMIT {}) n WHERE n.id = events.id RETURNING events.id"
)


async def sequence() -> int:
    """Give places to the committed events that have none; returns how many. Two at once come one after the other."""
    placed = 0
    while await _any_unplaced():
        async with writing():
            await in_turn("event positions")
            rows = await Event.raw(
                "SELECT position FROM events WHERE position IS NOT NULL ORDER BY position DESC LIMIT 1"
            )
            placed += len(await Event.raw(_PLACE, int(rows[0]["position"]) if rows else 0, _BATCH))
    return placed


async def _any_unplaced() -> bool:
    async with reading():
        return bool(await Event.raw("SELECT id FROM events WHERE position IS NULL LIMIT 1"))


async def after(position: int, limit: int) -> list[Placed]:
    """The events after a position, the earliest first. Call inside a door."""
    rows = await Event.raw(
        "SELECT position, ref, type, subject, at, payload FROM events WHERE position > {} ORDER BY position LIMIT {}",
        position,
        limit,
    )
    return [Placed(**{**row, "payload": json.loads(row["payload"])}) for row in rows]


async def told(event: Placed) -> Told | None:
    """What is told of an event now; None where nothing is left to tell of, or nobody knows how any more."""
    render = RENDERERS.get(event.type)
    if render is None:
        return None
    return await render({**event.payload, "type": event.type, "event_ref": event.ref}, event.subject)
