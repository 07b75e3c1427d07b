"""Reconciliation: what is missing on either side and what differs, by API and by table."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from portal.service.connect.reconciling import Difference, Said, compared
from portal.service.orders.reckoning import OrderFigures
from portal.service.orders.rules import Status
from tests import make
from tests.browse import Browser
from tests.service.connect.orders import item, order, stocked
from tests.service.connect.shop import OPENED, Shop, faults

HOME = "/admin/reconciliation"
SHANGHAI = ZoneInfo("Asia/Shanghai")
SINCE, UNTIL = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)
HELD = OrderFigures("A-1", Status.PAID, 100, 0, datetime(2026, 11, 1, 17, tzinfo=UTC))
SAID = Said("A-1", "paid", 100, 0)


@pytest.mark.parametrize(
    ("there", "here", "found"),
    [
        (SAID, HELD, []),
        (SAID, None, [Difference("missing_here", "A-1", "", "", "paid")]),
        (None, HELD, [Difference("missing_there", "A-1", "2026-11-02", "paid", "")]),
        (Said("A-1", "shipped", 100, 0), HELD, [Difference("status", "A-1", "2026-11-02", "paid", "shipped")]),
        (
            Said("A-1", "paid", 90, 10),
            HELD,
            [
                Difference("paid", "A-1", "2026-11-02", "100", "90"),
                Difference("refunded", "A-1", "2026-11-02", "0", "10"),
            ],
        ),
    ],
)
def test_how_the_two_sides_differ(there: Said | None, here: OrderFigures | None, found: list[Difference]) -> None:
    said = {there.number: there} if there else {}
    held = {here.number: here} if here else {}
    assert list(compared(said, held, SINCE, UNTIL, SHANGHAI)) == found


def test_an_order_of_another_day_is_not_missed() -> None:
    assert not list(compared({}, {"A-1": HELD}, SINCE - timedelta(days=5), SINCE, SHANGHAI))


def body(*rows: dict[str, Any], **changes: Any) -> dict[str, Any]:
    span = {"since": OPENED - timedelta(days=1), "until": OPENED + timedelta(days=1)}
    return {name: moment.isoformat() for name, moment in span.items()} | {"orders": list(rows)} | changes


def said(number: str, **changes: Any) -> dict[str, Any]:
    return {"number": number, "status": "paid", "paid_fen": 11_800, "refunded_fen": 0} | changes


async def orders_told(shop: Shop) -> None:
    await stocked(shop)
    for number in ("A-1", "A-2", "A-3"):
        await shop.put(f"/orders/{number}", order(items=[item(refunded_fen=100)] if number == "A-3" else [item()]))


async def test_the_api_answers_with_the_report(shop: Shop) -> None:
    await orders_told(shop)
    sent = body(said("A-1"), said("A-3", status="shipped"), said("A-9"))
    answer = await shop.client.post("/api/v1/reconciliations", json=sent)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert [(one["kind"], one["number"]) for one in told["differences"]] == [
        ("missing_there", "A-2"),
        ("status", "A-3"),
        ("refunded", "A-3"),
        ("missing_here", "A-9"),
    ]
    assert told["counts"] == {"missing_here": 1, "missing_there": 1, "status": 1, "paid": 0, "refunded": 1}
    assert told["by_day"]["2026-11-01"] == {"missing_there": 1, "status": 1, "refunded": 1}
    assert (told["told"], told["held"]) == (3, 3)


async def test_what_cannot_be_compared_is_told_at_its_field(shop: Shop) -> None:
    wrong: list[tuple[dict[str, Any], dict[str, str]]] = [
        (body(until=(OPENED + timedelta(days=60)).isoformat()), {"until": "reconciling_span"}),
        (body(until=(OPENED - timedelta(days=9)).isoformat()), {"until": "reconciling_span"}),
        (body(said("A-1"), said("A-1")), {"orders": "reconciling_twice"}),
        (body(said("A-1", status="lost")), {"orders[0].status": "not_choice"}),
    ]
    for sent, expected in wrong:
        assert faults(await shop.client.post("/api/v1/reconciliations", json=sent)) == expected


async def test_an_admin_compares_a_table_and_takes_the_report_away(shop: Shop, browser: Browser) -> None:
    await orders_told(shop)
    ada = await make.sign_in(browser, await make.person("admin", "Ada"))
    table = (
        b"number,status,paid_fen,refunded_fen\nA-1,paid,11800,0\nA-2,shipped,11800,0\nA-3,paid,11800,100\n=x,paid,1,0\n"
    )
    file = {"file": ("shop.csv", table, "text/csv")}
    shown = await ada.submit(await ada.get(HOME), HOME, files=file, first="2026-11-01", last="2026-11-01")
    assert shown.status == 200, shown.text
    assert "A-2" in shown.text
    assert "状态不同" in shown.text
    sheet = (await ada.get(f"{shown.path}/differences.csv")).html
    assert "A-2,2026-11-01,status,paid,shipped" in sheet
    assert "'=x,," in sheet
    assert "/admin/reconciliation/" in (await ada.get(HOME)).html


async def test_a_bad_line_is_told_beside_the_file(browser: Browser) -> None:
    ada = await make.sign_in(browser, await make.person("admin", "Ada"))
    form = await ada.get(HOME)
    for table in (b"", b"number,status,paid_fen\nA-1,lost,1\n"):
        file = {"file": ("shop.csv", table, "text/csv")}
        told = await ada.submit(form, HOME, files=file, first="2026-11-01", last="2026-11-01")
        assert told.status == 422
    far = await ada.submit(
        form, HOME, files={"file": ("s.csv", b"number\n", "text/csv")}, first="2026-11-01", last="2027-11-01"
    )
    assert (far.status, "不超过 31 天" in far.text) == (422, True)


async def test_only_admins_compare(browser: Browser) -> None:
    await make.sign_in(browser, await make.person("manager", "Mia"))
    assert (await browser.get(HOME)).status == 403
