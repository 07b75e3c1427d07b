"""POST /webhooks/shop: who may, what is taken, and that it is taken once."""

import asyncio
import base64
import json
from collections.abc import Mapping
from datetime import timedelta

from standardwebhooks import Webhook

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.tables import AuditEntry
from portal.core.stores import queries as stores
from portal.core.supply import queries as supply
from portal.service.connect.tables import ReceivedWebhook
from tests.service.connect.orders import order, parcel, stocked
from tests.service.connect.shop import OPENED, SECRET, Shop, faults, move_clock, product, set_secret, store, vip
from tests.service.connect.test_vips_api import sharing_owner


def named(external_id: str, data: Mapping[str, object]) -> dict[str, object]:
    return {"external_id": external_id, **data}


async def received() -> int:
    async with reading():
        return int(await ReceivedWebhook.count())


async def test_without_a_secret_nothing_can_be_received(shop: Shop) -> None:
    for secret in (None, "whsec_", "whsec_ä"):
        set_secret(secret)
        answer = await shop.webhook("store.opened", {})
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"


async def test_a_store_opens_and_closes(shop: Shop) -> None:
    set_secret()
    body = store()
    opened = await shop.webhook("store.opened", named("s-1", body))
    assert opened.status_code == 200, opened.text
    assert opened.json()["status"] == "taken"
    at = OPENED + timedelta(days=3)
    closed = await shop.webhook("store.closed", named("s-1", body | {"closed_at": at.isoformat()}))
    assert closed.status_code == 200, closed.text
    async with reading():
        found = await stores.store_by_external_id("s-1")
    assert found is not None
    assert found.closed_at == at


async def test_a_store_closes_by_its_id_alone_at_the_messages_time(shop: Shop) -> None:
    set_secret()
    assert (await shop.webhook("store.closed", {"external_id": "s-1"})).status_code == 404
    await shop.webhook("store.opened", named("s-1", store()))
    at = now().replace(microsecond=0)
    for _ in range(2):
        closed = await shop.webhook("store.closed", {"external_id": "s-1"}, at=at)
        assert closed.status_code == 200, closed.text
    async with reading():
        found = await stores.store_by_external_id("s-1")
    assert found is not None
    assert found.closed_at == at


async def test_products_and_suppliers_come_in_any_order(shop: Shop) -> None:
    set_secret()
    await shop.webhook("product.changed", named("honey", product()))
    contact = {"name": "王", "phone": "02988888888", "email": "q@example.test"}
    supplier = {"name": "秦岭蜂场", "kind": "goods", "categories": ["food"], "contact": contact}
    answer = await shop.webhook("supplier.changed", named("qinling", supplier))
    assert answer.status_code == 200, answer.text
    async with reading():
        found = await supply.product_by_external_id("honey")
    assert found is not None
    assert (found.price_fen, found.supplier_name) == (5_900, "秦岭蜂场")


async def test_a_vip_is_bound_and_a_refusal_says_why(shop: Shop) -> None:
    set_secret()
    body = store()
    await shop.webhook("store.opened", named("s-0", body))
    refused = await shop.webhook("vip.registered", named("b-1", vip(owner=body["owner"]["external_id"])))
    assert refused.status_code == 409
    assert {"courses_incomplete", "exam_not_passed"} <= {reason["code"] for reason in refused.json()["reasons"]}
    owner = await sharing_owner(shop)
    set_secret()
    bound = await shop.webhook("vip.registered", named("b-1", vip(owner=owner)))
    assert bound.status_code == 200, bound.text
    async with reading():
        assert await stores.vip_by_external_id("b-1") is not None


async def test_a_refused_message_is_not_kept_so_that_it_can_come_again(shop: Shop) -> None:
    set_secret()
    answer = await shop.webhook("vip.registered", named("b-1", vip(owner="nobody")), ref="again")
    assert faults(answer) == {"data.owner": "vip_leads_nowhere"}
    assert await received() == 0
    owner = await sharing_owner(shop)
    set_secret()
    answer = await shop.webhook("vip.registered", named("b-1", vip(owner=owner)), ref="again")
    assert answer.json()["status"] == "taken"


async def test_the_same_id_again_changes_nothing(shop: Shop) -> None:
    set_secret()
    await shop.webhook("product.changed", named("honey", product()), ref="once")
    async with reading():
        before = await AuditEntry.count()
    again = await shop.webhook("product.changed", named("honey", product(price_fen=1)), ref="once")
    assert (again.status_code, again.json()["status"]) == (200, "repeated")
    async with reading():
        found = await supply.product_by_external_id("honey")
        assert await AuditEntry.count() == before
    assert found is not None
    assert found.price_fen == 5_900


async def test_the_same_id_many_times_at_once_has_one_effect(shop: Shop) -> None:
    set_secret()
    sent = [shop.webhook("product.changed", named("honey", product(price_fen=n)), ref="once") for n in range(1, 9)]
    answers = await asyncio.gather(*sent)
    assert sorted(answer.json()["status"] for answer in answers) == ["repeated"] * 7 + ["taken"]
    assert await received() == 1


