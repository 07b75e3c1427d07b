"""GET /api/v1/events: one order of events that never changes, and no reader misses one."""

import asyncio
from typing import Any

from portal.core.base import events
from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.base.tables import Event
from portal.core.people.rules import Scope
from tests.service.connect.shop import Shop, open_shop, store


async def feed(shop: Shop, after: int = 0, limit: int = 50) -> dict[str, Any]:
    answer = await shop.get(f"/api/v1/events?after={after}&limit={limit}")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def emit(subject: str, count: int = 1) -> None:
    for _ in range(count):
        async with writing():
            await events.emit("ping", subject, {"at": now().isoformat()}, now())
            await asyncio.sleep(0)


async def test_what_the_webhook_says_stands_in_the_feed(shop: Shop) -> None:
    body = store()
    await shop.put("/stores/s-1", body)
    assert (await feed(shop))["events"] == []  # it has no place yet
    await events.sequence()
    told = await feed(shop)
    (event,) = told["events"]
    assert (event["position"], event["type"], event["subject"]) == (1, "share_right.changed", "store:s-1")
    assert event["data"]["owner"] == body["owner"]["external_id"]
    assert event["data"]["may_share"] is False
    assert told["next"] == 1
    assert await feed(shop, after=1) == {"events": [], "next": 1}


async def test_an_event_with_nothing_left_to_tell_keeps_its_place(shop: Shop) -> None:
    async with writing():
        await events.emit("nobody.knows", "store:x", {}, now())
        await events.emit("share_right.changed", "store:gone", {"decision": 77}, now())
    await events.sequence()
    told = (await feed(shop))["events"]
    assert [(one["position"], one["data"]) for one in told] == [(1, None), (2, None)]


async def test_no_reader_skips_one_while_many_write(shop: Shop) -> None:
    seen: list[int] = []
    done = asyncio.Event()

    async def read_on() -> None:
        after = 0
        while True:
            finished = done.is_set()
            await asyncio.sleep(0)  # reading alone never lets anybody else in on SQLite
            await events.sequence()
            async with reading():
                found = await events.after(after, 7)
            seen.extend(event.position for event in found)
            after = found[-1].position if found else after
            if finished and not found:
                return

    async def write() -> None:
        await asyncio.gather(*(emit(f"store:{n}", 10) for n in range(8)))
        done.set()

    await asyncio.gather(write(), read_on(), *(events.sequence() for _ in range(3)))
    assert seen == list(range(1, 81))
    async with reading():
        rows = await Event.select(Event.subject, Event.id).order_by(Event.position)
    for n in range(8):
        ids = [row["id"] for row in rows if row["subject"] == f"store:{n}"]
        assert ids == sorted(ids)


async def test_pages_follow_each_other(shop: Shop) -> None:
    await emit("store:x", 5)
    await events.sequence()
    first = await feed(shop, limit=2)
    second = await feed(shop, after=first["next"], limit=2)
    assert [one["position"] for one in second["events"]] == [3, 4]


async def test_only_with_the_scope_and_sound_numbers(shop: Shop) -> None:
    other = await open_shop(shop.client._transport.app, Scope.ORDERS_READ)  # type: ignore[attr-defined]
    assert (await other.get("/api/v1/events")).status_code == 403
    await other.client.aclose()
    for query in ("after=-1", "after=x", "limit=0", "limit=201", f"after={10**30}"):
        assert (await shop.get(f"/api/v1/events?{query}")).status_code == 422, query
