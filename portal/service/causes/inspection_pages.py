"""Inspections at the desk, and their results for those concerned."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath
from litestar.response import Response

from courses.catalogue import photos
from portal.core.base.clock import day_end, day_start, now
from portal.core.base.database import reading
from portal.core.base.public_links import Door, address_of
from portal.core.base.refusals import NotFound, Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link
from portal.service.causes import inspecting, inspections, party, pictures, queries
from portal.service.causes.crowding import MARKS, POINTS
from portal.service.causes.forms import PlanForm, ResultForm, SignForm, VisitForm
from portal.service.causes.inspecting import Visit
from portal.service.causes.inspections import InspectionInfo
from portal.service.causes.mending import Plan
from portal.service.causes.party_pages import sent_photo
from portal.service.causes.rules import LONGEST_WORDS
from portal.service.causes.showing import layout

AnyRequest = Request[Any, Any, Any]
HERE = "/desk/inspections"


class InspectionPages(Controller):
    """`/desk/inspections`: what came three times in a month, and who looks at it."""

    path = HERE
    opt = {"needs": Capability.SEE_COMPLAINTS}  # noqa: RUF012 - Litestar's own form

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        show = "all" if request.query_params.get("show") == "all" else "open"
        async with reading():
            found = await inspections.listed(show, cut_of(request))
        return await page(
            request,
            "service/causes/inspections.html",
            found=found.items,
            show=show,
            first="after" not in request.query_params,
            more=next_link(request, found),
            now=now(),
        )

    @get("/{ref:str}")
    async def show(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        return await _show(request, ref)

    @post("/{ref:str}/plan")
    async def plan(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        form = await forms.read(request)
        data = form.into(VisitForm)
        if data is None:
            return await _show(request, ref, form, "visit")
        visit = Visit(data.first, data.second, day_start(data.planned_on), data.announced)

        async def act() -> None:
            await inspecting.schedule(signed_in(), ref, visit, now())

        return await _sent(request, ref, form, ("visit", "second", "causes.toast.visit"), act)

    @post("/{ref:str}/result")
    async def result(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        form = await forms.read(request)
        data = form.into(ResultForm)
        if data is None:
            return await _show(request, ref, form, "result")
        marks, words = data.marks(), data.result
        try:
            kept = await photos.keep(await photos.uploads(request))
        except Refused as refused:
            form.refuse(refused, "photos")
            return await _show(request, ref, form, "result", refused.status)

        async def act() -> None:
            await inspecting.write_result(signed_in(), ref, marks, words, now(), kept)

        return await _sent(request, ref, form, ("result", "result", "causes.toast.result"), act)

    @get("/{ref:str}/photos/{photo:str}")
    async def photo(self, request: AnyRequest, ref: FromPath[str], photo: FromPath[str]) -> Response[Any]:
        info = await _inspection(ref)
        async with reading():
            shots = await pictures.of(inspection=info.id)
        return await sent_photo(request, [each.info for each in shots if each.info.ref == photo])

    @post("/{ref:str}/signature")
    async def sign(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        form = await forms.read(request)
        data = form.into(SignForm)
        seen = _moment(data.seen) if data is not None else None

        async def act() -> None:
            await inspecting.sign(signed_in(), ref, seen, now())

        return await _sent(request, ref, form, ("sign", "seen", "causes.toast.published"), act)

    @post("/{ref:str}/actions")
    async def act_on(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        form, info = await forms.read(request), await _inspection(ref)
        data = form.into(PlanForm)
        if data is None:
            return await _show(request, ref, form, "plan")
        party = info.party_id if data.by_party else None
        plan = Plan(data.what, data.responsible, day_end(data.due_on), party)

        async def act() -> None:
            await inspecting.plan_action(signed_in(), ref, plan, now())

        return await _sent(request, ref, form, ("plan", "what", "causes.toast.planned"), act)

    @post("/{ref:str}/closure")
    async def close(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        form = await forms.read(request)

        async def act() -> None:
            await inspecting.close(signed_in(), ref, now())

        return await _sent(request, ref, form, ("close", "close", "causes.toast.closed"), act)


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None


async def _sent(
    request: AnyRequest, ref: str, form: Form, words: tuple[str, str, str], act: Callable[[], Awaitable[None]]
) -> Answer:
    which, field, toast = words

    async def acted() -> str:
        await act()
        return f"{HERE}/{ref}"

    try:
        return await forms.once(request, acted, toast)
    except Refused as refused:
        form.refuse(refused, field)
        return await _show(request, ref, form, which, refused.status)


async def _inspection(ref: str) -> InspectionInfo:
    async with reading():
        info = await inspections.by_ref(ref[:40])
    if info is None:
        raise NotFound
    return info


async def _show(
    request: AnyRequest, ref: str, form: Form | None = None, which: str | None = None, status: int = 422
) -> Answer:
    viewer, info = signed_in(), await _inspection(ref)
    async with reading():
        held = await inspections.held_by(info.id)
        actions = await queries.actions_of_inspection(info.id)
        shots = await pictures.of(inspection=info.id)
        said = await party.answers(inspection=info.id)
        link = await address_of(Door.INSPECTION, info.id)
        crew = await inspecting.able() if viewer.may(Capability.INSPECT) else []
    return await page(
        request,
        "service/causes/inspection.html",
        status=status if form is not None else 200,
        info=info,
        held=held,
        actions=actions,
        shots=shots,
        said=said,
        link=link,
        most_photos=photos.MOST_PHOTOS,
        crew=crew,
        points=POINTS,
        marks=MARKS,
        may=viewer.may(Capability.INSPECT),
        goes=viewer.person_id in info.inspectors,
        most=LONGEST_WORDS,
        me=viewer.person_id,
        visit_form=form if which == "visit" else None,
        result_form=form if which == "result" else None,
        plan_form=form if which == "plan" else None,
        other_form=form if which in ("sign", "close") else None,
        now=now(),
    )


class ResultPages(Controller):
    """`/inspections/{ref}`: the published result, for everybody signed in."""

    path = "/inspections"

    @get("/{ref:str}")
    async def show(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        info = await _inspection(ref)
        if not info.public:
            raise NotFound
        async with reading():
            actions = await queries.actions_of_inspection(info.id)
            shots = [each for each in await pictures.of(inspection=info.id) if each.answer is None]
        viewer = signed_in()
        return await page(
            request,
            "service/causes/result.html",
            layout=layout(viewer),
            info=info,
            actions=actions,
            shots=shots,
            points=POINTS,
            now=now(),
        )

    @get("/{ref:str}/photos/{photo:str}")
    async def photo(self, request: AnyRequest, ref: FromPath[str], photo: FromPath[str]) -> Response[Any]:
        info = await _inspection(ref)
        async with reading():
            shots = [each for each in await pictures.of(inspection=info.id) if each.answer is None]
        return await sent_photo(request, [each.info for each in shots if info.public and each.info.ref == photo])


ROUTES: list[Any] = [InspectionPages, ResultPages]
