"""What an order's own changes mean for its inquiries, and what the buyer of a late order wants."""

from datetime import datetime

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import writing
from portal.core.base.hooks import OrderFact
from portal.core.base.refusals import NotFound, Refused
from portal.service.inquiries import queries, telling, wishes
from portal.service.inquiries.queries import Glance, InquiryInfo
from portal.service.inquiries.rules import Answered, End, Kind
from portal.service.inquiries.settling import ParcelNow, Wish, needs_question, settled_by, wish_until
from portal.service.inquiries.tables import BuyerWish, Inquiry
from portal.service.inquiries.telling import LATE, MISSED, STILL_WANTED, UNMET
from portal.service.messages.actions import tell_buyer
from portal.service.orders import queries as orders
from portal.service.orders.actions import end_need, held, note, raise_need
from portal.service.orders.queries import OrderInfo
from portal.service.orders.rules import Status, is_late

_WAITING = (Status.PLACED, Status.PAID)


async def on_order(fact: OrderFact) -> None:
    """An order, its parcels or its clock changed: end what that settles, ask what it asks. One read for most orders."""
    seen = await queries.glance(fact.order_id)
    asks = needs_question(seen.status, seen.ship_by, seen.wished_until, fact.at)
    if not (seen.pending or seen.needs or seen.wish_id or asks):
        return
    order = await orders.order(fact.order_id)
    assert order is not None
    if seen.pending:
        await _settle_all(order, fact.actor, fact.at)
    await _needs(order, seen, fact.at, asks=asks)


async def _settle_all(order: OrderInfo, actor: Actor, at: datetime) -> None:
    parcels = [
        ParcelNow(one.tracking_number, one.lines, one.state, one.first_trace_at, one.delivered_at)
        for one in await orders.parcels(order.id)
    ]
    for info in await queries.pending(order.id):
        end = settled_by(info.asked, order.status, order.delivered_at, order.address, parcels)
        if end is not None:
            await _settle(info, end, actor, at)


async def _settle(info: InquiryInfo, end: End, actor: Actor, at: datetime) -> None:
    """The inquiry is over by itself; an answer that was to be looked at again has come true."""
    if info.open:
        await Inquiry.update({Inquiry.ended_at: at, Inquiry.ended_why: str(end), Inquiry.next_at: None}).where(
            Inquiry.id == info.id, Inquiry.ended_at.is_null()
        )
        await audit.record(actor, "inquiry.settled", ("inquiry", info.id), at, {"why": str(end)})
        await end_need(info.order_id, f"{info.kind}_silent", info.subject, at)
        await _after_end(info, end, at)
    else:
        await Inquiry.update({Inquiry.next_at: None}).where(Inquiry.id == info.id)


async def _after_end(info: InquiryInfo, end: End, at: datetime) -> None:
    if end is End.CORRECTED:
        await note(info.order_id, "address_corrected", at)
        await telling.buyer(info, "address_done", at)
    elif info.kind is Kind.ADDRESS and end is End.SHIPPED:
        way = telling.order_way(info.number, "/address")
        await raise_need(info.order_id, MISSED, info.subject, way, at)


async def _needs(order: OrderInfo, seen: Glance, at: datetime, *, asks: bool) -> None:
    if asks:
        await raise_need(order.id, LATE, LATE, telling.order_way(order.number, "/wish"), at)
    if order.status not in _WAITING:
        await end_questions(order.id, at)
        await _end_wish(order.id, at)
        if order.status in (Status.CANCELLED, Status.REFUNDED):
            await _end_rest(order.id, at)
        elif order.status is not Status.SHIPPED:
            await telling.end_missed(order.id, at)
    elif seen.needs and not is_late(order.status, order.ship_by, at):
        await end_need(order.id, LATE, LATE, at)


async def end_questions(order_id: int, at: datetime) -> None:
    """Whether she still wants it is no question (any more)."""
    for need in await orders.needs(order_id):
        if need.code in STILL_WANTED:
            await end_need(order_id, need.code, need.subject, at)


