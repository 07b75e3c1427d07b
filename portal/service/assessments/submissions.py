"""What parties have sent for their rectifications, with its files. Inside a door."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from portal.service.assessments import evidence
from portal.service.assessments.evidence import FileInfo
from portal.service.assessments.tables import Submission


@dataclass(frozen=True, slots=True)
class Sent:
    """One submission and what staff said to it."""

    id: int
    rectification_id: int
    text: str
    at: datetime
    accepted: bool
    answer: str | None
    answered_by: str | None
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Everything:
    """All that a party has sent: submissions by rectification, files by what they belong to."""

    by_rectification: Mapping[int, list[Sent]]
    files: Mapping[str, list[FileInfo]]


async def of_party(party_id: int) -> Everything:
    rows = await Submission.raw(
        "SELECT b.id, b.rectification AS rectification_id, b.text, b.at, b.accepted, b.answer, p.name AS answered_by,"
        " b.answered_at FROM rectification_submissions b JOIN rectifications r ON r.id = b.rectification"
        " LEFT JOIN persons p ON p.id = b.answered_by WHERE r.party = {} ORDER BY b.id DESC LIMIT 100",
        party_id,
    )
    sent: dict[int, list[Sent]] = defaultdict(list)
    for row in rows:
        sent[row["rectification_id"]].append(Sent(**{**row, "accepted": bool(row["accepted"])}))
    kept: dict[str, list[FileInfo]] = defaultdict(list)
    for each in await evidence.files_of(party_id):
        kept[each.subject].append(each)
    return Everything(sent, kept)
