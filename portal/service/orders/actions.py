"""Taking orders over from the shop, and what every room above writes on one: events, needs, flags."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.base import audit, hooks
from portal.core.base.audit import Actor
from portal.core.base.database import hold, reading, writing
from portal.core.base.hooks import OrderFact
from portal.core.base.refusals import NotFound, Refused
from portal.core.stores import queries as stores
from portal.core.stores.queries import VipInfo
from portal.core.supply import queries as supply
from portal.core.supply.queries import ProductInfo
from portal.service.orders import queries
from portal.service.orders.arrivals import tell_owner
from portal.service.orders.queries import OrderInfo
from portal.service.orders.rules import (
    OVER,
    LineFacts,
    OrderFacts,
    Status,
    attention,
    order_faults,
    phone_tail,
    rank,
    search_text,
    steps_between,
    turns_at,
)
from portal.service.orders.tables import Order, OrderEvent, OrderLine, OrderNeed
from portal.service.sharing import queries as links

MOST_PLACED = 200  # orders of one VIP under way that follow a change of her level at once
# Whether a VIP is a key one, asked of the room above that counts it; joined in wiring.
KEY_VIP: list[Callable[[int], Awaitable[bool]]] = []
# Who hears, in the same transaction, that a moment was written into an order's timeline; joined in wiring.
NOTED: list[Callable[[int, datetime], Awaitable[None]]] = []


@dataclass(frozen=True, slots=True)
class Put:
    """The order as it stands now, and whether this call made or changed it."""

    order: OrderInfo
    created: bool
    changed: bool


async def put_order(actor: Actor, facts: OrderFacts, at: datetime) -> Put:
    """Take the whole order as told; the same again changes nothing, and neither does one that is older than ours.

    Raises Refused(422), its field named as in the contract: `order_vip_unknown`, `order_product_unknown`,
    `order_before_placing`, `order_line_twice`, `order_refunded_more`; Refused(409): `order_vip_differs`.
    """
    for field, fault in order_faults(facts):
        raise Refused(fault, field=field, status=422)
    async with writing():
        products = await _products(facts)
        stored = await held(facts.number)
        if stored is None:
            order_id = await _create(actor, facts, at)
            if order_id is not None:
                await _store_lines(order_id, facts.lines, products, {}, at)
                return Put(await _settled(actor, order_id, None, facts, at), created=True, changed=True)
            stored = await held(facts.number)
            assert stored is not None
        return await _bring_up_to_date(actor, stored, facts, products, at)


async def held(number: str) -> OrderInfo | None:
    """The order with its row held to the end of the transaction, so that two writers come one after the other."""
    await hold("orders", number, "number")
    return await queries.order_by_number(number)


async def _products(facts: OrderFacts) -> dict[str, ProductInfo]:
    found = await supply.products_by_external_id({line.product for line in facts.lines})
    for position, line in enumerate(facts.lines):
        if line.product not in found:
            raise Refused(
                "order_product_unknown", {"product": line.product}, field=f"items[{position}].product", status=422
            )
    return found


async def _vip(external_id: str) -> VipInfo:
    found = await stores.vip_by_external_id(external_id)
    if found is None:
        raise Refused("order_vip_unknown", {"vip": external_id}, field="vip", status=422)
    return found


def _columns(facts: OrderFacts, vip_name: str, at: datetime) -> dict[str, Any]:
    address = facts.address
    return {
        "share_code": facts.share_code,
        "status": str(facts.status),
        "updated_at": facts.updated_at,
        "placed_at": facts.placed_at,
        "delivered_at": facts.delivered_at,
        "ship_by": facts.ship_by,
        "paid_fen": facts.paid_fen,
        "address_name": address.name,
        "address_phone": address.phone,
        "phone_tail": phone_tail(address.phone),
        "region": address.region,
        "street": address.street,
        "search": search_text(facts.number, vip_name, (line.title for line in facts.lines)),
        "changed_at": at,
    }


async def _create(actor: Actor, facts: OrderFacts, at: datetime) -> int | None:
    """The new order's id; None where another request has made it meanwhile."""
    vip = await _vip(facts.vip)
    link = await links.link_by_code(facts.share_code) if facts.share_code else None
    row = Order(
        number=facts.number,
        store=vip.store_id,
        vip=vip.id,
        link=link.id if link else None,
        taken_at=at,
        **_columns(facts, vip.name, at),
    )
    rows = await Order.insert(row).on_conflict(target=Order.number, action="DO NOTHING")
    if not rows:
        return None
    order_id = int(rows[0]["id"])
    await audit.record(actor, "order.taken", ("order", order_id), at, {"store": vip.store_id})
    return order_id


async def _store_lines(
    order_id: int,
    lines: tuple[LineFacts, ...],
    products: Mapping[str, ProductInfo],
    known: Mapping[str, int],
    at: datetime,
) -> None:
    """Write the lines; a line that was there before keeps the commission of the moment when it came."""
    for line in lines:
        product = products[line.product]
        values: dict[str, Any] = {
            "product": product.id,
            "title": line.title,
            "quantity": line.quantity,
            "paid_fen": line.paid_fen,
            "refunded_fen": line.refunded_fen,
            "removed_at": None,
        }
        if line.line in known:
            await OrderLine.update(**values).where(OrderLine.id == known[line.line])
        else:
            bp = product.commission_bp
            await OrderLine.insert(OrderLine(order_of=order_id, line=line.line, commission_bp=bp, **values))
    told = {line.line for line in lines}
    for gone in (line_id for line, line_id in known.items() if line not in told):
        await OrderLine.update({OrderLine.removed_at: at}).where(OrderLine.id == gone, OrderLine.removed_at.is_null())


