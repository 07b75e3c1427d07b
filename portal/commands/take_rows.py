"""Taking a CSV in: every row whole or not at all, the file in one transaction, a dry run undone at its end."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from msgspec.structs import fields

from portal.commands.csv_files import BLANK, CsvFile
from portal.commands.importers import Importer
from portal.commands.running import LANGUAGE, progress
from portal.core.base.audit import SYSTEM, record
from portal.core.base.database import writing
from portal.core.base.refusals import Refused
from portal.core.web.errors import sentence
from portal.core.web.forms import fault_text
from portal.core.web.i18n import speaking
from portal.core.web.shapes import read_shape


@dataclass(slots=True)
class Taken:
    """What came of a file: new rows, rows that were here, refusals by line, columns that nothing here keeps."""

    new: int = 0
    known: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)
    kept_not: list[str] = field(default_factory=list)


class _Undone(Exception):
    """Nothing of it is to stay."""


async def take_rows(kind: str, importer: Importer, file: CsvFile, at: datetime, *, dry_run: bool) -> Taken:
    """Take every row that can be taken. A dry run does the same and undoes it, so its report is exact."""
    known = {one.name for one in fields(importer.shape)}
    taken = Taken(kept_not=[name or BLANK for name in file.headings if name not in known])
    try:
        async with writing():
            with progress() as bar:
                for line, cells in bar.track(file.rows, description="rows"):
                    await _take(importer, line, dict(cells), at, taken)
            facts = {"new": taken.new, "known": taken.known, "refused": len(taken.refused)}
            await record(SYSTEM, "site.imported", (kind, 0), at, facts)
            if dry_run:
                raise _Undone
    except _Undone:
        pass
    return taken


async def _take(importer: Importer, line: int, cells: dict[str, str], at: datetime, taken: Taken) -> None:
    with speaking(LANGUAGE):
        row, faults = read_shape(importer.plain(cells), importer.shape, strict=False)
        if row is None:
            taken.refused += [(line, f"{fault.path}: {fault_text(fault)}") for fault in faults]
            return
        try:
            async with writing():
                created = await importer.put(row, at)
        except Refused as refused:
            where = f"{refused.field}: " if refused.field else ""
            taken.refused.append((line, where + sentence(refused.code, refused.params)))
            return
    taken.new += created
    taken.known += not created


def lines_refused(taken: Taken) -> Iterator[str]:
    for line, reason in taken.refused:
        yield f"line {line}: {reason}"
