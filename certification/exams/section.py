"""The table `exams` of a course package: checked against the package's own banks, kept with its curriculum."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from certification.exams import drawing, queries
from certification.exams.rules import Blueprint, Draw, ShowAfter
from certification.exams.tables import Exam, ExamDraw, ExamEdition, ExamVersion
from courses.catalogue.content import Fault, Package, Took
from courses.catalogue.importing import Stored
from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.web.shapes import read_shape

_FILE = "package.toml"
_Code = Annotated[str, Meta(min_length=1, max_length=80)]
_Title = Annotated[str, Meta(min_length=1, max_length=160)]
_Tag = Annotated[str, Meta(min_length=1, max_length=60)]


class DrawRow(Struct, forbid_unknown_fields=True):
    """`[[exams.draws]]`."""

    bank: _Code
    tag: _Tag
    count: int
    difficulty: Literal["easy", "medium", "hard"] | None = None
    points: int = 1


class ExamRow(Struct, forbid_unknown_fields=True):
    """`[[exams]]`; its draws are read one by one, so that each fault is told at its own place."""

    code: _Code
    title: dict[str, _Title]
    minutes: int
    pass_percent: int
    attempts: int
    cooldown_hours: int
    draws: list[Any]
    show_after: ShowAfter = ShowAfter.TOPICS
    shuffle_options: bool = True


class ExamSection:
    """What the catalogue's import calls for `[[exams]]`."""

    def check(self, rows: Any, package: Package) -> list[Fault]:
        """Everything that would keep these exams from being sat. Never raises."""
        if not isinstance(rows, list):
            return [_fault("exams.fault.rows", "exams")]
        read = [_read(row, f"exams[{number}]") for number, row in enumerate(rows, 1)]
        faults = [fault for _, found in read for fault in found]
        exams = [exam for exam, _ in read if exam is not None]
        faults += [fault for exam in exams for fault in _exam_faults(exam, package)]
        # Which parts have no exam can be told only when every exam could be read.
        return faults + (list(_part_faults([exam.code for exam in exams], package)) if len(exams) == len(rows) else [])

    async def store(self, rows: Any, stored: Stored, actor: Actor, at: datetime) -> list[Took]:
        """Keep each exam with its curriculum's part; one that is there already is left as it is."""
        exams = [exam for exam, _ in (_read(row, "exams") for row in rows) if exam is not None]
        parts = {exam.code: stored.parts[("exam", exam.code)] for exam in exams}
        kept = await queries.exams_of_parts(parts.values(), "zh-Hans")
        took = []
        for exam in exams:
            is_new = parts[exam.code] not in kept
            if is_new:
                await _store(exam, parts[exam.code], stored, actor, at)
            counts = {"questions": _blueprint(exam).questions}
            took.append(Took("exam", exam.code, "new" if is_new else "unchanged", counts))
        return took


def _fault(code: str, where: str, **params: object) -> Fault:
    return Fault(_FILE, None, code, params, where)


def _read(row: Any, where: str) -> tuple[ExamRow | None, list[Fault]]:
    """One exam with its draws as `DrawRow`s, or what is wrong with it."""
    if isinstance(row, dict):
        where = str(row.get("code") or where)[:80]
    exam, faults = _shape(row, ExamRow, where)
    if exam is None:
        return None, faults
    draws = []
    for number, one in enumerate(exam.draws, 1):
        place = f"{where}, draws[{number}]"
        quota, found = (
            _shape(one, DrawRow, place) if isinstance(one, dict) else (None, [_fault("exams.fault.rows", place)])
        )
        faults += found
        draws.append(quota)
    exam.draws = draws
    return (None, faults) if faults else (exam, [])


def _shape(row: Any, struct: Any, where: str) -> tuple[Any, list[Fault]]:
    if not isinstance(row, dict):
        return None, [_fault("exams.fault.rows", where)]
    shape, faults = read_shape(row, struct)
    return shape, [Fault(_FILE, None, f"fault.{one.code}", one.params, f"{where}: {one.path}") for one in faults]


