"""PUT /api/v1/stores: opening, bringing up to date, and everything that may be wrong with a body."""

from datetime import timedelta
from typing import Any

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.tables import AuditEntry, Outbox
from portal.core.people import actions as people
from portal.core.people.rules import Scope
from portal.core.stores import queries as stores
from portal.core.web.frame import Frame
from tests.service.connect.shop import OPENED, Shop, faults, let_old_stores_share, open_shop, store


async def test_a_new_store_is_opened_and_its_owner_invited(shop: Shop) -> None:
    body = store()
    answer = await shop.put("/stores/s-1", body)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert told["external_id"] == "s-1"
    right = told["share_right"]
    assert right["status"] == "learning"
    assert right["may_share"] is False
    assert right["may_self_purchase"] is True
    assert right["permit"] is None
    assert {"courses_incomplete", "exam_not_passed"} <= {reason["code"] for reason in right["reasons"]}
    assert "/invitations/" in told["invitation_url"]
    asked = await shop.get(f"/api/v1/owners/{body['owner']['external_id']}/share-right")
    assert asked.json() == right


async def test_the_same_body_again_changes_nothing_and_invites_nobody(shop: Shop) -> None:
    body = store()
    await shop.put("/stores/s-1", body)
    async with reading():
        before = await AuditEntry.count(), await Outbox.count()
    again = await shop.put("/stores/s-1", body)
    assert again.status_code == 200
    assert "invitation_url" not in again.json()
    async with reading():
        assert (await AuditEntry.count(), await Outbox.count()) == before


async def test_a_closed_store_and_a_returned_kit_end_the_right(shop: Shop) -> None:
    body = store()
    await shop.put("/stores/s-1", body)
    closed = await shop.put("/stores/s-1", body | {"closed_at": (OPENED + timedelta(days=2)).isoformat()})
    assert closed.json()["share_right"]["status"] == "closed"
    assert closed.json()["share_right"]["may_self_purchase"] is False
    open_again = await shop.put("/stores/s-1", body)
    assert open_again.json()["share_right"]["status"] == "learning"
    kit = body["kit"] | {"returned_at": (OPENED + timedelta(days=3)).isoformat()}
    returned = await shop.put("/stores/s-1", body | {"kit": kit})
    assert [r["code"] for r in returned.json()["share_right"]["reasons"]][-1] == "kit_returned"


async def test_a_store_that_may_share_gets_a_permit(shop: Shop) -> None:
    let_old_stores_share()
    right = (await shop.put("/stores/s-1", store())).json()["share_right"]
    assert right["may_share"] is True
    assert right["reasons"] == []
    assert right["permit"].count(".") == 2


async def test_the_manager_is_named_by_external_id_or_e_mail(shop: Shop) -> None:
    mona = await people.create_person(
        SYSTEM, name="Mona", role="manager", at=now(), email="mona@example.test", external_id="mona"
    )
    for number, named in enumerate(("mona", "Mona@example.test")):
        answer = await shop.put(f"/stores/s-{number}", store(manager=named))
        assert answer.status_code == 201, answer.text
        async with reading():
            found = await stores.store_by_external_id(f"s-{number}")
        assert found is not None
        assert found.manager_id == mona


async def test_an_unknown_manager_is_told_at_the_field_and_nothing_is_written(shop: Shop) -> None:
    answer = await shop.put("/stores/s-1", store(manager="nobody"))
    assert answer.status_code == 422
    assert faults(answer) == {"manager": "manager_unknown"}
    async with reading():
        assert await stores.store_by_external_id("s-1") is None


async def test_who_is_no_manager_cannot_be_one(shop: Shop) -> None:
    await people.create_person(SYSTEM, name="Abe", role="agent", at=now(), email="abe@example.test")
    assert faults(await shop.put("/stores/s-1", store(manager="abe@example.test"))) == {"manager": "manager_unknown"}


