"""`/r/{token}`: a buyer reads what is asked of her, and answers with a code that came to her own phone."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from certification.certificates import queries as certificates
from portal.core.base.audit import Actor
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.public_links import Door, open_door
from portal.core.base.refusals import NotFound, Refused
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page, see_other
from portal.core.web.state import state
from portal.service.mandates import answers, queries, slots
from portal.service.mandates.answers import Guess
from portal.service.mandates.forms import code_from, note_guess, reason_from
from portal.service.mandates.queries import MandateInfo
from portal.service.mandates.rules import State

AnyRequest = Request[Any, Any, Any]
LETTER = "service/mandates/letter.html"
HIDDEN = {"X-Robots-Tag": "noindex"}
_FOLLOWED = (State.CONFIRMED, State.USED)


class Gone(Refused):
    """The link was given out once and opens nothing any more."""

    def __init__(self) -> None:
        super().__init__("mandate_link_over", status=410)


def _buyer() -> Actor:
    return Actor("link", None, state().address, state().request_ref)


async def _opened(token: str, at: datetime) -> MandateInfo:
    """The mandate that a link opens. Raises NotFound, and Gone where the link's time is over."""
    async with reading():
        opened = await open_door(Door.MANDATE, token, at)
        if opened is None:
            raise NotFound
        info = await queries.mandate(opened.subject_id) if opened.usable else None
    if info is None:
        raise Gone
    return info


async def _progress(info: MandateInfo, at: datetime) -> list[slots.Step]:
    told = slots.PROGRESS.get(info.matter)
    return await told(info, at) if told and info.state(at) in _FOLLOWED else []


async def _show(
    request: AnyRequest, token: str, info: MandateInfo, at: datetime, form: Form | None = None, status: int = 200
) -> Answer:
    async with reading():
        licence = await certificates.counting(info.owner_id, "owner_licence")
    return await page(
        request,
        "service/mandates/buyer.html",
        status=status,
        headers=HIDDEN,
        token=token,
        info=info,
        state=info.state(at),
        certificate=licence.info if licence else None,
        progress=await _progress(info, at),
        form=form,
        now=at,
    )


class BuyerPages(Controller):
    """A buyer's mandate, without an account."""

    path = "/r"
    opt = {"open": True}  # noqa: RUF012 - Litestar's own form

    @get("/{token:str}")
    async def show(self, request: AnyRequest, token: FromPath[str]) -> Answer:
        at = now()
        return await _show(request, token, await _opened(token, at), at)

    @get("/{token:str}/letter")
    async def letter(self, request: AnyRequest, token: FromPath[str]) -> Answer:
        at = now()
        info = await _opened(token, at)
        if not info.signed:
            raise NotFound
        context: dict[str, Any] = {"info": info, "state": info.state(at), "hers": True, "back": f"/r/{token}"}
        return await page(request, LETTER, headers=HIDDEN, now=at, **context)

    @post("/{token:str}/code")
    async def send_code(self, request: AnyRequest, token: FromPath[str]) -> Answer:
        at = now()
        info = await _opened(token, at)
        return await _act(request, token, info, at, lambda: answers.send_code(_buyer(), info, at), "code_sent")

    @post("/{token:str}")
    async def confirm(self, request: AnyRequest, token: FromPath[str]) -> Answer:
        """Not by `forms.once`: a wrong guess must stay counted, and a right one has one effect by itself."""
        form, at = await forms.read(request), now()
        info = await _opened(token, at)
        code = code_from(form)
        if code is None:
            return await _show(request, token, info, at, form, 422)
        return await _judged(request, token, info, form, code, at)

    @post("/{token:str}/refusal")
    async def decline(self, request: AnyRequest, token: FromPath[str]) -> Answer:
        form, at = await forms.read(request), now()
        info = await _opened(token, at)
        reason, fits = reason_from(form)
        if not fits:
            return await _show(request, token, info, at, form, 422)
        return await _act(request, token, info, at, lambda: answers.decline(_buyer(), info, reason, at), "declined")

    @post("/{token:str}/revocation")
    async def revoke(self, request: AnyRequest, token: FromPath[str]) -> Answer:
        at = now()
        info = await _opened(token, at)
        return await _act(request, token, info, at, lambda: answers.revoke(_buyer(), info, at), "revoked")


async def _judged(request: AnyRequest, token: str, info: MandateInfo, form: Form, code: str, at: datetime) -> Answer:
    """Confirm with the code, or say beside it what is wrong; so too where what waits for it cannot go on."""
    try:
        guess = await answers.try_code(_buyer(), info.id, code, at)
    except Refused as refused:
        form.refuse(refused, "code")
        return await _show(request, token, info, at, form, refused.status)
    if guess in (Guess.RIGHT, Guess.CLOSED):
        return see_other(request, f"/r/{token}", "mandates.toast.confirmed" if guess is Guess.RIGHT else None)
    info = await _opened(token, at)
    note_guess(form, guess, info.tries)
    return await _show(request, token, info, at, form, 422)


async def _act(
    request: AnyRequest, token: str, info: MandateInfo, at: datetime, do: Callable[[], Awaitable[None]], said: str
) -> Answer:
    """Do it once and come back to the page, which says what is now; a no is said there too."""

    async def act() -> str:
        await do()
        return f"/r/{token}"

    try:
        return await forms.once(request, act, toast=f"mandates.toast.{said}")
    except Refused as refused:
        form = forms.blank()
        form.refuse(refused, "")
        return await _show(request, token, await _opened(token, at), at, form, refused.status)


ROUTES: list[Any] = [BuyerPages]
