"""Imports: tables of every kind, tried first and then taken, each record whole or not at all."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from openpyxl import Workbook

from portal.core.base import files
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.tables import StoredFile
from portal.core.base.worker import drain
from portal.core.web.frame import Frame
from portal.service.connect.imports.rows import IMPORTERS
from portal.service.connect.imports.runs import forget_files
from portal.service.connect.imports.sheets import BLANK, BadFile, read_sheet
from portal.service.connect.imports.taking import Taken, records, take
from portal.service.orders import queries as orders
from portal.service.orders.tables import Order, Parcel
from tests import make
from tests.browse import Browser, Page
from tests.service.connect.orders import stocked
from tests.service.connect.shop import Shop

HOME = "/admin/imports"
HEADINGS = (
    "number,updated_at,placed_at,status,vip,paid_fen,name,phone,region,street,line,product,title,quantity,"
    "line_paid_fen,refunded_fen,carrier,tracking_number,shipped_at"
)
SHARED = "2026-11-20 10:00,2026-11-20,paid,b-1,17700,李芳,13800001234,浙江杭州,文三路 1 号"


def row(number: str, line: str, end: str = "honey,洋槐蜜,1,5900,0,,,", shared: str = SHARED) -> str:
    return f"{number},{shared},{line},{end}"


def table(*rows: str) -> bytes:
    return "\n".join([HEADINGS, *rows, ""]).encode()


async def took(kind: str, content: bytes) -> Taken:
    taken = Taken()
    for record in records(IMPORTERS[kind], read_sheet(content)):
        await take(SYSTEM, IMPORTERS[kind], record, now(), taken)
    return taken


def book(*rows: Sequence[Any]) -> bytes:
    workbook = Workbook()
    for one in rows:
        workbook.active.append(list(one))
    kept = BytesIO()
    workbook.save(kept)
    return kept.getvalue()


def test_a_workbook_reads_like_a_csv() -> None:
    content = book(
        ("external_id", "name", "opened_at", "price", None),
        ("s-1", "芳芳家", datetime.fromisoformat("2026-03-01"), 29_800, None),
        (None, None, None, None, None),
        (12345678901, "'=1", datetime.fromisoformat("2026-03-01T09:30"), 0.5, "spare"),
    )
    sheet = read_sheet(content)
    assert sheet.headings == ("external_id", "name", "opened_at", "price")
    assert sheet.rows == (
        (2, {"external_id": "s-1", "name": "芳芳家", "opened_at": "2026-03-01", "price": "29800"}),
        (
            4,
            {
                "external_id": "12345678901",
                "name": "=1",
                "opened_at": "2026-03-01T09:30:00",
                "price": "0.5",
                BLANK: "spare",
            },
        ),
    )


@pytest.mark.parametrize("content", [b"PK\x03\x04broken", book(), b"", b"\x00\x01", b"a,a\n1,2\n", b"a\n\xff\xff\x81"])
def test_what_is_no_table_is_told_so(content: bytes) -> None:
    with pytest.raises(BadFile):
        read_sheet(content)


async def test_rows_of_a_number_are_one_order_with_its_parcels(shop: Shop) -> None:
    await stocked(shop)
    parcel = "honey,洋槐蜜,2,11800,0,sf,SF1,2026-11-21 08:00"
    content = table(row("A-1", "1", parcel), row("A-2", "1"), row("A-1", "2"))
    taken = await took("orders", content)
    assert (taken.new, taken.known, taken.refused) == (2, 0, [])
    async with reading():
        found = await orders.order_by_number("A-1")
        assert found is not None
        (sent,) = await orders.parcels(found.id)
    assert [(line.line, line.paid_fen) for line in found.lines] == [("1", 11_800), ("2", 5_900)]
    assert (sent.tracking_number, sent.lines) == ("SF1", ("1",))
    again = await took("orders", content)
    assert (again.new, again.known) == (0, 2)


async def test_an_order_with_one_bad_row_is_not_taken_at_all(shop: Shop) -> None:
    await stocked(shop)
    other = SHARED.replace("文三路 1 号", "文三路 2 号")
    taken = await took(
        "orders",
        table(
            row("A-1", "1"),
            row("A-1", "2", "honey,洋槐蜜,none,5900,0,,,"),
            row("A-2", "1"),
            row("A-2", "2", shared=other),
            row("A-3", "1"),
            row("A-3", "2", "gold,金,1,5900,0,,,"),
            row("A-4", "1"),
        ),
    )
    assert [line for line, _ in taken.refused] == [3, 5, 7]
    assert [reason.split(":")[0] for _, reason in taken.refused][::2] == ["quantity", "product"]
    async with reading():
        assert [one["number"] for one in await Order.select(Order.number)] == ["A-4"]


@pytest.fixture
async def ada(browser: Browser) -> Browser:
    """An admin's browser."""
    return await make.sign_in(browser, await make.person("admin", "Ada"))


async def upload(browser: Browser, kind: str, content: bytes) -> Page:
    form = await browser.get(HOME)
    return await browser.submit(form, HOME, files={"file": ("t.csv", content, "text/csv")}, kind=kind)


async def test_a_table_is_tried_and_then_taken(shop: Shop, ada: Browser) -> None:
    await stocked(shop)
    tried = await upload(ada, "orders", table(row("A-1", "1"), row("A-2", "1", "gold,金,1,5900,0,,,")))
    assert tried.status == 200, tried.text
    await drain()
    page = await ada.get(tried.path)
    assert "gold" in page
    async with reading():
        assert await Order.count() == 0
    await ada.submit(page, f"{tried.path}/takeover")
    await drain()
    async with reading():
        assert [one["number"] for one in await Order.select(Order.number)] == ["A-1"]
        assert await Parcel.count() == 0
    assert "1 处没有接收" in await ada.get(HOME)


async def test_the_page_speaks_english_too(app: Frame) -> None:
    english = Browser(app, language="en")
    await make.sign_in(english, await make.person("admin", "Ada", language="en"))
    page = await english.get(HOME)
    assert "Try it out first" in page
    told = await upload(english, "orders", b"PK\x03\x04")
    assert (told.status, "The file cannot be read as xlsx." in told) == (422, True)
    await english.close()


async def test_what_cannot_be_read_is_told_beside_the_file(ada: Browser) -> None:
    for kind, content in (("orders", b""), ("orders", b"PK\x03\x04"), ("cats", table())):
        assert (await upload(ada, kind, content)).status == 422


async def test_uploads_are_not_kept_for_long(ada: Browser) -> None:
    await upload(ada, "orders", table(row("A-1", "1")))
    async with reading():
        (kept,) = await StoredFile.select(StoredFile.sha256)
    await forget_files(now() + timedelta(days=3))
    async with reading():
        assert await StoredFile.count() == 0
    with pytest.raises(FileNotFoundError):
        await files.read(kept["sha256"])


async def test_only_admins_import(browser: Browser) -> None:
    await make.sign_in(browser, await make.person("manager", "Mia"))
    assert (await browser.get(HOME)).status == 403
