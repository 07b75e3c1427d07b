"""`/c/{token}`: a buyer's page of her complaint, without an account, on any phone."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath
from litestar.response import Response
from markupsafe import Markup

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.public_links import Door, open_door
from portal.core.base.refusals import NotFound, Refused
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page, wants_fragment
from portal.service.complaints import actions, after, ending, evidence, faces, queries, slots, tries
from portal.service.complaints.actions import Words
from portal.service.complaints.filing_pages import HIDDEN, buyer_way, link_actor
from portal.service.complaints.forms import ReopeningForm, SurveyForm, WordsForm
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.rules import LONGEST_TEXT, MOST_FILES, REOPENABLE_FOR, Audience, Speaker, State
from portal.service.mandates import queries as mandates

AnyRequest = Request[Any, Any, Any]
CLOCKS = "service/complaints/_clocks.html"
HEARS = (Audience.BUYER,)


class Gone(Refused):
    """The link was given out once and opens nothing any more, or never was."""

    def __init__(self) -> None:
        super().__init__("complaint_link_over", status=410)


async def opened(token: str, at: datetime) -> ComplaintInfo:
    """The complaint that a link opens. Raises Gone."""
    async with reading():
        door = await open_door(Door.COMPLAINT, token, at)
        info = await queries.by_id(door.subject_id) if door is not None and door.usable else None
    if info is None:
        raise Gone
    return info


class BuyerPages(Controller):
    """Whoever holds the link is the buyer."""

    path = "/c/{token:str}"
    opt = {"open": True}  # noqa: RUF012 - Litestar's own form

    @get()
    async def show(self, request: AnyRequest, token: FromPath[str]) -> Answer:
        if wants_fragment({name.lower(): value for name, value in request.headers.items()}, CLOCKS):
            return await _clocks(request, token)
        return await _show(request, token, None)

    @post("/turns")
    async def say(self, request: AnyRequest, token: FromPath[str]) -> Answer:
        form, at = await forms.read(request), now()
        info, data = await opened(token, at), form.into(WordsForm)
        if data is None:
            return await _show(request, token, form)
        words = Words(Speaker.BUYER, Audience.BUYER, data.text)
        return await _act(request, token, info, form, "text", lambda: _say(info, words, at), "said")

    @post("/turns/{turn_id:int}/told-before")
    async def told_before(self, request: AnyRequest, token: FromPath[str], turn_id: FromPath[int]) -> Answer:
        at = now()
        info = await opened(token, at)
        return await _act(
            request, token, info, forms.blank(), "", lambda: actions.told_before(info.id, turn_id, at), "told_before"
        )

    @post("/evidence")
    async def add(self, request: AnyRequest, token: FromPath[str]) -> Answer:
        form, at = await forms.read(request), now()
        info = await opened(token, at)
        try:
            await tries.count("evidence", f"complaint:{info.id}", at)
            kept = await evidence.keep(await evidence.uploads(request))
            if not kept:
                raise Refused("complaint_no_file", field=evidence.FIELD, status=422)
        except Refused as refused:
            form.refuse(refused, evidence.FIELD)
            return await _show(request, token, form)

        async def act() -> None:
            await evidence.attach(info.id, kept, Speaker.BUYER, at)

        return await _act(request, token, info, form, evidence.FIELD, act, "evidence")

    @get("/evidence/{number:int}", opt={"open": True, "uncompressed": True})
    async def file(self, request: AnyRequest, token: FromPath[str], number: FromPath[int]) -> Response[Any]:
        return await evidence.sent(request, await opened(token, now()), number)

    @post("/withdrawal")
    async def withdraw(self, request: AnyRequest, token: FromPath[str]) -> Answer:
        at = now()
        info = await opened(token, at)

        async def act() -> None:
            await ending.withdraw(link_actor(), info.id, "buyer", at, by=Speaker.BUYER)

        return await _act(request, token, info, forms.blank(), "", act, "withdrawn")

    @post("/survey")
    async def survey(self, request: AnyRequest, token: FromPath[str]) -> Answer:
        form, at = await forms.read(request), now()
        info, data = await opened(token, at), form.into(SurveyForm)
        if data is None:
            return await _show(request, token, form, about="survey")
        told = data

        async def act() -> None:
            await after.survey(link_actor(), info.id, told.satisfaction, told.effort, told.text, at)

        return await _act(request, token, info, form, "satisfaction", act, "surveyed", about="survey")

    @post("/reopening")
    async def reopen(self, request: AnyRequest, token: FromPath[str]) -> Answer:
        form, at = await forms.read(request), now()
        info, data = await opened(token, at), form.into(ReopeningForm)
        if data is None:
            return await _show(request, token, form, about="reopening")
        text = data.text

        async def act() -> None:
            await after.reopen(link_actor(), info.id, text, at)

        return await _act(request, token, info, form, "text", act, "reopened", about="reopening")


async def _say(info: ComplaintInfo, words: Words, at: datetime) -> None:
    await actions.say(link_actor(), info.id, words, at)


async def _act(
    request: AnyRequest,
    token: str,
    info: ComplaintInfo,
    form: Form,
    field: str,
    do: Callable[[], Awaitable[None]],
    said: str,
    *,
    about: str = "talk",
) -> Answer:
    """Do it once and come back to the page; a no is said there, with what she typed."""

    async def act() -> str:
        await do()
        return f"/c/{token}"

    try:
        if said != "evidence":  # its tries are counted before anything is stored
            await tries.count("say", f"complaint:{info.id}", now())
        return await forms.once(request, act, f"complaints.toast.{said}")
    except NotFound:
        raise
    except Refused as refused:
        form.refuse(Refused(refused.code, refused.params, field=refused.field), field)
        return await _show(request, token, form, about=about, status=refused.status)


async def _clocks(request: AnyRequest, token: str) -> Answer:
    at = now()
    info = await opened(token, at)
    async with reading():
        context = await faces.clock_context(info, at)
        mark = await faces.mark(info, HEARS)
    seen = request.query_params.get("seen", mark)[:60]
    here = f"/c/{token}"
    return await page(
        request, CLOCKS, headers=HIDDEN, reader="buyer", here=here, poll=True, mark=seen, news=mark != seen, **context
    )


async def _show(
    request: AnyRequest, token: str, form: Form | None, *, about: str = "talk", status: int = 422
) -> Answer:
    at = now()
    info = await opened(token, at)
    async with reading():
        context = await faces.context(info, HEARS, at)
        root = await queries.by_id(info.duplicate_of) if info.duplicate_of is not None else None
        surveys = await after.surveys(info.id)
        consent = await mandates.mandate_for(info.subject) if info.mandate_ref else None
    return await page(
        request,
        "service/complaints/buyer.html",
        status=status if form is not None else 200,
        headers=HIDDEN,
        reader="buyer",
        here=f"/c/{token}",
        poll=info.open,
        news=False,
        panels=[Markup(html) for panel in slots.BUYER_PANELS if (html := await panel(info, token, at))],  # noqa: S704
        root_way=await buyer_way(root, at) if root is not None else None,
        surveys=surveys,
        survey_open=after.survey_open(info, surveys),
        reopen_until=info.ended_at + REOPENABLE_FOR if info.ended_at and after.may_reopen(info, at) else None,
        may_withdraw=info.state in (State.OPEN, State.PROPOSED, State.AGREED),
        consent=consent.state(at) if consent is not None else None,
        form=form,
        about=about,
        most_text=LONGEST_TEXT,
        most_files=MOST_FILES,
        accepted=evidence.ACCEPTED,
        **context,
    )


ROUTES: list[Any] = [BuyerPages]
