"""Exams and attempts as pages and upper rooms read them. Call inside `reading()` or `writing()`.

What an attempt's owner may see of a question before grading goes out as `rules.PublicQuestion` only.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from certification.exams import rules
from certification.exams import statements as sql
from certification.exams.rules import Blueprint, Draw, Past, Scored, ShowAfter, State, TagResult
from certification.exams.tables import Attempt, AttemptGrant, AttemptItem, Exam
from portal.core.base.database import lasting, placeholders
from portal.core.base.refusals import NotFound
from portal.core.web.viewer import Viewer

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class ExamInfo:
    """An exam version: the blueprint that belongs to one part of a curriculum version."""

    version_id: int
    exam_id: int
    part_id: int | None
    code: str
    title: str
    blueprint: Blueprint
    bank_ids: tuple[int, ...]  # of each draw


@dataclass(frozen=True, slots=True)
class AttemptInfo:
    """One sitting. `score_bp`, `passed` and what else grading finds are empty while it runs."""

    id: int
    ref: str
    person_id: int
    assignment_id: int
    exam_version_id: int
    number: int
    language: str
    state: State
    started_at: datetime
    deadline_at: datetime
    sealed_at: datetime | None
    sealed_by: str | None
    points: int | None
    max_points: int
    score_bp: int | None
    must_missed: int | None
    passed: bool

    @property
    def running(self) -> bool:
        return self.state == State.RUNNING

    @property
    def past(self) -> Past:
        return Past(self.sealed_at, self.passed)


@dataclass(frozen=True, slots=True)
class Item:
    """A drawn question in its place; `answer` is the stored one that counts now, `seq` its number (0: none yet)."""

    id: int
    attempt_id: int
    position: int
    edition_id: int
    tag: str
    must: bool
    order: tuple[int, ...]
    points: int
    answer: object
    seq: int
    answered_at: datetime | None
    share_bp: int | None

    @property
    def answered(self) -> bool:
        return rules.is_answered(self.answer)


@dataclass(frozen=True, slots=True)
class PassedExam:
    """The best passed attempt at an exam part."""

    attempt_id: int
    score_bp: int
    at: datetime


async def exams_of_parts(part_ids: Iterable[int], language: str) -> dict[int, ExamInfo]:
    """Exams by the curriculum part that they belong to, in one query at most: a published one never changes."""

    async def load(ids: list[int]) -> dict[int, tuple[ExamInfo, bool]]:
        rows = await Exam.raw(f"{sql.EXAMS} WHERE v.part IN ({placeholders(ids)}){sql.IN_ORDER}", language, *ids)
        return {part_id: (info, True) for part_id, info in _by_part(rows).items()}

    return await lasting("exam", sorted(set(part_ids)), language, load)


def _by_part(rows: Rows) -> dict[int, ExamInfo]:
    return {info.part_id: info for info in _exams(rows) if info.part_id is not None}


async def exam_of_part(part_id: int, language: str = "zh-Hans") -> ExamInfo | None:
    """The exam of a curriculum part, or None where the part is something else."""
    return (await exams_of_parts([part_id], language)).get(part_id)


async def exam_version(version_id: int, language: str) -> ExamInfo:
    """An exam version that is known to exist. Raises NotFound."""
    rows = await Exam.raw(f"{sql.EXAMS} WHERE v.id = {{}} ORDER BY d.position", language, version_id)
    if not rows:
        raise NotFound
    return _exams(rows)[0]


async def open_assignment_of_part(person_id: int, part_id: int) -> int:
    """Her open assignment of the curriculum version that the part belongs to. Raises NotFound."""
    rows = await Exam.raw(
        "SELECT a.id FROM curriculum_parts p JOIN assignments a ON a.curriculum_version = p.version"
        " WHERE p.id = {} AND a.person = {} AND a.completed_at IS NULL AND a.cancelled_at IS NULL",
        part_id,
        person_id,
    )
    if not rows:
        raise NotFound
    return int(rows[0]["id"])


async def attempts_of(assignment_id: int) -> list[AttemptInfo]:
    """Every attempt of an assignment, oldest first."""
    rows = await Attempt.raw(f"{sql.ATTEMPTS} WHERE a.assignment = {{}} ORDER BY a.id", assignment_id)
    return [attempt_info(row) for row in rows]


async def attempts_of_all(assignment_ids: Iterable[int]) -> list[AttemptInfo]:
    """Every attempt of these assignments, oldest first, in one query."""
    ids = sorted(set(assignment_ids))
    if not ids:
        return []
    text = f"{sql.ATTEMPTS} WHERE a.assignment IN ({placeholders(ids)}) ORDER BY a.id"
    return [attempt_info(row) for row in await Attempt.raw(text, *ids)]


async def attempt(viewer: Viewer, ref: str) -> AttemptInfo:
    """Her own attempt. Raises NotFound for anybody else's."""
    rows = await Attempt.raw(f"{sql.ATTEMPTS} WHERE a.ref = {{}} AND a.person = {{}}", ref, viewer.person_id)
    if not rows:
        raise NotFound
    return attempt_info(rows[0])


