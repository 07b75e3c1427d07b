"""Idempotency-Key: one effect and one answer for one key, however often and however fast it is sent."""

import asyncio
from datetime import timedelta

import httpx

from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.base.idempotency import forget_old
from portal.core.base.tables import AuditEntry, KeptReply
from portal.service.orders.tables import Parcel
from tests.service.connect.orders import order, parcel, stocked, trace
from tests.service.connect.shop import Shop, open_shop


async def send(shop: Shop, key: str | None = "k-1", number: str = "A-1", **changes: object) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key is not None else {}
    return await shop.client.post(f"/api/v1/orders/{number}/parcels", json=parcel(**changes), headers=headers)


async def test_the_first_answer_is_given_again(shop: Shop) -> None:
    await stocked(shop)
    await shop.put("/orders/A-1", order())
    first = await send(shop)
    await shop.client.post("/api/v1/orders/A-1/parcels", json=parcel(traces=[trace(9, "delivered")]))
    again = await send(shop)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["content-type"] == "application/json"


async def test_another_body_under_the_same_key_is_refused(shop: Shop) -> None:
    await stocked(shop)
    await shop.put("/orders/A-1", order())
    await send(shop)
    answer = await send(shop, tracking_number="SF0002")
    assert (answer.status_code, answer.json()["title"]) == (422, "key_reused")
    async with reading():
        assert await Parcel.count() == 1


async def test_a_key_counts_for_its_caller_and_its_address(shop: Shop) -> None:
    await stocked(shop)
    for number in ("A-1", "A-2"):
        await shop.put(f"/orders/{number}", order())
    assert (await send(shop)).status_code == 201
    assert (await send(shop, number="A-2")).status_code == 201
    other = await open_shop(shop.client._transport.app)  # type: ignore[attr-defined]
    assert (await send(other)).status_code == 200  # known already, so the answer is its own
    await other.client.aclose()


async def test_many_at_once_have_one_effect(shop: Shop) -> None:
    await stocked(shop)
    await shop.put("/orders/A-1", order())
    answers = await asyncio.gather(*(send(shop) for _ in range(24)))
    assert {(answer.status_code, answer.content) for answer in answers} == {(201, answers[0].content)}
    async with reading():
        assert await Parcel.count() == 1
        assert await AuditEntry.count().where(AuditEntry.action == "order.parcel_taken") == 1


async def test_a_refusal_is_not_kept(shop: Shop) -> None:
    await stocked(shop)
    assert (await send(shop)).status_code == 404
    await shop.put("/orders/A-1", order())
    assert (await send(shop)).status_code == 201


async def test_kept_answers_are_sealed_and_forgotten(shop: Shop) -> None:
    await stocked(shop)
    await shop.put("/orders/A-1", order())
    await send(shop)
    async with reading():
        row = await KeptReply.objects().first()
    assert row is not None
    assert row.sealed_answer is not None
    assert "SF0001" not in row.sealed_answer
    async with writing():
        await forget_old(now() + timedelta(days=4))
    assert (await send(shop)).status_code == 200


async def test_an_ill_formed_key_is_told(shop: Shop) -> None:
    await stocked(shop)
    await shop.put("/orders/A-1", order())
    for key in ("", "x" * 201):
        assert (await send(shop, key)).status_code == 422, key
    assert (await send(shop, "x" * 200)).status_code == 201
