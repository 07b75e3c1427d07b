"""`/admin/visits` and the plan of a visit: which there are, when, and who goes."""

from datetime import timedelta
from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from portal.core.base.clock import day_start, local, now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link
from portal.service.suppliers import visiting, visits
from portal.service.suppliers.dates import keepers
from portal.service.suppliers.dossier import found_supplier, way_of
from portal.service.suppliers.forms import (
    VisitForm,
)
from portal.service.suppliers.rules import two_go
from portal.service.suppliers.visiting import Plan, kind_of, required
from portal.service.suppliers.visits import SHOWS

AnyRequest = Request[Any, Any, Any]
HERE = "/admin/visits"
KEEP = {"needs": Capability.KEEP_SUPPLIERS}
SEE = {"needs": Capability.SEE_SUPPLIERS}


class PlanPages(Controller):
    """`/admin/register/suppliers/{external_id}/visit`: when, and who goes."""

    path = "/admin/register/suppliers/{external_id:str}/visit"
    opt = KEEP

    @get()
    async def ask(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        return await _plan_page(request, external_id)

    @post()
    async def plan(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        form = await forms.read(request)
        data = form.into(VisitForm)
        if data is None:
            return await _plan_page(request, external_id, form)
        wanted = _plan(data)

        async def act() -> str:
            return f"{HERE}/{await visiting.plan(signed_in(), external_id, wanted, now())}"

        try:
            return await forms.once(request, act, "suppliers.toast.planned")
        except NotFound:
            raise
        except Refused as refused:
            form.refuse(refused, "planned_on")
            return await _plan_page(request, external_id, form, refused.status)


def _plan(data: VisitForm) -> Plan:
    return Plan(day_start(data.planned_on) + timedelta(hours=data.hour), data.first, data.second)


async def _plan_page(request: AnyRequest, external_id: str, form: Form | None = None, status: int = 422) -> Answer:
    async with reading():
        supplier = await found_supplier(external_id)
        kind, crew = await kind_of(supplier), await keepers()
    return await page(
        request,
        "service/suppliers/plan.html",
        status=status if form is not None else 200,
        supplier=supplier,
        kind=kind,
        two=two_go(kind),
        crew=crew,
        back=way_of(external_id),
        form=form,
        visit=None,
    )


class VisitPlans(Controller):
    """The list of visits, and another day or other people for one."""

    path = HERE
    opt = KEEP

    @get(opt=SEE)
    async def index(self, request: AnyRequest) -> Answer:
        show = request.query_params.get("show", "open")
        show = show if show in SHOWS else "open"
        async with reading():
            found = await visits.listed(show, signed_in().person_id, cut_of(request))
        return await page(
            request,
            "service/suppliers/visits.html",
            found=found.items,
            show=show,
            shows=list(SHOWS),
            first="after" not in request.query_params,
            more=next_link(request, found),
            today=day_start(local(now()).date()),
        )

    @get("/{ref:str}/plan")
    async def ask_plan(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        return await _replan_page(request, ref)

    @post("/{ref:str}/plan")
    async def replan(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        form = await forms.read(request)
        data = form.into(VisitForm)
        if data is None:
            return await _replan_page(request, ref, form)
        wanted = _plan(data)

        async def act() -> str:
            await visiting.replan(signed_in(), ref, wanted, now())
            return f"{HERE}/{ref}"

        try:
            return await forms.once(request, act, "suppliers.toast.planned")
        except Refused as refused:
            if refused.field is None:
                raise
            form.refuse(refused, "planned_on")
            return await _replan_page(request, ref, form, refused.status)


async def _replan_page(request: AnyRequest, ref: str, form: Form | None = None, status: int = 422) -> Answer:
    async with reading():
        visit = required(await visits.by_ref(ref))
        supplier, crew = await found_supplier(visit.supplier), await keepers()
    known = {
        "planned_on": local(visit.planned_at).date(),
        "hour": local(visit.planned_at).hour,
        "first": visit.first,
        "second": visit.second,
    }
    return await page(
        request,
        "service/suppliers/plan.html",
        status=status if form is not None else 200,
        supplier=supplier,
        kind=visit.kind,
        two=two_go(visit.kind),
        crew=crew,
        back=visit.way,
        form=form or forms.blank(known),
        visit=visit,
    )


ROUTES: list[Any] = [PlanPages, VisitPlans]