async def _end_rest(order_id: int, at: datetime) -> None:
    for need in await orders.needs(order_id):
        if need.subject.startswith("inquiry:"):
            await end_need(order_id, need.code, need.subject, at)


async def _end_wish(order_id: int, at: datetime) -> None:
    await BuyerWish.update({BuyerWish.ended_at: at}).where(BuyerWish.order_of == order_id, BuyerWish.ended_at.is_null())


async def acknowledge(actor: Actor, person_id: int, info: InquiryInfo, at: datetime) -> None:
    """The owner has told the buyer what came of it and taken it from here; again changes nothing."""
    async with writing():
        raised = [need for need in await orders.needs(info.order_id) if need.subject == info.subject]
        for need in raised:
            await end_need(info.order_id, need.code, need.subject, at)
        if raised:
            await note(info.order_id, "inquiry_settled", at, None, person_id)
            await audit.record(actor, "inquiry.acknowledged", ("inquiry", info.id), at)


# ---- the buyer's wish ----


def promised(asked: list[InquiryInfo], at: datetime) -> datetime | None:
    """The day that a supplier named last, if it is still to come."""
    said = next((one.answer.said for one in asked if one.kind is Kind.HURRY and one.answer), None)
    return said.ships_by if said and said.ships_by and said.ships_by > at else None


def out_of_stock(asked: list[InquiryInfo]) -> bool:
    """Whether a supplier's last word was that there is none: waiting is no way then."""
    last = next((one for one in asked if one.kind is Kind.HURRY), None)
    return last is not None and last.answer is not None and last.answer.said.answer is Answered.OUT_OF_STOCK


async def record_wish(
    actor: Actor, person_id: int, order_id: int, wish: Wish, until: datetime | None, at: datetime
) -> None:
    """Keep what the buyer wants; the question is answered, and comes back at its day if the order still waits.

    Raises NotFound, Refused: `wish_not_open` where the order no longer waits, `wish_no_stock`, `wish_until_past`.
    """
    if until is not None and until <= at:
        raise Refused("wish_until_past", field="until", status=422)
    async with writing():
        order = await held_by_id(order_id)
        if order.status is not Status.PAID:
            raise Refused("wish_not_open")
        asked = await queries.of_order(order_id)
        if wish is Wish.WAIT and out_of_stock(asked):
            raise Refused("wish_no_stock", field="wish", status=422)
        until = until if wish is Wish.WAIT and until else wish_until(wish, promised(asked, at), at)
        await _end_wish(order_id, at)
        await BuyerWish.insert(BuyerWish(order_of=order_id, wish=str(wish), until=until, by_person=person_id, at=at))
        await end_questions(order_id, at)
        await note(order_id, f"wish_{wish}", at, {"until_at": until.isoformat()}, person_id)
        await audit.record(actor, "order.wish_recorded", ("order", order_id), at, {"wish": str(wish)})
        if wish is Wish.WAIT:
            params = {"number": order.number, "until_at": until}
            await tell_buyer(order.vip_id, "wish_wait", params, at, order_id=order_id)


async def wish_over(order_id: int, at: datetime) -> None:
    """The day has come until which a wish holds: an order that still waits asks its owner again."""
    async with writing():
        order = await held_by_id(order_id)
        wish = await wishes.wish_of(order_id)
        if wish is None or wish.until > at:
            return
        await _end_wish(order_id, at)
        if order.status is not Status.PAID:
            return
        code = LATE if wish.wish is Wish.WAIT and is_late(order.status, order.ship_by, at) else UNMET
        await raise_need(order_id, code, code, telling.order_way(order.number, "/wish"), at)


async def held_by_id(order_id: int) -> OrderInfo:
    """The order with its row held. Raises NotFound."""
    known = await orders.order(order_id)
    order = await held(known.number) if known else None
    if order is None:
        raise NotFound
    return order
