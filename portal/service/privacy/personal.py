"""What this room knows of a buyer: for her export, and for her erasure."""

from datetime import datetime
from typing import Any

from portal.service.privacy.tables import Reveal

MOST = 1_000


async def export_buyer(vip_id: int) -> dict[str, Any]:
    """Who saw her number, when and why. Call inside a door."""
    rows = await Reveal.raw(
        "SELECT at, kind, own, reason, note FROM reveals WHERE vip = {} ORDER BY id LIMIT {}", vip_id, MOST
    )
    return {"reveals": [{**row, "own": bool(row["own"])} for row in rows]}


async def erase_buyer(vip_id: int, at: datetime) -> None:
    """The words go; that somebody looked, and when, stays. Call inside `writing()`."""
    await Reveal.update({Reveal.note: None}).where(Reveal.vip == vip_id)
