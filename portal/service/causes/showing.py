"""What the pages of a cause have in common: who sees it, which ways she has, the loop in words."""

from datetime import datetime
from urllib.parse import quote

from portal.core.base.database import reading
from portal.core.base.refusals import NotFound
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.stores import queries as stores
from portal.core.web.viewer import Viewer
from portal.service.causes.loops import Loop, LoopStep, Ways, owners_steps, steps_of
from portal.service.complaints import queries as complaints
from portal.service.complaints.queries import ComplaintInfo


async def complaint_named(ref: str) -> ComplaintInfo:
    """Raises NotFound."""
    async with reading():
        info = await complaints.by_ref(ref[:40])
    if info is None:
        raise NotFound
    return info


def on_desk(viewer: Viewer, info: ComplaintInfo) -> bool:
    """Whether she sees the desk's side; never of her own buyer's complaint."""
    return viewer.may(Capability.SEE_COMPLAINTS) and viewer.person_id != info.owner_id


async def visible(ref: str) -> tuple[Viewer, ComplaintInfo]:
    """The viewer and a complaint whose loop she may see: the desk, its owner, her manager. Raises NotFound."""
    viewer, info = signed_in(), await complaint_named(ref)
    if viewer.person_id == info.owner_id or viewer.may(Capability.SEE_COMPLAINTS):
        return viewer, info
    if viewer.may(Capability.SEE_TEAM):
        async with reading():
            if await stores.manages(viewer.person_id, store_id=info.store_id):
                return viewer, info
    raise NotFound


async def ways_of(viewer: Viewer, loop: Loop) -> Ways:
    """Where she can see each link. Inside a door."""
    info = loop.info
    if not on_desk(viewer, info):
        hers = viewer.person_id == info.owner_id
        return Ways(info.way, None, None, "/right" if hers else None, "/learn" if hers else None)
    right = None
    if viewer.may(Capability.SEE_ALL) and loop.gate is not None:
        store = await stores.store(info.store_id)
        right = f"/admin/rights/{quote(store.external_id, safe='')}" if store else None
    named = loop.finding.supplier if loop.finding else None
    return Ways(
        complaint=f"/desk/complaints/{info.ref}",
        cause=f"/desk/complaints/{info.ref}/cause",
        proposals="/admin/proposals" if viewer.may(Capability.DECIDE_VIOLATION) else None,
        right=right,
        assignments=_assignments(viewer, loop),
        party=f"/admin/parties/{quote(named, safe='')}" if named else None,
    )


def _assignments(viewer: Viewer, loop: Loop) -> str | None:
    if loop.finding is not None and loop.finding.person_id == viewer.person_id:
        return "/learn"
    return "/manage/assignments/" if viewer.may(Capability.ASSIGN_ALL) else None


async def steps_for(viewer: Viewer, loop: Loop) -> list[LoopStep]:
    """The loop as this viewer sees it. Inside a door."""
    ways = await ways_of(viewer, loop)
    return steps_of(loop, ways) if on_desk(viewer, loop.info) else owners_steps(loop, ways)


def layout(viewer: Viewer) -> str:
    return "layout/phone.html" if viewer.may(Capability.SERVE_VIPS) else "layout/wide.html"


def overdue(due_at: datetime | None, at: datetime) -> bool:
    return due_at is not None and due_at <= at
