"""Reading a package, folder or zip, into plain values, every fault at its file and line. It never raises."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from courses.catalogue.content import BankContent, CourseContent, CurriculumContent, Fault, Package, PartContent
from courses.catalogue.course_folder import read_course
from courses.catalogue.forms import LONGEST_TITLE, BankRow, CurriculumRow, PackageRow, PartRow
from courses.catalogue.source import Source, twice
from courses.catalogue.toml import Toml
from courses.catalogue.unpack import MANIFEST, unpack
from courses.questions.rules import Question
from portal.core.base.settings import LANGUAGES

MOST_COURSES = 100
MOST_TOLD = 500  # faults, and notes
# Tables of package.toml that rooms above this one read (importing.SECTIONS).
UPPER_SECTIONS = ("exams",)
_HEAD = ("format", "code", "languages")


def read_package(path: Path) -> Package:
    """The package in a folder or a zip file."""
    return _read(path)


def read_zip(data: bytes) -> Package:
    """The package in a zip's bytes, as uploaded."""
    return _read(data)


def _read(given: Path | bytes) -> Package:
    unpacked = unpack(given)
    source = Source(unpacked.files, faults=list(unpacked.faults))
    if not unpacked.files:
        if not source.faults:
            source.refuse(MANIFEST, "file_missing")
        return Package(faults=tuple(source.faults))
    manifest = source.toml(MANIFEST)
    head = {name: manifest.data.pop(name) for name in _HEAD if name in manifest.data}
    row = None if manifest.faults else manifest.table(head, PackageRow)
    source.languages = tuple(dict.fromkeys(row.languages)) if row else LANGUAGES
    courses = _courses(source)
    banks = _banks(source, manifest)
    curriculum = _curriculum(source, manifest)
    sections = _sections(manifest)
    _demand_exams(manifest, curriculum, sections)
    if not courses and not banks and not curriculum and not manifest.faults:
        source.refuse(MANIFEST, "nothing_inside")
    source.faults += manifest.faults
    source.tell_unused()
    code = row.code if row else ""
    faults, notes = _bounded(source.faults), _bounded(source.notes)
    return Package(code, source.languages, courses, curriculum, banks, sections, faults, notes)


def _bounded(told: list[Fault]) -> tuple[Fault, ...]:
    if len(told) <= MOST_TOLD:
        return tuple(told)
    return (*told[:MOST_TOLD], Fault("", None, "more_told", {"n": len(told) - MOST_TOLD}))


def _courses(source: Source) -> tuple[CourseContent, ...]:
    folders = source.folders("courses")
    if len(folders) > MOST_COURSES:
        source.refuse("courses", "too_many_courses", limit=MOST_COURSES)
        return ()
    read = [read_course(source, folder) for folder in folders]
    return tuple(course for course in read if course is not None)


def _curriculum(source: Source, manifest: Toml) -> CurriculumContent | None:
    given = manifest.data.pop("curriculum", None)
    if given is None:
        return None
    parts = manifest.tables(given, "parts", PartRow, "curriculum") if isinstance(given, dict) else []
    row = manifest.table(given, CurriculumRow, "curriculum")
    if row is None:
        return None
    if not parts and not manifest.faults:
        manifest.refuse("curriculum.parts", "fault.required")
    for code in twice([f"{part.kind} {part.code}" for part in parts]):
        manifest.refuse("curriculum.parts", "code_twice", code=code)
    return CurriculumContent(
        code=row.code,
        purpose=row.purpose,
        label=row.label,
        due_days=row.due_days,
        valid_days=row.valid_days,
        grace_days=row.grace_days,
        titles=manifest.texts(row.title, source.languages, "curriculum.title", LONGEST_TITLE),
        parts=tuple(PartContent(part.kind, part.code, part.choice) for part in parts),
    )


def _banks(source: Source, manifest: Toml) -> tuple[BankContent, ...]:
    rows = manifest.tables(manifest.data, "banks", BankRow)
    manifest.unique([row.code for row in rows], "banks")
    return tuple(_bank(source, row) for row in rows)


def _bank(source: Source, row: BankRow) -> BankContent:
    """A bank's questions: one file a tag and language."""
    places: dict[tuple[str, str], str] = {}
    editions: dict[str, tuple[Question, ...]] = {}
    for language in source.languages:
        found: list[Question] = []
        for tag in row.tags:
            file = f"questions/{language}/{tag}.gift"
            here = source.questions(file)
            for question in here:
                if (language, question.code) in places:
                    line = source.line_of_question(file, question.code)
                    source.refuse(file, "code_twice", line=line, detail=question.code, code=question.code)
            places |= {(language, question.code): file for question in here}
            found += here
        editions[language] = tuple(found)
    source.agree(editions, places)
    return BankContent(row.code, editions)


def _sections(manifest: Toml) -> dict[str, Any]:
    for name in manifest.data.keys() - set(UPPER_SECTIONS):
        manifest.refuse(name, "fault.unknown")
    return {name: manifest.data[name] for name in UPPER_SECTIONS if name in manifest.data}


def _demand_exams(manifest: Toml, curriculum: CurriculumContent | None, sections: Mapping[str, Any]) -> None:
    """A curriculum that asks for an exam describes it; whether each one is there, the exams' room checks."""
    for place, part in enumerate(curriculum.parts if curriculum else ()):
        if part.kind == "exam" and "exams" not in sections:
            manifest.refuse(f"curriculum.parts[{place}]", "exam_missing", code=part.code)
