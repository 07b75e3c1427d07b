"""Assigning, completing, withdrawing, extending and reminding, on both databases."""

import asyncio
from datetime import timedelta

import pytest

from courses.assignment import actions, queries
from courses.assignment.queries import AssignmentInfo
from courses.assignment.tables import Assignment, Extension, Reminder
from portal.core.base import hooks
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import Forbidden, NotFound, Refused
from portal.core.base.tables import AuditEntry
from portal.core.notices.tables import Notice
from portal.core.people import actions as people
from portal.core.stores import actions as stores
from tests import cast, make
from tests.courses import build

DAY = timedelta(days=1)
pytestmark = pytest.mark.usefixtures("database")


async def info(assignment_id: int) -> AssignmentInfo:
    async with reading():
        found = await queries.assignment(assignment_id)
    assert found is not None
    return found


async def notices(person_id: int) -> list[str]:
    async with reading():
        rows = await Notice.select(Notice.kind).where(Notice.person == person_id).order_by(Notice.id)
    return [row["kind"] for row in rows]


async def test_a_curriculum_is_given_once_with_its_own_days() -> None:
    olive = await make.person("owner", "Olive")
    _, version = await build.curriculum(("course", await build.course(build.ARTICLE), None), due_days=30)
    at = now()
    given, new = await actions.assign_curriculum(SYSTEM, olive, version, "manual", at)
    again, new_again = await actions.assign_curriculum(SYSTEM, olive, version, "manual", at + DAY)
    assert (new, new_again, again) == (True, False, given)
    found = await info(given)
    assert found.due_at is not None
    assert 30 <= (found.due_at - at).days <= 31
    assert found.required
    assert found.open
    assert await notices(olive) == ["assignment_assigned"]


async def test_of_24_at_once_one_assigns() -> None:
    olive = await make.person("owner", "Olive")
    made = await build.course(build.ARTICLE)
    at = now()
    results = await asyncio.gather(*(actions.assign_course(SYSTEM, olive, made.id, "manual", at) for _ in range(24)))
    assert len({given for given, _ in results}) == 1
    assert sum(new for _, new in results) == 1
    async with reading():
        assert await Assignment.count() == 1
        assert await AuditEntry.count().where(AuditEntry.action == "assignment.assign") == 1
    assert await notices(olive) == ["assignment_assigned_open"]


async def test_a_new_registration_follows_a_closed_one() -> None:
    olive = await make.person("owner", "Olive")
    made = await build.course(build.ARTICLE)
    first, _ = await actions.assign_course(SYSTEM, olive, made.id, "manual", now())
    assert await actions.complete(first, now())
    assert not await actions.complete(first, now())
    second, new = await actions.assign_course(SYSTEM, olive, made.id, "manual", now())
    assert new
    assert second != first
    async with reading():
        assert [one.id for one in await queries.open_assignments(olive)] == [second]
        assert [one.id for one in await queries.completed_assignments(olive)] == [first]


@pytest.mark.parametrize("give", [actions.assign_curriculum, actions.assign_course])
async def test_what_is_not_there_cannot_be_given(give: object) -> None:
    olive = await make.person("owner", "Olive")
    with pytest.raises(NotFound):
        await give(SYSTEM, olive, 4711, "manual", now())  # type: ignore[operator]


async def test_a_purpose_takes_its_newest_version() -> None:
    olive = await make.person("owner", "Olive")
    part = ("course", await build.course(build.ARTICLE), None)
    with pytest.raises(Refused, match="no_curriculum"):
        await actions.assign_by_purpose(SYSTEM, olive, "remedial", "violation", now())
    curriculum, _ = await build.curriculum(part, purpose="remedial", code="mend")
    newest = await build.curriculum_version(curriculum, "mend", 2, (part,), at=make.START + DAY)
    given, _ = await actions.assign_by_purpose(SYSTEM, olive, "remedial", "violation", now())
    assert (await info(given)).curriculum_version_id == newest
    assert await notices(olive) == []  # the decision itself tells of a violation
    async with reading():
        latest = await queries.latest_assignment(olive, "remedial")
    assert latest is not None
    assert latest.id == given


async def test_opening_a_store_gives_the_licence_curriculum_once() -> None:
    hooks.store_opened.join(actions.on_store_opened)
    await build.curriculum(("course", await build.course(build.ARTICLE), None), purpose="owner_licence", valid_days=365)
    olive = await make.owner("Olive")
    given = await make.open_assignment(olive.person_id)
    found = await info(given)
    assert (found.cause, found.required) == ("new_owner", True)
    await actions.complete(given, now())
    await stores.close_store(SYSTEM, olive.store_id, now())
    fact = hooks.StoreFact(olive.store_id, olive.person_id, now() + 30 * DAY, SYSTEM)
    await actions.on_store_opened(fact)  # she still holds what she learned
    async with reading():
        assert await queries.open_assignments(olive.person_id) == []
    await actions.on_store_opened(hooks.StoreFact(olive.store_id, olive.person_id, now() + 400 * DAY, SYSTEM))
    assert await make.open_assignment(olive.person_id) != given


