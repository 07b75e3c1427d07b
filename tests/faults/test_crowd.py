"""Thirty-two people hand in their exams at once while another thirty-two read pages: nothing lost, nothing doubled."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from certification.certificates.tables import Certificate
from certification.exams import actions as exams
from certification.exams.tables import Attempt, AttemptItem
from certification.rights.tables import ShareRight
from portal.core.base import audit
from portal.core.base.clock import now
from portal.core.base.database import reading, writing
from tests import make
from tests.browse import Browser

CROWD = 32
pytestmark = [pytest.mark.usefixtures("school"), pytest.mark.slow]


async def sitters() -> list[tuple[int, str, dict[int, object]]]:
    """People in the middle of their exam: who, which attempt, and what they are about to answer."""
    made = []
    async with writing():
        for number in range(CROWD):
            owner = await make.owner(f"店主{number}")
            assignment = await make.open_assignment(owner.person_id)
            await make.learn_all(owner.person_id, assignment, now() - timedelta(hours=6))
            viewer = await make.viewer(owner.person_id)
            part = await make.exam_part(assignment)
            attempt = await exams.start_attempt(viewer, assignment, part, "zh-Hans", now())
            made.append((owner.person_id, attempt.ref, await make.answers_of(attempt.id)))
    return made


async def sit(browser: Browser, ref: str, answers: dict[int, object]) -> list[int]:
    """Save the first ten answers as the page's script does, then hand in, twice as an impatient finger does."""
    page = await browser.get(f"/attempts/{ref}")
    token = page.form().fields["_csrf"]
    headers = {"x-csrf-token": token, "sec-fetch-site": "same-origin"}
    statuses = []
    for position, given in list(answers.items())[:10]:
        answer = await browser.client.post(
            f"/attempts/{ref}/answers/{position}", json={"given": given, "seq": position}, headers=headers
        )
        statuses.append(answer.status_code)
    before = await browser.get(f"/attempts/{ref}/submission")
    form = before.form(f"/attempts/{ref}/submission")
    sent = await asyncio.gather(*(browser.client.post(form.action, data=form.fields) for _ in range(2)))
    return [*statuses, *(200 if answer.status_code in (200, 303) else answer.status_code for answer in sent)]


async def read(browser: Browser) -> list[int]:
    return [(await browser.get(path)).status for path in ("/", "/learn", "/exams", "/me", "/notices") * 2]


async def test_a_crowd_hands_in_while_another_reads(open_browser: Callable[[], Browser]) -> None:
    people = await sitters()
    readers = [await make.owner(f"读者{number}") for number in range(CROWD)]
    work = []
    for person_id, ref, answers in people:
        work.append(sit(await make.sign_in(open_browser(), person_id), ref, answers))
    browsers = [await make.sign_in(open_browser(), owner.person_id) for owner in readers]
    statuses = await asyncio.gather(*work, *(read(browser) for browser in browsers))
    assert {status for found in statuses for status in found} == {200}

    async with reading():
        attempts = await Attempt.select(Attempt.id, Attempt.state, Attempt.points).where(Attempt.state == "graded")
        answered = await AttemptItem.count().where(AttemptItem.answer.is_not_null())
    assert len(attempts) == CROWD
    assert answered == CROWD * 10
    assert {row["points"] for row in attempts} == {10}
    await audit.sequence()
    assert (await audit.check_chain()).broken_at is None


async def test_a_crowd_that_passes_gets_one_certificate_and_one_right_each(open_browser: Callable[[], Browser]) -> None:
    people = await sitters()

    async def finish(person_id: int, ref: str, answers: dict[int, object]) -> None:
        viewer = await make.viewer(person_id)
        for position, given in answers.items():
            await exams.save_answer(ref, viewer, position, given, seq=position, device="t", at=now())
        await asyncio.gather(*(exams.submit(ref, viewer, now()) for _ in range(3)))

    await asyncio.gather(*(finish(*one) for one in people))
    async with reading():
        assert await Certificate.count() == CROWD
        assert await ShareRight.count().where(ShareRight.may_share.eq(True)) == CROWD
