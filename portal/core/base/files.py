"""Files by content in an object store: a folder by default, S3 at scale. Reading is authorised by the using room."""

import hashlib
import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from portal.core.base.ids import new_ref
from portal.core.base.refusals import Unavailable
from portal.core.base.settings import settings
from portal.core.base.tables import StoredFile

_CHUNK = 256 * 1024
log = logging.getLogger("portal.files")


@dataclass(frozen=True, slots=True)
class FileInfo:
    """A stored file as pages know it; `size` in bytes."""

    id: int
    ref: str
    sha256: str
    size: int
    media_type: str
    name: str


@lru_cache(maxsize=4)
def _store(url: str) -> LocalStore | S3Store:
    if url.startswith("file://"):
        folder = Path(url.removeprefix("file://"))
        folder.mkdir(parents=True, exist_ok=True)
        return LocalStore(folder)
    return S3Store.from_url(url)


def store() -> LocalStore | S3Store:
    """The object store itself, for backup and restore; everybody else goes by content."""
    return _store(settings().files_url)


def _path(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}"


async def put(content: bytes) -> str:
    """Store bytes; returns their SHA-256. The same content again changes nothing. Call outside a transaction.

    Raises Unavailable where the store does not take it: its disk is full, or it is away.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    try:
        await obstore.put_async(_store(settings().files_url), _path(sha256), content)
    except (BaseError, OSError) as error:
        log.exception("a file could not be stored")
        raise Unavailable from error
    return sha256


async def register(
    sha256: str, size: int, media_type: str, name: str, at: datetime, *, ref: str | None = None
) -> FileInfo:
    """Record a stored file in the caller's transaction under a new ref, or one that was made for it before."""
    ref = ref or new_ref()
    row = StoredFile(ref=ref, sha256=sha256, size=size, media_type=media_type, name=name[:200], created_at=at)
    rows = await StoredFile.insert(row)
    return FileInfo(int(rows[0]["id"]), ref, sha256, size, media_type, name[:200])


async def find(ref: str) -> FileInfo | None:
    row = await StoredFile.objects().where(StoredFile.ref == ref).first()
    if row is None:
        return None
    return FileInfo(row.id, row.ref, row.sha256, row.size, row.media_type, row.name)


async def read(sha256: str) -> bytes:
    """The whole content. Raises FileNotFoundError where the store has lost it."""
    answer = await obstore.get_async(_store(settings().files_url), _path(sha256))
    return bytes(await answer.bytes_async())


async def remove(sha256: str) -> None:
    """Take content out of the store. Only where no row names it any more; call outside a transaction."""
    with suppress(FileNotFoundError):
        await obstore.delete_async(_store(settings().files_url), _path(sha256))


async def stream(sha256: str, start: int, end: int) -> AsyncIterator[bytes]:
    """Bytes from `start` up to, not including, `end`, in chunks."""
    store = _store(settings().files_url)
    for offset in range(start, end, _CHUNK):
        stop = min(offset + _CHUNK, end)
        yield bytes(await obstore.get_range_async(store, _path(sha256), start=offset, end=stop))
