"""The webhooks of Shopify, Saleor, Medusa and Kuaidi100, as these systems send them."""

import base64
import copy
import hashlib
import hmac
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.settings import settings, use_settings
from portal.core.web.programs import IllShaped
from portal.service.connect.adapters import kuaidi100, medusa, saleor, shopify
from portal.service.orders.tables import Order
from tests.make import serial
from tests.service.connect.orders import order, parcel, stocked
from tests.service.connect.shop import SECRET, Shop, faults, product, vip
from tests.service.connect.test_vips_api import sharing_owner

PAYLOADS = Path(__file__).parent / "payloads"
SECRETS = {"shopify": "shpss_1", "saleor": "saleor-1", "medusa": SECRET, "kuaidi100": "salt-1"}


@pytest.fixture(autouse=True)
def _open(own_settings: object) -> None:
    use_settings(replace(settings(), adapter_secrets=SECRETS))


def payload(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_text())
    return found


def text(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()


async def by_shopify(
    shop: Shop, body: Any, topic: str = "orders/updated", ref: str = "", **sent: str
) -> httpx.Response:
    sign = base64.b64encode(hmac.new(b"shpss_1", text(body), hashlib.sha256).digest()).decode()
    headers = {
        "X-Shopify-Topic": topic,
        "X-Shopify-Hmac-SHA256": sign,
        "X-Shopify-Webhook-Id": ref or serial("w"),
        "X-Shopify-Shop-Domain": "xinghua.myshopify.example",
        "Authorization": "",
    }
    return await shop.client.post("/webhooks/shopify", content=text(body), headers=headers | sent)


async def by_saleor(shop: Shop, body: Any, event: str = "order_updated", **sent: str) -> httpx.Response:
    sign = hmac.new(b"saleor-1", text(body), hashlib.sha256).hexdigest()
    headers = {"Saleor-Event": event, "Saleor-Signature": sign, "Saleor-Domain": "saleor.example", "Authorization": ""}
    return await shop.client.post("/webhooks/saleor", content=text(body), headers=headers | sent)


async def by_medusa(shop: Shop, body: Any, **sent: str) -> httpx.Response:
    at, ref, plain = now(), serial("m"), text(body).decode("utf-8", "replace")
    headers = {
        "webhook-id": ref,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(SECRET).sign(ref, at, plain),
        "Authorization": "",
    }
    return await shop.client.post("/webhooks/medusa", content=text(body), headers=headers | sent)


async def by_kuaidi(shop: Shop, body: Any, salt: str = "salt-1") -> httpx.Response:
    param = text(body).decode("utf-8", "replace")
    sign = hashlib.md5((param + salt).encode(), usedforsecurity=False).hexdigest().upper()
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": ""}
    form = urlencode({"param": param, "sign": sign})
    return await shop.client.post("/webhooks/kuaidi100", content=form, headers=headers)


async def known(shop: Shop, buyer: str, *products: str) -> None:
    owner = await sharing_owner(shop)
    assert (await shop.put(f"/vips/{buyer}", vip(owner=owner))).status_code == 200
    for name in products:
        assert (await shop.put(f"/products/{name}", product())).status_code == 200


async def taken(shop: Shop, number: str) -> dict[str, Any]:
    answer = await shop.get(f"/api/v1/orders/{number}")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_a_shopify_order_with_discount_refund_and_parcel(shop: Shop) -> None:
    await known(shop, "7206018908481", "8220000000001", "8220000000002")
    answer = await by_shopify(shop, payload("shopify_order"))
    assert (answer.status_code, answer.json()["status"]) == (200, "taken"), answer.text
    told = await taken(shop, "1042")
    assert (told["status"], told["share_code"], told["paid_fen"]) == ("delivered", "k3f", 17_110)
    assert [(one["line"], one["product"], one["paid_fen"], one["refunded_fen"]) for one in told["items"]] == [
        ("14166184034624", "8220000000001", 10_620, 5_310),
        ("14166184034625", "8220000000002", 5_490, 0),
    ]
    assert told["address"] == {
        "name": "李芳",
        "phone": "13800001234",
        "region": "浙江省 杭州市",
        "street": "文三路 1 号 2 栋 301",
    }
    (sent,) = told["parcels"]
    assert (sent["carrier"], sent["tracking_number"], sent["state"]) == ("sf-express", "SF1390003344556", "delivered")
    again = await by_shopify(shop, payload("shopify_fulfillment"), "fulfillments/update")
    assert again.status_code == 200, again.text
    (sent,) = (await taken(shop, "1042"))["parcels"]
    assert [one["state"] for one in sent["traces"]] == ["delivered", "in_transit"]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"financial_status": "pending", "fulfillment_status": None}, "placed"),
        ({"financial_status": "authorized", "fulfillment_status": None}, "placed"),
        ({"financial_status": "paid", "fulfillment_status": None}, "paid"),
        ({"financial_status": "paid", "fulfillment_status": "partial"}, "paid"),
        ({"financial_status": "refunded"}, "refunded"),
        ({"financial_status": "voided"}, "cancelled"),
        ({"cancelled_at": "2026-11-03T09:00:00+08:00"}, "cancelled"),
        ({"fulfillments": []}, "shipped"),
    ],
)
def test_where_shopify_says_an_order_is(changes: dict[str, Any], status: str) -> None:
    told = shopify.translated({"x-shopify-topic": "orders/updated"}, text(payload("shopify_order") | changes))
    assert told is not None
    assert told.orders[0].status == status


