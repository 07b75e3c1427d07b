"""Tables as files for spreadsheets: CSV, and XLSX of one sheet. Texts never become formulas."""

import asyncio
import csv
import io
import tempfile
import zipfile
from collections.abc import AsyncIterator, Iterable, Sequence
from decimal import Decimal
from typing import IO
from xml.sax.saxutils import escape

from litestar.response import Response, Stream

Cell = str | int | Decimal | None
Rows = list[list[Cell]]
MARK = "\ufeff".encode()  # by which spreadsheets know UTF-8
CHUNK = 1 << 16
FORMULA = ("=", "+", "-", "@", "\t", "\r")
CSV, XLSX = "text/csv; charset=utf-8", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
JSON_LINES = "application/x-ndjson; charset=utf-8"
MOST_LINES = 1_048_576  # of a sheet in a workbook
_ILLEGAL = {code: None for code in range(32) if code not in (9, 10, 13)} | {0xFFFE: None, 0xFFFF: None}


def money(fen: int) -> Decimal:
    """An amount in yuan with two decimals, as spreadsheets add it up."""
    return Decimal(fen).scaleb(-2).quantize(Decimal("0.01"))


def csv_bytes(rows: Iterable[Sequence[Cell]]) -> bytes:
    """The rows as CSV, marked as UTF-8 for spreadsheets that would guess otherwise."""
    return MARK + _lines(rows)


def _lines(rows: Iterable[Sequence[Cell]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    for row in rows:
        writer.writerow([_plain(cell) for cell in row])
    return out.getvalue().encode()


def _plain(cell: Cell) -> str:
    if cell is None:
        return ""
    text = str(cell)
    return f"'{text}" if isinstance(cell, str) and text.startswith(FORMULA) else text


_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PARTS = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1"'
        f' Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" Type="{_OFFICE}/worksheet"'
        f' Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/>'
        "</Relationships>"
    ),
    "xl/styles.xml": (
        f'<styleSheet xmlns="{_MAIN}"><fonts count="1"><font/></fonts><fills count="2"><fill>'
        '<patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
        '<cellXfs count="2"><xf/><xf numFmtId="4" applyNumberFormat="1"/></cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    ),
}


def xlsx_bytes(title: str, rows: Iterable[Sequence[Cell]]) -> bytes:
    """The rows as a workbook of one sheet; `title` names it, without what sheet names may not hold."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        _begin(archive, title)
        with archive.open(_SHEET, "w", force_zip64=True) as sheet:
            sheet.write(_OPENING + _rows(rows) + _CLOSING)
    return out.getvalue()


_SHEET = "xl/worksheets/sheet1.xml"
_OPENING = f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>'.encode()
_CLOSING = b"</sheetData></worksheet>"


def _begin(archive: zipfile.ZipFile, title: str) -> None:
    """Everything of a workbook but its sheet."""
    name = escape("".join(c for c in title if c not in "[]:*?/\\")[:31].translate(_ILLEGAL), {'"': "&quot;"})
    book = (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        f'<sheet name="{name}" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    for path, text in {**_PARTS, "xl/workbook.xml": book}.items():
        archive.writestr(path, _HEAD + text)


def _rows(rows: Iterable[Sequence[Cell]]) -> bytes:
    return "".join(f"<row>{''.join(map(_xml, row))}</row>" for row in rows).encode()


def _xml(cell: Cell) -> str:
    if cell is None:
        return "<c/>"
    if isinstance(cell, str):
        return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(cell.translate(_ILLEGAL))}</t></is></c>'
    style = ' s="1"' if isinstance(cell, Decimal) else ""
    return f"<c{style}><v>{cell}</v></c>"


async def download(name: str, title: str, rows: Rows) -> Response[bytes]:
    """The rows as a file to keep; `name` is plain ASCII and ends in .csv or .xlsx. Packed beside the other requests."""
    if name.endswith(".csv"):
        return Response(csv_bytes(rows), media_type=CSV, headers=_kept_as(name))
    book = await asyncio.to_thread(xlsx_bytes, title, rows)
    return Response(book, media_type=XLSX, headers=_kept_as(name))


async def download_parts(name: str, title: str, parts: AsyncIterator[Rows]) -> Stream:
    """The same of a long table that comes in parts, never whole in memory: CSV goes out as they come, a workbook when
    all are there, by way of a file."""
    if name.endswith(".csv"):
        return Stream(_stream(parts), media_type=CSV, headers=_kept_as(name))
    return Stream(_chunks(await _spooled(title, parts)), media_type=XLSX, headers=_kept_as(name))


async def _spooled(title: str, parts: AsyncIterator[Rows]) -> IO[bytes]:
    """The workbook in a file without a name, ready to be read."""
    return await _spooled_pieces(title, _book_pieces(parts))


async def _book_pieces(parts: AsyncIterator[Rows]) -> AsyncIterator[bytes]:
    async for part in parts:
        yield await asyncio.to_thread(_rows, part)


async def _spooled_pieces(title: str, pieces: AsyncIterator[bytes]) -> IO[bytes]:
    out: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by who reads it
    await write_book(out, title, pieces)
    out.seek(0)
    return out


def piece(form: str, rows: Iterable[Sequence[Cell]]) -> bytes:
    """Rows as they stand within a file of this form (csv, xlsx), to be joined with others: `download_pieces`."""
    return _rows(rows) if form == "xlsx" else _lines(rows)


async def write_book(out: IO[bytes], title: str, pieces: AsyncIterator[bytes]) -> None:
    """Write a workbook of one sheet, whose rows come in pieces, into an open file."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        _begin(archive, title)
        with archive.open(_SHEET, "w", force_zip64=True) as sheet:
            sheet.write(_OPENING)
            async for part in pieces:
                await asyncio.to_thread(sheet.write, part)
            sheet.write(_CLOSING)


async def download_pieces(name: str, title: str, pieces: AsyncIterator[bytes]) -> Stream:
    """A file out of pieces that were made before. Lines of JSON (`.jsonl`) go out as they are."""
    if name.endswith(".xlsx"):
        return Stream(_chunks(await _spooled_pieces(title, pieces)), media_type=XLSX, headers=_kept_as(name))
    if name.endswith(".jsonl"):
        return Stream(pieces, media_type=JSON_LINES, headers=_kept_as(name))
    return Stream(_marked(pieces), media_type=CSV, headers=_kept_as(name))


async def _marked(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield MARK
    async for part in pieces:
        yield part


async def _chunks(book: IO[bytes]) -> AsyncIterator[bytes]:
    with book:
        while chunk := await asyncio.to_thread(book.read, CHUNK):
            yield chunk


async def _stream(parts: AsyncIterator[Rows]) -> AsyncIterator[bytes]:
    yield MARK
    async for part in parts:
        yield _lines(part)


def _kept_as(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