async def test_without_a_curriculum_a_store_opens_all_the_same() -> None:
    hooks.store_opened.join(actions.on_store_opened)
    olive = await make.owner("Olive")
    async with reading():
        assert await queries.open_assignments(olive.person_id) == []


async def test_withdrawing_tells_her_and_counts_no_more() -> None:
    olive = await make.person("owner", "Olive")
    made = await build.course(build.ARTICLE)
    given, _ = await actions.assign_course(SYSTEM, olive, made.id, "manual", now())
    await actions.cancel(SYSTEM, given, now())
    with pytest.raises(Refused, match="assignment_closed"):
        await actions.cancel(SYSTEM, given, now())
    assert not await actions.complete(given, now())
    async with reading():
        assert await queries.own_assignment(olive, given) is None
    assert (await notices(olive))[-1] == "assignment_cancelled"


async def test_extending_keeps_why_and_only_goes_forward() -> None:
    olive = await make.person("owner", "Olive")
    made = await build.course(build.ARTICLE)
    at = now()
    given, _ = await actions.assign_course(SYSTEM, olive, made.id, "manual", at, due_at=at + 5 * DAY)
    await actions.extend(SYSTEM, given, at + 9 * DAY, "住院了", at)
    assert (await info(given)).due_at == at + 9 * DAY
    for due_at in (at + 9 * DAY, at + 8 * DAY, at - DAY):
        with pytest.raises(Refused, match="due_not_later"):
            await actions.extend(SYSTEM, given, due_at, "再说", at)
    async with reading():
        kept = await queries.extensions_of(given)
        assert await Extension.count() == 1
    assert [(one.due_before, one.due_after, one.reason) for one in kept] == [(at + 5 * DAY, at + 9 * DAY, "住院了")]
    await actions.complete(given, at)
    with pytest.raises(Refused, match="assignment_closed"):
        await actions.extend(SYSTEM, given, at + 20 * DAY, "太晚", at)


async def test_of_two_extensions_at_once_one_wins() -> None:
    olive = await make.person("owner", "Olive")
    at = now()
    given, _ = await actions.assign_course(
        SYSTEM, olive, (await build.course(build.ARTICLE)).id, "manual", at, due_at=at + DAY
    )
    tries = [actions.extend(SYSTEM, given, at + 9 * DAY, "once", at) for _ in range(12)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(result is None for result in results) == 1
    async with reading():
        assert await Extension.count() == 1


async def test_a_manager_reminds_her_own_once_a_day() -> None:
    stage = await cast.enter()
    made = await build.course(build.ARTICLE)
    at = now()
    given, _ = await actions.assign_course(SYSTEM, stage.olive.person_id, made.id, "manual", at, due_at=at + DAY)
    mona, milo, abe = [await make.viewer(one) for one in (stage.mona, stage.milo, stage.abe)]
    with pytest.raises(NotFound):
        await actions.remind(milo, given, at)
    with pytest.raises(Forbidden):
        await actions.remind(abe, given, at)
    results = await asyncio.gather(*(actions.remind(mona, given, at) for _ in range(12)), return_exceptions=True)
    assert sum(result is None for result in results) == 1
    assert all(isinstance(result, Refused) for result in results if result is not None)
    await actions.remind(mona, given, at + DAY)
    async with reading():
        assert await Reminder.count().where(Reminder.kind == "manual", Reminder.by == stage.mona) == 2
    assert (await notices(stage.olive.person_id)).count("assignment_reminder") == 2


async def test_an_admin_reaches_everybody() -> None:
    stage = await cast.enter()
    made = await build.course(build.ARTICLE)
    given, _ = await actions.assign_course(SYSTEM, stage.abe, made.id, "manual", now())
    await actions.remind(await make.viewer(stage.ada), given, now())
    assert (await notices(stage.abe))[-1] == "assignment_reminder_open"
    with pytest.raises(NotFound):
        await actions.remind(await make.viewer(stage.mona), given, now() + 2 * DAY)


async def test_who_may_not_come_in_is_told_nothing() -> None:
    olive = await make.person("owner", "Olive")
    await people.disable_person(SYSTEM, olive, now())
    made = await build.course(build.ARTICLE)
    await actions.assign_course(SYSTEM, olive, made.id, "manual", now())
    assert await notices(olive) == []
