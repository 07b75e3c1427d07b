"""Webhooks that come in: read whole first, then taken once, their id and their effect in one transaction."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from portal.core.base.audit import Actor
from portal.core.base.database import writing
from portal.core.base.refusals import NotFound, Refused
from portal.core.stores import actions as stores
from portal.core.stores import queries as store_queries
from portal.core.supply import actions as supply
from portal.core.supply.forms import ProductBody, SupplierBody
from portal.core.web.programs import IllShaped, shaped
from portal.core.web.shapes import Fault
from portal.service.compensations import paying
from portal.service.compensations.forms import PaymentChange
from portal.service.compensations.rules import Via
from portal.service.connect.answers import binding_refusal
from portal.service.connect.forms import Closing, Envelope, Named, StoreBody, VipBody
from portal.service.connect.forms_orders import NumberedOrder, ParcelOfOrder
from portal.service.connect.rules import Incoming
from portal.service.connect.tables import ReceivedWebhook
from portal.service.orders import actions as orders
from portal.service.orders.parcels import put_parcel
from portal.service.returns import actions as returns
from portal.service.returns.forms import ReturnChange
from portal.service.sharing import actions as sharing

Act = Callable[[Actor, datetime], Awaitable[object]]
Explain = Callable[[Actor, Refused, datetime], Awaitable[Refused]]
IN_DATA = "data."


@dataclass(frozen=True, slots=True)
class Message:
    """A webhook that was read: its type, when the shop sent it, and what it asks to be done.

    `explain` makes of a refusal what the shop is answered.
    """

    type: Incoming
    act: Act
    explain: Explain


async def as_it_is(actor: Actor, refused: Refused, at: datetime) -> Refused:
    """A refusal in the words of the data: its field stands inside it."""
    if refused.field is not None:
        names = {"kit_returned_at": "kit.returned_at"}
        refused.field = f"{IN_DATA}{names.get(refused.field, refused.field)}"
    return refused


def read_message(body: bytes) -> Message:
    """The message, whatever it asks well-shaped. Raises IllShaped."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise IllShaped([Fault("", "not_json", {})]) from None
    if not isinstance(data, dict):
        raise IllShaped([Fault("", "not_object", {})])
    envelope = shaped({name: data[name] for name in ("type", "timestamp", "data") if name in data}, Envelope)
    if envelope.type not in set(Incoming):
        raise IllShaped([Fault("type", "not_choice", {})])
    kind = Incoming(envelope.type)
    return _READERS[kind](kind, envelope)


def _split(envelope: Envelope) -> tuple[str, dict[str, Any]]:
    """The record's id, and the record itself."""
    named = shaped({name: value for name, value in envelope.data.items() if name == "external_id"}, Named, IN_DATA)
    return named.external_id, {name: value for name, value in envelope.data.items() if name != "external_id"}


def _store_opened(kind: Incoming, envelope: Envelope) -> Message:
    external_id, data = _split(envelope)
    opening = shaped(data, StoreBody, IN_DATA).opening(external_id)
    return Message(kind, lambda actor, at: stores.put_store(actor, opening, at), as_it_is)


def _store_closed(kind: Incoming, envelope: Envelope) -> Message:
    """The whole store, or only its id and the time; a time left out is the message's."""
    if envelope.data.keys() <= {"external_id", "closed_at"}:
        closing = shaped(envelope.data, Closing, IN_DATA)
        closed_at = closing.closed_at or envelope.timestamp
        return Message(kind, lambda actor, at: _close(actor, closing.external_id, closed_at, at), as_it_is)
    external_id, data = _split(envelope)
    opening = shaped(data, StoreBody, IN_DATA).opening(external_id)
    closed = replace(opening, closed_at=opening.closed_at or envelope.timestamp)
    return Message(kind, lambda actor, at: stores.put_store(actor, closed, at), as_it_is)


