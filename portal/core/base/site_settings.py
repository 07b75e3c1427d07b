"""Rules' numbers and names that admins change in the portal, and how far a sweep has come. Call inside a door."""

from datetime import datetime

from portal.core.base import audit
from portal.core.base.audit import Actor
from portal.core.base.database import writing
from portal.core.base.tables import SiteSetting


async def value(name: str, default: str) -> str:
    """What a setting says now; `default` where nobody has changed it."""
    rows = await SiteSetting.select(SiteSetting.value).where(SiteSetting.name == name)
    return str(rows[0]["value"]) if rows else default


async def changed_at(name: str) -> datetime | None:
    """When a setting was last changed; None: never."""
    rows = await SiteSetting.select(SiteSetting.changed_at).where(SiteSetting.name == name)
    return rows[0]["changed_at"] if rows else None


async def change(actor: Actor, name: str, value: str, at: datetime) -> bool:
    """Set a setting, with who and when in the audit trail. False where it says so already."""
    async with writing():
        rows = await SiteSetting.raw(
            "INSERT INTO site_settings (name, value, changed_at) VALUES ({}, {}, {}) ON CONFLICT (name)"
            " DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at"
            " WHERE site_settings.value <> excluded.value RETURNING id",
            name,
            value,
            at,
        )
        if rows:
            facts = {"name": name, "value": value}
            await audit.record(actor, "setting.changed", ("setting", rows[0]["id"]), at, facts)
    return bool(rows)


async def advance(name: str, known: str, value: str, at: datetime) -> bool:
    """Move a mark of how far something has come, in the caller's transaction, from `known` (`""`: it has none yet).

    False where it does not stand there any more: another hand has gone on.
    """
    if known:
        sql = "UPDATE site_settings SET value = {}, changed_at = {} WHERE name = {} AND value = {} RETURNING id"
        return bool(await SiteSetting.raw(sql, value, at, name, known))
    sql = "INSERT INTO site_settings (value, changed_at, name) VALUES ({}, {}, {}) ON CONFLICT DO NOTHING RETURNING id"
    return bool(await SiteSetting.raw(sql, value, at, name))
