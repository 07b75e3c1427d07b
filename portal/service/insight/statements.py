"""Learning as statements of xAPI 1.0.3, one a line: what was completed, passed or failed, and answered.

The same record always has the same id, so a store of statements that has it already takes nothing twice. Actors are
accounts of this site without names; the registration is the assignment that the learning was done for.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from portal.core.base.database import reading
from portal.core.base.settings import settings
from portal.service.insight.exporting import BATCH, JSONL, Piece
from portal.service.insight.tables import InsightDay

VERSION = "1.0.3"
VERBS = {name: f"http://adlnet.gov/expapi/verbs/{name}" for name in ("completed", "passed", "failed", "answered")}
_TYPES = "http://adlnet.gov/expapi/activities/"
# Each kind of record, in the order in which they are written: what is read, by key.
_SQL: dict[str, str] = {
    "lessons": (
        "SELECT r.id, p.id AS person, p.external_id,"
        " e.assignment, c.code AS course, l.code, r.seconds, r.completed_at AS at"
        " FROM lesson_progress r JOIN enrolments e ON e.id = r.enrolment JOIN lessons l ON l.id = r.lesson"
        " JOIN courses c ON c.id = e.course JOIN persons p ON p.id = e.person"
        " WHERE r.completed_at IS NOT NULL AND r.id > {} ORDER BY r.id LIMIT {}"
    ),
    "courses": (
        "SELECT e.id, p.id AS person, p.external_id,"
        " e.assignment, c.code, e.started_at, e.completed_at AS at FROM enrolments e"
        " JOIN courses c ON c.id = e.course JOIN persons p ON p.id = e.person"
        " WHERE e.completed_at IS NOT NULL AND e.id > {} ORDER BY e.id LIMIT {}"
    ),
    "exams": (
        "SELECT t.id, p.id AS person, p.external_id,"
        " t.assignment, x.code, t.language, t.points, t.max_points, t.score_bp, t.passed,"
        " t.started_at, t.sealed_at AS at FROM attempts t JOIN exam_versions v ON v.id = t.exam_version"
        " JOIN exams x ON x.id = v.exam JOIN persons p ON p.id = t.person"
        " WHERE t.state = 'graded' AND t.id > {} ORDER BY t.id LIMIT {}"
    ),
    "answers": (
        "SELECT i.id, p.id AS person, p.external_id,"
        " t.assignment, x.code AS exam, b.code AS bank, q.code, t.language, i.answer,"
        " i.share_bp, i.answered_at AS at FROM attempt_items i JOIN attempts t ON t.id = i.attempt"
        " JOIN exam_versions v ON v.id = t.exam_version JOIN exams x ON x.id = v.exam"
        " JOIN question_editions d ON d.id = i.edition JOIN question_versions n ON n.id = d.version"
        " JOIN questions q ON q.id = n.question JOIN question_banks b ON b.id = q.bank"
        " JOIN persons p ON p.id = t.person"
        " WHERE i.answered_at IS NOT NULL AND i.id > {} ORDER BY i.id LIMIT {}"
    ),
}
_TABLES = {
    "lessons": "lesson_progress WHERE completed_at IS NOT NULL",
    "courses": "enrolments WHERE completed_at IS NOT NULL",
    "exams": "attempts WHERE state = 'graded'",
    "answers": "attempt_items WHERE answered_at IS NOT NULL",
}
_ORDER = tuple(_SQL)
Record = Mapping[str, Any]


class LearningRecords:
    """Every record of learning, as a source of exports."""

    group = "learning"
    forms: tuple[str, ...] = (JSONL,)

    def head(self, form: str) -> bytes:
        return b""

    async def count(self) -> int:
        counts = " UNION ALL ".join(f"SELECT count(*) AS n FROM {table}" for table in _TABLES.values())  # noqa: S608
        async with reading(long=True):
            return sum(int(row["n"]) for row in await InsightDay.raw(counts))

    async def batch(self, form: str, after: str, *, full: bool = False) -> Piece:
        name, _, last = (after or f"{_ORDER[0]}:0").partition(":")
        async with reading(long=True):
            rows = await InsightDay.raw(_SQL[name], int(last), BATCH)
        lines = [json.dumps(statement(name, row), ensure_ascii=False) + "\n" for row in rows]
        return Piece("".join(lines).encode(), len(lines), _next(name, rows))


def _next(name: str, rows: list[dict[str, Any]]) -> str | None:
    if len(rows) == BATCH:
        return f"{name}:{rows[-1]['id']}"
    following = _ORDER.index(name) + 1
    return f"{_ORDER[following]}:0" if following < len(_ORDER) else None


# ---- statements ----


def _iri(path: str) -> str:
    return f"{settings().base_url}/xapi/{path}"


def _uuid(path: str) -> str:
    return str(uuid5(NAMESPACE_URL, _iri(path)))


def _activity(kind: str, path: str) -> dict[str, Any]:
    return {"objectType": "Activity", "id": _iri(path), "definition": {"type": f"{_TYPES}{kind}"}}


def _duration(seconds: float) -> str:
    return f"PT{max(round(seconds), 0)}S"


def statement(name: str, row: Record) -> dict[str, Any]:
    """One record as a statement."""
    verb, activity, result, within = _KINDS[name](row)
    at: datetime = row["at"]
    context: dict[str, Any] = {"registration": _uuid(f"assignments/{row['assignment']}"), "platform": "portal"}
    if row.get("language"):
        context["language"] = row["language"]
    if within:
        context["contextActivities"] = {"parent": [within]}
    return {
        "id": _uuid(f"statements/{name}/{row['id']}/{verb}"),
        "version": VERSION,
        "actor": {
            "objectType": "Agent",
            "account": {"homePage": settings().base_url, "name": row["external_id"] or f"person-{row['person']}"},
        },
        "verb": {"id": VERBS[verb], "display": {"en": verb}},
        "object": activity,
        "result": result,
        "context": context,
        "timestamp": at.isoformat(),
    }


Said = tuple[str, dict[str, Any], dict[str, Any], dict[str, Any] | None]


def _lesson(row: Record) -> Said:
    course = f"courses/{row['course']}"
    result = {"completion": True, "duration": _duration(row["seconds"])}
    return "completed", _activity("lesson", f"{course}/lessons/{row['code']}"), result, _activity("course", course)


def _course(row: Record) -> Said:
    spent = _duration((row["at"] - row["started_at"]).total_seconds())
    return "completed", _activity("course", f"courses/{row['code']}"), {"completion": True, "duration": spent}, None


def _exam(row: Record) -> Said:
    passed = bool(row["passed"])
    result: dict[str, Any] = {
        "completion": True,
        "success": passed,
        "duration": _duration((row["at"] - row["started_at"]).total_seconds()),
    }
    if row["score_bp"] is not None:
        result["score"] = _score(row["score_bp"])
        if row["points"] is not None:
            result["score"] |= {"raw": row["points"], "max": row["max_points"]}
    return "passed" if passed else "failed", _activity("assessment", f"exams/{row['code']}"), result, None


def _answer(row: Record) -> Said:
    result: dict[str, Any] = {"response": row["answer"] or ""}
    if row["share_bp"] is not None:
        result |= {"success": row["share_bp"] >= 10_000, "score": _score(row["share_bp"])}
    question = _activity("question", f"questions/{row['bank']}/{row['code']}")
    return "answered", question, result, _activity("assessment", f"exams/{row['exam']}")


def _score(basis_points: int) -> dict[str, Any]:
    return {"scaled": max(-1.0, min(1.0, basis_points / 10_000))}


_KINDS: dict[str, Callable[[Record], Said]] = {
    "lessons": _lesson,
    "courses": _course,
    "exams": _exam,
    "answers": _answer,
}
