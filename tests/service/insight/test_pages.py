"""The dashboards and the rows behind them, as those see them whose figures they are."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import counting_queries, reading, writing
from portal.core.stores import actions as stores
from portal.core.stores import groups
from portal.service.complaints import ending
from portal.service.complaints.rules import Function
from portal.service.facts.tables import OrderDay
from portal.service.insight import keeping, marking
from portal.service.insight.rules import DaySums
from portal.service.insight.tables import InsightDay
from portal.service.orders.rules import LineFacts
from tests import make
from tests.browse import Browser, Page
from tests.cast import Cast
from tests.service.complaints import make as desk
from tests.service.facts.make import keep_all
from tests.service.insight.make import keep_ways
from tests.service.orders import make as orders

Open = Callable[[], Browser]
WHOLE, TEAM, DESK = "/admin/figures", "/manage/figures", "/desk/insight"


async def _traded(cast: Cast, count: int = 3) -> None:
    """Orders in Olive's store, the last of them refunded in part."""
    vip, product = await orders.vip(cast.olive), await make.product()
    for n in range(count):
        line = LineFacts("1", product, "冻干草莓", 2, 11_800, refunded_fen=100 if n == count - 1 else 0)
        await orders.order(vip, lines=(line,))
    await keep_all()
    await keep_ways()


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
async def test_admins_and_leads_see_the_whole_down_to_its_rows(browser: Browser, cast: Cast, language: str) -> None:
    await _traded(cast)
    for person in (cast.ada, cast.dora):
        await make.sign_in(browser, person)
        page = await browser.get(WHOLE, headers={"Accept-Language": language})
        assert page.status == 200
        assert f"{WHOLE}/stores?what=certified" in page.links
        rows = await browser.get(f"{WHOLE}/orders?what=refund")
        assert rows.status == 200
        assert rows.html.count("<tr>") == 2
        stores = await browser.get(f"{WHOLE}/stores?what=uncertified")
        assert "Olive" in stores
        assert (await browser.get(f"{WHOLE}/lost")).status == 200
        assert (await browser.get(f"{WHOLE}/lost/2026-01-01")).status == 200
        assert (await browser.get(f"{WHOLE}/lost/yesterday")).status == 404
        assert (await browser.get(DESK)).status == 200


async def test_complaints_are_counted_and_listed_alike(browser: Browser, cast: Cast) -> None:
    """What was withdrawn is neither; every way to the rows keeps the period and the part that is looked at."""
    first, second = await desk.scene(cast.olive), await desk.scene(cast.otto)
    damaged = await desk.complaint(first)
    service = await desk.complaint(second, function=Function.SERVICE)
    gone = await desk.complaint(await desk.scene(cast.olive))
    await ending.withdraw(desk.BUYER, gone.id, "It is found", now())
    await make.sign_in(browser, cast.ada)
    for path in (DESK, WHOLE):
        assert (
            f"{DESK}/complaints?period=7&manager={cast.mona}"
            in (await browser.get(f"{path}?period=7&manager={cast.mona}")).links
        )
    for query, listed in (
        ("", [service.ref, damaged.ref]),
        ("what=service", [service.ref]),
        ("what=again", []),
        ("what=nonsense", [service.ref, damaged.ref]),
        (f"manager={cast.mona}", [damaged.ref]),
    ):
        page = await browser.get(f"{DESK}/complaints?{query}")
        assert _complaints(page) == listed, query


def _complaints(page: Page) -> list[str]:
    return [link.rpartition("/")[2] for link in page.links if link.startswith("/desk/complaints/")]


async def test_a_list_of_complaints_pages_by_when_they_came(browser: Browser, cast: Cast) -> None:
    at = now()
    made = [await desk.complaint(await desk.scene(cast.olive), at - timedelta(hours=n)) for n in (3, 1, 2, 5, 4)]
    await make.sign_in(browser, cast.dora)
    seen, path = list[str](), f"{DESK}/complaints?limit=2"
    for _ in range(3):
        page = await browser.get(path)
        seen += _complaints(page)
        path = next((link for link in page.links if "after=" in link), path)
    assert seen == [made[n].ref for n in (1, 2, 0, 4, 3)]


async def test_each_part_shows_its_own(browser: Browser, cast: Cast) -> None:
    await _traded(cast)
    await make.sign_in(browser, cast.ada)
    hers = await browser.get(f"{WHOLE}/orders?manager={cast.mona}&period=90")
    assert hers.html.count("<tr>") == 4
    others = await browser.get(f"{WHOLE}/orders?manager={cast.milo}&period=90")
    assert others.html.count("<tr>") == 0
    for part in (f"manager={cast.mona}", "region=north", "group=999", "manager=abc", "period=abc"):
        assert (await browser.get(f"{WHOLE}?{part}")).status == 200


async def test_a_manager_sees_her_team_and_who_is_at_risk(browser: Browser, cast: Cast) -> None:
    idle = await make.owner("Iris", manager_id=cast.mona, at=now() - timedelta(days=15))
    await make.sign_in(browser, cast.mona)
    page = await browser.get(TEAM)
    assert "Iris" in page
    assert "Otto" not in page
    assert "两周没来" in page  # she has never been here
    owners = await browser.get(f"{TEAM}/owners?what=idle")
    assert "Iris" in owners
    assert "Olive" not in owners  # her kit came the other day
    assert "Iris" not in await browser.get(f"{TEAM}/owners?what=points")
    await make.sign_in(browser, idle.person_id)
    await make.sign_in(browser, cast.mona)
    assert "Iris" not in await browser.get(f"{TEAM}/owners?what=idle")


