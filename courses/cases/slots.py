"""Where rooms above join: what is known of the complaint behind a case, and how a draft about it begins."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from courses.cases.rules import Kind, Known, Telling, Topic
from portal.core.web.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Begun:
    """How a case about a complaint begins: told without names as far as words can be found."""

    kind: Kind
    topic: Topic
    goods: str | None
    language: str
    telling: Telling


# Given a case's `source`: whom and what it names. Called inside a door.
KNOWN: list[Callable[[str], Awaitable[Known | None]]] = []
# Given who writes and the source; raises NotFound, Refused. Called inside a door.
BEGUN: list[Callable[[Viewer, str], Awaitable[Begun]]] = []


async def known_of(source: str | None) -> Known | None:
    """What the words of a case are held against. Call inside a door."""
    for known in KNOWN if source else ():
        found = await known(source or "")
        if found is not None:
            return found
    return None
