"""The form of a backup: one tar of a manifest, the database, and the stored files by their content."""

import hashlib
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path

import msgspec

FORMAT = 1
MANIFEST = "manifest.json"
DATABASES = {"sqlite": "database.sqlite", "postgres": "database.dump"}
FILES = "files/"
_CHUNK = 1 << 20
_MANIFEST_LIMIT = 4 << 20


class NotABackup(ValueError):
    """The file is no backup of ours, or has been damaged; the message says how."""


class Manifest(msgspec.Struct, frozen=True):
    """What a backup says of itself: whence it comes, and what must be found in it."""

    format: int
    made_at: datetime
    program: str
    engine: str
    engine_version: str
    migrations: list[tuple[str, str]]
    counts: dict[str, int]
    database_sha256: str
    database_size: int


@dataclass(frozen=True, slots=True)
class StoredContent:
    """One stored file of a backup: its path in the object store and its bytes."""

    path: str
    body: bytes


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Writer:
    """Writes a backup; nothing stands at its place until it is whole."""

    def __init__(self, tar: tarfile.TarFile, stamp: float) -> None:
        self.tar = tar
        self.stamp = stamp

    def begin(self, manifest: Manifest, database: Path) -> None:
        self._add(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=1))
        info = self._info(DATABASES[manifest.engine], database.stat().st_size)
        with database.open("rb") as file:
            self.tar.addfile(info, file)

    def add_file(self, path: str, body: bytes) -> None:
        self._add(FILES + path, body)

    def _add(self, name: str, body: bytes) -> None:
        self.tar.addfile(self._info(name, len(body)), BytesIO(body))

    def _info(self, name: str, size: int) -> tarfile.TarInfo:
        info = tarfile.TarInfo(name)
        info.size = size
        info.mode = 0o600
        info.mtime = int(self.stamp)
        return info


@contextmanager
def writing_archive(target: Path, at: datetime) -> Iterator[Writer]:
    """A writer of the archive `target`, readable by its owner alone; dropped where anything fails."""
    rough = target.with_name(target.name + ".partial")
    rough.touch(mode=0o600)
    try:
        with tarfile.open(rough, "w") as tar:
            yield Writer(tar, at.timestamp())
        rough.replace(target)
    finally:
        rough.unlink(missing_ok=True)


class Reader:
    """Reads a backup from its start to its end."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self.tar = tar
        self.manifest = self._manifest()

    def _manifest(self) -> Manifest:
        member = self.tar.next()
        if member is None or member.name != MANIFEST or member.size > _MANIFEST_LIMIT:
            raise NotABackup("it does not begin with a manifest")
        try:
            manifest = msgspec.json.decode(self._body(member), type=Manifest)
        except msgspec.MsgspecError as error:
            raise NotABackup(f"its manifest cannot be read ({error})") from error
        if manifest.format != FORMAT or manifest.engine not in DATABASES:
            raise NotABackup("it is of a form that this program does not know")
        return manifest

    def _body(self, member: tarfile.TarInfo) -> bytes:
        file = self.tar.extractfile(member)
        if file is None:
            raise NotABackup(f"{member.name} is no plain file")
        return file.read()

    def take_database(self, target: Path) -> None:
        """Write the database to `target` and check it against the manifest."""
        member = self.tar.next()
        if member is None or member.name != DATABASES[self.manifest.engine]:
            raise NotABackup("its database is missing")
        file = self.tar.extractfile(member)
        if file is None:
            raise NotABackup("its database is no plain file")
        with target.open("wb") as out:
            while chunk := file.read(_CHUNK):
                out.write(chunk)
        if sha256_of(target) != self.manifest.database_sha256:
            raise NotABackup("its database is damaged")

    def files(self) -> Iterator[StoredContent]:
        """The stored files, each checked against its name, which is its content's hash."""
        while (member := self.tar.next()) is not None:
            if not member.name.startswith(FILES) or not member.isfile():
                raise NotABackup(f"{member.name} does not belong in it")
            body = self._body(member)
            path = member.name.removeprefix(FILES)
            if hashlib.sha256(body).hexdigest() != path.rpartition("/")[2]:
                raise NotABackup(f"{member.name} is damaged")
            yield StoredContent(path, body)


@contextmanager
def reading_archive(source: Path) -> Iterator[Reader]:
    """A reader of the archive `source`. Raises NotABackup."""
    try:
        with tarfile.open(source, "r") as tar:
            yield Reader(tar)
    except tarfile.TarError as error:
        raise NotABackup("it is no tar, or is cut short") from error