async def test_wrong_signatures_and_stale_times_are_401(shop: Shop) -> None:
    set_secret()
    data = named("honey", product())
    right = base64.b64encode(b"0" * 32).decode()
    stale, early = now() - timedelta(minutes=6), now() + timedelta(minutes=6)
    answers = [
        await shop.webhook("product.changed", data, secret="whsec_d3Jvbmctc2VjcmV0LXdyb25nLXNlY3JldA=="),
        await shop.webhook("product.changed", data, sent_body=json.dumps({"type": "product.changed"})),
        await shop.webhook("product.changed", data, at=stale),
        await shop.webhook("product.changed", data, at=early),
        await shop.webhook("product.changed", data, signature=f"v1,{right}"),
        await shop.webhook("product.changed", data, signature="v1"),
        await shop.webhook("product.changed", data, signature="v1,not base64, ,,"),
        await shop.webhook("product.changed", data, signature="v1a,x v2,y"),
        await shop.webhook("product.changed", data, headers={"webhook-timestamp": "now"}),
        await shop.webhook("product.changed", data, headers={"webhook-timestamp": "9" * 40}),
        await shop.webhook("product.changed", data, headers={"webhook-id": "another"}),
        await shop.webhook("product.changed", data, headers={"webhook-signature": ""}),
        await shop.webhook("product.changed", data, sent_body=b"\xff\xfe\x00"),
        await shop.webhook("product.changed", data, ref="x" * 121),
        await shop.client.post("/webhooks/shop", json=data),
    ]
    assert [answer.status_code for answer in answers] == [401] * len(answers)
    assert {answer.json()["title"] for answer in answers} == {"webhook_unsigned"}
    assert await received() == 0


async def test_one_right_signature_among_several_is_enough(shop: Shop) -> None:
    set_secret()
    at = now()
    body = json.dumps({"type": "product.changed", "timestamp": at.isoformat(), "data": named("tea", product())})
    new = Webhook(SECRET).sign("m", at, body)  # beside that of another secret, while it is replaced
    answer = await shop.webhook("", {}, at=at, ref="m", body=body, signature=f"v1,AAAA {new}")
    assert answer.status_code == 200


async def test_the_portals_clock_says_what_is_stale(shop: Shop) -> None:
    set_secret()
    real = now()
    move_clock("+10m")
    assert (await shop.webhook("product.changed", named("honey", product()), at=real)).status_code == 401
    assert (await shop.webhook("product.changed", named("honey", product()))).status_code == 200


async def test_a_payment_of_nothing_we_know_is_not_kept(shop: Shop) -> None:
    set_secret()
    answer = await shop.webhook("compensation.paid", {"ref": "1", "amount_fen": 100})
    assert answer.status_code == 404
    assert await received() == 0


async def test_orders_and_parcels_come_in_any_order_and_more_than_once(shop: Shop) -> None:
    await stocked(shop)
    set_secret()
    early = await shop.webhook("parcel.changed", parcel() | {"order": "A-1"}, ref="p-1")
    assert early.status_code == 404  # not kept, so that the shop tries it again
    shipped = order(status="shipped", updated_at=(OPENED + timedelta(hours=5)).isoformat()) | {"number": "A-1"}
    for ref, body in (("o-2", shipped), ("o-1", order() | {"number": "A-1"}), ("o-2", shipped)):
        assert (await shop.webhook("order.changed", body, ref=ref)).status_code == 200, ref
    assert (await shop.webhook("parcel.changed", parcel() | {"order": "A-1"}, ref="p-1")).json()["status"] == "taken"
    told = (await shop.get("/api/v1/orders/A-1")).json()
    assert (told["status"], told["parcels"][0]["state"]) == ("shipped", "in_transit")


async def test_a_fault_in_an_order_or_parcel_is_told_at_its_field(shop: Shop) -> None:
    await stocked(shop)
    set_secret()
    wrong: list[tuple[str, dict[str, object], dict[str, str]]] = [
        ("order.changed", order(), {"data.number": "required"}),
        ("order.changed", order(vip="nobody") | {"number": "A-1"}, {"data.vip": "order_vip_unknown"}),
        ("parcel.changed", parcel(), {"data.order": "required"}),
        ("parcel.changed", parcel() | {"order": "A", "number": "A"}, {"data.order": "connect.fault.one_of"}),
        ("return.changed", {"answer": "approved"}, {"data.ref": "required"}),
    ]
    for kind, body, expected in wrong:
        found = faults(await shop.webhook(kind, body))
        assert expected.items() <= found.items(), (kind, found)
    assert await received() == 0


async def test_every_fault_is_told_at_its_field(shop: Shop) -> None:
    set_secret()
    at = now().isoformat()
    bodies: list[tuple[object, dict[str, str]]] = [
        ([], {"": "not_object"}),
        ({}, {"type": "required", "timestamp": "required", "data": "required"}),
        ({"type": "store.burnt", "timestamp": at, "data": {}}, {"type": "not_choice"}),
        ({"type": "store.opened", "timestamp": "now", "data": {}}, {"timestamp": "not_instant"}),
        ({"type": "store.opened", "timestamp": at, "data": []}, {"data": "malformed"}),
        ({"type": "product.changed", "timestamp": at, "data": product()}, {"data.external_id": "required"}),
        (
            {"type": "product.changed", "timestamp": at, "data": named("a/b", product())},
            {"data.external_id": "malformed"},
        ),
        (
            {"type": "product.changed", "timestamp": at, "data": named("a", product(commission_bp=1, colour="red"))},
            {"data.commission_bp": "too_small", "data.colour": "unknown"},
        ),
        (
            {"type": "store.opened", "timestamp": at, "data": named("a", store(closed_at="2027-12-01T00:00:00Z"))},
            {"data.closed_at": "store_still_to_come"},
        ),
        (
            {"type": "store.opened", "timestamp": at, "data": named("a", store(manager="nobody"))},
            {"data.manager": "manager_unknown"},
        ),
    ]
    for body, expected in bodies:
        assert faults(await shop.webhook("", {}, body=json.dumps(body))) == expected, body
    for text in ("{", "[" * 20_000):
        assert faults(await shop.webhook("", {}, body=text)) == {"": "not_json"}


async def test_a_body_too_large_is_not_even_checked(shop: Shop) -> None:
    set_secret()
    answer = await shop.webhook("product.changed", {"padding": "x" * 1_000_000})
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
