"""CSV files as operators have them: found by their headings, in UTF-8 or in what Chinese spreadsheets write."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from portal.commands.running import Stopped

if TYPE_CHECKING:
    import _csv

MOST_BYTES = 64 << 20
MOST_ROWS = 200_000
MOST_CELL = 10_000
BLANK = "(no heading)"


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A file as read: its headings and, by line number, each row's cells under their headings."""

    headings: tuple[str, ...]
    rows: tuple[tuple[int, Mapping[str, str]], ...]
    encoding: str


def read_csv(path: Path) -> CsvFile:
    """The file at `path`. Raises Stopped where it is too large, no text, or has no headings."""
    if path.stat().st_size > MOST_BYTES:
        raise Stopped(f"{path} is larger than {MOST_BYTES >> 20} MB; split it.")
    text, encoding = _decoded(path)
    if "\0" in text:
        raise Stopped(f"{path} is no text file.")
    try:
        return _read(StringIO(text, newline=""), encoding, path)
    except csv.Error as error:
        raise Stopped(f"{path} cannot be read as CSV: {error}.") from error


def _decoded(path: Path) -> tuple[str, str]:
    content = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding), encoding.removesuffix("-sig")
        except UnicodeDecodeError:
            continue
    raise Stopped(f"{path} is neither UTF-8 nor GB 18030 text.")


def _read(text: StringIO, encoding: str, path: Path) -> CsvFile:
    csv.field_size_limit(MOST_CELL)
    reader = csv.reader(text, strict=True)
    headings = tuple(cell.strip() for cell in next(reader, []))
    if not any(headings):
        raise Stopped(f"{path} is empty: its first line must name the columns.")
    if len(set(headings)) < len(headings):
        raise Stopped(f"{path} names a column twice.")
    rows = tuple(_rows(reader, headings))
    if len(rows) > MOST_ROWS:
        raise Stopped(f"{path} has more than {MOST_ROWS:,} rows; split it.")
    return CsvFile(headings, rows, encoding)


def _rows(reader: "_csv.Reader", headings: tuple[str, ...]) -> Iterator[tuple[int, Mapping[str, str]]]:
    for count, cells in enumerate(reader):
        if count > MOST_ROWS:
            return
        if any(cell.strip() for cell in cells):
            padded = [*cells, *[""] * (len(headings) - len(cells))]
            extra = {BLANK: " ".join(padded[len(headings) :])} if len(padded) > len(headings) else {}
            yield reader.line_num, {**dict(zip(headings, map(_plain, padded), strict=False)), **extra}


def _plain(cell: str) -> str:
    """A cell without the apostrophe that our exports put before what a spreadsheet would take for a formula."""
    text = cell.strip()
    return text[1:] if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@") else text
