"""The conversation about a complaint and its evidence, as each may read it. Inside a door."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from portal.core.base.database import placeholders
from portal.service.complaints.rules import Audience, Speaker
from portal.service.complaints.tables import ComplaintFile, Turn


@dataclass(frozen=True, slots=True)
class TurnInfo:
    """One turn of the conversation."""

    id: int
    at: datetime
    speaker: Speaker
    person_id: int | None
    name: str | None  # an owner's or agent's
    audience: Audience
    text: str
    told_before_at: datetime | None


@dataclass(frozen=True, slots=True)
class FileInfo:
    """Evidence, by its place among the complaint's files (1, 2, …)."""

    number: int
    file_id: int
    kind: str
    speaker: str
    at: datetime


async def turns(complaint_id: int, audiences: Collection[Audience]) -> list[TurnInfo]:
    """The conversation as these may read it, the oldest first; the newest five hundred."""
    rows = await Turn.raw(
        "SELECT t.id, t.at, t.speaker, t.person AS person_id, p.name, t.audience, t.text, t.told_before_at"  # noqa: S608
        " FROM complaint_turns t LEFT JOIN persons p ON p.id = t.person"
        f" WHERE t.complaint = {{}} AND t.audience IN ({placeholders(audiences)})"
        " ORDER BY t.id DESC LIMIT 500",
        complaint_id,
        *map(str, audiences),
    )
    return [
        TurnInfo(**{**row, "speaker": Speaker(row["speaker"]), "audience": Audience(row["audience"])})
        for row in reversed([dict(row) for row in rows])
    ]


async def files_of(complaint_id: int) -> list[FileInfo]:
    rows = (
        await ComplaintFile.select(ComplaintFile.file, ComplaintFile.kind, ComplaintFile.speaker, ComplaintFile.at)
        .where(ComplaintFile.complaint == complaint_id)
        .order_by(ComplaintFile.id)
    )
    return [FileInfo(n, row["file"], row["kind"], row["speaker"], row["at"]) for n, row in enumerate(rows, 1)]
