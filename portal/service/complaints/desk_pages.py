"""`/desk`: an agent's day on one screen, what is due first."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from litestar import Controller, Request, get, post
from markupsafe import Markup

from portal.core.base.clock import local, now
from portal.core.base.database import reading
from portal.core.base.refusals import Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page, see_other
from portal.core.web.paging import Cut, Page, cut_of, next_link
from portal.core.web.templates import render
from portal.core.web.viewer import Viewer
from portal.service.complaints import desk_queries, faces, history, leaving, promise
from portal.service.complaints.clocks import Name
from portal.service.complaints.desk_acts import desk_of
from portal.service.complaints.desk_forms import PresenceForm
from portal.service.complaints.desk_queries import Standing
from portal.service.complaints.desk_rules import Show, first_reply_clock, first_words
from portal.service.complaints.promise import Record
from portal.service.complaints.queries import ComplaintInfo
from portal.service.roster import presence
from portal.service.roster import queries as roster
from portal.service.roster.rules import Pause

AnyRequest = Request[Any, Any, Any]
HOME = "/desk"
NEWS = "service/complaints/_desk_news.html"
ON_HOME = 5


class DeskPages(Controller):
    """Agents and leads work here; admins look on."""

    path = HOME
    opt = {"needs": Capability.SEE_COMPLAINTS}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        return await _day(request)

    @get("/news")
    async def news(self, request: AnyRequest) -> Answer:
        """Whether something is new since the list was opened; without script the list itself says so."""
        since = _mark(request.query_params.get("since", ""))
        if since is None or request.headers.get("hx-request") != "true":
            return see_other(request, HOME)
        async with reading():
            arrived = await desk_queries.arrived(signed_in().person_id, *since)
        mark = f"{since[0]}-{since[1]}"
        return await page(request, NEWS, fragments=(NEWS,), arrived=arrived, mark=mark)

    @post("/presence", opt={"needs": Capability.WORK_DESK})
    async def say(self, request: AnyRequest) -> Answer:
        form, viewer = await forms.read(request), signed_in()
        data = form.into(PresenceForm)
        if data is None:
            return await _day(request, form, 422)
        said = data

        async def act() -> str:
            await _say(viewer, said, now())
            return HOME

        try:
            return await forms.once(request, act, f"complaints.desk.toast.{said.act}")
        except Refused as refused:
            form.refuse(refused, "")
            return await _day(request, form, refused.status)


async def _say(viewer: Viewer, said: PresenceForm, at: datetime) -> None:
    if said.act == "take":
        await presence.take_work(viewer, at)
    elif said.act == "pause" and said.reason is not None:
        await presence.pause(viewer, said.reason, at)
    else:
        await presence.done(viewer, at)


def _mark(text: str) -> tuple[int, int] | None:
    parts = text.split("-")
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() and len(part) < 18 for part in parts):
        return None
    return int(parts[0]), int(parts[1])


def _asked(request: AnyRequest) -> Show:
    wanted = request.query_params.get("show", "")
    return Show(wanted) if wanted in set(Show) else Show.MINE


async def _day(request: AnyRequest, form: Form | None = None, status: int = 200) -> Answer:
    viewer, at, show = signed_in(), now(), _asked(request)
    async with reading():
        found = await desk_queries.day(viewer.person_id, show, cut_of(request))
        rows = await rows_of(viewer, found, at)
        desk = await roster.candidates(at)
        kept = await promise.record([f"{local(at):%Y-%m}"], at)
        counts = await desk_queries.counts(viewer.person_id)
        context: dict[str, Any] = {
            "counts": counts.of,
            "mark": counts.mark,
            "handovers": await desk_queries.handovers(viewer.person_id),
            **rows,
        }
    return await page(
        request,
        "service/complaints/desk.html",
        status=status,
        show=show,
        shows=list(Show),
        first="after" not in request.query_params,
        more=next_link(request, found),
        me=next((one for one in desk if one.person_id == viewer.person_id), None),
        there=sum(one.present for one in desk),
        names={one.person_id: one.name for one in desk},
        kept=shares(kept),
        desk=desk_of(viewer),
        pauses=list(Pause),
        form=form,
        arrived=0,
        **context,
    )


def shares(records: list[Record]) -> Mapping[Name, tuple[int, int]]:
    """How each promise was kept this month: so many of so many."""
    return {record.name: (record.kept, record.n) for record in records}


async def rows_of(viewer: Viewer, found: Page[ComplaintInfo], at: datetime) -> dict[str, Any]:
    """What the rows of a list of complaints show. Inside a door."""
    stands = await desk_queries.standings(viewer.person_id, found.items)
    began = await leaving.shift_began(viewer.person_id, at)
    replies = {
        info.id: first_reply_clock(came, began)
        for info in found.items
        if info.open and info.first_reply_at is None and (came := _came(info, stands, viewer)) is not None and began
    }
    return {
        "complaints": found.items,
        "clocks": await history.clocks_of_many(found.items),
        "stands": stands,
        "replies": replies,
        "running": faces.running,
        "first_words": first_words,
        "now": at,
    }


def _came(info: ComplaintInfo, stands: Mapping[int, Standing], viewer: Viewer) -> datetime | None:
    return stands[info.id].came_at if info.agent_id == viewer.person_id and info.id in stands else None


async def desk_home(viewer: Viewer, at: datetime) -> str:
    """For the first page of the desk's people: what is due first, and what waits. Call it outside a door."""
    if not viewer.may(Capability.WORK_DESK):
        return ""
    async with reading():
        found = await desk_queries.day(viewer.person_id, Show.MINE, Cut(limit=ON_HOME))
        rows = await rows_of(viewer, found, at)
        counts = (await desk_queries.counts(viewer.person_id)).of
        handed = len(await desk_queries.handovers(viewer.person_id))
    return Markup(  # noqa: S704 - the room's own HTML
        render("service/complaints/desk_home.html", {"counts": counts, "handed": handed, "Show": Show, **rows})
    )


ROUTES: list[Any] = [DeskPages]
