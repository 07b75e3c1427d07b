"""Messages on their way: to the shop as an event, to an SMS gateway, or into a folder."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx
from standardwebhooks import Webhook

from portal.core.base import events
from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.base.leases import Claim, Dead
from portal.core.base.settings import settings
from portal.core.web.i18n import speaking
from portal.service.messages import queries
from portal.service.messages.actions import mark_failed, mark_sent
from portal.service.messages.queries import MessageInfo
from portal.service.messages.rules import Channel, Failure, accepted, channel_of, reachable
from portal.service.messages.wording import Spoken, Wordless, spoken

EVENT = "buyer.message"
SECONDS = 20  # for one try: less than a worker's lease

Carrier = Callable[[str, Spoken], Awaitable[None]]


class NotTaken(Exception):
    """The channel did not take it this time; says how, without naming anybody."""


async def deliver(claim: Claim) -> None:
    """Hand one message over. Raises Dead where it never can be, NotTaken where it is worth another try."""
    async with reading():
        message = await queries.message(int(claim.payload["message"]))
    if message is None or message.sent_at is not None:
        return
    if not reachable(message.phone):
        await mark_failed(message.id, Failure.ERASED, now())
        return
    channel = channel_of(settings().buyer_messages)
    if carrier := CARRIERS.get(channel):
        await _carry(message, carrier, str(claim.row["ref"]))
    await _done(message, channel)


async def _carry(message: MessageInfo, carrier: Carrier, ref: str) -> None:
    try:
        await carrier(ref, await _spoken(message))
    except (Dead, NotTaken) as failed:
        await mark_failed(message.id, _failure(failed), now())
        raise


async def _done(message: MessageInfo, channel: Channel) -> None:
    """It is on its way. For the shop it is from here on an event like any other, tried until each receiver has it."""
    at = now()
    async with writing():
        if await mark_sent(message.id, channel, settings().language, at) and channel is not Channel.GATEWAY:
            await events.emit(EVENT, f"vip:{message.vip}", {"message": message.id}, at)


def _failure(failed: Exception) -> Failure:
    if isinstance(failed, NotTaken):
        return Failure.UNREACHABLE
    return Failure.WORDLESS if isinstance(failed.__cause__, Wordless) else Failure.REFUSED


async def _spoken(message: MessageInfo) -> Spoken:
    try:
        with speaking(settings().language):
            async with reading():
                return await spoken(message)
    except Wordless as wordless:
        raise Dead("there is no text for it") from wordless


async def _into_folder(ref: str, words: Spoken) -> None:
    folder = Path(unquote(urlsplit(settings().buyer_messages).path))
    text = json.dumps(words.data, ensure_ascii=False, indent=2)
    await asyncio.to_thread(_drop, folder, f"{now():%Y%m%d-%H%M%S}-{ref}.json", text)


def _drop(folder: Path, name: str, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)


async def _to_gateway(ref: str, words: Spoken) -> None:
    """POST to the operator's own gateway, which may stand beside us: its address is a setting, not somebody's word."""
    sent_at = now()
    body = json.dumps({"type": EVENT, "timestamp": sent_at.isoformat(), "id": ref, "data": words.data})
    headers = {"content-type": "application/json", "user-agent": "store-owner-portal", **_signed(ref, body)}
    try:
        async with asyncio.timeout(SECONDS), httpx.AsyncClient(follow_redirects=False, trust_env=False) as client:
            response = await client.post(settings().buyer_messages, content=body.encode(), headers=headers)
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        raise NotTaken(type(error).__name__) from None
    taken = accepted(response.status_code)
    if taken is None:
        raise NotTaken(str(response.status_code))
    if not taken:
        raise Dead(f"the gateway refuses it: {response.status_code}")


def _signed(ref: str, body: str) -> dict[str, str]:
    """Standard Webhooks' headers, where there is a secret. Their time is the real one, as the gateway's clock is."""
    secret, sent_at = settings().webhook_secret, datetime.now(UTC)
    headers = {"webhook-id": ref, "webhook-timestamp": str(int(sent_at.timestamp()))}
    if secret is not None:
        headers["webhook-signature"] = Webhook(secret).sign(ref, sent_at, body)
    return headers


CARRIERS: dict[Channel, Carrier] = {Channel.FOLDER: _into_folder, Channel.GATEWAY: _to_gateway}
