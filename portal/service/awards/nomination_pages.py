"""`/manage/nominations`: a manager nominates for the best-service award; `/admin/awards/plans`: whose own cycles."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import Forbidden, NotFound, Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.stores import groups
from portal.core.stores import queries as stores
from portal.core.stores.rules import State as StoreState
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page
from portal.core.web.paging import Cut
from portal.core.web.viewer import Viewer
from portal.service.awards import nominations, planning
from portal.service.awards.forms import NominationForm, PlanForm
from portal.service.awards.nominations import HERE
from portal.service.awards.periods import Period
from portal.service.awards.rules import Scope, Subject

AnyRequest = Request[Any, Any, Any]
MOST_CHOICES = 100


class NominationPages(Controller):
    """A manager's own nominations, with what became of them."""

    path = HERE
    opt = {"needs": Capability.NOMINATE}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        return await _index(request, signed_in(), None)

    @post()
    async def nominate(self, request: AnyRequest) -> Answer:
        viewer, at, form = signed_in(), now(), await forms.read(request)
        data = form.into(NominationForm)
        if data is None:
            return await _index(request, viewer, form, 422)
        wanted = data

        async def act() -> str:
            await nominations.nominate(viewer.actor, viewer.person_id, wanted.cycle, wanted.store, wanted.writeup(), at)
            return HERE

        try:
            return await forms.once(request, act, "awards.toast.nominated")
        except (Forbidden, NotFound):
            raise
        except Refused as refused:
            form.refuse(refused, "cycle")
            return await _index(request, viewer, form, refused.status)

    @post("/{nomination_id:int}/withdrawal")
    async def withdraw(self, request: AnyRequest, nomination_id: FromPath[int]) -> Answer:
        viewer, at = signed_in(), now()

        async def act() -> str:
            await nominations.withdraw(viewer.actor, viewer.person_id, nomination_id, at)
            return HERE

        return await forms.once(request, act, "awards.toast.withdrawn")


async def _index(request: AnyRequest, viewer: Viewer, form: Form | None, status: int = 200) -> Answer:
    async with reading():
        open_cycles = await nominations.open_cycles()
        team = await stores.team(viewer.person_id, Cut(limit=MOST_CHOICES), None, StoreState.OPEN)
        hers = await nominations.nominations("n.by_person = {} ORDER BY n.id DESC LIMIT 50", viewer.person_id)
    return await page(
        request,
        "service/awards/nominations.html",
        status=status,
        cycles=open_cycles,
        open_ids={each.id for each in open_cycles},
        team=team.items,
        hers=hers,
        form=form,
    )


class PlanPages(Controller):
    """Regions and groups with cycles of their own."""

    path = planning.HERE
    opt = {"needs": Capability.SET_CRITERIA}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        return await _plans(request, None)

    @post()
    async def make(self, request: AnyRequest) -> Answer:
        viewer, at, form = signed_in(), now(), await forms.read(request)
        data = form.into(PlanForm)
        if data is None:
            return await _plans(request, form, 422)
        wanted = data

        async def act() -> str:
            await planning.make(
                viewer.actor, viewer.person_id, wanted.subject, wanted.period, wanted.scope, wanted.key, at
            )
            return planning.HERE

        try:
            return await forms.once(request, act, "awards.toast.planned")
        except Refused as refused:
            place = {"key": str(wanted.scope)}.get(refused.field or "", refused.field or "scope")
            form.refuse(Refused(refused.code, refused.params, field=place), place)
            return await _plans(request, form, refused.status)

    @post("/{plan_id:int}/end")
    async def end(self, request: AnyRequest, plan_id: FromPath[int]) -> Answer:
        viewer, at = signed_in(), now()

        async def act() -> str:
            await planning.end(viewer.actor, plan_id, at)
            return planning.HERE

        return await forms.once(request, act, "awards.toast.plan_ended")


async def _plans(request: AnyRequest, form: Form | None, status: int = 200) -> Answer:
    async with reading():
        plans = await planning.plans()
        regions = await planning.regions()
        known = await groups.groups(Cut(limit=MOST_CHOICES))
    return await page(
        request,
        "service/awards/plans.html",
        status=status,
        plans=plans,
        regions=regions,
        groups=known.items,
        subjects=list(Subject),
        periods=list(Period),
        scopes=[scope for scope in Scope if scope is not Scope.PLATFORM],
        form=form,
    )


ROUTES: list[Any] = [NominationPages, PlanPages]
