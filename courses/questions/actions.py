"""Keeping questions: a mended question is a new version beside the old one, which attempts go on pointing at."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from piccolo.table import Table

from courses.questions.editions import Disagreement, by_code, disagreements
from courses.questions.rules import Question as Content
from courses.questions.tables import Bank, Question, QuestionEdition, QuestionTag, QuestionVersion
from portal.core.base.database import writing
from portal.core.base.refusals import Refused

Languages = Mapping[str, Content]
Row = TypeVar("Row", bound=Table)
_AT_ONCE = 1_000  # rows a statement: well under the parameters that either database takes


@dataclass(frozen=True, slots=True)
class StoredBank:
    """What storing a bank did. `versions` are the current version ids by code, of the questions that were given."""

    bank_id: int
    versions: Mapping[str, int]
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()


@dataclass
class EditionsDiffer(Refused):
    """An edition is another question than the one in the first language; nothing was written."""

    disagreements: tuple[Disagreement, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class _Kept:
    """A question as the database has it: its newest version, that version's digest and editions."""

    question_id: int
    retired: bool
    version_id: int
    number: int
    digest: str
    editions: Mapping[str, Content]


async def store_questions(
    bank_code: str, editions: Mapping[str, Sequence[Content]], at: datetime, *, retire_missing: bool = True
) -> StoredBank:
    """Keep `editions` (questions by language) in a bank, which is made at first; a new version only where one differs.

    An edition in a language that is not given is kept as it is. With `retire_missing` the questions that are not
    among the given ones are drawn no more. Raises EditionsDiffer where editions of a code are not the same question.
    """
    async with writing():
        bank_id = await _own_bank(bank_code, at)
        kept = await _kept(bank_id)
        wanted = {code: _joined(kept.get(code), given) for code, given in by_code(editions).items()}
        _demand_agreement(wanted)
        new = [code for code in wanted if code not in kept]
        changed = [code for code in wanted if code in kept and digest(wanted[code]) != kept[code].digest]
        question_ids = {code: one.question_id for code, one in kept.items()}
        question_ids |= await _add_questions(bank_id, new, at)
        await _supersede([kept[code].version_id for code in changed], at)
        numbers = {code: kept[code].number + 1 if code in kept else 1 for code in (*new, *changed)}
        added = await _add_versions(question_ids, numbers, wanted, at)
        gone = [code for code, one in kept.items() if code not in wanted and not one.retired] if retire_missing else []
        await _retire([kept[code].question_id for code in gone], at)
        await _retire([kept[code].question_id for code in wanted if code in kept and kept[code].retired], None)
    same = tuple(code for code in wanted if code not in added)
    versions = {**{code: kept[code].version_id for code in same}, **added}
    return StoredBank(bank_id, versions, tuple(new), tuple(changed), same, tuple(gone))


def digest(languages: Languages) -> str:
    """A SHA-256 over everything that a question says, in every language."""
    plain = {language: msgspec.to_builtins(languages[language]) for language in sorted(languages)}
    return hashlib.sha256(json.dumps(plain, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _joined(kept: _Kept | None, given: Languages) -> Languages:
    return {**(kept.editions if kept else {}), **given}


def _demand_agreement(wanted: Mapping[str, Languages]) -> None:
    found: list[Disagreement] = []
    for languages in wanted.values():
        found += disagreements({language: [question] for language, question in languages.items()})
    if found:
        first = found[0]
        params = {"code": first.code, "language": first.language}
        raise EditionsDiffer("editions_differ", params, disagreements=tuple(found))


async def _own_bank(code: str, at: datetime) -> int:
    """The bank, made if need be, and held: whoever else stores into it waits for this transaction's end."""
    await Bank.raw("INSERT INTO question_banks (code, made_at) VALUES ({}, {}) ON CONFLICT DO NOTHING", code, at)
    rows = await Bank.update({Bank.code: code}).where(Bank.code == code).returning(Bank.id)
    return int(rows[0]["id"])


async def _kept(bank_id: int) -> dict[str, _Kept]:
    rows = await Question.raw(
        "SELECT q.code, q.id AS question, q.retired_at, v.id AS version, v.number, v.digest, e.language, e.body"
        " FROM questions q JOIN question_versions v ON v.question = q.id AND v.superseded_at IS NULL"
        " JOIN question_editions e ON e.version = v.id WHERE q.bank = {} ORDER BY q.id, e.id",
        bank_id,
    )
    bodies: dict[str, dict[str, Content]] = {}
    for row in rows:
        content = msgspec.convert(json.loads(row["body"]), Content)
        bodies.setdefault(row["code"], {})[row["language"]] = content
    return {
        row["code"]: _Kept(
            row["question"],
            row["retired_at"] is not None,
            row["version"],
            row["number"],
            row["digest"],
            bodies[row["code"]],
        )
        for row in rows
    }


async def _add_questions(bank_id: int, codes: Sequence[str], at: datetime) -> dict[str, int]:
    ids = await _insert(Question, [Question(bank=bank_id, code=code, made_at=at) for code in codes])
    return dict(zip(codes, ids, strict=True))


async def _add_versions(
    question_ids: Mapping[str, int], numbers: Mapping[str, int], wanted: Mapping[str, Languages], at: datetime
) -> dict[str, int]:
    made = [_version(question_ids[code], numbers[code], wanted[code], at) for code in numbers]
    versions = dict(zip(numbers, await _insert(QuestionVersion, made), strict=True))
    bodies = [
        QuestionEdition(version=versions[code], language=language, body=_json(question))
        for code in numbers
        for language, question in wanted[code].items()
    ]
    await _insert(QuestionEdition, bodies)
    tags = [QuestionTag(version=versions[code], tag=tag) for code in numbers for tag in _any(wanted[code]).tags]
    await _insert(QuestionTag, tags)
    return versions


def _version(question_id: int, number: int, languages: Languages, at: datetime) -> QuestionVersion:
    question = _any(languages)
    return QuestionVersion(
        question=question_id,
        number=number,
        kind=str(question.kind),
        difficulty=str(question.difficulty),
        must=question.must,
        digest=digest(languages),
        made_at=at,
    )


def _any(languages: Languages) -> Content:
    """One edition to read what all of them share."""
    return next(iter(languages.values()))


def _json(question: Content) -> str:
    return json.dumps(msgspec.to_builtins(question), ensure_ascii=False)


async def _supersede(version_ids: Sequence[int], at: datetime) -> None:
    for ids in _chunks(version_ids):
        await QuestionVersion.update({QuestionVersion.superseded_at: at}).where(QuestionVersion.id.is_in(list(ids)))


async def _retire(question_ids: Sequence[int], at: datetime | None) -> None:
    """Draw these questions no more from `at` on; None takes them back."""
    for ids in _chunks(question_ids):
        await Question.update({Question.retired_at: at}).where(Question.id.is_in(list(ids)))


async def _insert(table: type[Row], rows: Sequence[Row]) -> list[int]:
    ids: list[int] = []
    for chunk in _chunks(rows):
        ids += [int(row["id"]) for row in await table.insert(*chunk)]
    return ids


def _chunks(things: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (things[start : start + _AT_ONCE] for start in range(0, len(things), _AT_ONCE))
