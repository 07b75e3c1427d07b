"""Where rooms above join: what follows from a buyer's answer, and how her matter stands."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from portal.core.base.audit import Actor
from portal.service.mandates.queries import MandateInfo
from portal.service.mandates.rules import Matter

Follower = Callable[[MandateInfo, Actor, datetime], Awaitable[None]]

# Called in the transaction in which a mandate is confirmed. Each looks at `subject` and leaves others' alone.
ON_CONFIRMED: list[Follower] = []

# Called in the transaction in which one no longer stands and was not used: `info.state(at)` is declined, revoked,
# withdrawn or expired. What waits for it must stop.
ON_REVOKED: list[Follower] = []


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a matter as the buyer reads it: its words, when it happened (None: still to come)."""

    text: str
    at: datetime | None


# How the matter of a mandate stands, by its kind; called outside a door, in the language of the reader.
Progress = Callable[[MandateInfo, datetime], Awaitable[list[Step]]]
PROGRESS: dict[Matter, Progress] = {}
