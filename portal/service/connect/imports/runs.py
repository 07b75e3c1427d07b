"""Imports through the portal: an uploaded table taken by a job, first as a dry run, then in earnest.

Fifty records and their place in the report are one transaction, guarded by the job's fence: a worker that lost its
lease changes nothing, and the one that took over goes on behind the last record done.
"""

import asyncio
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import msgspec

from portal.core.base import audit, files, jobs
from portal.core.base.audit import Actor
from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.base.ids import new_ref
from portal.core.base.leases import Claim, Dead, Later
from portal.core.base.refusals import NotFound, Refused
from portal.core.base.tables import Job, StoredFile
from portal.core.web.i18n import speaking
from portal.core.web.viewer import Viewer
from portal.service.connect.imports.rows import IMPORTERS
from portal.service.connect.imports.sheets import BadFile, Sheet, read_sheet
from portal.service.connect.imports.taking import Record, Taken, Undone, kept_not, records, take

KIND = "connect.import"
BATCH = 50
LISTED = 300
MOST_ROWS = 20_000
MOST_BYTES = 16 << 20
KEPT_FOR = timedelta(days=2)  # an uploaded file: it is full of names and addresses
AT_A_STRETCH_SECONDS = 20
MEDIA_TYPE = "application/x-import"
LARGEST_ID = 2**63 - 1


class Order(msgspec.Struct, frozen=True):
    """What a run is to take, in which language it tells its refusals, and for whom."""

    kind: str
    file: str
    dry_run: bool
    by: int
    language: str


class Report(msgspec.Struct):
    """What a run has done so far; `refused` are the first refusals by line, `after` how many records it has seen to."""

    new: int = 0
    known: int = 0
    refusals: int = 0
    refused: list[tuple[int, str]] = msgspec.field(default_factory=list)
    kept_not: list[str] = msgspec.field(default_factory=list)
    after: int = 0

    def add(self, taken: Taken) -> None:
        self.new += taken.new
        self.known += taken.known
        self.refusals += len(taken.refused)
        self.refused += taken.refused[: max(0, LISTED - len(self.refused))]


@dataclass(frozen=True, slots=True)
class RunInfo:
    """A run as its page shows it."""

    id: int
    order: Order
    created_at: datetime
    by_name: str | None
    done: int
    total: int
    report: Report
    finished: bool
    failed: bool

    @property
    def worth_taking(self) -> bool:
        return self.order.dry_run and self.finished and self.report.new + self.report.known > 0


async def order_dry_run(viewer: Viewer, kind: str, content: bytes, at: datetime) -> int:
    """Keep the file and have a job try it out; the run's id. Call outside a transaction. Raises BadFile."""
    if len(content) > MOST_BYTES:
        raise BadFile("large", limit=MOST_BYTES >> 20)
    await asyncio.to_thread(read_sheet, content, MOST_ROWS)
    sha256 = await files.put(content)
    async with writing():
        kept = await files.register(sha256, len(content), MEDIA_TYPE, kind, at)
        order = Order(kind, kept.ref, dry_run=True, by=viewer.person_id, language=viewer.language)
        return await _enqueue(viewer, order, new_ref(), at)


async def order_taking(viewer: Viewer, run_id: int, at: datetime) -> int:
    """Have a job take what a finished dry run has tried; its id. Raises NotFound, Refused."""
    async with writing():
        tried = await run_info(run_id)
        if not tried.worth_taking:
            raise Refused("import_nothing")
        if await files.find(tried.order.file) is None:
            raise Refused("import_gone")
        order = msgspec.structs.replace(tried.order, dry_run=False, by=viewer.person_id, language=viewer.language)
        return await _enqueue(viewer, order, f"take:{run_id}", at)


async def _enqueue(viewer: Viewer, order: Order, key: str, at: datetime) -> int:
    job_id = await jobs.enqueue(KIND, key, at, msgspec.to_builtins(order), owner_id=viewer.person_id)
    if job_id is None:
        raise Refused("import_running")
    facts = {"kind": order.kind, "dry_run": order.dry_run}
    await audit.record(viewer.actor, "connect.import_ordered", ("job", job_id), at, facts)
    return job_id


