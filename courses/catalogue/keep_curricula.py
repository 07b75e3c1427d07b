"""The rows of curricula, written inside the import's transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from courses.catalogue.content import CurriculumContent, Fault, Took
from courses.catalogue.keep_courses import meanwhile
from courses.catalogue.tables import Course, Curriculum, CurriculumEdition, CurriculumPart, CurriculumVersion
from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import placeholders


@dataclass(frozen=True, slots=True)
class KeptCurriculum:
    """The version that the package stands for now, with its parts' ids by (kind, code), or why it cannot be kept."""

    version_id: int | None
    parts: Mapping[tuple[str, str], int]
    told: Took
    faults: tuple[Fault, ...] = ()


async def keep_curriculum(actor: Actor, content: CurriculumContent, digest: str, at: datetime) -> KeptCurriculum:
    """A new published version of the curriculum where its digest is new; the same one again where it is not."""
    course_ids = await _course_ids([part.code for part in content.parts if part.kind == "course"])
    faults = _unknown_courses(content, course_ids)
    curriculum_id, purpose = await _own_curriculum(content, at)
    if purpose != content.purpose:
        faults.append(Fault("package.toml", None, "purpose_changed", {"purpose": purpose}, content.code))
    counts = {"parts": len(content.parts)}
    if faults:
        return KeptCurriculum(None, {}, Took("curriculum", content.code, "unchanged", counts), tuple(faults))
    last = await _last_version(curriculum_id)
    if last is not None and last["digest"] == digest:
        told = Took("curriculum", content.code, "unchanged", counts)
        return KeptCurriculum(last["id"], await _part_ids(last["id"]), told)
    number = last["number"] + 1 if last else 1
    version_id = await _add_version(curriculum_id, number, content, digest, at)
    await _add_parts(version_id, content, course_ids)
    await audit.record(actor, "catalogue.curriculum_published", ("curriculum_version", version_id), at)
    return KeptCurriculum(version_id, await _part_ids(version_id), Took("curriculum", content.code, "new", counts))


async def _course_ids(codes: Sequence[str]) -> dict[str, int]:
    """Ids by code of those courses that have a published version; the package's own are among them by now."""
    if not codes:
        return {}
    marks = placeholders(codes)
    query = "SELECT DISTINCT c.id, c.code FROM courses c JOIN course_versions v ON v.course = c.id"
    rows = await Course.raw(f"{query} AND v.published_at IS NOT NULL WHERE c.code IN ({marks})", *codes)
    return {row["code"]: row["id"] for row in rows}


def _unknown_courses(content: CurriculumContent, course_ids: Mapping[str, int]) -> list[Fault]:
    return [
        Fault("package.toml", None, "course_unknown", {"code": part.code}, part.code)
        for part in content.parts
        if part.kind == "course" and part.code not in course_ids
    ]


async def _own_curriculum(content: CurriculumContent, at: datetime) -> tuple[int, str]:
    await Curriculum.raw(
        "INSERT INTO curricula (code, purpose, made_at) VALUES ({}, {}, {}) ON CONFLICT DO NOTHING",
        content.code,
        content.purpose,
        at,
    )
    rows = await Curriculum.raw("SELECT id, purpose FROM curricula WHERE code = {}", content.code)
    return int(rows[0]["id"]), str(rows[0]["purpose"])


async def _last_version(curriculum_id: int) -> dict[str, Any] | None:
    rows = await CurriculumVersion.raw(
        "SELECT id, number, digest FROM curriculum_versions WHERE curriculum = {} ORDER BY number DESC LIMIT 1",
        curriculum_id,
    )
    return rows[0] if rows else None


async def _add_version(curriculum_id: int, number: int, content: CurriculumContent, digest: str, at: datetime) -> int:
    rows = await CurriculumVersion.raw(
        "INSERT INTO curriculum_versions (curriculum, number, label, digest, due_days, valid_days, grace_days,"
        " published_at) VALUES ({}, {}, {}, {}, {}, {}, {}, {}) ON CONFLICT DO NOTHING RETURNING id",
        curriculum_id,
        number,
        content.label,
        digest,
        content.due_days,
        content.valid_days,
        content.grace_days,
        at,
    )
    if not rows:
        raise meanwhile()
    version_id = int(rows[0]["id"])
    titles = [
        CurriculumEdition(version=version_id, language=language, title=title)
        for language, title in content.titles.items()
    ]
    await CurriculumEdition.insert(*titles)
    return version_id


async def _add_parts(version_id: int, content: CurriculumContent, course_ids: Mapping[str, int]) -> None:
    parts = [
        CurriculumPart(
            version=version_id,
            position=position,
            kind=part.kind,
            code=part.code,
            course=course_ids[part.code] if part.kind == "course" else None,
            choice=part.choice,
        )
        for position, part in enumerate(content.parts, 1)
    ]
    await CurriculumPart.insert(*parts)


async def _part_ids(version_id: int) -> dict[tuple[str, str], int]:
    rows = await CurriculumPart.raw("SELECT id, kind, code FROM curriculum_parts WHERE version = {}", version_id)
    return {(row["kind"], row["code"]): row["id"] for row in rows}
