"""After a restore: nobody signed in, nothing held, nothing sent twice, the audit chain whole."""

from dataclasses import dataclass
from datetime import datetime

from portal.commands.running import Stopped
from portal.core.base.audit import SYSTEM, check_chain, record, sequence
from portal.core.base.database import DB, writing
from portal.core.base.tables import Job, Outbox


@dataclass(frozen=True, slots=True)
class DoneMessage:
    """A message that was sent, by the ref that its receiver knows."""

    ref: str
    done_at: datetime


@dataclass(frozen=True, slots=True)
class Aftercare:
    """What was put right: how many of each."""

    sign_ins: int
    links: int
    leases: int
    not_resent: int
    chain_links: int


async def done_since(moment: datetime) -> list[DoneMessage]:
    """Messages of the open door's database that were sent at or after `moment`."""
    rows = await Outbox.select(Outbox.ref, Outbox.done_at).where(Outbox.done_at >= moment)
    return [DoneMessage(row["ref"], row["done_at"]) for row in rows]


async def look_after(done: list[DoneMessage], at: datetime) -> Aftercare:
    """Put the restored database right, all in one transaction. Raises Stopped where the audit chain is broken."""
    report = await check_chain()
    if report.broken_at is not None:
        raise Stopped(f"The audit chain of the backup is broken at position {report.broken_at}: do not serve from it.")
    async with writing():
        sign_ins = await _end("sign_ins", "revoked_at", "revoked_at IS NULL", at)
        await _end("pending_sign_ins", "used_at", "used_at IS NULL", at)
        links = await _end("one_time_links", "ended_at", "ended_at IS NULL AND purpose = 'recovery'", at)
        leases = await _release(Outbox) + await _release(Job)
        not_resent = await _mark_done(done)
        facts = {"sign_ins": sign_ins, "recovery_links": links, "leases": leases, "not_resent": not_resent}
        await record(SYSTEM, "site.restored", ("site", 0), at, facts)
    await sequence()
    return Aftercare(sign_ins, links, leases, not_resent, report.links + report.waiting)


async def _end(table: str, column: str, condition: str, at: datetime) -> int:
    sql = f"UPDATE {table} SET {column} = {{}} WHERE {condition} RETURNING id"  # noqa: S608 - our own names
    return len(await Outbox.raw(sql, at))


async def _release(table: type[Outbox] | type[Job]) -> int:
    """Free what was claimed, and grow the fences so that a worker of before the restore settles nothing."""
    sql = (
        f"UPDATE {table._meta.tablename} SET leased_until = NULL, fence = fence + 1"  # noqa: S608 - our own names
        " WHERE leased_until IS NOT NULL AND done_at IS NULL AND dead_at IS NULL RETURNING id"
    )
    return len(await DB.fetch(sql, []))


async def _mark_done(done: list[DoneMessage]) -> int:
    marked = 0
    for message in done:
        rows = (
            await Outbox.update({Outbox.done_at: message.done_at})
            .where(Outbox.ref == message.ref, Outbox.done_at.is_null(), Outbox.dead_at.is_null())
            .returning(Outbox.id)
        )
        marked += len(rows)
    return marked
