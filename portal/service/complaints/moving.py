"""Many complaints out of absent hands, as a job: each in a savepoint of its own, each refusal in the report."""

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
from portal.service.complaints import charge, queries
from portal.service.complaints.desk_rules import MOST_OF_ONE
from portal.service.complaints.tables import Complaint

MOVE = "complaints.move"
BATCH = 10
MOST_TOLD = 100  # refusals that the report names


class Task(msgspec.Struct, frozen=True):
    """Which complaints go to whom, by whom, and why."""

    by: int
    to: int
    reason: str
    complaints: tuple[int, ...]

    @property
    def actor(self) -> Actor:
        return Actor("person", self.by)


class Left(msgspec.Struct):
    """One that stayed where it was: the refusal's code, and what fills its sentence."""

    ref: str
    code: str
    params: dict[str, Any] = msgspec.field(default_factory=dict)


class Report(msgspec.Struct):
    """What was moved so far; `seen`: how many it has been to; `stayed`: how many were not, `left` names the first."""

    done: int = 0
    seen: int = 0
    stayed: int = 0
    left: list[Left] = msgspec.field(default_factory=list)


@dataclass(frozen=True, slots=True)
class MoveInfo:
    """A move as its page shows it."""

    id: int
    to: int
    total: int
    report: Report
    finished: bool
    failed: bool


async def all_of(person_id: int) -> list[int]:
    """The open complaints of an agent, what presses most first. Inside a door."""
    rows = await Complaint.raw(
        "SELECT id FROM complaints WHERE agent = {} AND ended_at IS NULL ORDER BY rank LIMIT {}", person_id, MOST_OF_ONE
    )
    return [row["id"] for row in rows]


async def order_move(viewer: Viewer, complaints: list[int], to: int, reason: str, at: datetime) -> int:
    """Have a job do it, in the caller's transaction; its id is the page to follow."""
    task = Task(viewer.person_id, to, reason, tuple(dict.fromkeys(complaints)))
    job_id = await jobs.enqueue(MOVE, new_ref(), at, msgspec.to_builtins(task), owner_id=viewer.person_id)
    assert job_id is not None
    await audit.record(viewer.actor, MOVE, ("job", job_id), at, {"to": to, "complaints": len(task.complaints)})
    return job_id


async def move_info(viewer: Viewer, job_id: int) -> MoveInfo:
    """A move that this viewer ordered. Raises NotFound. Inside a door."""
    rows = await Job.raw(
        "SELECT id, payload, report, done_at, dead_at FROM jobs WHERE id = {} AND owner_id = {} AND kind = {}",
        job_id,
        viewer.person_id,
        MOVE,
    )
    if not rows:
        raise NotFound
    row = rows[0]
    task, report = msgspec.convert(_plain(row["payload"]), Task), _report(row["report"])
    ended = row["done_at"] is not None, row["dead_at"] is not None
    return MoveInfo(row["id"], task.to, len(task.complaints), report, *ended)


def _plain(stored: Any) -> Any:
    return json.loads(stored) if isinstance(stored, str) else stored


def _report(stored: Any) -> Report:
    return msgspec.convert(_plain(stored), Report)


async def move_many(claim: Claim) -> None:
    """The job. Raises Later where another worker has taken it over."""
    task, report = msgspec.convert(claim.payload, Task), _report(claim.row["report"])
    while report.seen < len(task.complaints):
        batch = task.complaints[report.seen : report.seen + BATCH]
        async with writing():
            for complaint_id in batch:
                await _one(task, complaint_id, report, now())
            report.seen += len(batch)
            if not await _keep(claim, report, len(task.complaints)):
                raise Later(timedelta(), "the lease was lost")


async def _one(task: Task, complaint_id: int, report: Report, at: datetime) -> None:
    info = await queries.by_id(complaint_id)
    if info is None:
        return
    summary = await charge.story(info)
    try:
        async with writing():
            await charge.hand_over(task.actor, task.by, info.id, task.to, summary, task.reason, at)
    except Refused as refused:
        report.stayed += 1
        if len(report.left) < MOST_TOLD:
            report.left.append(Left(info.ref, refused.code, dict(refused.params)))
    else:
        report.done += 1


async def _keep(claim: Claim, report: Report, total: int) -> bool:
    kept = json.dumps(msgspec.to_builtins(report), ensure_ascii=False, default=str)
    return bool(
        await Job.raw(
            "UPDATE jobs SET progress = {}, total = {}, report = {} WHERE id = {} AND fence = {} AND done_at IS NULL"
            " RETURNING id",
            report.seen,
            total,
            kept,
            claim.id,
            claim.fence,
        )
    )
