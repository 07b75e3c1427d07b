"""Misleading shares at the staff's table: what was reported, and what is made of it."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath
from litestar.response import Response

from certification.rights.rules import POINTS, Category
from portal.core.base import files
from portal.core.base.clock import day_start, local, now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.stores import queries as stores
from portal.core.supply import queries as supply
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link
from portal.core.web.viewer import Viewer
from portal.service.sharing import reporting, reports
from portal.service.sharing.forms import DismissalForm, ProposalForm, VerdictForm
from portal.service.sharing.reports import ReportInfo
from portal.service.sharing.rules import ReportState, proposed_category

AnyRequest = Request[Any, Any, Any]
HOME = "/admin/share-reports"
PICTURE = {"Cache-Control": "private, no-store", "Content-Security-Policy": "default-src 'none'; sandbox"}


class ShareReports(Controller):
    """Every report for the desk and admins; for a manager those on her team's stores."""

    path = HOME
    opt = {"needs": Capability.PROPOSE_VIOLATION}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        wanted = request.query_params.get("state", str(ReportState.OPEN))
        chosen = ReportState(wanted) if wanted in set(ReportState) else None
        async with reading():
            found = await reports.reports(cut_of(request), chosen, _team_of(signed_in()))
        return await page(
            request,
            "service/sharing/reports.html",
            reports=found.items,
            chosen=chosen,
            states=list(ReportState),
            more=next_link(request, found),
        )

    @get("/{ref:str}")
    async def show(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        return await _page(request, await _reachable(ref))

    @get("/{ref:str}/photos/{position:int}")
    async def photo(self, ref: FromPath[str], position: FromPath[int]) -> Response[bytes]:
        found = await _reachable(ref)
        async with reading():
            info = await reports.photo(found.id, position) if 0 < position <= reporting.MOST_PHOTOS else None
        if info is None:
            raise NotFound
        try:
            content = await files.read(info.sha256)
        except FileNotFoundError:
            raise NotFound from None
        return Response(content, media_type=info.media_type, headers=PICTURE)

    @post("/{ref:str}/dismissal")
    async def dismiss(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        found, form = await _reachable(ref), await forms.read(request)
        data = form.into(DismissalForm)
        if data is None:
            return await _page(request, found, dismissal=form)
        answer = data.answer

        async def act() -> str:
            await reporting.dismiss(signed_in(), found.ref, answer, now())
            return f"{HOME}/{found.ref}"

        try:
            return await forms.once(request, act, "sharing.toast.dismissed")
        except Refused as refused:
            form.refuse(refused, "answer")
            return await _page(request, found, dismissal=form)

    @post("/{ref:str}/proposal")
    async def propose(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        found, form = await _reachable(ref), await forms.read(request)
        data = form.into(ProposalForm)
        if data is None:
            return await _page(request, found, proposal=form)
        wanted = data

        async def act() -> str:
            on = day_start(wanted.occurred_on)
            await reporting.propose(signed_in(), found.ref, wanted.category, on, wanted.evidence, wanted.answer, now())
            return f"{HOME}/{found.ref}"

        try:
            return await forms.once(request, act, "sharing.toast.proposed")
        except Refused as refused:
            form.refuse(refused, "category")
            return await _page(request, found, proposal=form)

    @post("/{ref:str}/decision", opt={"needs": Capability.DECIDE_VIOLATION})
    async def decide(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        found, form = await _reachable(ref), await forms.read(request)
        data = form.into(VerdictForm)
        if data is None:
            raise Refused("bad_request", status=422)
        wanted = data

        async def act() -> str:
            confirm = wanted.verdict == "confirm"
            await reporting.decide(signed_in(), found.ref, confirm=confirm, note=wanted.note, at=now())
            return f"{HOME}/{found.ref}"

        return await forms.once(request, act, "sharing.toast.decided")


def _team_of(viewer: Viewer) -> int | None:
    """The manager whose team's stores alone she sees; None for those who see every store."""
    narrow = viewer.may(Capability.SEE_TEAM) and not viewer.may(Capability.DECIDE_VIOLATION)
    return viewer.person_id if narrow else None


async def _reachable(ref: str) -> ReportInfo:
    """A report that this person may see. Raises NotFound."""
    manager = _team_of(signed_in())
    async with reading():
        found = await reports.report(ref[:40])
        if found is None or (manager is not None and not await stores.manages(manager, store_id=found.store_id)):
            raise NotFound
    return found


async def _page(
    request: AnyRequest, found: ReportInfo, *, dismissal: Form | None = None, proposal: Form | None = None
) -> Answer:
    viewer = signed_in()
    async with reading():
        product = await supply.product(found.product_id) if found.product_id is not None else None
    own = viewer.person_id in (found.owner_id, found.proposed_by)
    return await page(
        request,
        "service/sharing/report_desk.html",
        status=422 if dismissal is not None or proposal is not None else 200,
        report=found,
        product=product,
        path=f"{HOME}/{found.ref}",
        categories=list(Category),
        points=POINTS,
        likely=proposed_category(found.what),
        seen_on=local(found.at).date().isoformat(),
        dismissal=dismissal,
        proposal=proposal,
        may_decide=viewer.may(Capability.DECIDE_VIOLATION) and not own,
    )


ROUTES: list[Any] = [ShareReports]