_RUN = (
    "SELECT j.id, j.payload, j.created_at, p.name AS by_name, j.progress, j.total, j.report, j.done_at, j.dead_at"
    " FROM jobs j LEFT JOIN persons p ON p.id = j.owner_id WHERE j.kind = {}"
)


async def run_info(run_id: int) -> RunInfo:
    """Raises NotFound. Call inside a door."""
    rows = await Job.raw(f"{_RUN} AND j.id = {{}}", KIND, run_id) if 0 < run_id <= LARGEST_ID else []
    if not rows:
        raise NotFound
    return _run(rows[0])


async def latest_runs(limit: int = 20) -> list[RunInfo]:
    """The latest runs of everybody, newest first. Call inside a door."""
    rows = await Job.raw(f"{_RUN} ORDER BY j.id DESC LIMIT {{}}", KIND, limit)
    return [_run(row) for row in rows]


def _run(row: dict[str, Any]) -> RunInfo:
    return RunInfo(
        id=row["id"],
        order=msgspec.convert(_plain(row["payload"]), Order),
        created_at=row["created_at"],
        by_name=row["by_name"],
        done=row["progress"],
        total=row["total"],
        report=msgspec.convert(_plain(row["report"]), Report),
        finished=row["done_at"] is not None,
        failed=row["dead_at"] is not None,
    )


def _plain(stored: Any) -> Any:
    return json.loads(stored) if isinstance(stored, str) else stored


async def take_table(held: Claim) -> None:
    """The job. Raises Later to give the worker back in between, Dead where the file is gone."""
    order = msgspec.convert(held.payload, Order)
    sheet = await _content(order)
    importer, began = IMPORTERS[order.kind], monotonic()
    report = msgspec.convert(_plain(held.row["report"]), Report)
    report.kept_not = kept_not(importer, sheet)
    everything = records(importer, sheet)
    if not everything:
        await _keep(held, report, 0)
    while report.after < len(everything):
        batch = everything[report.after : report.after + BATCH]
        if not await _step(held, order, batch, report, len(everything)):
            raise Later(timedelta(), "the lease was lost")
        if monotonic() - began > AT_A_STRETCH_SECONDS and report.after < len(everything):
            raise Later(timedelta(), "goes on")


async def _content(order: Order) -> Sheet:
    async with reading():
        kept = await files.find(order.file)
    if kept is None:
        raise Dead("the file is gone")
    return await asyncio.to_thread(read_sheet, await files.read(kept.sha256), MOST_ROWS)


async def _step(held: Claim, order: Order, batch: list[Record], report: Report, total: int) -> bool:
    """Take a batch; a dry run undoes it and keeps its report alone. False where the lease was lost."""
    taken, kept = Taken(), False
    try:
        async with writing():
            with speaking(order.language):
                for record in batch:
                    await take(Actor("person", order.by), IMPORTERS[order.kind], record, now(), taken)
            if order.dry_run:
                raise Undone
            report.add(taken)
            report.after += len(batch)
            kept = await _keep(held, report, total)
            if not kept:
                raise Undone
    except Undone:
        if not order.dry_run:
            return False
        report.add(taken)
        report.after += len(batch)
        kept = await _keep(held, report, total)
    return kept


async def _keep(held: Claim, report: Report, total: int) -> bool:
    async with writing():
        return bool(
            await Job.raw(
                "UPDATE jobs SET progress = {}, total = {}, report = {} WHERE id = {} AND fence = {}"
                " AND done_at IS NULL RETURNING id",
                report.after,
                total,
                json.dumps(msgspec.to_builtins(report), ensure_ascii=False),
                held.id,
                held.fence,
            )
        )


async def forget_files(at: datetime) -> None:
    """Uploaded tables are not kept: what was taken stands in our records."""
    async with writing():
        gone = (
            await StoredFile.delete()
            .where(StoredFile.media_type == MEDIA_TYPE, StoredFile.created_at < at - KEPT_FOR)
            .returning(StoredFile.sha256)
        )
    for sha256 in {row["sha256"] for row in gone}:
        async with reading():
            named = await StoredFile.exists().where(StoredFile.sha256 == sha256)
        if not named:
            await files.remove(sha256)
