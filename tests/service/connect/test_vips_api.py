"""PUT /api/v1/vips: whose VIP a buyer becomes, and why she may not."""

from typing import Any

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.stores import queries as stores
from portal.core.web.paging import Cut
from portal.service.sharing.actions import make_link
from tests.service.connect.shop import Shop, faults, let_old_stores_share, store, vip


async def sharing_owner(shop: Shop, store_id: str = "s-1") -> str:
    """An owner who may share; returns her external id."""
    let_old_stores_share()
    body = store()
    assert (await shop.put(f"/stores/{store_id}", body)).json()["share_right"]["may_share"] is True
    return str(body["owner"]["external_id"])


async def test_a_buyer_becomes_the_vip_of_the_owner_named(shop: Shop) -> None:
    owner = await sharing_owner(shop)
    answer = await shop.put("/vips/b-1", vip(owner=owner, phone="+86 138 0000 1234"))
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["external_id"], told["owner"], told["bound_via"], told["created"]) == ("b-1", owner, "owner", True)
    async with reading():
        found = await stores.vip_by_external_id("b-1")
    assert found is not None
    assert found.phone == "13800001234"


async def test_a_buyer_becomes_the_vip_of_whoever_shared(shop: Shop) -> None:
    owner = await sharing_owner(shop)
    async with reading():
        home = await stores.store_by_external_id("s-1")
    assert home is not None
    link = await make_link(SYSTEM, home.id, None, now())
    answer = await shop.put("/vips/b-1", vip(share_code=link.code))
    assert (answer.json()["owner"], answer.json()["bound_via"]) == (owner, "share_code")


async def test_the_first_binding_wins_and_is_answered_ever_after(shop: Shop) -> None:
    first, second = await sharing_owner(shop), await sharing_owner(shop, "s-2")
    told = (await shop.put("/vips/b-1", vip(owner=first))).json()
    again = await shop.put("/vips/b-1", vip(owner=second, name="Somebody else"))
    assert again.status_code == 200
    assert again.json() == told | {"created": False}


async def test_an_owner_who_is_learning_may_not_bind_and_the_answer_says_why(shop: Shop) -> None:
    body = store()
    opened = (await shop.put("/stores/s-1", body)).json()
    answer = await shop.put("/vips/b-1", vip(owner=body["owner"]["external_id"]))
    assert answer.status_code == 409
    problem = answer.json()
    assert problem["title"] == "share_right"
    assert problem["reasons"] == opened["share_right"]["reasons"]
    assert all(reason["url"].startswith("http://127.0.0.1:8000/") for reason in problem["reasons"])
    async with reading():
        home = await stores.store_by_external_id("s-1")
        assert home is not None
        assert (await stores.vips_of(home.id, Cut())).items == []


async def test_who_leads_nowhere_is_told_at_her_field(shop: Shop) -> None:
    assert faults(await shop.put("/vips/b-1", vip(owner="nobody"))) == {"owner": "vip_leads_nowhere"}
    assert faults(await shop.put("/vips/b-1", vip(share_code="nothing"))) == {"share_code": "vip_leads_nowhere"}


async def test_every_fault_is_told_at_its_field(shop: Shop) -> None:
    wrong: list[tuple[dict[str, Any], dict[str, str]]] = [
        ({}, {"owner": "connect.fault.one_of"}),
        ({"owner": "a", "share_code": "b"}, {"share_code": "connect.fault.one_of"}),
        ({"owner": "a", "phone": "none"}, {"phone": "too_short"}),
        ({"owner": "a", "phone": "no phone"}, {"phone": "malformed"}),
        ({"owner": "a", "name": "\u202e \u0000"}, {"name": "too_short"}),
        ({"owner": "a", "registered_at": "2026-11-01"}, {"registered_at": "not_instant"}),
        ({"owner": "a", "store": "s-1"}, {"store": "unknown"}),
    ]
    for changes, expected in wrong:
        assert faults(await shop.put("/vips/b-1", vip(**changes))) == expected, changes
