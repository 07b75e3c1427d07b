"""What this room knows of a buyer: for her export, and for her erasure."""

from datetime import datetime
from typing import Any

from portal.service.compensations.tables import Approval, Grant, GrantReview, Proposal

MOST = 10_000
_HERS = "IN (SELECT c.id FROM complaints c WHERE c.vip = {})"


async def export_buyer(vip_id: int) -> dict[str, Any]:
    """What was proposed to her in which words, what she answered, and what was paid. Call inside a door."""
    proposals = await Proposal.raw(
        "SELECT c.ref AS complaint, p.kind, p.amount_fen, p.said, p.state, p.sent_at, p.answered_at"
        " FROM compensation_proposals p JOIN complaints c ON c.id = p.complaint"
        " WHERE c.vip = {} AND p.sent_at IS NOT NULL ORDER BY p.id LIMIT {}",
        vip_id,
        MOST,
    )
    grants = await Grant.raw(
        "SELECT c.ref AS complaint, g.kind, g.amount_fen, g.granted_at, g.state, g.paid_at, v.code AS voucher"
        " FROM compensation_grants g JOIN complaints c ON c.id = g.complaint"
        " LEFT JOIN compensation_vouchers v ON v.grant_of = g.id WHERE c.vip = {} ORDER BY g.id LIMIT {}",
        vip_id,
        MOST,
    )
    found = {"proposals": proposals, "grants": grants}
    return {name: [dict(row) for row in rows] for name, rows in found.items()}


async def erase_buyer(vip_id: int, at: datetime) -> None:
    """Every word goes; kinds, sums and times stay, they name nobody. Call inside `writing()`."""
    await Proposal.raw(
        f"UPDATE compensation_proposals SET said = '', reason = NULL WHERE complaint {_HERS}",  # noqa: S608 - our own words
        vip_id,
    )
    of = f"SELECT p.id FROM compensation_proposals p WHERE p.complaint {_HERS}"  # noqa: S608
    await Approval.raw(f"UPDATE compensation_approvals SET reason = NULL WHERE proposal IN ({of})", vip_id)  # noqa: S608
    given = f"SELECT g.id FROM compensation_grants g WHERE g.complaint {_HERS}"  # noqa: S608
    await GrantReview.raw(f"UPDATE compensation_reviews SET note = NULL WHERE grant_of IN ({given})", vip_id)  # noqa: S608
