"""Photos and a film that show what happened: photos drawn anew without metadata, the film known by its content.

They lie in the object store under their content and are recorded under the buyer and the order; each sight of one is
authorised anew.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from litestar import Request
from litestar.datastructures import UploadFile
from litestar.response import Response

from courses.catalogue.media import sent_file
from courses.catalogue.pictures import Unfit, clean_media
from portal.core.base import files
from portal.core.base.database import reading, writing
from portal.core.base.files import FileInfo
from portal.core.base.refusals import NotFound, Refused
from portal.service.complaints.drafts import Kept
from portal.service.complaints.life import held
from portal.service.complaints.queries import ComplaintInfo
from portal.service.complaints.rules import LARGEST_FILM, LARGEST_PHOTO, MOST_FILES, Speaker
from portal.service.complaints.tables import ComplaintFile

PHOTO, FILM = "photo", "film"
FIELD = "files"
ACCEPTED = "image/*,video/mp4,video/webm"
_ENDINGS = {"image/webp": "webp", "video/mp4": "mp4", "video/webm": "webm"}
_MEGA = 1_000_000


@dataclass(frozen=True, slots=True)
class _Piece:
    """A file of a complaint, by its place."""

    number: int
    info: FileInfo


async def uploads(request: Request[Any, Any, Any]) -> list[bytes]:
    """The files that were sent; one more than is allowed is enough to say so."""
    sent = await request.form()
    chosen = [
        value
        for name, value in sent.multi_items()
        if name == FIELD and isinstance(value, UploadFile) and value.filename
    ]
    return [content for upload in chosen[: MOST_FILES + 1] if (content := await upload.read())]


async def keep(contents: Sequence[bytes], had: Sequence[Kept] = ()) -> tuple[Kept, ...]:
    """Store what was sent beside what is kept already; call outside a transaction.

    Raises Refused(422, field "files"): `complaint_files_many`, `complaint_films_many`, `complaint_file_heavy`,
    `complaint_film_heavy`, `complaint_file_unfit`.
    """
    if len(had) + len(contents) > MOST_FILES:
        raise _no("complaint_files_many", most=MOST_FILES)
    kept = [*had]
    for number, content in enumerate(contents, 1):
        kept.append(await _kept(number, content))
    if sum(each.kind == FILM for each in dict.fromkeys(kept)) > 1:
        raise _no("complaint_films_many")
    return tuple(dict.fromkeys(kept))


async def _kept(number: int, content: bytes) -> Kept:
    if len(content) > LARGEST_FILM:
        raise _no("complaint_film_heavy", limit=LARGEST_FILM // _MEGA)
    try:
        made = await asyncio.to_thread(clean_media, "evidence", content)
    except Unfit:
        raise _no("complaint_file_unfit", number=number) from None
    film = made.media_type.startswith("video/")
    if not film and len(content) > LARGEST_PHOTO:
        raise _no("complaint_file_heavy", number=number, limit=LARGEST_PHOTO // _MEGA)
    return Kept(await files.put(made.content), len(made.content), made.media_type, FILM if film else PHOTO)


def _no(code: str, **params: object) -> Refused:
    return Refused(code, params, field=FIELD, status=422)


async def attach(complaint_id: int, kept: Iterable[Kept], speaker: Speaker, at: datetime) -> int:
    """Record files of a complaint, in one transaction with their number; those it has already count once.

    Returns how many came. Raises Refused(422): `complaint_files_many`, `complaint_films_many`.
    """
    async with writing():
        info = await held(complaint_id)
        there = await _pieces(info.id)
        had = {piece.info.sha256 for piece in there}
        fresh = [each for each in dict.fromkeys(kept) if each.sha256 not in had]
        if len(there) + len(fresh) > MOST_FILES:
            raise _no("complaint_files_many", most=MOST_FILES)
        films = [piece for piece in there if piece.info.media_type.startswith("video/")]
        if len(films) + sum(each.kind == FILM for each in fresh) > 1:
            raise _no("complaint_films_many")
        for number, each in enumerate(fresh, len(there) + 1):
            name = f"{info.vip}/{info.order_number or info.ref}/{number}.{_ENDINGS[each.media_type]}"
            stored = await files.register(each.sha256, each.size, each.media_type, name, at)
            row = ComplaintFile(complaint=info.id, file=stored.id, kind=each.kind, speaker=str(speaker), at=at)
            await ComplaintFile.insert(row)
        return len(fresh)


async def _pieces(complaint_id: int) -> list[_Piece]:
    rows = await ComplaintFile.raw(
        "SELECT f.id, f.ref, f.sha256, f.size, f.media_type, f.name FROM complaint_files c"
        " JOIN files f ON f.id = c.file WHERE c.complaint = {} ORDER BY c.id",
        complaint_id,
    )
    return [_Piece(number, FileInfo(**row)) for number, row in enumerate(rows, 1)]


async def sent(request: Request[Any, Any, Any], info: ComplaintInfo, number: int) -> Response[Any]:
    """The file at this place of a complaint, in parts where the browser asks for a part. Whoever calls has seen to it
    that this person may see this complaint. Raises NotFound."""
    async with reading():
        found = next((piece.info for piece in await _pieces(info.id) if piece.number == number), None)
    if found is None:
        raise NotFound
    return await sent_file(request, found, "private, no-cache")
