"""`/p/{token}`: a supplier's or carrier's own page, without an account: where it stands, what is asked, appeals."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from portal.core.base.audit import Actor
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.public_links import Door, open_door
from portal.core.base.refusals import NotFound, Refused
from portal.core.supply import standings
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link
from portal.core.web.state import state
from portal.service.assessments import (
    appealing,
    cases,
    evidence,
    faults,
    mending,
    queries,
    ratings,
    submissions,
    versions,
    whitelist,
)
from portal.service.assessments.forms import AnswerForm, AppealForm, ClaimForm, WordsForm, uploads
from portal.service.assessments.queries import Firm
from portal.service.assessments.rules import judge
from portal.service.assessments.states import MOST_FILES, Mending, adverse
from portal.service.facts import queries as facts
from portal.service.inquiries.public_pages import UNLISTED, gone

AnyRequest = Request[Any, Any, Any]


async def opened(token: str, at: datetime) -> Firm | None:
    """The party whose page a link opens."""
    async with reading():
        door = await open_door(Door.STANDING, token, at)
        return await queries.firm(door.subject_id) if door is not None and door.usable else None


async def shown(request: AnyRequest, token: str) -> Answer | None:
    """Slot: the page of a token that opens a supplier's standing; None where it opens none."""
    firm = await opened(token, now())
    return await _show(request, token, firm) if firm is not None else None


async def _show(
    request: AnyRequest, token: str, firm: Firm, form: Form | None = None, which: str = "", status: int = 422
) -> Answer:
    at = now()
    async with reading():
        standing = await standings.standing_of(firm.id)
        verdicts = await queries.verdicts_of(firm.id, 20)
        appeals = {each.verdict_id: each for each in await cases.appeals_of(firm.id)}
        running = await cases.open_mending(firm.id)
        sent = await submissions.of_party(firm.id)
        slots = [each for each in await whitelist.slots() if each.open_to(standing, at)]
        asked = {
            each.slot_id for each in await whitelist.claims([each.id for each in slots]) if each.party_id == firm.id
        }
        low = await ratings.unanswered(firm.id, at)
    return await page(
        request,
        "service/assessments/own.html",
        status=status if form is not None else 200,
        headers=UNLISTED,
        token=token,
        firm=firm,
        standing=standing,
        verdicts=verdicts,
        appeals=appeals,
        running=running,
        may_send=running is not None and running.state is Mending.ORDERED,
        sent=sent.by_rectification.get(running.id, []) if running else [],
        slots=slots,
        asked=asked,
        low=low,
        adverse=adverse,
        most=MOST_FILES,
        form=form,
        which=which,
        now=at,
    )


