"""What an owner asks about an order of hers, what came of it, and what its buyer wants."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath

from portal.core.base.clock import local, now
from portal.core.base.database import reading
from portal.core.base.refusals import NotFound, Refused
from portal.core.notices.texts import shown
from portal.core.people.policy import Capability
from portal.core.web import forms
from portal.core.web.forms import Form
from portal.core.web.pages import Answer, page
from portal.core.web.viewer import Viewer
from portal.service.inquiries import actions, following, queries, wishes
from portal.service.inquiries.forms import AddressForm, AskForm, WishForm
from portal.service.inquiries.queries import InquiryInfo
from portal.service.inquiries.rules import COOLDOWN, GIVEN, UNSHIPPED_FOR, Kind, No
from portal.service.inquiries.settling import Wish
from portal.service.inquiries.telling import STILL_WANTED, inquiry_way, order_way
from portal.service.orders import queries as orders
from portal.service.orders.pages import own_order
from portal.service.orders.queries import LineInfo, NeedInfo, OrderInfo, ParcelInfo
from portal.service.orders.rules import UNSHIPPED

AnyRequest = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Hand:
    """What an owner's page of this room needs: who, which order, and everything asked about it so far."""

    viewer: Viewer
    order: OrderInfo
    parcels: list[ParcelInfo]
    asked: list[InquiryInfo]
    needs: list[NeedInfo]
    at: datetime


async def _hand(number: str) -> Hand:
    at = now()
    viewer, order = await own_order(number)
    async with reading():
        parcels, asked = await orders.parcels(order.id), await queries.of_order(order.id)
        return Hand(viewer, order, parcels, asked, await orders.needs(order.id), at)


def why(no: No | None) -> dict[str, object] | None:
    """A no as a template says it: its code and what fills its sentence."""
    return {"code": no.why, "params": shown(actions.plain(no))} if no is not None else None


async def _do(
    request: AnyRequest,
    act: Callable[[], Awaitable[str]],
    again: Callable[[Form | None, int], Awaitable[Answer]],
    form: Form,
    field: str,
    toast: str | None = None,
) -> Answer:
    """Send a form once; a rule's no goes back into its page."""
    try:
        return await forms.once(request, act, toast)
    except NotFound:
        raise
    except Refused as refused:
        form.refuse(refused, field)
        return await again(form, refused.status)


# ---- hurry ----


@dataclass(frozen=True, slots=True)
class Supplier:
    """One supplier of an order that waits: its lines, and why it may not be hurried now."""

    name: str
    lines: tuple[LineInfo, ...]
    no: dict[str, object] | None


async def _hurry_page(request: AnyRequest, hand: Hand, form: Form | None = None, status: int = 200) -> Answer:
    noes = actions.hurry_noes(hand.order, hand.parcels, hand.asked, hand.at)
    waiting = actions.unshipped_lines(hand.order, hand.parcels) or hand.order.present
    async with reading():
        names = await queries.party_names(list(noes))
    suppliers = [
        Supplier(names[party], tuple(line for line in waiting if line.supplier_id == party), why(no))
        for party, no in noes.items()
    ]
    return await page(
        request,
        "service/inquiries/hurry.html",
        status=status,
        order=hand.order,
        suppliers=suppliers,
        allowed=any(one.no is None for one in suppliers),
        hurried=[(info, queries.told(info, hand.at)) for info in hand.asked if info.kind is Kind.HURRY],
        given=GIVEN[Kind.HURRY],
        cooldown=COOLDOWN,
        unshipped_for=UNSHIPPED_FOR,
        form=form,
        now=hand.at,
    )


class HurryPages(Controller):
    """`/orders/{number}/hurry`: one tap."""

    path = "/orders/{number:str}/hurry"
    opt = {"needs": Capability.SERVE_VIPS}  # noqa: RUF012 - Litestar's own form

    @get()
    async def ask(self, request: AnyRequest, number: FromPath[str]) -> Answer:
        return await _hurry_page(request, await _hand(number))

    @post()
    async def send(self, request: AnyRequest, number: FromPath[str]) -> Answer:
        hand, form = await _hand(number), await forms.read(request)

        async def act() -> str:
            made = await actions.hurry(hand.viewer.actor, hand.viewer.person_id, hand.order.id, hand.at)
            return inquiry_way(made[0]) if len(made) == 1 else order_way(hand.order.number)

        async def again(form: Form | None, status: int) -> Answer:
            return await _hurry_page(request, await _hand(number), form, status)

        return await _do(request, act, again, form, "", "inquiries.toast.hurried")


# ---- the carrier ----


async def _ask_page(request: AnyRequest, hand: Hand, kind: Kind, form: Form | None = None, status: int = 200) -> Answer:
    state = actions.order_state(hand.order, hand.parcels)
    judged = [(one, why(actions.no_of(kind, state, one, hand.asked, hand.at))) for one in hand.parcels]
    none = why(actions.no_of(kind, state, None, hand.asked, hand.at)) if not judged else None
    return await page(
        request,
        "service/inquiries/ask.html",
        status=status,
        order=hand.order,
        kind=kind,
        may=[parcel for parcel, no in judged if no is None],
        may_not=[(parcel, no) for parcel, no in judged if no is not None],
        none=none,
        given=GIVEN[kind],
        form=form,
    )


