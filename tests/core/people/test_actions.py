"""Accounts, roles, preferences: what is written, what is refused, and who is signed out by it."""

import asyncio
from datetime import timedelta

import pytest
from passlib.context import CryptContext

from portal.core.base.audit import SYSTEM, Actor
from portal.core.base.database import reading, writing
from portal.core.base.refusals import NotFound, Refused
from portal.core.people import actions, queries
from portal.core.people.queries import people_with_role, person_by_identifier, roles_of
from portal.core.people.rules import LINK_LIFE, Purpose, Role
from portal.core.people.sign_in_rows import devices
from portal.core.people.sign_ins import MOST_DEVICES, Entered, Visit, admit
from portal.core.people.sweeps import forget_old_sign_ins
from portal.core.people.tables import Person, SignIn
from tests.core.people.arrange import NOON, PASSWORD, audited, rows, someone


async def enter(person_id: int, at=NOON) -> Entered:
    async with writing():
        outcome = await admit(person_id, Visit(user_agent="Android MicroMessenger"), at)
    assert isinstance(outcome, Entered)
    return outcome


async def standing(person_id: int) -> int:
    async with reading():
        return len(await devices(person_id, NOON))


async def test_a_person_is_made_with_her_role_and_found_however_she_is_named(database: str) -> None:
    made = await actions.create_person(
        SYSTEM, name="He", role="owner", at=NOON, email="He@Demo.test", phone="+86 138 0000 2210", external_id="own-1"
    )
    async with reading():
        assert await roles_of(made) == {"owner"}
        by_phone = await person_by_identifier("138 0000 2210")
        assert by_phone == await person_by_identifier("HE@demo.TEST")
        assert by_phone == await queries.person_by_external_id("own-1")
        assert by_phone == await queries.person(made)
        assert by_phone is not None
        assert (by_phone.email, by_phone.phone, by_phone.language) == ("he@demo.test", "13800002210", "zh-Hans")
        assert await person_by_identifier("nobody") is None
        assert await queries.person(made + 1) is None
        assert await queries.person(2**70) is None
        assert await queries.people([made, made + 1]) == {made: by_phone}
    facts = (await audited("people.created"))[0]["facts"]
    assert "demo.test" not in str(facts)
    assert "2210" not in str(facts)


@pytest.mark.parametrize(
    ("field", "second"),
    [
        ("email", {"email": "HE@demo.test"}),
        ("phone", {"phone": "0086 13800002210", "email": "other@demo.test"}),
        ("external_id", {"external_id": "own-1"}),
    ],
)
async def test_what_another_account_has_is_refused_by_its_field(
    database: str, field: str, second: dict[str, str]
) -> None:
    first = {"email": "he@demo.test", "phone": "13800002210", "external_id": "own-1"}
    await actions.create_person(SYSTEM, name="He", role=Role.OWNER, at=NOON, **first)
    with pytest.raises(Refused) as refused:
        await actions.create_person(SYSTEM, name="She", role=Role.OWNER, at=NOON, **second)
    assert (refused.value.code, refused.value.field) == ("person_taken", field)
    assert len(await rows("SELECT id FROM persons")) == 1


@pytest.mark.parametrize(("field", "value"), [("email", "no address"), ("phone", "twelve")])
async def test_ill_formed_names_are_refused_by_their_field(database: str, field: str, value: str) -> None:
    with pytest.raises(Refused) as refused:
        await actions.create_person(SYSTEM, name="He", role=Role.OWNER, at=NOON, **{field: value})
    assert refused.value.field == field


async def test_the_same_person_made_twice_at_once_is_made_once(database: str) -> None:
    made = await asyncio.gather(*(someone(at=NOON, joined=False) for _ in range(6)), return_exceptions=True)
    assert sum(isinstance(answer, int) for answer in made) == 1
    assert len(await rows("SELECT id FROM roles")) == 1


async def test_roles_are_given_and_ended_once_and_end_her_sign_ins(database: str) -> None:
    her = await someone(at=NOON)
    await enter(her)
    assert await actions.grant_role(SYSTEM, her, Role.MANAGER, NOON)
    assert await standing(her) == 0
    assert not await actions.grant_role(SYSTEM, her, Role.MANAGER, NOON)
    await enter(her)
    assert await actions.end_role(SYSTEM, her, Role.MANAGER, NOON)
    assert await standing(her) == 0
    assert not await actions.end_role(SYSTEM, her, Role.MANAGER, NOON)
    assert await actions.grant_role(SYSTEM, her, Role.MANAGER, NOON)
    async with reading():
        assert await roles_of(her) == {"owner", "manager"}
        assert [info.id for info in await people_with_role("manager")] == [her]
    assert len(await audited("people.role_granted")) == 3


async def test_nobody_promotes_or_closes_herself(database: str) -> None:
    her = await someone(at=NOON, role=Role.ADMIN)
    herself = Actor("person", her)
    for act in (
        actions.grant_role(herself, her, Role.AGENT, NOON),
        actions.end_role(herself, her, Role.ADMIN, NOON),
        actions.disable_person(herself, her, NOON),
    ):
        with pytest.raises(Refused) as refused:
            await act
        assert refused.value.code == "own_account"
    assert await actions.grant_role(herself, her, Role.OWNER, NOON)