async def _close(actor: Actor, external_id: str, closed_at: datetime, at: datetime) -> None:
    """Close a store that we know; one that is closed stays as it is."""
    store = await store_queries.store_by_external_id(external_id)
    if store is None:
        raise NotFound
    if store.closed_at is None:
        await stores.close_store(actor, store.id, at, closed_at=closed_at)


def _vip_registered(kind: Incoming, envelope: Envelope) -> Message:
    external_id, data = _split(envelope)
    wanted = shaped(data, VipBody, IN_DATA).binding(external_id)

    async def explain(actor: Actor, refused: Refused, at: datetime) -> Refused:
        return await binding_refusal(actor, wanted, refused, at, IN_DATA)

    return Message(kind, lambda actor, at: sharing.bind(actor, wanted, at), explain)


def _product_changed(kind: Incoming, envelope: Envelope) -> Message:
    external_id, data = _split(envelope)
    facts = shaped(data, ProductBody, IN_DATA).facts(external_id)
    return Message(kind, lambda actor, at: supply.put_product(actor, facts, at), as_it_is)


def _supplier_changed(kind: Incoming, envelope: Envelope) -> Message:
    external_id, data = _split(envelope)
    facts = shaped(data, SupplierBody, IN_DATA).facts(external_id)
    return Message(kind, lambda actor, at: supply.put_supplier(actor, facts, at), as_it_is)


def _order_changed(kind: Incoming, envelope: Envelope) -> Message:
    facts = shaped(envelope.data, NumberedOrder, IN_DATA).numbered
    return Message(kind, lambda actor, at: orders.put_order(actor, facts, at), as_it_is)


def _parcel_changed(kind: Incoming, envelope: Envelope) -> Message:
    body = shaped(envelope.data, ParcelOfOrder, IN_DATA)
    return Message(kind, lambda actor, at: put_parcel(actor, body.of, body.facts, at), as_it_is)


def _return_changed(kind: Incoming, envelope: Envelope) -> Message:
    """The answer to a return, beside its ref; its moment left out is the message's."""
    change = shaped(envelope.data, ReturnChange, IN_DATA)

    async def act(actor: Actor, at: datetime) -> object:
        return await returns.take_change(actor, change.ref, change.told(), min(change.moment(envelope.timestamp), at))

    return Message(kind, act, as_it_is)


def _compensation_paid(kind: Incoming, envelope: Envelope) -> Message:
    """A payment beside the ref of what it pays; its moment left out is the message's."""
    change = shaped(envelope.data, PaymentChange, IN_DATA)
    payment = replace(change.told(), paid_at=change.paid_at or envelope.timestamp)
    return Message(kind, lambda actor, at: paying.confirm(actor, change.ref, payment, Via.WEBHOOK, at), as_it_is)


_READERS: dict[Incoming, Callable[[Incoming, Envelope], Message]] = {
    Incoming.STORE_OPENED: _store_opened,
    Incoming.STORE_CLOSED: _store_closed,
    Incoming.VIP_REGISTERED: _vip_registered,
    Incoming.PRODUCT_CHANGED: _product_changed,
    Incoming.SUPPLIER_CHANGED: _supplier_changed,
    Incoming.ORDER_CHANGED: _order_changed,
    Incoming.PARCEL_CHANGED: _parcel_changed,
    Incoming.RETURN_CHANGED: _return_changed,
    Incoming.COMPENSATION_PAID: _compensation_paid,
}


async def take_in(actor: Actor, webhook_id: str, message: Message, at: datetime) -> bool:
    """Do what a message asks, once for its id; False where that id was here before. Raises Refused: nothing is kept."""
    async with writing():
        rows = await ReceivedWebhook.raw(
            "INSERT INTO received_webhooks (webhook_id, type, received_at) VALUES ({}, {}, {})"
            " ON CONFLICT (webhook_id) DO NOTHING RETURNING id",
            webhook_id,
            str(message.type),
            at,
        )
        if rows:
            await message.act(actor, at)
    return bool(rows)
