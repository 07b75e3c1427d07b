"""Where rooms above join the desk: panels on its pages, reasons not to end, who is related to whom."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from portal.core.web.viewer import Viewer
from portal.service.complaints.queries import ComplaintInfo

# Panels of the agent's page, in order; HTML, "" for nothing. The viewer is an agent, a desk lead or an admin.
Panel = Callable[[Viewer, ComplaintInfo, datetime], Awaitable[str]]
DESK_PANELS: list[Panel] = []
SIDE_PANELS: list[Panel] = []

# Panels of the owner's page of a complaint.
OWNER_PANELS: list[Panel] = []

# Panels of the buyer's page `/c/{token}`; the token is for the forms in it.
BuyerPanel = Callable[[ComplaintInfo, str, datetime], Awaitable[str]]
BUYER_PANELS: list[BuyerPanel] = []

# What must be done before a complaint is resolved, before it is closed: refusal codes, empty where nothing stands in
# the way. Called inside a door.
Unmet = Callable[[ComplaintInfo, datetime], Awaitable[list[str]]]
UNRESOLVED: list[Unmet] = []
UNCLOSED: list[Unmet] = []

# Called in the transaction in which a complaint came into another state (also reopened, withdrawn).
Follower = Callable[[ComplaintInfo, datetime], Awaitable[None]]
ON_MOVED: list[Follower] = []

# Called in the transaction in which anything was written into a complaint's life.
NOTED: list[Callable[[int, datetime], Awaitable[None]]] = []

# What is proposed to the buyer, or was agreed with her, in a few words; None where there is nothing. Inside a door.
Offered = Callable[[ComplaintInfo], Awaitable[str | None]]
OFFERED: list[Offered] = []


async def offered(info: ComplaintInfo) -> str | None:
    """The first of these words."""
    for words in OFFERED:
        said = await words(info)
        if said is not None:
            return said
    return None


# Kinds of events of rooms above that the desk keeps to itself.
INNER_EVENTS: set[str] = set()