async def test_a_closed_account_is_signed_out_and_its_links_are_dead_until_it_is_opened(database: str) -> None:
    her = await someone(at=NOON, joined=False)
    await actions.invite(SYSTEM, her, NOON)
    await enter(her)
    await actions.disable_person(SYSTEM, her, NOON)
    await actions.disable_person(SYSTEM, her, NOON)
    assert await standing(her) == 0
    assert await rows("SELECT id FROM one_time_links WHERE ended_at IS NULL") == []
    with pytest.raises(Refused):
        await actions.invite(SYSTEM, her, NOON)
    with pytest.raises(Refused):
        await enter(her)
    await actions.restore_person(SYSTEM, her, NOON)
    await enter(her)
    assert [len(await audited(f"people.{act}")) for act in ("disabled", "restored")] == [1, 1]
    for act in (actions.disable_person, actions.restore_person):
        with pytest.raises(NotFound):
            await act(SYSTEM, her + 99, NOON)


async def test_preferences_change_only_what_is_named(database: str) -> None:
    her = await someone(at=NOON)
    await actions.set_preferences(her, language="en")
    await actions.set_preferences(her, theme="dark", care=True)
    await actions.set_preferences(her)
    kept = (await rows("SELECT language, theme, care FROM persons"))[0]
    assert (kept["language"], kept["theme"], bool(kept["care"])) == ("en", "dark", True)


async def test_the_first_admin_comes_by_a_link_from_the_console(database: str) -> None:
    url = await actions.create_admin_invitation(name="Ada", email="ada@demo.test", at=NOON)
    assert url.startswith("http://127.0.0.1:8000/invitations/")
    assert await rows("SELECT id FROM persons WHERE password_hash IS NOT NULL") == []
    again = await actions.create_admin_invitation(name="Ada", email="ADA@demo.test", at=NOON)
    assert again != url
    assert len(await rows("SELECT id FROM persons")) == 1
    with pytest.raises(Refused):
        await actions.create_admin_invitation(name="Ada", email="ada", at=NOON)


async def test_an_account_that_has_a_password_becomes_an_admins_by_recovery(database: str) -> None:
    her = await someone(at=NOON)
    url = await actions.create_admin_invitation(name="He", email="he@demo.test", at=NOON)
    assert "/recovery/" in url
    async with reading():
        assert await roles_of(her) == {"owner", "admin"}


async def test_a_link_can_be_told_again_until_it_ends_or_runs_out(database: str) -> None:
    her = await someone(at=NOON, joined=False)
    first = await actions.invite(SYSTEM, her, NOON)
    link_id = int(str((await rows("SELECT id FROM one_time_links"))[0]["id"]))
    async with reading():
        assert await queries.link_url(link_id, NOON) == first
        assert await queries.link_url(link_id, NOON + LINK_LIFE) is None
        found = await queries.link(link_id)
    assert found is not None
    assert (found.person_id, found.purpose) == (her, Purpose.INVITATION)
    await actions.invite(SYSTEM, her, NOON)
    async with reading():
        assert await queries.link_url(link_id, NOON) is None
    stored = str(await rows("SELECT * FROM one_time_links"))
    assert first.rsplit("/", 1)[1] not in stored


async def test_sign_ins_that_ended_long_ago_are_forgotten(database: str) -> None:
    her = await someone(at=NOON)
    await enter(her)
    await enter(her, NOON + timedelta(days=200))
    await forget_old_sign_ins(NOON + timedelta(days=185))
    assert len(await rows("SELECT id FROM sign_ins")) == 1
    async with writing():
        await SignIn.update({SignIn.revoked_at: NOON}).where(SignIn.person == her)
    await forget_old_sign_ins(NOON + timedelta(days=185))
    assert await rows("SELECT id FROM sign_ins") == []


async def test_a_link_used_by_many_at_once_is_used_once(database: str) -> None:
    her = await someone(at=NOON, joined=False)
    token = (await actions.invite(SYSTEM, her, NOON)).rsplit("/", 1)[1]
    uses = (actions.come_in_by_link(token, f"hash {n}", Visit(), NOON) for n in range(6))
    answers = await asyncio.gather(*uses, return_exceptions=True)
    assert sum(isinstance(answer, Entered) for answer in answers) == 1
    assert sum(isinstance(answer, Refused) and answer.code == "link_gone" for answer in answers) == 5
    assert await standing(her) == 1


async def test_a_weaker_hash_is_renewed_at_sign_in(database: str) -> None:
    her = await someone(at=NOON)
    weak = CryptContext(schemes=["argon2"], argon2__rounds=1, argon2__memory_cost=8192).hash(PASSWORD)
    async with writing():
        await Person.update({Person.password_hash: weak}).where(Person.id == her)
    assert isinstance(await actions.attempt("he@demo.test", PASSWORD, Visit(), NOON), Entered)
    stored = str((await rows("SELECT password_hash FROM persons"))[0]["password_hash"])
    assert stored != weak
    assert not CryptContext(schemes=["argon2"]).needs_update(stored)


async def test_the_oldest_of_many_browsers_is_forgotten(database: str) -> None:
    her = await someone(at=NOON)
    first = (await enter(her)).device
    for _ in range(MOST_DEVICES):
        await enter(her)
    assert len(await rows("SELECT id FROM known_devices")) == MOST_DEVICES
    async with writing():
        again = await admit(her, Visit(device=first), NOON)
    assert isinstance(again, Entered)
    assert again.device != first
