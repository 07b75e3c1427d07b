"""Many at once: who gets it, who is left out and why, and what a worker that dies in the middle leaves behind."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from courses.assignment import actions, audience, bulk, queries
from courses.assignment.audience import Audience, Reach, Subject
from courses.assignment.bulk import JobInfo
from courses.assignment.rules import Skip
from courses.assignment.tables import Assignment
from portal.core.base import leases, worker
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import counting_queries, reading, writing
from portal.core.base.leases import Claim
from portal.core.base.refusals import NotFound
from portal.core.base.tables import Job
from portal.core.notices.tables import Notice
from portal.core.people import actions as people
from portal.core.people.tables import Person
from portal.core.stores import actions as stores
from portal.core.stores import groups
from portal.core.stores.tables import Stewardship, Store
from portal.core.web.viewer import Viewer
from tests import cast, make
from tests.courses import build

pytestmark = pytest.mark.usefixtures("database")
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def handlers() -> Any:
    """A worker that knows bulks only."""
    before = dict(worker.REGISTRY.kinds)
    worker.REGISTRY.kinds |= {bulk.ASSIGN: bulk.assign_many, bulk.REMIND: bulk.remind_many}
    yield
    worker.REGISTRY.kinds.clear()
    worker.REGISTRY.kinds.update(before)


async def team(manager_id: int, size: int) -> list[int]:
    """Owners in the manager's team, put straight into the tables: there may be many of them."""
    at = now()
    async with writing():
        people_rows = [
            Person(name=f"Owner {n}", language="zh-Hans", theme="system", care=False, created_at=at)
            for n in range(size)
        ]
        ids = [row["id"] for row in await Person.insert(*people_rows)]
        shops = [
            Store(
                external_id=f"s-{one}",
                owner=one,
                name="店",
                opened_at=at,
                kit_sku="kit",
                kit_paid_fen=1,
                changed_at=at,
            )
            for one in ids
        ]
        rows = await Store.insert(*shops)
        await Stewardship.insert(*[Stewardship(store=row["id"], manager=manager_id, since=at) for row in rows])
    return ids


async def subject() -> Subject:
    made = await build.course(build.ARTICLE)
    return Subject(made.id)


async def done(viewer: Viewer, job_id: int) -> JobInfo:
    await worker.drain()
    async with reading():
        return await bulk.job_info(viewer, job_id)


async def assigned() -> int:
    async with reading():
        return int(await Assignment.count())


async def test_a_whole_team_in_batches() -> None:
    mona_id = await make.person("manager", "Mona")
    owners = await team(mona_id, 230)
    mona, what = await make.viewer(mona_id), await subject()
    at = now()
    job_id = await bulk.order_assignment(mona, what, Audience("team", mona_id), at, due_at=at + DAY, required=False)
    job = await done(mona, job_id)
    assert (job.done, job.total, job.finished) == (230, 230, True)
    assert (job.report.given, job.report.skipped) == (230, {})
    async with reading():
        rows = await Assignment.select(Assignment.person, Assignment.due_at, Assignment.required)
    assert sorted(row["person"] for row in rows) == owners
    assert {(row["due_at"], row["required"]) for row in rows} == {(at + DAY, False)}
    again = await done(mona, await bulk.order_assignment(mona, what, Audience("team", mona_id), at))
    assert (again.report.given, again.report.skipped) == (0, {"open": 230})
    assert len(again.report.who) == bulk.LISTED