async def _bring_up_to_date(
    actor: Actor, stored: OrderInfo, facts: OrderFacts, products: Mapping[str, ProductInfo], at: datetime
) -> Put:
    if facts.updated_at < stored.updated_at or facts == stored.facts:
        return Put(stored, created=False, changed=False)
    if facts.vip != stored.vip:
        raise Refused("order_vip_differs", field="vip")
    values = _columns(facts, stored.vip_name, at)
    if facts.share_code != stored.share_code:
        link = await links.link_by_code(facts.share_code) if facts.share_code else None
        values["link"] = link.id if link else None
    await Order.update(**values).where(Order.id == stored.id)
    if tuple(line.facts for line in stored.present) != facts.lines:
        await _store_lines(stored.id, facts.lines, products, {line.line: line.id for line in stored.lines}, at)
    return Put(await _settled(actor, stored.id, stored, facts, at), created=False, changed=True)


async def _settled(actor: Actor, order_id: int, before: OrderInfo | None, facts: OrderFacts, at: datetime) -> OrderInfo:
    """Note what has happened, put the order at its rank, and let the rooms above act on it."""
    for step in steps_between(before.status if before else None, facts.status):
        await note(order_id, str(step), _moment(step, facts))
    if before is not None and before.address != facts.address:
        await note(order_id, "address", facts.updated_at)
    if before is not None and before.ship_by != facts.ship_by and facts.ship_by is not None:
        await note(order_id, "ship_by", facts.updated_at, {"ship_by_at": facts.ship_by.isoformat()})
    await place(order_id, at)
    await hooks.order_changed.call(OrderFact(order_id, at, actor))
    settled = await queries.order(order_id)
    assert settled is not None
    if before is None:
        await tell_owner(settled, at)
    return settled


def _moment(step: Status, facts: OrderFacts) -> datetime:
    known = {Status.PLACED: facts.placed_at, Status.DELIVERED: facts.delivered_at}
    return known.get(step) or facts.updated_at


# ---- what every room above writes on an order, in its own transaction ----


async def note(
    order_id: int, kind: str, at: datetime, facts: Mapping[str, Any] | None = None, by_person: int | None = None
) -> None:
    """Put a moment into the timeline; its sentence is `orders.event.<kind>`. No personal values in `facts`."""
    text = json.dumps(dict(facts or {}), sort_keys=True, default=str)
    await OrderEvent.insert(OrderEvent(order_of=order_id, at=at, kind=kind, by_person=by_person, facts=text))
    for hear in NOTED:
        await hear(order_id, at)


async def raise_need(order_id: int, code: str, subject: str, way: str, at: datetime) -> bool:
    """Say that the order needs its owner; its sentence is `orders.need.<code>`. False where that was said already."""
    async with writing():
        rows = await OrderNeed.raw(
            "INSERT INTO order_needs (order_of, code, subject, way, since) VALUES ({}, {}, {}, {}, {})"
            " ON CONFLICT DO NOTHING RETURNING id",
            order_id,
            code,
            subject,
            way,
            at,
        )
        if rows:
            await place(order_id, at)
    return bool(rows)


async def end_need(order_id: int, code: str, subject: str, at: datetime) -> bool:
    """The need is settled. False where there was none."""
    async with writing():
        rows = (
            await OrderNeed.update({OrderNeed.ended_at: at})
            .where(
                OrderNeed.order_of == order_id,
                OrderNeed.code == code,
                OrderNeed.subject == subject,
                OrderNeed.ended_at.is_null(),
            )
            .returning(OrderNeed.id)
        )
        if rows:
            await place(order_id, at)
    return bool(rows)


async def place(order_id: int, at: datetime) -> None:
    """Put the order at the rank that status, clock and needs give it now."""
    rows = await Order.raw(
        "SELECT o.vip, o.status, o.ship_by, o.placed_at,"
        " (SELECT count(*) FROM order_needs n WHERE n.order_of = o.id AND n.ended_at IS NULL) AS needs"
        " FROM orders o WHERE o.id = {}",
        order_id,
    )
    status, ship_by = Status(rows[0]["status"]), rows[0]["ship_by"]
    level = attention(status, ship_by, needed=rows[0]["needs"] > 0, now=at)
    is_key = [await ask(rows[0]["vip"]) for ask in KEY_VIP]
    place_now = rank(level, rows[0]["placed_at"], order_id, key=any(is_key))
    await Order.update(attention=int(level), rank=place_now, turns_at=turns_at(status, ship_by, at)).where(
        Order.id == order_id
    )


async def place_again(vip_id: int, at: datetime) -> None:
    """Put a VIP's orders under way at their rank anew, because her level has changed.

    Each in a transaction of its own, and outside every other: two orders of one VIP that wait for each other never end.
    """
    async with reading():
        rows = await _under_way(vip_id)
    for row in rows:
        async with writing():
            await held(row["number"])
            await place(row["id"], at)


async def _under_way(vip_id: int) -> list[dict[str, Any]]:
    return (
        await Order.select(Order.id, Order.number)
        .where(Order.vip == vip_id, Order.status.not_in([str(status) for status in OVER]))
        .order_by(Order.rank, ascending=False)
        .limit(MOST_PLACED)
    )


async def required(order_id: int) -> OrderInfo:
    """The order. Raises NotFound."""
    found = await queries.order(order_id)
    if found is None:
        raise NotFound
    return found
