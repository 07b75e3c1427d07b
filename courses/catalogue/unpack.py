"""The files of a package, from a folder or a zip, bounded, with names that can only mean a place inside it."""

import re
import stat
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path, PurePosixPath

from courses.catalogue.content import Fault

MOST_FILES = 2_000
MOST_BYTES = 64_000_000
MANIFEST = "package.toml"
_LONGEST_NAME = 200
_BOMB_RATIO = 200
_SMALL = 1_000_000  # below it, no ratio can hurt
_ENTRY = b"PK\x01\x02"  # what every entry of a zip's directory begins with
_NOT_IN_NAMES = re.compile(r"[\x00-\x1f\x7f\\:*?\"<>|\ud800-\udfff]")
_UTF8_NAMES = 0x800
_ENCRYPTED = 0x1


@dataclass(slots=True)
class Unpacked:
    """Files by their path inside the package; `faults` holds what could not be let in."""

    files: dict[str, bytes] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def refuse(self, name: str, code: str, /, **params: object) -> None:
        shown = "".join(c if c.isprintable() else "?" for c in name)[:_LONGEST_NAME]
        self.faults.append(Fault(shown, None, code, params))


def unpack(source: Path | bytes) -> Unpacked:
    """The files of a folder, of a zip file, or of a zip's bytes. Never raises on what it finds."""
    try:
        if isinstance(source, bytes):
            return _from_zip(source)
        if source.is_dir():
            return _from_folder(source)
        if source.stat().st_size > MOST_BYTES:
            return _only("too_large", limit=MOST_BYTES // 1_000_000)
        return _from_zip(source.read_bytes())
    except OSError:
        return _only("unreadable")


def _only(code: str, **params: object) -> Unpacked:
    return Unpacked(faults=[Fault("", None, code, params)])


def name_fault(name: str) -> str | None:
    """Why `name` cannot be the path of a file inside a package, or None."""
    parts = name.split("/")
    if name.startswith("/") or ".." in parts or "\\" in name or (len(name) > 1 and name[1] == ":"):
        return "name_outside"
    if not name or len(name) > _LONGEST_NAME or _NOT_IN_NAMES.search(name) or "" in parts or "." in parts:
        return "name_unusable"
    return None


def _ignored(name: str) -> bool:
    """What computers leave in folders by themselves."""
    parts = PurePosixPath(name).parts
    return any((part.startswith(".") and part not in (".", "..")) or part == "__MACOSX" for part in parts)


def _from_folder(folder: Path) -> Unpacked:
    unpacked = Unpacked()
    room = MOST_BYTES
    for count, path in enumerate(_walk(folder)):
        name = path.relative_to(folder).as_posix()
        info = path.lstat()
        room -= info.st_size
        if count == MOST_FILES or room < 0:
            return _only("too_many_files" if count == MOST_FILES else "too_large", limit=_limit(count))
        if not stat.S_ISREG(info.st_mode):
            unpacked.refuse(name, "not_a_file")
        elif fault := name_fault(name):
            unpacked.refuse(name, fault)
        else:
            unpacked.files[name] = path.read_bytes()
    return unpacked


def _limit(count: int) -> int:
    return MOST_FILES if count == MOST_FILES else MOST_BYTES // 1_000_000


def _walk(folder: Path) -> Iterator[Path]:
    """Everything below `folder` but folders; a link is named, never followed."""
    for path in sorted(folder.iterdir()):
        if _ignored(path.name):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _walk(path)
        else:
            yield path


def _from_zip(data: bytes) -> Unpacked:
    # The directory is counted before it is read: reading a million entries takes a gigabyte.
    if data.count(_ENTRY) > 2 * MOST_FILES:
        return _only("too_many_files", limit=MOST_FILES)
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return _from_archive(archive, len(data))
    except Exception:  # zipfile raises whatever a hostile file makes its many readers raise
        return _only("not_a_zip")


def _from_archive(archive: zipfile.ZipFile, packed: int) -> Unpacked:
    entries = [entry for entry in archive.infolist() if not entry.is_dir() and not _ignored(entry.filename)]
    total = sum(entry.file_size for entry in entries)
    if len(entries) > MOST_FILES:
        return _only("too_many_files", limit=MOST_FILES)
    if total > _SMALL and total > _BOMB_RATIO * packed:
        return _only("bomb")
    if total > MOST_BYTES:
        return _only("too_large", limit=MOST_BYTES // 1_000_000)
    unpacked = Unpacked()
    for entry in entries:
        _take(archive, entry, unpacked)
    return Unpacked(dict(_without_wrapper(unpacked.files)), unpacked.faults)


def _take(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, unpacked: Unpacked) -> None:
    name = _name(entry)
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if fault := name_fault(name):
        unpacked.refuse(name, fault)
    elif kind not in (0, stat.S_IFREG):
        unpacked.refuse(name, "not_a_file")
    elif name in unpacked.files:
        unpacked.refuse(name, "twice")
    elif entry.file_size > _SMALL and entry.file_size > _BOMB_RATIO * max(entry.compress_size, 1):
        unpacked.refuse(name, "bomb")
    elif entry.flag_bits & _ENCRYPTED:
        unpacked.refuse(name, "encrypted")
    else:
        try:
            unpacked.files[name] = archive.read(entry)
        except Exception:  # a broken stream, an unknown packing, a wrong checksum, each with an error of its own
            unpacked.refuse(name, "unreadable")


def _name(entry: zipfile.ZipInfo) -> str:
    """The entry's name; older Chinese systems write GBK where the format has no mark for it."""
    # The library cuts names at a NUL and turns backslashes on some systems: what was written is what counts.
    written = entry.orig_filename
    if entry.flag_bits & _UTF8_NAMES:
        return written
    raw = written.encode("cp437", "replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return written


def _without_wrapper(files: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """Many tools pack the folder itself: then everything stands in one folder, which is taken off."""
    tops = {name.partition("/")[0] for name in files}
    if MANIFEST in files or len(tops) != 1 or any("/" not in name for name in files):
        return files
    return {name.partition("/")[2]: content for name, content in files.items()}