async def running_attempts(person_id: int) -> list[AttemptInfo]:
    """What she is sitting at this moment: one at most, by a unique index."""
    text = f"{sql.ATTEMPTS} WHERE a.person = {{}} AND a.state = {{}}"
    return [attempt_info(row) for row in await Attempt.raw(text, person_id, State.RUNNING.value)]


async def overdue_attempts(before: datetime, after_id: int, limit: int) -> list[AttemptInfo]:
    """Running attempts whose deadline passed before `before`, paged by id."""
    text = f"{sql.ATTEMPTS} WHERE a.state = 'running' AND a.deadline_at < {{}} AND a.id > {{}} ORDER BY a.id LIMIT {{}}"
    return [attempt_info(row) for row in await Attempt.raw(text, before, after_id, limit)]


async def grants_of(assignment_ids: Iterable[int]) -> dict[tuple[int, int], int]:
    """Further tries given, counted by assignment and exam version."""
    ids = sorted(set(assignment_ids))
    if not ids:
        return {}
    text = f"{sql.GRANTS} WHERE assignment IN ({placeholders(ids)}) GROUP BY assignment, exam_version"
    return {(row["assignment"], row["exam_version"]): int(row["n"]) for row in await AttemptGrant.raw(text, *ids)}


async def passed_parts(assignment_id: int) -> dict[int, PassedExam]:
    """The best passed attempt by curriculum part; parts not passed are absent."""
    rows = await Attempt.raw(
        "SELECT v.part, a.id, a.score_bp, a.sealed_at FROM attempts a JOIN exam_versions v ON v.id = a.exam_version"
        " WHERE a.assignment = {} AND a.state = 'graded' AND a.passed ORDER BY a.score_bp, a.id DESC",
        assignment_id,
    )
    return {row["part"]: PassedExam(row["id"], row["score_bp"], row["sealed_at"]) for row in rows if row["part"]}


async def items_of(attempt_id: int) -> list[Item]:
    """The whole paper in its order."""
    rows = await AttemptItem.raw(f"{sql.ITEMS} WHERE i.attempt = {{}} ORDER BY i.position", attempt_id)
    return [item_info(row) for row in rows]


async def item_at(attempt_id: int, position: int) -> Item:
    """One place of the paper. Raises NotFound."""
    text = f"{sql.ITEMS} WHERE i.attempt = {{}} AND i.position = {{}}"
    rows = await AttemptItem.raw(text, attempt_id, position)
    if not rows:
        raise NotFound
    return item_info(rows[0])


async def seen_versions(person_id: int, exam_id: int) -> frozenset[int]:
    """Question versions that she met in earlier attempts at this exam."""
    return frozenset(row["id"] for row in await Attempt.raw(sql.SEEN, exam_id, person_id))


async def results_by_topic(attempt_id: int) -> tuple[TagResult, ...]:
    """How each topic of a graded attempt went, by tag."""
    return rules.by_tag(sorted((scored(item) for item in await items_of(attempt_id)), key=lambda one: one.tag))


def scored(item: Item) -> Scored:
    return Scored(item.tag, item.must, item.points, item.share_bp or 0)


def attempt_info(row: Mapping[str, Any]) -> AttemptInfo:
    return AttemptInfo(**{**row, "state": State(row["state"]), "passed": bool(row["passed"])})


def item_info(row: Mapping[str, Any]) -> Item:
    return Item(
        id=row["id"],
        attempt_id=row["attempt"],
        position=row["position"],
        edition_id=row["edition"],
        tag=row["tag"],
        must=bool(row["must"]),
        order=tuple(json.loads(row["option_order"])),
        points=row["points"],
        answer=json.loads(row["answer"]) if row["answer"] is not None else None,
        seq=row["answer_seq"],
        answered_at=row["answered_at"],
        share_bp=row["share_bp"],
    )


def _exams(rows: Rows) -> list[ExamInfo]:
    by_version: dict[int, Rows] = {}
    for row in rows:
        by_version.setdefault(row["version_id"], []).append(row)
    return [_exam(draws) for draws in by_version.values()]


def _exam(rows: Rows) -> ExamInfo:
    first = rows[0]
    return ExamInfo(
        version_id=first["version_id"],
        exam_id=first["exam"],
        part_id=first["part"],
        code=first["code"],
        title=first["title"],
        blueprint=Blueprint(
            minutes=first["minutes"],
            pass_bp=first["pass_bp"],
            attempts=first["attempts_allowed"],
            cooldown_hours=first["cooldown_hours"],
            show_after=ShowAfter(first["show_after"]),
            shuffle_options=bool(first["shuffle_options"]),
            draws=tuple(
                Draw(row["bank_code"], row["tag"], row["difficulty"], row["count"], row["points"]) for row in rows
            ),
        ),
        bank_ids=tuple(row["bank"] for row in rows),
    )
