"""Several orders at once: flags, hurries, spreadsheets, and what is said of those left out."""

import csv
import io
from datetime import timedelta

from openpyxl import load_workbook

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.worker import drain
from portal.service.care import sheets
from portal.service.orders import queries as order_queries
from portal.service.orders.listing import Wanted
from portal.service.orders.rules import Colour, Status
from tests import make
from tests.browse import Browser, Page
from tests.cast import Cast
from tests.service.orders import make as orders


async def tick(browser: Browser, act: str, numbers: list[str]) -> Page:
    page = await browser.get("/orders?select=yes")
    return await browser.submit(page, "/orders/bulk", act=act, numbers=numbers)


async def flag_of(number: str) -> Colour | None:
    async with reading():
        found = await order_queries.order_by_number(number)
    assert found is not None
    return found.flag


async def test_one_flag_for_all_and_never_for_another_owners(browser: Browser, cast: Cast) -> None:
    mine = [(await orders.order(await orders.vip(cast.olive))).number for _ in range(3)]
    others = (await orders.order(await orders.vip(cast.otto))).number
    await make.sign_in(browser, cast.olive.person_id)
    page = await tick(browser, "flag", [*mine, others])
    assert "给 3 单加同一个标记" in page
    page = await browser.submit(page, "/orders/bulk/flag", numbers=[*mine, others], colour="red", note="发顺丰")
    await drain()
    page = await browser.get(page.path)
    assert "3 单办好了" in page
    assert "1 单跳过了" in page
    assert [await flag_of(number) for number in mine] == [Colour.RED] * 3
    assert await flag_of(others) is None


async def test_hurries_go_to_those_that_may_be_and_the_rest_is_told_why(browser: Browser, cast: Cast) -> None:
    buyer, at = await orders.vip(cast.olive), now() - timedelta(days=4)
    late = (await orders.order(buyer, at)).number
    fresh = (await orders.order(buyer)).number
    unpaid = (await orders.order(buyer, status=Status.PLACED)).number
    await make.sign_in(browser, cast.olive.person_id)
    page = await tick(browser, "hurry", [late, fresh, unpaid])
    assert page.path.startswith("/orders/bulk/")
    await drain()
    page = await browser.get(page.path)
    assert "1 单办好了" in page
    assert "2 单跳过了" in page
    assert fresh in page
    assert late not in page.text


async def test_nothing_ticked_is_said_with_a_way_back(browser: Browser, cast: Cast) -> None:
    await orders.order(await orders.vip(cast.olive))
    await make.sign_in(browser, cast.olive.person_id)
    page = await tick(browser, "flag", [])
    assert page.status == 422
    assert "还没有勾选订单" in page
    assert "/orders?select=yes" in page.links


async def test_a_flag_without_colour_is_said_beside_it(browser: Browser, cast: Cast) -> None:
    number = (await orders.order(await orders.vip(cast.olive))).number
    await make.sign_in(browser, cast.olive.person_id)
    page = await tick(browser, "flag", [number])
    page = await browser.submit(page, "/orders/bulk/flag", numbers=[number], note="发顺丰")
    assert page.status == 422
    assert 'id="f-colour-error"' in page.html
    assert "发顺丰" in page.html


async def test_another_owners_report_is_unknown(browser: Browser, open_browser, cast: Cast) -> None:  # type: ignore[no-untyped-def]
    number = (await orders.order(await orders.vip(cast.olive), now() - timedelta(days=4))).number
    await make.sign_in(browser, cast.olive.person_id)
    page = await tick(browser, "hurry", [number])
    other = await make.sign_in(open_browser(), cast.otto.person_id)
    assert (await other.get(page.path)).status == 404


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def workbook(content: bytes) -> list[tuple[object, ...]]:
    book = load_workbook(io.BytesIO(content))
    return list(book.worksheets[0].iter_rows(values_only=True))


async def test_the_whole_list_as_a_spreadsheet_without_formulas(browser: Browser, cast: Cast) -> None:
    buyer = await orders.vip(cast.olive, name="=HYPERLINK(1)")
    numbers = {(await orders.order(buyer)).number for _ in range(3)}
    await orders.order(await orders.vip(cast.otto))
    await make.sign_in(browser, cast.olive.person_id)
    answer = await browser.client.get("/orders/export.csv?show=to_ship")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    head, *rows = rows_of(answer.text)
    assert head[0] == "订单号"
    assert {row[0] for row in rows} == numbers
    assert {row[4] for row in rows} == {"'=HYPERLINK(1)"}
    assert {row[8] for row in rows} == {"118.00"}
    assert "13912345678" not in answer.text
    assert rows_of((await browser.client.get("/orders/export.csv?show=shipped")).text)[1:] == []
    book = workbook((await browser.client.get("/orders/export.xlsx?show=to_ship")).content)
    assert {row[0] for row in book[1:]} == numbers
    assert {(row[4], row[8]) for row in book[1:]} == {("=HYPERLINK(1)", 118)}
    assert len(workbook((await browser.client.get("/orders/export.xlsx?show=shipped")).content)) == 1


async def test_the_ticked_ones_alone(browser: Browser, cast: Cast) -> None:
    buyer = await orders.vip(cast.olive)
    numbers = [(await orders.order(buyer)).number for _ in range(3)]
    await make.sign_in(browser, cast.olive.person_id)
    page = await tick(browser, "export", numbers[:2])
    assert {row[0] for row in rows_of(page.html)[1:]} == set(numbers[:2])
    page = await browser.get("/orders?select=yes")
    sent = {**page.form("/orders/bulk").fields, "act": "export_xlsx", "numbers": numbers[:1]}
    answer = await browser.client.post("/orders/bulk", data=sent)
    assert answer.headers["content-type"].endswith("spreadsheetml.sheet")
    assert [row[0] for row in workbook(answer.content)[1:]] == numbers[:1]


async def test_a_long_list_comes_page_by_page_and_says_where_it_was_cut(database: str, cast: Cast) -> None:
    buyer = await orders.vip(cast.olive)
    numbers = {(await orders.order(buyer)).number for _ in range(5)}
    store = cast.olive.store_id
    rows = [row async for part in sheets.sheet(store, Wanted(), batch=2) for row in part]
    assert {row[0] for row in rows[1:]} == numbers
    rows = [row async for part in sheets.sheet(store, Wanted(), batch=2, most=4) for row in part]
    assert len(rows) == 1 + 4 + 1
    assert "4" in str(rows[-1][0])
