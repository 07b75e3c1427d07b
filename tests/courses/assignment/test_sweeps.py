"""What time brings: each reminder once per due date, managers once a week, owners older than their curriculum."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from courses.assignment import actions, sweeps
from courses.assignment.tables import Reminder
from portal.core.base import hooks
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.notices.tables import Notice
from portal.core.people import actions as people
from portal.core.stores import actions as stores
from tests import cast, make
from tests.courses import build

pytestmark = pytest.mark.usefixtures("database")
DAY = timedelta(days=1)


@pytest.fixture
def later(tmp_path: Path) -> object:
    """Moves every clock reading on by so many days."""

    def move(days: int) -> None:
        (tmp_path / "clock").write_text(f"+{days}d")

    return move


async def kinds(person_id: int) -> list[str]:
    async with reading():
        rows = await Notice.select(Notice.kind).where(Notice.person == person_id).order_by(Notice.id)
    return [row["kind"] for row in rows if row["kind"] not in ("assignment_assigned", "assignment_extended")]


async def given(person_id: int, due_at: datetime, **more: object) -> int:
    made = await build.course(build.ARTICLE)
    assigned, _ = await actions.assign_course(SYSTEM, person_id, made.id, "manual", now(), due_at=due_at, **more)  # type: ignore[arg-type]
    return assigned


async def test_each_reminder_comes_once_in_its_time(later: object) -> None:
    olive = await make.person("owner", "Olive")
    await given(olive, now() + 20 * DAY)
    seen = []
    for day in (0, 12, 14, 14, 19, 20, 22, 23, 24, 40):
        later(day)  # type: ignore[operator]
        await sweeps.remind_due()
        await sweeps.remind_due()
        seen.append(len(await kinds(olive)))
    assert seen == [0, 0, 1, 1, 1, 2, 2, 3, 3, 3]
    assert await kinds(olive) == ["assignment_soon", "assignment_due", "assignment_overdue"]


async def test_after_downtime_only_the_latest_is_sent(later: object) -> None:
    olive = await make.person("owner", "Olive")
    await given(olive, now() + 20 * DAY)
    later(60)  # type: ignore[operator]
    await sweeps.remind_due()
    assert await kinds(olive) == ["assignment_overdue"]


async def test_an_extension_starts_the_reminders_anew(later: object) -> None:
    olive = await make.person("owner", "Olive")
    due_at = now() + 20 * DAY
    assigned = await given(olive, due_at)
    later(15)  # type: ignore[operator]
    await sweeps.remind_due()
    await actions.extend(SYSTEM, assigned, due_at + 30 * DAY, "住院了", now())
    later(21)  # type: ignore[operator]
    await sweeps.remind_due()
    assert await kinds(olive) == ["assignment_soon"]
    later(45)  # type: ignore[operator]
    await sweeps.remind_due()
    assert await kinds(olive) == ["assignment_soon", "assignment_soon"]


async def test_whoever_was_assigned_late_is_not_told_twice(later: object) -> None:
    olive = await make.person("owner", "Olive")
    await given(olive, now() + 3 * DAY)
    await sweeps.remind_due()
    assert await kinds(olive) == []
    later(3)  # type: ignore[operator]
    await sweeps.remind_due()
    assert await kinds(olive) == ["assignment_due"]


async def test_electives_the_finished_and_the_gone_are_left_in_peace(later: object) -> None:
    olive, dora, gone = [await make.person("owner", name) for name in ("Olive", "Dora", "Gone")]
    due_at = now() + 10 * DAY
    await given(olive, due_at, required=False)
    await actions.complete(await given(dora, due_at), now())
    await given(gone, due_at)
    await people.disable_person(SYSTEM, gone, now())
    later(30)  # type: ignore[operator]
    await sweeps.remind_due()
    assert [await kinds(one) for one in (olive, dora, gone)] == [[], [], []]
    async with reading():
        assert await Reminder.count() == 0


async def test_many_are_reminded_in_one_pass(later: object) -> None:
    made = await build.course(build.ARTICLE)
    owners = [await make.person("owner", f"Owner {n}") for n in range(sweeps.BATCH + 5)]
    for one in owners:
        await actions.assign_course(SYSTEM, one, made.id, "manual", now(), due_at=now() + 10 * DAY)
    later(11)  # type: ignore[operator]
    assert await sweeps.remind_due() == len(owners)


async def test_her_manager_hears_once_a_week_of_all_who_are_late(later: object) -> None:
    stage = await cast.enter()
    second = await make.owner("Second", manager_id=stage.mona)
    for one in (stage.olive.person_id, second.person_id):
        await given(one, now() + DAY)
    seen = []
    for day in (2, 5, 6, 11, 12, 13, 30):
        later(day)  # type: ignore[operator]
        await sweeps.remind_due()
        seen.append((await kinds(stage.mona)).count("team_overdue"))
    assert seen == [0, 1, 1, 1, 2, 2, 3]
    assert await kinds(stage.milo) == []
    async with reading():
        rows = await Notice.select(Notice.params).where(Notice.person == stage.mona).order_by(Notice.id)
    assert build.loaded(rows[0]["params"]) == {"people": 2}


async def test_the_owner_of_a_closed_store_is_not_reminded_of_her_licence(later: object) -> None:
    hooks.store_opened.join(actions.on_store_opened)
    await build.curriculum(("course", await build.course(build.ARTICLE), None), purpose="owner_licence", due_days=10)
    olive, otto = await make.owner("Olive"), await make.owner("Otto")
    await stores.close_store(SYSTEM, otto.store_id, now())
    later(9)  # type: ignore[operator]
    await sweeps.remind_due()
    assert "assignment_soon" in await kinds(olive.person_id)
    assert "assignment_soon" not in await kinds(otto.person_id)


async def test_owners_older_than_the_curriculum_get_it_too() -> None:
    hooks.store_opened.join(actions.on_store_opened)
    olive, otto = await make.owner("Olive"), await make.owner("Otto")
    await stores.close_store(SYSTEM, otto.store_id, now())
    assert await sweeps.assign_owners() == 0
    await build.curriculum(("course", await build.course(build.ARTICLE), None), purpose="owner_licence")
    assert await sweeps.assign_owners() == 1
    assert await sweeps.assign_owners() == 0
    assert await make.open_assignment(olive.person_id)
