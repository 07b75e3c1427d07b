"""What pages of lower rooms show of a store's right, through a slot."""

from datetime import datetime

from certification.rights.actions import explained
from portal.core.web.templates import render
from portal.core.web.viewer import Viewer


async def store_panel(viewer: Viewer, store_id: int, at: datetime) -> str:
    """The right of a store as it stands, for the page of that store. Call it outside a door."""
    standing = await explained(viewer.actor, store_id, at)
    context: dict[str, object] = {"viewer": viewer, "store": standing.store, "decision": standing.decision}
    return render("certification/rights/_panel.html", context)
