"""An owner's appeal against points: in time, once, decided by somebody without a part in it; what falls away with it."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from certification.rights import appeals, corrections, measures, queries
from certification.rights.appeal_rules import appeal_no
from certification.rights.appeal_tables import Correction
from certification.rights.rules import Category, Status, ViolationFact, still_earned
from certification.rights.tables import Measure, Violation
from portal.core.base import site_settings
from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.core.base.refusals import Forbidden, Refused
from portal.core.notices.tables import Notice
from portal.core.web.viewer import Viewer
from tests import make
from tests.browse import Browser
from tests.cast import Cast
from tests.make import Owner
from tests.service.returns.make import picture

DAY = timedelta(days=1)
T = datetime.fromisoformat("2026-03-01T00:00:00+00:00")
REASON = "分享里没有这一句，截图在下面。"


@pytest.mark.parametrize(
    ("confirmed", "corrected", "appealed", "after", "no"),
    [
        (None, False, False, 0, "violation_not_confirmed"),
        (T, True, False, 0, "violation_corrected"),
        (T, False, True, 0, "violation_appealed"),
        (T, False, False, 14, "violation_appeal_late"),
        (T, False, False, 13, None),
    ],
)
def test_when_a_violation_may_be_appealed(
    confirmed: datetime | None, corrected: bool, appealed: bool, after: int, no: str | None
) -> None:
    assert appeal_no(confirmed, corrected, appealed, 14, T + after * DAY) == no


@pytest.mark.parametrize(
    ("left", "cleared", "earned"),
    [
        ([], None, False),
        ([(6, 0)], None, False),
        ([(12, 0)], None, True),
        ([(6, -10), (6, 0)], None, True),
        ([(6, 0), (6, 20)], None, True),  # what was confirmed since carries it on
        ([(6, -400), (6, 0)], None, False),
        ([(6, -10), (6, 0)], -5, False),
    ],
)
def test_whether_what_is_left_would_have_suspended_her(
    left: list[tuple[int, int]], cleared: int | None, earned: bool
) -> None:
    facts = [ViolationFact(points, T + days * DAY) for points, days in left]
    assert still_earned(facts, None if cleared is None else T + cleared * DAY, T, 12) is earned


async def confirmed(owner: Owner, cast: Cast, category: Category = Category.MEDICAL_CLAIM) -> tuple[int, Viewer]:
    """A violation that one admin proposed and another confirmed just now, and a lead who had no part in it."""
    at = now()
    proposer, confirmer = await make.viewer(cast.ada), await make.viewer(cast.alan)
    violation = await measures.report_violation(proposer, owner.store_id, category, at, "写了治失眠", at)
    await measures.decide_violation(confirmer, violation, confirm=True, note="", at=at)
    return violation, await make.viewer(cast.dora)


async def status(owner: Owner) -> Status:
    async with reading():
        found = await queries.standing(owner.store_id, now())
    assert found is not None
    return found.decision.status


async def told(person_id: int) -> list[str]:
    async with reading():
        rows = await Notice.select(Notice.kind).where(Notice.person == person_id).order_by(Notice.id)
    return [row["kind"] for row in rows]


async def test_an_upheld_appeal_gives_points_and_right_back(school: None, cast: Cast) -> None:
    owner = await make.licensed_owner("李芳", now() - 20 * DAY)
    violation, judge = await confirmed(owner, cast)
    viewer = await make.viewer(owner.person_id)
    assert await status(owner) is Status.SUSPENDED
    await appeals.appeal(viewer, violation, REASON, (), now())
    for involved in (cast.ada, cast.alan):
        with pytest.raises(Forbidden):
            await appeals.decide(await make.viewer(involved), violation, upheld=True, reason=REASON, at=now())
    await appeals.decide(judge, violation, upheld=True, reason="核准文案里确实没有", at=now())
    async with reading():
        assert await measures.points_of(owner.store_id, now()) == 0
        kept = await Violation.objects().get(Violation.id == violation)
        ended = await Measure.select(Measure.lift_cause).where(Measure.store == owner.store_id)
        open_remedial = await Violation.raw(
            "SELECT 1 FROM assignments WHERE person = {} AND cause = 'violation' AND cancelled_at IS NULL",
            owner.person_id,
        )
    assert kept is not None
    assert (kept.state, kept.points) == ("confirmed", 12)
    assert [row["lift_cause"] for row in ended] == ["corrected"]
    assert open_remedial == []
    assert await status(owner) is Status.LICENSED
    assert "rights.appeal_upheld" in await told(owner.person_id)
    assert "rights.appeal_was_upheld" in await told(cast.alan)


async def test_a_rejected_appeal_leaves_everything_and_comes_once(school: None, cast: Cast) -> None:
    owner = await make.licensed_owner("李芳", now() - 20 * DAY)
    violation, judge = await confirmed(owner, cast)
    viewer = await make.viewer(owner.person_id)
    await appeals.appeal(viewer, violation, REASON, (), now())
    await appeals.decide(judge, violation, upheld=False, reason="截图里就有这一句", at=now())
    assert await status(owner) is Status.SUSPENDED
    with pytest.raises(Refused, match="violation_appealed"):
        await appeals.appeal(viewer, violation, REASON, (), now())
    with pytest.raises(Refused, match="decided_already"):
        await appeals.decide(judge, violation, upheld=True, reason="再看一次以后", at=now())
    assert "rights.appeal_rejected" in await told(owner.person_id)


async def test_a_suspension_that_other_points_carry_goes_on(school: None, cast: Cast) -> None:
    owner = await make.licensed_owner("李芳", now() - 20 * DAY)
    false_claim, judge = await confirmed(owner, cast, Category.FALSE_CLAIM)
    await confirmed(owner, cast)
    viewer = await make.viewer(owner.person_id)
    await appeals.appeal(viewer, false_claim, REASON, (), now())
    await appeals.decide(judge, false_claim, upheld=True, reason="核准文案里确实有", at=now())
    async with reading():
        assert await measures.points_of(owner.store_id, now()) == 12
    assert await status(owner) is Status.SUSPENDED


async def test_the_time_to_appeal_is_a_setting(school: None, cast: Cast) -> None:
    owner = await make.licensed_owner("李芳", now() - 20 * DAY)
    violation, _ = await confirmed(owner, cast)
    await site_settings.change(SYSTEM, appeals.DAYS, "3", now())
    viewer = await make.viewer(owner.person_id)
    with pytest.raises(Refused, match="violation_appeal_late"):
        await appeals.appeal(viewer, violation, REASON, (), now() + 3 * DAY)
    await appeals.appeal(viewer, violation, REASON, (), now() + 2 * DAY)


async def test_of_many_decisions_at_once_one_counts(school: None, cast: Cast) -> None:
    owner = await make.licensed_owner("李芳", now() - 20 * DAY)
    violation, judge = await confirmed(owner, cast)
    await appeals.appeal(await make.viewer(owner.person_id), violation, REASON, (), now())

    async def one(upheld: bool) -> bool:
        try:
            await appeals.decide(judge, violation, upheld=upheld, reason="同时点了两次", at=now())
        except Refused:
            return False
        return True

    answers = await asyncio.gather(*(one(True) for _ in range(8)))
    assert sum(answers) == 1
    assert not await corrections.fall_away(judge, violation, "再来一次也不会多退", now())
    async with reading():
        assert await Correction.count() == 1


async def test_she_appeals_from_her_own_page_with_a_photo(
    school: None, browser: Browser, open_browser: Any, cast: Cast
) -> None:
    owner = await make.licensed_owner("李芳", now() - 20 * DAY)
    violation, _ = await confirmed(owner, cast)
    way, judged = f"/right/violations/{violation}", f"/admin/violations/{violation}/appeal"
    await make.sign_in(browser, owner.person_id)
    assert way in (await browser.get("/right")).links
    empty = await browser.submit(await browser.get(way), f"{way}/appeal", text="不")
    assert empty.status == 422
    photo = {"photos": ("a.jpg", picture(), "image/jpeg")}
    broken = {"photos": ("a.jpg", b"nothing", "image/jpeg")}
    page = await browser.submit(empty, f"{way}/appeal", files=broken, text=REASON)
    assert page.status == 422
    assert REASON in page.html
    page = await browser.submit(page, f"{way}/appeal", files=photo, text=REASON)
    assert (page.status, REASON in page.html) == (200, True)
    assert (await browser.client.get(f"{way}/photos/1")).headers["content-type"] == "image/webp"
    stranger = await make.sign_in(open_browser(), cast.otto.person_id)
    assert (await stranger.get(way)).status == 404
    assert (await stranger.client.get(f"{way}/photos/1")).status_code == 404
    lead = await make.sign_in(open_browser(), cast.dora)
    assert judged in (await lead.get("/admin/proposals")).links
    assert (await lead.client.get(f"{judged}/photos/1")).status_code == 200
    sent = {"verdict": "upheld", "reason": "核准文案里确实有这一句"}
    page = await lead.submit(await lead.get(judged), f"{judged}/decision", **sent)
    assert (page.status, "不再计分" in page.text) == (200, True)
    assert (await browser.get(way)).status == 200
    assert await status(owner) is Status.LICENSED


async def test_an_admin_sets_the_days(browser: Browser, cast: Cast) -> None:
    await make.sign_in(browser, cast.ada)
    assert (await browser.visit_and_submit("/admin/appeals/days", days="1")).status == 422
    page = await browser.visit_and_submit("/admin/appeals/days", days="30")
    assert (page.path, page.status) == ("/admin/proposals", 200)
    async with reading():
        assert await appeals.days() == 30
