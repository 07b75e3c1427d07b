"""Telling a buyer something, and sending again what has failed."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from portal.core.base import audit, outbox
from portal.core.base.audit import Actor
from portal.core.base.clock import local
from portal.core.base.database import writing
from portal.core.base.public_links import Door, open_door
from portal.core.base.refusals import NotFound, Refused
from portal.core.base.settings import settings
from portal.service.messages import queries
from portal.service.messages.rules import (
    DAY,
    MOST_A_DAY,
    SAME_WITHIN,
    URGENT,
    Failure,
    State,
    morning_after,
    reachable,
    slot_of,
)
from portal.service.messages.tables import BuyerMessage

TOPIC = "buyer.message"


async def tell_buyer(
    vip_id: int,
    kind: str,
    params: Mapping[str, Any],
    at: datetime,
    *,
    way: str | None = None,
    order_id: int | None = None,
) -> int | None:
    """Tell a buyer one thing, in the caller's transaction; its sentence is `buyer.<kind>`, filled with `params`.

    Instants go under names ending `_at`, money under names ending `_fen`; no personal values. `way` is the address
    that it leads to. At night it waits for eight o'clock. Returns the message's id, or None where the very same was
    told within ten minutes. Above a day's share it is kept as failed, and an admin may send it.
    """
    async with writing():
        message_id = await _keep(vip_id, kind, params, at, await _kept_way(way, at), order_id)
        if message_id is None:
            return None
        if kind not in URGENT and await queries.told_since(vip_id, at - DAY, MOST_A_DAY + 1) > MOST_A_DAY:
            await _fail(message_id, Failure.FLOOD, at)
            return message_id
        await _post(message_id, at, urgent=kind in URGENT)
        return message_id


async def _keep(
    vip_id: int, kind: str, params: Mapping[str, Any], at: datetime, way: str | None, order_id: int | None
) -> int | None:
    """The message's id, or None where the same was told a moment ago."""
    plain = json.dumps(dict(params), sort_keys=True, ensure_ascii=False, default=_plain)
    digest = hashlib.sha256("\0".join([kind, str(order_id), plain, way or ""]).encode()).hexdigest()
    recent = await BuyerMessage.exists().where(
        BuyerMessage.vip == vip_id, BuyerMessage.digest == digest, BuyerMessage.at > at - SAME_WITHIN
    )
    if recent:
        return None
    rows = await BuyerMessage.raw(
        "INSERT INTO buyer_messages (vip, order_id, kind, params, way, digest, slot, at, due_at)"
        " VALUES ({}, {}, {}, {}, {}, {}, {}, {}, {}) ON CONFLICT DO NOTHING RETURNING id",
        vip_id,
        order_id,
        kind,
        plain,
        way,
        digest,
        slot_of(at),
        at,
        at,
    )
    return int(rows[0]["id"]) if rows else None


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


async def _kept_way(way: str | None, at: datetime) -> str | None:
    """A link of ours by what it opens, because its address is a secret; any other address as it is."""
    if way is None or not way.startswith(f"{settings().base_url}/"):
        return way
    path = way.removeprefix(settings().base_url)
    door, _, token = path.removeprefix("/").partition("/")
    opened = await open_door(Door(door), token, at) if door in set(Door) else None
    return f"{queries.LINK}{door}:{opened.subject_id}" if opened else path


async def _post(message_id: int, at: datetime, *, urgent: bool) -> None:
    due_at = at if urgent else max(at, morning_after(local(at)).astimezone(UTC))
    await BuyerMessage.update({BuyerMessage.due_at: due_at}).where(BuyerMessage.id == message_id)
    lane = _lane(message_id)  # so that one that is sent again never goes beside a try that still waits
    await outbox.send(TOPIC, lane, {"message": message_id}, at, lane=lane, due_at=due_at)


def _lane(message_id: int) -> str:
    return f"message:{message_id}"


async def _fail(message_id: int, why: Failure, at: datetime) -> None:
    await BuyerMessage.update({BuyerMessage.failed: str(why), BuyerMessage.failed_at: at}).where(
        BuyerMessage.id == message_id, BuyerMessage.sent_at.is_null()
    )


async def mark_failed(message_id: int, why: Failure, at: datetime) -> None:
    """Note that a try came to nothing; whether another follows is the outbox's matter."""
    async with writing():
        await _fail(message_id, why, at)


async def mark_sent(message_id: int, channel: str, language: str, at: datetime) -> bool:
    """Note that it is on its way, in the caller's transaction. False where it was already."""
    rows = (
        await BuyerMessage.update(
            {
                BuyerMessage.sent_at: at,
                BuyerMessage.channel: channel,
                BuyerMessage.language: language,
                BuyerMessage.failed: None,
                BuyerMessage.failed_at: None,
            }
        )
        .where(BuyerMessage.id == message_id, BuyerMessage.sent_at.is_null())
        .returning(BuyerMessage.id)
    )
    return bool(rows)


async def send_again(actor: Actor, message_id: int, at: datetime) -> None:
    """Try a failed message once more, at once. Raises NotFound, and Refused where it has not failed (any more)."""
    async with writing():
        found = await queries.message(message_id)
        if found is None:
            raise NotFound
        rows = (
            await BuyerMessage.update({BuyerMessage.failed: None, BuyerMessage.failed_at: None})
            .where(BuyerMessage.id == message_id, BuyerMessage.failed.is_not_null(), BuyerMessage.sent_at.is_null())
            .returning(BuyerMessage.id)
        )
        if found.state is not State.FAILED or not reachable(found.phone) or not rows:
            raise Refused("message_not_failed", way="/admin/messages")
        if not await outbox.bring_forward(_lane(message_id), at):
            await _post(message_id, at, urgent=True)
        await audit.record(actor, "message.sent_again", ("buyer_message", message_id), at)
