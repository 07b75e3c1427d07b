"""What this room knows of a buyer: for her export, and for her erasure."""

from datetime import datetime
from typing import Any

from portal.service.voices import talk
from portal.service.voices.tables import Rating, ThreadMessage

MOST = 10_000


async def export_buyer(vip_id: int) -> dict[str, Any]:
    """Her ratings and her messages. Call inside a door."""
    ratings = await Rating.raw(
        "SELECT o.number AS order_number, r.goods, r.delivery, r.owner, r.text, r.at, r.added_text, r.added_at,"
        " r.answer, r.answered_at FROM ratings r JOIN orders o ON o.id = r.order_of WHERE r.vip = {}"
        " ORDER BY r.id LIMIT {}",
        vip_id,
        MOST,
    )
    talk = await ThreadMessage.raw(
        "SELECT o.number AS order_number, m.at, m.by_person IS NULL AS mine, m.text FROM thread_messages m"
        " JOIN threads t ON t.id = m.thread JOIN orders o ON o.id = t.order_of WHERE t.vip = {}"
        " ORDER BY m.id LIMIT {}",
        vip_id,
        MOST,
    )
    messages = [{**row, "mine": bool(row["mine"])} for row in talk]
    return {"ratings": [dict(row) for row in ratings], "messages": messages}


async def erase_buyer(vip_id: int, at: datetime) -> None:
    """Take every free text out; marks and times stay, they name nobody. No question of hers waits any more.

    Call inside `writing()`.
    """
    await Rating.raw("UPDATE ratings SET text = NULL WHERE vip = {}", vip_id)
    await Rating.raw("UPDATE ratings SET added_text = '' WHERE vip = {} AND added_text IS NOT NULL", vip_id)
    await Rating.raw("UPDATE ratings SET answer = '' WHERE vip = {} AND answer IS NOT NULL", vip_id)
    await ThreadMessage.raw(
        "UPDATE thread_messages SET text = '' WHERE thread IN (SELECT id FROM threads WHERE vip = {})", vip_id
    )
    await talk.close_waiting(vip_id, at)
