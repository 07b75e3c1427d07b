"""Tables as files: what spreadsheets read back is what was written, and no text becomes a formula."""

import csv
import io
import zipfile
from collections.abc import AsyncIterator
from decimal import Decimal
from xml.etree import ElementTree as ET

from litestar.response import Stream

from portal.core.web.sheets import Cell, Rows, csv_bytes, download, download_parts, money, xlsx_bytes

ROWS: list[list[Cell]] = [["名称", "金额"], ['=1+1 "<&>"', money(-1_234_56)], ["  多行\n文字\x07", None], ["@x", 7]]
NS = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def test_money_keeps_its_two_decimals() -> None:
    assert [str(money(fen)) for fen in (0, 5, -708, 2_000_000_000)] == ["0.00", "0.05", "-7.08", "20000000.00"]


def test_csv_comes_back_whole_and_disarmed() -> None:
    data = csv_bytes(ROWS)
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert rows == [
        ["名称", "金额"],
        ['\'=1+1 "<&>"', "-1234.56"],
        ["  多行\n文字\x07", ""],
        ["'@x", "7"],
    ]


def test_a_workbook_holds_texts_as_texts_and_numbers_as_numbers() -> None:
    with zipfile.ZipFile(io.BytesIO(xlsx_bytes("2026-11: 结算[单]/x", ROWS))) as archive:
        assert archive.testzip() is None
        parts = {name: ET.fromstring(archive.read(name)) for name in archive.namelist()}
    sheet = parts["xl/workbook.xml"].find("m:sheets/m:sheet", NS)
    assert sheet is not None
    assert sheet.get("name") == "2026-11 结算单x"
    rows = parts["xl/worksheets/sheet1.xml"].findall("m:sheetData/m:row", NS)
    texts = [[cell.findtext("m:is/m:t", None, NS) for cell in row] for row in rows]
    values = [[cell.findtext("m:v", None, NS) for cell in row] for row in rows]
    assert texts == [["名称", "金额"], ['=1+1 "<&>"', None], ["  多行\n文字", None], ["@x", None]]
    assert values == [[None, None], [None, "-1234.56"], [None, None], [None, "7"]]


async def test_a_download_is_kept_under_its_name_and_by_nobody_else() -> None:
    for name, kind in (("a.csv", "text/csv"), ("a.xlsx", "application/vnd.openxml")):
        answer = await download(name, "a", [["x", Decimal("1.00")]])
        assert str(answer.media_type).startswith(kind)
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
        assert answer.headers["Cache-Control"] == "no-store"


async def test_a_long_table_goes_out_in_parts_and_is_the_same_file() -> None:
    async def parts() -> AsyncIterator[Rows]:
        yield ROWS[:1]
        yield []
        yield ROWS[1:]

    streamed = await download_parts("a.csv", "a", parts())
    assert isinstance(streamed, Stream)
    assert b"".join([part async for part in streamed.iterator]) == csv_bytes(ROWS)  # type: ignore[union-attr, misc]
    whole = await download_parts("a.xlsx", "a", parts())
    book = b"".join([part async for part in whole.iterator])  # type: ignore[union-attr, misc]
    with zipfile.ZipFile(io.BytesIO(book)) as made, zipfile.ZipFile(io.BytesIO(xlsx_bytes("a", ROWS))) as same:
        sheet = "xl/worksheets/sheet1.xml"
        assert made.read(sheet) == same.read(sheet)
