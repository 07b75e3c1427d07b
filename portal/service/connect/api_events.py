"""The feed: what happened, in one order that never changes, for programs that rather ask than listen."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Controller, get
from litestar.params import QueryParameter

from portal.core.base import events
from portal.core.base.database import reading
from portal.core.base.events import Placed
from portal.core.people.rules import Scope
from portal.core.web.openapi import PROBLEM_RESPONSES, ProgramOperation
from portal.service.connect.answers import HANDLERS

MOST = 200
USUAL = 50
LARGEST_POSITION = 2**53 - 1
After = Annotated[
    int, QueryParameter(ge=0, le=LARGEST_POSITION, description="The last position you have; 0 from the beginning.")
]
Limit = Annotated[int, QueryParameter(ge=1, le=MOST, description="How many events at most.")]


class EventAnswer(msgspec.Struct):
    """One event; `data` is what its webhook says, or null where there is nothing left to tell of."""

    id: str
    position: int
    type: str
    at: datetime
    subject: str
    data: dict[str, Any] | None


class FeedAnswer(msgspec.Struct):
    """Events after a position, without gaps; ask on with `after` = `next`. No event: nothing new yet."""

    events: list[EventAnswer]
    next: int


class EventsApi(Controller):
    """`GET /api/v1/events`."""

    path = "/api/v1/events"
    tags = ["events"]  # noqa: RUF012 - Litestar's own form
    exception_handlers = HANDLERS

    @get(
        opt={"scope": Scope.EVENTS_READ},
        include_in_schema=True,
        operation_class=ProgramOperation,
        responses=PROBLEM_RESPONSES,
    )
    async def get_events(self, after: After = 0, limit: Limit = USUAL) -> FeedAnswer:
        """What happened after a position, the earliest first. Positions have no gaps. Scope `events:read`."""
        async with reading():
            placed = await events.after(after, limit)
            told = [await _told(event) for event in placed]
        return FeedAnswer(told, placed[-1].position if placed else after)


async def _told(event: Placed) -> EventAnswer:
    told = await events.told(event)
    at, data = (told.at, dict(told.data)) if told else (event.at, None)
    return EventAnswer(event.ref, event.position, event.type, at, event.subject, data)


ROUTES: list[Any] = [EventsApi]
