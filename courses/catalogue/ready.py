"""Getting courses ready before the transaction: what is new of each, its files in the store, its lessons as HTML."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import quote

from courses.catalogue.content import CourseContent, Media
from courses.catalogue.markdown import MediaInfo, render_lesson
from courses.catalogue.tables import Course, LessonMedia
from portal.core.base import files
from portal.core.base.database import placeholders, reading
from portal.core.base.ids import new_ref

Step = Literal["new", "draft", "published", "unchanged"]


@dataclass(frozen=True, slots=True)
class ReadyFile:
    """A file that stands in the store; `known_id` where the database knows it from an earlier version."""

    ref: str
    sha256: str
    size: int
    media_type: str
    known_id: int | None


@dataclass(frozen=True, slots=True)
class ReadyCourse:
    """What is to be done with a course. `number` is its next version's; `html` goes by lesson code and language."""

    step: Step
    number: int
    draft_id: int | None = None
    files: Mapping[str, ReadyFile] = field(default_factory=dict)
    html: Mapping[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ready:
    """Courses ready to be kept, by code."""

    courses: Mapping[str, ReadyCourse]


@dataclass(frozen=True, slots=True)
class _Versions:
    """A course's newest version and its newest published one, as far as there are any."""

    number: int = 0
    newest_id: int | None = None
    newest_digest: str = ""
    published_digest: str = ""


def step_of(versions: "_Versions", digest: str, *, publish: bool) -> Step:
    """What an import does with a course of this digest."""
    if publish and versions.published_digest == digest:
        return "unchanged"
    if versions.newest_digest == digest:
        return "published" if publish else "unchanged"
    return "new" if publish else "draft"


async def make_ready(courses: Sequence[CourseContent], *, publish: bool, put: bool) -> Ready:
    """Decide each course's step and prepare what it needs; `put` False leaves the file store alone (dry run)."""
    async with reading():
        versions = await _versions([course.code for course in courses])
        known = await _known_files([media.sha256 for course in courses for media in course.media])
    ready: dict[str, ReadyCourse] = {}
    for course in courses:
        seen = versions.get(course.code, _Versions())
        step = step_of(seen, course.digest, publish=publish)
        if step in ("unchanged", "published"):
            ready[course.code] = ReadyCourse(step, seen.number, seen.newest_id)
            continue
        stored = {media.name: await _store(media, known, put=put) for media in course.media}
        html = await asyncio.to_thread(_render, course, stored)
        ready[course.code] = ReadyCourse(step, seen.number + 1, None, stored, html)
    return Ready(ready)


async def _versions(codes: Sequence[str]) -> dict[str, _Versions]:
    if not codes:
        return {}
    query = "SELECT c.code, v.id, v.number, v.digest, v.published_at FROM courses c"
    query += " JOIN course_versions v ON v.course = c.id"
    marks = placeholders(codes)
    rows = await Course.raw(f"{query} WHERE c.code IN ({marks}) ORDER BY v.number", *codes)
    return {code: _summary([row for row in rows if row["code"] == code]) for code in {row["code"] for row in rows}}


def _summary(rows: Sequence[Mapping[str, Any]]) -> _Versions:
    """`rows` are the versions of one course, oldest first."""
    newest = rows[-1]
    published = [row["digest"] for row in rows if row["published_at"] is not None]
    return _Versions(newest["number"], newest["id"], newest["digest"], published[-1] if published else "")


async def _known_files(digests: Sequence[str]) -> dict[tuple[str, str], tuple[int, str]]:
    """Ids and refs of lesson files by name and content: a picture that did not change keeps its address."""
    if not digests:
        return {}
    query = "SELECT m.name, f.sha256, f.id, f.ref FROM lesson_media m JOIN files f ON f.id = m.file"
    marks = placeholders(digests)
    rows = await LessonMedia.raw(f"{query} WHERE f.sha256 IN ({marks}) ORDER BY f.id", *digests)
    return {(row["name"], row["sha256"]): (row["id"], row["ref"]) for row in rows}


async def _store(media: Media, known: Mapping[tuple[str, str], tuple[int, str]], *, put: bool) -> ReadyFile:
    known_id, ref = known.get((media.name, media.sha256), (None, new_ref()))
    if put and known_id is None:
        await files.put(media.content)
    return ReadyFile(ref, media.sha256, len(media.content), media.media_type, known_id)


def _render(course: CourseContent, stored: Mapping[str, ReadyFile]) -> dict[tuple[str, str], str]:
    media = dict(_media_infos(course.media, stored))
    return {
        (lesson.code, language): render_lesson(source, media, language)
        for lesson in course.lessons
        for language, source in lesson.sources.items()
    }


def _media_infos(media: Iterable[Media], stored: Mapping[str, ReadyFile]) -> Iterable[tuple[str, MediaInfo]]:
    for one in media:
        url = f"/media/{stored[one.name].ref}/{quote(one.name)}"
        yield one.name, MediaInfo(url, one.media_type, one.width, one.height)
