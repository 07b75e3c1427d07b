"""What this room knows of a buyer: for her export, and for her erasure."""

from datetime import datetime
from typing import Any

from portal.service.inquiries.tables import Inquiry, InquiryAnswer

MOST = 10_000
_HERS = "IN (SELECT o.id FROM orders o WHERE o.vip = {})"


async def export_buyer(vip_id: int) -> dict[str, Any]:
    """What was asked about her orders and answered, the oldest first. Call inside a door."""
    asked = await Inquiry.raw(
        "SELECT i.ref, o.number AS order_number, i.kind, i.note, i.new_name, i.new_phone, i.new_region, i.new_street,"
        " i.asked_at, i.ended_at FROM inquiries i JOIN orders o ON o.id = i.order_of WHERE o.vip = {}"
        " ORDER BY i.id LIMIT {}",
        vip_id,
        MOST,
    )
    answers = await InquiryAnswer.raw(
        "SELECT i.ref, a.answer, a.text, a.at FROM inquiry_answers a JOIN inquiries i ON i.id = a.inquiry"
        " JOIN orders o ON o.id = i.order_of WHERE o.vip = {} ORDER BY a.id LIMIT {}",
        vip_id,
        MOST,
    )
    return {"inquiries": [dict(row) for row in asked], "answers": [dict(row) for row in answers]}


async def erase_buyer(vip_id: int, at: datetime) -> None:
    """New addresses and every free text go; kinds, deadlines and times stay. Call inside `writing()`."""
    gone = "note = NULL, new_name = NULL, new_phone = NULL, new_region = NULL, new_street = NULL"
    await Inquiry.raw(f"UPDATE inquiries SET {gone} WHERE order_of {_HERS}", vip_id)  # noqa: S608 - our own columns
    words = "UPDATE inquiry_answers SET text = NULL, source = NULL"
    of_hers = f"SELECT i.id FROM inquiries i WHERE i.order_of {_HERS}"  # noqa: S608
    await InquiryAnswer.raw(f"{words} WHERE inquiry IN ({of_hers})", vip_id)
