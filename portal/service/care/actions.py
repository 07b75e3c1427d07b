"""Counting levels, keeping call-backs and notes."""

from datetime import datetime

from portal.core.base import audit, jobs
from portal.core.base.audit import Actor
from portal.core.base.clock import now
from portal.core.base.database import writing
from portal.core.base.hooks import OrderFact
from portal.core.base.leases import Claim
from portal.core.base.refusals import Refused
from portal.core.stores.queries import VipInfo
from portal.service.care import queries
from portal.service.care.rules import Level, Outcome, next_call, standing
from portal.service.care.tables import CallBack, VipLevel, VipNote
from portal.service.orders import actions as orders

PLACE = "care.place"  # the job that moves a VIP's orders in her owner's list


async def place_orders(held: Claim) -> None:
    """The job: her level has changed, and with it where her orders stand."""
    await orders.place_again(int(held.payload["vip"]), now())


async def on_order(fact: OrderFact) -> None:
    """Joined to `order_changed`: the buyer's level follows her orders."""
    rows = await VipLevel.raw("SELECT vip, store FROM orders WHERE id = {}", fact.order_id)
    await recount(rows[0]["vip"], rows[0]["store"], fact.at)


async def recount(vip_id: int, store_id: int, at: datetime) -> Level:
    """Count a VIP's orders anew. Whoever becomes key is due for a call, whoever is not any more is not."""
    async with writing():
        before = await _held(vip_id, store_id, at)
        now = standing(await queries.bought(vip_id), at)
        was_key = before.level == Level.KEY
        next_at = before.next_call_at
        if now.level is Level.KEY and next_at is None and not before.do_not_call:
            next_at = at
        if was_key and now.level is not Level.KEY:
            next_at = None
        await VipLevel.update(
            level=str(now.level),
            orders=now.orders,
            arrived=now.arrived,
            year_arrived=now.year_arrived,
            year_fen=now.year_fen,
            last_order_at=now.last_order_at,
            recount_at=now.recount_at,
            counted_at=at,
            next_call_at=next_at,
        ).where(VipLevel.vip == vip_id)
        if was_key is not (now.level is Level.KEY):
            await jobs.enqueue(PLACE, f"vip:{vip_id}", at, {"vip": vip_id})
        return now.level


async def _held(vip_id: int, store_id: int, at: datetime) -> queries.LevelInfo:
    """The VIP's row, made if there is none and held, so that counts of two orders come one after the other."""
    await VipLevel.raw(
        "INSERT INTO vip_levels (vip, store, level, orders, arrived, year_arrived, year_fen, counted_at, do_not_call)"
        " VALUES ({}, {}, {}, 0, 0, 0, 0, {}, {}) ON CONFLICT (vip) DO UPDATE SET counted_at = excluded.counted_at",
        vip_id,
        store_id,
        str(Level.NEW),
        at,
        False,
    )
    found = await queries.level(vip_id)
    assert found is not None
    return found


async def record_call(
    actor: Actor,
    person_id: int,
    vip: VipInfo,
    outcome: Outcome,
    note: str | None,
    chosen: datetime | None,
    at: datetime,
) -> None:
    """Keep how a call went, and when the next is due. Raises Refused `call_unwanted` where she wants none."""
    async with writing():
        level = await _held(vip.id, vip.store_id, at)
        if level.do_not_call:
            raise Refused("call_unwanted")
        next_at = next_call(level.level, outcome, chosen, at)
        row = CallBack(
            vip=vip.id,
            store=vip.store_id,
            by_person=person_id,
            at=at,
            outcome=str(outcome),
            note=note,
            next_at=next_at,
        )
        rows = await CallBack.insert(row)
        await VipLevel.update(next_call_at=next_at, do_not_call=outcome is Outcome.DO_NOT_CALL).where(
            VipLevel.vip == vip.id
        )
        facts = {"vip": vip.id, "outcome": str(outcome)}
        await audit.record(actor, "care.called", ("call_back", int(rows[0]["id"])), at, facts)


async def keep_note(actor: Actor, person_id: int, vip: VipInfo, text: str, at: datetime) -> None:
    """Write something down of a VIP, for the owner's own eyes."""
    async with writing():
        await VipNote.insert(VipNote(vip=vip.id, by_person=person_id, at=at, text=text))
        await audit.record(actor, "care.noted", ("vip", vip.id), at)
