"""Photos, signatures and papers: pictures drawn anew without metadata, a PDF known by its beginning, handed out only.

They lie in the object store under their content and are recorded by the room; each sight of one is authorised anew.
"""

import asyncio
from base64 import b64decode
from binascii import Error
from collections.abc import Sequence
from dataclasses import dataclass

from litestar import Request
from litestar.datastructures import UploadFile

from courses.catalogue.pictures import Unfit, clean_media
from portal.core.base import files
from portal.core.base.refusals import Refused

PICTURE, PDF = "image/webp", "application/pdf"
LARGEST_PHOTO, LARGEST_PAPER, LARGEST_SIGNATURE = 12_000_000, 10_000_000, 400_000
_MEGA = 1_000_000
_DRAWN = "data:image/png;base64,"


@dataclass(frozen=True, slots=True)
class Kept:
    """A file in the object store, not yet recorded."""

    sha256: str
    size: int
    media_type: str


async def uploads(request: Request, name: str, most: int) -> list[bytes]:  # type: ignore[type-arg]
    """The files that were sent under a name; one more than is allowed is enough to say so."""
    sent = await request.form()
    chosen = [
        value for key, value in sent.multi_items() if key == name and isinstance(value, UploadFile) and value.filename
    ]
    return [content for upload in chosen[: most + 1] if (content := await upload.read())]


async def keep_photos(contents: Sequence[bytes], field: str = "photos") -> list[Kept]:
    """Draw photos anew and store them; call outside a transaction.

    Raises Refused(422): `supplier_photo_heavy`, `supplier_photo_unfit`.
    """
    kept = []
    for number, content in enumerate(contents, 1):
        if len(content) > LARGEST_PHOTO:
            raise Refused("supplier_photo_heavy", {"limit": LARGEST_PHOTO // _MEGA}, field=field, status=422)
        kept.append(
            await _picture(content, Refused("supplier_photo_unfit", {"number": number}, field=field, status=422))
        )
    return kept


async def _picture(content: bytes, unfit: Refused) -> Kept:
    try:
        drawn = await asyncio.to_thread(clean_media, "site", content)
    except Unfit:
        raise unfit from None
    if drawn.media_type != PICTURE:
        raise unfit
    return Kept(await files.put(drawn.content), len(drawn.content), PICTURE)


async def keep_paper(content: bytes) -> Kept:
    """Store a document: a PDF as it is, a picture drawn anew. Raises Refused(422): `supplier_paper_unfit`,
    `supplier_paper_heavy`."""
    if len(content) > LARGEST_PAPER:
        raise Refused("supplier_paper_heavy", {"limit": LARGEST_PAPER // _MEGA}, field="file", status=422)
    if content.startswith(b"%PDF-"):
        return Kept(await files.put(content), len(content), PDF)
    return await _picture(content, Refused("supplier_paper_unfit", field="file", status=422))


async def keep_signature(drawn: str) -> Kept | None:
    """What was signed on the screen, as its canvas tells it; None for nothing. Raises Refused(422):
    `visit_signature_unfit`."""
    if not drawn:
        return None
    unfit = Refused("visit_signature_unfit", field="signed_name", status=422)
    if not drawn.startswith(_DRAWN) or len(drawn) > LARGEST_SIGNATURE:
        raise unfit
    try:
        content = b64decode(drawn.removeprefix(_DRAWN), validate=True)
    except Error:
        raise unfit from None
    return await _picture(content, unfit)
