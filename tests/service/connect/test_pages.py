"""/admin/webhooks: adding an address, seeing how tries went, sending again."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import counting_queries, reading, writing
from portal.core.base.tables import AuditEntry
from portal.core.base.worker import drain
from portal.service.connect import queries
from portal.service.connect.actions import add_endpoint, disable_endpoint, send_ping
from portal.service.connect.tables import Delivery
from tests import make
from tests.browse import Browser
from tests.service.connect.receiver import Receiver
from tests.service.connect.shop import move_clock

HOME = "/admin/webhooks"


@pytest.fixture
async def ada(browser: Browser) -> Browser:
    """An admin's browser."""
    return await make.sign_in(browser, await make.person("admin", "Ada"))


async def only_endpoint() -> queries.EndpointState:
    async with reading():
        (state,) = await queries.endpoints()
    return state


async def test_an_added_address_shows_its_secret_once(ada: Browser, receiver: Receiver) -> None:
    empty = await ada.get(HOME)
    assert "还没有接收地址" in empty
    added = await ada.submit(empty, HOME, url=receiver.url)
    assert added.status == 200, added.text
    assert receiver.url in added
    secret = next(word for word in added.text.split() if word.startswith("whsec_"))
    assert "whsec_" not in await ada.get(HOME)
    state = await only_endpoint()
    await ada.submit(await ada.get(f"{HOME}/{state.info.id}"), f"{HOME}/{state.info.id}/ping")
    await drain()
    assert receiver.heard[0].verified(secret)["type"] == "ping"
    shown = await ada.get(f"{HOME}/{state.info.id}")
    assert "已送达（204）" in shown
    assert receiver.heard[0].webhook_id in shown
    async with reading():
        acts = {row["action"] for row in await AuditEntry.select(AuditEntry.action)}
    assert {"webhook.added", "webhook.pinged"} <= acts


async def test_the_same_form_sent_twice_adds_one_address(ada: Browser, receiver: Receiver) -> None:
    page = await ada.get(HOME)
    for _ in range(2):
        await ada.submit(page, HOME, url=receiver.url)
    assert (await only_endpoint()).info.active


async def test_wrong_addresses_are_told_at_the_field_and_what_was_typed_stays(ada: Browser, receiver: Receiver) -> None:
    await add_endpoint(SYSTEM, receiver.url, now())
    wrong = {
        "": "这一项还没填",
        "shop.example/hooks": "地址要以",
        "https://user:word@shop.example/": "不能带用户名",
        "https:///hooks": "不是完整的网址",
        "http://10.0.0.1/": "通向内网",
        "http://169.254.169.254/latest": "通向内网",
        "https://" + "x" * 500: "太长了",
        receiver.url: "已经在用了",
    }
    page = await ada.get(HOME)
    for url, sentence in wrong.items():
        refused = await ada.submit(page, HOME, url=url)
        assert refused.status in (409, 422), url
        assert sentence in refused, url
        assert f'value="{url}"' in refused or not url
    await only_endpoint()


async def test_adding_and_enabling_want_the_password_anew(ada: Browser, receiver: Receiver) -> None:
    page = await ada.get(HOME)
    move_clock("+20m")
    assert "/me/confirm?next=/admin/webhooks" in (await ada.get(HOME)).links
    sent = await ada.post(HOME, page.form(HOME).fields | {"url": receiver.url})
    assert sent.response.headers["location"] == "/me/confirm?next=%2Fadmin%2Fwebhooks"
    async with reading():
        assert await queries.endpoints() == []


async def test_disabled_and_enabled_again(ada: Browser, receiver: Receiver) -> None:
    endpoint_id, _ = await add_endpoint(SYSTEM, receiver.url, now())
    path = f"{HOME}/{endpoint_id}"
    off = await ada.submit(await ada.get(path), f"{path}/disablement")
    assert "已停用" in off
    assert (await only_endpoint()).info.disabled_code == "admin"
    on = await ada.submit(off, f"{path}/enablement")
    assert "使用中" in on
    assert (await only_endpoint()).info.active


async def test_an_address_in_use_cannot_be_enabled_a_second_time(ada: Browser, receiver: Receiver) -> None:
    endpoint_id, _ = await add_endpoint(SYSTEM, receiver.url, now())
    await disable_endpoint(SYSTEM, endpoint_id, "admin", now())
    await add_endpoint(SYSTEM, receiver.url, now())
    path = f"{HOME}/{endpoint_id}"
    refused = await ada.submit(await ada.get(path), f"{path}/enablement")
    assert refused.status == 409
    assert "已经在用了" in refused