ROWS = ("", "/owners", "/stores", "/orders", "/lost", "/lost/2026-01-01")


async def test_a_manager_may_not_ask_for_another_team(browser: Browser, cast: Cast) -> None:
    """Nor for another's group, a region, or everybody: to her there is no such page."""
    hers = await groups.make_group(SYSTEM, "Early birds", cast.mona, now())
    admins = await groups.make_group(SYSTEM, "Everywhere", None, now())
    await make.sign_in(browser, cast.milo)
    asked = (f"manager={cast.mona}", f"group={hers}", f"group={admins}", "group=x", "group=99999", "region=north")
    for rows in ROWS:
        assert "Olive" not in await browser.get(f"{TEAM}{rows}")
        for query in asked:
            assert (await browser.get(f"{TEAM}{rows}?{query}")).status == 404, (rows, query)
    for path in (WHOLE, f"{WHOLE}/stores", DESK, "/admin/exports"):
        assert (await browser.get(path)).status == 403


async def test_a_manager_looks_at_a_group_of_hers(browser: Browser, cast: Cast) -> None:
    """Who left her team is in no group of hers; every way on keeps the group."""
    await _traded(cast)
    olga = await make.owner("Olga", manager_id=cast.mona)
    made = await groups.make_group(SYSTEM, "Early birds", cast.mona, now())
    async with reading():
        group = await groups.group(made)
    assert group is not None
    await groups.add_members(SYSTEM, group, [cast.olive.person_id, olga.person_id], now())
    await stores.appoint_manager(SYSTEM, olga.store_id, cast.milo, now())
    await keep_ways()
    await make.sign_in(browser, cast.mona)
    page = await browser.get(f"{TEAM}?group={group.id}")
    assert f"{TEAM}/orders?group={group.id}&what=repeat" in page.links
    listed = await browser.get(f"{TEAM}/stores?group={group.id}")
    assert "Olive" in listed
    assert "Olga" not in listed
    assert (await browser.get(f"{TEAM}/orders?group={group.id}&what=refund")).html.count("<tr>") == 2
    assert (await browser.get(f"{TEAM}/lost?group={group.id}")).status == 200
    await make.sign_in(browser, cast.ada)
    assert "Olga" not in await browser.get(f"{WHOLE}/stores?group={group.id}")


@pytest.mark.parametrize("part", ["owner", "agent"])
async def test_owners_and_agents_have_no_dashboards(browser: Browser, cast: Cast, part: str) -> None:
    await make.sign_in(browser, cast.person_of(part))
    for path in (WHOLE, TEAM, DESK, "/admin/exports", f"{WHOLE}/orders"):
        assert (await browser.get(path)).status == 403


async def test_no_page_asks_more_the_more_there_is(browser: Browser, cast: Cast) -> None:
    await _traded(cast, 2)
    for n in range(12):
        await make.owner(f"O{n}", manager_id=cast.mona)
    await _traded(cast, 12)
    for person, paths in (
        (cast.ada, (WHOLE, f"{WHOLE}?manager={cast.mona}&period=90", f"{WHOLE}/stores", f"{WHOLE}/orders", DESK)),
        (cast.ada, (f"{DESK}/complaints",)),
        (cast.ada, (f"{WHOLE}/lost?manager={cast.mona}", "/admin/exports")),
        (cast.mona, (TEAM, *(f"{TEAM}{rows}" for rows in ROWS))),
    ):
        await make.sign_in(browser, person)
        for path in paths:
            with counting_queries() as counted:
                assert (await browser.get(path)).status == 200
            assert len(counted) <= 12, (path, counted.queries)


async def test_a_list_of_stores_pages_by_key(browser: Browser, cast: Cast) -> None:
    for n in range(4):
        await make.owner(f"Owner {n}", at=now() - timedelta(days=n))
    await keeping.keep()
    await make.sign_in(browser, cast.ada)
    seen, path = list[str](), f"{WHOLE}/stores?limit=2"
    for _ in range(6):
        page = await browser.get(path)
        seen += [link for link in page.links if link.startswith("/manage/stores/")]
        following = [link for link in page.links if "after=" in link]
        if not following:
            break
        path = following[0]
    assert len(seen) == len(set(seen)) == 6


async def test_figures_stand_as_the_days_say(browser: Browser, cast: Cast) -> None:
    """What is on the page is what the kept days hold."""
    today = now().date().isoformat()
    async with writing():
        await InsightDay.raw("DELETE FROM insight_days")
        await OrderDay.raw("DELETE FROM order_days")
        await OrderDay.raw(
            "INSERT INTO order_days (scope, key, day, orders, paid, cancelled, delivered, refunded, several, repeats,"
            " shared, complained, owner_faults, paid_fen, refunded_fen)"
            " VALUES ('platform', '', {}, 1000, 900, 0, 0, 90, 250, 400, 300, 5, 0, 9000000, 0)",
            today,
        )
        await marking.move({("platform", "", today): DaySums(visits=6000)})
    await make.sign_in(browser, cast.ada)
    page = await browser.get(WHOLE)
    for told in ("5%", "25%", "40%", "10%", "0.5%", "100.00"):
        assert told in page, told
