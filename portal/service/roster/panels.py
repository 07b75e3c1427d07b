"""What other pages show an agent of her certificate: whether she may take complaints, and until when."""

from datetime import datetime

from portal.core.people.policy import Capability
from portal.core.web.templates import render
from portal.core.web.viewer import Viewer
from portal.service.roster.queries import may_take


async def licence_note(viewer: Viewer, at: datetime) -> str:
    """For the desk's people, in words; nothing for others. Call inside a door."""
    if not viewer.may(Capability.WORK_DESK):
        return ""
    return render("service/roster/_licence.html", {"licence": await may_take(viewer.person_id, at)})
