"""Exports through the portal: a job writes the table in parts, each with its place, and the parts are kept a week.

A part and its place are one transaction, guarded by the job's fence: a worker that lost its lease changes nothing,
and the one that took over goes on behind the last part.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from time import monotonic
from typing import Any

from portal.core.base import audit, files, jobs
from portal.core.base.clock import local, now
from portal.core.base.database import reading, writing
from portal.core.base.ids import new_ref
from portal.core.base.leases import Claim, Dead, Later
from portal.core.base.refusals import NotFound, Refused
from portal.core.base.sweeping import each
from portal.core.base.tables import Job, StoredFile
from portal.core.notices.actions import notify
from portal.core.web.paging import Cut, Page, paged
from portal.core.web.sheets import MOST_LINES
from portal.core.web.viewer import Viewer
from portal.service.insight.exporting import SOURCES, XLSX, Source
from portal.service.insight.marking import places
from portal.service.insight.tables import ExportPart, ExportRun

KIND = "insight.export"
HOME = "/admin/exports"
KEPT_FOR = timedelta(days=7)
MOST_TOLD = 2**31 - 1
PART_BYTES = 8 << 20
AT_A_STRETCH_SECONDS = 20
MEDIA_TYPE = "application/x-export"


@dataclass(frozen=True, slots=True)
class RunInfo:
    """An export as its page shows it."""

    id: int
    ref: str
    kind: str
    form: str
    by_name: str
    asked_at: datetime
    after: str
    lines: int
    total: int
    size: int
    done_at: datetime | None
    forget_at: datetime | None
    gone_at: datetime | None
    dead_at: datetime | None

    @property
    def name(self) -> str:
        """What the file is called."""
        return f"{self.kind}-{local(self.asked_at):%Y%m%d-%H%M}.{self.form}"

    @property
    def there(self) -> bool:
        return self.done_at is not None and self.gone_at is None

    @property
    def running(self) -> bool:
        return self.done_at is None and self.dead_at is None


async def size_of(kind: str, form: str) -> int:
    """How many lines an export would have. Opens its own door. Raises NotFound, Refused(`export_too_long`)."""
    source = SOURCES.get(kind)
    if source is None or form not in source.forms:
        raise NotFound
    total = await source.count()
    if form == XLSX and total >= MOST_LINES:
        raise Refused("export_too_long", {"most": f"{MOST_LINES - 1:,}"})
    return total


async def order(viewer: Viewer, kind: str, form: str, total: int, at: datetime) -> str:
    """Have a job write a table of so many lines to a file; the export's ref."""
    async with writing():
        run = ExportRun(ref=new_ref(), kind=kind, form=form, asked_by=viewer.person_id, asked_at=at, after="")
        run.total = min(total, MOST_TOLD)
        rows = await ExportRun.insert(run)
        await jobs.enqueue(KIND, run.ref, at, {"ref": run.ref}, owner_id=viewer.person_id)
        facts = {"kind": kind, "form": form}
        await audit.record(viewer.actor, "insight.export_ordered", ("export", rows[0]["id"]), at, facts)
    return run.ref


_RUN = (
    "SELECT r.id, r.ref, r.kind, r.form, p.name AS by_name, r.asked_at, r.after, r.lines, r.total, r.size, r.done_at,"
    " r.forget_at, r.gone_at, j.dead_at FROM export_runs r JOIN persons p ON p.id = r.asked_by"
    " LEFT JOIN jobs j ON j.kind = 'insight.export' AND j.key = r.ref"
)


async def run_of(ref: str) -> RunInfo:
    """Raises NotFound. Call inside a door."""
    rows = await ExportRun.raw(f"{_RUN} WHERE r.ref = {{}} ORDER BY j.id DESC LIMIT 1", ref[:32])
    if not rows:
        raise NotFound
    return RunInfo(**rows[0])


async def runs(cut: Cut) -> Page[RunInfo]:
    """Everybody's exports, the newest first. Call inside a door."""
    rows = await ExportRun.raw(f"{_RUN} WHERE r.id < {{}} ORDER BY r.id DESC LIMIT {{}}", cut.after or 2**62, cut.fetch)
    return paged([RunInfo(**row) for row in rows], cut, lambda item: item.id)


# ---- the job ----