def _blueprint(exam: ExamRow) -> Blueprint:
    return Blueprint(
        minutes=exam.minutes,
        pass_bp=exam.pass_percent * 100,
        attempts=exam.attempts,
        cooldown_hours=exam.cooldown_hours,
        show_after=exam.show_after,
        shuffle_options=exam.shuffle_options,
        draws=tuple(Draw(one.bank, one.tag, one.difficulty, one.count, one.points) for one in exam.draws),
    )


def _exam_faults(exam: ExamRow, package: Package) -> Iterator[Fault]:
    for language in package.languages:
        if language not in exam.title:
            yield _fault("exams.fault.title", exam.code, language=language)
    unknown = sorted({one.bank for one in exam.draws if package.bank(one.bank) is None})
    if unknown:
        yield from (_fault("exams.fault.bank", exam.code, bank=bank) for bank in unknown)
        return
    blueprint = _blueprint(exam)
    for found in drawing.feasible(blueprint, [_pool(quota, package) for quota in blueprint.draws]):
        where = f"{exam.code}, draws[{found.draw}]" if found.draw else exam.code
        yield _fault(found.code, where, **found.params)


def _pool(quota: Draw, package: Package) -> set[str]:
    """Codes of the package's questions that fit a draw; with their bank, for two banks may use one code."""
    bank = package.bank(quota.bank)
    if bank is None or not bank.editions:
        return set()
    questions = next(iter(bank.editions.values()))
    return {
        f"{quota.bank}/{question.code}"
        for question in questions
        if quota.tag in question.tags and quota.difficulty in (None, question.difficulty)
    }


def _part_faults(codes: list[str], package: Package) -> Iterator[Fault]:
    parts = package.curriculum.parts if package.curriculum else ()
    wanted = {part.code for part in parts if part.kind == "exam"}
    yield from (_fault("exams.fault.no_part", code) for code in sorted(set(codes) - wanted))
    yield from (_fault("exams.fault.no_exam", code) for code in sorted(wanted - set(codes)))
    yield from (_fault("exams.fault.twice", code) for code in sorted({code for code in codes if codes.count(code) > 1}))


async def _store(exam: ExamRow, part_id: int, stored: Stored, actor: Actor, at: datetime) -> None:
    exam_id = await _own_exam(exam.code, at)
    numbers = await ExamVersion.raw("SELECT max(number) AS n FROM exam_versions WHERE exam = {}", exam_id)
    version = ExamVersion(
        exam=exam_id,
        part=part_id,
        number=(numbers[0]["n"] or 0) + 1,
        minutes=exam.minutes,
        pass_bp=exam.pass_percent * 100,
        attempts_allowed=exam.attempts,
        cooldown_hours=exam.cooldown_hours,
        shuffle_options=exam.shuffle_options,
        show_after=exam.show_after.value,
        published_at=at,
    )
    version_id = int((await ExamVersion.insert(version))[0]["id"])
    titles = exam.title.items()
    await ExamEdition.insert(*(ExamEdition(version=version_id, language=one, title=title) for one, title in titles))
    await ExamDraw.insert(
        *(
            ExamDraw(
                version=version_id,
                position=position,
                bank=stored.banks[one.bank].bank_id,
                tag=one.tag,
                difficulty=one.difficulty,
                count=one.count,
                points=one.points,
            )
            for position, one in enumerate(exam.draws, 1)
        )
    )
    await audit.record(actor, "exams.publish", ("exam_version", version_id), at, {"exam": exam.code})


async def _own_exam(code: str, at: datetime) -> int:
    await Exam.raw("INSERT INTO exams (code, made_at) VALUES ({}, {}) ON CONFLICT (code) DO NOTHING", code, at)
    return int((await Exam.raw("SELECT id FROM exams WHERE code = {}", code))[0]["id"])
