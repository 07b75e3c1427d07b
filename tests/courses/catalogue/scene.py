"""Packages taken in, and what is there afterwards."""

from datetime import UTC, datetime, timedelta
from typing import Any

from courses.catalogue import queries
from courses.catalogue.importing import ImportReport, import_package
from courses.catalogue.tables import CourseVersion, CurriculumVersion, LessonMedia
from courses.questions.tables import QuestionVersion
from portal.core.base.audit import SYSTEM
from portal.core.base.database import reading
from portal.core.base.tables import AuditEntry, StoredFile
from tests.courses.catalogue.packages import Files, read

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
LATER = AT + timedelta(days=1)
LATE = "courses/parcels/en/late.md"
TABLES = (CourseVersion, CurriculumVersion, QuestionVersion, LessonMedia, StoredFile, AuditEntry)


async def take(files: Files | None = None, at: datetime = AT, **how: Any) -> ImportReport:
    package = read(files)
    assert package.faults == ()
    return await import_package(SYSTEM, package, at, **how)


def states(report: ImportReport) -> dict[tuple[str, str], str]:
    return {(one.kind, one.code): one.state for one in report.took}


async def counts() -> list[int]:
    async with reading():
        return [int(await table.count()) for table in TABLES]


async def current(language: str = "en") -> queries.CourseInfo:
    async with reading():
        course_id = await queries.course_by_code("parcels")
        assert course_id is not None
        return (await queries.current_courses([course_id], language))[course_id]


async def text(course: queries.CourseInfo, language: str = "en") -> str:
    async with reading():
        page = await queries.lesson_page(course.lessons[0].id, language)
    assert page is not None
    return page.html
