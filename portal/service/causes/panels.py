"""What other pages show of causes: the desk's page, the owner's page, her list of courses."""

from datetime import datetime

from portal.core.base.database import reading
from portal.core.web.templates import render
from portal.core.web.viewer import Viewer
from portal.service.causes import inspections, loops, queries
from portal.service.causes.actions import may_find
from portal.service.causes.rules import missing
from portal.service.causes.showing import on_desk, steps_for
from portal.service.complaints.queries import ComplaintInfo


async def desk_panel(viewer: Viewer, info: ComplaintInfo, at: datetime) -> str:
    """The cause as far as it is known, on the agent's page. Call it outside a door."""
    if not on_desk(viewer, info):
        return ""
    async with reading():
        root = queries.root_of(info)
        finding, actions = await queries.finding_of(root), await queries.actions_of(root)
        held = await inspections.of_complaint(info.id)
    paid, states = info.outcome == "compensated", [action.state for action in actions]
    context: dict[str, object] = {
        "info": info,
        "finding": finding,
        "actions": actions,
        "unmet": missing(found=finding is not None, compensated=paid, states=states),
        "held": held,
        "may": may_find(viewer, info),
        "now": at,
    }
    return render("service/causes/_cause.html", context)


async def owner_panel(viewer: Viewer, info: ComplaintInfo, at: datetime) -> str:
    """Her side of the loop, once there is something of it. Call it outside a door."""
    async with reading():
        loop = await loops.loop_of(info, at)
        steps = await steps_for(viewer, loop)
        mine = [action for action in loop.actions if action.responsible == viewer.person_id]
    if len(steps) < 2 or (loop.finding is None and not mine):
        return ""
    context: dict[str, object] = {"info": info, "steps": steps, "mine": mine, "now": at}
    return render("service/causes/_cause_owner.html", context)


async def learn_note(viewer: Viewer, at: datetime) -> str:
    """Why a course is before her that a complaint brought; nothing where there is none. Call inside a door."""
    found = await loops.because_of(viewer.person_id)
    return render("service/causes/_because.html", {"found": found}) if found else ""
