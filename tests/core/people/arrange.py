"""People for this room's tests: made by the room's own actions, with one password hashed once."""

from datetime import UTC, datetime
from functools import cache
from itertools import count

import pyotp

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.base.settings import Settings
from portal.core.people import actions
from portal.core.people.passwords import _CONTEXT
from portal.core.people.rules import Role
from portal.core.people.second_factor import factor_state
from portal.core.people.sign_ins import Entered, Visit, admit
from portal.core.people.tables import Person
from tests.browse import Browser, Page

PASSWORD = "seven plain tangerines"
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
_numbers = count(1)


@cache
def hashed(password: str = PASSWORD) -> str:
    return str(_CONTEXT.hash(password))


async def someone(
    email: str = "he@demo.test",
    role: Role = Role.OWNER,
    *,
    name: str = "He Xiaomei",
    phone: str | None = None,
    joined: bool = True,
    at: datetime | None = None,
) -> int:
    """A person of one role; with the password of these tests, unless she has not `joined`."""
    person_id = await actions.create_person(
        SYSTEM, name=name, role=role, at=at or now(), email=email, phone=phone, language="zh-Hans"
    )
    if joined:
        async with writing():
            await Person.update({Person.password_hash: hashed()}).where(Person.id == person_id)
    return person_id


async def with_factor(email: str, role: Role) -> str:
    """Somebody whose second factor stands; returns its seed. The code of this half-minute is used up."""
    her, at = await someone(email, role), now()
    await actions.begin_factor(her, SYSTEM, at)
    async with reading():
        seed = (await factor_state(her)).seed
    assert seed is not None
    await actions.confirm_factor(her, pyotp.TOTP(seed).at(at), SYSTEM, at)
    return seed


async def sign_in(browser: Browser, identifier: str = "he@demo.test", password: str = PASSWORD, **values: str) -> Page:
    """Through the page, as a person does."""
    return await browser.visit_and_submit("/sign-in", "/sign-in", identifier=identifier, password=password, **values)


async def let_in(browser: Browser, person_id: int) -> Browser:
    """Past the sign-in page: a sign-in of hers, and its cookies in this browser."""
    async with writing():
        outcome = await admit(person_id, Visit(), now())
    assert isinstance(outcome, Entered)
    browser.client.cookies.set("session", outcome.token, domain="127.0.0.1", path="/")
    browser.client.cookies.set("device", outcome.device, domain="127.0.0.1", path="/")
    return browser


def move_clock(settings: Settings, offset: str) -> None:
    """All processes' clocks, by the file that development has for it."""
    assert settings.clock_file is not None
    settings.clock_file.write_text(offset)


async def rows(sql: str, *values: object) -> list[dict[str, object]]:
    """What the database holds, past every query of ours."""
    async with reading():
        return list(await Person.raw(sql, *values))


async def audited(action: str) -> list[dict[str, object]]:
    return await rows("SELECT * FROM audit_entries WHERE action = {} ORDER BY id", action)
