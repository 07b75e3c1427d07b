"""Many at once, as jobs: a hundred people a transaction, each with its place in the report, resumed where it stopped.

A batch and its line in the report are one transaction, guarded by the job's fence: a worker that lost its lease
changes nothing, and the one that took over goes on behind the last person done.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import msgspec

from courses.assignment import actions, rules
from courses.assignment.audience import Audience, Reach, Subject, candidates, members, reach_of, subject_info
from courses.assignment.queries import IS_OPEN
from courses.assignment.rules import Cause, Skip
from courses.assignment.tables import Assignment
from portal.core.base import audit, jobs
from portal.core.base.audit import Actor
from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from portal.core.base.ids import new_ref
from portal.core.base.leases import Claim, Dead, Later
from portal.core.base.refusals import NotFound, Refused
from portal.core.base.settings import settings
from portal.core.base.tables import Job
from portal.core.web.viewer import Viewer

ASSIGN = "assignment.bulk"
REMIND = "assignment.remind"
BATCH = 100
LISTED = 200
# Less than a lease, so that a long job gives the worker back before another takes it over.
AT_A_STRETCH_SECONDS = 30


class Order(msgspec.Struct, frozen=True):
    """What a bulk is to do. `manager_id` is the reach of who ordered it (None: everybody), `by` her own id."""

    by: int
    manager_id: int | None
    audience: Audience | None = None
    subject: Subject | None = None
    due_at: datetime | None = None
    required: bool = True
    again: bool = False

    @property
    def reach(self) -> Reach:
        return Reach(self.manager_id)

    @property
    def actor(self) -> Actor:
        return Actor("person", self.by)


class Report(msgspec.Struct):
    """What a bulk has done so far. `who`: the first people left out, by id, and why; `after`: the last one seen to."""

    given: int = 0
    skipped: dict[str, int] = msgspec.field(default_factory=dict)
    who: list[tuple[int, str]] = msgspec.field(default_factory=list)
    after: int = 0

    def skip(self, reason: str, person_id: int | None = None) -> None:
        self.skipped[reason] = self.skipped.get(reason, 0) + 1
        if person_id is not None and len(self.who) < LISTED:
            self.who.append((person_id, reason))


@dataclass(frozen=True, slots=True)
class JobInfo:
    """A bulk as its page shows it."""

    id: int
    kind: str
    done: int
    total: int
    report: Report
    finished: bool
    failed: bool


Step = Callable[[Order, list[int], Report, datetime], Awaitable[None]]


async def order_assignment(
    viewer: Viewer,
    subject: Subject,
    audience: Audience,
    at: datetime,
    *,
    due_at: datetime | None = None,
    required: bool = True,
    again: bool = False,
) -> int:
    """Have a job assign to everybody meant, as far as the viewer reaches; its id is the page to follow."""
    manager_id = reach_of(viewer).manager_id
    order = Order(viewer.person_id, manager_id, audience, subject, due_at, required, again)
    return await _enqueue(viewer, ASSIGN, order, at)


async def order_reminders(viewer: Viewer, at: datetime) -> int:
    """Have a job remind everybody within the viewer's reach whose required assignment is overdue."""
    return await _enqueue(viewer, REMIND, Order(viewer.person_id, reach_of(viewer).manager_id), at)


async def _enqueue(viewer: Viewer, kind: str, order: Order, at: datetime) -> int:
    async with writing():
        payload = msgspec.to_builtins(order)
        job_id = await jobs.enqueue(kind, new_ref(), at, payload, owner_id=viewer.person_id)
        assert job_id is not None
        facts = {"subject": order.subject.key} if order.subject else {}
        await audit.record(viewer.actor, kind, ("job", job_id), at, facts)
        return job_id


async def job_info(viewer: Viewer, job_id: int) -> JobInfo:
    """A bulk that this viewer ordered. Raises NotFound."""
    rows = await Job.raw(
        "SELECT id, kind, progress, total, report, done_at, dead_at FROM jobs"
        " WHERE id = {} AND owner_id = {} AND kind IN ({}, {})",
        job_id,
        viewer.person_id,
        ASSIGN,
        REMIND,
    )
    if not rows:
        raise NotFound
    row = rows[0]
    dead = row["dead_at"] is not None
    report = _report(row["report"])
    return JobInfo(row["id"], row["kind"], row["progress"], row["total"], report, row["done_at"] is not None, dead)


