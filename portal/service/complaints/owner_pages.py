"""`/complaints`: an owner follows her VIPs' complaints and helps the desk; her manager reads along."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath
from litestar.response import Response
from markupsafe import Markup

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import Forbidden, NotFound, Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.stores import queries as stores
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page, see_other, wants_fragment
from portal.core.web.paging import Cut, Page, cut_of, next_link, paged
from portal.core.web.viewer import Viewer
from portal.service.complaints import actions, after, evidence, faces, history, queries, slots
from portal.service.complaints.actions import Words
from portal.service.complaints.forms import OwnerWordsForm
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.rules import LONGEST_TEXT, MOST_FILES, Audience, Speaker
from portal.service.mandates import queries as mandates

AnyRequest = Request[Any, Any, Any]
CLOCKS = "service/complaints/_clocks.html"
HEARS = (Audience.BUYER, Audience.OWNER)
SHOWS = ("open", "ended", "all")
BEYOND = 2**62
_SHOWN = {"open": " AND c.ended_at IS NULL", "ended": " AND c.ended_at IS NOT NULL", "all": ""}
_TEAM = "c.store IN (SELECT g.store FROM stewardships g WHERE g.manager = {} AND g.until IS NULL)"


async def seen(ref: str) -> tuple[Viewer, ComplaintInfo, bool]:
    """The viewer, the complaint, and whether it is her VIP's: her manager and the desk see it, but do not act here.

    Raises NotFound.
    """
    viewer = signed_in()
    async with reading():
        info = await _of_team(viewer, ref) if _reads_team(viewer) else await queries.by_ref(ref[:40])
        if info is None:
            raise NotFound
        hers = info.owner_id == viewer.person_id and viewer.may(Capability.SERVE_VIPS)
        reads = hers or viewer.may(Capability.SEE_COMPLAINTS) or _reads_team(viewer)
    if not reads:
        raise NotFound
    return viewer, info, hers


def _reads_team(viewer: Viewer) -> bool:
    """A manager reads her team's, beside her own where she has a store."""
    return viewer.may(Capability.SEE_TEAM) and not viewer.may(Capability.SEE_COMPLAINTS)


async def _of_team(viewer: Viewer, ref: str) -> ComplaintInfo | None:
    me = viewer.person_id
    found = await queries.listed(f"c.ref = {{}} AND ({_TEAM} OR s.owner = {{}})", ref[:40], me, me)
    return found[0] if found else None


async def _hers(ref: str) -> tuple[Viewer, ComplaintInfo]:
    """Raises NotFound, and Forbidden for one who may only read it."""
    viewer, info, hers = await seen(ref)
    if not hers:
        raise Forbidden
    return viewer, info


async def listed(viewer: Viewer, show: str, cut: Cut) -> Page[ComplaintInfo]:
    """Her VIPs' complaints, or those of her team's stores, the newest first. Inside a door."""
    if viewer.may(Capability.SERVE_VIPS):
        store = await stores.store_of_owner(viewer.person_id)
        if store is None:
            return Page([], None)
        where, who = "c.store = {}", store.id
    else:
        where, who = _TEAM, viewer.person_id
    tail = f"{where}{_SHOWN[show]} AND c.id < {{}} ORDER BY c.id DESC LIMIT {{}}"
    found = await queries.listed(tail, who, cut.after or BEYOND, cut.fetch)
    return paged(found, cut, lambda info: info.id)


