"""People and stores for the tests of the core's rooms, made through the rooms' own doors."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.base.tables import AuditEntry
from portal.core.people import actions as people
from portal.core.people.rules import Role, Scope
from portal.core.people.sign_ins import Entered, Visit, admit
from portal.core.stores import actions, queries
from portal.core.stores.actions import PutStore, StoreOpening
from portal.core.stores.queries import StoreInfo
from portal.core.web.frame import SIGN_IN_COOKIE
from tests.browse import Browser

OPENED = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
KEY = "a-key-for-the-tests-of-the-core"
_numbers = itertools.count(1)


async def make_person(role: Role, name: str = "Mona", **more: Any) -> int:
    number = next(_numbers)
    details = {
        "email": f"person-{number}@shop.test",
        "phone": f"1390000{number:04d}",
        "external_id": f"person-{number}",
        **more,
    }
    return await people.create_person(SYSTEM, name=name, role=role, at=now(), **details)


async def sign_in(browser: Browser, person_id: int) -> Browser:
    """The browser, with this person signed in."""
    async with writing():
        entered = await admit(person_id, Visit(), now())
    assert isinstance(entered, Entered)
    browser.client.cookies.set(SIGN_IN_COOKIE, entered.token)
    return browser


async def signed_in_as(browser: Browser, role: Role, name: str = "Ada") -> Browser:
    return await sign_in(browser, await make_person(role, name))


async def api_headers(*scopes: Scope) -> dict[str, str]:
    await people.make_api_key(SYSTEM, "the shop", scopes, now(), key=KEY)
    return {"Authorization": f"Bearer {KEY}"}


def opening(number: int = 1, **more: Any) -> StoreOpening:
    """A store as the shop tells of it; the same number gives the same store."""
    details: dict[str, Any] = {
        "external_id": f"store-{number}",
        "name": f"Corner shop {number}",
        "opened_at": OPENED,
        "kit_sku": "kit-298",
        "kit_paid_fen": 29_800,
        "owner_external_id": f"owner-{number}",
        "owner_name": f"Olive {number}",
        "owner_phone": f"1380000{number:04d}",
        "owner_email": f"owner-{number}@shop.test",
        "owner_language": "en",
        **more,
    }
    return StoreOpening(**details)


async def open_store(number: int = 1, **more: Any) -> PutStore:
    return await actions.put_store(SYSTEM, opening(number, **more), now())


async def bind(store_id: int, number: int, name: str = "Wang Ying", phone: str = "13812345678") -> bool:
    _, created = await actions.bind_vip(
        SYSTEM,
        external_id=f"vip-{number}",
        name=name,
        phone=phone,
        store_id=store_id,
        registered_at=OPENED + timedelta(days=number % 20),
        via="owner",
        at=now(),
    )
    return created


async def the_store(store_id: int) -> StoreInfo:
    async with reading():
        found = await queries.store(store_id)
    assert found is not None
    return found


async def audited(kind: str, room: str = "stores") -> list[str]:
    """What the audit trail has of a room's acts on a kind of record, oldest first."""
    async with reading():
        rows = await AuditEntry.select(AuditEntry.action).where(AuditEntry.subject_kind == kind).order_by(AuditEntry.id)
    return [row["action"] for row in rows if row["action"].startswith(f"{room}.")]
