"""Pictures and films of lessons: for signed-in people, by part where the browser asks for a part."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from litestar import Controller, Request, get
from litestar.params import FromPath
from litestar.response import Response, Stream

from courses.catalogue.shelf import media_file
from portal.core.base import files
from portal.core.base.database import reading
from portal.core.base.files import FileInfo
from portal.core.base.refusals import NotFound

AnyRequest = Request[Any, Any, Any]
_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)
_MOST_DIGITS = 15
FOREVER = "private, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes from `start` up to, not including, `end`."""

    start: int
    end: int


def span_of(header: str | None, size: int) -> Span | None:
    """The part that a Range header asks for; None for all of it, also where the header means nothing to us.

    Raises ValueError where no byte of the file lies in it.
    """
    found = _RANGE.fullmatch((header or "").strip())
    if found is None or found[1] == found[2] == "" or max(len(found[1]), len(found[2])) > _MOST_DIGITS:
        return None
    if not found[1]:
        start, end = max(size - int(found[2]), 0), size
    else:
        start, end = int(found[1]), min(int(found[2]) + 1 if found[2] else size, size)
        if found[2] and int(found[2]) < start:
            return None
    if start >= end:
        raise ValueError("no byte of the file")
    return Span(start, end)


class MediaPages(Controller):
    """Whoever is signed in may see what any lesson shows; any other file is not found here."""

    path = "/media"

    @get("/{ref:str}/{name:str}", opt={"uncompressed": True})
    async def show(self, request: AnyRequest, ref: FromPath[str], name: FromPath[str]) -> Response[Any]:
        return await sent_file(request, await _found(ref, name), FOREVER)


async def sent_file(request: AnyRequest, info: FileInfo, caching: str) -> Response[Any]:
    """A file to whoever may see it, by part where the browser asks for a part. Raises NotFound where it is lost."""
    headers = _headers(info, caching)
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=headers, media_type=info.media_type)
    try:
        span = span_of(_wanted(request, headers["ETag"]), info.size)
    except ValueError:
        headers["Content-Range"] = f"bytes */{info.size}"
        return Response(b"", status_code=416, headers=headers, media_type=info.media_type)
    return await _sent(info, span, headers)


async def _found(ref: str, name: str) -> FileInfo:
    if not f"{ref}{name}".isprintable():  # PostgreSQL takes no NUL in a text
        raise NotFound
    async with reading():
        info = await media_file(ref, name)
    if info is None:
        raise NotFound
    return info


def _headers(info: FileInfo, caching: str) -> dict[str, str]:
    return {
        "ETag": f'"{info.sha256[:32]}"',
        "Cache-Control": caching,
        "Accept-Ranges": "bytes",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Content-Disposition": "inline",
    }


def _wanted(request: AnyRequest, etag: str) -> str | None:
    """The Range header, unless it is about an older state of the file."""
    condition = request.headers.get("if-range")
    return None if condition is not None and condition != etag else request.headers.get("range")


async def _sent(info: FileInfo, span: Span | None, headers: dict[str, str]) -> Response[Any]:
    whole = span or Span(0, info.size)
    if span is not None:
        headers["Content-Range"] = f"bytes {span.start}-{span.end - 1}/{info.size}"
    headers["Content-Length"] = str(whole.end - whole.start)
    chunks = files.stream(info.sha256, whole.start, whole.end)
    try:
        first = await anext(chunks, b"")  # before the headers go out: content that the store lost is a 404
    except FileNotFoundError:
        raise NotFound from None
    status = 206 if span is not None else 200
    return Stream(_joined(first, chunks), status_code=status, headers=headers, media_type=info.media_type)


async def _joined(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk
