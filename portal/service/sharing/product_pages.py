"""How a product may be shared, for admins: its lesson while it is on trial, and its pauses."""

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

from litestar import Controller, Request, get, post
from litestar.params import FromPath
from msgspec import Meta, Struct

from courses.catalogue import queries as catalogue
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.supply import queries as supply
from portal.core.supply.queries import ProductInfo
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.i18n import language
from portal.core.web.pages import Answer, page
from portal.core.web.templates import render
from portal.core.web.viewer import Viewer
from portal.service.sharing import doors, lessons, pausing, queries

AnyRequest = Request[Any, Any, Any]


class ReasonForm(Struct):
    """Why a pause begins or ends; the owners do not read it, the next admin does."""

    reason: Annotated[str, Meta(min_length=5, max_length=500)]


class LessonForm(Struct):
    """The course before sharing; blank: none."""

    course: Annotated[int, Meta(ge=1, lt=2**62)] | None = None


class ProductSharing(Controller):
    """A product's lesson and pauses."""

    path = "/admin/products/{external_id:str}/sharing"
    opt = {"needs": Capability.MANAGE_STORES}  # noqa: RUF012 - Litestar's own form

    @get()
    async def show(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        return await _page(request, await _product(external_id))

    @post("/lesson")
    async def set_lesson(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        product, form = await _product(external_id), await forms.read(request)
        data = form.into(LessonForm)
        async with reading():
            known = {course.id for course in await catalogue.assignable_courses(language())}
        if data is None or (data.course is not None and data.course not in known):
            raise Refused("bad_request", status=422)
        course = data.course

        async def act() -> str:
            await pausing.set_lesson(signed_in().actor, product.id, course, now())
            return path_of(product)

        return await forms.once(request, act, "sharing.toast.lesson_set")

    @post("/pause")
    async def pause(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        return await self._decide(request, external_id, pausing.pause, "sharing.toast.paused")

    @post("/pause/ending")
    async def end_pause(self, request: AnyRequest, external_id: FromPath[str]) -> Answer:
        return await self._decide(request, external_id, pausing.end_pause, "sharing.toast.pause_ended")

    async def _decide(self, request: AnyRequest, external_id: str, decide: Any, toast: str) -> Answer:
        product, form = await _product(external_id), await forms.read(request)
        data = form.into(ReasonForm)
        if data is None:
            return await _page(request, product, form)
        reason = data.reason

        async def act() -> str:
            await decide(signed_in().actor, product.id, reason, now())
            return path_of(product)

        try:
            return await forms.once(request, act, toast)
        except Refused as refused:
            form.refuse(refused, "reason")
            return await _page(request, product, form)


def path_of(product: ProductInfo) -> str:
    return f"/admin/products/{quote(product.external_id, safe='')}/sharing"


async def _product(external_id: str) -> ProductInfo:
    async with reading():
        found = await supply.product_by_external_id(external_id)
    if found is None:
        raise NotFound
    return found


async def _page(request: AnyRequest, product: ProductInfo, form: Form | None = None) -> Answer:
    async with reading():
        pause = (await doors.pauses([product.id])).get(product.id)
        lesson = await lessons.lesson(product.id, language())
        courses = await catalogue.assignable_courses(language())
        history = await queries.pauses_of(product.id)
    return await page(
        request,
        "service/sharing/product_admin.html",
        status=422 if form is not None else 200,
        product=product,
        path=path_of(product),
        pause=pause,
        lesson=lesson,
        courses=[(course.id, course.title) for course in courses],
        history=history,
        form=form,
    )


async def product_panel(viewer: Viewer, product_id: int, at: datetime) -> str:
    """How a product is shared, on its page; opens its own door."""
    async with reading():
        product = await supply.product(product_id)
        pause = (await doors.pauses([product_id])).get(product_id)
        lesson = await lessons.lesson(product_id, language())
        held = await queries.supplier_hold(product_id, at)
    assert product is not None
    shown: dict[str, object] = {"product": product, "pause": pause, "lesson": lesson, "path": path_of(product)}
    shown["held"] = held
    return render("service/sharing/_product_panel.html", shown)


ROUTES: list[Any] = [ProductSharing]
