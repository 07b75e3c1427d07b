"""The owner reads why her right is as it is; staff see any right, and take measures."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from certification.rights import appeals, listing, measures, queries, slots
from certification.rights.actions import explained_of
from certification.rights.forms import (
    MeasureForm,
    OverrideForm,
)
from certification.rights.rules import POINTS_THRESHOLD, Status, replay
from certification.rights.ways import first_step, way_of
from portal.core.base.clock import day_end, now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.stores import queries as stores
from portal.core.stores.queries import StoreInfo
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link, paged

AnyRequest = Request[Any, Any, Any]


class OwnRightPages(Controller):
    """An owner's own right, in plain words."""

    path = "/right"
    opt = {"needs": Capability.SHARE}  # noqa: RUF012 - Litestar's own form

    @get()
    async def show(self, request: AnyRequest) -> Answer:
        at, viewer = now(), signed_in()
        async with reading():
            store = await stores.store_of_owner(viewer.person_id)
        if store is None:
            raise NotFound
        standing = await explained_of(viewer.actor, store, at)
        cut = cut_of(request, 10)
        async with reading():
            history = paged(await queries.decisions(store.id, cut), cut, lambda kept: kept.id)
            points = await measures.points_of(store.id, at)
            violations, appealed = await appeals.violations_of(store.id)
            because = await slots.ways_of([one.id for one in violations])
            in_force = await listing.measures_in_force(store.id, at)
        return await page(
            request,
            "certification/rights/own.html",
            violations=[one for one in violations if one.state == "confirmed"],
            because=because,
            appealed=appealed,
            measures=in_force,
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
            rights = paged(await listing.rights(status, cut), cut, lambda row: row.id)
            counts = await listing.status_counts()
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
        form, store = await forms.read(request), await store_named(external_id)
        data = form.into(MeasureForm)
        if data is None:
            return await _show(request, external_id, form, "measure")
        wanted = data

        async def act() -> str:
            await measures.suspend(
                signed_in(),
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
        form, store = await forms.read(request), await store_named(external_id)
        data = form.into(OverrideForm)
        if data is None:
            return await _show(request, external_id, form, "override")
        wanted = data

        async def act() -> str:
            await measures.propose_override(
                signed_in(),
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


async def store_named(external_id: str) -> StoreInfo:
    async with reading():
        store = await stores.store_by_external_id(external_id)
    if store is None:
        raise NotFound
    return store


async def _show(request: AnyRequest, external_id: str, form: Form | None = None, which: str | None = None) -> Answer:
    at = now()
    store = await store_named(external_id)
    standing = await explained_of(signed_in().actor, store, at)
    cut = cut_of(request, 20)
    async with reading():
        history = paged(await queries.decisions(store.id, cut), cut, lambda kept: kept.id)
        violations, appealed = await appeals.violations_of(store.id)
        taken = await listing.measures_of(store.id)
        corrected = {violation_id for violation_id, stands in appealed.items() if stands == "corrected"}
        context: dict[str, Any] = {
            "violations": violations,
            "appealed": appealed,
            "because": await slots.ways_of([one.id for one in violations]),
            "measures": taken,
            "overrides": await listing.overrides_of(store.id),
            "points": measures.points_among(violations, taken, corrected, at),
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


ROUTES = [OwnRightPages, RightsDesk]
