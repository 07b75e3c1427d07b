"""The owner reads why her right is as it is; staff see any right, take measures, confirm each other's proposals."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from certification.rights import measures, queries
from certification.rights.actions import explained
from certification.rights.forms import (
    DecisionForm,
    MeasureForm,
    OverrideForm,
    ViolationForm,
)
from certification.rights.rules import POINTS, POINTS_THRESHOLD, Category, Status, replay
from certification.rights.ways import first_step, way_of
from portal.core.base.clock import day_end, day_start, now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from portal.core.people.policy import Capability
from portal.core.stores import queries as stores
from portal.core.stores.queries import StoreInfo
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link, paged
from portal.core.web.state import state
from portal.core.web.viewer import Viewer

AnyRequest = Request[Any, Any, Any]


def viewer_of() -> Viewer:
    viewer = state().viewer
    assert viewer is not None  # the entry guard has seen to it
    return viewer


class OwnRightPages(Controller):
    """An owner's own right, in plain words."""

    path = "/right"
    opt = {"needs": Capability.SHARE}  # noqa: RUF012 - Litestar's own form

    @get()
    async def show(self, request: AnyRequest) -> Answer:
        at, viewer = now(), viewer_of()
        async with reading():
            store = await stores.store_of_owner(viewer.person_id)
        if store is None:
            raise NotFound
        standing = await explained(viewer.actor, store.id, at)
        cut = cut_of(request, 10)
        async with reading():
            history = paged(await queries.decisions(store.id, cut), cut, lambda kept: kept.id)
            points = await measures.points_of(store.id, at)
        return await page(
            request,
            "certification/rights/own.html",
            standing=standing,
            decision=standing.decision,
            history=history,
            more=next_link(request, history),
            points=points,
            threshold=POINTS_THRESHOLD,
            first=first_step(standing.decision),
            way_of=way_of,
        )


