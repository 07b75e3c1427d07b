"""Hurries before the shop's programs: the list, an answer, and every no."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.web.frame import Frame
from portal.service.inquiries.rules import Answered, Said
from portal.service.inquiries.tables import InquiryAnswer
from portal.service.orders.rules import Status
from tests import make
from tests.cast import Cast
from tests.service.inquiries import make as inquiries
from tests.service.orders import make as orders


@pytest.fixture
async def shop(app: Frame) -> Any:
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
    client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000", headers=await inquiries.program())
    yield client
    await client.aclose()


def path(ref: str) -> str:
    return f"/api/v1/hurries/{ref}/answer"


async def test_hurries_are_listed_by_state_and_page_by_key(cast: Cast, shop: httpx.AsyncClient) -> None:
    made = [await (await inquiries.late(cast.olive)).hurry() for _ in range(3)]
    await inquiries.say(made[0], Said(Answered.OUT_OF_STOCK), now())
    first = (await shop.get("/api/v1/hurries", params={"limit": 2})).json()
    assert [one["ref"] for one in first["hurries"]] == [made[0].ref, made[1].ref]
    rest = (await shop.get("/api/v1/hurries", params={"limit": 2, "after": first["next"]})).json()
    assert [one["ref"] for one in rest["hurries"]] == [made[2].ref]
    assert rest["next"] is None
    waiting = (await shop.get("/api/v1/hurries", params={"state": "open"})).json()
    assert [one["ref"] for one in waiting["hurries"]] == [made[1].ref, made[2].ref]
    assert waiting["hurries"][0]["supplier"] == "qinling"
    odd = await shop.get("/api/v1/hurries", params={"state": "lost"})
    assert odd.status_code == 422


async def test_an_answer_is_taken_and_the_same_again_changes_nothing(cast: Cast, shop: httpx.AsyncClient) -> None:
    info = await (await inquiries.late(cast.olive)).hurry()
    body = {"answer": "ships_by", "ships_by": (now() + timedelta(days=1)).isoformat()}
    answer = await shop.post(path(info.ref), json=body)
    assert answer.status_code == 200
    assert answer.json()["state"] == "answered"
    assert answer.json()["answer"]["late"] is False
    assert (await shop.post(path(info.ref), json=body)).json() == answer.json()
    async with reading():
        assert await InquiryAnswer.count() == 1


async def test_twenty_four_identical_posts_have_one_effect(cast: Cast, shop: httpx.AsyncClient) -> None:
    info = await (await inquiries.late(cast.olive)).hurry()
    body = {"answer": "cannot", "text": "rain"}
    headers = {"Idempotency-Key": "k-1"}
    answers = await asyncio.gather(*(shop.post(path(info.ref), json=body, headers=headers) for _ in range(24)))
    assert {one.status_code for one in answers} == {200}
    assert len({one.text for one in answers}) == 1
    other = await shop.post(path(info.ref), json={"answer": "out_of_stock"}, headers=headers)
    assert other.status_code == 422
    async with reading():
        assert await InquiryAnswer.count() == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"answer": "ships_by"}, "ships_by"),
        ({"answer": "ships_by", "ships_by": "2020-01-01T00:00:00Z"}, "ships_by"),
        ({"answer": "ships_by", "ships_by": "9999-12-31T23:59:59Z"}, "ships_by"),
        ({"answer": "shipped"}, "tracking_number"),
        ({"answer": "cannot"}, "text"),
        ({"answer": "lost"}, "answer"),
        ({"answer": "out_of_stock", "odd": 1}, "odd"),
        ({}, "answer"),
    ],
)
async def test_what_is_missing_is_named(
    cast: Cast, shop: httpx.AsyncClient, body: dict[str, object], field: str
) -> None:
    info = await (await inquiries.late(cast.olive)).hurry()
    answer = await shop.post(path(info.ref), json=body)
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == [field]


async def test_noes(cast: Cast, shop: httpx.AsyncClient) -> None:
    late = await inquiries.late(cast.olive)
    info = await late.hurry()
    body = {"answer": "out_of_stock"}
    assert (await shop.post(path("nosuchref"), json=body)).status_code == 404
    trace = await (await inquiries.stuck(cast.olive)).ask()
    assert (await shop.post(path(trace.ref), json=body)).status_code == 404
    await orders.move(late.order, now(), status=Status.SHIPPED)
    settled = await shop.post(path(info.ref), json=body)
    assert (settled.status_code, settled.json()["title"]) == (409, "inquiry_settled")
    without = await make.api_key("orders:read")
    assert (await shop.get("/api/v1/hurries", headers=without)).status_code == 403
    assert (await shop.get("/api/v1/hurries", headers={"Authorization": "Bearer no"})).status_code == 401
