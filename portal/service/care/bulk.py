"""Many orders at once, as a job: each order in a savepoint of its own, each refusal with its reason in the report.

A batch and its line in the report are one transaction, guarded by the job's fence: a worker that lost its lease
changes nothing, and the one that took over goes on behind the last order done.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from portal.core.base import audit, jobs
from portal.core.base.audit import Actor
from portal.core.base.clock import now
from portal.core.base.database import writing
from portal.core.base.ids import new_ref
from portal.core.base.leases import Claim, Later
from portal.core.base.refusals import NotFound, Refused
from portal.core.base.tables import Job
from portal.core.web.viewer import Viewer
from portal.service.care.rules import Act
from portal.service.inquiries import actions as inquiries
from portal.service.orders import flags
from portal.service.orders import queries as orders
from portal.service.orders.queries import OrderInfo
from portal.service.orders.rules import Colour

BULK = "care.bulk"
BATCH = 10


class Task(msgspec.Struct, frozen=True):
    """What a bulk is to do: to the orders of which store, by whom."""

    act: Act
    by: int
    store_id: int
    numbers: tuple[str, ...]
    colour: Colour | None = None
    note: str | None = None

    @property
    def actor(self) -> Actor:
        return Actor("person", self.by)


class Skipped(msgspec.Struct):
    """An order that was left out: the refusal's code, and what fills its sentence."""

    number: str
    code: str
    params: dict[str, Any] = msgspec.field(default_factory=dict)


class Report(msgspec.Struct):
    """What a bulk has done so far; `seen`: how many of its orders it has been to."""

    done: int = 0
    seen: int = 0
    skipped: list[Skipped] = msgspec.field(default_factory=list)


@dataclass(frozen=True, slots=True)
class JobInfo:
    """A bulk as its page shows it."""

    id: int
    act: Act
    seen: int
    total: int
    report: Report
    finished: bool
    failed: bool


async def order_bulk(
    viewer: Viewer,
    store_id: int,
    act: Act,
    numbers: list[str],
    at: datetime,
    *,
    colour: Colour | None = None,
    note: str | None = None,
) -> int:
    """Have a job do it, in the caller's transaction; its id is the page to follow."""
    chosen = tuple(dict.fromkeys(numbers))
    task = Task(act, viewer.person_id, store_id, chosen, colour, note)
    job_id = await jobs.enqueue(BULK, new_ref(), at, msgspec.to_builtins(task), owner_id=viewer.person_id)
    assert job_id is not None
    await audit.record(viewer.actor, BULK, ("job", job_id), at, {"act": str(act), "orders": len(chosen)})
    return job_id


async def job_info(viewer: Viewer, job_id: int) -> JobInfo:
    """A bulk that this viewer ordered. Raises NotFound. Inside a door."""
    rows = await Job.raw(
        "SELECT id, payload, report, done_at, dead_at FROM jobs WHERE id = {} AND owner_id = {} AND kind = {}",
        job_id,
        viewer.person_id,
        BULK,
    )
    if not rows:
        raise NotFound
    row = rows[0]
    task, report = msgspec.convert(_plain(row["payload"]), Task), _report(row["report"])
    return JobInfo(
        row["id"],
        task.act,
        report.seen,
        len(task.numbers),
        report,
        row["done_at"] is not None,
        row["dead_at"] is not None,
    )


def _plain(stored: Any) -> Any:
    return json.loads(stored) if isinstance(stored, str) else stored


def _report(stored: Any) -> Report:
    return msgspec.convert(_plain(stored), Report)


async def do_many(held: Claim) -> None:
    """The job. Raises Later where another worker has taken it over."""
    task, report = msgspec.convert(held.payload, Task), _report(held.row["report"])
    while report.seen < len(task.numbers):
        batch = task.numbers[report.seen : report.seen + BATCH]
        async with writing():
            for number in batch:
                await _one(task, number, report, now())
            report.seen += len(batch)
            if not await _keep(held, report, len(task.numbers)):
                raise Later(timedelta(), "the lease was lost")


async def _one(task: Task, number: str, report: Report, at: datetime) -> None:
    order = await orders.order_of_store(task.store_id, number)
    try:
        if order is None:
            raise NotFound
        async with writing():
            await _act(task, order, at)
    except Refused as refused:
        report.skipped.append(Skipped(number, refused.code, dict(refused.params)))
    else:
        report.done += 1


async def _act(task: Task, order: OrderInfo, at: datetime) -> None:
    if task.act is Act.HURRY:
        await inquiries.hurry(task.actor, task.by, order.id, at)
        return
    assert task.colour is not None
    await flags.set_flag(task.actor, task.by, order.id, task.colour, task.note, at)


async def _keep(held: Claim, report: Report, total: int) -> bool:
    kept = json.dumps(msgspec.to_builtins(report), ensure_ascii=False, default=str)
    return bool(
        await Job.raw(
            "UPDATE jobs SET progress = {}, total = {}, report = {} WHERE id = {} AND fence = {} AND done_at IS NULL"
            " RETURNING id",
            report.seen,
            total,
            kept,
            held.id,
            held.fence,
        )
    )