async def test_a_saleor_order_with_a_part_refunded(shop: Shop) -> None:
    await known(shop, "b-1", "honey")
    body = payload("saleor_order")
    answer = await by_saleor(shop, body)
    assert (answer.status_code, answer.json()["status"]) == (200, "taken"), answer.text
    assert (await by_saleor(shop, body)).json()["status"] == "repeated"
    told = await taken(shop, "2088")
    assert (told["status"], told["vip"], told["paid_fen"], told["share_code"]) == ("shipped", "b-1", 17_700, "k3f")
    assert [(one["product"], one["quantity"], one["refunded_fen"]) for one in told["items"]] == [("honey", 3, 5_900)]
    assert [(one["carrier"], one["tracking_number"]) for one in told["parcels"]] == [("yuantong", "YT7700112233445")]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"status": "UNFULFILLED", "chargeStatus": "NONE"}, "placed"),
        ({"status": "UNFULFILLED"}, "paid"),
        ({"status": "PARTIALLY_FULFILLED"}, "paid"),
        ({"status": "CANCELED"}, "cancelled"),
        ({"status": "RETURNED"}, "refunded"),
    ],
)
def test_where_saleor_says_an_order_is(changes: dict[str, Any], status: str) -> None:
    body = payload("saleor_order")
    told = saleor.translated({"saleor-event": "order_updated"}, text({"order": body["order"] | changes}))
    assert told is not None
    assert told.orders[0].status == status


async def test_a_medusa_order_with_a_part_returned(shop: Shop) -> None:
    await known(shop, "cus_01J9LIFANG", "prod_01HONEY")
    answer = await by_medusa(shop, payload("medusa_order"))
    assert (answer.status_code, answer.json()["status"]) == (200, "taken"), answer.text
    told = await taken(shop, "733")
    assert (told["status"], told["paid_fen"], told["share_code"]) == ("shipped", 11_801, "k3f")
    assert told["items"][0]["refunded_fen"] == 5_900  # half of an odd fen, to the even one
    assert [(one["carrier"], one["tracking_number"]) for one in told["parcels"]] == [("zhongtong", "78300112233")]


async def test_carriers_notes_find_their_parcel(shop: Shop) -> None:
    await stocked(shop)
    await shop.put("/orders/A-1", order(status="shipped"))
    early = await by_kuaidi(shop, payload("kuaidi100_push"))
    assert early.status_code == 404  # so that it is pushed again
    await shop.client.post("/api/v1/orders/A-1/parcels", json=parcel(carrier="shunfeng", traces=[]))
    for _ in range(2):
        answer = await by_kuaidi(shop, payload("kuaidi100_push"))
        assert (answer.status_code, answer.json()) == (200, {"result": True, "returnCode": "200", "message": "ok"})
    (sent,) = (await taken(shop, "A-1"))["parcels"]
    assert [(one["state"], one["at"]) for one in sent["traces"]] == [
        ("out_for_delivery", "2026-11-02T00:30:00Z"),
        ("in_transit", "2026-11-01T15:10:00Z"),
        ("accepted", "2026-11-01T05:10:00Z"),
    ]
    assert sent["lines"] == ["1"]


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("0", "in_transit"),
        ("1001", "in_transit"),
        ("103", "accepted"),
        ("2", "problem"),
        ("209", "problem"),
        ("304", "delivered"),
        ("4", "returned"),
        ("401", "problem"),
        ("501", "out_for_delivery"),
        ("6", "returning"),
        ("7", "in_transit"),
        ("14", "problem"),
        ("999", "in_transit"),
    ],
)
def test_what_a_state_code_means(code: str, state: str) -> None:
    body = payload("kuaidi100_push")
    body["lastResult"]["data"] = [{"context": "x", "ftime": "2026-11-02 08:30:00", "statusCode": code}]
    told = kuaidi100.translated(json.dumps(body))
    assert told is not None
    assert told.traces[0].state == state


