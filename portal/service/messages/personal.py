"""What this room knows of a buyer: for her export, and for her erasure."""

from datetime import datetime
from typing import Any

from portal.service.messages.tables import BuyerMessage

MOST = 10_000


async def export_buyer(vip_id: int) -> dict[str, Any]:
    """What she was told, the oldest first. Call inside a door."""
    rows = await BuyerMessage.raw(
        "SELECT kind, params, at, sent_at, channel, language FROM buyer_messages WHERE vip = {} ORDER BY id LIMIT {}",
        vip_id,
        MOST,
    )
    return {"told": [dict(row) for row in rows]}


async def erase_buyer(vip_id: int, at: datetime) -> None:
    """Take out what the sentences were filled with, and where they led; what waits is never sent. In `writing()`."""
    await BuyerMessage.raw("UPDATE buyer_messages SET params = {}, way = NULL WHERE vip = {}", "{}", vip_id)
