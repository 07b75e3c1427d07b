"""What this room knows of a buyer: for her export, and for her erasure."""

from datetime import datetime
from typing import Any

from portal.service.returns.tables import RegisterEntry, Return, ReturnPhoto, ReturnStep

MOST = 10_000
_HERS = "IN (SELECT o.id FROM orders o WHERE o.vip = {})"
_OF_HERS = "IN (SELECT r.id FROM returns r JOIN orders o ON o.id = r.order_of WHERE o.vip = {})"


async def export_buyer(vip_id: int) -> dict[str, Any]:
    """Her returns, the oldest first; money in fen. Call inside a door."""
    rows = await Return.raw(
        "SELECT r.ref, o.number AS order_number, r.kind, r.reason, r.state, r.amount_fen, r.refunded_fen, r.text,"
        " r.refused_text, r.filed_at, r.ended_at, (SELECT count(*) FROM return_photos p WHERE p.return_of = r.id)"
        " AS photos FROM returns r JOIN orders o ON o.id = r.order_of WHERE o.vip = {} ORDER BY r.id LIMIT {}",
        vip_id,
        MOST,
    )
    return {"returns": [dict(row) for row in rows]}


async def erase_buyer(vip_id: int, at: datetime) -> None:
    """Take words, photos and parcel numbers out; states and money stay, they name nobody. Call inside `writing()`."""
    blanks = "text = '', refused_text = NULL, back_number = NULL, new_number = NULL"
    await Return.raw(f"UPDATE returns SET {blanks} WHERE order_of {_HERS}", vip_id)  # noqa: S608 - our own columns
    await ReturnStep.raw(f"UPDATE return_steps SET note = NULL WHERE return_of {_OF_HERS}", vip_id)  # noqa: S608
    await ReturnPhoto.raw(f"DELETE FROM return_photos WHERE return_of {_OF_HERS}", vip_id)  # noqa: S608
    await RegisterEntry.raw(f"UPDATE register_entries SET text = '' WHERE order_of {_HERS}", vip_id)  # noqa: S608
