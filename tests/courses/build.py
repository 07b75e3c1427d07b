"""Small courses and curricula, put straight into the catalogue's tables: a few lessons, a question or two."""

import itertools
import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from courses.catalogue.tables import (
    Course,
    CourseEdition,
    CourseVersion,
    Curriculum,
    CurriculumEdition,
    CurriculumPart,
    CurriculumVersion,
    Lesson,
    LessonEdition,
    LessonQuestion,
)
from courses.questions.actions import store_questions
from courses.questions.content import Choice, Multiple, Question, Single, TrueFalse
from portal.core.base.database import writing
from tests.make import START

_numbers = itertools.count(1)
ARTICLE = ("article", 5, 60)
CHECK = ("checkpoint", 3, 0)
QUESTIONS = (
    Question(
        "q-1",
        "先做什么？",
        Single((Choice("问清楚", 10_000), Choice("发链接", 0, "太早了。"))),
        explanation="先问再推荐。",
    ),
    Question(
        "q-2",
        "要说哪些？",
        Multiple((Choice("产地", 5_000), Choice("缺点", 5_000), Choice("包治", -10_000))),
        explanation="说实情。",
    ),
    Question("q-3", "明天就涨价。", TrueFalse(False), explanation="不催人。"),
)


@dataclass(frozen=True)
class Made:
    """A course and its current version."""

    id: int
    version_id: int
    code: str
    lessons: tuple[int, ...]


async def _id(row: Any) -> int:
    return int((await type(row).insert(row))[0]["id"])


async def course(
    *lessons: tuple[str, int, int], code: str = "", languages: tuple[str, ...] = ("zh-Hans", "en")
) -> Made:
    """A published course of lessons `(kind, minutes, min_seconds)`, coded `l-1`, `l-2`, …"""
    code = code or f"course-{next(_numbers)}"
    async with writing():
        course_id = await _id(Course(code=code, made_at=START))
    return await version(course_id, code, 1, lessons, languages)


async def version(
    course_id: int,
    code: str,
    number: int,
    lessons: tuple[tuple[str, int, int], ...],
    languages: tuple[str, ...] = ("zh-Hans", "en"),
) -> Made:
    """A further published version of a course."""
    async with writing():
        version_id = await _id(
            CourseVersion(
                course=course_id, number=number, tag=code, digest=f"{code}-{number}", made_at=START, published_at=START
            )
        )
        for language in languages:
            await _id(CourseEdition(version=version_id, language=language, title=f"{code} {language}", summary="…"))
        ids = [await _lesson(version_id, place, lesson, languages) for place, lesson in enumerate(lessons, 1)]
    return Made(course_id, version_id, code, tuple(ids))


async def _lesson(version_id: int, place: int, lesson: tuple[str, int, int], languages: tuple[str, ...]) -> int:
    kind, minutes, seconds = lesson
    row = Lesson(version=version_id, position=place, code=f"l-{place}", kind=kind, minutes=minutes, min_seconds=seconds)
    lesson_id = await _id(row)
    for language in languages:
        title, html = f"lesson {place} {language}", f"<p>{language} text {place}</p>"
        await _id(LessonEdition(lesson=lesson_id, language=language, title=title, source="", html=html))
    if kind == "checkpoint":
        for position, version in enumerate(await _questions(), 1):
            await _id(LessonQuestion(lesson=lesson_id, position=position, question_version=version))
    return lesson_id


async def _questions() -> list[int]:
    """The three questions in both languages, in a bank of their own."""
    english = [replace(question, stem=f"In English: {question.code}?") for question in QUESTIONS]
    editions = {"zh-Hans": list(QUESTIONS), "en": english}
    stored = await store_questions(f"bank-{next(_numbers)}", editions, START)
    return [stored.versions[question.code] for question in QUESTIONS]


async def curriculum(
    *parts: tuple[str, Made | str, int | None],
    purpose: str = "elective",
    due_days: int = 30,
    valid_days: int = 0,
    code: str = "",
) -> tuple[int, int]:
    """A curriculum of parts `(kind, course or code, choice)`; its id and its version's."""
    code = code or f"curriculum-{next(_numbers)}"
    async with writing():
        curriculum_id = await _id(Curriculum(code=code, purpose=purpose, made_at=START))
    return curriculum_id, await curriculum_version(
        curriculum_id, code, 1, parts, due_days=due_days, valid_days=valid_days, at=START
    )


async def curriculum_version(
    curriculum_id: int,
    code: str,
    number: int,
    parts: tuple[tuple[str, Made | str, int | None], ...],
    *,
    due_days: int = 30,
    valid_days: int = 0,
    at: datetime = START,
) -> int:
    async with writing():
        version_id = await _id(
            CurriculumVersion(
                curriculum=curriculum_id,
                number=number,
                label="2026-11",
                digest=f"{code}-{number}",
                due_days=due_days,
                valid_days=valid_days,
                grace_days=0,
                published_at=at,
            )
        )
        for language in ("zh-Hans", "en"):
            await _id(CurriculumEdition(version=version_id, language=language, title=f"{code} {language}"))
        for position, (kind, what, choice) in enumerate(parts, 1):
            made = what if isinstance(what, Made) else None
            await _id(
                CurriculumPart(
                    version=version_id,
                    position=position,
                    kind=kind,
                    code=made.code if made else what,
                    course=made.id if made else None,
                    choice=choice,
                )
            )
    return version_id


def loaded(value: Any) -> Any:
    """A JSON column as either database gives it."""
    return json.loads(value) if isinstance(value, str) else value
