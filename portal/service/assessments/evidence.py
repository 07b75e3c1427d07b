"""What parties send: photos drawn anew without metadata, and PDF documents, kept as files that staff may open."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from courses.catalogue.pictures import Unfit, clean_media
from portal.core.base import files
from portal.core.base.refusals import NotFound, Refused
from portal.service.assessments.states import LARGEST_FILE, MOST_FILES
from portal.service.assessments.tables import PartyFile

PICTURE, DOCUMENT = "image/webp", "application/pdf"


@dataclass(frozen=True, slots=True)
class Kept:
    """A file in the object store, not yet recorded."""

    sha256: str
    size: int
    media_type: str


async def keep(contents: Sequence[bytes]) -> tuple[Kept, ...]:
    """Check and store what was sent; call outside a transaction.

    Raises Refused(422, field "files"): `standing_files_many`, `standing_file_heavy`, `standing_file_unfit`.
    """
    if len(contents) > MOST_FILES:
        raise Refused("standing_files_many", {"most": MOST_FILES}, field="files", status=422)
    made = []
    for number, content in enumerate(contents, 1):
        if len(content) > LARGEST_FILE:
            limit = LARGEST_FILE // 1_000_000
            raise Refused("standing_file_heavy", {"number": number, "limit": limit}, field="files", status=422)
        plain, media_type = await _clean(content, number)
        made.append(Kept(await files.put(plain), len(plain), media_type))
    return tuple(dict.fromkeys(made))


async def _clean(content: bytes, number: int) -> tuple[bytes, str]:
    if content.startswith(b"%PDF-"):
        return content, DOCUMENT
    unfit = Refused("standing_file_unfit", {"number": number}, field="files", status=422)
    try:
        drawn = await asyncio.to_thread(clean_media, "photo", content)
    except Unfit:
        raise unfit from None
    if drawn.media_type != PICTURE:
        raise unfit
    return drawn.content, PICTURE


async def attach(subject: str, party_id: int, kept: Iterable[Kept], at: datetime) -> None:
    """Record what belongs to a submission or an appeal, in the caller's transaction."""
    for number, each in enumerate(kept, 1):
        ending = "pdf" if each.media_type == DOCUMENT else "webp"
        stored = await files.register(each.sha256, each.size, each.media_type, f"evidence-{number}.{ending}", at)
        await PartyFile.insert(PartyFile(subject=subject, party=party_id, file=stored.id, at=at))


@dataclass(frozen=True, slots=True)
class FileInfo:
    """A kept file; `ref` names it in addresses."""

    subject: str
    ref: str
    name: str
    sha256: str
    media_type: str

    @property
    def picture(self) -> bool:
        return self.media_type == PICTURE


_FILE = (
    "SELECT p.subject, f.ref, f.name, f.sha256, f.media_type FROM standing_files p JOIN files f ON f.id = p.file"
    " WHERE p.party = {}"
)


async def files_of(party_id: int) -> list[FileInfo]:
    """Everything that a party has sent. Inside a door."""
    return [FileInfo(**row) for row in await PartyFile.raw(f"{_FILE} ORDER BY p.id DESC LIMIT 300", party_id)]


async def file_of(party_id: int, ref: str) -> FileInfo:
    """Raises NotFound. Inside a door."""
    rows = await PartyFile.raw(f"{_FILE} AND f.ref = {{}}", party_id, ref[:40])
    if not rows:
        raise NotFound
    return FileInfo(**rows[0])