async def test_who_is_left_out_and_why() -> None:
    stage = await cast.enter()
    mona, what = await make.viewer(stage.mona), await subject()
    fresh, busy, ready, gone = [(await make.owner(name, manager_id=stage.mona)).person_id for name in "abcd"]
    await actions.assign_course(SYSTEM, busy, what.id, "manual", now())
    first, _ = await actions.assign_course(SYSTEM, ready, what.id, "manual", now())
    await actions.complete(first, now())
    await people.disable_person(SYSTEM, gone, now())
    chosen = (fresh, busy, ready, gone, stage.otto.person_id)
    async with reading():
        info = await audience.subject_info(what, "zh-Hans")
        outcome = await audience.preview(Reach(stage.mona), info, Audience("people", people=chosen), False, now())
        anew = await audience.preview(Reach(stage.mona), info, Audience("people", people=chosen), True, now())
    left_out = {Skip.OPEN: 1, Skip.COMPLETED: 1, Skip.DISABLED: 1, Skip.NOT_IN_TEAM: 1}
    assert (outcome.total, outcome.given, outcome.skipped) == (5, 1, left_out)
    assert (anew.given, anew.skipped) == (2, {key: n for key, n in left_out.items() if key is not Skip.COMPLETED})
    job_id = await bulk.order_assignment(mona, what, Audience("people", people=chosen), now())
    job = await done(mona, job_id)
    assert job.report.given == 1
    assert dict(job.report.who) == {
        busy: "open",
        ready: "completed",
        gone: "disabled",
        stage.otto.person_id: "not_in_team",
    }


async def test_a_newer_version_does_not_count_the_older_as_done() -> None:
    olive = await make.owner("Olive")
    part = ("course", await build.course(build.ARTICLE), None)
    curriculum, first = await build.curriculum(part, code="yearly")
    given, _ = await actions.assign_curriculum(SYSTEM, olive.person_id, first, "manual", now())
    await actions.complete(given, now())
    whom = Audience("people", people=(olive.person_id,))

    async def would_get_it() -> int:
        async with reading():
            info = await audience.subject_info(Subject(curriculum, 0), "zh-Hans")
            return (await audience.preview(Reach(None), info, whom, False, now())).given

    assert await would_get_it() == 0
    await build.curriculum_version(curriculum, "yearly", 2, (part,), at=make.START + DAY)
    assert await would_get_it() == 1


async def test_groups_roles_and_a_store_that_closed() -> None:
    stage = await cast.enter()
    mona, ada, what = await make.viewer(stage.mona), await make.viewer(stage.ada), await subject()
    group_id = await groups.make_group(SYSTEM, "周三班", stage.mona, now())
    async with reading():
        group = await groups.group(group_id)
    assert group is not None
    await groups.add_members(SYSTEM, group, [stage.olive.person_id], now())
    job = await done(mona, await bulk.order_assignment(mona, what, Audience("group", group_id), now()))
    assert (job.total, job.report.given) == (1, 1)
    job = await done(ada, await bulk.order_assignment(ada, what, Audience("role", role="agent"), now()))
    assert (job.total, job.report.given) == (1, 1)
    await stores.close_store(SYSTEM, stage.olive.store_id, now())
    async with reading():
        assert await audience.members(Audience("team", stage.mona)) == []
        assert await audience.within(Reach(stage.mona), [stage.olive.person_id]) == frozenset()


async def test_a_preview_asks_as_much_for_many_as_for_one() -> None:
    mona_id = await make.person("manager", "Mona")
    what = await subject()
    counts = []
    for size in (1, 300):
        await team(mona_id, size)
        async with reading():
            info = await audience.subject_info(what, "zh-Hans")
            with counting_queries() as count:
                await audience.preview(Reach(mona_id), info, Audience("team", mona_id), False, now())
        counts.append(len(count))
    assert counts[0] == counts[1] <= 3


class Killed(BaseException):
    """The process is gone."""


async def claimed() -> Claim:
    held = await leases.claim(Job, now())
    assert len(held) == 1
    return held[0]


async def let_go(job_id: int) -> None:
    """The lease runs out."""
    async with writing():
        await Job.raw("UPDATE jobs SET leased_until = NULL WHERE id = {}", job_id)


