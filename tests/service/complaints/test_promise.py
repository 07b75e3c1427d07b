"""The public promise and its true record, and who sets it."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import local, now
from portal.core.base.database import LASTING, counting_queries, reading, writing
from portal.core.web.i18n import t
from portal.service.complaints import ending, promise, tally
from portal.service.complaints.clocks import Name
from portal.service.complaints.promise import Record
from portal.service.complaints.promise_pages import Month, kept_by, last_months, since_first
from portal.service.complaints.rules import Function, State
from portal.service.complaints.tables import Complaint, ComplaintClock, PromiseCount
from tests import make
from tests.browse import Browser
from tests.cast import Cast
from tests.service.complaints.make import complaint, fresh, resolved, scene


def test_the_last_months_are_the_sites() -> None:
    at = datetime(2026, 12, 31, 17, 0, tzinfo=UTC)  # already January in Shanghai
    assert last_months(at, 3) == ["2027-01", "2026-12", "2026-11"]


def test_a_share_is_never_rounded_up_and_no_month_is_left_out() -> None:
    kept = kept_by([Record("2026-11", Name.PROPOSAL, 9_999, 10_001)], ["2026-12", "2026-11"])
    assert [one.name for one in kept] == list(Name)
    assert kept[0].months == (Month("2026-12", 0, 0), Month("2026-11", 9_999, 10_001))
    assert kept[0].all.share == 9_998
    assert Month("2026-11", 99_999, 100_000).share == 9_999


def test_an_empty_past_is_left_out_and_a_gap_is_not() -> None:
    months = ["2026-12", "2026-11", "2026-10", "2026-09"]
    kept = since_first(kept_by([Record("2026-12", Name.LEGAL, 1, 1), Record("2026-10", Name.PROPOSAL, 0, 1)], months))
    assert [month.month for month in kept[0].months] == months[:3]
    assert all(one.months == () for one in since_first(kept_by([], months)))


async def test_without_complaints_it_says_so(browser: Browser, cast: Cast) -> None:
    page = await browser.get("/promise")
    assert page.status == 200
    assert t("complaints.public.empty") in page
    assert t("complaints.public.head", hours=24, paid=72) in page
    browser.client.headers["Accept-Language"] = "en"
    assert "A proposal within 24 hours" in await browser.get("/promise")


async def test_the_record_is_what_happened(browser: Browser, cast: Cast) -> None:
    """Kept, late, broken and running, duplicates and reopened ones too: by hand from the clocks."""
    there = await scene(cast.olive)
    start = now() - timedelta(days=4)
    await resolved(await complaint(there, start), start + timedelta(hours=1))
    late = await complaint(there, start, function=Function.DELIVERY)
    await ending.proposal_sent(SYSTEM, late.id, 1, start + timedelta(hours=25), compensated=True)
    await complaint(there, start, function=Function.DELIVERY)  # repeats it, and shares what is sent later
    await complaint(there, now(), function=Function.REFUND)  # runs: counts nowhere
    LASTING.clear()
    page = await browser.get("/promise")
    async with reading():
        rows = await ComplaintClock.select().where(ComplaintClock.month.is_in(last_months(now())))
    for name in Name:
        over = [r for r in rows if r["name"] == name and (r["stopped_at"] or r["due_at"] < now())]
        kept = [r for r in over if r["stopped_at"] and r["stopped_at"] <= r["due_at"]]
        assert t("complaints.public.of", kept=len(kept), n=len(over)) in page, name
    assert t("complaints.public.of", kept=1, n=3) in page


async def test_the_record_adds_up_whatever_stops_and_runs_on(cast: Cast) -> None:
    """Many at once, decisions that are declined, a reopening, and the sweep among them: the sum is the clocks'."""
    start = now() - timedelta(days=4)
    infos = [await complaint(await scene(cast.olive), start, text=f"第{n}件事情") for n in range(6)]
    for number, info in enumerate(infos):
        await ending.proposal_sent(SYSTEM, info.id, 1, start + timedelta(hours=20 * number), compensated=False)
    await asyncio.gather(
        *(ending.proposal_answered(SYSTEM, info.id, 1, info.id % 2 == 0, now()) for info in infos), tally.fold()
    )
    for info in infos:
        if (await fresh(info)).state is State.AGREED:
            await ending.resolve(SYSTEM, info.id, ending.SETTLED, now())
    months = sorted({f"{local(now() + timedelta(days=days)):%Y-%m}" for days in range(-5, 20)})
    async with reading():
        before = await promise.record(months, now())
        clocks = await ComplaintClock.count().where(ComplaintClock.stopped_at.is_not_null())
        late = await ComplaintClock.count().where(ComplaintClock.stopped_at.is_null(), ComplaintClock.due_at < now())
    assert sum(each.n for each in before) == clocks + late
    assert await tally.apart() == []
    await asyncio.gather(*(tally.fold() for _ in range(3)))
    async with reading():
        assert await promise.record(months, now()) == before
        assert await PromiseCount.count() <= 2 * len(Name)
    assert await tally.apart() == []


