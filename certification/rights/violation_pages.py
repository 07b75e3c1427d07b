"""Violations: reported by one, confirmed by another; and overrides that wait for a second admin."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from certification.rights import appeals, listing, measures, slots
from certification.rights.forms import DecisionForm, ViolationForm
from certification.rights.pages import store_named
from certification.rights.rules import POINTS, POINTS_THRESHOLD, Category
from portal.core.base.clock import day_start, now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.stores import queries as stores
from portal.core.stores.queries import StoreInfo
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page

AnyRequest = Request[Any, Any, Any]


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
            viewer = signed_in()
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
    store, viewer = await store_named(external_id), signed_in()
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
            violations, overrides = await listing.open_proposals()
            because = await slots.ways_of([row.id for row in violations])
            waiting = await appeals.open_appeals()
            days = await appeals.days()
            ids = {row.store for row in violations} | {row.store for row in overrides}
            found = {store_id: await stores.store(store_id) for store_id in sorted(ids)}
        return await page(
            request,
            "certification/rights/proposals.html",
            violations=violations,
            because=because,
            appeals=waiting,
            days=days,
            overrides=overrides,
            stores=found,
            me=signed_in().person_id,
            may_override=signed_in().may(Capability.OVERRIDE_GATE),
        )

    @post("/admin/violations/{violation_id:int}/decision")
    async def decide(self, request: AnyRequest, violation_id: FromPath[int]) -> Answer:
        data = await _verdict(request)

        async def act() -> str:
            confirm = data.verdict == "confirm"
            await measures.decide_violation(signed_in(), violation_id, confirm=confirm, note=data.note, at=now())
            return "/admin/proposals"

        return await forms.once(request, act, "rights.toast.decided")

    @post("/admin/overrides/{override_id:int}/decision", opt={"needs": Capability.OVERRIDE_GATE})
    async def settle(self, request: AnyRequest, override_id: FromPath[int]) -> Answer:
        data = await _verdict(request)

        async def act() -> str:
            await measures.settle_override(signed_in(), override_id, confirm=data.verdict == "confirm", at=now())
            return "/admin/proposals"

        return await forms.once(request, act, "rights.toast.decided")


async def _verdict(request: AnyRequest) -> DecisionForm:
    form = await forms.read(request)
    data = form.into(DecisionForm)
    if data is None:
        raise Refused("bad_request", status=422)
    return data


ROUTES = [ViolationPages, ProposalPages]