class ComplaintPages(Controller):
    """What an owner sees of her VIPs' complaints; who works at the desk is led there."""

    path = "/complaints"

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        viewer, at = signed_in(), now()
        owns, leads = viewer.may(Capability.SERVE_VIPS), viewer.may(Capability.SEE_TEAM)
        if not owns and not leads:
            if viewer.may(Capability.SEE_COMPLAINTS):
                return see_other(request, "/desk")
            raise Forbidden
        wanted = request.query_params.get("show", "open")
        show = wanted if wanted in SHOWS else "open"
        async with reading():
            found = await listed(viewer, show, cut_of(request))
            clocks = await history.clocks_of_many(found.items)
        return await page(
            request,
            "service/complaints/index.html",
            layout="layout/phone.html" if owns else "layout/wide.html",
            hers=owns,
            complaints=found.items,
            clocks=clocks,
            running=faces.running,
            show=show,
            shows=SHOWS,
            first="after" not in request.query_params,
            more=next_link(request, found),
            now=at,
        )

    @get("/{ref:str}")
    async def show(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        viewer, info, hers = await seen(ref)
        if not hers and viewer.may(Capability.WORK_DESK):
            return see_other(request, f"/desk/complaints/{info.ref}")
        if wants_fragment({name.lower(): value for name, value in request.headers.items()}, CLOCKS):
            return await _clocks(request, info)
        return await _show(request, viewer, info, hers, None)

    @post("/{ref:str}/turns")
    async def say(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        viewer, info = await _hers(ref)
        form, at = await forms.read(request), now()
        data = form.into(OwnerWordsForm)
        if data is None:
            return await _show(request, viewer, info, True, form)
        words = Words(Speaker.OWNER, data.audience, data.text, viewer.person_id)

        async def act() -> None:
            await actions.say(viewer.actor, info.id, words, at)

        return await _act(request, viewer, info, form, "text", act, "said")

    @post("/{ref:str}/turns/{turn_id:int}/told-before")
    async def told_before(self, request: AnyRequest, ref: FromPath[str], turn_id: FromPath[int]) -> Answer:
        viewer, info = await _hers(ref)

        async def act() -> None:
            await actions.told_before(info.id, turn_id, now())

        return await _act(request, viewer, info, forms.blank(), "", act, "told_before")

    @post("/{ref:str}/evidence")
    async def add(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        viewer, info = await _hers(ref)
        form, at = await forms.read(request), now()
        try:
            kept = await evidence.keep(await evidence.uploads(request))
            if not kept:
                raise Refused("complaint_no_file", field=evidence.FIELD, status=422)
        except Refused as refused:
            form.refuse(refused, evidence.FIELD)
            return await _show(request, viewer, info, True, form)

        async def act() -> None:
            await evidence.attach(info.id, kept, Speaker.OWNER, at)

        return await _act(request, viewer, info, form, evidence.FIELD, act, "evidence")

    @get("/{ref:str}/evidence/{number:int}", opt={"uncompressed": True})
    async def file(self, request: AnyRequest, ref: FromPath[str], number: FromPath[int]) -> Response[Any]:
        """For her, her manager, and the desk."""
        _, info, _ = await seen(ref)
        return await evidence.sent(request, info, number)


async def _act(
    request: AnyRequest,
    viewer: Viewer,
    info: ComplaintInfo,
    form: Form,
    field: str,
    do: Callable[[], Awaitable[None]],
    said: str,
) -> Answer:
    async def act() -> str:
        await do()
        return info.way

    try:
        return await forms.once(request, act, f"complaints.toast.{said}")
    except NotFound:
        raise
    except Refused as refused:
        form.refuse(Refused(refused.code, refused.params, field=refused.field), field)
        _, fresh, hers = await seen(info.ref)
        return await _show(request, viewer, fresh, hers, form, refused.status)


async def _clocks(request: AnyRequest, info: ComplaintInfo) -> Answer:
    at = now()
    async with reading():
        context = await faces.clock_context(info, at)
        mark = await faces.mark(info, HEARS)
    shown = request.query_params.get("seen", mark)[:60]
    return await page(
        request, CLOCKS, reader="owner", here=info.way, poll=info.open, mark=shown, news=mark != shown, **context
    )


async def _show(
    request: AnyRequest, viewer: Viewer, info: ComplaintInfo, hers: bool, form: Form | None, status: int = 422
) -> Answer:
    at = now()
    async with reading():
        context = await faces.context(info, HEARS, at)
        consent = await mandates.mandate_for(info.subject) if info.mandate_ref else None
        surveys = await after.surveys(info.id)
        panels = [Markup(html) for panel in slots.OWNER_PANELS if (html := await panel(viewer, info, at))]  # noqa: S704 - a room's own HTML
    return await page(
        request,
        "service/complaints/show.html",
        status=status if form is not None else 200,
        layout="layout/phone.html" if hers else "layout/wide.html",
        reader="owner",
        hers=hers,
        here=info.way,
        poll=info.open,
        news=False,
        consent=consent,
        surveys=surveys,
        panels=panels,
        form=form,
        most_text=LONGEST_TEXT,
        most_files=MOST_FILES,
        accepted=evidence.ACCEPTED,
        **context,
    )


ROUTES: list[Any] = [ComplaintPages]
