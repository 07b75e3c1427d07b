"""What can be learned, shaped for the pages of learners and of the rooms above. Call inside `reading()` or `writing()`.

Titles and texts come in the wanted language, or, where that edition is missing, in the other one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup

from courses.catalogue.show import ready_to_show
from courses.catalogue.statements import (
    ASSIGNABLE_COURSES,
    ASSIGNABLE_CURRICULA,
    COURSES,
    CURRICULUM,
    CURRICULUM_TITLES,
    IS_CURRENT,
    NEWEST_FOR,
    PAGE,
)
from courses.catalogue.tables import Course, Curriculum, LessonQuestion
from portal.core.base.database import lasting, placeholders

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Part:
    """A required part of a curriculum version; parts of one `choice` are alternatives (one of them is enough)."""

    id: int
    position: int
    kind: str  # course, exam, session
    code: str
    course_id: int | None
    choice: int | None


@dataclass(frozen=True, slots=True)
class CurriculumInfo:
    """A published curriculum version. Days: to finish it, of the certificate's validity, of holders' grace."""

    version_id: int
    curriculum_id: int
    code: str
    purpose: str
    label: str
    number: int
    title: str
    due_days: int
    valid_days: int
    grace_days: int
    published_at: datetime
    parts: tuple[Part, ...]

    @property
    def course_ids(self) -> tuple[int, ...]:
        return tuple(part.course_id for part in self.parts if part.course_id is not None)


@dataclass(frozen=True, slots=True)
class LessonInfo:
    """A lesson in its course's list; `min_seconds` is the shortest reading that counts (0 for checkpoints)."""

    id: int
    position: int
    code: str
    kind: str  # article, case, video, deck, checkpoint
    title: str
    minutes: int
    min_seconds: int


@dataclass(frozen=True, slots=True)
class CourseInfo:
    """One version of a course with its lessons in order; `minutes` is their sum."""

    course_id: int
    version_id: int
    code: str
    tag: str
    title: str
    summary: str
    minutes: int
    lessons: tuple[LessonInfo, ...]

    def lesson(self, code: str) -> LessonInfo | None:
        return next((lesson for lesson in self.lessons if lesson.code == code), None)


@dataclass(frozen=True, slots=True)
class LessonPage:
    """A lesson as it is shown. `html` is clean and goes into the page as it is; `language` is the edition's."""

    id: int
    version_id: int
    position: int
    code: str
    kind: str
    minutes: int
    min_seconds: int
    title: str
    html: Markup
    language: str


@dataclass(frozen=True, slots=True)
class Choosable:
    """A course or a curriculum that can be assigned, for choosing from a list."""

    id: int
    version_id: int
    code: str
    title: str
    purpose: str | None = None


async def curriculum_version(version_id: int, language: str) -> CurriculumInfo | None:
    """A curriculum version with its parts in order."""
    rows = await Curriculum.raw(f"{CURRICULUM} WHERE v.id = {{}} ORDER BY p.position", language, version_id)
    return _curriculum(rows) if rows else None


async def current_curriculum(purpose: str, language: str) -> CurriculumInfo | None:
    """The newest version of the curriculum that a rule assigns for `purpose`, or None where none is kept."""
    rows = await Curriculum.raw(CURRICULUM + NEWEST_FOR + " ORDER BY p.position", language, purpose)
    return _curriculum(rows) if rows else None


async def current_version_of(curriculum_id: int) -> int | None:
    """The id of a curriculum's newest version."""
    rows = await Curriculum.raw(
        "SELECT id FROM curriculum_versions WHERE curriculum = {} ORDER BY number DESC LIMIT 1", curriculum_id
    )
    return int(rows[0]["id"]) if rows else None


async def curriculum_titles(version_ids: Iterable[int], language: str) -> dict[int, str]:
    """Titles of curriculum versions by their ids, for lists."""
    ids = sorted(set(version_ids))
    if not ids:
        return {}
    rows = await Curriculum.raw(f"{CURRICULUM_TITLES} WHERE version IN ({placeholders(ids)}) ORDER BY id", *ids)
    return _titles(rows, "version", language)


async def course(version_id: int, language: str) -> CourseInfo | None:
    """One course version with its lessons in order; drafts too."""
    return (await courses([version_id], language)).get(version_id)


async def courses(version_ids: Iterable[int], language: str) -> dict[int, CourseInfo]:
    """Course versions by version id, in one query at most: a published one never changes."""

    async def load(ids: list[int]) -> dict[int, tuple[CourseInfo, bool]]:
        sql = f"{COURSES} WHERE v.id IN ({placeholders(ids)}) ORDER BY v.id, l.position"
        rows = await Course.raw(sql, language, language, *ids)
        published = {row["version_id"] for row in rows if row["published_at"] is not None}
        return {info.version_id: (info, info.version_id in published) for info in _courses(rows)}

    return await lasting("course", sorted(set(version_ids)), language, load)


