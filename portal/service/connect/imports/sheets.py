"""Tables as operators have them: csv in UTF-8 or in what Chinese spreadsheets write, and the first sheet of an xlsx."""

import csv
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from io import BytesIO, StringIO
from typing import Any

from openpyxl import load_workbook

from portal.core.base.refusals import Refused

MOST_BYTES = 64 << 20
MOST_UNPACKED = 512 << 20
MOST_ROWS = 200_000
MOST_COLUMNS = 200
MOST_CELL = 10_000
BLANK = "(no heading)"
XLSX = "xlsx"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file as read: its headings and, by line number, each row's cells under their headings."""

    headings: tuple[str, ...]
    rows: tuple[tuple[int, Mapping[str, str]], ...]
    encoding: str


class BadFile(Refused):
    """The file as a whole is no table that we can read; its code is `import_<fault>`."""

    def __init__(self, fault: str, **params: object) -> None:
        super().__init__(f"import_{fault}", params, field="file", status=422)


def read_sheet(content: bytes, most_rows: int = MOST_ROWS) -> Sheet:
    """The table in a file; whether it is an xlsx, its first bytes say. Raises BadFile."""
    if len(content) > MOST_BYTES:
        raise BadFile("large", limit=MOST_BYTES >> 20)
    if content.startswith(b"PK\x03\x04"):
        return _sheet(_xlsx_rows(content, most_rows), XLSX, most_rows)
    text, encoding = _decoded(content)
    if "\0" in text:
        raise BadFile("no_text")
    try:
        return _sheet(_csv_rows(text), encoding, most_rows)
    except csv.Error as error:
        raise BadFile("no_csv") from error


def _decoded(content: bytes) -> tuple[str, str]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding), encoding.removesuffix("-sig")
        except UnicodeDecodeError:
            continue
    raise BadFile("no_text")


def _csv_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(MOST_CELL)
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    for cells in reader:
        yield reader.line_num, cells


def _xlsx_rows(content: bytes, most_rows: int) -> Iterator[tuple[int, list[str]]]:
    """The first sheet's rows as texts. What unpacks to far more than it holds is refused before it is unpacked."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as packed:
            if sum(one.file_size for one in packed.infolist()) > MOST_UNPACKED:
                raise BadFile("large", limit=MOST_BYTES >> 20)
        book = load_workbook(BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        rows = sheet.iter_rows(max_row=most_rows + 2, max_col=MOST_COLUMNS, values_only=True)
        for number, cells in enumerate(rows, 1):
            yield number, [_text(cell) for cell in cells]
    except Refused:
        raise
    except Exception as error:  # whatever the library raises on a broken file, it is no workbook
        raise BadFile("no_xlsx") from error


def _text(cell: Any) -> str:
    """A cell as a csv would have it: whole numbers without a point, times as ISO 8601."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time.min else cell.isoformat()
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)[:MOST_CELL]


def _sheet(lines: Iterable[tuple[int, list[str]]], encoding: str, most_rows: int) -> Sheet:
    found = iter(lines)
    _, first = next(found, (0, []))
    headings = _headings(first)
    rows = tuple(_rows(found, headings, most_rows))
    if len(rows) > most_rows:
        raise BadFile("rows", limit=f"{most_rows:,}")
    return Sheet(headings, rows, encoding)


def _headings(cells: list[str]) -> tuple[str, ...]:
    headings = [cell.strip() for cell in cells]
    while headings and not headings[-1]:
        headings.pop()
    if not headings:
        raise BadFile("empty")
    named = [name for name in headings if name]
    if len(set(named)) < len(named):
        raise BadFile("column_twice")
    return tuple(headings)


def _rows(
    lines: Iterator[tuple[int, list[str]]], headings: tuple[str, ...], most_rows: int
) -> Iterator[tuple[int, Mapping[str, str]]]:
    count = 0
    for line, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        count += 1
        padded = [*cells, *[""] * (len(headings) - len(cells))]
        spare = " ".join(cell for cell in padded[len(headings) :] if cell.strip())
        yield line, {**dict(zip(headings, map(_plain, padded), strict=False)), **({BLANK: spare} if spare else {})}
        if count > most_rows:
            return


def _plain(cell: str) -> str:
    """A cell without the apostrophe that our exports put before what a spreadsheet would take for a formula."""
    text = cell.strip()
    return text[1:] if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@") else text
