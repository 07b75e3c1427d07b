"""What this room knows of a buyer: for her export, and for her erasure."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from portal.core.base.audit import SYSTEM
from portal.core.base.public_links import Door, end_link
from portal.service.mandates import queries
from portal.service.mandates.actions import close, fall
from portal.service.mandates.queries import scope_text
from portal.service.mandates.tables import Mandate

MOST = 10_000


async def export_buyer(vip_id: int) -> dict[str, Any]:
    """What she was asked to consent to and what she said, the oldest first; money in fen. Call inside a door."""
    rows = await Mandate.raw(
        "SELECT m.ref, o.number AS order_number, m.matter, m.scope, m.limit_fen, m.made_at, m.expires_at,"
        " m.confirmed_at, m.declined_at, m.decline_reason, m.revoked_at, m.withdrawn_at, m.used_at"
        " FROM mandates m JOIN orders o ON o.id = m.order_of WHERE m.vip = {} ORDER BY m.id LIMIT {}",
        vip_id,
        MOST,
    )
    return {"mandates": [dict(row) for row in rows]}


async def erase_buyer(vip_id: int, at: datetime) -> None:
    """Take every free text out and shut her links; what still stands ends, since nobody is left to agree.

    Matter, limit and times stay, they name nobody. Call inside `writing()`.
    """
    for info in await queries.mandates_of_vip(vip_id, MOST):
        scope = scope_text(replace(info.scope, text=""))
        await Mandate.update(scope=scope, decline_reason=None).where(Mandate.id == info.id)
        await end_link(Door.MANDATE, info.id, at)
        if await close(info, {"withdrawn_at": at}, at):
            await fall(info.id, SYSTEM, at)
