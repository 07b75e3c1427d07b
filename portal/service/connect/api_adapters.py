"""`POST /webhooks/shopify`, `/saleor`, `/medusa`, `/kuaidi100`: other systems' webhooks, each signed in its way."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec
from litestar import Controller, Request, post
from litestar.response import Response

from portal.core.base.audit import Actor
from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.base.refusals import NotFound, Refused
from portal.core.base.settings import settings
from portal.core.web.i18n import t
from portal.core.web.state import state
from portal.service.connect.adapters import kuaidi100, medusa, saleor, shopify
from portal.service.connect.adapters.foreign import Adapter, Told
from portal.service.connect.adapters.kuaidi100 import Tracked
from portal.service.connect.answers import HANDLERS
from portal.service.connect.api_webhooks import MOST_BYTES, WebhookAnswer
from portal.service.connect.intake import Message, as_it_is, take_in
from portal.service.connect.rules import Incoming
from portal.service.orders import queries as orders
from portal.service.orders.actions import put_order
from portal.service.orders.parcels import put_parcel
from portal.service.orders.queries import ParcelInfo
from portal.service.orders.rules import ParcelFacts

AnyRequest = Request[Any, Any, Any]


class PushAnswer(msgspec.Struct, rename="camel"):
    """What Kuaidi100 wants to hear; anything else is pushed again."""

    result: bool
    return_code: str
    message: str


class AdapterWebhooks(Controller):
    """Webhooks of other systems. Each is closed (503) until its secret is set."""

    path = "/webhooks"
    opt = {"open": True, "program": True}  # noqa: RUF012 - Litestar's own form
    exception_handlers = HANDLERS

    @post("/shopify", status_code=200, request_max_body_size=MOST_BYTES)
    async def take_shopify(self, request: AnyRequest) -> WebhookAnswer:
        """Topics `orders/*` and `fulfillments/*`."""
        return await _take(request, shopify.ADAPTER)

    @post("/saleor", status_code=200, request_max_body_size=MOST_BYTES)
    async def take_saleor(self, request: AnyRequest) -> WebhookAnswer:
        """Events `order_*` and `fulfillment_*`."""
        return await _take(request, saleor.ADAPTER)

    @post("/medusa", status_code=200, request_max_body_size=MOST_BYTES)
    async def take_medusa(self, request: AnyRequest) -> WebhookAnswer:
        """The order that a subscriber posts."""
        return await _take(request, medusa.ADAPTER)

    @post("/kuaidi100", status_code=200, request_max_body_size=MOST_BYTES)
    async def take_kuaidi100(self, request: AnyRequest) -> Response[PushAnswer]:
        """What a carrier noted of a parcel that the shop has told before: 404 until then, so that it comes again."""
        secret, at = _secret("kuaidi100"), now()
        tracked = kuaidi100.translated(kuaidi100.verified(secret, await request.body()))
        if tracked is not None:
            await _add_traces(_actor("kuaidi100"), tracked, at)
        return Response(PushAnswer(True, "200", "ok"), status_code=200)


def _secret(name: str) -> str:
    secret = settings().adapter_secrets.get(name)
    if not secret:
        raise Refused("webhook_unset", status=503)
    return secret


def _actor(name: str) -> Actor:
    return Actor(name, None, state().address, state().request_ref)


async def _take(request: AnyRequest, adapter: Adapter) -> WebhookAnswer:
    at, body = now(), await request.body()
    webhook_id = adapter.verified(_secret(adapter.name), request.headers, body, at)
    told = adapter.translated(request.headers, body)
    if told is None:
        return _said("ignored", adapter)

    async def act(actor: Actor, moment: datetime) -> None:
        await _take_over(actor, told, moment)

    message = Message(Incoming.ORDER_CHANGED, act, as_it_is)
    taken = await take_in(_actor(adapter.name), f"{adapter.name}:{webhook_id}", message, at)
    return _said("taken" if taken else "repeated", adapter)


def _said(status: str, adapter: Adapter) -> WebhookAnswer:
    return WebhookAnswer(status, adapter.name, t(f"connect.incoming.{status}"))


async def _take_over(actor: Actor, told: Told, at: datetime) -> None:
    for facts in told.orders:
        await put_order(actor, facts, at)
    for number, parcel in told.parcels:
        await put_parcel(actor, number, parcel, at)


async def _add_traces(actor: Actor, tracked: Tracked, at: datetime) -> None:
    """Give the traces to every parcel of this number: one box may hold several orders."""
    async with reading():
        known = await orders.parcels_by_number(tracked.tracking_number)
    meant = [(number, one) for number, one in known if one.carrier == tracked.carrier] or known
    if not meant:
        raise NotFound
    async with writing():
        for number, one in meant:
            await put_parcel(actor, number, replace(_facts(one), traces=tracked.traces), at)


def _facts(parcel: ParcelInfo) -> ParcelFacts:
    return ParcelFacts(parcel.carrier, parcel.tracking_number, parcel.shipped_at, parcel.lines, ())


ROUTES: list[Any] = [AdapterWebhooks]
