"""`/admin/visits/{ref}`: a visit recorded at the site, part by part, on a phone."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath
from litestar.response import Response

from courses.catalogue.media import sent_file
from portal.core.base.clock import day_end, day_start, local, now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page
from portal.service.suppliers import files, recording, rules, visiting, visits
from portal.service.suppliers.checklists import words_of
from portal.service.suppliers.dossier import way_of
from portal.service.suppliers.forms import (
    ActionForm,
    DoneForm,
    PlaceForm,
    ReasonForm,
    ResultForm,
    SignForm,
    marks_of,
)
from portal.service.suppliers.recording import Place
from portal.service.suppliers.rules import FEWEST_PHOTOS, MOST_PHOTOS, Mark, Part, VisitState
from portal.service.suppliers.visiting import required
from portal.service.suppliers.visits import VisitInfo

AnyRequest = Request[Any, Any, Any]
HERE = "/admin/visits"
KEEP = {"needs": Capability.KEEP_SUPPLIERS}
SEE = {"needs": Capability.SEE_SUPPLIERS}


class VisitPages(Controller):
    """A visit: its record, part by part, and its result."""

    path = HERE
    opt = KEEP

    @get("/{ref:str}", opt=SEE)
    async def show(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        return await _show(request, ref)

    @post("/{ref:str}/cancellation")
    async def cancel(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        form = await forms.read(request)
        data = form.into(ReasonForm)
        if data is None:
            return await _show(request, ref, form, "cancel")
        reason = data.reason

        async def act() -> None:
            await visiting.cancel(signed_in(), ref, reason, now())

        return await _sent(request, ref, form, ("cancel", "reason", "suppliers.toast.cancelled"), act)

    @post("/{ref:str}/place")
    async def place(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        form = await forms.read(request)
        data = form.into(PlaceForm)
        if data is None:
            return await _show(request, ref, form, "place")
        accuracy = round(data.accuracy) if data.accuracy is not None else None
        told = Place(data.latitude, data.longitude, accuracy, data.place)

        async def act() -> None:
            await recording.save_place(signed_in(), ref, told, now())

        return await _sent(request, ref, form, ("place", "place", "suppliers.toast.saved"), act, "photos")

    @post("/{ref:str}/marks")
    async def marks(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        form = await forms.read(request)
        async with reading():
            points = (await visits.record(required(await visits.by_ref(ref)))).checklist.points
        given = marks_of(points, form.typed)

        async def act() -> None:
            await recording.save_marks(signed_in(), ref, given, now())

        return await _sent(request, ref, form, ("marks", "marks", "suppliers.toast.saved"), act, "photos")

    @post("/{ref:str}/photos")
    async def photos(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        form = await forms.read(request)
        async with reading():
            visiting.of_hers(signed_in(), required(await visits.by_ref(ref)))
        try:
            kept = await files.keep_photos((await files.uploads(request, "photos", MOST_PHOTOS))[:MOST_PHOTOS])
        except Refused as refused:
            form.refuse(refused, "photos")
            return await _show(request, ref, form, "photos", refused.status)
        if not kept:
            form.add("photos", "suppliers.fault.file")
            return await _show(request, ref, form, "photos")

        async def act() -> None:
            await recording.add_photos(signed_in(), ref, kept, now())

        return await _sent(request, ref, form, ("photos", "photos", "suppliers.toast.photos"), act, "signature")

    @get("/{ref:str}/photos/{photo_id:int}", opt=SEE)
    async def photo(self, request: AnyRequest, ref: FromPath[str], photo_id: FromPath[int]) -> Response[Any]:
        async with reading():
            there = await visits.photos_of(required(await visits.by_ref(ref)).id)
        found = next((one.file for one in there if one.id == photo_id), None)
        if found is None:
            raise NotFound
        return await sent_file(request, found, "private, no-cache")

    @post("/{ref:str}/photos/{photo_id:int}/removal")
    async def drop_photo(self, request: AnyRequest, ref: FromPath[str], photo_id: FromPath[int]) -> Answer:
        async def act() -> None:
            await recording.drop_photo(signed_in(), ref, photo_id, now())

        return await _sent(request, ref, Form(), ("photos", "photos", "suppliers.toast.removed"), act, "photos")

    @post("/{ref:str}/signature")
    async def sign(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        form = await forms.read(request)
        data = form.into(SignForm)
        if data is None:
            return await _show(request, ref, form, "sign")
        try:
            drawn = await files.keep_signature(data.signature)
        except Refused as refused:
            form.refuse(refused, "signed_name")
            return await _show(request, ref, form, "sign", refused.status)
        name = data.signed_name

        async def act() -> None:
            await recording.sign(signed_in(), ref, name, drawn, now())

        return await _sent(request, ref, form, ("sign", "signed_name", "suppliers.toast.signed"), act, "signature")

    @get("/{ref:str}/signature", opt=SEE)
    async def signature(self, request: AnyRequest, ref: FromPath[str]) -> Response[Any]:
        async with reading():
            found = await visits.signature_of(required(await visits.by_ref(ref)))
        if found is None:
            raise NotFound
        return await sent_file(request, found, "private, no-cache")

    @post("/{ref:str}/actions")
    async def add_action(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        form = await forms.read(request)
        data = form.into(ActionForm)
        if data is None:
            return await _show(request, ref, form, "action")
        what, due_at = data.what, day_end(data.due_on)

        async def act() -> None:
            await recording.add_action(signed_in(), ref, what, due_at, now())

        return await _sent(request, ref, form, ("action", "what", "suppliers.toast.saved"), act, "actions")

    @post("/{ref:str}/actions/{action_id:int}/removal")
    async def drop_action(self, request: AnyRequest, ref: FromPath[str], action_id: FromPath[int]) -> Answer:
        async def act() -> None:
            await recording.drop_action(signed_in(), ref, action_id, now())

        return await _sent(request, ref, Form(), ("action", "what", "suppliers.toast.removed"), act, "actions")

    @post("/{ref:str}/mended")
    async def mended(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        form = await forms.read(request)
        data = form.into(DoneForm)
        if data is None:
            return await _show(request, ref, form, "done")
        action, words = data.action, data.words

        async def act() -> None:
            await visiting.mended(signed_in(), ref, action, words, now())

        return await _sent(request, ref, form, ("done", "words", "suppliers.toast.mended"), act)

    @post("/{ref:str}/result")
    async def conclude(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        form = await forms.read(request)
        data = form.into(ResultForm)
        if data is None:
            return await _show(request, ref, form, "result")
        result, words = data.result, data.words

        async def act() -> None:
            await visiting.conclude(signed_in(), ref, result, words, now())

        return await _sent(request, ref, form, ("result", "result", "suppliers.toast.result"), act)

    @post("/{ref:str}/confirmation")
    async def confirm(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        async def act() -> None:
            await visiting.confirm(signed_in(), ref, now())

        return await _sent(request, ref, Form(), ("confirm", "reason", "suppliers.toast.confirmed"), act)

    @post("/{ref:str}/objection")
    async def object_to(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        form = await forms.read(request)
        data = form.into(ReasonForm)
        if data is None:
            return await _show(request, ref, form, "confirm")
        reason = data.reason

        async def act() -> None:
            await visiting.object_to(signed_in(), ref, reason, now())

        return await _sent(request, ref, form, ("confirm", "reason", "suppliers.toast.objected"), act)


async def _sent(
    request: AnyRequest,
    ref: str,
    form: Form,
    words: tuple[str, str, str],
    act: Callable[[], Awaitable[None]],
    onward: str = "",
) -> Answer:
    which, field, toast = words

    async def acted() -> str:
        await act()
        return f"{HERE}/{ref}{'#' + onward if onward else ''}"

    try:
        return await forms.once(request, acted, toast)
    except NotFound:
        raise
    except Refused as refused:
        form.refuse(refused, field)
        return await _show(request, ref, form, which, refused.status)


_FORMS = ("cancel", "place", "marks", "photos", "sign", "action", "result", "confirm", "done")


async def _show(
    request: AnyRequest, ref: str, form: Form | None = None, which: str | None = None, status: int = 422
) -> Answer:
    viewer, at = signed_in(), now()
    async with reading():
        record = await visits.record(required(await visits.by_ref(ref)))
    visit, seen = record.visit, record.seen
    goes = viewer.person_id in visit.visitors and viewer.may(Capability.KEEP_SUPPLIERS)
    forms_of: dict[str, Any] = {f"{name}_form": form if which == name else None for name in _FORMS}
    return await page(
        request,
        "service/suppliers/visit.html",
        status=status if form is not None else 200,
        record=record,
        visit=visit,
        here=visit.way,
        supplier_way=way_of(visit.supplier),
        words_of=words_of,
        marks=list(Mark),
        missing=rules.missing(seen),
        parts=list(Part),
        results=rules.results(seen),
        fewest=FEWEST_PHOTOS[visit.kind],
        most_photos=MOST_PHOTOS,
        records=goes and visit.state is VisitState.PLANNED and _today(visit, at),
        confirms=goes and visit.state is VisitState.RECORDED and viewer.person_id != visit.recorded_by,
        may=viewer.may(Capability.KEEP_SUPPLIERS),
        goes=goes,
        now=at,
        **forms_of,
    )


def _today(visit: VisitInfo, at: datetime) -> bool:
    return at >= day_start(local(visit.planned_at).date())


ROUTES: list[Any] = [VisitPages]
