"""Tables as files for spreadsheets: CSV, and XLSX of one sheet. Texts never become formulas."""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from decimal import Decimal
from xml.sax.saxutils import escape

from litestar.response import Response

Cell = str | int | Decimal | None
FORMULA = ("=", "+", "-", "@", "\t", "\r")
CSV, XLSX = "text/csv; charset=utf-8", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_ILLEGAL = {code: None for code in range(32) if code not in (9, 10, 13)} | {0xFFFE: None, 0xFFFF: None}


def money(fen: int) -> Decimal:
    """An amount in yuan with two decimals, as spreadsheets add it up."""
    return Decimal(fen).scaleb(-2).quantize(Decimal("0.01"))


def csv_bytes(rows: Iterable[Sequence[Cell]]) -> bytes:
    """The rows as CSV, marked as UTF-8 for spreadsheets that would guess otherwise."""
    out = io.StringIO()
    writer = csv.writer(out)
    for row in rows:
        writer.writerow([_plain(cell) for cell in row])
    return ("\ufeff" + out.getvalue()).encode()


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
    name = escape("".join(c for c in title if c not in "[]:*?/\\")[:31].translate(_ILLEGAL), {'"': "&quot;"})
    book = (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        f'<sheet name="{name}" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    lines = "".join(f"<row>{''.join(map(_xml, row))}</row>" for row in rows)
    sheet = f'<worksheet xmlns="{_MAIN}"><sheetData>{lines}</sheetData></worksheet>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in {**_PARTS, "xl/workbook.xml": book, "xl/worksheets/sheet1.xml": sheet}.items():
            archive.writestr(path, _HEAD + text)
    return out.getvalue()


def _xml(cell: Cell) -> str:
    if cell is None:
        return "<c/>"
    if isinstance(cell, str):
        return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(cell.translate(_ILLEGAL))}</t></is></c>'
    style = ' s="1"' if isinstance(cell, Decimal) else ""
    return f"<c{style}><v>{cell}</v></c>"


def download(name: str, title: str, rows: Iterable[Sequence[Cell]]) -> Response[bytes]:
    """The rows as a file to keep; `name` is plain ASCII and ends in .csv or .xlsx."""
    table = name.endswith(".csv")
    return Response(
        csv_bytes(rows) if table else xlsx_bytes(title, rows),
        media_type=CSV if table else XLSX,
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )
