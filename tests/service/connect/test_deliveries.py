"""Events on their way out: fanned out once, delivered in order, tried again, given up, and never twice under two ids."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

from portal import wiring
from portal.core.base import outbox
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.base.leases import claim
from portal.core.base.settings import settings, use_settings
from portal.core.base.tables import AuditEntry, Outbox
from portal.core.base.worker import REGISTRY, drain, handle
from portal.service.connect import queries
from portal.service.connect.actions import (
    add_endpoint,
    disable_endpoint,
    enable_endpoint,
    ensure_configured_endpoint,
    send_again,
    send_ping,
)
from portal.service.connect.deliveries import deliver, fan_out
from portal.service.connect.sweeps import tidy
from portal.service.connect.tables import Delivery, Endpoint
from tests.service.connect.receiver import Receiver
from tests.service.connect.shop import OPENED, SECRET, Shop, in_production, move_clock, store


async def endpoint_for(receiver: Receiver) -> tuple[int, str]:
    return await add_endpoint(SYSTEM, receiver.url, now())


async def rows(topic: str) -> list[Any]:
    async with reading():
        return list(await Outbox.objects().where(Outbox.topic == topic).order_by(Outbox.id))


async def tries() -> list[tuple[int | None, str | None]]:
    async with reading():
        found = await Delivery.select(Delivery.status, Delivery.error).order_by(Delivery.id)
    return [(row["status"], row["error"]) for row in found]


async def test_a_change_of_a_right_arrives_signed_with_the_endpoints_own_secret(shop: Shop, receiver: Receiver) -> None:
    _, secret = await endpoint_for(receiver)
    body = store()
    right = (await shop.put("/stores/s-1", body)).json()["share_right"]
    await drain()
    (heard,) = receiver.heard
    told = heard.verified(secret)
    assert told["type"] == "share_right.changed"
    assert told["subject"] == "store:s-1"
    assert told["timestamp"] == told["data"]["decided_at"]
    event, message = (await rows("event"))[0], (await rows("webhook"))[0]
    assert (told["id"], heard.webhook_id) == (event.ref, message.ref)
    data = told["data"]
    assert (data["owner"], data["store"], data["decision"]) == (right["owner"], "s-1", right["decision"])
    assert (data["status"], data["may_share"], data["may_self_purchase"]) == ("learning", False, True)
    assert data["reasons"] == [reason["code"] for reason in right["reasons"]]
    assert data["valid_until"] is None
    assert body["owner"]["name"] not in heard.body.decode()
    assert await tries() == [(204, None)]


async def test_every_endpoint_in_use_hears_of_it_and_others_do_not(shop: Shop, receiver: Receiver) -> None:
    second = Receiver()
    await second.start()
    first_id, _ = await endpoint_for(receiver)
    await endpoint_for(second)
    await disable_endpoint(SYSTEM, first_id, "admin", now())
    await shop.put("/stores/s-1", store())
    await drain()
    assert (len(receiver.heard), len(second.heard)) == (0, 1)
    await enable_endpoint(SYSTEM, first_id, now())
    await shop.put("/stores/s-2", store())
    await drain()
    assert (len(receiver.heard), len(second.heard)) == (1, 2)
    assert receiver.heard[0].webhook_id != second.heard[1].webhook_id
    await second.stop()


async def test_a_failure_is_tried_again_under_the_same_id(shop: Shop, receiver: Receiver) -> None:
    _, secret = await endpoint_for(receiver)
    receiver.answers = [500, 302, 200]
    await shop.put("/stores/s-1", store())
    await drain()
    assert len(receiver.heard) == 1
    for moved, heard in (("+1m", 2), ("+10m", 3), ("+2h", 3)):
        move_clock(moved)
        await drain()
        assert len(receiver.heard) == heard
    assert len({heard.webhook_id for heard in receiver.heard}) == 1
    assert len({heard.body for heard in receiver.heard}) == 1
    assert receiver.heard[-1].verified(secret)["data"]["store"] == "s-1"
    assert await tries() == [(500, None), (302, None), (200, None)]


async def test_messages_about_one_subject_stay_in_order_and_others_need_not_wait(
    shop: Shop, receiver: Receiver
) -> None:
    await endpoint_for(receiver)
    receiver.answers = [500]
    body = store()
    await shop.put("/stores/s-1", body)
    await drain()
    await shop.put("/stores/s-1", body | {"closed_at": (OPENED + timedelta(days=1)).isoformat()})
    await shop.put("/stores/s-1", body)
    await shop.put("/stores/s-2", store())
    await drain()
    assert [heard.data["store"] for heard in receiver.heard] == ["s-1", "s-2"]
    move_clock("+1m")
    await drain()
    about_first = [heard.data["status"] for heard in receiver.heard if heard.data["store"] == "s-1"]
    assert about_first == ["learning", "learning", "closed", "learning"]


async def test_who_answers_410_is_told_no_more(shop: Shop, receiver: Receiver) -> None:
    endpoint_id, _ = await endpoint_for(receiver)
    receiver.answers = [410]
    await shop.put("/stores/s-1", store())
    await drain()
    await shop.put("/stores/s-2", store())
    await drain()
    assert len(receiver.heard) == 1
    async with reading():
        state = await queries.endpoint(endpoint_id)
        audited = await AuditEntry.exists().where(AuditEntry.action == "webhook.disabled")
        (letter,) = await queries.dead_letters(endpoint_id, 10)
    assert state is not None
    assert state.info.disabled_code == "gone"
    assert audited
    assert (letter.type, letter.subject, letter.attempts) == ("share_right.changed", "store:s-1", 1)


async def test_what_is_given_up_can_be_sent_again(shop: Shop, receiver: Receiver) -> None:
    endpoint_id, _ = await endpoint_for(receiver)
    receiver.answers = [500] * 10
    await shop.put("/stores/s-1", store())
    for day in range(12):
        move_clock(f"+{2 * day}d")
        await drain()
    assert len(receiver.heard) == 10
    async with reading():
        (letter,) = await queries.dead_letters(endpoint_id, 10)
    assert await send_again(SYSTEM, endpoint_id, now(), ref=letter.ref) == 1
    await drain()
    assert receiver.heard[-1].webhook_id == letter.ref
    assert len(receiver.heard) == 11
    async with reading():
        assert await queries.dead_count(endpoint_id) == 0


async def test_a_worker_that_dies_before_noting_the_answer_sends_the_same_id_again(
    shop: Shop, receiver: Receiver
) -> None:
    await endpoint_for(receiver)
    await shop.put("/stores/s-1", store())
    (event,) = [held for held in await claim(Outbox, now(), 50) if held.row["topic"] == "event"]
    await handle(event)
    (held,) = [one for one in await claim(Outbox, now(), 50, lease_seconds=0.05) if one.row["topic"] == "webhook"]
    await deliver(held)  # and here it dies: nobody marks the row as done
    await asyncio.sleep(0.2)
    (again,) = [one for one in await claim(Outbox, now(), 50) if one.row["topic"] == "webhook"]
    assert not await held.finish(now())  # the dead one's lease is worth nothing any more
    await handle(again)
    assert [heard.webhook_id for heard in receiver.heard] == [held.row["ref"]] * 2
    assert (await rows("webhook"))[0].done_at is not None


async def test_a_worker_that_dies_while_fanning_out_leaves_nothing_half_done(shop: Shop, receiver: Receiver) -> None:
    await endpoint_for(receiver)
    await shop.put("/stores/s-1", store())
    (stalled,) = [h for h in await claim(Outbox, now(), 50, lease_seconds=0.05) if h.row["topic"] == "event"]
    await asyncio.sleep(0.2)
    (held,) = [one for one in await claim(Outbox, now(), 50) if one.row["topic"] == "event"]
    await handle(held)
    await handle(stalled)  # it wakes up and goes on, with a lease that is another's now
    assert len(await rows("webhook")) == 1
    await drain()
    assert len(receiver.heard) == 1


async def test_in_production_a_message_to_this_machine_is_not_sent(shop: Shop, receiver: Receiver) -> None:
    await endpoint_for(receiver)
    await shop.put("/stores/s-1", store())
    in_production()
    await drain()
    assert receiver.connections == 0
    assert await tries() == [(None, "address")]


async def test_an_event_that_nobody_can_render_is_given_up(shop: Shop, receiver: Receiver) -> None:
    endpoint_id, _ = await endpoint_for(receiver)
    async with writing():
        for event in ({"type": "unheard.of"}, {"type": "share_right.changed", "decision": 999}):
            await outbox.send("event", "store:s-1", event, now(), lane="store:s-1")
    await drain()
    assert receiver.connections == 0
    async with reading():
        assert await queries.dead_count(endpoint_id) == 2


async def test_a_ping_goes_to_its_endpoint_alone(shop: Shop, receiver: Receiver) -> None:
    endpoint_id, secret = await endpoint_for(receiver)
    ref = await send_ping(SYSTEM, endpoint_id, now())
    await drain()
    told = receiver.heard[0].verified(secret)
    assert (told["type"], told["data"], told["id"]) == ("ping", {}, ref)


# ---- the endpoint of the settings ----


async def configured() -> list[tuple[str, str | None]]:
    async with reading():
        found = await Endpoint.objects().where(Endpoint.configured.eq(True)).order_by(Endpoint.id)
    return [(row.url, row.disabled_code) for row in found]


def name(url: str | None, secret: str | None = SECRET) -> None:
    use_settings(replace(settings(), webhook_url=url, webhook_secret=secret))


async def test_the_settings_name_an_endpoint_with_a_secret_of_its_own(shop: Shop, receiver: Receiver) -> None:
    name(receiver.url)
    for _ in range(2):
        await ensure_configured_endpoint(now())
    assert await configured() == [(receiver.url, None)]
    await shop.put("/stores/s-1", store())
    await drain()
    receiver.heard[0].verified(SECRET)
    other = "whsec_YW5vdGhlci1zZWNyZXQtb2YtdGhlLXNldHRpbmdz"
    name(receiver.url, other)
    await ensure_configured_endpoint(now())
    await shop.put("/stores/s-2", store())
    await drain()
    receiver.heard[1].verified(other)


async def test_an_address_that_the_settings_name_no_longer_is_disabled(database: str) -> None:
    name("https://old.example/hooks")
    await ensure_configured_endpoint(now())
    name("https://new.example/hooks")
    await ensure_configured_endpoint(now())
    assert await configured() == [("https://old.example/hooks", "settings"), ("https://new.example/hooks", None)]
    name("https://old.example/hooks")
    await ensure_configured_endpoint(now())
    assert await configured() == [("https://old.example/hooks", None), ("https://new.example/hooks", "settings")]
    name(None)
    await ensure_configured_endpoint(now())
    assert [code for _, code in await configured()] == ["settings", "settings"]


async def test_what_an_admin_or_the_receiver_has_disabled_stays_so(database: str) -> None:
    name("https://shop.example/hooks")
    await ensure_configured_endpoint(now())
    async with reading():
        (endpoint_id,) = await queries.active_endpoints()
    await disable_endpoint(SYSTEM, endpoint_id, "gone", now())
    await ensure_configured_endpoint(now())
    assert await configured() == [("https://shop.example/hooks", "gone")]


async def test_unusable_settings_make_no_endpoint(database: str) -> None:
    for url, secret in (
        ("https://shop.example/", None),
        ("file:///etc", SECRET),
        ("https://u:p@shop.example/", SECRET),
    ):
        name(url, secret)
        await ensure_configured_endpoint(now())
    assert await configured() == []


async def test_old_tries_are_forgotten(shop: Shop, receiver: Receiver) -> None:
    endpoint_id, _ = await endpoint_for(receiver)
    await send_ping(SYSTEM, endpoint_id, now())
    await drain()
    await tidy()
    assert len(await tries()) == 1
    move_clock("+31d")
    await tidy()
    assert await tries() == []


def test_the_worker_knows_both_handlers() -> None:
    wiring.join()
    assert (REGISTRY.topics["event"], REGISTRY.topics["webhook"]) == (fan_out, deliver)
