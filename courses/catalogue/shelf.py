"""What authors see of courses and curricula: every version, drafts too. Call inside `reading()`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from courses.catalogue.tables import Course, Curriculum
from portal.core.base.files import FileInfo
from portal.core.web.paging import Cut, Page, paged


@dataclass(frozen=True, slots=True)
class CourseLine:
    """A course in the list; `draft` is the number of a version newer than the published one, if there is any."""

    id: int
    code: str
    title: str
    number: int | None
    published_at: datetime | None
    draft: int | None


@dataclass(frozen=True, slots=True)
class CurriculumLine:
    """A curriculum's newest version in the list, with its parts as (kind, code)."""

    code: str
    purpose: str
    title: str
    label: str
    number: int
    published_at: datetime
    parts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class VersionLine:
    """One version of a course; `published_at` is None for a draft."""

    id: int
    number: int
    made_at: datetime
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class Shelved:
    """A course with all its versions, newest first."""

    course_id: int
    code: str
    versions: tuple[VersionLine, ...]

    def version(self, number: int) -> VersionLine | None:
        return next((version for version in self.versions if version.number == number), None)

    @property
    def published(self) -> VersionLine | None:
        """The version that new learners get."""
        return next((version for version in self.versions if version.published_at is not None), None)


_LINES = (
    "SELECT c.id, c.code, v.number, v.published_at,"
    " (SELECT max(w.number) FROM course_versions w WHERE w.course = c.id) AS newest,"
    " (SELECT e.title FROM course_editions e JOIN course_versions w ON w.id = e.version WHERE w.course = c.id"
    " ORDER BY w.number DESC, (e.language <> {}), e.id LIMIT 1) AS title"
    " FROM courses c LEFT JOIN course_versions v ON v.course = c.id AND v.number ="
    " (SELECT max(w.number) FROM course_versions w WHERE w.course = c.id AND w.published_at IS NOT NULL)"
    " WHERE c.id > {} ORDER BY c.id LIMIT {}"
)
_CURRICULA = (
    "SELECT c.id, c.code, c.purpose, v.label, v.number, v.published_at, p.kind, p.code AS part,"
    " (SELECT e.title FROM curriculum_editions e WHERE e.version = v.id ORDER BY (e.language <> {}), e.id LIMIT 1)"
    " AS title FROM curricula c JOIN curriculum_versions v ON v.curriculum = c.id"
    " AND v.number = (SELECT max(w.number) FROM curriculum_versions w WHERE w.curriculum = c.id)"
    " JOIN curriculum_parts p ON p.version = v.id ORDER BY c.id, p.position LIMIT 2000"
)
_VERSIONS = (
    "SELECT c.id AS course, v.id, v.number, v.made_at, v.published_at FROM courses c"
    " JOIN course_versions v ON v.course = c.id WHERE c.code = {} ORDER BY v.number DESC LIMIT 200"
)
_MEDIA = (
    "SELECT f.id, f.ref, f.sha256, f.size, f.media_type, f.name FROM files f WHERE f.ref = {}"
    " AND EXISTS (SELECT 1 FROM lesson_media m WHERE m.file = f.id AND m.name = {})"
)


async def course_lines(cut: Cut, language: str) -> Page[CourseLine]:
    rows = await Course.raw(_LINES, language, cut.after, cut.fetch)
    return paged([_line(row) for row in rows], cut, lambda line: line.id)


def _line(row: dict[str, Any]) -> CourseLine:
    draft = row["newest"] if row["newest"] != row["number"] else None
    return CourseLine(row["id"], row["code"], row["title"], row["number"], row["published_at"], draft)


async def curriculum_lines(language: str) -> list[CurriculumLine]:
    rows = await Curriculum.raw(_CURRICULA, language)
    by_id: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        by_id.setdefault(row["id"], []).append(row)
    return [_curriculum(parts) for parts in by_id.values()]


def _curriculum(rows: Sequence[dict[str, Any]]) -> CurriculumLine:
    first = rows[0]
    parts = tuple((row["kind"], row["part"]) for row in rows)
    return CurriculumLine(
        first["code"], first["purpose"], first["title"], first["label"], first["number"], first["published_at"], parts
    )


async def shelved(code: str) -> Shelved | None:
    """A course by its code with all its versions, or None."""
    rows = await Course.raw(_VERSIONS, code)
    if not rows:
        return None
    versions = tuple(VersionLine(row["id"], row["number"], row["made_at"], row["published_at"]) for row in rows)
    return Shelved(rows[0]["course"], code, versions)


async def media_file(ref: str, name: str) -> FileInfo | None:
    """The file of a lesson's picture or film; None for a file that no lesson names so."""
    rows = await Course.raw(_MEDIA, ref, name)
    return FileInfo(**rows[0]) if rows else None
