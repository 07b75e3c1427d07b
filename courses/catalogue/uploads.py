"""A package between its dry run and its import: kept for an hour, for the one person who sent it."""

import hmac
from datetime import datetime, timedelta

from portal.core.base import files
from portal.core.base.database import reading, writing
from portal.core.base.ids import bound_to
from portal.core.base.settings import settings
from portal.core.base.tables import StoredFile

KEPT_FOR = timedelta(hours=1)
_KIND = "application/x-package-upload"


def _proof(person_id: int, ref: str) -> str:
    return bound_to(settings().secret_key, "package-upload", f"{person_id}:{ref}")


async def keep_upload(person_id: int, content: bytes, at: datetime) -> str:
    """Keep an uploaded package; returns the token that this person opens it with."""
    sha256 = await files.put(content)
    async with writing():
        kept = await files.register(sha256, len(content), _KIND, "package.zip", at)
    return f"{kept.ref}.{_proof(person_id, kept.ref)}"


async def open_upload(person_id: int, token: str, at: datetime) -> bytes | None:
    """The package again, or None where it is not hers, too old, or no such thing."""
    ref, _, proof = token.partition(".")
    if not hmac.compare_digest(proof.encode(), _proof(person_id, ref).encode()):
        return None
    async with reading():
        rows = await StoredFile.select(StoredFile.sha256).where(
            StoredFile.ref == ref, StoredFile.media_type == _KIND, StoredFile.created_at > at - KEPT_FOR
        )
    try:
        return await files.read(rows[0]["sha256"]) if rows else None
    except FileNotFoundError:
        return None


async def forget_uploads(at: datetime) -> int:
    """Take out the uploads whose hour is over, and their content where nothing else names it. Returns how many."""
    async with writing():
        gone = (
            await StoredFile.delete()
            .where(StoredFile.media_type == _KIND, StoredFile.created_at <= at - KEPT_FOR)
            .returning(StoredFile.sha256)
        )
    for sha256 in {row["sha256"] for row in gone}:
        async with reading():
            still_named = await StoredFile.exists().where(StoredFile.sha256 == sha256)
        if not still_named:
            await files.remove(sha256)
    return len(gone)
