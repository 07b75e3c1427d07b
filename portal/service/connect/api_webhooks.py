"""`POST /webhooks/shop`: what the shop tells by Standard Webhooks. The signature says who it is; there is no key."""

from typing import Any

import msgspec
from litestar import Controller, Request, post
from litestar.response import Response

from portal.core.base.audit import Actor
from portal.core.base.clock import now
from portal.core.base.refusals import Refused
from portal.core.base.settings import settings
from portal.core.web.i18n import t
from portal.core.web.state import state
from portal.service.connect.answers import HANDLERS
from portal.service.connect.intake import read_message, take_in
from portal.service.connect.signing import usable_secret, verified_id

MOST_BYTES = 1_000_000


class WebhookAnswer(msgspec.Struct):
    """What became of a webhook: `taken`, or `repeated` (it was here before)."""

    status: str
    type: str
    detail: str


class ShopWebhooks(Controller):
    """The shop's webhooks."""

    path = "/webhooks/shop"
    opt = {"open": True, "program": True}  # noqa: RUF012 - Litestar's own form
    exception_handlers = HANDLERS

    @post(status_code=200, request_max_body_size=MOST_BYTES)
    async def take_webhook(self, request: Request[Any, Any, Any]) -> Response[WebhookAnswer]:
        """Check the signature, then do what is told, once."""
        at, secret = now(), settings().webhook_secret
        if secret is None or not usable_secret(secret):
            raise Refused("webhook_unset", status=503)
        body = await request.body()
        webhook_id = verified_id(secret, request.headers, body, at)
        message = read_message(body)
        actor = Actor("shop", None, state().address, state().request_ref)
        try:
            taken = await take_in(actor, webhook_id, message, at)
        except Refused as refused:
            raise await message.explain(actor, refused, at) from refused
        return _said("taken" if taken else "repeated", message.type)


def _said(status: str, kind: str) -> Response[WebhookAnswer]:
    return Response(WebhookAnswer(status, kind, t(f"connect.incoming.{status}")))


ROUTES: list[Any] = [ShopWebhooks]