async def test_a_worker_that_dies_is_followed_by_one_that_goes_on() -> None:
    mona_id = await make.person("manager", "Mona")
    await team(mona_id, 250)
    mona, what = await make.viewer(mona_id), await subject()
    job_id = await bulk.order_assignment(mona, what, Audience("team", mona_id), now())
    batches = 0

    async def dies_in_the_second(order: Any, batch: list[int], report: Any, at: datetime) -> None:
        nonlocal batches
        batches += 1
        await bulk._assign(order, batch, report, at)
        if batches == 2:
            raise Killed

    held = await claimed()
    async with reading():
        everybody = await audience.members(Audience("team", mona_id))
    with pytest.raises(Killed):
        await bulk._run(held, bulk.msgspec.convert(held.payload, bulk.Order), everybody, dies_in_the_second)
    assert await assigned() == 100
    await let_go(job_id)
    job = await done(mona, job_id)
    assert (job.report.given, job.report.skipped) == (250, {})
    assert (job.done, job.total) == (250, 250)
    assert await assigned() == 250
    async with reading():
        assert await Notice.count().where(Notice.kind == "assignment_assigned_open") == 250


async def test_a_worker_that_lost_its_lease_changes_nothing() -> None:
    mona_id = await make.person("manager", "Mona")
    await team(mona_id, 30)
    mona, what = await make.viewer(mona_id), await subject()
    job_id = await bulk.order_assignment(mona, what, Audience("team", mona_id), now())
    stalled = await claimed()
    await let_go(job_id)
    job = await done(mona, job_id)
    assert job.report.given == 30
    with pytest.raises(leases.Later):
        await bulk.assign_many(stalled)
    async with reading():
        assert (await bulk.job_info(mona, job_id)).report == job.report
        assert await Notice.count() == 30


async def test_what_was_retired_meanwhile_ends_the_job_with_a_word() -> None:
    stage = await cast.enter()
    mona, what = await make.viewer(stage.mona), await subject()
    job_id = await bulk.order_assignment(mona, what, Audience("team", stage.mona), now())
    async with writing():
        await Assignment.raw("UPDATE courses SET retired_at = {} WHERE id = {}", now(), what.id)
    job = await done(mona, job_id)
    assert job.failed
    assert await assigned() == 0


async def test_reminding_everybody_who_is_late() -> None:
    stage = await cast.enter()
    mona, what = await make.viewer(stage.mona), await subject()
    at = now()
    late, other = [(await make.owner(name, manager_id=stage.mona)).person_id for name in "ab"]
    for person_id, due_at in ((late, at - DAY), (other, at + DAY), (stage.otto.person_id, at - DAY)):
        await actions.assign_course(SYSTEM, person_id, what.id, "manual", at - 9 * DAY, due_at=due_at)
    async with reading():
        late_one = (await queries.open_assignments(late))[0]
    job = await done(mona, await bulk.order_reminders(mona, at))
    assert (job.report.given, job.report.skipped) == (1, {})
    job = await done(mona, await bulk.order_reminders(mona, at))
    assert (job.report.given, job.report.skipped) == (0, {"reminded": 1})
    async with reading():
        told = await Notice.select(Notice.person).where(Notice.kind == "assignment_reminder")
        kept = await Assignment.select(Assignment.id).where(Assignment.reminded_at.is_not_null())
    assert [row["person"] for row in told] == [late]
    assert [row["id"] for row in kept] == [late_one.id]


async def test_a_job_is_its_orderers_alone() -> None:
    stage = await cast.enter()
    mona = await make.viewer(stage.mona)
    job_id = await bulk.order_assignment(mona, await subject(), Audience("team", stage.mona), now())
    async with reading():
        for other in (stage.milo, stage.ada):
            with pytest.raises(NotFound):
                await bulk.job_info(await make.viewer(other), job_id)
    async with reading():
        kept = await Job.select(Job.payload).where(Job.id == job_id)
    assert set(json.loads(kept[0]["payload"])) == {
        "by",
        "manager_id",
        "audience",
        "subject",
        "due_at",
        "required",
        "again",
    }
