"""Built assets: hashed names, immutable for a year, sent compressed as built, 304 where the browser has them."""

from dataclasses import dataclass
from functools import lru_cache
from mimetypes import guess_type
from pathlib import Path

from portal.core.web.assets import BUILT

PREFIX = "/static/"
TYPES = {".svg": "image/svg+xml", ".webmanifest": "application/manifest+json", ".js": "text/javascript; charset=utf-8"}
CODINGS = (("br", ".br"), ("gzip", ".gz"))


@dataclass(frozen=True, slots=True)
class Asset:
    """An asset as sent: its bytes in one coding, and its headers."""

    body: bytes
    headers: tuple[tuple[str, str], ...]
    etag: str


def _media_type(name: str) -> str:
    suffix = Path(name).suffix
    known = TYPES.get(suffix) or guess_type(name)[0] or "application/octet-stream"
    return f"{known}; charset=utf-8" if known == "text/css" else known


@lru_cache(maxsize=256)
def load(name: str, coding: str | None) -> Asset | None:
    """The asset `name` (a built file's own name, no folders), or None where there is none."""
    if "/" in name or name.startswith(".") or name.endswith((".br", ".gz", ".json")):
        return None
    path = BUILT / name
    suffix = dict(CODINGS).get(coding or "", "")
    chosen = Path(f"{path}{suffix}")
    if coding and not chosen.is_file():
        return load(name, None)
    if not chosen.is_file():
        return None
    etag = f'"{name}"' if not coding else f'"{name}-{coding}"'
    headers = [
        ("content-type", _media_type(name)),
        ("cache-control", "public, max-age=31536000, immutable"),
        ("etag", etag),
        ("vary", "Accept-Encoding"),
    ]
    if coding:
        headers.append(("content-encoding", coding))
    return Asset(chosen.read_bytes(), tuple(headers), etag)


def find(path: str, accept_encoding: str) -> Asset | None:
    """The asset of a `/static/…` path in the best coding that the browser takes."""
    accepted = {part.split(";")[0].strip() for part in accept_encoding.split(",")}
    coding = next((name for name, _ in CODINGS if name in accepted), None)
    return load(path.removeprefix(PREFIX), coding)
