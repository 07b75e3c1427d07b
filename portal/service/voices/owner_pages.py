"""What an owner hears of her buyers, and how she answers: threads, and the ratings of an order."""

from datetime import datetime
from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from portal.core.people.doorway import signed_in
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.i18n import has_text, t
from portal.core.web.pages import Answer, page
from portal.core.web.paging import cut_of, next_link
from portal.core.web.templates import render
from portal.core.web.viewer import Viewer
from portal.service.orders import queries as orders
from portal.service.orders.queries import OrderInfo
from portal.service.orders.rules import OrderAct
from portal.service.sharing.pages import own_store
from portal.service.voices import actions, queries, talk
from portal.service.voices.forms import LineTextForm, TextForm
from portal.service.voices.heard import heard
from portal.service.voices.rules import ANSWER_WITHIN, MOST_A_DAY, MOST_TEXT, REMIND_AFTER

AnyRequest = Request[Any, Any, Any]
NEEDS = {"needs": Capability.SERVE_VIPS}


def quick_replies() -> list[str]:
    """Sentences to begin a reply with, as many as the catalog has."""
    keys = [f"voices.quick.{number}" for number in range(1, 20)]
    return [t(key) for key in keys if has_text(key)]


class ThreadPages(Controller):
    """Her threads: whoever waits stands first."""

    path = "/threads"
    opt = NEEDS

    @get()
    async def index(self, request: AnyRequest) -> Answer:
        _, store = await own_store()
        async with reading():
            threads = await queries.threads_of_store(store.id, cut_of(request))
            waiting = await queries.waiting_count(store.id)
        return await page(
            request,
            "service/voices/threads.html",
            threads=threads.items,
            waiting=waiting,
            remind=REMIND_AFTER,
            more=next_link(request, threads),
            first="after" not in request.query_params,
            now=now(),
        )

    @get("/{ref:str}")
    async def show(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        return await _thread_page(request, await _order_of_thread(ref), None)

    @post("/{ref:str}")
    async def reply(self, request: AnyRequest, ref: FromPath[str]) -> Answer:
        return await _reply(request, await _order_of_thread(ref))


class OrderVoicePages(Controller):
    """The talk and the ratings of one of her orders."""

    path = "/orders/{number:str}"
    opt = NEEDS

    @get("/thread")
    async def thread(self, request: AnyRequest, number: FromPath[str]) -> Answer:
        return await _thread_page(request, await _own(number), None)

    @post("/thread")
    async def begin(self, request: AnyRequest, number: FromPath[str]) -> Answer:
        return await _reply(request, await _own(number))

    @get("/ratings")
    async def ratings(self, request: AnyRequest, number: FromPath[str]) -> Answer:
        return await _ratings_page(request, await _own(number), None, None)

    @post("/ratings")
    async def answer(self, request: AnyRequest, number: FromPath[str]) -> Answer:
        order, form, at = await _own(number), await forms.read(request), now()
        data = form.into(LineTextForm)
        if data is None:
            return await _ratings_page(request, order, form.value("line"), form)
        wanted = data

        async def act() -> str:
            viewer = signed_in()
            await actions.answer_rating(viewer.actor, viewer.person_id, order, wanted.line, wanted.text, at)
            return actions.ratings_way(order.number)

        try:
            return await forms.once(request, act, "voices.toast.answered")
        except NotFound:
            raise
        except Refused as refused:
            form.refuse(refused, "text")
            return await _ratings_page(request, order, wanted.line, form)


async def _own(number: str) -> OrderInfo:
    _, store = await own_store()
    async with reading():
        found = await orders.order_of_store(store.id, number[:80])
    if found is None:
        raise NotFound
    return found


async def _order_of_thread(ref: str) -> OrderInfo:
    _, store = await own_store()
    async with reading():
        thread = await queries.thread_of_store(store.id, ref[:40])
        found = await orders.order(thread.order_id) if thread is not None else None
    if found is None:
        raise NotFound
    return found


async def _reply(request: AnyRequest, order: OrderInfo) -> Answer:
    form, at = await forms.read(request), now()
    data = form.into(TextForm)
    if data is None:
        return await _thread_page(request, order, form)
    text = data.text

    async def act() -> str:
        viewer = signed_in()
        return f"/threads/{await talk.reply(viewer.actor, viewer.person_id, order, text, at)}"

    try:
        return await forms.once(request, act, "voices.toast.replied")
    except Refused as refused:
        form.refuse(refused, "text")
        return await _thread_page(request, order, form)


async def _thread_page(request: AnyRequest, order: OrderInfo, form: Form | None) -> Answer:
    async with reading():
        thread = await queries.thread_of_order(order.id)
        messages = await queries.messages(thread.id) if thread is not None else []
    return await page(
        request,
        "service/voices/thread.html",
        status=422 if form is not None else 200,
        order=order,
        thread=thread,
        messages=messages,
        form=form,
        quick=quick_replies(),
        remind=REMIND_AFTER,
        most=MOST_TEXT,
        a_day=MOST_A_DAY,
        now=now(),
    )


async def _ratings_page(request: AnyRequest, order: OrderInfo, answering: str | None, form: Form | None) -> Answer:
    async with reading():
        ratings = await queries.ratings_of_order(order.id)
    return await page(
        request,
        "service/voices/ratings.html",
        status=422 if form is not None else 200,
        order=order,
        ratings=ratings,
        answering=answering,
        form=form,
        within=ANSWER_WITHIN,
        most=MOST_TEXT,
        now=now(),
    )


# ---- on the order page, through its slots ----


async def order_panel(viewer: Viewer, order: OrderInfo, at: datetime) -> str:
    """What the buyer said: marks, and the state of the talk. Call it outside a door."""
    async with reading():
        said = await heard(order.id)
    if not said:
        return ""
    return render("service/voices/_panel.html", {"viewer": viewer, "order": order, "heard": said})


async def order_acts(viewer: Viewer, order: OrderInfo, at: datetime) -> list[OrderAct]:
    """Writing to the buyer is always possible."""
    return [OrderAct("write", f"/orders/{order.number}/thread", "chat")]


ROUTES: list[Any] = [ThreadPages, OrderVoicePages]
