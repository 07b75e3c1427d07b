"""Pictures that come with a report: drawn anew, so that nothing but the picture is kept, and stored by content."""

import asyncio

from courses.catalogue.content import Media
from courses.catalogue.pictures import Unfit, clean_media
from portal.core.base import files
from portal.core.web.forms import Form

LARGEST = 8_000_000  # bytes of one picture as sent


async def pictures_of(form: Form, names: tuple[str, ...]) -> list[Media]:
    """The pictures sent in these fields, stored; what cannot be taken is a fault beside its field. Outside a door."""
    found = []
    for name in names:
        upload = form.files.get(name)
        if upload is None:
            continue
        content = await upload.read(LARGEST + 1)
        media = await _taken(form, name, content)
        if media is not None:
            found.append(media)
    if not form.faults:
        for media in found:
            await files.put(media.content)
    return found


async def _taken(form: Form, name: str, content: bytes) -> Media | None:
    if len(content) > LARGEST:
        form.add(name, "sharing.fault.photo_large", limit=LARGEST // 1_000_000)
        return None
    try:
        media = await asyncio.to_thread(clean_media, name, content)
    except Unfit:
        media = None
    if media is None or not media.media_type.startswith("image/"):
        form.add(name, "sharing.fault.photo")
        return None
    return media
