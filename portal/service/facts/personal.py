"""What this room knows of a buyer: counts and sums of orders that other rooms export, and whether they were her own."""

from datetime import datetime
from typing import Any

from portal.service.facts import keeping


async def export_buyer(vip_id: int) -> dict[str, Any]:
    """Nothing beside what the room of orders tells."""
    return {}


async def erase_buyer(vip_id: int, at: datetime) -> None:
    """Her orders are reckoned again, without phone and address. Call inside `writing()`."""
    await keeping.on_buyer(vip_id, at)
