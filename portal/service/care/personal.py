"""What this room knows of a buyer: for her export, and for her erasure."""

from datetime import datetime
from typing import Any

from portal.service.care import queries
from portal.service.care.tables import CallBack, VipLevel, VipNote

MOST = 1_000


async def export_buyer(vip_id: int) -> dict[str, Any]:
    """Her level, the calls and the notes. Call inside a door."""
    level = await queries.level(vip_id)
    return {
        "level": str(level.level) if level else "new",
        "calls": [
            {"at": call.at, "outcome": str(call.outcome), "note": call.note}
            for call in await queries.calls(vip_id, MOST)
        ],
        "notes": [{"at": note.at, "text": note.text} for note in await queries.notes(vip_id, MOST)],
    }


async def erase_buyer(vip_id: int, at: datetime) -> None:
    """Take every free text out and call her no more; counts stay, they name nobody. Call inside `writing()`."""
    await CallBack.raw("UPDATE call_backs SET note = NULL WHERE vip = {}", vip_id)
    await VipNote.delete().where(VipNote.vip == vip_id)
    await VipLevel.update({VipLevel.next_call_at: None, VipLevel.do_not_call: True}).where(VipLevel.vip == vip_id)
