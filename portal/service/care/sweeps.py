"""What time brings: levels that fall because an order leaves the year, and the month's word of call-backs."""

from portal.core.base.clock import local, now, site_zone
from portal.core.base.database import reading, writing
from portal.core.notices.actions import notify
from portal.core.stores import queries as stores
from portal.service.care import queries
from portal.service.care.actions import recount
from portal.service.care.rules import month_name, month_of
from portal.service.care.tables import CallReminder, VipLevel

BATCH = 100
TELL_FROM = 9  # o'clock where the site is


async def recount_due() -> int:
    """Count those anew whose orders have left the year; returns how many."""
    at, counted = now(), 0
    while True:
        async with reading():
            rows = await VipLevel.raw(
                "SELECT vip, store FROM vip_levels WHERE recount_at <= {} ORDER BY recount_at LIMIT {}", at, BATCH
            )
        if not rows:
            return counted
        for row in rows:
            await recount(row["vip"], row["store"], at)
        counted += len(rows)


async def remind_calls() -> int:
    """Tell each owner once a month, from the first of it on, whom she is to call; returns how many were told."""
    at, told = now(), 0
    if local(at).hour < TELL_FROM:
        return 0
    month, (_, ends) = month_name(at, site_zone()), month_of(at, site_zone())
    while True:
        async with reading():
            rows = await VipLevel.raw(
                "SELECT DISTINCT l.store FROM vip_levels l WHERE l.next_call_at < {} AND NOT EXISTS"
                " (SELECT 1 FROM call_reminders r WHERE r.store = l.store AND r.month = {}) LIMIT {}",
                ends,
                month,
                BATCH,
            )
        if not rows:
            return told
        for row in rows:
            told += await _remind(row["store"], month)


async def _remind(store_id: int, month: str) -> int:
    at = now()
    begins, ends = month_of(at, site_zone())
    async with writing():
        taken = await CallReminder.raw(
            "INSERT INTO call_reminders (store, month, at) VALUES ({}, {}, {}) ON CONFLICT DO NOTHING RETURNING id",
            store_id,
            month,
            at,
        )
        left = (await queries.month(store_id, begins, ends, at)).left
        store = await stores.store(store_id)
        if not taken or not left or store is None:
            return 0
        await notify(store.owner_id, "call_backs", {"n": left}, at, way="/callbacks")
        return 1
