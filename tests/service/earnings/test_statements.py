"""A month is over: its owner hears once that her statement is ready, and the notice leads there."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from portal.core.base.clock import local, now
from portal.core.base.database import reading
from portal.core.base.settings import Settings
from portal.core.base.tables import SiteSetting
from portal.core.notices.tables import Notice
from portal.core.people import actions as people
from portal.service.earnings import sweeps
from portal.service.earnings.months import month_of, next_month
from portal.service.orders.rules import Status
from tests import make
from tests.browse import Browser
from tests.cast import Cast
from tests.make import Owner
from tests.service.earnings import make as earn
from tests.service.orders import make as bought
from tests.service.orders.make import Bought

DAY = timedelta(days=1)


async def earning_owner(name: str, at: datetime) -> tuple[Owner, Bought]:
    """An owner who holds the right, with an order through her link."""
    owner = await make.owner(name, at - 3 * DAY)
    decided = await earn.decision(owner.store_id, at - 2 * DAY, until=at + 400 * DAY)
    code = await earn.link(owner.store_id, decided, at - 2 * DAY)
    return owner, await bought.order(await bought.vip(owner, at - DAY), at, share_code=code)


@dataclass(frozen=True)
class Town:
    """Two owners, each with an order of this month; and the clock."""

    owners: tuple[Owner, Owner]
    orders: tuple[Bought, Bought]
    settings: Settings
    started: datetime

    def month(self, later: int) -> str:
        return month_of(self.first(later))

    def first(self, later: int) -> datetime:
        """The first day of a month to come, at midnight."""
        first = local(self.started).date()
        for _ in range(later):
            first = next_month(first)
        midnight = local(self.started).replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight.replace(year=first.year, month=first.month, day=1)

    def go_to(self, wanted: datetime) -> datetime:
        """Set the site's clock to a little after that moment."""
        assert self.settings.clock_file is not None
        self.settings.clock_file.write_text(f"+{int((wanted - self.started).total_seconds()) + 60}s")
        return now()


@pytest.fixture
async def town(cast: Cast, own_settings: Settings) -> Town:
    at = now()
    (li, first), (chen, second) = await earning_owner("李芳", at), await earning_owner("陈静", at)
    return Town((li, chen), (first, second), own_settings, at)


HOUR = timedelta(hours=1)


async def told() -> list[tuple[int, str, int]]:
    """Who was told, where she was led, and of how much."""
    async with reading():
        rows = await Notice.select().where(Notice.kind == "earnings.statement").order_by(Notice.id)
    return [(row["person"], row["way"], json.loads(row["params"])["amount_fen"]) for row in rows]


async def test_nobody_hears_before_the_month_is_over_nor_at_night(town: Town) -> None:
    town.go_to(town.first(1) - HOUR)
    assert await sweeps.tell_statements() == 0
    town.go_to(town.first(1) + 3 * HOUR)
    assert await sweeps.tell_statements() == 0
    assert await told() == []


async def test_each_hears_once_and_is_led_there(town: Town, open_browser: Callable[[], Browser]) -> None:
    month = town.month(0)
    town.go_to(town.first(1) + 9 * HOUR)
    assert await sweeps.tell_statements() == 2
    assert await sweeps.tell_statements() == 0
    town.go_to(town.first(1) + 33 * HOUR)
    assert await sweeps.tell_statements() == 0
    assert await told() == [(owner.person_id, f"/earnings/{month}", 0) for owner in town.owners]
    owner = town.owners[0].person_id
    browser = await make.sign_in(open_browser(), owner)
    assert f"{month} 结算单好了，应结算 ¥0.00" in await browser.get("/notices")
    await people.set_preferences(owner, language="en")
    assert f"Your statement of {month} is ready: ¥0.00 to be paid" in await browser.get("/notices")
    assert (await browser.get(f"/earnings/{month}")).status == 200


async def test_the_notice_says_what_is_to_be_settled(town: Town) -> None:
    town.go_to(town.first(1) + 9 * HOUR)
    assert await sweeps.tell_statements() == 2
    at = town.go_to(town.first(1) + 33 * HOUR)
    await bought.move(town.orders[0], at, status=Status.DELIVERED, delivered_at=at)
    town.go_to(town.first(1) + 20 * DAY)
    assert await sweeps.release_due() == 1
    town.go_to(town.first(2) + 9 * HOUR)
    assert await sweeps.tell_statements() == 1
    assert (await told())[-1] == (town.owners[0].person_id, f"/earnings/{town.month(1)}", 1_416)


async def test_months_of_downtime_are_made_up_for(town: Town) -> None:
    town.go_to(town.first(1) + 9 * HOUR)
    assert await sweeps.tell_statements() == 2
    at = town.go_to(town.first(2) + 10 * HOUR)
    late, _ = await earning_owner("何晓梅", at)
    town.go_to(town.first(5) + 9 * HOUR)
    assert await sweeps.tell_statements() == 1
    assert (await told())[-1] == (late.person_id, f"/earnings/{town.month(2)}", 0)


async def test_a_site_that_has_never_told_begins_with_the_last_month(town: Town) -> None:
    town.go_to(town.first(3) + 9 * HOUR)
    assert await sweeps.tell_statements() == 0
    async with reading():
        rows = await SiteSetting.select(SiteSetting.value).where(SiteSetting.name == sweeps.TOLD)
    assert rows == [{"value": f"{town.month(3)}:0"}]


async def test_many_workers_at_once_tell_each_once(town: Town) -> None:
    town.go_to(town.first(1) + 9 * HOUR)
    counts = await asyncio.gather(*(sweeps.tell_statements() for _ in range(8)))
    assert sum(counts) == 2
    assert len(await told()) == 2


async def test_one_transaction_after_the_other_reaches_everybody(town: Town) -> None:
    more = [await earning_owner(f"店主{number}", now()) for number in range(3)]
    town.go_to(town.first(1) + 9 * HOUR)
    assert await sweeps.tell_statements(stores=2) == 5
    assert sorted(person for person, _, _ in await told()) == sorted(
        [owner.person_id for owner in town.owners] + [owner.person_id for owner, _ in more]
    )
