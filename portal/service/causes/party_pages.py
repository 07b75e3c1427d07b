"""`/p/{token}` of an inspection or a corrective action: the party reads and answers on a phone, without an account."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath
from litestar.response import Response

from courses.catalogue import photos
from courses.catalogue.media import sent_file
from courses.catalogue.photos import Photo
from portal.core.base.audit import Actor
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.files import FileInfo
from portal.core.base.refusals import NotFound, Refused
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page
from portal.core.web.state import state
from portal.service.causes import party, pictures
from portal.service.causes.crowding import POINTS
from portal.service.causes.forms import PartyAnswerForm
from portal.service.causes.party import PartySees
from portal.service.causes.rules import LONGEST_WORDS, RUNNING
from portal.service.inquiries.public_pages import UNLISTED, gone

AnyRequest = Request[Any, Any, Any]
CACHING = "private, no-cache"
Give = Callable[[Actor, str, tuple[Photo, ...], datetime], Awaitable[None]]


async def shown(request: AnyRequest, token: str) -> Answer | None:
    """Slot: the page of a token that opens an inspection or an action; None where it opens neither."""
    async with reading():
        seen = await party.opened(token, now())
    return await _show(request, token, seen) if seen is not None else None


async def _opened(token: str) -> PartySees | None:
    async with reading():
        return await party.opened(token, now())


async def _show(
    request: AnyRequest, token: str, seen: PartySees, form: Form | None = None, which: str = "", status: int = 200
) -> Answer:
    info = seen.inspection
    async with reading():
        said = await party.answers(inspection=info.id) if info else []
        shots = await pictures.of(inspection=info.id) if info else []
        ids = [each.id for each in seen.actions]
        to_actions, action_shots = await party.answers_of(ids), await pictures.of_actions(ids)
    return await page(
        request,
        "service/causes/party_answers.html",
        status=status,
        headers=UNLISTED,
        token=token,
        seen=seen,
        info=info,
        said=said,
        shots=[each for each in shots if each.answer is not None or (info is not None and info.public)],
        to_actions=to_actions,
        action_shots=action_shots,
        points=POINTS,
        running=RUNNING,
        most=LONGEST_WORDS,
        most_photos=photos.MOST_PHOTOS,
        form=form,
        which=which,
        now=now(),
    )


class PartyAnswers(Controller):
    """What the party sends, and the photos that it may see."""

    path = "/p/{token:str}"
    opt = {"open": True}  # noqa: RUF012 - Litestar's own form

    @post("/inspection")
    async def to_inspection(self, request: AnyRequest, token: FromPath[str]) -> Answer:
        seen = await _opened(token)
        if seen is None or seen.inspection is None:
            return await gone(request)
        info = seen.inspection

        async def give(actor: Actor, text: str, kept: tuple[Photo, ...], at: datetime) -> None:
            await party.answer_inspection(actor, info, text, kept, at)

        return await _taken(request, token, seen, "inspection", give)

    @post("/actions/{ref:str}")
    async def to_action(self, request: AnyRequest, token: FromPath[str], ref: FromPath[str]) -> Answer:
        seen = await _opened(token)
        if seen is None:
            return await gone(request)
        action = seen.action(ref)

        async def give(actor: Actor, text: str, kept: tuple[Photo, ...], at: datetime) -> None:
            await party.answer_action(actor, action, text, kept, at)

        return await _taken(request, token, seen, ref, give)

    @get("/photos/{photo:str}")
    async def photo(self, request: AnyRequest, token: FromPath[str], photo: FromPath[str]) -> Response[Any]:
        async with reading():
            seen = await party.opened(token, now())
            shots = await _visible(seen) if seen is not None else []
        return await sent_photo(request, [each for each in shots if each.ref == photo])


async def _visible(seen: PartySees) -> list[FileInfo]:
    """Its own photos at any time; those of the inspectors once the result is out."""
    info = seen.inspection
    shots = await pictures.of(inspection=info.id) if info else []
    shots = [each for each in shots if each.answer is not None or (info is not None and info.public)]
    shots += await pictures.of_actions([each.id for each in seen.actions])
    return [each.info for each in shots]


async def sent_photo(request: AnyRequest, found: list[FileInfo]) -> Response[Any]:
    """The one photo that was asked for. Raises NotFound."""
    if not found:
        raise NotFound
    return await sent_file(request, found[0], CACHING)


async def _taken(request: AnyRequest, token: str, seen: PartySees, which: str, give: Give) -> Answer:
    form = await forms.read(request)
    data = form.into(PartyAnswerForm)
    if data is None:
        return await _show(request, token, seen, form, which, 422)
    text, at = data.text, now()
    try:
        kept = await photos.keep(await photos.uploads(request))

        async def act() -> str:
            await give(Actor("link", None, state().address, state().request_ref), text, kept, at)
            return f"/p/{token}"

        return await forms.once(request, act, "causes.toast.party")
    except Refused as refused:
        form.refuse(refused, "text")
        return await _show(request, token, await _opened(token) or seen, form, which, refused.status)


ROUTES: list[Any] = [PartyAnswers]
