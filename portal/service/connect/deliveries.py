"""Events on their way out: one message per endpoint, each tried until it arrives or is given up.

A message keeps its `webhook-id` over all tries, so that a receiver knows a second copy: there is one where a worker
died between the answer and noting it.
"""

import json
from datetime import datetime
from typing import Any

from portal.core.base import outbox
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.base.events import RENDERERS
from portal.core.base.leases import Claim, Dead
from portal.service.connect import queries
from portal.service.connect.actions import disable_endpoint
from portal.service.connect.posting import Outcome, post
from portal.service.connect.queries import WEBHOOK, Receiver, lane_of
from portal.service.connect.rules import MOST_BODY, Verdict, verdict
from portal.service.connect.signing import signature_headers
from portal.service.connect.tables import Delivery


class NotDelivered(Exception):
    """The endpoint did not take it; says how."""


class LeaseLost(Exception):
    """Another worker has taken over meanwhile: nothing was written."""


async def fan_out(claim: Claim) -> None:
    """Make one message for each endpoint in use; all of them and the end of the claim are one transaction."""
    at, event, subject = now(), claim.payload, str(claim.row["subject"])
    async with writing():
        for endpoint_id in await queries.active_endpoints():
            payload = {"endpoint": endpoint_id, "event": event, "event_ref": claim.row["ref"]}
            await outbox.send(WEBHOOK, subject, payload, at, lane=lane_of(endpoint_id, subject))
        if not await claim.finish(at):
            raise LeaseLost


async def deliver(claim: Claim) -> None:
    """Try to hand one message over. Raises Dead where it never can be, NotDelivered where it is worth another try."""
    async with reading():
        receiver = await queries.receiver(int(claim.payload["endpoint"]))
    if receiver is None or not receiver.active:
        raise Dead("the endpoint is disabled")
    ref, event_type = str(claim.row["ref"]), str(claim.payload["event"]["type"])
    body = await _body(claim)
    outcome = await post(receiver.url, body, signature_headers(receiver.secrets(now()), ref, body))
    await _note(receiver, ref, event_type, outcome, now())
    match verdict(outcome.status):
        case Verdict.GONE:
            raise Dead("the receiver wants no more (410)")
        case Verdict.AGAIN:
            raise NotDelivered(str(outcome.error or outcome.status))


async def _body(claim: Claim) -> str:
    event: dict[str, Any] = claim.payload["event"]
    render = RENDERERS.get(str(event["type"]))
    told = await render(event, str(claim.row["subject"])) if render else None
    if told is None:
        raise Dead("there is nothing to tell")
    envelope = {
        "type": event["type"],
        "timestamp": told.at.isoformat(),
        "id": claim.payload["event_ref"] or claim.row["ref"],
        "subject": claim.row["subject"],
        "data": told.data,
    }
    body = json.dumps(envelope, ensure_ascii=False, separators=(",", ":"))
    if len(body.encode()) > MOST_BODY:
        raise Dead("the event is too large")
    return body


async def _note(receiver: Receiver, ref: str, event_type: str, outcome: Outcome, at: datetime) -> None:
    """Keep the try; an endpoint that answers 410 is disabled with it."""
    async with writing():
        await Delivery.insert(
            Delivery(endpoint=receiver.id, ref=ref, topic=event_type, at=at, status=outcome.status, error=outcome.error)
        )
        if verdict(outcome.status) is Verdict.GONE:
            await disable_endpoint(SYSTEM, receiver.id, "gone", at)
