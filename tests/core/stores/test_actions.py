"""Stores opened, changed and ended: once each, audited, and told upward in the same transaction."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest

from portal.core.base import hooks
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.hooks import StoreFact
from portal.core.base.refusals import NotFound, Refused
from portal.core.base.tables import Outbox
from portal.core.notices import queries as notices
from portal.core.people import actions as people
from portal.core.people import queries as people_queries
from portal.core.people.rules import Role
from portal.core.stores import actions, queries
from portal.core.stores.rules import State
from portal.core.stores.tables import Store
from portal.core.web.paging import Cut
from tests.core.stores.scene import OPENED, audited, bind, make_person, open_store, opening, the_store


@pytest.fixture
def told() -> Iterator[list[tuple[str, StoreFact]]]:
    """What the hooks were called with, in order."""
    heard: list[tuple[str, StoreFact]] = []

    async def on_opened(fact: StoreFact) -> None:
        heard.append(("opened", fact))

    async def on_changed(fact: StoreFact) -> None:
        heard.append(("changed", fact))

    hooks.store_opened.join(on_opened)
    hooks.store_changed.join(on_changed)
    yield heard
    hooks.store_opened.joined.remove(on_opened)
    hooks.store_changed.joined.remove(on_changed)


Told = list[tuple[str, StoreFact]]


async def test_a_kit_opens_a_store_with_an_account_and_an_invitation(database: str, told: Told) -> None:
    made = await open_store(region="Xi'an", referred_by="otto")
    assert made.created
    assert made.invitation_url is not None
    assert made.invitation_url.startswith("http://127.0.0.1:8000/invitations/")
    store = await the_store(made.store_id)
    assert (store.external_id, store.owner_external_id, store.owner_name) == ("store-1", "owner-1", "Olive 1")
    assert (store.region, store.kit_paid_fen, store.opened_at, store.referred_by) == ("Xi'an", 29_800, OPENED, "otto")
    assert store.state is State.OPEN
    async with reading():
        owner = await people_queries.person(made.owner_id)
        assert owner is not None
        assert (owner.phone, owner.email, owner.language) == ("13800000001", "owner-1@shop.test", "en")
        assert await people_queries.roles_of(made.owner_id) == {"owner"}
        assert await Outbox.exists().where(Outbox.topic == "people.link")
    assert [(name, fact.store_id, fact.owner_id) for name, fact in told] == [("opened", made.store_id, made.owner_id)]
    assert await audited("store") == ["stores.opened"]


async def test_the_same_again_changes_nothing(database: str, told: Told) -> None:
    await make_person(Role.MANAGER, external_id="mona")
    first = await open_store(manager_external_id="mona")
    again = await open_store(manager_external_id="mona")
    assert (again.store_id, again.owner_id) == (first.store_id, first.owner_id)
    assert (again.created, again.invitation_url) == (False, None)
    assert len(told) == 1
    assert await audited("store") == ["stores.opened", "stores.manager_appointed"]


async def test_what_differs_is_taken_over_and_the_gate_hears_of_it(database: str, told: Told) -> None:
    made = await open_store()
    await open_store(name="Another name", region="Baoji")
    assert (await the_store(made.store_id)).name == "Another name"
    assert [name for name, _ in told] == ["opened"]
    await open_store(closed_at=OPENED + timedelta(days=2))
    assert (await the_store(made.store_id)).state is State.CLOSED
    await open_store()
    assert (await the_store(made.store_id)).state is State.OPEN
    await open_store(kit_returned_at=OPENED + timedelta(days=3))
    assert (await the_store(made.store_id)).state is State.KIT_RETURNED
    assert [name for name, _ in told] == ["opened", "changed", "changed", "changed"]


async def test_a_store_told_as_closed_from_the_first_invites_nobody(database: str, told: Told) -> None:
    made = await open_store(closed_at=OPENED + timedelta(days=1))
    assert made.created
    assert made.invitation_url is None
    assert [name for name, _ in told] == ["changed"]


@pytest.mark.parametrize(
    ("more", "code", "field"),
    [
        ({"closed_at": OPENED - timedelta(days=1)}, "store_before_opening", "closed_at"),
        ({"kit_returned_at": OPENED - timedelta(days=1)}, "store_before_opening", "kit_returned_at"),
        ({"closed_at": OPENED + timedelta(days=99_999)}, "store_still_to_come", "closed_at"),
        ({"manager_external_id": "nobody"}, "manager_unknown", "manager"),
        ({"manager_external_id": "agent"}, "manager_unknown", "manager"),
        ({"manager_external_id": "owner-1"}, "manager_is_owner", "manager"),
        ({"owner_email": "not an address"}, "email_malformed", "owner.email"),
        ({"owner_phone": "x"}, "phone_malformed", "owner.phone"),
        ({"owner_email": "agent@shop.test"}, "person_taken", "owner.email"),
    ],
)
async def test_what_cannot_be_leaves_nothing(database: str, more: dict[str, object], code: str, field: str) -> None:
    await make_person(Role.AGENT, external_id="agent", email="agent@shop.test")
    with pytest.raises(Refused) as refused:
        await open_store(**more)
    assert (refused.value.code, refused.value.field) == (code, field)
    async with reading():
        assert await Store.count() == 0
        assert await people_queries.person_by_external_id("owner-1") is None
        assert await Outbox.count() == 0


async def test_a_store_keeps_its_owner(database: str) -> None:
    await open_store()
    with pytest.raises(Refused) as refused:
        await open_store(owner_external_id="owner-2")
    assert refused.value.code == "store_owner_differs"


async def test_a_person_has_one_open_store(database: str) -> None:
    await open_store(1)
    with pytest.raises(Refused) as refused:
        await open_store(2, owner_external_id="owner-1")
    assert (refused.value.code, refused.value.params) == ("store_second", {"store": "store-1"})


@pytest.mark.parametrize("ending", ["closed_at", "kit_returned_at"])
async def test_after_the_end_of_one_she_may_open_another(database: str, ending: str) -> None:
    first = await open_store(1, **{ending: OPENED + timedelta(days=1)})
    second = await open_store(2, owner_external_id="owner-1")
    assert second.owner_id == first.owner_id
    with pytest.raises(Refused) as refused:
        await open_store(1)  # reopening the first would make two
    assert refused.value.code == "store_second"
    async with reading():
        current = await queries.store_of_owner(first.owner_id)
        assert current is not None
        assert current.external_id == "store-2"
        assert await queries.store_of_owner_external_id("owner-1") == current


async def test_somebody_who_has_an_account_keeps_it(database: str) -> None:
    agent = await make_person(Role.AGENT, external_id="owner-1", email="agent@shop.test")
    made = await open_store()
    assert made.owner_id == agent
    async with reading():
        assert await people_queries.roles_of(agent) == {"agent", "owner"}
        person = await people_queries.person(agent)
    assert person is not None
    assert person.email == "agent@shop.test"


async def test_the_same_store_from_many_sides_at_once_is_one(database: str, told: Told) -> None:
    made = await asyncio.gather(*(open_store() for _ in range(12)))
    assert len({one.store_id for one in made}) == 1
    assert sum(one.created for one in made) == 1
    assert [name for name, _ in told] == ["opened"]


async def test_two_stores_of_one_owner_at_once_leave_one_open(database: str) -> None:
    await open_store(1, closed_at=OPENED + timedelta(days=1))
    wanted = (open_store(number, owner_external_id="owner-1") for number in range(1, 9))
    answers = await asyncio.gather(*wanted, return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, BaseException)]
    assert len(refused) == 7
    assert {error.code for error in refused if isinstance(error, Refused)} == {"store_second"}


async def test_closing_and_the_kits_return_happen_once(database: str, told: Told) -> None:
    made = await open_store()
    await actions.close_store(SYSTEM, made.store_id, now())
    with pytest.raises(Refused) as refused:
        await actions.close_store(SYSTEM, made.store_id, now())
    assert refused.value.code == "store_closed_already"
    await actions.return_kit(SYSTEM, made.store_id, now(), returned_at=OPENED + timedelta(days=1))
    with pytest.raises(Refused) as refused:
        await actions.return_kit(SYSTEM, made.store_id, now())
    assert refused.value.code == "store_kit_returned_already"
    with pytest.raises(NotFound):
        await actions.close_store(SYSTEM, 99, now())
    assert [name for name, _ in told] == ["opened", "changed", "changed"]
    store = await the_store(made.store_id)
    assert store.kit_returned_at == OPENED + timedelta(days=1)


async def test_an_end_before_the_beginning_is_refused(database: str) -> None:
    made = await open_store()
    with pytest.raises(Refused) as refused:
        await actions.close_store(SYSTEM, made.store_id, now(), closed_at=OPENED - timedelta(days=1))
    assert refused.value.code == "store_before_opening"


async def test_managers_come_and_go_and_the_past_stays(database: str) -> None:
    mona, otto = await make_person(Role.MANAGER, "Mona"), await make_person(Role.MANAGER, "Otto")
    made = await open_store()
    for manager in (mona, mona, otto, None, mona):
        await actions.appoint_manager(SYSTEM, made.store_id, manager, now())
    async with reading():
        tenures = await queries.tenures(made.store_id)
        assert [(one.manager_name, one.until is None) for one in tenures] == [
            ("Mona", True),
            ("Otto", False),
            ("Mona", False),
        ]
        assert await queries.manages(mona, store_id=made.store_id)
        assert await queries.manages(mona, person_id=made.owner_id)
        assert not await queries.manages(otto, store_id=made.store_id)
        assert await queries.team_owners(mona) == [made.owner_id]
        assert [store.external_id for store in (await queries.team(mona, Cut())).items] == ["store-1"]
        assert (await queries.team(otto, Cut())).items == []
        heard = (await notices.inbox(made.owner_id, Cut())).items
    assert [notice.kind for notice in heard].count("manager_appointed") == 3
    assert len(await audited("store")) == 5


async def test_only_a_manager_looks_after_a_store_and_never_her_own(database: str) -> None:
    made = await open_store()
    agent = await make_person(Role.AGENT)
    await people.grant_role(SYSTEM, made.owner_id, Role.MANAGER, now())
    for person, code in ((agent, "manager_unknown"), (made.owner_id, "manager_is_owner")):
        with pytest.raises(Refused) as refused:
            await actions.appoint_manager(SYSTEM, made.store_id, person, now())
        assert refused.value.code == code
    assert (await the_store(made.store_id)).manager_id is None


async def test_the_shop_may_go_on_naming_a_manager_who_is_one_no_more(database: str) -> None:
    mona = await make_person(Role.MANAGER, external_id="mona")
    made = await open_store(manager_external_id="mona")
    await people.end_role(SYSTEM, mona, Role.MANAGER, now())
    await open_store(manager_external_id="mona", name="Another name")
    assert (await the_store(made.store_id)).name == "Another name"


async def test_the_shop_that_names_no_manager_leaves_her_as_she_is(database: str) -> None:
    mona = await make_person(Role.MANAGER, external_id="mona")
    made = await open_store(manager_external_id="mona")
    await open_store()
    assert (await the_store(made.store_id)).manager_id == mona


async def test_the_first_binding_of_a_buyer_wins(database: str) -> None:
    first, second = await open_store(1), await open_store(2)
    assert await bind(first.store_id, 7)
    assert not await bind(second.store_id, 7)
    assert not await bind(first.store_id, 7)
    async with reading():
        vip = await queries.vip_by_external_id("vip-7")
        assert vip is not None
        assert (vip.store_id, vip.bound_via) == (first.store_id, "owner")
        assert (await queries.vips_of(second.store_id, Cut())).items == []
    assert await audited("vip") == ["stores.vip_bound"]


async def test_a_buyer_bound_from_two_sides_at_once_is_bound_once(database: str) -> None:
    stores = [await open_store(number) for number in range(1, 5)]
    answers = await asyncio.gather(*(bind(store.store_id, 1) for store in stores * 3))
    assert sum(answers) == 1


async def test_the_audit_trail_holds_no_personal_values(database: str) -> None:
    made = await open_store(manager_external_id=None)
    await bind(made.store_id, 1)
    async with reading():
        rows = await Store.raw("SELECT facts FROM audit_entries")
        payloads = await Store.raw("SELECT payload FROM outbox")
    kept = "".join(str(row) for row in (*rows, *payloads))
    wanted = opening()
    for value in (wanted.owner_name, wanted.owner_phone, wanted.owner_email, "Wang Ying", "13812345678"):
        assert str(value) not in kept
