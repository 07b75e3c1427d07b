"""`/`: each role's first page. An owner sees the one right step; staff go to where their work waits."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from litestar import Controller, Request, get
from litestar.response import Response
from markupsafe import Markup

from certification.rights import queries as rights
from certification.rights.actions import explained_of
from certification.rights.queries import Standing
from certification.rights.ways import first_step, way_of
from courses.assignment import queries as assigned
from courses.progress import queries as progress
from courses.progress.queries import Checklist
from portal.core.base.clock import local, now
from portal.core.base.database import reading
from portal.core.people.policy import Capability
from portal.core.stores import honours
from portal.core.stores import queries as stores
from portal.core.stores.honours import StarInfo
from portal.core.stores.queries import StoreInfo
from portal.core.web.i18n import language
from portal.core.web.navigation import load_nav, side
from portal.core.web.pages import Answer, page, see_other
from portal.core.web.state import state
from portal.core.web.viewer import Viewer
from portal.service.complaints.desk_pages import desk_home
from portal.service.earnings import queries as earnings
from portal.service.home import queries
from portal.service.home.rules import part_of_day
from portal.service.home.ways import is_staff
from portal.service.orders import listing
from portal.service.orders.listing import Counts
from portal.service.roster.panels import licence_card

AnyRequest = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Today:
    """What an owner's orders ask of her now, what they bring and is not payable yet, in fen, and her published star."""

    orders: Counts
    pending_fen: int
    star: StarInfo | None


@dataclass(frozen=True, slots=True)
class OwnerView:
    """An owner's store, what the gate says of it, what she has to learn now, and what her VIPs' orders ask of her."""

    store: StoreInfo
    standing: Standing
    checklist: Checklist | None
    today: Today | None


class HomePages(Controller):
    """The first page, and help."""

    @get("/")
    async def home(self, request: AnyRequest) -> Answer:
        viewer, at = state().viewer, now()
        assert viewer is not None
        if viewer.is_a("owner"):
            return await _owner_home(request, viewer, at)
        if viewer.may(Capability.SEE_ALL):
            return see_other(request, "/admin")
        if viewer.may(Capability.SEE_TEAM):
            return see_other(request, "/manage")
        return await _staff_home(request, viewer, at)

    @get("/more")
    async def more(self, request: AnyRequest) -> Answer:
        """Every way that this person may go, for a screen that has no side."""
        await load_nav()
        groups = [(group, list(places)) for group, places in groupby(side(), lambda place: place.group) if group]
        return await page(request, "service/home/more.html", groups=groups)

    @get("/help/account", opt={"open": True})
    async def help(self, request: AnyRequest) -> Answer:
        return await page(request, "service/home/help.html")

    @get("/robots.txt", opt={"open": True})
    async def robots(self) -> Response[str]:
        """Nothing here is for search engines: people's pages are theirs, share links are for friends."""
        return Response("User-agent: *\nDisallow: /\n", media_type="text/plain")


async def owner_view(viewer: Viewer, at: datetime) -> OwnerView | None:
    """What an owner's home shows, in one snapshot; None for an owner who never had a store."""
    async with reading():
        store = await stores.store_of_owner(viewer.person_id)
        if store is None:
            return None
        standing = await rights.standing_of(store, at)
        checklist = await _checklist(viewer.person_id)
        today = await _today(store)
    if standing.is_news:
        standing = await explained_of(viewer.actor, store, at)
    return OwnerView(store, standing, checklist, today)


async def _today(store: StoreInfo) -> Today | None:
    """Her VIPs' orders; nothing for an owner who has no VIP."""
    await load_nav()
    if not state().nav.get("serves"):
        return None
    return Today(await listing.counts(store.id), await earnings.pending_fen(store.id), await honours.star_of(store.id))


async def _checklist(person_id: int) -> Checklist | None:
    """The registration to go on with: what is required and due first."""
    found = await progress.open_checklists(person_id, language(), 1)
    return found[0] if found else None


async def _owner_home(request: AnyRequest, viewer: Viewer, at: datetime) -> Answer:
    view = await owner_view(viewer, at)
    greeting = part_of_day(local(at).hour)
    if view is None:
        return await page(request, "service/home/no_store.html", greeting=greeting)
    return await page(
        request,
        "service/home/owner.html",
        store=view.store,
        standing=view.standing,
        decision=view.standing.decision,
        checklist=view.checklist,
        today=view.today,
        first=first_step(view.standing.decision),
        way_of=way_of,
        greeting=greeting,
        staff=is_staff(viewer),
        now=at,
    )


async def _staff_home(request: AnyRequest, viewer: Viewer, at: datetime) -> Answer:
    async with reading():
        given = await assigned.open_assignments(viewer.person_id)
        facts = await queries.nav_facts(viewer)
        note, asks = await licence_card(viewer, at)
    waiting: dict[str, Any] = {name: facts[name] for name in ("approvals", "proposals", "share_reports", "unread")}
    return await page(
        request,
        "service/home/staff.html",
        greeting=part_of_day(local(at).hour),
        note=Markup(note),  # noqa: S704 - a room's own HTML
        asks=asks,
        day=Markup(await desk_home(viewer, at)),  # noqa: S704 - the same
        learning=len(given),
        **waiting,
    )


ROUTES = [HomePages]
