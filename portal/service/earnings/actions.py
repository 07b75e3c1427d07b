"""Settling an order's lines whenever the order or the clock moves, and the written setting."""

from collections.abc import Sequence
from datetime import datetime

from certification.rights import queries as rights
from portal.core.base import audit, site_settings
from portal.core.base.audit import SYSTEM, Actor
from portal.core.base.clock import site_zone
from portal.core.base.database import writing
from portal.core.base.hooks import OrderFact
from portal.core.notices import actions as notices
from portal.core.stores import queries as stores
from portal.service.earnings import ledger
from portal.service.earnings.ledger import Delivered, Judged, Present
from portal.service.earnings.rules import (
    WITHOUT_LINK,
    Kind,
    LineNow,
    Settled,
    Why,
    delivery,
    release_at,
    settle,
    verdict,
)
from portal.service.orders.actions import note, required


async def on_order(fact: OrderFact) -> None:
    """An order came or changed: bring its lines to where they should be, in the same transaction."""
    await settle_order(fact.actor, fact.order_id, fact.at)


async def settle_order(actor: Actor, order_id: int, at: datetime) -> int:
    """Post what is missing on an order's lines; returns how many moves that took. Again it posts nothing."""
    async with writing():
        lines = await ledger.hold(order_id)
        missing = [line for line in lines if line.id is None]
        for line in missing:
            await ledger.create(line, await _judge(line), at)
        if missing:
            lines = await ledger.hold(order_id)
        held = await ledger.held([line.order_line for line in lines if _due(line, at)])
        posted = [await _settle_line(order_id, line, held, at) for line in lines]
        moves = sum(len(settled.moves) for settled in posted)
        if moves:
            await _tell(actor, order_id, posted, at)
    return moves


def _due(line: Present, at: datetime) -> bool:
    """Whether its window is over and it has not become payable: only then a hold matters."""
    over = _delivered(line).release_at
    return over is not None and over <= at and not line.booked.released


def _delivered(line: Present) -> Delivered:
    known = delivery(line.status, line.told_delivered_at, line.kept["delivered_at"], line.updated_at)
    return Delivered(known, release_at(known, line.goods, site_zone()) if known is not None else None)


async def _judge(line: Present) -> Judged:
    """The verdict of now, with the decision that the gate had given by the moment of the order."""
    decision_id = await rights.held_at(line.store_id, line.placed_at)
    why = verdict(line.link, right_when_ordered=decision_id is not None, without_link=await earns_without_link())
    return Judged(str(why), decision_id)


async def _settle_line(order_id: int, line: Present, held: set[int], at: datetime) -> Settled:
    judged = line.judged or await _judge(line)
    delivered = _delivered(line)
    wanted = LineNow(
        why=Why(judged.why),
        bp=line.bp,
        paid_fen=line.paid_fen,
        refunded_fen=line.refunded_fen,
        status=line.status,
        removed=line.removed,
        payable_from=delivered.release_at,
    )
    settled = settle(wanted, line.booked, held=line.order_line in held, now=at)
    await ledger.post(line, judged, delivered, settled, at)
    return settled


async def _tell(actor: Actor, order_id: int, posted: Sequence[Settled], at: datetime) -> None:
    """Into the order's timeline and the audit trail; the owner hears of what went back."""
    sums = dict.fromkeys(Kind, 0)
    for move in (move for settled in posted for move in settled.moves):
        sums[move.kind] += move.fen
    facts = {str(kind): fen for kind, fen in sums.items() if fen}
    await audit.record(actor, "earning.posted", ("order", order_id), at, facts)
    if sums[Kind.RELEASE]:
        await note(order_id, "earning_payable", at, {"amount_fen": sums[Kind.RELEASE]})
    if sums[Kind.REVERSE]:
        await note(order_id, "earning_reversed", at, {"amount_fen": sums[Kind.REVERSE]})
        order = await required(order_id)
        store = await stores.store(order.store_id)
        assert store is not None
        params = {"number": order.number, "amount_fen": sums[Kind.REVERSE]}
        await notices.notify(store.owner_id, "earnings.reversed", params, at, way=f"/orders/{order.number}")


async def earns_without_link() -> bool:
    """The written setting: whether a VIP's order without a link of her store earns. Call inside a door."""
    return await site_settings.value(WITHOUT_LINK, "no") == "yes"


async def set_without_link(actor: Actor, on: bool, at: datetime) -> bool:
    """Change the written setting for orders that come from now on. False where it says so already."""
    return await site_settings.change(actor, WITHOUT_LINK, "yes" if on else "no", at)


async def settle_as_system(order_ids: Sequence[int], at: datetime) -> int:
    """What the sweep does: these orders in one transaction."""
    async with writing():
        return sum([await settle_order(SYSTEM, order_id, at) for order_id in order_ids])
