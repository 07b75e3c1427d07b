"""Messages on their way by each of the three channels."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from portal import wiring
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.base.events import RENDERERS
from portal.core.base.refusals import Refused
from portal.core.base.settings import settings, use_settings
from portal.core.base.tables import Event, Outbox
from portal.core.base.worker import drain
from portal.service.mandates.codes import code_of
from portal.service.messages.actions import TOPIC, send_again
from portal.service.messages.personal import erase_buyer, export_buyer
from portal.service.messages.rules import State
from portal.service.messages.tables import BuyerMessage
from tests.service.connect.receiver import CUT, Receiver
from tests.service.messages import make
from tests.service.orders import make as orders

pytestmark = pytest.mark.usefixtures("app")
SECRET = "whsec_c2hhcmUtYWZ0ZXItbGVhcm5pbmctZGVtby1rZXk="


@pytest.fixture
async def gateway() -> AsyncIterator[Receiver]:
    """An SMS gateway on this machine."""
    made = Receiver()
    await made.start()
    use_settings(replace(settings(), buyer_messages=made.url, webhook_secret=SECRET))
    yield made
    await made.stop()


async def due_again() -> None:
    """Let the next try come at once."""
    async with writing():
        await Outbox.update({Outbox.due_at: now() - timedelta(seconds=1)}, force=True)


async def dead() -> list[str]:
    async with reading():
        rows = await Outbox.select(Outbox.last_error).where(Outbox.topic == TOPIC, Outbox.dead_at.is_not_null())
    return [row["last_error"] for row in rows]


async def said_events() -> list[dict[str, Any]]:
    """What the shop is told to say."""
    async with reading():
        rows = await Event.select(Event.type, Event.subject, Event.payload)
    return [row for row in rows if row["type"] == "buyer.message"]


async def test_a_folder_gets_a_file_a_message(tmp_path: Path) -> None:
    use_settings(replace(settings(), buyer_messages=f"file://{tmp_path}/told"))
    buyer = await make.buyer()
    order = await orders.order(buyer)
    told = await make.tell(buyer, order_id=order.id, way="/promise")
    await drain()
    files = list((tmp_path / "told").iterdir())
    assert [json.loads(file.read_text()) for file in files] == [
        {
            "vip": buyer.external_id,
            "phone": "13912345678",
            "kind": make.KIND,
            "text": "李芳的小店不再需要您授权的那件事了，您不用做什么。 http://127.0.0.1:8000/promise",
            "order": order.number,
            "url": "http://127.0.0.1:8000/promise",
        }
    ]
    assert (await make.message(told)).state is State.SENT
    assert [event["subject"] for event in await said_events()] == [f"vip:{buyer.external_id}"]


async def test_a_gateway_gets_it_signed_and_in_the_sites_language(gateway: Receiver) -> None:
    use_settings(replace(settings(), language="en"))
    told = await make.tell(await make.buyer())
    await drain()
    body = gateway.heard[0].verified(SECRET)
    assert body["type"] == "buyer.message"
    assert body["data"]["text"].endswith("no longer needs your consent; there is nothing for you to do.")
    assert body["data"]["phone"] == "13912345678"
    assert (await make.message(told)).channel == "gateway"
    assert await said_events() == []


async def test_a_gateway_that_is_away_is_tried_again(gateway: Receiver) -> None:
    gateway.answers[:] = [503, CUT]
    told = await make.tell(await make.buyer())
    for state in (State.FAILED, State.FAILED, State.SENT):
        await drain()
        assert (await make.message(told)).state is state
        await due_again()
    assert len({heard.webhook_id for heard in gateway.heard}) == 1
    assert len(gateway.heard) == 3


async def test_what_a_gateway_refuses_is_kept_until_an_admin_sends_it_again(gateway: Receiver) -> None:
    gateway.answers[:] = [400]
    told = await make.tell(await make.buyer())
    await drain()
    assert (await make.message(told)).failed == "refused"
    assert await dead() == ["the gateway refuses it: 400"]
    await send_again(SYSTEM, told, now())
    await drain()
    assert (await make.message(told)).state is State.SENT
    with pytest.raises(Refused, match="message_not_failed"):
        await send_again(SYSTEM, told, now())


async def test_one_that_is_tried_again_anyway_is_not_sent_twice(gateway: Receiver) -> None:
    gateway.answers[:] = [503]
    told = await make.tell(await make.buyer())
    await drain()
    await send_again(SYSTEM, told, now())
    await drain()
    assert (await make.message(told)).state is State.SENT
    await due_again()
    await drain()
    assert len(gateway.heard) == 2


async def test_a_message_without_a_text_is_never_sent(gateway: Receiver) -> None:
    told = await make.tell(await make.buyer(), kind="nobody_wrote_this")
    await drain()
    assert (await make.message(told)).failed == "wordless"
    assert gateway.heard == []


async def test_the_shop_hears_an_event_that_says_it(gateway: Receiver) -> None:
    use_settings(replace(settings(), buyer_messages="shop"))
    wiring.join()
    buyer = await make.buyer()
    told = await make.tell(buyer, kind="mandate_code", params={"nonce": "a-nonce", "minutes": 15})
    await drain()
    await drain()
    assert (await make.message(told)).channel == "shop"
    events = await said_events()
    assert [event["subject"] for event in events] == [f"vip:{buyer.external_id}"]
    assert code_of("a-nonce") not in events[0]["payload"]
    said = await RENDERERS["buyer.message"](json.loads(events[0]["payload"]), events[0]["subject"])
    assert said is not None
    assert code_of("a-nonce") in str(said.data["text"])
    assert gateway.heard == []


async def test_an_erased_buyer_is_told_nothing_more(gateway: Receiver) -> None:
    buyer = await make.buyer()
    told = await make.tell(buyer, way="/promise")
    async with writing():
        await BuyerMessage.raw("UPDATE vips SET phone = {} WHERE id = {}", "—", buyer.id)
        exported = await export_buyer(buyer.id)
        await erase_buyer(buyer.id, now())
    assert "李芳的小店" in str(exported)
    await drain()
    message = await make.message(told)
    assert (message.failed, message.params, message.way) == ("erased", {}, None)
    assert gateway.heard == []
    with pytest.raises(Refused, match="message_not_failed"):
        await send_again(SYSTEM, told, now())
