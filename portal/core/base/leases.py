"""Leases: how several workers share one table without doing a thing twice.

A worker claims due rows for a while; if it stalls past its lease another may claim them, and the fence (a number
that grows with each claim) makes the stalled one's finish come to nothing. Leases use the database's clock, because
the workers' own may differ; due times use the portal's.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from piccolo.table import Table

from portal.core.base.database import DB, writing

LEASE_SECONDS = 60


class Dead(Exception):
    """The work can never succeed; keep it as a dead letter with this reason."""


class Later(Exception):
    """Try again after this long, whatever the schedule says."""

    def __init__(self, after: timedelta, reason: str = "") -> None:
        super().__init__(reason)
        self.after = after


@dataclass(frozen=True, slots=True)
class Claim:
    """A row that this worker holds: its id, its fence, and what it says."""

    table: type[Table]
    id: int
    fence: int
    attempts: int
    row: dict[str, Any]

    @property
    def payload(self) -> dict[str, Any]:
        value = self.row["payload"]
        return dict(json.loads(value)) if isinstance(value, str) else dict(value)

    async def finish(self, now: datetime) -> bool:
        """Mark it done; False where the lease was lost. Call it inside the effect's transaction if it has one."""
        return await self._settle("done_at = {}, last_error = NULL", now)

    async def bury(self, now: datetime, reason: str) -> bool:
        return await self._settle("dead_at = {}, last_error = {}", now, reason[:500])

    async def postpone(self, due_at: datetime, reason: str | None) -> bool:
        return await self._settle("due_at = {}, last_error = {}", due_at, (reason or "")[:500] or None)

    async def _settle(self, assignments: str, *values: Any) -> bool:
        sql = (
            f"UPDATE {self.table._meta.tablename} SET {assignments}, leased_until = NULL"  # noqa: S608 - our own names
            " WHERE id = {} AND fence = {} AND done_at IS NULL RETURNING id"
        )
        async with writing():
            return bool(await self.table.raw(sql, *values, self.id, self.fence))


def _lease_end(seconds: float) -> tuple[str, str]:
    """SQL for the database's own now, and for now plus the lease."""
    if DB.engine_type == "postgres":
        return "clock_timestamp()", f"clock_timestamp() + interval '{seconds} seconds'"
    form = "'%Y-%m-%d %H:%M:%f+00:00'"
    return f"strftime({form}, 'now')", f"strftime({form}, 'now', '+{seconds} seconds')"


async def claim(
    table: type[Table], now: datetime, limit: int = 20, lease_seconds: float = LEASE_SECONDS
) -> list[Claim]:
    """Claim up to `limit` due rows, oldest first; of a lane only its first open row."""
    name = table._meta.tablename
    present, until = _lease_end(lease_seconds)
    lock = "FOR UPDATE OF w SKIP LOCKED" if DB.engine_type == "postgres" else ""
    sql = f"""
        UPDATE {name} SET leased_until = {until}, fence = fence + 1, attempts = attempts + 1
        WHERE id IN (
            SELECT w.id FROM {name} w
            WHERE w.done_at IS NULL AND w.dead_at IS NULL AND w.due_at <= {{}}
              AND (w.leased_until IS NULL OR w.leased_until < {present})
              AND (w.lane IS NULL OR NOT EXISTS (
                SELECT 1 FROM {name} e
                WHERE e.lane = w.lane AND e.id < w.id AND e.done_at IS NULL AND e.dead_at IS NULL))
            ORDER BY w.due_at, w.id LIMIT {limit} {lock})
        RETURNING *"""  # noqa: S608 - our own names and numbers
    async with writing():
        rows = await table.raw(sql, now)
    claims = [Claim(table, row["id"], row["fence"], row["attempts"], row) for row in rows]
    return sorted(claims, key=lambda held: held.id)
