"""What time brings: the ladder climbs, answers are looked at again, wishes run out."""

from datetime import datetime
from functools import partial

from portal.core.base.clock import now
from portal.core.base.database import writing
from portal.core.base.sweeping import each_due
from portal.service.inquiries import queries, telling, wishes
from portal.service.inquiries.actions import required
from portal.service.inquiries.following import held_by_id, wish_over
from portal.service.inquiries.queries import InquiryInfo
from portal.service.inquiries.rules import MAILED, Kind, Step, step_at, steps_due
from portal.service.inquiries.tables import Inquiry, InquiryStep
from portal.service.orders.actions import note, raise_need


async def climb() -> int:
    """Take every inquiry up to the rung that its clock has reached; returns how many were looked at."""
    at = now()
    return await each_due(partial(queries.due, at), partial(_look, at=at))


async def _look(inquiry_id: int, at: datetime) -> None:
    """One inquiry in one transaction, its order's row held: another worker finds nothing left to do."""
    async with writing():
        info = await required(inquiry_id)
        await held_by_id(info.order_id)
        info = await required(inquiry_id)
        if info.next_at is None or info.next_at > at:
            return
        if info.open:
            await _climb(info, at)
        else:
            await _unkept(info, at)


async def _climb(info: InquiryInfo, at: datetime) -> None:
    steps = steps_due(info.asked_at, info.due_at, info.level, at)
    level = info.level + len(steps)
    await Inquiry.update({Inquiry.level: level, Inquiry.next_at: step_at(info.asked_at, info.due_at, level)}).where(
        Inquiry.id == info.id
    )
    fresh = [step for step in steps if await _first_time(info.id, step, at)]
    letters = [step for step in fresh if step in MAILED]
    if Step.BREACH in fresh:
        await telling.silent(await required(info.id), at)
    elif letters:  # after a downtime one letter, the latest
        await telling.mail(info, str(letters[-1]), at)


async def _first_time(inquiry_id: int, step: Step, at: datetime) -> bool:
    rows = await InquiryStep.raw(
        "INSERT INTO inquiry_steps (inquiry, step, at) VALUES ({}, {}, {}) ON CONFLICT DO NOTHING RETURNING id",
        inquiry_id,
        str(step),
        at,
    )
    return bool(rows)


async def _unkept(info: InquiryInfo, at: datetime) -> None:
    """What was answered has not come true: the order would have settled it."""
    await Inquiry.update({Inquiry.next_at: None}).where(Inquiry.id == info.id)
    if info.kind is Kind.HURRY and await _first_time(info.id, Step.PROMISE, at):
        await note(info.order_id, "hurry_promise", at, {"party": info.party_name or ""})
        way = telling.need_way(info, "hurry_promise")
        await raise_need(info.order_id, "hurry_promise", info.subject, way, at)


async def ask_again() -> int:
    """Ask again where a buyer's wish has run out; returns how many."""
    at = now()
    return await each_due(partial(wishes.wishes_due, at), partial(wish_over, at=at))
