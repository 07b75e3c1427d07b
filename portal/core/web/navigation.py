"""Where one can go from here: the tabs and the side, composed by the home room and joined in wiring."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from portal.core.base.database import reading
from portal.core.web.state import state
from portal.core.web.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Place:
    """One way in the navigation; `badge` counts what waits for this person there, `group` is the heading above it."""

    href: str
    icon: str
    text: str
    current: bool = False
    badge: int = 0
    locked: bool = False
    group: str = ""


Facts = dict[str, object]
NavFacts = Callable[[Viewer], Awaitable[Facts]]
Places = Callable[[Viewer, str, Facts], list[Place]]


class Navigation:
    """What wiring joins: the facts that a navigation shows (loaded once a page) and the places for each layout."""

    facts: NavFacts | None = None
    tabs: Places | None = None
    side: Places | None = None


async def load_nav() -> None:
    """Load what the navigation of this page shows; needs no door, joins one if it is open."""
    page = state()
    if page.viewer is not None and Navigation.facts is not None and not page.nav:
        async with reading():
            page.nav = await Navigation.facts(page.viewer)


def tabs() -> list[Place]:
    page = state()
    if page.viewer is None or Navigation.tabs is None:
        return []
    return Navigation.tabs(page.viewer, page.path, page.nav)


def side() -> list[Place]:
    page = state()
    if page.viewer is None or Navigation.side is None:
        return []
    return Navigation.side(page.viewer, page.path, page.nav)
