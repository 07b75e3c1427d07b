"""Jobs: work for later, one table for bulk acts, imports and sweeps. One open job per kind and key."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from portal.core.base import nudge
from portal.core.base.database import after_commit, writing
from portal.core.base.tables import Job


async def enqueue(
    kind: str,
    key: str,
    at: datetime,
    payload: Mapping[str, Any] | None = None,
    *,
    due_at: datetime | None = None,
    every_seconds: int = 0,
    owner_id: int | None = None,
) -> int | None:
    """Add a job in the caller's transaction; None where the same job is open already.

    `every_seconds` makes it a sweep: it is due again that long after it ran. `owner_id` is the person whom its
    progress page belongs to.
    """
    rows = await Job.raw(
        "INSERT INTO jobs (created_at, due_at, payload, attempts, fence, kind, key, every_seconds, total, progress,"
        " report, owner_id) VALUES ({}, {}, {}, 0, 0, {}, {}, {}, 0, 0, {}, {}) ON CONFLICT DO NOTHING RETURNING id",
        at,
        due_at or at,
        json.dumps(dict(payload or {}), sort_keys=True, default=str),
        kind,
        key,
        every_seconds,
        "{}",
        owner_id,
    )
    after_commit(nudge.worker)
    return int(rows[0]["id"]) if rows else None


async def tell_progress(job_id: int, done: int, total: int) -> None:
    """Show how far a job is, for the bar on its page."""
    async with writing():
        await Job.update({Job.progress: done, Job.total: total}).where(Job.id == job_id)


async def tell_report(job_id: int, report: Mapping[str, Any]) -> None:
    """Keep what a job has to say for itself: counts, and who was skipped and why."""
    async with writing():
        await Job.update({Job.report: json.dumps(dict(report), ensure_ascii=False, default=str)}).where(
            Job.id == job_id
        )