EARLY = (OPENED - timedelta(days=1)).isoformat()
KIT = {"sku": "kit-298", "paid_fen": 29_800}
OWNER = {"external_id": "o", "name": "n", "phone": "13900000000", "email": "o@example.test", "language": "en"}
WRONG: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({"surprise": 1}, {"surprise": "unknown"}),
    ({"kit": KIT | {"colour": "red"}}, {"kit.colour": "unknown"}),
    ({"name": ""}, {"name": "too_short"}),
    ({"name": "x" * 121}, {"name": "too_long"}),
    ({"name": 7}, {"name": "malformed"}),
    ({"manager": 7, "referred_by": ""}, {"manager": "malformed", "referred_by": "too_short"}),
    ({"opened_at": "2026-11-01T10:00:00"}, {"opened_at": "not_instant"}),
    ({"opened_at": "yesterday"}, {"opened_at": "not_instant"}),
    ({"opened_at": "0001-01-01T00:00:00+08:00"}, {"opened_at": "not_instant"}),
    ({"closed_at": EARLY}, {"closed_at": "connect.fault.before_opening"}),
    ({"kit": KIT | {"returned_at": EARLY}}, {"kit.returned_at": "connect.fault.before_opening"}),
    ({"closed_at": "2027-12-01T00:00:00Z"}, {"closed_at": "store_still_to_come"}),
    ({"kit": KIT | {"returned_at": "2027-12-01T00:00:00Z"}}, {"kit.returned_at": "store_still_to_come"}),
    ({"kit": KIT | {"paid_fen": -1}}, {"kit.paid_fen": "too_small"}),
    ({"kit": KIT | {"paid_fen": 2.5}}, {"kit.paid_fen": "not_number"}),
    ({"kit": {}}, {"kit.paid_fen": "required", "kit.sku": "required"}),
    ({"kit": None}, {"kit": "malformed"}),
    ({"owner": OWNER | {"email": "nobody"}}, {"owner.email": "malformed"}),
    ({"owner": OWNER | {"phone": "call me"}}, {"owner.phone": "malformed"}),
    ({"owner": OWNER | {"language": "fr"}}, {"owner.language": "not_choice"}),
    ({"owner": OWNER | {"external_id": "a/b"}}, {"owner.external_id": "malformed"}),
    (
        {"owner": OWNER | {"phone": "x", "email": "y", "language": "z"}},
        {"owner.phone": "too_short", "owner.email": "too_short", "owner.language": "not_choice"},
    ),
]


async def test_every_fault_is_told_at_its_field(shop: Shop) -> None:
    for changes, expected in WRONG:
        assert faults(await shop.put("/stores/s-1", store(**changes))) == expected, changes
    async with reading():
        assert await stores.store_by_external_id("s-1") is None


async def test_what_is_no_json_object_is_a_422(shop: Shop) -> None:
    for content in (b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b"[" * 5_000):
        answer = await shop.client.put(
            "/api/v1/stores/s-1", content=content, headers={"content-type": "application/json"}
        )
        assert answer.status_code == 422, (content, answer.text)


async def test_ids_at_their_longest_fit(shop: Shop) -> None:
    longest = "s" * 80
    assert (await shop.put(f"/stores/{longest}", store())).status_code == 201
    assert (await shop.put(f"/stores/{longest}x", store())).status_code == 422


async def test_another_owner_or_a_second_store_is_a_conflict(shop: Shop) -> None:
    first, second = store(), store()
    await shop.put("/stores/s-1", first)
    assert faults(await shop.put("/stores/s-1", second)) == {"owner.external_id": "store_owner_differs"}
    assert faults(await shop.put("/stores/s-2", first)) == {"owner.external_id": "store_second"}
    taken = second | {"owner": second["owner"] | {"email": first["owner"]["email"]}}
    assert faults(await shop.put("/stores/s-2", taken)) == {"owner.email": "person_taken"}


async def test_keys_open_only_what_their_scopes_say(app: Frame) -> None:
    narrow = await open_shop(app, Scope.VIPS_WRITE)
    answer = await narrow.put("/stores/s-1", store())
    assert answer.status_code == 403
    assert answer.json()["title"] == "scope_missing"
    keyless = await narrow.put("/stores/s-1", store(), headers={"Authorization": "Bearer wrong"})
    assert keyless.status_code == 401
    assert keyless.headers["content-type"] == "application/problem+json"
    await narrow.client.aclose()
