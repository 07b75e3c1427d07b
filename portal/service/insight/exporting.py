"""Tables as files: how a table, or learning as statements, is written batch by batch. What there is: `SOURCES`.

A phone number is masked unless all is asked for; secrets are columns that no kind has.
"""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from piccolo.columns import Column
from piccolo.table import Table

from portal.core.base.database import DB, reading
from portal.core.web.format import masked_phone
from portal.core.web.sheets import Cell, piece

BATCH = 1000
CSV, XLSX, JSONL = "csv", "xlsx", "jsonl"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some lines of a file, and where the next ones begin; `after` None: these were the last."""

    content: bytes
    lines: int
    after: str | None


class Source(Protocol):
    """What can be exported: the group that it is listed under, and the forms in which it is written."""

    @property
    def group(self) -> str: ...

    @property
    def forms(self) -> tuple[str, ...]: ...

    def head(self, form: str) -> bytes:
        """What stands before the first line."""

    async def count(self) -> int:
        """About how many lines it has. Opens its own door."""

    async def batch(self, form: str, after: str, *, full: bool = False) -> Piece:
        """The lines after these, in a snapshot of their own, so that no writer waits. Opens its own door."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One table: which columns are left out, and which are masked unless all is asked for."""

    table: type[Table]
    without: frozenset[str] = frozenset()
    masked: frozenset[str] = frozenset()
    group: str = "other"

    @property
    def forms(self) -> tuple[str, ...]:
        return CSV, XLSX

    @property
    def columns(self) -> list[Column]:
        return [column for column in self.table._meta.columns if column._meta.name not in self.without]

    @property
    def names(self) -> list[str]:
        return [column._meta.name for column in self.columns]

    def head(self, form: str) -> bytes:
        return piece(form, [self.names])

    async def count(self) -> int:
        async with reading(long=True):
            found = await DB.fetch(f'SELECT count(*) AS n FROM "{self.table._meta.tablename}"', [])  # noqa: S608
        return int(found[0]["n"])

    async def batch(self, form: str, after: str, *, full: bool = False, size: int = BATCH) -> Piece:
        rows = await self.rows(int(after or 0), size)
        lines = [[self._cell(name, row[name], full) for name in self.names] for row in rows]
        more = str(rows[-1]["id"]) if len(rows) == size else None
        return Piece(piece(form, lines), len(lines), more)

    async def rows(self, after: int, size: int) -> list[dict[str, Any]]:
        """The table's rows by key."""
        key = next(column for column in self.table._meta.columns if column._meta.primary_key)
        async with reading(long=True):
            return await self.table.select(*self.columns).where(key > after).order_by(key).limit(size)

    def _cell(self, name: str, value: object, full: bool) -> Cell:
        if name in self.masked and not full:
            return masked_phone(str(value)) if value else None
        return cell(value)


def cell(value: object) -> Cell:
    """A value as a spreadsheet takes it; what writes it sees to formulas."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    return value if isinstance(value, int) else str(value)


SOURCES: dict[str, Source] = {}


async def pieces(source: Source, form: str, *, full: bool = False) -> AsyncIterator[Piece]:
    """A whole file, piece by piece."""
    yield Piece(source.head(form), 0, "")
    after: str | None = ""
    while after is not None:
        part = await source.batch(form, after, full=full)
        yield part
        after = part.after


def grouped(sources: Mapping[str, Source]) -> dict[str, list[str]]:
    """The names of what can be exported, by group, in the order in which they are known."""
    found: dict[str, list[str]] = {}
    for name, source in sources.items():
        found.setdefault(source.group, []).append(name)
    return found
