"""What the browser fetches: one stylesheet, one script, the icons; named by content, so they may be kept for ever.

`python -m portal.core.web.assets` builds them from npm's files and ours into `built/`, which no repository holds.
"""

import gzip
import hashlib
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import brotli

HERE = Path(__file__).parent
SOURCE = HERE / "static"
BUILT = HERE / "built"
MODULES = HERE.parents[2] / "node_modules"
MANIFEST = "manifest.json"
KEPT_SECONDS = 24 * 3600

_JOINED = {
    "portal.css": (MODULES / "@picocss/pico/css/pico.min.css", "look.css"),
    "portal.js": (MODULES / "htmx.org/dist/htmx.min.js", "portal.js"),
}
_CSS_TOKEN = re.compile(r"""(?P<kept>"[^"\n]*"|'[^'\n]*'|url\([^)]*\))|(?P<dropped>/\*.*?\*/|\s+)""", re.DOTALL)
_CSS_LOOSE = re.compile(r"""("[^"\n]*"|'[^'\n]*'|url\([^)]*\))|[ ;]*(\}) ?| ?([{;,]) ?|(:) """)


class AssetsMissingError(RuntimeError):
    """The built folder is empty, or lacks a file that a page asks for."""


def squeeze(css: str) -> str:
    """Our stylesheet without comments and needless white space; strings and addresses stay as they are."""
    flat = _CSS_TOKEN.sub(lambda found: found["kept"] or " ", css)
    return _CSS_LOOSE.sub(lambda found: found[found.lastindex or 0], flat).strip()


def _text(part: Path | str, source: Path) -> str:
    if isinstance(part, Path):
        if not part.is_file():
            raise AssetsMissingError(f"{part} is not there: run npm ci first")
        return part.read_text(encoding="utf-8")
    own = (source / part).read_text(encoding="utf-8")
    return squeeze(own) if part.endswith(".css") else own


def contents(source: Path = SOURCE) -> Iterator[tuple[str, bytes]]:
    """Each asset's plain name and its bytes. Raises AssetsMissingError where npm's files are not installed."""
    for name, parts in _JOINED.items():
        joint = "\n;" if name.endswith(".js") else "\n"
        yield name, joint.join(_text(part, source) for part in parts).encode()
    taken = {part for parts in _JOINED.values() for part in parts}
    for path in sorted(source.iterdir()):
        if path.is_file() and path.name not in taken and not path.name.startswith("."):
            yield path.name, path.read_bytes()


def hashed(name: str, body: bytes) -> str:
    """`look.css` becomes `look.3f9a0c1b22.css`."""
    stem, _, ending = name.partition(".")
    return f"{stem}.{hashlib.sha256(body).hexdigest()[:10]}.{ending}"


def _put(path: Path, body: bytes) -> None:
    """All or nothing: a server that reads the folder meanwhile never sees half a file."""
    handle, rough = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(body)
    Path(rough).chmod(0o644)
    Path(rough).replace(path)


def _store(folder: Path, name: str, body: bytes) -> None:
    """The file and, where they are smaller, its .br and .gz. What is there already is only marked as fresh."""
    if (folder / name).is_file():
        _refresh(folder, name)
        return
    packed = {".br": brotli.compress(body, quality=11), ".gz": gzip.compress(body, 9, mtime=0)}
    for ending, small in packed.items():
        if len(small) < len(body):
            _put(folder / (name + ending), small)
    _put(folder / name, body)


def _refresh(folder: Path, name: str) -> None:
    for path in folder.glob(f"{name}*"):
        os.utime(path)


def _read_manifest(folder: Path) -> dict[str, str]:
    path = folder / MANIFEST
    if not path.is_file():
        return {}
    names: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return names


def _sweep(folder: Path, current: Mapping[str, str], before: float) -> None:
    for path in folder.iterdir():
        used = path.name == MANIFEST or path.name.removesuffix(".br").removesuffix(".gz") in current.values()
        if not used and path.stat().st_mtime < before:
            path.unlink(missing_ok=True)


def build(source: Path = SOURCE, built: Path = BUILT) -> dict[str, str]:
    """Write every asset, then the manifest, then drop what has been out of use for a day. Returns {name: hashed name}.

    May run while the site serves, and twice at once: names come from contents, the manifest comes last, and what it
    named until now is kept for the pages that are open.
    """
    built.mkdir(parents=True, exist_ok=True)
    for retired in _read_manifest(built).values():
        _refresh(built, retired)
    names = {}
    for name, body in contents(source):
        names[name] = hashed(name, body)
        _store(built, names[name], body)
    _put(built / MANIFEST, json.dumps(names, indent=1, sort_keys=True).encode())
    _sweep(built, names, time.time() - KEPT_SECONDS)
    asset_names.cache_clear()
    return names


@cache
def asset_names(built: Path = BUILT) -> Mapping[str, str]:
    """The manifest, read once a process. Raises AssetsMissingError before the first build."""
    names = _read_manifest(built)
    if not names:
        raise AssetsMissingError("the browser's assets are not built: run python -m portal.core.web.assets")
    return names


def asset(name: str) -> str:
    """The address of an asset by its plain name: `icons.svg` → `/static/icons.3f9a0c1b22.svg`."""
    try:
        return f"/static/{asset_names()[name]}"
    except KeyError:
        raise AssetsMissingError(f"no asset {name!r}: run python -m portal.core.web.assets") from None


def main() -> None:
    try:
        names = build()
    except AssetsMissingError as missing:
        sys.exit(str(missing))
    for name, address in names.items():
        size = (BUILT / address).stat().st_size
        packed = BUILT / f"{address}.br"
        print(f"{name:24} {size:>8} B {packed.stat().st_size if packed.is_file() else size:>8} B  {address}")


if __name__ == "__main__":
    main()