class OwnPages(Controller):
    """What the party sends from its page."""

    path = "/p/{token:str}"
    opt = {"open": True}  # noqa: RUF012 - Litestar's own form

    @get("/verdicts/{ref:str}")
    async def verdict(self, request: AnyRequest, token: FromPath[str], ref: FromPath[str]) -> Answer:
        firm = await opened(token, now())
        if firm is None:
            return await gone(request)
        async with reading():
            verdict = await queries.verdict(ref)
            if verdict.party_id != firm.id:
                raise NotFound
            days = verdict.since_day.isoformat(), verdict.until_day.isoformat()
            found = await facts.party_orders(firm.id, *days, only_of(request, "against"), cut_of(request))
            reasons = await faults.of_orders(firm.id, [one.order_id for one in found.items])
            criteria = (await versions.by_version(verdict.criteria)).criteria
        return await page(
            request,
            "service/assessments/own_verdict.html",
            headers=UNLISTED,
            token=token,
            verdict=verdict,
            judged=judge(verdict.kind, verdict.sums, criteria, look=verdict.looked),
            criteria=criteria,
            only=only_of(request, "against"),
            found=found.items,
            reasons=reasons,
            first="after" not in request.query_params,
            more=next_link(request, found),
        )

    @get("/white")
    async def white(self, request: AnyRequest, token: FromPath[str]) -> Answer:
        """What the white list asks for, line by line, beside what the party has."""
        at = now()
        firm = await opened(token, at)
        if firm is None:
            return await gone(request)
        async with reading():
            standing = await standings.standing_of(firm.id)
            lines = await whitelist.lines_shown(firm, standing, at)
        template = "service/assessments/own_white.html"
        return await page(request, template, headers=UNLISTED, token=token, firm=firm, standing=standing, lines=lines)

    @post("/evidence")
    async def send(self, request: AnyRequest, token: FromPath[str]) -> Answer:
        at, form = now(), await forms.read(request)
        firm = await opened(token, at)
        if firm is None:
            return await gone(request)
        data = form.into(WordsForm)
        if data is None:
            return await _show(request, token, firm, form, "evidence")
        async with reading():
            running = await cases.open_mending(firm.id)
        if running is None:
            raise NotFound
        text, ref = data.words, running.ref
        try:
            kept = await evidence.keep(await uploads(request))
        except Refused as refused:
            form.refuse(refused, "files")
            return await _show(request, token, firm, form, "evidence", refused.status)
        act = partial(mending.submit, _actor(), ref, text, kept, at)
        return await _sent(request, token, firm, form, ("evidence", "sent"), act)

    @post("/appeals")
    async def appeal(self, request: AnyRequest, token: FromPath[str]) -> Answer:
        at, form = now(), await forms.read(request)
        firm = await opened(token, at)
        if firm is None:
            return await gone(request)
        data, party = form.into(AppealForm), firm.id
        if data is None:
            return await _show(request, token, firm, form, f"appeal-{form.value('verdict')}")
        verdict, text = data.verdict, data.words
        try:
            kept = await evidence.keep(await uploads(request))
        except Refused as refused:
            form.refuse(refused, "files")
            return await _show(request, token, firm, form, f"appeal-{verdict}", refused.status)
        act = partial(appealing.file, _actor(), party, verdict, text, kept, at)
        return await _sent(request, token, firm, form, (f"appeal-{verdict}", "appealed"), act)

    @post("/claims")
    async def claim(self, request: AnyRequest, token: FromPath[str]) -> Answer:
        at, form = now(), await forms.read(request)
        firm = await opened(token, at)
        if firm is None:
            return await gone(request)
        data, party = form.into(ClaimForm), firm.id
        if data is None:
            return await _show(request, token, firm, form, f"slot-{form.value('slot')}")
        slot, text = data.slot, data.words
        act = partial(whitelist.claim, _actor(), party, slot, text, at)
        return await _sent(request, token, firm, form, (f"slot-{slot}", "claimed"), act)

    @post("/answers")
    async def answer(self, request: AnyRequest, token: FromPath[str]) -> Answer:
        at, form = now(), await forms.read(request)
        firm = await opened(token, at)
        if firm is None:
            return await gone(request)
        data, party = form.into(AnswerForm), firm.id
        if data is None:
            return await _show(request, token, firm, form, f"rating-{form.value('rating')}")
        rating, text = data.rating, data.words
        act = partial(ratings.answer, _actor(), None, party, rating, text, at)
        return await _sent(request, token, firm, form, (f"rating-{rating}", "answered"), act)


def only_of(request: AnyRequest, usual: str) -> str | None:
    """Which orders are wanted: those that count against the party, or all."""
    wanted = request.query_params.get("only", usual)
    return None if wanted == "all" else wanted if wanted in facts.ONLY else usual


def _actor() -> Actor:
    return Actor("link", None, state().address, state().request_ref)


async def _sent(
    request: AnyRequest,
    token: str,
    firm: Firm,
    form: Form,
    words: tuple[str, str],
    act: Callable[[], Awaitable[object]],
) -> Answer:
    which, toast = words

    async def acted() -> str:
        await act()
        return f"/p/{token}"

    try:
        return await forms.once(request, acted, f"assessments.toast.{toast}")
    except NotFound:
        raise
    except Refused as refused:
        form.refuse(Refused(refused.code, refused.params, field=refused.field), "words")
        return await _show(request, token, firm, form, which, refused.status)


ROUTES: list[Any] = [OwnPages]
