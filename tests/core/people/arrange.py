"""People for this room's tests: made by the room's own actions, with one password hashed once."""

import asyncio
from datetime import UTC, datetime
from functools import cache
from itertools import count

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.base.settings import Settings
from portal.core.people import actions
from portal.core.people.passwords import _CONTEXT
from portal.core.people.rules import Role
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


async def sign_in(browser: Browser, identifier: str = "he@demo.test", password: str = PASSWORD, **values: str) -> Page:
    """Through the page, as a person does."""
    return await browser.visit_and_submit("/sign-in", "/sign-in", identifier=identifier, password=password, **values)


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


def at_once(number: int, make: "object") -> "asyncio.Future[list[object]]":
    """`number` of the same at the same time; failures come back as values."""
    return asyncio.gather(*(make() for _ in range(number)), return_exceptions=True)  # type: ignore[operator]