async def current_courses(course_ids: Iterable[int], language: str) -> dict[int, CourseInfo]:
    """The newest published version of each course, by course id, in one query."""
    ids = sorted(set(course_ids))
    if not ids:
        return {}
    sql = f"{COURSES} WHERE v.course IN ({placeholders(ids)}) AND{IS_CURRENT} ORDER BY v.id, l.position"
    return {info.course_id: info for info in _courses(await Course.raw(sql, language, language, *ids))}


async def current_course_version(course_id: int) -> int | None:
    """The id of a course's newest published version."""
    rows = await Course.raw(
        "SELECT id FROM course_versions WHERE course = {} AND published_at IS NOT NULL ORDER BY number DESC LIMIT 1",
        course_id,
    )
    return int(rows[0]["id"]) if rows else None


async def course_by_code(code: str) -> int | None:
    rows = await Course.raw("SELECT id FROM courses WHERE code = {}", code)
    return int(rows[0]["id"]) if rows else None


async def curriculum_by_code(code: str) -> int | None:
    rows = await Curriculum.raw("SELECT id FROM curricula WHERE code = {}", code)
    return int(rows[0]["id"]) if rows else None


async def lesson_page(lesson_id: int, language: str) -> LessonPage | None:
    """A lesson's text, ready to be shown. Whether the reader may open it is the caller's matter."""
    rows = await Course.raw(PAGE, language, lesson_id)
    if not rows:
        return None
    row = rows[0]
    return LessonPage(
        id=row["id"],
        version_id=row["version"],
        position=row["position"],
        code=row["code"],
        kind=row["kind"],
        minutes=row["minutes"],
        min_seconds=row["min_seconds"],
        title=row["title"],
        html=ready_to_show(row["html"]),
        language=row["language"],
    )


async def lesson_questions(lesson_id: int) -> list[int]:
    """Ids of the question versions that a checkpoint lesson asks, in order (see `questions.queries.editions`)."""
    rows = (
        await LessonQuestion.select(LessonQuestion.question_version)
        .where(LessonQuestion.lesson == lesson_id)
        .order_by(LessonQuestion.position)
    )
    return [row["question_version"] for row in rows]


async def assignable_courses(language: str) -> list[Choosable]:
    """Courses with a published version that are not retired, by code."""
    rows = await Course.raw(ASSIGNABLE_COURSES, language)
    return [Choosable(row["id"], row["version_id"], row["code"], row["title"]) for row in rows]


async def assignable_curricula(language: str) -> list[Choosable]:
    """The newest version of every curriculum that is not retired, by code."""
    rows = await Curriculum.raw(ASSIGNABLE_CURRICULA, language)
    return [Choosable(row["id"], row["version_id"], row["code"], row["title"], row["purpose"]) for row in rows]


def _titles(rows: Rows, key: str, language: str) -> dict[int, str]:
    titles: dict[int, str] = {}
    for row in rows:
        if row["language"] == language or row[key] not in titles:
            titles[row[key]] = row["title"]
    return titles


def _curriculum(rows: Rows) -> CurriculumInfo:
    first = rows[0]
    return CurriculumInfo(
        version_id=first["version_id"],
        curriculum_id=first["curriculum"],
        code=first["curriculum_code"],
        purpose=first["purpose"],
        label=first["label"],
        number=first["number"],
        title=first["title"],
        due_days=first["due_days"],
        valid_days=first["valid_days"],
        grace_days=first["grace_days"],
        published_at=first["published_at"],
        parts=tuple(_part(row) for row in rows),
    )


def _part(row: Mapping[str, Any]) -> Part:
    return Part(row["id"], row["position"], row["kind"], row["code"], row["course"], row["choice"])


def _courses(rows: Rows) -> list[CourseInfo]:
    by_version: dict[int, Rows] = {}
    for row in rows:
        by_version.setdefault(row["version_id"], []).append(row)
    return [_course(lessons) for lessons in by_version.values()]


def _course(rows: Rows) -> CourseInfo:
    first = rows[0]
    return CourseInfo(
        course_id=first["course"],
        version_id=first["version_id"],
        code=first["course_code"],
        tag=first["tag"],
        title=first["course_title"],
        summary=first["summary"],
        minutes=sum(row["minutes"] for row in rows),
        lessons=tuple(_lesson(row) for row in rows),
    )


def _lesson(row: Mapping[str, Any]) -> LessonInfo:
    return LessonInfo(
        row["id"], row["position"], row["code"], row["kind"], row["title"], row["minutes"], row["min_seconds"]
    )
