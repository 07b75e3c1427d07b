"""A small curriculum with one exam, people assigned to it, and what they need to sit it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from certification.exams import actions, queries
from certification.exams.actions import Saved, Stale
from certification.exams.queries import AttemptInfo, Item
from certification.exams.section import ExamSection
from certification.exams.tables import Attempt
from courses.assignment.actions import assign_curriculum
from courses.catalogue import queries as catalogue
from courses.catalogue.content import (
    BankContent,
    CourseContent,
    CurriculumContent,
    LessonContent,
    Package,
    PartContent,
)
from courses.catalogue.importing import SECTIONS, ImportReport, import_package
from courses.progress import actions as progress
from courses.questions import queries as questions
from courses.questions.content import (
    Choice,
    Difficulty,
    Matching,
    Multiple,
    Number,
    Numeric,
    Pair,
    Question,
    Short,
    Single,
    TrueFalse,
)
from portal.core.base.audit import SYSTEM
from portal.core.base.database import reading
from portal.core.people.actions import create_person
from portal.core.people.policy import capabilities
from portal.core.web.viewer import Viewer
from tests.make import answers_of

AT = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
MINUTES = 40
SECOND = timedelta(seconds=1)
DUE = AT + timedelta(minutes=MINUTES)
LANGUAGES = ("zh-Hans", "en")
TAGS = ("care", "truth")
KINDS = 6

# Words that stand in a key, an explanation or a wrong option's feedback, and nowhere else.
SECRET = "zzsecret"


def _bodies(name: str) -> list[Any]:
    return [
        Single((Choice(f"{name} right", 10_000, f"{SECRET} why"), Choice(f"{name} wrong"), Choice(f"{name} worse"))),
        Multiple(
            (
                Choice(f"{name} half", 5_000),
                Choice(f"{name} other half", 5_000),
                Choice(f"{name} not", -5_000),
                Choice(f"{name} never", -5_000),
            )
        ),
        TrueFalse(right=True, when_wrong=f"{SECRET} wrong"),
        Numeric((Number("48", "0", 10_000, f"{SECRET} yes"),)),
        Short((Choice(f"{SECRET}*", 10_000),)),
        Matching((Pair(f"{name} a", "one"), Pair(f"{name} b", "two"), Pair(f"{name} c", "three")), ("four",)),
    ]


def bank(language: str, copies: int = 1) -> tuple[Question, ...]:
    """For each tag `copies` questions of every kind, the first of them a must; one copy is all that a paper asks."""
    made = []
    for tag in TAGS:
        for copy in range(copies):
            for place, body in enumerate(_bodies(f"{tag}{copy}-{language}")):
                code = f"{tag}-{copy}-{place}"
                stem = f"Stem {code} in {language}?"
                must = copy == 0 and place == 0
                words = f"{SECRET} explanation of {code}"
                made.append(
                    Question(code, stem, body, explanation=words, tags=(tag,), difficulty=Difficulty.EASY, must=must)
                )
    return tuple(made)


def exam_rows(**changes: Any) -> list[dict[str, Any]]:
    """The table as package.toml has it: six questions of each tag."""
    row: dict[str, Any] = {
        "code": "final",
        "title": {"zh-Hans": "Exam zh", "en": "Exam en"},
        "minutes": MINUTES,
        "pass_percent": 80,
        "attempts": 3,
        "cooldown_hours": 12,
        "show_after": "mistakes",
        "draws": [{"bank": "bank", "tag": tag, "difficulty": "easy", "count": 6} for tag in TAGS],
    }
    return [{**row, **changes}]


def package(*, course: bool = False, rows: Any = None, copies: int = 1, label: str = "1") -> Package:
    """A curriculum of one exam, before it one course where asked for."""
    texts = dict.fromkeys(LANGUAGES, "A title")
    lesson = LessonContent("read", "article", 5, 0, texts, dict.fromkeys(LANGUAGES, "Some *words*."), {})
    parts = (PartContent("course", "first", None),) if course else ()
    return Package(
        code="small",
        languages=LANGUAGES,
        courses=(CourseContent("first", "care", texts, texts, (lesson,), ()),) if course else (),
        curriculum=CurriculumContent(
            "small", "elective", label, 30, 365, 30, texts, (*parts, PartContent("exam", "final", None))
        ),
        banks=(BankContent("bank", {language: bank(language, copies) for language in LANGUAGES}),),
        sections={"exams": exam_rows() if rows is None else rows},
    )


def viewer(person_id: int, *, sign_in_id: int = 1, language: str = "zh-Hans") -> Viewer:
    return Viewer(
        person_id=person_id,
        name="Somebody",
        sign_in_id=sign_in_id,
        roles=frozenset({"owner"}),
        capabilities=capabilities(["owner"]),
        language=language,
        theme="system",
        care=False,
        factor_missing=False,
        confirmed_until=None,
    )


@dataclass(frozen=True, slots=True)
class Stage:
    """Who sits the exam, and where it stands."""

    report: ImportReport
    viewer: Viewer
    assignment_id: int
    part_id: int
    version_id: int


async def _person(name: str, at: datetime) -> int:
    return await create_person(SYSTEM, name=name, role="owner", at=at, external_id=name, language="zh-Hans")


async def set_stage(at: datetime = AT, *, course: bool = False, rows: Any = None, copies: int = 1) -> Stage:
    """The package taken in, and one owner to whom its curriculum is assigned."""
    SECTIONS["exams"] = ExamSection()
    report = await import_package(SYSTEM, package(course=course, rows=rows, copies=copies), at)
    assert report.ok, report.refused
    person_id = await _person("learner", at)
    return await assigned(report, person_id, at)


async def assigned(report: ImportReport, person_id: int, at: datetime = AT) -> Stage:
    async with reading():
        curriculum_id = await catalogue.curriculum_by_code("small")
        assert curriculum_id is not None
        version_id = await catalogue.current_version_of(curriculum_id)
        assert version_id is not None
        curriculum = await catalogue.curriculum_version(version_id, "en")
        assert curriculum is not None
    assignment_id, _ = await assign_curriculum(SYSTEM, person_id, version_id, "manual", at)
    part = next(part for part in curriculum.parts if part.kind == "exam")
    return Stage(report, viewer(person_id), assignment_id, part.id, version_id)


async def another(stage: Stage, name: str = "another", at: datetime = AT) -> Stage:
    """A second owner with the same curriculum."""
    return await assigned(stage.report, await _person(name, at), at)


async def finish_course(stage: Stage, at: datetime = AT) -> None:
    """She reads the one lesson of the one course."""
    async with reading():
        course_id = await catalogue.course_by_code("first")
        assert course_id is not None
        course = (await catalogue.current_courses([course_id], "en"))[course_id]
    enrolment = await progress.begin_course(stage.viewer.person_id, stage.assignment_id, course_id, at)
    lesson = course.lessons[0].id
    await progress.open_lesson(enrolment, lesson, at)
    await progress.complete_lesson(stage.viewer.actor, enrolment, lesson, at + timedelta(minutes=5), told=False)


async def paper(attempt: AttemptInfo) -> list[Item]:
    async with reading():
        return await queries.items_of(attempt.id)


async def attempt_row(attempt_id: int) -> dict[str, Any]:
    async with reading():
        rows = await Attempt.raw("SELECT * FROM attempts WHERE id = {}", attempt_id)
    return dict(rows[0])


async def sit_down(stage: Stage, at: datetime = AT, language: str = "zh-Hans") -> AttemptInfo:
    return await actions.start_attempt(stage.viewer, stage.assignment_id, stage.part_id, language, at)


async def tap(
    stage: Stage, attempt: AttemptInfo, position: int, given: object, seq: int | None = 1, at: datetime = AT + SECOND
) -> Saved | Stale:
    return await actions.save_answer(attempt.ref, stage.viewer, position, given, seq=seq, device="s1", at=at)


async def answer_all(stage: Stage, attempt: AttemptInfo, *, right: bool = True) -> None:
    for position, given in (await answers_of(attempt.id, well=right)).items():
        await tap(stage, attempt, position, given)


async def numeric(attempt: AttemptInfo) -> int:
    """The place of a question that takes a number, so that answers read as themselves."""
    items = await paper(attempt)
    async with reading():
        editions = await questions.editions_by_id(item.edition_id for item in items)
    return next(item.position for item in items if editions[item.edition_id].question.kind == "numeric")


async def answer_at(attempt: AttemptInfo, position: int) -> tuple[object, int]:
    async with reading():
        item = await queries.item_at(attempt.id, position)
    return item.answer, item.seq
