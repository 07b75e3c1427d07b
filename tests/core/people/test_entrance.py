"""Who is looking: one query, ended in every way that a sign-in can end, and touched seldom."""

from dataclasses import replace
from datetime import timedelta

import pytest

from portal.core.base.audit import SYSTEM, Actor
from portal.core.base.clock import now
from portal.core.base.database import DB, counting_queries, writing
from portal.core.base.settings import Settings, use_settings
from portal.core.people import actions
from portal.core.people.entrance import load_program, load_viewer
from portal.core.people.rules import Role, Scope
from portal.core.people.sign_ins import Entered, Visit, admit
from portal.core.people.tables import SignIn
from portal.core.web.state import PageState
from tests.core.people.arrange import move_clock, rows, someone

PAGE = PageState(address="203.0.113.7")


async def enter(person_id: int) -> Entered:
    async with writing():
        outcome = await admit(person_id, Visit(), now())
    assert isinstance(outcome, Entered)
    return outcome


async def test_the_viewer_is_loaded_whole_in_one_query(database: str) -> None:
    her = await someone(role=Role.MANAGER)
    await actions.grant_role(SYSTEM, her, Role.OWNER, now())
    await actions.set_preferences(her, language="en", theme="dark", care=True)
    entered = await enter(her)
    with counting_queries() as queries:
        viewer = await load_viewer(entered.token, PAGE)
    assert len(queries) == 1
    assert viewer is not None
    assert viewer.roles == {"manager", "owner"}
    assert viewer.may("see.team")
    assert viewer.may("share")
    assert not viewer.may("people.manage")
    assert (viewer.language, viewer.theme, viewer.care, viewer.address) == ("en", "dark", True, "203.0.113.7")
    assert viewer.actor == Actor("person", her, "203.0.113.7", PAGE.request_ref)


@pytest.mark.parametrize(
    ("role", "stays", "ends"),
    [(Role.OWNER, "+13d23h", "+14d"), (Role.AGENT, "+11h59m", "+12h")],
)
async def test_a_sign_in_that_rests_too_long_is_over(
    database: str, own_settings: Settings, role: Role, stays: str, ends: str
) -> None:
    entered = await enter(await someone(role=role))
    move_clock(own_settings, ends)
    assert await load_viewer(entered.token, PAGE) is None
    move_clock(own_settings, stays)
    assert await load_viewer(entered.token, PAGE) is not None


@pytest.mark.parametrize(("role", "days"), [(Role.OWNER, 90), (Role.DESK_LEAD, 7)])
async def test_a_sign_in_in_daily_use_still_grows_old(
    database: str, own_settings: Settings, role: Role, days: int
) -> None:
    entered = await enter(await someone(role=role))
    for hours in range(8, days * 24, 8):
        move_clock(own_settings, f"+{hours}h")
        assert await load_viewer(entered.token, PAGE) is not None
    move_clock(own_settings, f"+{days}d1m")
    assert await load_viewer(entered.token, PAGE) is None


async def test_last_seen_is_written_every_five_minutes_at_most(database: str, own_settings: Settings) -> None:
    entered = await enter(await someone())
    before = (await rows("SELECT last_seen_at FROM sign_ins"))[0]
    move_clock(own_settings, "+4m")
    await load_viewer(entered.token, PAGE)
    assert (await rows("SELECT last_seen_at FROM sign_ins"))[0] == before
    move_clock(own_settings, "+6m")
    await load_viewer(entered.token, PAGE)
    assert (await rows("SELECT last_seen_at FROM sign_ins"))[0] != before


async def test_a_person_is_told_apart_from_an_unknown_revoked_or_closed_one(database: str) -> None:
    her = await someone()
    entered = await enter(her)
    assert await load_viewer("invented", PAGE) is None
    assert await load_viewer("", PAGE) is None
    async with writing():
        await SignIn.update({SignIn.revoked_at: now()}).where(SignIn.person == her)
    assert await load_viewer(entered.token, PAGE) is None
    entered = await enter(her)
    await actions.disable_person(SYSTEM, her, now())
    assert await load_viewer(entered.token, PAGE) is None


@pytest.mark.parametrize(("role", "missing"), [(Role.OWNER, False), (Role.ADMIN, True)])
async def test_staff_without_a_second_factor_is_known_as_such(
    database: str, own_settings: Settings, role: Role, missing: bool
) -> None:
    entered = await enter(await someone(role=role))
    assert not entered.factor_missing
    use_settings(replace(own_settings, environment="production"))
    viewer = await load_viewer(entered.token, PAGE)
    assert viewer is not None
    assert viewer.factor_missing is missing


async def test_a_page_is_readable_while_nothing_can_be_written(database: str, own_settings: Settings) -> None:
    entered = await enter(await someone())
    move_clock(own_settings, "+6m")
    trigger = (
        "CREATE TRIGGER no_writes BEFORE UPDATE ON sign_ins BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        if DB.engine_type == "sqlite"
        else "CREATE RULE no_writes AS ON UPDATE TO sign_ins DO INSTEAD INSERT INTO sign_ins (id) VALUES (NULL)"
    )
    async with writing():
        await DB.fetch(trigger, [])
    assert await load_viewer(entered.token, PAGE) is not None


async def test_a_program_comes_in_by_its_key_until_it_is_revoked(database: str, own_settings: Settings) -> None:
    admin = Actor("person", await someone(role=Role.ADMIN))
    key_id, key = await actions.make_api_key(admin, "shop", [Scope.ORDERS_WRITE, Scope.RIGHTS_READ], now())
    with counting_queries() as queries:
        program = await load_program(key, PAGE)
    assert program is not None
    assert (program.key_id, program.name, program.scopes) == (key_id, "shop", {"orders:write", "rights:read"})
    assert sum(sql.startswith("SELECT") for sql in queries.queries) == 1
    first = (await rows("SELECT last_used_at FROM api_keys"))[0]["last_used_at"]
    assert first is not None
    move_clock(own_settings, "+4m")
    await load_program(key, PAGE)
    assert (await rows("SELECT last_used_at FROM api_keys"))[0]["last_used_at"] == first
    assert key not in str(await rows("SELECT * FROM api_keys"))
    assert await load_program(f"{key}x", PAGE) is None
    await actions.revoke_api_key(admin, key_id, now())
    await actions.revoke_api_key(admin, key_id, now() + timedelta(days=1))
    assert await load_program(key, PAGE) is None
