"""Complaints before the shop's programs: filing, asking, and every no."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from portal.core.base import events
from portal.core.base.database import reading
from portal.core.web.frame import Frame
from portal.service.complaints import queries
from portal.service.complaints.rules import FiledBy
from portal.service.complaints.tables import Complaint
from portal.service.mandates import queries as mandates
from tests import make
from tests.cast import Cast
from tests.service.complaints.make import Scene, agent_ready, complaint, resolved, scene

PATH = "/api/v1/complaints"


@pytest.fixture
async def shop(app: Frame) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
    key = await make.api_key("complaints:write", "complaints:read")
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000", headers=key) as client:
        yield client


def body(there: Scene, **changes: Any) -> dict[str, Any]:
    whole = {
        "order": there.bought.number,
        "lines": ["1"],
        "vip": there.vip,
        "filed_by": "buyer",
        "channel": "portal",
        "product_category": "生鲜",
        "function_category": "damaged",
        "wanted": "refund",
        "urgency": "normal",
        "text": "箱子压坏了",
    } | changes
    return {name: value for name, value in whole.items() if value is not None}


async def test_a_complaint_is_taken_as_the_contract_says(shop: httpx.AsyncClient, cast: Cast) -> None:
    await agent_ready("Abigail")
    there = await scene(cast.olive)
    answer = await shop.post(PATH, json=body(there))
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert told["state"] == "open"
    assert told["agent"] == "Abigail"
    assert [clock["name"] for clock in told["clocks"]] == ["proposal", "compensation", "legal"]
    assert all(set(clock) == {"name", "due_at"} for clock in told["clocks"])
    assert told["buyer_url"].startswith("http://127.0.0.1:8000/c/")
    assert (await shop.get(f"{PATH}/{told['ref']}")).json() == told
    async with reading():
        info = await queries.by_ref(told["ref"])
        assert info is not None
        assert info.product_category == "生鲜"
        assert len(await queries.line_ids(info.id)) == 1


async def test_a_settled_one_says_what_was_kept(shop: httpx.AsyncClient, cast: Cast) -> None:
    info = await resolved(await complaint(await scene(cast.olive)))
    told = (await shop.get(f"{PATH}/{info.ref}")).json()
    assert (told["state"], told["outcome"]) == ("resolved", "settled")
    assert [clock["kept"] for clock in told["clocks"]] == [True, True, True]
    assert all("stopped_at" in clock for clock in told["clocks"])


async def test_filed_by_the_owner_the_buyer_is_asked(shop: httpx.AsyncClient, cast: Cast) -> None:
    there = await scene(cast.olive)
    told = (await shop.post(PATH, json=body(there, filed_by="owner", product_category=None))).json()
    async with reading():
        info = await queries.by_ref(told["ref"])
        assert info is not None
        assert (info.filed_by, info.filed_by_person) == (FiledBy.OWNER, cast.olive.person_id)
        assert info.product_category == "food"
        assert await mandates.mandate_for(info.subject) is not None


async def test_without_an_order_a_buyer_may_complain_too(shop: httpx.AsyncClient, cast: Cast) -> None:
    there = await scene(cast.olive)
    plain = body(there, order=None, lines=None, filed_by="agent", channel="phone", function_category="service")
    assert (await shop.post(PATH, json=plain)).status_code == 201


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"order": "nosuch"}, "order"),
        ({"lines": ["9"]}, "lines"),
        ({"vip": "nosuch"}, "vip"),
        ({"filed_by": "friend"}, "filed_by"),
        ({"channel": "pigeon"}, "channel"),
        ({"function_category": "weather"}, "function_category"),
        ({"wanted": "gold"}, "wanted"),
        ({"urgency": "soon"}, "urgency"),
        ({"text": "  "}, "text"),
        ({"text": "x" * 2001}, "text"),
        ({"text": None}, "text"),
        ({"order": None}, "order"),
        ({"order": None, "lines": None, "filed_by": "owner"}, "order"),
        ({"odd": 1}, "odd"),
    ],
)
async def test_what_is_wrong_is_named(shop: httpx.AsyncClient, cast: Cast, changes: dict[str, Any], field: str) -> None:
    answer = await shop.post(PATH, json=body(await scene(cast.olive), **changes))
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == [field]
    async with reading():
        assert await Complaint.count() == 0


async def test_another_buyers_order_is_unknown(shop: httpx.AsyncClient, cast: Cast) -> None:
    hers, other = await scene(cast.olive), await scene(cast.otto)
    answer = await shop.post(PATH, json=body(hers, order=other.bought.number))
    assert answer.status_code == 422


async def test_the_same_key_has_one_effect(shop: httpx.AsyncClient, cast: Cast) -> None:
    there = await scene(cast.olive)
    key = {"Idempotency-Key": "k-1"}
    answers = await asyncio.gather(*(shop.post(PATH, json=body(there), headers=key) for _ in range(12)))
    assert {one.status_code for one in answers} == {201}
    assert len({one.text for one in answers}) == 1
    assert (await shop.post(PATH, json=body(there, text="别的话题"), headers=key)).status_code == 422
    async with reading():
        assert await Complaint.count() == 1


async def test_who_may_not(app: Frame, cast: Cast, shop: httpx.AsyncClient) -> None:
    there = await scene(cast.olive)
    assert (await shop.get(f"{PATH}/nosuch")).status_code == 404
    weak = await make.api_key("orders:read")
    assert (await shop.post(PATH, json=body(there), headers=weak)).status_code == 403
    assert (await shop.get(f"{PATH}/x", headers=weak)).status_code == 403
    assert (await shop.post(PATH, json=body(there), headers={"Authorization": "Bearer no"})).status_code == 401


async def test_other_programs_hear_of_it(shop: httpx.AsyncClient, cast: Cast) -> None:
    told = (await shop.post(PATH, json=body(await scene(cast.olive)))).json()
    await events.sequence()
    feed = await make.api_key("events:read")
    heard = (await shop.get("/api/v1/events", headers=feed)).json()["events"]
    opened = [one for one in heard if one["type"] == "complaint.opened"]
    assert [one["data"]["ref"] for one in opened] == [told["ref"]]
