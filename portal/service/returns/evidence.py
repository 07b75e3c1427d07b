"""Photos that prove a reason: drawn anew without metadata, kept by content, shown to those who may see the return."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from courses.catalogue.pictures import Unfit, clean_media
from portal.core.base import files
from portal.core.base.refusals import Refused
from portal.service.returns.rules import LARGEST_PHOTO, MOST_PHOTOS
from portal.service.returns.tables import ReturnPhoto

PICTURE = "image/webp"


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo in the object store, not yet recorded."""

    sha256: str
    size: int


async def keep(contents: Sequence[bytes]) -> tuple[Photo, ...]:
    """Draw the photos anew and store them; call outside a transaction.

    Raises Refused(422, field "photos"): `return_photos_many`, `return_photo_heavy`, `return_photo_unfit`.
    """
    if len(contents) > MOST_PHOTOS:
        raise _no("return_photos_many", most=MOST_PHOTOS)
    photos = []
    for position, content in enumerate(contents, 1):
        if len(content) > LARGEST_PHOTO:
            raise _no("return_photo_heavy", number=position, limit=LARGEST_PHOTO // 1_000_000)
        try:
            drawn = await asyncio.to_thread(clean_media, "photo", content)
        except Unfit:
            raise _no("return_photo_unfit", number=position) from None
        if drawn.media_type != PICTURE:
            raise _no("return_photo_unfit", number=position)
        photos.append(Photo(await files.put(drawn.content), len(drawn.content)))
    return tuple(dict.fromkeys(photos))


def _no(code: str, **params: object) -> Refused:
    return Refused(code, params, field="photos", status=422)


async def attach(return_id: int, photos: Iterable[Photo], at: datetime) -> None:
    """Record the photos of a return, in the caller's transaction."""
    for position, photo in enumerate(photos, 1):
        stored = await files.register(photo.sha256, photo.size, PICTURE, f"photo-{position}.webp", at)
        await ReturnPhoto.insert(ReturnPhoto(return_of=return_id, file=stored.id, at=at))