def _report(stored: Any) -> Report:
    return msgspec.convert(json.loads(stored) if isinstance(stored, str) else stored, Report)


async def assign_many(held: Claim) -> None:
    """The job that assigns."""
    order = msgspec.convert(held.payload, Order)
    assert order.audience is not None
    assert order.subject is not None
    async with reading():
        try:
            people = await members(order.audience)
            await subject_info(order.subject, settings().language)
        except Refused as refused:  # retired meanwhile, or the team outgrew a job: no later try will do better
            raise Dead(refused.code) from refused
    await _run(held, order, people, _assign)


async def remind_many(held: Claim) -> None:
    """The job that reminds of what is overdue; its `people` are assignments."""
    order = msgspec.convert(held.payload, Order)
    condition, values = order.reach.covers()
    sql = (  # our own conditions
        f"SELECT a.id FROM assignments a JOIN persons p ON p.id = a.person WHERE {IS_OPEN} AND a.required"  # noqa: S608
        f" AND a.due_at < {{}} AND p.disabled_at IS NULL AND {condition} ORDER BY a.id"
    )
    async with reading():
        rows = await Assignment.raw(sql, held.row["created_at"], *values)
    await _run(held, order, [row["id"] for row in rows], _remind)


async def _run(held: Claim, order: Order, everybody: list[int], step: Step) -> None:
    """Batch by batch, each in a transaction with its report. Raises Later to give the worker back in between."""
    began, report = monotonic(), _report(held.row["report"])
    # What was done before stays counted, though a reminded assignment or a member gone is not found again.
    before = int(held.row["progress"])
    left = [one for one in everybody if one > report.after]
    for start in range(0, len(left), BATCH):
        batch = left[start : start + BATCH]
        async with writing():
            await step(order, batch, report, now())
            report.after = batch[-1]
            if not await _keep(held, report, before + start + len(batch), before + len(left)):
                raise Later(timedelta(), "the lease was lost")
        if monotonic() - began > AT_A_STRETCH_SECONDS and start + BATCH < len(left):
            raise Later(timedelta(), "goes on")


async def _keep(held: Claim, report: Report, done: int, total: int) -> bool:
    kept = json.dumps(msgspec.to_builtins(report), ensure_ascii=False)
    return bool(
        await Job.raw(
            "UPDATE jobs SET progress = {}, total = {}, report = {} WHERE id = {} AND fence = {} AND done_at IS NULL"
            " RETURNING id",
            done,
            total,
            kept,
            held.id,
            held.fence,
        )
    )


async def _assign(order: Order, batch: list[int], report: Report, at: datetime) -> None:
    assert order.subject is not None
    info = await subject_info(order.subject, settings().language)
    for one in await candidates(order.reach, info.subject, batch):
        reason = rules.skip_reason(one, info.valid_days, order.again, at)
        if reason is None and not await _assign_one(order, info.subject, one.person_id, at):
            reason = Skip.OPEN
        if reason is None:
            report.given += 1
        else:
            report.skip(reason.value, one.person_id)


async def _assign_one(order: Order, subject: Subject, person_id: int, at: datetime) -> bool:
    who, due_at, required = order.actor, order.due_at, order.required
    if subject.version_id is None:
        given = actions.assign_course(who, person_id, subject.id, Cause.MANUAL, at, due_at=due_at, required=required)
    else:
        given = actions.assign_curriculum(
            who, person_id, subject.version_id, Cause.MANUAL, at, due_at=due_at, required=required
        )
    return (await given)[1]


async def _remind(order: Order, batch: list[int], report: Report, at: datetime) -> None:
    for assignment_id in batch:
        if await actions.remind_once(order.actor, assignment_id, at):
            report.given += 1
        else:
            report.skip("reminded")
