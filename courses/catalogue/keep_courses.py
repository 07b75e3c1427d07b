"""The rows of courses, written inside the import's transaction."""

from collections.abc import Mapping
from datetime import datetime

from courses.catalogue.content import CourseContent, LessonContent, Took
from courses.catalogue.ready import ReadyCourse
from courses.catalogue.tables import (
    Course,
    CourseEdition,
    CourseVersion,
    Lesson,
    LessonEdition,
    LessonMedia,
    LessonQuestion,
)
from courses.questions.actions import store_questions
from portal.core.base import audit, files
from portal.core.base.audit import Actor
from portal.core.base.refusals import Refused


def meanwhile() -> Refused:
    """Somebody else imported the same thing between our reading and our writing."""
    return Refused("import_meanwhile", way="/admin/import")


async def keep_course(actor: Actor, course: CourseContent, ready: ReadyCourse, at: datetime) -> Took:
    """Write the version that `ready` was made for. Raises Refused where another import came first."""
    counts = {"lessons": len(course.lessons), "media": len(course.media)}
    if ready.step == "unchanged":
        return Took("course", course.code, "unchanged", counts)
    if ready.step == "published":
        assert ready.draft_id is not None
        await publish_version(actor, ready.draft_id, at)
        return Took("course", course.code, "published", counts)
    version_id = await _add_course_version(actor, course, ready, at)
    file_ids = await _keep_files(ready, at)
    await _insert_media(version_id, course, ready, file_ids)
    await _insert_lessons(version_id, course, ready, at)
    await audit.record(actor, f"catalogue.course_{ready.step}", ("course_version", version_id), at)
    return Took("course", course.code, ready.step, counts)


async def publish_version(actor: Actor, version_id: int, at: datetime) -> None:
    """Make a draft the version that new learners get. Raises Refused where it is published already."""
    rows = (
        await CourseVersion.update({CourseVersion.published_at: at})
        .where(CourseVersion.id == version_id, CourseVersion.published_at.is_null())
        .returning(CourseVersion.id)
    )
    if not rows:
        raise Refused("published_already")
    await audit.record(actor, "catalogue.course_published", ("course_version", version_id), at)


async def _add_course_version(actor: Actor, course: CourseContent, ready: ReadyCourse, at: datetime) -> int:
    await Course.raw("INSERT INTO courses (code, made_at) VALUES ({}, {}) ON CONFLICT DO NOTHING", course.code, at)
    own = await Course.raw("SELECT id FROM courses WHERE code = {}", course.code)
    rows = await CourseVersion.raw(
        "INSERT INTO course_versions (course, number, tag, digest, made_at, made_by, published_at)"
        " VALUES ({}, {}, {}, {}, {}, {}, {}) ON CONFLICT DO NOTHING RETURNING id",
        own[0]["id"],
        ready.number,
        course.tag,
        course.digest,
        at,
        actor.id if actor.kind == "person" else None,
        at if ready.step == "new" else None,
    )
    if not rows:
        raise meanwhile()
    version_id = int(rows[0]["id"])
    await CourseEdition.insert(
        *(
            CourseEdition(version=version_id, language=language, title=title, summary=course.summaries[language])
            for language, title in course.titles.items()
        )
    )
    return version_id


async def _keep_files(ready: ReadyCourse, at: datetime) -> dict[str, int]:
    """The ids of the files by their names in the course; those that are here already are used again."""
    ids: dict[str, int] = {}
    for name, file in ready.files.items():
        if file.known_id is None:
            kept = await files.register(file.sha256, file.size, file.media_type, name, at, ref=file.ref)
            ids[name] = kept.id
        else:
            ids[name] = file.known_id
    return ids


async def _insert_media(
    version_id: int, course: CourseContent, ready: ReadyCourse, file_ids: Mapping[str, int]
) -> None:
    rows = [
        LessonMedia(version=version_id, name=one.name, file=file_ids[one.name], width=one.width, height=one.height)
        for one in course.media
        if one.name in ready.files
    ]
    if rows:
        await LessonMedia.insert(*rows)


async def _insert_lessons(version_id: int, course: CourseContent, ready: ReadyCourse, at: datetime) -> None:
    rows = await Lesson.insert(
        *(
            Lesson(
                version=version_id,
                position=position,
                code=lesson.code,
                kind=lesson.kind,
                minutes=lesson.minutes,
                min_seconds=lesson.min_seconds,
            )
            for position, lesson in enumerate(course.lessons, 1)
        )
    )
    lesson_ids = {lesson.code: int(row["id"]) for lesson, row in zip(course.lessons, rows, strict=True)}
    await LessonEdition.insert(
        *(
            LessonEdition(
                lesson=lesson_ids[lesson.code],
                language=language,
                title=title,
                source=lesson.sources.get(language, ""),
                html=ready.html.get((lesson.code, language), ""),
            )
            for lesson in course.lessons
            for language, title in lesson.titles.items()
        )
    )
    await _insert_questions(course, lesson_ids, at)


async def _insert_questions(course: CourseContent, lesson_ids: Mapping[str, int], at: datetime) -> None:
    """Checkpoint questions live in a bank of the course's own, so that they have versions as all others."""
    asking = [lesson for lesson in course.lessons if lesson.questions]
    if not asking:
        return
    editions = {
        language: [question for lesson in asking for question in lesson.questions[language]]
        for language in asking[0].questions
    }
    stored = await store_questions(f"course:{course.code}", editions, at)
    rows = [
        LessonQuestion(lesson=lesson_ids[lesson.code], position=position, question_version=stored.versions[code])
        for lesson in asking
        for position, code in enumerate(_codes(lesson), 1)
    ]
    await LessonQuestion.insert(*rows)


def _codes(lesson: LessonContent) -> list[str]:
    return [question.code for question in next(iter(lesson.questions.values()))]