def test_without_fine_codes_the_latest_note_has_the_state() -> None:
    body = payload("kuaidi100_push")
    for note in body["lastResult"]["data"]:
        del note["statusCode"]
    body["lastResult"]["state"] = "3"
    told = kuaidi100.translated(json.dumps(body))
    assert told is not None
    assert [str(one.state) for one in told.traces] == ["in_transit", "in_transit", "delivered"]


async def test_what_is_not_ours_is_left_alone(shop: Shop) -> None:
    for answer in (
        await by_shopify(shop, {"id": 1}, "products/update"),
        await by_saleor(shop, {"product": {}}, "product_updated"),
        await by_medusa(shop, {"type": "product.updated", "data": {}}),
    ):
        assert (answer.status_code, answer.json()["status"]) == (200, "ignored"), answer.text
    ended = payload("kuaidi100_push") | {"status": "abort", "lastResult": None}
    assert (await by_kuaidi(shop, ended)).status_code == 200


async def test_unsigned_is_401_and_unset_is_503(shop: Shop) -> None:
    body = payload("shopify_order")
    answers = [
        await by_shopify(shop, body, **{"X-Shopify-Hmac-SHA256": "AAAA"}),
        await by_shopify(shop, body, **{"X-Shopify-Hmac-SHA256": ""}),
        await by_saleor(shop, body, **{"Saleor-Signature": "0" * 64}),
        await by_medusa(shop, body, **{"webhook-signature": "v1,AAAA"}),
        await by_kuaidi(shop, body, salt="another"),
        await shop.client.post("/webhooks/kuaidi100", content=b"\xff\xfe"),
        await shop.client.post("/webhooks/kuaidi100", content="param=1"),
        *[await shop.client.post(f"/webhooks/{name}", json=body) for name in SECRETS],
    ]
    assert [answer.status_code for answer in answers] == [401] * len(answers)
    use_settings(replace(settings(), adapter_secrets={}))
    for name in SECRETS:
        assert (await shop.client.post(f"/webhooks/{name}", json=body)).status_code == 503


async def test_an_unknown_buyer_is_told_and_nothing_is_kept(shop: Shop) -> None:
    body = payload("shopify_order")
    assert faults(await by_shopify(shop, body, ref="w-1")) == {"items[0].product": "order_product_unknown"}
    await known(shop, "someone", "8220000000001", "8220000000002")
    assert faults(await by_shopify(shop, body, ref="w-1")) == {"vip": "order_vip_unknown"}
    async with reading():
        assert await Order.count() == 0


async def test_other_currencies_and_parts_of_a_fen_are_refused(shop: Shop) -> None:
    body = payload("shopify_order")
    assert faults(await by_shopify(shop, body | {"currency": "USD"})) == {"currency": "not_choice"}
    assert faults(await by_shopify(shop, body | {"total_price": "171.105"})) == {"total_price": "malformed"}
    for odd in ("NaN", "Infinity", "1e99"):
        assert (await by_shopify(shop, body | {"total_price": odd})).status_code == 422


Change = Callable[[Any], Any]
ODD = st.sampled_from([None, [], {}, "", "x", -1, 0, 10**30, True, "\u0000", "9" * 400, 1.5, [None], {"id": None}])


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, one in inner for found in _paths(one, (*path, key)))]


def _bent(body: Any, path: tuple[Any, ...], odd: Any) -> Any:
    if not path:
        return odd
    body = copy.deepcopy(body)
    target = body
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = odd
    return body


@given(st.data())
def test_whatever_is_bent_is_told_as_ill_shaped(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(one.stem for one in PAYLOADS.glob("*.json"))))
    body = payload(name)
    bent = text(_bent(body, data.draw(st.sampled_from(_paths(body))), data.draw(ODD)))
    read: dict[str, Change] = {
        "shopify_order": lambda sent: shopify.translated({"x-shopify-topic": "orders/updated"}, sent),
        "shopify_fulfillment": lambda sent: shopify.translated({"x-shopify-topic": "fulfillments/update"}, sent),
        "saleor_order": lambda sent: saleor.translated({"saleor-event": "order_updated"}, sent),
        "medusa_order": lambda sent: medusa.translated({}, sent),
        "kuaidi100_push": lambda sent: kuaidi100.translated(sent.decode()),
    }
    with suppress(IllShaped):
        read[name](bent)
