"""Settings that admins change: a default until somebody does, one audit entry for each real change."""

import asyncio

from portal.core.base import site_settings
from portal.core.base.audit import Actor
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.tables import AuditEntry, SiteSetting

ADMIN = Actor("person", 1)


async def value() -> str:
    async with reading():
        return await site_settings.value("colour", "green")


async def test_a_setting_is_its_default_until_changed_and_every_change_is_on_record(database: str) -> None:
    assert await value() == "green"
    async with reading():
        assert await site_settings.changed_at("colour") is None
    at = now()
    assert await site_settings.change(ADMIN, "colour", "blue", at)
    assert not await site_settings.change(ADMIN, "colour", "blue", now())
    assert await value() == "blue"
    assert await site_settings.change(ADMIN, "colour", "red", now())
    async with reading():
        acts = await AuditEntry.select(AuditEntry.facts, AuditEntry.actor_id).order_by(AuditEntry.id)
        assert await SiteSetting.count() == 1
    assert [('"blue"' in act["facts"], '"red"' in act["facts"]) for act in acts] == [(True, False), (False, True)]


async def test_two_hands_at_once_make_one_row(database: str) -> None:
    done = await asyncio.gather(*(site_settings.change(ADMIN, "colour", "blue", now()) for _ in range(12)))
    assert done.count(True) == 1
    assert await value() == "blue"
