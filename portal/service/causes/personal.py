"""What this room knows of a buyer: what was written down as evidence of her complaints' causes."""

from datetime import datetime
from typing import Any

from portal.service.causes.tables import Finding

MOST = 10_000
_HERS = "IN (SELECT c.id FROM complaints c WHERE c.vip = {})"


async def export_buyer(vip_id: int) -> dict[str, Any]:
    """The causes that were found of her complaints. Call inside a door."""
    rows = await Finding.raw(
        "SELECT c.ref, f.party, f.code, f.made_at FROM cause_findings f JOIN complaints c ON c.id = f.complaint"
        " WHERE c.vip = {} AND f.superseded_at IS NULL ORDER BY f.id LIMIT {}",
        vip_id,
        MOST,
    )
    return {"causes": [dict(row) for row in rows]}


async def erase_buyer(vip_id: int, at: datetime) -> None:
    """The words go; parties, codes and dates stay, they name no buyer. Call inside `writing()`."""
    await Finding.raw(f"UPDATE cause_findings SET evidence = '' WHERE complaint {_HERS}", vip_id)  # noqa: S608
    await Finding.raw(
        "UPDATE corrective_action_words SET text = NULL WHERE action IN (SELECT a.id FROM corrective_actions a"  # noqa: S608
        f" WHERE a.complaint {_HERS})",
        vip_id,
    )
    await Finding.raw(f"UPDATE corrective_actions SET what = '' WHERE complaint {_HERS}", vip_id)  # noqa: S608
