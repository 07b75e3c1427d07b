"""`/o/{token}`: a buyer's page of her order, without an account: where it is, what was done, rating, asking."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath
from markupsafe import Markup

from certification.certificates import queries as certificates
from certification.certificates.rules import Force
from portal.core.base.audit import Actor
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.public_links import Door, open_door
from portal.core.base.refusals import NotFound, Refused
from portal.core.stores import queries as stores
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page
from portal.core.web.state import state
from portal.service.orders import queries as orders
from portal.service.orders.queries import LineInfo, OrderInfo
from portal.service.orders.rules import UNSHIPPED
from portal.service.voices import actions, queries, talk
from portal.service.voices.forms import LineTextForm, RatingForm, TextForm
from portal.service.voices.rules import MOST_TEXT, RATE_WITHIN, may_add, rate_no, rate_until, steps

AnyRequest = Request[Any, Any, Any]
HEADERS = {"X-Robots-Tag": "noindex, nofollow"}
# What other rooms tell a buyer on her page, as HTML; joined in wiring. Each opens its own door.
STORIES: list[Callable[[int, datetime], Awaitable[str]]] = []
# What else she may do from her page: the rest of the address, the keys of its text and its note, an icon.
WAYS: list[tuple[str, str, str, str]] = []
RATEABLE_LINES = 50


class BuyerPages(Controller):
    """Whoever holds the link is the buyer; her owner never sees it."""

    path = "/o/{token:str}"
    opt = {"open": True}  # noqa: RUF012 - Litestar's own form

    @get()
    async def show(self, request: AnyRequest, token: FromPath[str]) -> Answer:
        return await _show(request, token, None)

    @post("/question")
    async def ask(self, request: AnyRequest, token: FromPath[str]) -> Answer:
        at, form = now(), await forms.read(request)
        order = await _opened(token, at)
        if order is None:
            return await _gone(request)
        data = form.into(TextForm)
        if data is None:
            return await _show(request, token, form)
        text = data.text

        async def act() -> str:
            await talk.ask(_buyer(), order, text, at)
            return f"/o/{token}"

        try:
            return await forms.once(request, act, "voices.toast.asked")
        except Refused as refused:
            form.refuse(refused, "text")
            return await _show(request, token, form)

    @get("/rating")
    async def rating(self, request: AnyRequest, token: FromPath[str]) -> Answer:
        order = await _opened(token, now())
        if order is None:
            return await _gone(request)
        wanted = request.query_params.get("line", "")[:80]
        return await _rating_page(request, token, order, wanted, None)

    @post("/rating")
    async def rate(self, request: AnyRequest, token: FromPath[str]) -> Answer:
        at, form = now(), await forms.read(request)
        order = await _opened(token, at)
        if order is None:
            return await _gone(request)
        data = form.into(RatingForm)
        if data is None:
            return await _rating_page(request, token, order, form.value("line"), form)
        wanted = data

        async def act() -> str:
            await actions.rate(_buyer(), order, wanted.line, wanted.marks, wanted.text or None, at)
            return f"/o/{token}"

        try:
            return await forms.once(request, act, "voices.toast.rated")
        except NotFound:
            raise
        except Refused as refused:
            form.refuse(refused, "goods")
            return await _rating_page(request, token, order, wanted.line, form)

    @post("/addition")
    async def add(self, request: AnyRequest, token: FromPath[str]) -> Answer:
        at, form = now(), await forms.read(request)
        order = await _opened(token, at)
        if order is None:
            return await _gone(request)
        data = form.into(LineTextForm)
        if data is None:
            return await _show(request, token, form, adding=form.value("line"))
        wanted = data

        async def act() -> str:
            await actions.add_to_rating(_buyer(), order, wanted.line, wanted.text, at)
            return f"/o/{token}"

        try:
            return await forms.once(request, act, "voices.toast.added")
        except NotFound:
            raise
        except Refused as refused:
            form.refuse(refused, "text")
            return await _show(request, token, form, adding=wanted.line)


def _buyer() -> Actor:
    return Actor("link", None, state().address, state().request_ref)


async def _opened(token: str, at: datetime) -> OrderInfo | None:
    async with reading():
        door = await open_door(Door.ORDER, token, at)
        return await orders.order(door.subject_id) if door is not None and door.usable else None


async def _gone(request: AnyRequest) -> Answer:
    return await page(request, "service/voices/gone.html", status=410, headers=HEADERS)


async def _show(request: AnyRequest, token: str, form: Form | None, adding: str | None = None) -> Answer:
    at = now()
    order = await _opened(token, at)
    if order is None:
        return await _gone(request)
    async with reading():
        ratings = await queries.ratings_of_order(order.id)
        thread = await queries.thread_of_order(order.id)
        messages = await queries.messages(thread.id) if thread else []
        parcels = await orders.parcels(order.id)
        owner = await _owner(order, at)
    rateable = queries.rateables(order, parcels, ratings)
    arrived = next((one.delivered_at for one in rateable.values() if one.delivered_at), None)
    return await page(
        request,
        "service/voices/order.html",
        status=422 if form is not None else 200,
        headers=HEADERS,
        token=token,
        order=order,
        ways=WAYS,
        steps=steps(order.status),
        unshipped=order.status in UNSHIPPED,
        parcels=parcels,
        owner=owner,
        stories=[Markup(await tell(order.id, at)) for tell in STORIES],  # noqa: S704 - rooms' own HTML
        to_rate=[line for line in order.present if rate_no(rateable[line.line], at) is None][:RATEABLE_LINES],
        rate_until=rate_until(arrived) if arrived else None,
        ratings=[(rating, may_add(rating.at, rating.added_at, at)) for rating in ratings],
        messages=messages,
        waiting=thread is not None and thread.waiting_since is not None,
        form=form if adding is None else None,
        adding_form=form if adding is not None else None,
        adding=adding,
        most=MOST_TEXT,
        now=at,
    )


async def _owner(order: OrderInfo, at: datetime) -> dict[str, object]:
    """Who serves this buyer, and the number of her certificate while it is in force."""
    store = await stores.store(order.store_id)
    assert store is not None
    found = await certificates.counting(store.owner_id, "owner_licence")
    in_force = found is not None and found.info.force(at) is Force.IN_FORCE
    return {
        "name": store.owner_name,
        "store": store.name,
        "certificate": found.info.number if found and in_force else None,
    }


async def _rating_page(request: AnyRequest, token: str, order: OrderInfo, wanted: str, form: Form | None) -> Answer:
    line = _line(order, wanted)
    at = now()
    async with reading():
        no = rate_no((await queries.rateables_of(order))[line.line], at)
    return await page(
        request,
        "service/voices/rating.html",
        status=422 if form is not None else 200,
        headers=HEADERS,
        token=token,
        order=order,
        line=line,
        no=no,
        form=form,
        most=MOST_TEXT,
        days=RATE_WITHIN.days,
    )


def _line(order: OrderInfo, wanted: str) -> LineInfo:
    found = next((line for line in order.present if line.line == wanted), None)
    if found is None:
        raise NotFound
    return found


ROUTES: list[Any] = [BuyerPages]
