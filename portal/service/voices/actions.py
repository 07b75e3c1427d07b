"""Ratings: given once, added to once, answered by the owner; and what a buyer is told of her order by herself."""

from datetime import datetime

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import writing
from portal.core.base.hooks import OrderFact
from portal.core.base.public_links import Door, link_to
from portal.core.base.refusals import NotFound, Refused
from portal.core.notices.actions import notify
from portal.core.stores import queries as stores
from portal.service.messages.actions import tell_buyer
from portal.service.orders import actions as on_orders
from portal.service.orders.queries import LineInfo, OrderInfo
from portal.service.voices import queries
from portal.service.voices.queries import RatingInfo
from portal.service.voices.rules import Marks, RateNo, Telling, answer_due, may_add, rate_no, tellings
from portal.service.voices.tables import BuyerTelling, Rating

LOW_RATING = "low_rating"


async def buyer_link(order_id: int, at: datetime) -> str:
    """The address where an order's buyer follows it; only ever sent to her, never shown to her owner."""
    return await link_to(Door.ORDER, order_id, at)


async def rate(actor: Actor, order: OrderInfo, line: str, marks: Marks, text: str | None, at: datetime) -> int:
    """Keep a buyer's marks on a line of her order; returns the rating's id.

    Raises NotFound for another order's line, Refused `rating_rated`, `rating_not_yet`, `rating_over`,
    `rating_removed`.
    """
    async with writing():
        found = next((one for one in order.lines if one.line == line), None)
        if found is None:
            raise NotFound
        no = rate_no((await queries.rateables_of(order))[line], at)
        if no is not None:
            raise Refused(str(no))
        rating_id = await _insert(order, found, marks, text, at)
        if rating_id is None:
            raise Refused(str(RateNo.RATED))
        await audit.record(actor, "voices.rated", ("rating", rating_id), at, {"order": order.id})
        await on_orders.note(
            order.id, "rated", at, {"goods": marks.goods, "delivery": marks.delivery, "owner": marks.owner}
        )
        if marks.low:
            await _ask_for_answer(order, rating_id, at)
        return rating_id


async def _insert(order: OrderInfo, line: LineInfo, marks: Marks, text: str | None, at: datetime) -> int | None:
    due_at = answer_due(marks, at)
    rows = await Rating.raw(
        "INSERT INTO ratings (order_line, order_of, product, store, vip, goods, delivery, owner, low, text, at,"
        " answer_due_at, escalate_at) VALUES ({}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {})"
        " ON CONFLICT DO NOTHING RETURNING id",
        line.id,
        order.id,
        line.product_id,
        order.store_id,
        order.vip_id,
        marks.goods,
        marks.delivery,
        marks.owner,
        marks.low,
        text,
        at,
        due_at,
        due_at,
    )
    return int(rows[0]["id"]) if rows else None


def ratings_way(number: str) -> str:
    return f"/orders/{number}/ratings"


async def _ask_for_answer(order: OrderInfo, rating_id: int, at: datetime) -> None:
    way = ratings_way(order.number)
    await on_orders.raise_need(order.id, LOW_RATING, f"rating:{rating_id}", way, at)
    store = await stores.store(order.store_id)
    assert store is not None
    found = await queries.rating(rating_id)
    assert found is not None
    await notify(store.owner_id, LOW_RATING, {"number": order.number, "due_at": found.answer_due_at}, at, way=way)


async def add_to_rating(actor: Actor, order: OrderInfo, line: str, text: str, at: datetime) -> None:
    """Add a buyer's second thoughts to her rating, once. Raises NotFound, Refused `rating_added`."""
    async with writing():
        found = await _rating_of(order, line)
        if not may_add(found.at, found.added_at, at):
            raise Refused("rating_added")
        rows = (
            await Rating.update({Rating.added_text: text, Rating.added_at: at})
            .where(Rating.id == found.id, Rating.added_at.is_null())
            .returning(Rating.id)
        )
        if not rows:
            raise Refused("rating_added")
        await audit.record(actor, "voices.rating_added", ("rating", found.id), at)
        await on_orders.note(order.id, "rating_added", at)


async def _rating_of(order: OrderInfo, line: str) -> RatingInfo:
    found = next((one for one in await queries.ratings_of_order(order.id) if one.line == line), None)
    if found is None:
        raise NotFound
    return found


async def answer_rating(actor: Actor, person_id: int, order: OrderInfo, line: str, text: str, at: datetime) -> None:
    """The owner's one answer to a rating; the buyer is told. Raises NotFound, Refused `rating_answered`."""
    async with writing():
        rating_id = (await _rating_of(order, line)).id
        rows = (
            await Rating.update(
                {Rating.answer: text, Rating.answered_by: person_id, Rating.answered_at: at, Rating.escalate_at: None}
            )
            .where(Rating.id == rating_id, Rating.answered_at.is_null())
            .returning(Rating.id)
        )
        if not rows:
            raise Refused("rating_answered")
        await on_orders.end_need(order.id, LOW_RATING, f"rating:{rating_id}", at)
        await on_orders.note(order.id, "rating_answered", at, by_person=person_id)
        await audit.record(actor, "voices.rating_answered", ("rating", rating_id), at, {"order": order.id})
        await tell(order, "rating_answered", at)


async def tell(order: OrderInfo, kind: str, at: datetime) -> None:
    """Tell an order's buyer something, with the link to her page of it."""
    way = await buyer_link(order.id, at)
    await tell_buyer(order.vip_id, kind, {"number": order.number}, at, way=way, order_id=order.id)


async def on_order(fact: OrderFact) -> None:
    """Joined to `order_changed`: a buyer hears by herself that her order has left, and that it has come."""
    for telling, vip_id, number in await _news(fact):
        rows = await BuyerTelling.raw(
            "INSERT INTO buyer_tellings (order_of, kind, at) VALUES ({}, {}, {}) ON CONFLICT DO NOTHING RETURNING id",
            fact.order_id,
            str(telling),
            fact.at,
        )
        if rows:
            way = await buyer_link(fact.order_id, fact.at)
            await tell_buyer(vip_id, str(telling), {"number": number}, fact.at, way=way, order_id=fact.order_id)


async def _news(fact: OrderFact) -> list[tuple[Telling, int, str]]:
    known = await queries.news_of(fact.order_id)
    if known is None:
        return []
    due = tellings(known.status, known.updated_at, parcels=known.parcels, now=fact.at)
    return [(telling, known.vip_id, known.number) for telling in due]
