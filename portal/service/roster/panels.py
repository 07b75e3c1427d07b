"""What other pages show an agent of her certificate: whether she may take complaints, and until when."""

from datetime import datetime

from portal.core.people.policy import Capability
from portal.core.web.templates import render
from portal.core.web.viewer import Viewer
from portal.service.roster.queries import may_take
from portal.service.roster.rules import Why


async def licence_note(viewer: Viewer, at: datetime) -> str:
    """For the desk's people, in words; nothing for others. Call inside a door."""
    return (await licence_card(viewer, at))[0]


async def licence_card(viewer: Viewer, at: datetime) -> tuple[str, bool]:
    """The same, and whether it asks something of her now. Call inside a door."""
    if not viewer.may(Capability.WORK_DESK):
        return "", False
    licence = await may_take(viewer.person_id, at)
    return render("service/roster/_licence.html", {"licence": licence}), licence.why is not Why.CERTIFIED
