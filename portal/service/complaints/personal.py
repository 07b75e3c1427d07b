"""What this room knows of a buyer: for her export, and for her erasure."""

from datetime import datetime
from typing import Any

from portal.core.base.audit import SYSTEM
from portal.core.base.public_links import Door, end_link
from portal.service.complaints import ending, queries
from portal.service.complaints.tables import (
    Complaint,
    ComplaintDraft,
    ComplaintFile,
    FollowUpCall,
    InCharge,
    Survey,
    Turn,
)
from portal.service.complaints.wording import find_by_words

MOST = 10_000
_HERS = "IN (SELECT c.id FROM complaints c WHERE c.vip = {})"


async def export_buyer(vip_id: int) -> dict[str, Any]:
    """Her complaints, what was said to her and by her, and how she found it. Call inside a door."""
    complaints = await Complaint.raw(
        "SELECT c.ref, o.number AS order_number, c.function_category, c.product_category, c.wanted, c.urgency,"
        " c.channel, c.filed_by, c.text, c.received_at, c.state, c.outcome, c.ended_at,"
        " (SELECT count(*) FROM complaint_files f WHERE f.complaint = c.id) AS files"
        " FROM complaints c LEFT JOIN orders o ON o.id = c.order_of WHERE c.vip = {} ORDER BY c.id LIMIT {}",
        vip_id,
        MOST,
    )
    turns = await Turn.raw(
        "SELECT c.ref, t.at, t.speaker, t.text FROM complaint_turns t JOIN complaints c ON c.id = t.complaint"
        " WHERE c.vip = {} AND t.audience = 'buyer' ORDER BY t.id LIMIT {}",
        vip_id,
        MOST,
    )
    surveys = await Survey.raw(
        "SELECT c.ref, s.round, s.satisfaction, s.effort, s.text, s.at FROM complaint_surveys s"
        " JOIN complaints c ON c.id = s.complaint WHERE c.vip = {} ORDER BY s.id LIMIT {}",
        vip_id,
        MOST,
    )
    found = {"complaints": complaints, "turns": turns, "surveys": surveys}
    return {name: [dict(row) for row in rows] for name, rows in found.items()}


async def erase_buyer(vip_id: int, at: datetime) -> None:
    """Every word and picture goes; categories, states, clocks and marks stay, they name nobody. What is still open
    ends, for there is nobody to answer to. Call inside `writing()`."""
    for info in await queries.listed("c.vip = {} AND c.ended_at IS NULL ORDER BY c.id", vip_id):
        await ending.withdraw(SYSTEM, info.id, "erased", at)
    await Complaint.raw("UPDATE complaints SET text = '', region = NULL WHERE vip = {}", vip_id)
    await Turn.raw(f"UPDATE complaint_turns SET text = '' WHERE complaint {_HERS}", vip_id)  # noqa: S608 - our own words
    await InCharge.raw(
        f"UPDATE complaint_agents SET summary = '', reason = NULL WHERE summary IS NOT NULL AND complaint {_HERS}",  # noqa: S608
        vip_id,
    )
    await ComplaintFile.raw(f"DELETE FROM complaint_files WHERE complaint {_HERS}", vip_id)  # noqa: S608
    await Survey.raw(f"UPDATE complaint_surveys SET text = NULL WHERE complaint {_HERS}", vip_id)  # noqa: S608
    await FollowUpCall.raw(
        f"UPDATE complaint_calls SET note = NULL, done_at = coalesce(done_at, {{}}) WHERE complaint {_HERS}",  # noqa: S608
        at,
        vip_id,
    )
    await ComplaintDraft.delete().where(ComplaintDraft.vip == vip_id)
    for info in await queries.listed("c.vip = {} ORDER BY c.id", vip_id):
        await end_link(Door.COMPLAINT, info.id, at)
        await find_by_words(info)
