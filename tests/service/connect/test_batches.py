"""POST /api/v1/orders:batch: a result for each row, and one bad row harms no other."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.people.rules import Bucket
from portal.core.people.throttling import take
from portal.service.connect.rates import WRITES
from portal.service.orders.tables import Order
from tests.service.connect.orders import item, order, stocked
from tests.service.connect.shop import OPENED, Shop, faults


async def batch(shop: Shop, rows: list[Any], key: str | None = None) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    return await shop.client.post("/api/v1/orders:batch", json={"orders": rows}, headers=headers)


def numbered(number: str, **changes: Any) -> dict[str, Any]:
    return order(**changes) | {"number": number}


async def test_each_row_is_judged_for_itself(shop: Shop) -> None:
    await stocked(shop)
    await shop.put("/orders/A-1", order())
    later = (OPENED + timedelta(hours=9)).isoformat()
    rows = [
        numbered("A-1", status="shipped", updated_at=later),
        numbered("A-2"),
        numbered("A-2"),
        numbered("A-3", vip="nobody"),
        order(),
        numbered("A-4", items=[item(paid_fen=-1)]),
        numbered("A-5"),
    ]
    answer = await batch(shop, rows)
    assert answer.status_code == 200, answer.text
    results = answer.json()["results"]
    assert [(row["number"], row["status"]) for row in results] == [
        ("A-1", "changed"),
        ("A-2", "created"),
        ("A-2", "unchanged"),
        ("A-3", "refused"),
        (None, "refused"),
        ("A-4", "refused"),
        ("A-5", "created"),
    ]
    assert results[3]["problem"]["errors"][0]["field"] == "vip"
    assert results[4]["problem"]["errors"] == [
        {"field": "number", "code": "required", "detail": results[4]["problem"]["errors"][0]["detail"]}
    ]
    assert results[5]["problem"]["errors"][0]["field"] == "items[0].paid_fen"
    async with reading():
        assert await Order.count() == 3


async def test_too_many_rows_are_refused_whole(shop: Shop) -> None:
    await stocked(shop)
    assert faults(await batch(shop, [{"number": str(n)} for n in range(501)])) == {"orders": "too_long"}
    assert faults(await batch(shop, [])) == {"orders": "too_short"}
    assert faults(await batch(shop, ["A-1"])) == {"orders": "malformed"}


async def test_five_hundred_rows_are_taken(shop: Shop) -> None:
    await stocked(shop)
    answer = await batch(shop, [numbered(f"A-{n}") for n in range(500)])
    assert {row["status"] for row in answer.json()["results"]} == {"created"}


async def test_a_batch_sent_many_times_at_once_has_one_effect_and_one_answer(shop: Shop) -> None:
    await stocked(shop)
    rows = [numbered(f"A-{n}") for n in range(3)]
    answers = await asyncio.gather(*(batch(shop, rows, "nightly-1") for _ in range(24)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert (await batch(shop, rows, "nightly-1")).text == answers[0].text
    async with reading():
        assert await Order.count() == 3
    other = await batch(shop, rows[:1], "nightly-1")
    assert (other.status_code, other.json()["title"]) == (422, "key_reused")


async def test_rows_are_counted_as_writes(shop: Shop) -> None:
    await stocked(shop)
    async with reading():
        from portal.core.people.tables import ApiKey  # noqa: PLC0415 - only here

        key_id = (await ApiKey.select(ApiKey.id))[0]["id"]
    await take([Bucket(f"api:{key_id}", 10**6)], now(), WRITES - 20)
    full = await batch(shop, [numbered(f"A-{n}") for n in range(50)])
    assert (full.status_code, full.json()["title"]) == (429, "slow_down")
    assert int(full.headers["retry-after"]) > 0
    async with reading():
        assert await Order.count() == 0
