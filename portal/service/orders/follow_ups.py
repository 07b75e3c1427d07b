"""Coming back to an order on a day that its owner has chosen: set, moved, raised when the day comes, ended."""

from datetime import datetime
from functools import partial

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.clock import now
from portal.core.base.database import writing
from portal.core.base.hooks import OrderFact
from portal.core.base.refusals import Refused
from portal.core.base.sweeping import each_due
from portal.core.notices.actions import notify
from portal.service.orders.actions import end_need, note, raise_need
from portal.service.orders.parcel_watch import in_hand
from portal.service.orders.rules import OVER, Status
from portal.service.orders.tables import FollowUp

NEED = "follow_up"


async def follow_up(actor: Actor, person_id: int, order_id: int, due_at: datetime, at: datetime) -> None:
    """Have the order come back to its owner at `due_at`; one that waits already is moved.

    Raises Refused("follow_up_past", field "when").
    """
    if due_at <= at:
        raise Refused("follow_up_past", field="when", status=422)
    async with writing():
        await _end_open(order_id, at)
        rows = await FollowUp.raw(
            "INSERT INTO follow_ups (order_of, person, due_at, made_at) VALUES ({}, {}, {}, {})"
            " ON CONFLICT DO NOTHING RETURNING id",
            order_id,
            person_id,
            due_at,
            at,
        )
        if not rows:  # her other hand was quicker: one of the two stands
            return
        await in_hand(order_id, at)
        await note(order_id, "follow_up", at, {"due_at": due_at.isoformat()}, person_id)
        await audit.record(actor, "order.follow_up_set", ("order", order_id), at)


async def end_follow_up(actor: Actor, order_id: int, at: datetime) -> None:
    """She has looked after it; again changes nothing."""
    async with writing():
        if await _end_open(order_id, at):
            await audit.record(actor, "order.follow_up_ended", ("order", order_id), at)


async def _end_open(order_id: int, at: datetime) -> bool:
    rows = (
        await FollowUp.update({FollowUp.ended_at: at})
        .where(FollowUp.order_of == order_id, FollowUp.ended_at.is_null())
        .returning(FollowUp.id)
    )
    for row in rows:
        await end_need(order_id, NEED, f"follow_up:{row['id']}", at)
    return bool(rows)


async def on_order(fact: OrderFact) -> None:
    """Nothing is left to look after once an order is delivered or over."""
    rows = await FollowUp.raw(
        "SELECT o.status FROM follow_ups f JOIN orders o ON o.id = f.order_of"
        " WHERE f.order_of = {} AND f.ended_at IS NULL",
        fact.order_id,
    )
    if rows and Status(rows[0]["status"]) in {*OVER, Status.DELIVERED}:
        await _end_open(fact.order_id, fact.at)


async def raise_due() -> int:
    """Put every order back before its owner whose day has come; returns how many."""
    at = now()

    async def due(limit: int) -> list[tuple[int, int, int, str]]:
        rows = await FollowUp.raw(
            "SELECT f.id, f.order_of, f.person, o.number FROM follow_ups f JOIN orders o ON o.id = f.order_of"
            " WHERE f.raised_at IS NULL AND f.ended_at IS NULL AND f.due_at <= {} ORDER BY f.due_at LIMIT {}",
            at,
            limit,
        )
        return [(row["id"], row["order_of"], row["person"], row["number"]) for row in rows]

    return await each_due(due, partial(_raise, at=at))


async def _raise(follow_up: tuple[int, int, int, str], at: datetime) -> None:
    follow_up_id, order_id, person_id, number = follow_up
    async with writing():
        taken = (
            await FollowUp.update({FollowUp.raised_at: at})
            .where(FollowUp.id == follow_up_id, FollowUp.raised_at.is_null(), FollowUp.ended_at.is_null())
            .returning(FollowUp.id)
        )
        if taken:
            way = f"/orders/{number}/guide"
            await raise_need(order_id, NEED, f"follow_up:{follow_up_id}", way, at)
            await notify(person_id, "orders.follow_up", {"number": number}, at, way=way)
