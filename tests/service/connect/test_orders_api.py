"""PUT and GET /api/v1/orders/{number}, POST …/parcels: the shop's word on an order, whole, and never an older one."""

from datetime import timedelta
from typing import Any

from portal.core.base.database import reading
from portal.core.base.tables import AuditEntry
from portal.service.orders.tables import OrderEvent
from tests.service.connect.orders import ADDRESS, item, order, parcel, stocked, trace
from tests.service.connect.shop import OPENED, Shop, faults, product


def later(hours: int) -> str:
    return (OPENED + timedelta(hours=hours)).isoformat()


async def test_an_order_comes_and_is_read_back_whole(shop: Shop) -> None:
    await stocked(shop)
    body = order(share_code="k3f")
    made = await shop.put("/orders/A-1", body)
    assert made.status_code == 201, made.text
    told = made.json()
    assert (told["created"], told["changed"], told["parcels"]) == (True, True, [])
    assert told["items"] == [item() | {"refunded_fen": 0}]
    assert told["address"] == ADDRESS
    read = (await shop.get("/api/v1/orders/A-1")).json()
    assert read == {name: value for name, value in told.items() if name not in ("created", "changed")}
    for name in ("status", "vip", "paid_fen", "currency", "share_code"):
        assert read[name] == body[name]


async def test_the_same_body_again_changes_nothing(shop: Shop) -> None:
    await stocked(shop)
    body = order()
    await shop.put("/orders/A-1", body)
    async with reading():
        before = (await AuditEntry.count(), await OrderEvent.count())
    again = await shop.put("/orders/A-1", body)
    assert (again.status_code, again.json()["created"], again.json()["changed"]) == (200, False, False)
    async with reading():
        assert (await AuditEntry.count(), await OrderEvent.count()) == before


async def test_what_is_older_is_answered_with_the_present_order(shop: Shop) -> None:
    await stocked(shop)
    await shop.put("/orders/A-1", order(status="shipped", updated_at=later(5)))
    answer = await shop.put("/orders/A-1", order(status="paid", updated_at=later(4)))
    assert (answer.status_code, answer.json()["status"], answer.json()["changed"]) == (200, "shipped", False)
    assert (await shop.get("/api/v1/orders/A-1")).json()["status"] == "shipped"


async def test_a_newer_word_replaces_the_whole(shop: Shop) -> None:
    await stocked(shop)
    await shop.put("/orders/A-1", order(items=[item(), item(line="2", paid_fen=100)], paid_fen=11_900))
    newer = order(updated_at=later(9), items=[item(refunded_fen=11_800)], status="refunded")
    answer = await shop.put("/orders/A-1", newer)
    assert (answer.status_code, answer.json()["changed"]) == (200, True)
    assert [(one["line"], one["refunded_fen"]) for one in answer.json()["items"]] == [("1", 11_800)]


async def test_who_and_what_are_unknown_is_told_at_their_fields(shop: Shop) -> None:
    await stocked(shop)
    wrong: list[tuple[dict[str, Any], dict[str, str]]] = [
        (order(vip="nobody"), {"vip": "order_vip_unknown"}),
        (order(items=[item(), item(line="2", product="gold")]), {"items[1].product": "order_product_unknown"}),
        (order(items=[item(), item()]), {"items[1].line": "order_line_twice"}),
        (order(items=[item(refunded_fen=20_000)]), {"items[0].refunded_fen": "order_refunded_more"}),
        (order(delivered_at=later(-1)), {"delivered_at": "order_before_placing"}),
        (order(currency="USD"), {"currency": "not_choice"}),
        (order(items=[]), {"items": "too_short"}),
        (
            order(items=[item(quantity=0), {"line": "2"}, 7], status="lost"),
            {
                "items[0].quantity": "too_small",
                "items[1].paid_fen": "required",
                "items[1].product": "required",
                "items[1].quantity": "required",
                "items[1].title": "required",
                "items[2]": "malformed",
                "status": "not_choice",
            },
        ),
        (order(items=[item(paid_fen="118")]), {"items[0].paid_fen": "not_number"}),
        (order(address=ADDRESS | {"phone": "no phone"}), {"address.phone": "malformed"}),
        (order(updated_at="1999-01-01T00:00:00Z"), {"updated_at": "not_instant"}),
        (order(colour="red"), {"colour": "unknown"}),
    ]
    for body, expected in wrong:
        assert faults(await shop.put("/orders/A-1", body)) == expected, body
    assert (await shop.get("/api/v1/orders/A-1")).status_code == 404


async def test_an_orders_buyer_stays(shop: Shop) -> None:
    await stocked(shop)
    await shop.put("/orders/A-1", order())
    answer = await shop.put("/orders/A-1", order(vip="b-2", updated_at=later(9)))
    assert (answer.status_code, faults(answer)) == (409, {"vip": "order_vip_differs"})


async def test_a_parcel_comes_again_with_more_traces(shop: Shop) -> None:
    await stocked(shop)
    await shop.put("/orders/A-1", order(status="shipped"))
    first = await shop.client.post("/api/v1/orders/A-1/parcels", json=parcel())
    assert first.status_code == 201, first.text
    assert first.json()["parcel"]["state"] == "in_transit"
    again = await shop.client.post("/api/v1/orders/A-1/parcels", json=parcel())
    assert (again.status_code, again.json()["changed"]) == (200, False)
    done = parcel(traces=[trace(9, "delivered"), trace(6, "out_for_delivery")])
    last = (await shop.client.post("/api/v1/orders/A-1/parcels", json=done)).json()
    assert (last["changed"], last["parcel"]["state"], len(last["parcel"]["traces"])) == (True, "delivered", 4)
    assert (await shop.get("/api/v1/orders/A-1")).json()["parcels"] == [last["parcel"]]


async def test_a_parcel_of_nothing_is_told_so(shop: Shop) -> None:
    await stocked(shop)
    assert (await shop.client.post("/api/v1/orders/A-1/parcels", json=parcel())).status_code == 404
    await shop.put("/orders/A-1", order())
    wrong = await shop.client.post("/api/v1/orders/A-1/parcels", json=parcel(lines=["1", "7"]))
    assert faults(wrong) == {"lines[1]": "order_line_unknown"}
    bad = parcel(traces=[trace(1), trace(2, state="lost")])
    assert faults(await shop.client.post("/api/v1/orders/A-1/parcels", json=bad)) == {"traces[1].state": "not_choice"}
    assert (await shop.get("/api/v1/orders/A-1")).json()["parcels"] == []


async def test_an_order_of_a_retired_product_still_comes(shop: Shop) -> None:
    await stocked(shop)
    await shop.put("/products/honey", product(price_fen=1))
    assert (await shop.put("/orders/A-1", order())).status_code == 201
