"""Taking a table in: each record whole or not at all, every refusal told by line."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from msgspec import Struct
from msgspec.structs import fields

from portal.core.base.audit import Actor
from portal.core.base.database import writing
from portal.core.base.refusals import Refused
from portal.core.web.errors import sentence
from portal.core.web.forms import fault_text
from portal.core.web.shapes import read_shape
from portal.service.connect.imports.rows import Importer
from portal.service.connect.imports.sheets import BLANK, Sheet

Record = Sequence[tuple[int, dict[str, str]]]  # the rows of one record, each with its line
_ITEM = re.compile(r"^items\[(\d+)\]\.?")


@dataclass(slots=True)
class Taken:
    """What came of a file: new records, records that were here, refusals by line, columns that nothing here keeps."""

    new: int = 0
    known: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)
    kept_not: list[str] = field(default_factory=list)


class Undone(Exception):
    """Nothing of it is to stay: the end of a dry run."""


def kept_not(importer: Importer, sheet: Sheet) -> list[str]:
    """The columns that nothing here keeps."""
    known = {one.name for one in fields(importer.shape)}
    return [name or BLANK for name in sheet.headings if name not in known]


def records(importer: Importer, sheet: Sheet) -> list[Record]:
    """The rows record by record, in the order of their first rows."""
    if importer.joins is None:
        return [[(line, dict(cells))] for line, cells in sheet.rows]
    joined: dict[str, list[tuple[int, dict[str, str]]]] = {}
    for line, cells in sheet.rows:
        joined.setdefault(cells.get(importer.joins, "") or f"\0{line}", []).append((line, dict(cells)))
    return list(joined.values())


async def take(actor: Actor, importer: Importer, record: Record, at: datetime, taken: Taken) -> None:
    """Take one record; what is wrong with it goes into `taken`, in the language that is spoken."""
    shapes: list[Struct] = []
    for line, cells in record:
        shape, faults = read_shape(importer.plain(cells), importer.shape, strict=False)
        taken.refused += [(line, f"{fault.path}: {fault_text(fault)}") for fault in faults]
        shapes += [shape] if shape is not None else []
    if len(shapes) < len(record):
        return
    try:
        async with writing():
            created = await importer.put(actor, shapes, at)
    except Refused as refused:
        taken.refused.append(_told(record, refused))
        return
    taken.new += created
    taken.known += not created


def _told(record: Record, refused: Refused) -> tuple[int, str]:
    """The line and the reason; `items[2].product` is the column `product` of the record's third row."""
    text, where = sentence(refused.code, refused.params), refused.field or ""
    found = _ITEM.match(where)
    line = record[int(found[1])][0] if found else record[0][0]
    where = _ITEM.sub("", where)
    return line, f"{where}: {text}" if where else text
