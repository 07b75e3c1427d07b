"""What this room knows of a buyer: for her export, and for her erasure."""

from datetime import datetime
from typing import Any

from portal.core.stores.rules import ERASED
from portal.core.stores.tables import Vip


async def export_buyer(vip_id: int) -> dict[str, Any]:
    """Who she is and whose VIP. Call inside a door."""
    rows = await Vip.raw(
        "SELECT v.external_id, v.name, v.phone, v.registered_at, v.bound_at, v.bound_via, s.name AS store"
        " FROM vips v JOIN stores s ON s.id = v.store WHERE v.id = {}",
        vip_id,
    )
    return {"buyer": dict(rows[0])} if rows else {}


async def erase_buyer(vip_id: int, at: datetime) -> None:
    """Her name and phone go; the shop's number for her stays, so that she is not taken for somebody new.

    Call inside `writing()`.
    """
    await Vip.update({Vip.name: ERASED, Vip.phone: ERASED}).where(Vip.id == vip_id)
