"""`/admin/register/rules`: checklists, weights, who is visited first, and the grace of those who sold before."""

from typing import Any

from litestar import Controller, Request, get, post

from portal.core.base.clock import day_end, now
from portal.core.base.database import reading
from portal.core.base.refusals import Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.supply import standings
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.i18n import speaking, t
from portal.core.web.pages import Answer, page
from portal.service.suppliers import checklists, evaluating, grace
from portal.service.suppliers.checklists import Checklist
from portal.service.suppliers.forms import ChecklistForm, FirstForm, GraceForm, WeightsForm
from portal.service.suppliers.rules import Criterion, Point, VisitKind

AnyRequest = Request[Any, Any, Any]
HERE = "/admin/register/rules"


class RulesPages(Controller):
    """Every change is a version with who, when and why; what has begun keeps its own."""

    path = HERE
    opt = {"needs": Capability.SET_CRITERIA}  # noqa: RUF012 - Litestar's own form

    @get()
    async def show(self, request: AnyRequest) -> Answer:
        return await _show(request)

    @post("/checklist")
    async def checklist(self, request: AnyRequest) -> Answer:
        form, viewer = await forms.read(request), signed_in()
        data = form.into(ChecklistForm)
        if data is None:
            return await _show(request, form, f"checklist_{form.value('kind')}")
        async with reading():
            before = worded(await checklists.current(data.kind))
        kind, reason, seen = data.kind, data.reason, data.seen
        try:
            points = checklists.read_points(data.points, before)

            async def act() -> str:
                await checklists.change(viewer.actor, viewer.person_id, kind, points, reason, seen, now())
                return HERE

            return await forms.once(request, act, "suppliers.toast.checklist")
        except Refused as refused:
            form.refuse(refused, "points")
            return await _show(request, form, f"checklist_{kind}", refused.status)

    @post("/weights")
    async def weights(self, request: AnyRequest) -> Answer:
        form, viewer = await forms.read(request), signed_in()
        data = form.into(WeightsForm)
        if data is None:
            return await _show(request, form, "weights")
        wanted, reason, seen = data.weights(), data.reason, data.seen

        async def act() -> str:
            await evaluating.weigh(viewer.actor, viewer.person_id, wanted, reason, seen, now())
            return HERE

        try:
            return await forms.once(request, act, "suppliers.toast.weights")
        except Refused as refused:
            form.refuse(refused, "quality")
            return await _show(request, form, "weights", refused.status)

    @post("/first")
    async def first(self, request: AnyRequest) -> Answer:
        form = await forms.read(request)
        data = form.into(FirstForm)
        if data is None:
            return await _show(request, form, "first")
        categories = [line.strip() for line in data.categories.splitlines() if line.strip()]

        async def act() -> str:
            await standings.name_visited_first(signed_in().actor, categories, now())
            return HERE

        return await forms.once(request, act, "suppliers.toast.first")

    @post("/grace")
    async def grace(self, request: AnyRequest) -> Answer:
        form = await forms.read(request)
        data = form.into(GraceForm)
        if data is None:
            return await _show(request, form, "grace")
        end = day_end(data.until)

        async def act() -> str:
            await grace.set_grace(signed_in().actor, end, now())
            return HERE

        try:
            return await forms.once(request, act, "suppliers.toast.grace")
        except Refused as refused:
            form.refuse(refused, "until")
            return await _show(request, form, "grace", refused.status)


def worded(checklist: Checklist) -> tuple[Point, ...]:
    """The points with their words in both languages, the shipped ones too."""
    return tuple(
        Point(
            point.key,
            point.must,
            point.zh or _said("zh-Hans", point),
            point.en or _said("en", point),
        )
        for point in checklist.points
    )


def _said(language: str, point: Point) -> str:
    with speaking(language):
        return t(f"suppliers.point.{point.key}")


def _written(checklist: Checklist) -> str:
    return "\n".join(f"{'! ' if point.must else ''}{point.zh} | {point.en}" for point in worded(checklist))


async def _show(request: AnyRequest, form: Form | None = None, which: str | None = None, status: int = 422) -> Answer:
    async with reading():
        lists = [await checklists.history(kind, 5) for kind in VisitKind]
        weighings = await evaluating.weighings(5)
        first = await standings.visited_first()
        graced = await grace.until()
    return await page(
        request,
        "service/suppliers/rules.html",
        status=status if form is not None else 200,
        lists=[(versions, _written(versions[0])) for versions in lists],
        weighings=weighings,
        criteria=list(Criterion),
        first="\n".join(first),
        graced=graced,
        form=form,
        which=which,
        now=now(),
    )


ROUTES: list[Any] = [RulesPages]
