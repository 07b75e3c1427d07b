"""What the doctor looks at outside the database: settings, clock, disk, font, assets."""

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from portal.commands.checkup_font import draws
from portal.core.base.clock import now, parse_offset
from portal.core.base.fonts import find_font
from portal.core.base.settings import Settings, settings, weak_settings
from portal.core.web.assets import BUILT, AssetsMissingError, asset_names

SCARCE_BYTES = 1 << 30
GONE_BYTES = 200 << 20
Level = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's: `about` names the check, `mend` says what to do where something is wrong."""

    level: Level
    about: str
    text: str
    mend: str | None = None


def ok(about: str, text: str) -> Finding:
    return Finding("ok", about, text)


def findings() -> Iterator[Finding]:
    current = settings()
    yield from _settings(current)
    yield _clock(current)
    yield from _disks(current)
    yield _font()
    yield _assets()


def _settings(current: Settings) -> Iterable[Finding]:
    faults = weak_settings(current)
    level: Level = "fail" if current.production else "warn"
    for fault in faults:
        yield Finding(level, "settings", fault)
    if not faults:
        yield ok("settings", f"fit for production, running as {current.environment}")


def _clock(current: Settings) -> Finding:
    path = current.clock_file
    if path is None:
        return ok("clock", f"{now():%Y-%m-%d %H:%M:%S} UTC, shown in {current.timezone}")
    try:
        offset = parse_offset(path.read_text())
    except (OSError, ValueError):
        return Finding("warn", "clock", f"{path} holds no offset", "unset PORTAL_CLOCK_FILE")
    return Finding("warn", "clock", f"moved by {offset} through {path}", "unset PORTAL_CLOCK_FILE")


def _folders(current: Settings) -> Iterator[tuple[str, Path]]:
    if current.sqlite_path is not None:
        yield "database", current.sqlite_path.parent
    if current.files_url.startswith("file://"):
        yield "files", Path(urlsplit(current.files_url).path)


def _disks(current: Settings) -> Iterator[Finding]:
    for name, folder in _folders(current):
        present = next(path for path in (folder, *folder.parents) if path.exists())
        free = shutil.disk_usage(present).free
        text = f"{free / (1 << 30):,.1f} GiB free for the {name} in {folder}"
        if free < GONE_BYTES:
            yield Finding("fail", "disk", text, "make room: writes are about to fail")
        elif free < SCARCE_BYTES:
            yield Finding("warn", "disk", text, "make room")
        else:
            yield ok("disk", text)


def _font() -> Finding:
    path = find_font()
    if path is not None and draws(path):
        return ok("font", f"Chinese is drawn with {path}")
    text = f"{path} does not draw Chinese" if path else "no font here draws Chinese: there are no posters"
    return Finding("fail", "font", text, "install fonts-wqy-microhei, or name a font file in PORTAL_FONT")


def _assets() -> Finding:
    mend = "run make install, or python -m portal.core.web.assets"
    try:
        names = asset_names()
    except AssetsMissingError:
        return Finding("fail", "assets", "the browser's assets are not built", mend)
    gone = [name for name, built in names.items() if not (BUILT / built).is_file()]
    if gone:
        return Finding("fail", "assets", f"built files are missing: {', '.join(gone)}", mend)
    return ok("assets", f"{len(names)} built")
