"""Makers for the desk's roster: people of the desk, shifts and leave around an instant."""

from datetime import datetime, timedelta

from portal.core.base.audit import SYSTEM
from portal.service.roster import actions, presence
from portal.service.roster.rules import Span
from tests import make

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def agent(name: str, at: datetime, role: str = "agent") -> int:
    return await make.person(role, name, at)


async def shift(person_id: int, at: datetime, *, since: int = 1, hours: int = 8, deputy: int | None = None) -> int:
    """A shift that began `since` hours before `at`."""
    starts = at - since * HOUR
    return await actions.enter_shift(SYSTEM, person_id, Span(starts, starts + hours * HOUR), deputy, at)


async def leave(person_id: int, deputy: int, at: datetime, days: int = 2) -> int:
    return await actions.enter_absence(SYSTEM, person_id, Span(at - HOUR, at + days * DAY), "leave", deputy, at)


async def at_work(name: str, at: datetime, role: str = "agent", deputy: int | None = None) -> int:
    """Somebody on shift who takes work."""
    person = await agent(name, at, role)
    await shift(person, at, deputy=deputy)
    await presence.take_work(await make.viewer(person), at)
    return person