class AskPages(Controller):
    """`/orders/{number}/inquiry`: where a parcel is, or stopping it."""

    path = "/orders/{number:str}/inquiry"
    opt = {"needs": Capability.SERVE_VIPS}  # noqa: RUF012 - Litestar's own form

    @get()
    async def ask(self, request: AnyRequest, number: FromPath[str]) -> Answer:
        kind = Kind.RECALL if request.query_params.get("kind") == Kind.RECALL else Kind.TRACE
        return await _ask_page(request, await _hand(number), kind)

    @post()
    async def send(self, request: AnyRequest, number: FromPath[str]) -> Answer:
        hand, form = await _hand(number), await forms.read(request)
        data = form.into(AskForm)
        kind = Kind.RECALL if form.value("kind") == Kind.RECALL else Kind.TRACE

        async def again(form: Form | None, status: int) -> Answer:
            return await _ask_page(request, await _hand(number), kind, form, status)

        if data is None:
            return await again(form, 422)
        parcel = next((one for one in hand.parcels if one.tracking_number == data.parcel), None)
        if parcel is None:
            form.add("parcel", "not_choice")
            return await again(form, 422)
        note, parcel_id = data.note, parcel.id

        async def act() -> str:
            viewer = hand.viewer
            info = await actions.ask_carrier(
                viewer.actor, viewer.person_id, hand.order.id, parcel_id, kind, note, hand.at
            )
            return inquiry_way(info)

        return await _do(request, act, again, form, "parcel", "inquiries.toast.asked")


# ---- the address ----


async def _address_page(request: AnyRequest, hand: Hand, form: Form | None = None, status: int = 200) -> Answer:
    state = actions.order_state(hand.order, hand.parcels)
    parcel = hand.parcels[0] if hand.parcels else None
    no = actions.no_of(Kind.ADDRESS, state, parcel, hand.asked, hand.at)
    return await page(
        request,
        "service/inquiries/address.html",
        status=status,
        order=hand.order,
        to_shop=state.status in UNSHIPPED and state.to_ship,
        parcel=parcel,
        no=why(no),
        given=GIVEN[Kind.ADDRESS],
        form=form,
    )


class AddressPages(Controller):
    """`/orders/{number}/address`: another name, phone or place."""

    path = "/orders/{number:str}/address"
    opt = {"needs": Capability.SERVE_VIPS}  # noqa: RUF012 - Litestar's own form

    @get()
    async def ask(self, request: AnyRequest, number: FromPath[str]) -> Answer:
        return await _address_page(request, await _hand(number))

    @post()
    async def send(self, request: AnyRequest, number: FromPath[str]) -> Answer:
        hand, form = await _hand(number), await forms.read(request)
        data = form.into(AddressForm)

        async def again(form: Form | None, status: int) -> Answer:
            return await _address_page(request, await _hand(number), form, status)

        if data is None:
            return await again(form, 422)
        wanted = data.over(hand.order.address)

        async def act() -> str:
            viewer = hand.viewer
            info = await actions.correct_address(viewer.actor, viewer.person_id, hand.order.id, wanted, hand.at)
            return inquiry_way(info)

        return await _do(request, act, again, form, "street", "inquiries.toast.asked")


# ---- does the buyer still want it? ----


async def _wish_page(request: AnyRequest, hand: Hand, form: Form | None = None, status: int = 200) -> Answer:
    async with reading():
        wish = await wishes.wish_of(hand.order.id)
    promised = following.promised(hand.asked, hand.at)
    return await page(
        request,
        "service/inquiries/wish.html",
        status=status,
        order=hand.order,
        asks=[need for need in hand.needs if need.code in STILL_WANTED],
        wish=wish,
        no_stock=following.out_of_stock(hand.asked),
        promised=promised,
        until=local(promised).date().isoformat() if promised else None,
        form=form,
        now=hand.at,
    )


class WishPages(Controller):
    """`/orders/{number}/wish`: the question to put to the buyer, and the three ways on."""

    path = "/orders/{number:str}/wish"
    opt = {"needs": Capability.SERVE_VIPS}  # noqa: RUF012 - Litestar's own form

    @get()
    async def ask(self, request: AnyRequest, number: FromPath[str]) -> Answer:
        return await _wish_page(request, await _hand(number))

    @post()
    async def record(self, request: AnyRequest, number: FromPath[str]) -> Answer:
        hand, form = await _hand(number), await forms.read(request)
        data = form.into(WishForm)

        async def again(form: Form | None, status: int) -> Answer:
            return await _wish_page(request, await _hand(number), form, status)

        if data is None:
            return await again(form, 422)
        wish, until = data.wish, data.until_at
        ways = {Wish.WAIT: "", Wish.SWAP: "/returns/new?kind=exchange", Wish.REFUND: "/returns/new?kind=refund"}

        async def act() -> str:
            viewer = hand.viewer
            await following.record_wish(viewer.actor, viewer.person_id, hand.order.id, wish, until, hand.at)
            return order_way(hand.order.number, ways[wish])

        return await _do(request, act, again, form, "wish", "inquiries.toast.wish")


ROUTES: list[Any] = [AddressPages, AskPages, HurryPages, WishPages]
