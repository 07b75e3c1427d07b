"""What judges work through, how the draws came about, and the checklist that admins set."""

from typing import Any

from litestar import Controller, Request, get, post

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.i18n import language
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link
from portal.service.quality import checklists, queries, training
from portal.service.quality.forms import ChecklistForm, items_of
from portal.service.quality.measures import LEAST
from portal.service.quality.pages import answered, desk
from portal.service.quality.queries import Show
from portal.service.quality.reviewing import HOME
from portal.service.quality.rules import MOST_WEIGHT, Step

AnyRequest = Request[Any, Any, Any]
CHECKLIST = "/admin/checklist"


class ReviewPages(Controller):
    """`/desk/quality/reviews`: what waits for a judge who had no part in it."""

    path = f"{HOME}/reviews"
    opt = {"needs": Capability.REVIEW_QUALITY}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        viewer, named = signed_in(), request.query_params.get("show", "")
        show = Show(named) if named in set(Show) else Show.WAITING
        async with reading():
            found = await queries.to_judge(show, viewer.person_id, cut_of(request))
            trainings = await training.appealed(viewer.person_id) if show is Show.APPEALS else []
            return await page(
                request,
                "service/quality/reviews.html",
                found=found,
                show=show,
                shows=list(Show),
                trainings=trainings,
                counts=await queries.counts(viewer.person_id),
                agreed=await queries.agreed(),
                least=LEAST,
                more=next_link(request, found),
                first="after" not in request.query_params,
                now=now(),
            )


class DrawPages(Controller):
    """`/desk/quality/draws`: who was drawn how often and why; agents see their own part."""

    path = f"{HOME}/draws"

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        viewer = desk()
        only = None if viewer.may(Capability.REVIEW_QUALITY) else viewer.person_id
        async with reading():
            draws = await queries.draws()
            wanted = request.query_params.get("week", "")
            draw = next((each for each in draws if each.week == wanted), draws[0] if draws else None)
            shares = await queries.shares(draw.id, only) if draw else []
        return await page(
            request, "service/quality/draws.html", draws=draws, draw=draw, shares=shares, only=only, now=now()
        )


class ChecklistPages(Controller):
    """`/admin/checklist`: the words and weights of the steps, version by version."""

    path = CHECKLIST
    opt = {"needs": Capability.SET_DESK}  # noqa: RUF012 - Litestar's own form

    @get()
    async def show(self, request: AnyRequest) -> Answer:
        return await _checklist(request, None, 200)

    @post()
    async def change(self, request: AnyRequest) -> Answer:
        viewer, form = signed_in(), await forms.read(request)
        data = form.into(ChecklistForm)
        items = items_of(form)
        if data is None or form.faults:
            return await _checklist(request, form, 422)
        given = data

        async def act() -> str:
            await checklists.change(viewer.actor, viewer.person_id, items, given.reason, given.seen, now())
            return CHECKLIST

        async def again(form: Form, status: int) -> Answer:
            return await _checklist(request, form, status)

        return await answered(request, act, "checklist", again, form, "reason")


async def _checklist(request: AnyRequest, form: Form | None, status: int) -> Answer:
    async with reading():
        sheet, history = await checklists.current(), await checklists.history()
    if form is None:
        values: dict[str, object] = {"seen": sheet.number}
        for step, item in sheet.items.items():
            values |= {f"weight_{step}": item.weight, f"zh_{step}": item.words_zh, f"en_{step}": item.words_en}
        form = forms.blank(values)
    return await page(
        request,
        "service/quality/checklist.html",
        status=status,
        sheet=sheet,
        history=history,
        steps=list(Step),
        most=MOST_WEIGHT,
        language=language(),
        form=form,
    )


ROUTES: list[Any] = [ReviewPages, DrawPages, ChecklistPages]