async def write(held: Claim, part_bytes: int = PART_BYTES, seconds: float = AT_A_STRETCH_SECONDS) -> None:
    """The job, in parts of about so many bytes. Raises Later after so many seconds, to give the worker back."""
    ref, began = str(held.payload["ref"]), monotonic()
    while True:
        async with reading():
            run = await run_of(ref)
        if run.done_at is not None:
            return
        source = SOURCES.get(run.kind)
        if source is None:
            raise Dead("there is no such table any more")
        if not await _part(held, run, source, part_bytes):
            raise Later(timedelta(), "the lease was lost")
        if monotonic() - began > seconds:
            raise Later(timedelta(), "goes on")


async def _part(held: Claim, run: RunInfo, source: Source, part_bytes: int) -> bool:
    """Write one more part; False where the lease was lost."""
    content, lines, after = await _content(run, source, part_bytes)
    sha256 = await files.put(content)
    at = now()
    async with writing():
        mine = await Job.raw(
            "UPDATE jobs SET progress = {}, total = {} WHERE id = {} AND fence = {} AND done_at IS NULL RETURNING id",
            run.lines + lines,
            max(run.total, run.lines + lines),
            held.id,
            held.fence,
        )
        if not mine:
            return False
        kept = await files.register(sha256, len(content), MEDIA_TYPE, run.kind, at)
        await ExportPart.raw(
            "INSERT INTO export_parts (run, position, file) SELECT {}, count(*), {} FROM export_parts WHERE run = {}",
            run.id,
            kept.id,
            run.id,
        )
        await _advance(run, lines, len(content), after, at)
    return True


async def _content(run: RunInfo, source: Source, part_bytes: int) -> tuple[bytes, int, str | None]:
    """So many batches as make a part."""
    found = [source.head(run.form)] if not run.after else []
    size, lines, after = 0, 0, run.after
    while size < part_bytes:
        batch = await source.batch(run.form, after)
        found.append(batch.content)
        size, lines = size + len(batch.content), lines + batch.lines
        if batch.after is None:
            return b"".join(found), lines, None
        after = batch.after
        await asyncio.sleep(0)
    return b"".join(found), lines, after


async def _advance(run: RunInfo, lines: int, size: int, after: str | None, at: datetime) -> None:
    done = after is None
    await ExportRun.raw(
        "UPDATE export_runs SET after = {}, lines = lines + {}, size = size + {}, done_at = {}, forget_at = {}"
        " WHERE id = {}",
        after or run.after,
        lines,
        size,
        at if done else None,
        at + KEPT_FOR if done else None,
        run.id,
    )
    if done:
        asked = await ExportRun.select(ExportRun.asked_by).where(ExportRun.id == run.id)
        params = {"file": run.name, "lines": run.lines + lines}
        await notify(asked[0]["asked_by"], "export_done", params, at, way=f"{HOME}/{run.ref}", email=False)


# ---- the file ----


async def parts_of(run_id: int) -> list[tuple[str, int]]:
    """An export's parts in order: SHA-256 and size in bytes. Call inside a door."""
    rows = await ExportPart.raw(
        "SELECT f.sha256, f.size FROM export_parts p JOIN files f ON f.id = p.file WHERE p.run = {}"
        " ORDER BY p.position",
        run_id,
    )
    return [(row["sha256"], row["size"]) for row in rows]


async def content(parts: Sequence[tuple[str, int]]) -> AsyncIterator[bytes]:
    """The file's bytes, part by part. Call outside a door."""
    for sha256, size in parts:
        async for chunk in files.stream(sha256, 0, size):
            yield chunk


async def forget() -> int:
    """Sweep: take away files whose days are over; returns how many exports lost theirs."""
    at = now()
    async with reading():
        due = await ExportRun.raw("SELECT id FROM export_runs WHERE gone_at IS NULL AND forget_at <= {}", at)
    return await each([int(row["id"]) for row in due], partial(_forget, at))


async def _forget(at: datetime, run_id: int) -> int:
    async with writing():
        gone: list[dict[str, Any]] = await ExportPart.raw(
            "DELETE FROM export_parts WHERE run = {} RETURNING file", run_id
        )
        ids = [row["file"] for row in gone]
        sql = f"DELETE FROM files WHERE id IN {places(ids)} RETURNING sha256"  # noqa: S608 - places
        found = await StoredFile.raw(sql, *ids) if ids else []
        await ExportRun.update({ExportRun.gone_at: at}).where(ExportRun.id == run_id, ExportRun.gone_at.is_null())
    for sha256 in {row["sha256"] for row in found}:
        async with reading():
            named = await StoredFile.exists().where(StoredFile.sha256 == sha256)
        if not named:
            await files.remove(sha256)
    return 1
