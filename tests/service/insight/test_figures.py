"""Every figure of the dashboards, counted again with plain loops over the rows of the rooms below."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import local, now
from portal.core.base.database import DB, reading, writing
from portal.core.stores import groups
from portal.core.supply.rules import SupplierKind
from portal.core.web.frame import Frame
from portal.core.web.paging import Cut
from portal.service.facts import recounting
from portal.service.insight import desk_queries, figures, queries
from portal.service.insight import recounting as ways
from portal.service.insight import rows as behind
from portal.service.insight.figures import Name
from portal.service.insight.rules import DaySums, Period, Share, added, period_of
from portal.service.insight.scopes import Scope
from portal.service.insight.tables import InsightDay
from tests.service.insight.make import Days, Ways, by_hand, day, lived, rows


async def _nothing(what: str, done: int, total: int) -> None:
    """Nobody looks at the progress."""


async def _year(seed: int) -> Ways:
    """A random year; every third order came through a link."""
    on_sqlite = DB.engine_type == "sqlite"
    year = await lived(seed if on_sqlite else seed + 100, 160 if on_sqlite else 100, 60)
    async with writing():
        link = (await InsightDay.raw("SELECT min(id) AS id FROM share_links"))[0]["id"]
        await InsightDay.raw("UPDATE orders SET link = {} WHERE id % 3 = 0", link)
    await recounting.recount(now(), _nothing)
    await ways.recount(now(), _nothing)
    return year


def _spans(year: Ways) -> list[Period]:
    end, yesterday = (local(year.at) + timedelta(days=1)).date(), (local(now()) - timedelta(days=1)).date()
    later = period_of(365, min(end + timedelta(days=100), yesterday))  # who stays away is lost only by then
    return [later, period_of(365, end), period_of(30, end), period_of(90, end - timedelta(days=40))]


@dataclass
class World:
    """The rows, read once, whole."""

    orders: list[dict[str, Any]]
    lines: list[dict[str, Any]]
    complaints: list[dict[str, Any]]
    clocks: list[dict[str, Any]]
    findings: list[dict[str, Any]]
    stores: dict[int, str]
    days: Days


async def _world() -> World:
    yesterday = (local(now()) - timedelta(days=1)).date().isoformat()
    return World(
        orders=await rows(
            "SELECT id, store, vip, status, placed_at, paid_fen, link FROM orders ORDER BY placed_at, id"
        ),
        lines=await rows("SELECT order_of, product, refunded_fen FROM order_lines WHERE removed_at IS NULL"),
        complaints=await rows("SELECT * FROM complaints"),
        clocks=await rows("SELECT * FROM complaint_clocks"),
        findings=await rows("SELECT * FROM cause_findings WHERE superseded_at IS NULL"),
        stores={one["id"]: one["region"] or "" for one in await rows("SELECT id, region FROM stores")},
        days=await by_hand(yesterday),
    )


# ---- service ----


def _figures(world: World, chosen: set[int], sums: DaySums, span: Period) -> dict[Name, Share]:
    """What the orders of these stores came to in a period."""
    counted = [one for one in world.orders if one["status"] not in ("cancelled", "refunded")]
    firsts = {one["vip"]: one["id"] for one in reversed(counted)}
    again = {one["id"] for one in counted if firsts[one["vip"]] != one["id"]}
    orders = [one for one in world.orders if one["store"] in chosen and span.holds(day(one["placed_at"]))]
    paid = [one for one in orders if one["status"] not in ("placed", "cancelled")]
    products: dict[int, set[int]] = {}
    refunded: dict[int, int] = {}
    for line in world.lines:
        products.setdefault(line["order_of"], set()).add(line["product"])
        refunded[line["order_of"]] = refunded.get(line["order_of"], 0) + line["refunded_fen"]
    unhappy = {one["order_of"] for one in world.complaints if _counts(one)}

    def of(which: Callable[[dict[str, Any]], bool]) -> int:
        return sum(1 for one in orders if which(one))

    return {
        Name.CONVERSION: Share(of(lambda one: one["link"] is not None), sums.visits),
        Name.ORDER_VALUE: Share(sum(one["paid_fen"] for one in paid), len(paid)),
        Name.ADD_ON: Share(of(lambda one: len(products.get(one["id"], ())) > 1), len(orders)),
        Name.REPEAT: Share(of(lambda one: one["id"] in again), len(orders)),
        Name.REFUND: Share(of(lambda one: refunded.get(one["id"], 0) > 0), len(paid)),
        Name.COMPLAINED: Share(of(lambda one: one["id"] in unhappy), len(orders)),
        Name.REPLY: Share(sums.in_hour + sums.in_four, sums.replies),
        Name.LOST: Share(sums.lost, 0),
    }


def _counts(complaint: dict[str, Any]) -> bool:
    return complaint["state"] != "withdrawn" and complaint["duplicate_of"] is None


def _sums(world: World, scope: Scope, span: Period) -> DaySums:
    kept = (one for key, one in world.days.items() if key[:2] == (scope.kind, scope.key) and span.holds(key[2]))
    found = DaySums()
    for one in kept:
        found = added(found, one)
    return found


@pytest.mark.parametrize("seed", [11, 12])
async def test_service_figures_are_those_of_the_rows(seed: int, app: Frame, school: None) -> None:
    year = await _year(seed)
    world = await _world()
    seen = set[Name]()
    for scope in (Scope(), Scope("region", "north", "north"), Scope("region", "south", "south")):
        chosen = {store for store, region in world.stores.items() if scope.kind == "platform" or region == scope.key}
        for span in _spans(year):
            async with reading():
                shown = {one.name: one for one in figures.shown(await queries.look(scope, span))}
            for name, expected in _figures(world, chosen, _sums(world, scope, span), span).items():
                assert shown[name].now == expected, (scope, span, name)
                seen |= {name} if expected.hits else set()
            before = _figures(world, chosen, _sums(world, scope, span.before), span.before)
            assert {name: one.before for name, one in shown.items()} == before
    assert seen == set(Name)


async def test_every_figure_opens_down_to_as_many_rows(app: Frame, school: None) -> None:
    """Of the whole, a region, a team and a group alike."""
    year = await _year(13)
    group_id = await groups.make_group(SYSTEM, "everybody", None, now())
    async with reading():
        group = await groups.group(group_id)
    assert group is not None
    await groups.add_members(SYSTEM, group, year.owners, now())
    scopes = (Scope(), Scope("region", "north", "north"), Scope("manager", str(year.managers[0]), "x"))
    of_orders = {"all": "orders", "paid": "paid", "shared": "shared", "several": "several", "repeat": "repeats"}
    of_orders |= {"refund": "refunded", "complained": "complained"}
    of_stores = {name: name for name in ("opened", "certified", "shared", "earned", "closed")}
    for scope in (*scopes, Scope("group", str(group_id), "x")):
        span = _spans(year)[0]
        async with reading():
            looked = await queries.look(scope, span)
            for what, column in of_orders.items():
                found = await behind.orders(scope, span, what, Cut(limit=100))
                assert len(found.items) == min(getattr(looked.now.orders, column), 100), (scope, what)
            for what, column in of_stores.items():
                listed = await behind.stores(scope, span, what, Cut(limit=100))
                assert len(listed.items) == getattr(looked.now.days, column), (scope, what)
            counted = await queries.days(scope, span)
            for when, one in counted.items():
                if span.holds(when):
                    gone = await behind.lost(scope, when, Cut(limit=100))
                    assert len(gone.items) == one.lost, (scope, when)
    assert looked.now.orders.orders > 0


# ---- the desk ----


async def test_the_desks_figures_are_those_of_the_rows(app: Frame, school: None) -> None:
    year = await _year(14)
    world = await _world()
    at = year.at + timedelta(hours=1)
    for scope in (Scope(), Scope("region", "north", "north"), Scope("region", "south", "south")):
        mine = [one for one in world.complaints if scope.kind == "platform" or _region(world, one) == scope.key]
        for span in _spans(year):
            async with reading():
                kept = await desk_queries.kept(scope, span, at)
                received, before = await desk_queries.received(scope, span)
                causes = await desk_queries.causes(scope, span)
                backlog = await desk_queries.backlog(scope, at)
            for clock in desk_queries.CLOCKS:
                assert desk_queries.together(kept, clock) == _kept(world, mine, clock, span, at)
            for found, part in ((received, span), (before, span.before)):
                of = [one for one in mine if _counts(one) and part.holds(day(one["received_at"]))]
                assert (found.n, found.again) == (len(of), sum(one["round"] > 1 for one in of))
                assert found.by_function == _by(one["function_category"] for one in of)
            ids = {one["id"] for one in mine}
            made = [one for one in world.findings if one["complaint"] in ids and span.holds(day(one["made_at"]))]
            assert {(party, code): n for party, code, n in causes} == _by((one["party"], one["code"]) for one in made)
            assert backlog.n == sum(one["ended_at"] is None for one in mine)


def _region(world: World, complaint: dict[str, Any]) -> str | None:
    return world.stores.get(complaint["store"])


def _kept(world: World, mine: list[dict[str, Any]], clock: str, span: Period, at: Any) -> Share:
    ids = {one["id"] for one in mine}
    due = [
        one
        for one in world.clocks
        if one["complaint"] in ids
        and one["name"] == clock
        and span.holds(day(one["due_at"]))
        and (one["stopped_at"] is not None or one["due_at"] < at)
    ]
    return Share(sum(one["stopped_at"] is not None and one["stopped_at"] <= one["due_at"] for one in due), len(due))


def _by(values: Iterable[Any]) -> dict[Any, int]:
    found: dict[Any, int] = {}
    for value in values:
        found[value] = found.get(value, 0) + 1
    return found


async def test_parties_are_listed_with_what_their_orders_came_to(app: Frame, school: None) -> None:
    year = await _year(15)
    span = _spans(year)[0]
    for kind in SupplierKind:
        async with reading():
            listed = await desk_queries.parties(kind, span, 100)
        facts = await rows(
            "SELECT s.external_id, f.* FROM party_facts f JOIN suppliers s ON s.id = f.party WHERE s.kind = {}",
            str(kind),
        )
        mine = [one for one in facts if span.holds(one["day"])]
        assert {one.external_id for one in listed} >= {one["external_id"] for one in mine if one["counted"]}
        for one in listed:
            counted = [each for each in mine if each["external_id"] == one.external_id and each["counted"]]
            assert one.faulted == Share(sum(each["faults"] > 0 for each in counted), len(counted))
            timed = [each for each in counted if each["due_at"] is not None and each["done_at"] is not None]
            assert one.on_time == Share(len(timed) - sum(bool(each["late"]) for each in counted), len(timed))
        faults = [one.sums.faulted for one in listed]
        assert faults == sorted(faults, reverse=True)