async def test_dead_letters_are_sent_again_one_or_all(ada: Browser, receiver: Receiver) -> None:
    endpoint_id, _ = await add_endpoint(SYSTEM, receiver.url, now())
    receiver.answers = [410]
    refs = [await send_ping(SYSTEM, endpoint_id, now()) for _ in range(3)]
    await drain()
    path = f"{HOME}/{endpoint_id}"
    gone = await ada.get(path)
    assert "对方不再接收" in gone
    assert all(ref in gone for ref in refs)
    page = await ada.submit(gone, f"{path}/enablement")
    one = next(form for form in page.forms if form.fields.get("ref") == refs[1])
    await ada.post(one.action, one.fields)
    await drain()
    assert [heard.webhook_id for heard in receiver.heard] == [refs[0], refs[1]]
    page = await ada.get(path)
    everything = [f for f in page.forms if f.action == f"{path}/redelivery" and "ref" not in f.fields]
    await ada.post(everything[0].action, everything[0].fields)
    await drain()
    assert {heard.webhook_id for heard in receiver.heard} == set(refs)
    again = await ada.post(one.action, one.fields | {"_key": "another"})
    assert again.status == 409


async def test_lists_go_on_by_key_with_few_queries(ada: Browser) -> None:
    endpoint_id, _ = await add_endpoint(SYSTEM, "https://shop.example/hooks", now())
    at = now()
    async with writing():
        made = [
            Delivery(endpoint=endpoint_id, ref=f"ref-{n:03}", topic="ping", at=at + timedelta(seconds=n), status=200)
            for n in range(70)
        ]
        await Delivery.insert(*made)
    for path in (HOME, f"{HOME}/{endpoint_id}"):
        with counting_queries() as count:
            first = await ada.get(path)
        assert len(count) <= 12
        assert "ref-069" in first
        assert "ref-039" not in first
        second = await ada.get(next(link for link in first.links if "after=" in link))
        assert "ref-039" in second
        assert "ref-069" not in second


async def test_what_is_not_there_is_a_404(ada: Browser) -> None:
    for path in (f"{HOME}/1", f"{HOME}/{2**70}", f"{HOME}/x"):
        assert (await ada.get(path)).status == 404, path
    page = await ada.get(HOME)
    fields = {"_csrf": page.form(HOME).fields["_csrf"]}
    for act in ("ping", "disablement", "enablement", "redelivery"):
        assert (await ada.post(f"{HOME}/1/{act}", fields)).status == 404, act


@pytest.mark.parametrize("role", ["owner", "manager", "agent", "desk_lead"])
async def test_nobody_but_admins_sees_it(open_browser: Callable[[], Browser], role: str) -> None:
    browser = await make.sign_in(open_browser(), await make.person(role, "Somebody"))
    assert (await browser.get(HOME)).status == 403


async def test_it_speaks_english_too(browser: Browser, receiver: Receiver) -> None:
    ada = await make.sign_in(browser, await make.person("admin", "Ada", language="en"))
    endpoint_id, _ = await add_endpoint(SYSTEM, receiver.url, now())
    assert "Webhooks" in await ada.get(HOME)
    assert "Send a test" in await ada.get(f"{HOME}/{endpoint_id}")


async def test_a_replaced_secret_is_shown_once_and_both_sign_for_a_day(ada: Browser, receiver: Receiver) -> None:
    added = await ada.submit(await ada.get(HOME), HOME, url=receiver.url)
    old = next(word for word in added.text.split() if word.startswith("whsec_"))
    path = f"{HOME}/{(await only_endpoint()).info.id}"
    replaced = await ada.submit(await ada.get(path), f"{path}/secret")
    new = next(word for word in replaced.text.split() if word.startswith("whsec_"))
    assert new != old
    assert "whsec_" not in await ada.get(path)
    await ada.submit(await ada.get(path), f"{path}/ping")
    await drain()
    assert receiver.heard[0].verified(old)["type"] == receiver.heard[0].verified(new)["type"] == "ping"
    move_clock("+25h")
    async with writing():
        await send_ping(SYSTEM, (await only_endpoint()).info.id, now())
    await drain()
    assert len(receiver.heard[-1].headers["webhook-signature"].split()) == 1
