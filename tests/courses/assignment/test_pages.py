"""Giving and following as a manager or admin meets it; nobody reaches beyond her own."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from courses.assignment import actions, queries
from courses.assignment.tables import Assignment
from portal.core.base import worker
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now, site_zone
from portal.core.base.database import counting_queries, reading
from portal.core.notices.tables import Notice
from portal.core.stores import groups
from tests import cast, make
from tests.browse import Browser, Page
from tests.cast import Cast
from tests.courses import build
from tests.courses.build import Made

Open = Callable[[], Browser]
DAY = timedelta(days=1)
NEW, PREVIEW, GIVE = "/manage/assign", "/manage/assign/preview", "/manage/assign"


@dataclass(frozen=True)
class Stage:
    """The cast, a course to give, and Mona at her desk."""

    cast: Cast
    course: Made
    mona: Browser

    @property
    def what(self) -> str:
        return f"course-{self.course.id}"


@pytest.fixture
async def stage(open_browser: Open) -> Stage:
    people = await cast.enter()
    return Stage(people, await build.course(build.ARTICLE), await make.sign_in(open_browser(), people.mona))


async def look(browser: Browser, **values: object) -> Page:
    """Fill the form and see who would get it."""
    return await browser.visit_and_submit(NEW, PREVIEW, **values)


async def open_of(person_id: int) -> list[int | None]:
    async with reading():
        return [one.course_id for one in await queries.open_assignments(person_id)]


async def test_a_manager_gives_to_her_team_and_follows_the_job(stage: Stage) -> None:
    preview = await look(stage.mona, what=stage.what, to="team")
    assert preview.status == 200
    assert "布置给这 1 位" in preview
    job = await stage.mona.submit(preview, GIVE)
    assert job.path.startswith("/manage/jobs/")
    assert "hx-trigger" in job.html
    await worker.drain()
    done = await stage.mona.get(job.path)
    assert "已布置给 1 位" in done
    assert "hx-trigger" not in done.html
    assert await open_of(stage.cast.olive.person_id) == [stage.course.id]
    assert await open_of(stage.cast.otto.person_id) == []


async def test_the_same_form_sent_twice_is_one_job(stage: Stage) -> None:
    preview = await look(stage.mona, what=stage.what, to="team")
    first, second = await stage.mona.submit(preview, GIVE), await stage.mona.submit(preview, GIVE)
    assert first.path == second.path


async def test_htmx_gets_the_bar_alone(stage: Stage) -> None:
    job = await stage.mona.submit(await look(stage.mona, what=stage.what, to="team"), GIVE)
    part = await stage.mona.get(job.path, headers={"HX-Request": "true", "HX-Target": "job"})
    assert part.html.lstrip().startswith('<section id="job"')
    assert "<html" not in part.html


async def test_a_list_of_people_tells_who_was_not_found_without_telling_who_exists(stage: Stage) -> None:
    olive, otto = stage.cast.olive.external_id, stage.cast.otto.external_id
    preview = await look(stage.mona, what=stage.what, to="people", people=f"{olive}\n{otto}\n\nnobody@example.test")
    assert "布置给这 1 位" in preview
    assert "2 行没找到人" in preview
    assert "Otto" not in preview
    job = await stage.mona.submit(preview, GIVE)
    await worker.drain()
    assert "已布置给 1 位" in await stage.mona.get(job.path)
    assert await open_of(stage.cast.otto.person_id) == []
    nobody = await look(stage.mona, what=stage.what, to="people", people=otto)
    assert nobody.status == 422
    assert "没有找到人" in nobody


async def test_the_preview_names_who_is_left_out_and_why(stage: Stage) -> None:
    await actions.assign_course(SYSTEM, stage.cast.olive.person_id, stage.course.id, "manual", now())
    preview = await look(stage.mona, what=stage.what, to="team")
    assert "Olive" in preview
    assert "正在学" in preview
    assert "没有人需要收到" in preview
    assert [form.action for form in preview.forms if form.action == GIVE and form.method == "post"] == []


async def test_due_date_kind_and_notice(stage: Stage) -> None:
    day = (now().astimezone(site_zone()) + 10 * DAY).date()
    preview = await look(stage.mona, what=stage.what, to="team", due_on=day.isoformat(), kind="elective")
    await stage.mona.submit(preview, GIVE)
    await worker.drain()
    async with reading():
        given = (await queries.open_assignments(stage.cast.olive.person_id))[0]
        told = await Notice.select(Notice.kind, Notice.way).where(Notice.person == stage.cast.olive.person_id)
    assert given.due_at is not None
    assert given.due_at.astimezone(site_zone()).isoformat() == f"{day.isoformat()}T23:59:59+08:00"
    assert not given.required
    assert {"kind": "assignment_assigned", "way": f"/learn/{given.id}"} in told


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("what", {"what": ""}),
        ("what", {"what": "course-4711"}),
        ("what", {"what": "course-x"}),
        ("to", {"to": "everybody"}),
        ("to", {"to": "role", "role": "agent"}),  # an admin's choice
        ("group", {"to": "group"}),
        ("group", {"to": "group", "group": "4711"}),
        ("people", {"to": "people"}),
        ("people", {"to": "people", "people": "\n".join(f"a{n}" for n in range(201))}),
        ("due_on", {"due_on": "2020-01-01"}),
        ("due_on", {"due_on": "2099-01-01"}),
        ("due_on", {"due_on": "soon"}),
    ],
)
async def test_what_is_wrong_stands_beside_its_field(stage: Stage, field: str, values: dict[str, str]) -> None:
    sent = await look(stage.mona, **({"what": stage.what, "to": "team"} | values))
    assert sent.status == 422
    assert f'id="f-{field}-error"' in sent.html or f'href="#f-{field}"' in sent.html
    async with reading():
        assert await Assignment.count() == 0


async def test_a_group_of_another_manager_is_none(stage: Stage) -> None:
    hers = await groups.make_group(SYSTEM, "Mona's", stage.cast.mona, now())
    his = await groups.make_group(SYSTEM, "Milo's", stage.cast.milo, now())
    assert "Milo&#39;s" not in (await stage.mona.get(NEW)).html
    assert (await look(stage.mona, what=stage.what, to="group", group=str(hers))).status == 200
    assert (await look(stage.mona, what=stage.what, to="group", group=str(his))).status == 422


async def test_a_manager_cannot_name_another_team(stage: Stage) -> None:
    preview = await look(stage.mona, what=stage.what, to="team", manager=str(stage.cast.milo))
    job = await stage.mona.submit(preview, GIVE)
    await worker.drain()
    assert "已布置给 1 位" in await stage.mona.get(job.path)
    assert await open_of(stage.cast.otto.person_id) == []


async def test_an_admin_gives_to_a_role_and_to_any_team(stage: Stage, open_browser: Open) -> None:
    ada = await make.sign_in(open_browser(), stage.cast.ada)
    await ada.submit(await look(ada, what=stage.what, to="role", role="agent"), GIVE)
    await ada.submit(await look(ada, what=stage.what, to="team", manager=str(stage.cast.milo)), GIVE)
    await worker.drain()
    assert await open_of(stage.cast.abe) == [stage.course.id]
    assert await open_of(stage.cast.otto.person_id) == [stage.course.id]


@pytest.mark.parametrize("part", ["owner", "agent", "desk_lead"])
async def test_who_may_not_assign(stage: Stage, open_browser: Open, part: str) -> None:
    given, _ = await actions.assign_course(SYSTEM, stage.cast.olive.person_id, stage.course.id, "manual", now())
    browser = await make.sign_in(open_browser(), stage.cast.person_of(part))
    for path in (NEW, "/manage/assignments", f"/manage/assignments/{given}", "/manage/jobs/1"):
        assert (await browser.get(path)).status == 403, path


async def test_beyond_her_team_nothing_is_there(stage: Stage) -> None:
    otto = stage.cast.otto.person_id
    given, _ = await actions.assign_course(SYSTEM, otto, stage.course.id, "manual", now(), due_at=now() + DAY)
    assert "Otto" not in await stage.mona.get("/manage/assignments")
    own, _ = await actions.assign_course(SYSTEM, stage.cast.olive.person_id, stage.course.id, "manual", now())
    page = await stage.mona.get(f"/manage/assignments/{own}")
    tokens = page.form(f"/manage/assignments/{own}/reminders").fields
    day = (now() + 20 * DAY).date().isoformat()
    for act in ("", "/reminders", "/cancellation", "/extensions"):
        path = f"/manage/assignments/{given}{act}"
        sent = (
            await stage.mona.get(path)
            if not act
            else await stage.mona.post(path, tokens | {"due_on": day, "reason": "because", "_key": act})
        )
        assert sent.status == 404, path
    async with reading():
        found = await queries.assignment(given)
        told = await Notice.select(Notice.kind).where(Notice.person == otto, Notice.kind.like("assignment_%"))
    assert told == [{"kind": "assignment_assigned"}]
    assert found is not None
    assert found.open


async def test_reminding_extending_and_withdrawing(stage: Stage) -> None:
    given, _ = await actions.assign_course(
        SYSTEM, stage.cast.olive.person_id, stage.course.id, "manual", now(), due_at=now() + DAY
    )
    path = f"/manage/assignments/{given}"
    first = await stage.mona.visit_and_submit(path, f"{path}/reminders")
    assert "提醒已送出" in first
    again = await stage.mona.visit_and_submit(path, f"{path}/reminders")
    assert again.status == 409
    assert "今天已经提醒过了" in again
    day = (now() + 20 * DAY).date().isoformat()
    wrong = await stage.mona.visit_and_submit(path, f"{path}/extensions", due_on=day, reason="")
    assert wrong.status == 422
    assert day in wrong.html
    early = await stage.mona.visit_and_submit(
        path, f"{path}/extensions", due_on=now().date().isoformat(), reason="再等"
    )
    assert early.status == 409
    assert "新的日期要比原来的晚" in early
    moved = await stage.mona.visit_and_submit(path, f"{path}/extensions", due_on=day, reason="住院了")
    assert "住院了" in moved
    gone = await stage.mona.visit_and_submit(path, f"{path}/cancellation")
    assert "已撤回" in gone
    assert f"{path}/extensions" not in gone.html


async def test_everybody_who_is_late_is_reminded_at_once(stage: Stage, tmp_path: Path) -> None:
    await actions.assign_course(
        SYSTEM, stage.cast.olive.person_id, stage.course.id, "manual", now(), due_at=now() + DAY
    )
    assert "没有人逾期" in await stage.mona.get("/manage/assignments")
    (tmp_path / "clock").write_text("+3d")
    # The clock moved on for three days, and so did her sign-in.
    await make.sign_in(stage.mona, stage.cast.mona)
    late = await stage.mona.get("/manage/assignments?show=overdue")
    assert "Olive" in late
    job = await stage.mona.submit(late, "/manage/reminders")
    await worker.drain()
    assert "提醒了 1 项" in await stage.mona.get(job.path)


async def test_a_job_is_not_there_for_others(stage: Stage, open_browser: Open) -> None:
    job = await stage.mona.submit(await look(stage.mona, what=stage.what, to="team"), GIVE)
    for other in (stage.cast.milo, stage.cast.ada):
        browser = await make.sign_in(open_browser(), other)
        assert (await browser.get(job.path)).status == 404
    assert (await stage.mona.get("/manage/jobs/99999999999999999999")).status == 404


@pytest.mark.parametrize("size", [1, 30])
async def test_lists_ask_the_database_a_bounded_number_of_times(stage: Stage, size: int) -> None:
    for _ in range(size):
        one = await make.owner("Owner", manager_id=stage.cast.mona)
        await actions.assign_course(SYSTEM, one.person_id, stage.course.id, "manual", now())
    for path in ("/manage/assignments", NEW):
        with counting_queries() as count:
            assert (await stage.mona.get(path)).status == 200
        assert len(count) <= 12, (path, count.queries)


async def test_in_english(stage: Stage, open_browser: Open) -> None:
    eve = await make.person("manager", "Eve", language="en")
    browser = await make.sign_in(open_browser(), eve)
    assert "Assign learning" in await browser.get(NEW)
    assert "What was assigned" in await browser.get("/manage/assignments")
