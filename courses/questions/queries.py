"""Questions as kept. Call inside `reading()` or `writing()`; keys stay on the server (`rules.for_learner`)."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from courses.questions.rules import Question as Content
from courses.questions.tables import Bank, Question
from portal.core.base.database import placeholders

_CURRENT = (
    " FROM question_versions v JOIN questions q ON q.id = v.question"
    " WHERE q.bank = {} AND q.retired_at IS NULL AND v.superseded_at IS NULL"
)


_EDITIONS = "SELECT id, version, language, body FROM question_editions"


@dataclass(frozen=True, slots=True)
class Edition:
    """A question version in one language, key included (`question.tags`, `.difficulty`, `.must` too)."""

    id: int
    version_id: int
    language: str
    question: Content


@dataclass(frozen=True, slots=True)
class BankCounts:
    """How many current questions a bank can give, in all and by tag and difficulty (a question may have more tags)."""

    total: int
    by_difficulty: dict[str, int]
    by_tag: dict[tuple[str, str], int]

    def of(self, tag: str | None = None, difficulty: str | None = None) -> int:
        """How many fit; None stands for any."""
        if tag is None:
            return self.total if difficulty is None else self.by_difficulty.get(difficulty, 0)
        return sum(count for (one, level), count in self.by_tag.items() if one == tag and difficulty in (None, level))


async def bank_by_code(code: str) -> int | None:
    rows = await Bank.raw("SELECT id FROM question_banks WHERE code = {}", code)
    return int(rows[0]["id"]) if rows else None


async def editions(version_ids: Iterable[int], language: str) -> dict[int, Edition]:
    """Question versions by version id, in `language` or, where that edition is missing, in the other."""
    ids = sorted(set(version_ids))
    if not ids:
        return {}
    # Only the marks of the parameters are put together here, never a value.
    sql = f"{_EDITIONS} WHERE version IN ({placeholders(ids)}) ORDER BY id"
    chosen: dict[int, dict[str, Any]] = {}
    for row in await Question.raw(sql, *ids):
        if row["language"] == language or row["version"] not in chosen:
            chosen[row["version"]] = row
    return {version: _edition(row) for version, row in chosen.items()}


async def editions_by_id(edition_ids: Iterable[int]) -> dict[int, Edition]:
    """Editions by their own ids: what a frozen attempt holds on to."""
    ids = sorted(set(edition_ids))
    if not ids:
        return {}
    sql = f"{_EDITIONS} WHERE id IN ({placeholders(ids)})"
    return {row["id"]: _edition(row) for row in await Question.raw(sql, *ids)}


def _edition(row: dict[str, Any]) -> Edition:
    content = msgspec.convert(json.loads(row["body"]), Content)
    return Edition(row["id"], row["version"], row["language"], content)


async def pool(bank_id: int, tag: str | None = None, difficulty: str | None = None) -> list[int]:
    """Ids of the current versions that a draw may take, in a lasting order; None stands for any."""
    sql = f"SELECT v.id{_CURRENT}"
    wanted: list[object] = [bank_id]
    if tag is not None:
        sql += " AND EXISTS (SELECT 1 FROM question_tags g WHERE g.version = v.id AND g.tag = {})"
        wanted.append(tag)
    if difficulty is not None:
        sql += " AND v.difficulty = {}"
        wanted.append(difficulty)
    return [row["id"] for row in await Question.raw(f"{sql} ORDER BY v.id", *wanted)]


async def bank_counts(bank_id: int) -> BankCounts:
    """What a bank has to draw from."""
    levels = await Question.raw(f"SELECT v.difficulty, count(*) AS n{_CURRENT} GROUP BY v.difficulty", bank_id)
    tags = await Question.raw(
        "SELECT g.tag, v.difficulty, count(*) AS n FROM question_tags g"
        " JOIN question_versions v ON v.id = g.version JOIN questions q ON q.id = v.question"
        " WHERE q.bank = {} AND q.retired_at IS NULL AND v.superseded_at IS NULL GROUP BY g.tag, v.difficulty",
        bank_id,
    )
    return BankCounts(
        total=sum(int(row["n"]) for row in levels),
        by_difficulty={row["difficulty"]: int(row["n"]) for row in levels},
        by_tag={(row["tag"], row["difficulty"]): int(row["n"]) for row in tags},
    )
