"""What is recorded at the site, each part by itself: a part that has arrived is kept whatever the network does next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from piccolo.columns import Column

from portal.core.base import audit, files
from portal.core.base.clock import day_start, local
from portal.core.base.database import hold, writing
from portal.core.base.refusals import NotFound, Refused
from portal.core.web.viewer import Viewer
from portal.service.suppliers import checklists, visits
from portal.service.suppliers.files import Kept
from portal.service.suppliers.rules import MOST_ACTIONS, MOST_PHOTOS, Mark, VisitState
from portal.service.suppliers.tables import SiteVisit, VisitAction, VisitMark, VisitPhoto
from portal.service.suppliers.visiting import move, of_hers, required
from portal.service.suppliers.visits import VisitInfo

MILLION = 1_000_000


async def _there(viewer: Viewer, ref: str, at: datetime) -> VisitInfo:
    """The visit, held, while it is being recorded by one of those who go.

    Raises NotFound; Refused: `visit_of_others` (403), `visit_moved_on`, `site_visit_not_yet`.
    """
    visit = of_hers(viewer, required(await visits.by_ref(ref)))
    if at < day_start(local(visit.planned_at).date()):
        raise Refused("site_visit_not_yet", way=visit.way)
    await hold("site_visits", visit.id)
    await move(visit, VisitState.PLANNED, begun_at=visit.begun_at or at)
    return visit


@dataclass(frozen=True, slots=True)
class Place:
    """Where the visitors stand, as the phone says with their consent, or in words; `accuracy` in metres."""

    latitude: float | None = None
    longitude: float | None = None
    accuracy: int | None = None
    words: str | None = None


async def save_place(viewer: Viewer, ref: str, place: Place, at: datetime) -> None:
    """Raises Refused: `visit_place` (422) for neither a position nor words."""
    fixed = place.latitude is not None and place.longitude is not None
    if not fixed and not place.words:
        raise Refused("visit_place", field="place", status=422)
    async with writing():
        visit = await _there(viewer, ref, at)
        told: dict[Column | str, Any] = {
            SiteVisit.latitude: round(place.latitude * MILLION) if place.latitude is not None and fixed else None,
            SiteVisit.longitude: round(place.longitude * MILLION) if place.longitude is not None and fixed else None,
            SiteVisit.accuracy: min(place.accuracy, MILLION) if fixed and place.accuracy is not None else None,
            SiteVisit.place: place.words,
            SiteVisit.placed_at: at,
        }
        await SiteVisit.update(told).where(SiteVisit.id == visit.id)
        await audit.record(viewer.actor, "site_visit.place", ("site_visit", visit.id), at, {"fixed": fixed})


async def save_marks(viewer: Viewer, ref: str, given: Mapping[str, tuple[Mark, str | None]], at: datetime) -> int:
    """Keep the marks that are given so far; what is not named stays. Returns how many points have one."""
    async with writing():
        visit = await _there(viewer, ref, at)
        known = {point.key for point in (await checklists.version(visit.kind, visit.checklist)).points}
        for point in sorted(known & set(given)):
            mark, remark = given[point]
            await VisitMark.raw(
                "INSERT INTO site_visit_marks (visit, point, mark, remark, by_person, at)"
                " VALUES ({}, {}, {}, {}, {}, {})"
                " ON CONFLICT (visit, point) DO UPDATE SET mark = excluded.mark, remark = excluded.remark,"
                " by_person = excluded.by_person, at = excluded.at WHERE site_visit_marks.mark <> excluded.mark"
                " OR coalesce(site_visit_marks.remark, '') <> coalesce(excluded.remark, '')",
                visit.id,
                point,
                str(mark),
                remark,
                viewer.person_id,
                at,
            )
        return len(await visits.marks_of(visit.id))


async def add_photos(viewer: Viewer, ref: str, photos: Sequence[Kept], at: datetime) -> int:
    """Record photos; one that is there already changes nothing. Returns how many there are.

    Raises Refused: `visit_photos_many` (422).
    """
    async with writing():
        visit = await _there(viewer, ref, at)
        had = {one.file.sha256 for one in await visits.photos_of(visit.id)}
        fresh = [one for one in dict.fromkeys(photos) if one.sha256 not in had]
        if len(had) + len(fresh) > MOST_PHOTOS:
            raise Refused("visit_photos_many", {"most": MOST_PHOTOS}, field="photos", status=422)
        for number, one in enumerate(fresh, len(had) + 1):
            stored = await files.register(one.sha256, one.size, one.media_type, f"site-{number}.webp", at)
            row = VisitPhoto(visit=visit.id, file=stored.id, sha256=one.sha256, by_person=viewer.person_id, at=at)
            await VisitPhoto.insert(row)
        return len(had) + len(fresh)


async def drop_photo(viewer: Viewer, ref: str, photo_id: int, at: datetime) -> None:
    """Take a photo out while the visit is being recorded. Raises NotFound."""
    async with writing():
        visit = await _there(viewer, ref, at)
        gone = (
            await VisitPhoto.delete()
            .where(VisitPhoto.id == photo_id, VisitPhoto.visit == visit.id)
            .returning(VisitPhoto.id)
        )
        if not gone:
            raise NotFound


async def sign(viewer: Viewer, ref: str, name: str, drawn: Kept | None, at: datetime) -> None:
    """The supplier's person has signed, on the screen or by a typed name alone."""
    async with writing():
        visit = await _there(viewer, ref, at)
        stored = None
        if drawn is not None:
            stored = await files.register(drawn.sha256, drawn.size, drawn.media_type, "signature.webp", at)
        told: dict[Column | str, Any] = {
            SiteVisit.signed_name: name,
            SiteVisit.signature: stored.id if stored else None,
            SiteVisit.signed_at: at,
        }
        await SiteVisit.update(told).where(SiteVisit.id == visit.id)
        await audit.record(
            viewer.actor, "site_visit.signed", ("site_visit", visit.id), at, {"drawn": drawn is not None}
        )


async def add_action(viewer: Viewer, ref: str, what: str, due_at: datetime, at: datetime) -> None:
    """Agree with the supplier on something to mend. Raises Refused(422): `visit_action_past`, `visit_actions_many`."""
    if due_at <= at:
        raise Refused("visit_action_past", field="due_on", status=422)
    async with writing():
        visit = await _there(viewer, ref, at)
        if len(await visits.actions_of(visit.id)) >= MOST_ACTIONS:
            raise Refused("visit_actions_many", {"most": MOST_ACTIONS}, field="what", status=422)
        row = VisitAction(visit=visit.id, what=what, due_at=due_at, made_by=viewer.person_id, made_at=at)
        await VisitAction.insert(row)


async def drop_action(viewer: Viewer, ref: str, action_id: int, at: datetime) -> None:
    """Take it out again while the visit is being recorded. Raises NotFound."""
    async with writing():
        visit = await _there(viewer, ref, at)
        gone = (
            await VisitAction.delete()
            .where(VisitAction.id == action_id, VisitAction.visit == visit.id)
            .returning(VisitAction.id)
        )
        if not gone:
            raise NotFound