class RightsDesk(Controller):
    """Every right and its story, for those who may see all."""

    path = "/admin/rights"
    opt = {"needs": Capability.SEE_ALL}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        wanted = request.query_params.get("status")
        status = wanted if wanted in set(Status) else None
        cut = cut_of(request)
        async with reading():
            rights = paged(await queries.rights(status, cut), cut, lambda row: row.id)
            counts = await queries.status_counts()
        return await page(
            request,
            "certification/rights/index.html",
            rights=rights,
            counts=counts,
            statuses=list(Status),
            chosen=status,
            more=next_link(request, rights),
        )

    @get("/{external_id:str}")
    async def show(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        return await _show(request, external_id)

    @post("/{external_id:str}/measures", opt={"needs": Capability.MEASURE})
    async def measure(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        form, store = await forms.read(request), await _store(external_id)
        data = form.into(MeasureForm)
        if data is None:
            return await _show(request, external_id, form, "measure")
        wanted = data

        async def act() -> str:
            await measures.suspend(
                viewer_of(),
                store.id,
                kind=wanted.kind,
                reason=wanted.reason,
                ends_at=day_end(wanted.until),
                remedial=wanted.remedial,
                at=now(),
            )
            return f"/admin/rights/{external_id}"

        try:
            return await forms.once(request, act, "rights.toast.measured")
        except Refused as refused:
            form.refuse(refused, "reason")
            return await _show(request, external_id, form, "measure")

    @post("/{external_id:str}/overrides", opt={"needs": Capability.OVERRIDE_GATE})
    async def override(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        form, store = await forms.read(request), await _store(external_id)
        data = form.into(OverrideForm)
        if data is None:
            return await _show(request, external_id, form, "override")
        wanted = data

        async def act() -> str:
            await measures.propose_override(
                viewer_of(),
                store.id,
                kind=wanted.kind,
                reason=wanted.reason,
                until=day_end(wanted.until) if wanted.until else None,
                measure_id=wanted.measure,
                at=now(),
            )
            return f"/admin/rights/{external_id}"

        try:
            return await forms.once(request, act, "rights.toast.proposed")
        except Refused as refused:
            form.refuse(refused, "reason")
            return await _show(request, external_id, form, "override")


async def _store(external_id: str) -> StoreInfo:
    async with reading():
        store = await stores.store_by_external_id(external_id)
    if store is None:
        raise NotFound
    return store


async def _show(request: AnyRequest, external_id: str, form: Form | None = None, which: str | None = None) -> Answer:
    at = now()
    store = await _store(external_id)
    standing = await explained(viewer_of().actor, store.id, at)
    cut = cut_of(request, 20)
    async with reading():
        history = paged(await queries.decisions(store.id, cut), cut, lambda kept: kept.id)
        context: dict[str, Any] = {
            "violations": await queries.violations_of(store.id),
            "measures": await queries.measures_of(store.id),
            "overrides": await queries.overrides_of(store.id),
            "points": await measures.points_of(store.id, at),
        }
    replays = {
        kept.id: replay(kept.rules_version, kept.facts, kept.decided_at).says_the_same(kept.decision)
        for kept in history.items
    }
    return await page(
        request,
        "certification/rights/show.html",
        status=422 if form is not None else 200,
        standing=standing,
        store=standing.store,
        decision=standing.decision,
        history=history,
        more=next_link(request, history),
        replays=replays,
        threshold=POINTS_THRESHOLD,
        measure_form=form if which == "measure" else None,
        override_form=form if which == "override" else None,
        way_of=way_of,
        **context,
    )


class ViolationPages(Controller):
    """Reporting a violation, and a second person's word on it."""

    opt = {"needs": Capability.PROPOSE_VIOLATION}  # noqa: RUF012 - Litestar's own form

    @get("/manage/stores/{external_id:str}/violations/new")
    async def new(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        return await _violation_page(request, await _reachable(external_id), None)

    @post("/manage/stores/{external_id:str}/violations")
    async def create(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        store = await _reachable(external_id)
        form = await forms.read(request)
        data = form.into(ViolationForm)
        if data is None:
            return await _violation_page(request, store, form)
        wanted = data

        async def act() -> str:
            viewer = viewer_of()
            at = day_start(wanted.occurred_on)
            await measures.report_violation(viewer, store.id, wanted.category, at, wanted.evidence, now())
            seen = viewer.may(Capability.SEE_ALL)
            return f"/admin/rights/{external_id}" if seen else f"/manage/stores/{external_id}/violations/new"

        try:
            return await forms.once(request, act, "rights.toast.reported")
        except Refused as refused:
            form.refuse(refused, "occurred_on")
            return await _violation_page(request, store, form)


async def _reachable(external_id: str) -> StoreInfo:
    """A store that this person may report on: her team's for a manager, any for the desk and admins."""
    store, viewer = await _store(external_id), viewer_of()
    if viewer.may(Capability.SEE_TEAM) and not (viewer.may(Capability.DECIDE_VIOLATION)):
        async with reading():
            if not await stores.manages(viewer.person_id, store_id=store.id):
                raise NotFound
    return store


async def _violation_page(request: AnyRequest, store: StoreInfo, form: Form | None) -> Answer:
    return await page(
        request,
        "certification/rights/violation.html",
        status=422 if form is not None else 200,
        store=store,
        form=form,
        categories=list(Category),
        points=POINTS,
        threshold=POINTS_THRESHOLD,
        today=now(),
    )


class ProposalPages(Controller):
    """What waits for a second person."""

    opt = {"needs": Capability.DECIDE_VIOLATION}  # noqa: RUF012 - Litestar's own form

    @get("/admin/proposals")
    async def index(self, request: AnyRequest) -> Answer:
        async with reading():
            violations, overrides = await queries.open_proposals()
            ids = {row.store for row in violations} | {row.store for row in overrides}
            found = {store_id: await stores.store(store_id) for store_id in sorted(ids)}
        return await page(
            request,
            "certification/rights/proposals.html",
            violations=violations,
            overrides=overrides,
            stores=found,
            me=viewer_of().person_id,
            may_override=viewer_of().may(Capability.OVERRIDE_GATE),
        )

    @post("/admin/violations/{violation_id:int}/decision")
    async def decide(self, request: AnyRequest, violation_id: FromPath[int]) -> Answer:
        data = await _verdict(request)

        async def act() -> str:
            confirm = data.verdict == "confirm"
            await measures.decide_violation(viewer_of(), violation_id, confirm=confirm, note=data.note, at=now())
            return "/admin/proposals"

        return await forms.once(request, act, "rights.toast.decided")

    @post("/admin/overrides/{override_id:int}/decision", opt={"needs": Capability.OVERRIDE_GATE})
    async def settle(self, request: AnyRequest, override_id: FromPath[int]) -> Answer:
        data = await _verdict(request)

        async def act() -> str:
            await measures.settle_override(viewer_of(), override_id, confirm=data.verdict == "confirm", at=now())
            return "/admin/proposals"

        return await forms.once(request, act, "rights.toast.decided")


async def _verdict(request: AnyRequest) -> DecisionForm:
    form = await forms.read(request)
    data = form.into(DecisionForm)
    if data is None:
        raise Refused("bad_request", status=422)
    return data


ROUTES = [OwnRightPages, RightsDesk, ViolationPages, ProposalPages]
