"""Threads: a buyer's question on an order, her owner's reply, and how long it took."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import writing
from portal.core.base.ids import new_ref
from portal.core.base.refusals import Refused
from portal.core.notices.actions import notify
from portal.core.stores import queries as stores
from portal.service.orders import actions as on_orders
from portal.service.orders.queries import OrderInfo
from portal.service.voices import queries
from portal.service.voices.actions import tell
from portal.service.voices.queries import ThreadInfo
from portal.service.voices.rules import MOST_A_DAY, REMIND_AFTER, reply_seconds, thread_place
from portal.service.voices.tables import Thread, ThreadMessage

QUESTION = "question"
# Whose questions stand first; joined by the room that knows the levels of VIPs.
KEY_VIP: list[Callable[[int], Awaitable[bool]]] = []


async def ask(actor: Actor, order: OrderInfo, text: str, at: datetime) -> str:
    """A buyer's message to her owner; returns the thread's ref. Raises Refused `thread_full`."""
    async with writing():
        thread = await _held(order, at)
        await _count_today(thread, at, by_buyer=True)
        await ThreadMessage.insert(ThreadMessage(thread=thread.id, at=at, text=text))
        await audit.record(actor, "voices.asked", ("thread", thread.id), at, {"order": order.id})
        if thread.waiting_since is None:
            await _begin_waiting(order, thread, at)
        return thread.ref


async def reply(actor: Actor, person_id: int, order: OrderInfo, text: str, at: datetime) -> str:
    """The owner's message to her buyer, who is told; returns the thread's ref. Raises Refused `thread_full`."""
    async with writing():
        thread = await _held(order, at)
        await _count_today(thread, at, by_buyer=False)
        seconds = reply_seconds(thread.waiting_since, at)
        await ThreadMessage.insert(
            ThreadMessage(thread=thread.id, at=at, by_person=person_id, text=text, reply_seconds=seconds)
        )
        await _settle(thread, None, at)
        if thread.waiting_since is not None:
            await on_orders.end_need(order.id, QUESTION, _subject(thread), at)
        await on_orders.note(order.id, "replied", at, by_person=person_id)
        await audit.record(actor, "voices.replied", ("thread", thread.id), at, {"order": order.id})
        await tell(order, "owner_replied", at)
        return thread.ref


def _subject(thread: ThreadInfo) -> str:
    return f"thread:{thread.ref}"


async def _held(order: OrderInfo, at: datetime) -> ThreadInfo:
    """The order's thread, made if there is none, its row held so that two messages come one after the other."""
    await Thread.raw(
        "INSERT INTO threads (ref, order_of, store, vip, opened_at, last_at, priority, place)"
        " VALUES ({}, {}, {}, {}, {}, {}, 0, 0) ON CONFLICT DO NOTHING",
        new_ref(),
        order.id,
        order.store_id,
        order.vip_id,
        at,
        at,
    )
    await Thread.update({Thread.last_at: at}).where(Thread.order_of == order.id)
    found = await queries.thread_of_order(order.id)
    assert found is not None
    return found


async def _count_today(thread: ThreadInfo, at: datetime, *, by_buyer: bool) -> None:
    side = ThreadMessage.by_person.is_null() if by_buyer else ThreadMessage.by_person.is_not_null()
    since = at - timedelta(days=1)
    sent = await ThreadMessage.count().where(ThreadMessage.thread == thread.id, ThreadMessage.at > since, side)
    if sent >= MOST_A_DAY:
        raise Refused("thread_full", {"most": MOST_A_DAY}, status=429, retry_after=3600)


async def _begin_waiting(order: OrderInfo, thread: ThreadInfo, at: datetime) -> None:
    """The order needs its owner until she replies; more messages meanwhile tell her nothing new."""
    priority = any([await is_key(order.vip_id) for is_key in KEY_VIP])
    await _settle(thread, at, at, priority=priority)
    way = f"/threads/{thread.ref}"
    await on_orders.raise_need(order.id, QUESTION, _subject(thread), way, at)
    await on_orders.note(order.id, "asked", at)
    store = await stores.store(order.store_id)
    assert store is not None
    await notify(store.owner_id, "thread_question", {"number": order.number}, at, way=way)


async def _settle(thread: ThreadInfo, waiting_since: datetime | None, at: datetime, *, priority: bool = False) -> None:
    await Thread.update(
        {
            Thread.waiting_since: waiting_since,
            Thread.remind_at: waiting_since + REMIND_AFTER if waiting_since is not None else None,
            Thread.priority: int(priority),
            Thread.place: thread_place(waiting_since, at, thread.id, priority=priority),
        }
    ).where(Thread.id == thread.id)


async def close_waiting(vip_id: int, at: datetime) -> None:
    """None of a buyer's questions waits any more, because nobody could answer her. Call inside `writing()`."""
    for thread in await queries.waiting_of_vip(vip_id):
        await _settle(thread, None, at)
        await on_orders.end_need(thread.order_id, QUESTION, _subject(thread), at)
