"""An agent's whole way: the curriculum by rule, the certificate, the role that it marks, its end and its renewal."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from certification.certificates import actions as certificates
from certification.certificates import queries as held
from certification.rights import staffing
from certification.rights.staffing import keep_staff
from courses.assignment import actions as assignments
from courses.assignment import queries as assigned
from courses.assignment.queries import AssignmentInfo
from courses.catalogue.commands import import_from_path
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.settings import settings
from portal.core.notices.tables import Notice
from portal.core.people import actions as people
from portal.core.people.tables import RoleGrant
from portal.service.roster.queries import may_take
from portal.service.roster.rules import Why
from tests import make
from tests.browse import Browser
from tests.cast import Cast
from tests.certification.rights.small import write_package

DAY = timedelta(days=1)
VALID = 100


@pytest.fixture
async def rule(app: object, tmp_path: Path) -> datetime:
    """The smallest curriculum for agents is kept; since when."""
    at = now()
    for code, purpose in (("desk", "agent"), ("small", "owner_licence")):
        report = await import_from_path(write_package(tmp_path / code, code, purpose, valid_days=VALID), at=at)
        assert not report.refused, report.refused
    return at


def clock(offset: timedelta) -> datetime:
    """Move every clock of this test from the true time."""
    file = settings().clock_file
    assert file is not None
    file.write_text(f"+{int(offset.total_seconds())}s")
    return now()


async def given(person: int) -> list[AssignmentInfo]:
    async with reading():
        return [one for one in await assigned.open_assignments(person) if one.purpose == "agent"]


async def grants(person: int) -> dict[str, datetime | None]:
    async with reading():
        rows = await RoleGrant.select().where(RoleGrant.person == person, RoleGrant.ended_at.is_null())
    return {row["role"]: row["certified_until"] for row in rows}


async def learn(person: int) -> datetime:
    """Go the whole way of the open registration, now."""
    assignment, at = (await given(person))[0].id, now()
    await make.sit_exam(person, assignment, await make.learn_all(person, assignment, at))
    async with reading():
        until = await held.longest(person, "agent")
    assert until is not None
    return until


async def why(person: int, at: datetime) -> Why:
    async with reading():
        return (await may_take(person, at)).why


async def test_everybody_at_the_desk_gets_the_curriculum_once(cast: Cast, rule: datetime) -> None:
    assert await staffing.keep_staff() == 2
    for person in (cast.abe, cast.dora):
        assert [(one.cause, one.required) for one in await given(person)] == [("role", True)]
    assert [len(await given(person)) for person in (cast.mona, cast.ada, cast.olive.person_id)] == [0, 0, 0]
    assert await staffing.keep_staff() == 0
    async with reading():
        told = await Notice.select(Notice.kind).where(Notice.person == cast.abe)
    assert [one["kind"] for one in told] == ["assignment_assigned"]


async def test_closed_accounts_and_former_agents_get_nothing(cast: Cast, rule: datetime) -> None:
    await people.disable_person(SYSTEM, cast.abe, now())
    await people.end_role(SYSTEM, cast.dora, "desk_lead", now())
    assert await staffing.keep_staff() == 0


async def test_without_a_curriculum_there_is_no_rule(cast: Cast) -> None:
    assert await staffing.keep_staff() == 0
    assert await why(cast.abe, now() + 900 * DAY) is Why.NO_RULE


async def test_passing_certifies_in_one_transaction(cast: Cast, rule: datetime) -> None:
    await staffing.keep_staff()
    assert await why(cast.abe, rule + 29 * DAY) is Why.GRACE
    assert await why(cast.abe, rule + 31 * DAY) is Why.UNCERTIFIED
    until = await learn(cast.abe)
    assert await grants(cast.abe) == {"agent": until}
    async with reading():
        mine = await held.of_person(cast.abe)
        told = await Notice.select(Notice.kind).where(Notice.person == cast.abe)
    assert [one.purpose for one in mine] == ["agent"]
    assert mine[0].store_name == "店主学堂"
    assert "staff_certified" in {one["kind"] for one in told}
    assert await given(cast.abe) == []
    assert await why(cast.abe, until - timedelta(seconds=1)) is Why.CERTIFIED
    assert await why(cast.abe, until) is Why.EXPIRED  # no sweep has run


async def test_a_failed_exam_certifies_nobody(cast: Cast, rule: datetime) -> None:
    await staffing.keep_staff()
    assignment = (await given(cast.abe))[0].id
    await make.sit_exam(cast.abe, assignment, await make.learn_all(cast.abe, assignment, now()), well=False)
    assert await grants(cast.abe) == {"agent": None}
    assert len(await given(cast.abe)) == 1


async def test_renewal_comes_thirty_days_before_and_loses_no_day(cast: Cast, rule: datetime) -> None:
    await staffing.keep_staff()
    until = await learn(cast.abe)
    clock(until - now() - 31 * DAY)
    await staffing.keep_staff()
    assert await given(cast.abe) == []
    clock(until - rule - 29 * DAY)
    await staffing.keep_staff()
    assert [one.cause for one in await given(cast.abe)] == ["renewal"]
    renewed = await learn(cast.abe)
    assert renewed == until + VALID * DAY
    assert await grants(cast.abe) == {"agent": renewed}


async def test_a_role_given_later_is_certified_by_the_sweep(cast: Cast, rule: datetime) -> None:
    await staffing.keep_staff()
    until = await learn(cast.abe)
    await people.grant_role(SYSTEM, cast.abe, "desk_lead", now())
    assert await why(cast.abe, now()) is Why.CERTIFIED  # the other role says so already
    assert await staffing.keep_staff() == 1
    assert await grants(cast.abe) == {"agent": until, "desk_lead": until}


async def test_a_revoked_certificate_unmarks_the_role_and_is_learned_again(cast: Cast, rule: datetime) -> None:
    await staffing.keep_staff()
    await learn(cast.abe)
    async with reading():
        certificate = (await held.of_person(cast.abe))[0]
    await certificates.revoke(SYSTEM, certificate.id, "mistake", now())
    await staffing.keep_staff()
    assert await grants(cast.abe) == {"agent": None}
    assert [one.cause for one in await given(cast.abe)] == ["renewal"]
    assert await why(cast.abe, rule + 40 * DAY) is Why.UNCERTIFIED


async def test_an_owner_who_is_an_agent_gets_both_papers_apart(cast: Cast, rule: datetime) -> None:
    person = cast.olive.person_id
    await people.grant_role(SYSTEM, person, "agent", now())
    await staffing.keep_staff()
    await learn(person)
    async with reading():
        assert [one.purpose for one in await held.of_person(person)] == ["agent"]
    licence = await assignments.assign_licence(person, now())
    assert licence is not None
    await make.sit_exam(person, licence, await make.learn_all(person, licence, now()))
    async with reading():
        mine = await held.of_person(person)
    assert [one.purpose for one in mine] == ["owner_licence", "agent"]
    assert mine[1].store_name != mine[0].store_name == "Olive的小店"
    assert set(await grants(person)) == {"owner", "agent"}


async def test_two_sweeps_at_once_assign_once(cast: Cast, rule: datetime) -> None:
    await asyncio.gather(staffing.keep_staff(), staffing.keep_staff(), staffing.keep_staff())
    assert len(await given(cast.abe)) == 1


async def test_an_agent_learns_on_the_pages_that_owners_have(browser: Browser, cast: Cast, rule: datetime) -> None:
    await staffing.keep_staff()
    await make.sign_in(browser, cast.abe)
    page = await browser.get("/learn")
    assert "小课" in page
    assert "宽限期到" in page
    assert "宽限期到" in await browser.get("/")
    assignment = (await given(cast.abe))[0].id
    assert "小课" in await browser.get(f"/learn/{assignment}")
    done = await make.learn_all(cast.abe, assignment, now() - DAY)
    assert "考试" in await browser.get("/exams")
    attempt = await make.sit_exam(cast.abe, assignment, done)
    result = await browser.get(f"/attempts/{attempt}")
    assert "可以接投诉了" in result
    assert "/desk/roster" in result.links


async def test_her_certificate_says_what_she_may(browser: Browser, cast: Cast, rule: datetime) -> None:
    await staffing.keep_staff()
    await learn(cast.abe)
    await make.sign_in(browser, cast.abe)
    page = await browser.get("/certificates")
    assert "客服上岗证" in page
    assert "店主上岗证" not in page
    assert "/share" not in page.links
    async with reading():
        number = (await held.of_person(cast.abe))[0].number
    page = await browser.get(f"/verify/{number}")
    assert "保护客服隐私" in page
    assert "服务于" in page
    assert "Abe" not in page
    await browser.submit(await browser.get("/me"), "/preferences", language="en")
    assert "Agent licence" in await browser.get("/certificates")


async def test_a_newer_version_gives_a_published_grace_and_stops_nobody_at_once(
    cast: Cast, rule: datetime, tmp_path: Path
) -> None:
    await keep_staff()
    long = await learn(cast.abe)
    newer = write_package(tmp_path / "newer", "desk", "agent", label="2", valid_days=VALID)
    out = clock(timedelta(days=2))
    report = await import_from_path(newer, at=out)
    assert not report.refused, report.refused
    await keep_staff()
    end = (await grants(cast.abe))["agent"]
    assert end is not None
    assert end < long
    assert timedelta(days=19) < end - out <= timedelta(days=20)  # the package's grace
    assert await why(cast.abe, out + timedelta(days=19)) is Why.CERTIFIED
    assert len(await given(cast.abe)) == 1
    async with reading():
        told = await Notice.count().where(Notice.person == cast.abe, Notice.kind == "staff_new_version")
    assert told == 1
    assert await keep_staff() == 0
    await learn(cast.abe)
    renewed = (await grants(cast.abe))["agent"]
    assert renewed is not None
    assert renewed > end
