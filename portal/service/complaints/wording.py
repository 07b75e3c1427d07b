"""The words by which a complaint is found."""

from portal.core.base.search import put_text
from portal.service.complaints import talk
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.rules import Audience
from portal.service.complaints.tables import Complaint

SEARCHED = "complaint"  # the kind under which the full text keeps it


async def find_by_words(info: ComplaintInfo) -> None:
    """Keep the complaint findable by its story, its goods and what was said to the buyer."""
    turns = await talk.turns(info.id, [Audience.BUYER, Audience.OWNER, Audience.INNER])
    goods = await Complaint.raw(
        "SELECT p.title FROM complaints c JOIN products p ON p.id = c.product WHERE c.id = {}", info.id
    )
    words = [info.text, info.ref, info.order_number or "", *(row["title"] for row in goods)]
    await put_text(SEARCHED, info.id, " \n".join([*words, *(turn.text for turn in turns)]))
