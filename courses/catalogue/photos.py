"""Photos that people send as evidence: drawn anew without metadata, kept by content; each room records them itself."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from litestar import Request
from litestar.datastructures import UploadFile

from courses.catalogue.pictures import Unfit, clean_media
from portal.core.base import files
from portal.core.base.refusals import Refused

MOST_PHOTOS = 6
LARGEST_PHOTO = 10_000_000
FIELD = "photos"
PICTURE = "image/webp"


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo in the object store, not yet recorded."""

    sha256: str
    size: int


async def uploads(request: Request[Any, Any, Any]) -> list[bytes]:
    """The photos that were sent; one more than is allowed is enough to say so."""
    sent = await request.form()
    chosen = [
        value
        for name, value in sent.multi_items()
        if name == FIELD and isinstance(value, UploadFile) and value.filename
    ]
    return [content for upload in chosen[: MOST_PHOTOS + 1] if (content := await upload.read())]


async def keep(contents: Sequence[bytes]) -> tuple[Photo, ...]:
    """Draw the photos anew and store them; call outside a transaction.

    Raises Refused(422, field "photos"): `photos_many`, `photo_heavy`, `photo_unfit`.
    """
    if len(contents) > MOST_PHOTOS:
        raise _no("photos_many", most=MOST_PHOTOS)
    kept = [await _drawn(number, content) for number, content in enumerate(contents, 1)]
    return tuple(dict.fromkeys(kept))


async def _drawn(number: int, content: bytes) -> Photo:
    if len(content) > LARGEST_PHOTO:
        raise _no("photo_heavy", number=number, limit=LARGEST_PHOTO // 1_000_000)
    try:
        drawn = await asyncio.to_thread(clean_media, "photo", content)
    except Unfit:
        raise _no("photo_unfit", number=number) from None
    if drawn.media_type != PICTURE:
        raise _no("photo_unfit", number=number)
    return Photo(await files.put(drawn.content), len(drawn.content))


def _no(code: str, **params: object) -> Refused:
    return Refused(code, params, field=FIELD, status=422)


async def record(photo: Photo, name: str, at: datetime) -> int:
    """The id of the file that holds this photo, in the caller's transaction."""
    return (await files.register(photo.sha256, photo.size, PICTURE, f"{name}.webp", at)).id
