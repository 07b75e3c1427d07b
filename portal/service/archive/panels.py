"""Beside the open complaint: three that were like it. They are fetched when the page is there."""

from datetime import datetime

from portal.core.people.policy import Capability
from portal.core.web.templates import render
from portal.core.web.viewer import Viewer
from portal.service.complaints.queries import ComplaintInfo


async def side_panel(viewer: Viewer, info: ComplaintInfo, at: datetime) -> str:
    """The place for them; without script a way to them."""
    if not viewer.may(Capability.SEE_COMPLAINTS):
        return ""
    return render("service/archive/_beside.html", {"info": info})
