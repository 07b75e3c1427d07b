"""A site in a zone that changes its clocks: nights, return windows and months are the calendar's there, not ours."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal.core.base.clock import local, now
from portal.core.base.database import reading
from portal.core.base.settings import Settings, use_settings
from portal.core.notices.tables import Notice
from portal.service.earnings import queries, sweeps
from portal.service.earnings.months import closed_before, month_of
from portal.service.earnings.rules import release_at
from portal.service.earnings.tables import LedgerTransaction
from portal.service.messages.rules import morning_after
from portal.service.orders.rules import Status
from portal.service.returns.rules import GoodsClass
from tests import make
from tests.cast import Cast
from tests.service.earnings import make as earn
from tests.service.orders import make as bought

BERLIN = ZoneInfo("Europe/Berlin")
DAY = timedelta(days=1)


@pytest.fixture
def berlin(own_settings: Settings) -> Settings:
    made = replace(own_settings, timezone="Europe/Berlin")
    use_settings(made)
    return made


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("2026-10-24T20:30", "2026-10-25T07:00"),  # the night of 25 hours
        ("2026-10-25T00:30", "2026-10-25T07:00"),  # half past two, for the first time
        ("2026-10-25T01:30", "2026-10-25T07:00"),  # and for the second
        ("2026-03-28T21:30", "2026-03-29T06:00"),  # the night of 23 hours
        ("2026-03-29T06:00", "2026-03-29T06:00"),
        ("2026-07-01T19:59", "2026-07-01T19:59"),
        ("2026-07-01T20:00", "2026-07-02T06:00"),
    ],
)
def test_no_buyer_is_told_at_night(said: str, told: str) -> None:
    assert morning_after(utc(said).astimezone(BERLIN)).astimezone(UTC) == utc(told)


@pytest.mark.parametrize(
    ("delivered", "over"),
    [
        ("2026-10-20T10:00", "2026-10-27T23:00"),  # summer's delivery, winter's midnight
        ("2026-03-25T10:00", "2026-04-01T22:00"),
        ("2026-10-24T22:30", "2026-11-01T23:00"),  # on the day of the change itself
    ],
)
def test_a_return_window_ends_at_midnight_there(delivered: str, over: str) -> None:
    found = release_at(utc(delivered), GoodsClass.ORDINARY, BERLIN)
    assert found == utc(over)
    assert (found.astimezone(BERLIN).hour, found.astimezone(BERLIN).minute) == (0, 0)


@pytest.mark.parametrize(
    ("at", "month", "open_from"),
    [
        ("2026-10-31T22:59", "2026-10", "2026-10"),
        ("2026-10-31T23:30", "2026-11", "2026-10"),  # an hour's grace for what was begun before midnight
        ("2026-11-01T00:01", "2026-11", "2026-11"),
        ("2026-03-31T21:59", "2026-03", "2026-03"),
        ("2026-03-31T22:00", "2026-04", "2026-03"),
    ],
)
def test_a_month_is_the_one_there(berlin: Settings, at: str, month: str, open_from: str) -> None:
    assert month_of(local(utc(at)).date()) == month
    assert closed_before(utc(at)) == open_from


async def test_what_is_booked_stands_in_the_month_there(cast: Cast, berlin: Settings) -> None:
    ordered = utc("2026-10-23T10:00")
    owner = await make.owner("李芳", ordered - 3 * DAY)
    decided = await earn.decision(owner.store_id, ordered - 2 * DAY, until=ordered + 400 * DAY)
    code = await earn.link(owner.store_id, decided, ordered - 2 * DAY)
    order = await bought.order(await bought.vip(owner, ordered - DAY), ordered, share_code=code)
    await bought.move(order, ordered + DAY, status=Status.DELIVERED, delivered_at=utc("2026-10-24T12:00"))
    # In Shanghai the window would have been over six hours earlier, in October.
    assert await sweeps.release_all(utc("2026-10-31T22:59")) == 0
    assert await sweeps.release_all(utc("2026-10-31T23:00")) == 1
    async with reading():
        rows = await LedgerTransaction.select(LedgerTransaction.month).order_by(LedgerTransaction.id)
        assert (await queries.balance_check()).whole
    assert [row["month"] for row in rows] == ["2026-10", "2026-11"]


async def test_a_clock_that_jumps_tells_nobody_again(cast: Cast, berlin: Settings) -> None:
    at = now()
    owner = await make.owner("李芳", at - 3 * DAY)
    decided = await earn.decision(owner.store_id, at - 2 * DAY, until=at + 400 * DAY)
    code = await earn.link(owner.store_id, decided, at - 2 * DAY)
    await bought.order(await bought.vip(owner, at - DAY), at, share_code=code)
    assert berlin.clock_file is not None
    morning = (12 - local(at).hour) % 24
    for moved in (f"+{32 * 24 + morning}h", "-2h", f"+{45 * 24 + morning}h", f"+{33 * 24 + morning}h"):
        berlin.clock_file.write_text(moved)
        await sweeps.tell_statements()
    async with reading():
        rows = await Notice.select(Notice.way).where(Notice.kind == "earnings.statement")
    assert [row["way"] for row in rows] == [f"/earnings/{month_of(local(at).date())}"]