async def test_a_record_that_is_not_the_clocks_is_named(cast: Cast) -> None:
    info = await resolved(await complaint(await scene(cast.olive)))
    async with writing():
        await ComplaintClock.update({ComplaintClock.stopped_at: None}).where(
            ComplaintClock.complaint == info.id, ComplaintClock.name == str(Name.PROPOSAL)
        )
    assert await tally.apart() == [f"{local(info.received_at + timedelta(hours=24)):%Y-%m}"]


async def test_everybody_is_shown_the_same_minute(browser: Browser, cast: Cast) -> None:
    await browser.get("/promise")
    with counting_queries() as counted:
        await browser.get("/promise")
    assert not [query for query in counted.queries if "complaint_clocks" in query]


async def test_an_admin_changes_the_promise_for_what_comes_in_later(open_browser: Any, cast: Cast) -> None:
    there = await scene(cast.olive)
    before = await complaint(there)
    admin = await make.sign_in(open_browser(), cast.ada)
    page = await admin.get("/admin/promise")
    page = await admin.submit(page, "/admin/promise", proposal_hours="12", reason="人手够了，快一点")
    assert t("complaints.admin.head", hours=12, paid=72, days=15) in page
    assert "人手够了，快一点" in page
    after = await complaint(there, function=Function.PRICE)
    assert (before.policy.proposal, after.policy.proposal) == (timedelta(hours=24), timedelta(hours=12))
    assert t("complaints.public.head", hours=12, paid=72) in await open_browser().get("/promise")
    async with reading():
        assert [one.by_name for one in await promise.history()] == ["Ada", None]


async def test_a_promise_that_cannot_be_is_refused_beside_its_field(open_browser: Any, cast: Cast) -> None:
    admin = await make.sign_in(open_browser(), cast.ada)
    cases: list[tuple[dict[str, str], str]] = [
        ({"proposal_hours": "100"}, "compensation_hours"),
        ({"legal_days": "2"}, "legal_days"),
        ({"legal_days": "16"}, "legal_days"),
        ({"proposal_hours": "0"}, "proposal_hours"),
        ({"reason": ""}, "reason"),
        ({"proposal_hours": "24"}, "proposal_hours"),
    ]
    for changes, field in cases:
        fields = {"reason": "试一试这个"} | changes
        page = await admin.visit_and_submit("/admin/promise", "/admin/promise", **fields)
        assert page.status == 422, changes
        assert f'id="f-{field}-error"' in page.html, changes


async def test_two_admins_at_once_one_wins(open_browser: Any, cast: Cast) -> None:
    await complaint(await scene(cast.olive))
    ada, alan = (await make.sign_in(open_browser(), cast.ada), await make.sign_in(open_browser(), cast.alan))
    first, second = await ada.get("/admin/promise"), await alan.get("/admin/promise")
    await ada.submit(first, "/admin/promise", proposal_hours="12", reason="现在人手够了")
    page = await ada.submit(first, "/admin/promise", proposal_hours="12", reason="现在人手够了")
    assert page.status == 200
    page = await alan.submit(second, "/admin/promise", proposal_hours="20", reason="先慢一点吧")
    assert page.status == 409
    assert "先慢一点吧" in page


async def test_the_window_of_the_same_agent_is_set_here(open_browser: Any, cast: Cast) -> None:
    admin = await make.sign_in(open_browser(), cast.ada)
    page = await admin.visit_and_submit("/admin/promise", "/admin/promise/window", days="60")
    assert page.form("/admin/promise/window").fields["days"] == "60"
    page = await admin.submit(page, "/admin/promise/window", days="0")
    assert page.status == 422


async def test_who_may_not_set_it(open_browser: Any, cast: Cast) -> None:
    for person in (cast.dora, cast.abe, cast.olive.person_id, cast.mona):
        browser = await make.sign_in(open_browser(), person)
        assert (await browser.get("/admin/promise")).status == 403
    async with reading():
        assert await Complaint.count() == 0
