"""Sums of a period and of the one before it, by day; of orders, stores, visits, replies. Call inside a door."""

from collections.abc import Mapping
from dataclasses import dataclass

from portal.core.base.clock import day_start
from portal.service.facts import queries as facts
from portal.service.facts.sums import OrderSums, moved
from portal.service.insight import marking, serving
from portal.service.insight.rules import (
    COLUMNS,
    LOST_FROM,
    DaySums,
    Mark,
    Period,
    added,
    slices,
    sums_of,
    total,
)
from portal.service.insight.scopes import Scope
from portal.service.insight.serving import lost_day
from portal.service.insight.tables import InsightDay

Days = dict[str, DaySums]


@dataclass(frozen=True, slots=True)
class Sums:
    """What a period came to."""

    orders: OrderSums
    days: DaySums


# ---- orders ----


async def orders(scope: Scope, since: str, until: str) -> dict[str, OrderSums]:
    """Orders by the day of placing."""
    if scope.summed:
        return dict(await facts.series(scope.kind, scope.key, since, until))
    sums = ", ".join(f"coalesce(sum(d.{name}), 0) AS {name}" for name in facts.ORDER_COLUMNS)
    rows = await InsightDay.raw(
        f"SELECT d.day, {sums} FROM order_days d WHERE d.scope = 'store' AND d.day >= {{}} AND d.day <= {{}}"  # noqa: S608
        f" AND d.key IN (SELECT CAST(t.id AS varchar) FROM stores t WHERE 1 = 1{scope.stores('t.id')}) GROUP BY d.day",
        since,
        until,
        *scope.values,
    )
    return {row["day"]: facts.order_sums_of(row) for row in rows}


# ---- everything else ----


async def days(scope: Scope, period: Period) -> Days:
    """By day, of the period and the one before; a team's replies stand at the first day of their period."""
    since, until = period.before.since.isoformat(), period.until.isoformat()
    if not scope.summed:
        return await _small(scope, period)
    rows = await InsightDay.raw(
        f"SELECT day, {', '.join(COLUMNS)} FROM insight_days"  # noqa: S608
        " WHERE scope = {} AND key = {} AND day >= {} AND day <= {} ORDER BY day",
        scope.kind,
        scope.key,
        since,
        until,
    )
    return {row["day"]: serving.as_columns(row) for row in rows}


async def _small(scope: Scope, period: Period) -> Days:
    found: Days = {}

    def put(day: str, sums: DaySums) -> None:
        found[day] = added(found.get(day, DaySums()), sums)

    for mark in await marks(scope, period.before.since.isoformat(), period.until.isoformat()):
        put(mark.day, sums_of(mark))
    for day, sums in await _served(scope, period):
        put(day, sums)
    for day, n in (await _lost(scope, period)).items():
        put(day, DaySums(lost=n))
    return found


async def marks(scope: Scope, since: str, until: str) -> list[Mark]:
    """The stores of a team or group whose kit was bought in this time."""
    rows = await InsightDay.raw(
        f"SELECT {', '.join(f'm.{name}' for name in marking.MARK)} FROM store_marks m"  # noqa: S608
        f" WHERE m.day >= {{}} AND m.day <= {{}}{scope.stores('m.store')}",
        since,
        until,
        *scope.values,
    )
    return [Mark(**row) for row in rows]


async def _served(scope: Scope, period: Period) -> list[tuple[str, DaySums]]:
    """Visits by day, and replies by period."""
    since, until = serving.days_between(period.before.since, period.until)
    first, second = period.before.since.isoformat(), period.since.isoformat()
    rows = await InsightDay.raw(
        "SELECT 'visits' AS what, v.day, sum(v.visits) AS n FROM share_links l JOIN link_visits v ON v.link = l.id"  # noqa: S608
        f" WHERE v.day >= {{}} AND v.day <= {{}}{scope.stores('l.store')} GROUP BY v.day UNION ALL"
        " SELECT r.what, r.day, count(*) AS n FROM (SELECT CASE WHEN m.reply_seconds <= 3600 THEN 'in_hour'"
        " WHEN m.reply_seconds <= 14400 THEN 'in_four' WHEN m.reply_seconds <= 86400 THEN 'in_day' ELSE 'over_day' END"
        " AS what, CASE WHEN m.at >= {} THEN {} ELSE {} END AS day FROM threads t"
        " JOIN thread_messages m ON m.thread = t.id WHERE m.reply_seconds IS NOT NULL AND m.at >= {} AND m.at < {}"
        f"{scope.stores('t.store')}) r GROUP BY r.what, r.day",
        first,
        period.until.isoformat(),
        *scope.values,
        day_start(period.since),
        second,
        first,
        since,
        until,
        *scope.values,
    )
    return [(row["day"], _counted(row["what"], int(row["n"]))) for row in rows]


def _counted(what: str, n: int) -> DaySums:
    return DaySums(visits=n) if what == "visits" else DaySums(**{what: n, "replies": n})


async def _lost(scope: Scope, period: Period) -> Mapping[str, int]:
    """Buyers lost on the days of both periods."""
    since, until = (serving.last_order_day(day.isoformat()) for day in (period.before.since, period.until))
    rows = await InsightDay.raw(
        "SELECT t.day, t.next_day, count(*) AS n FROM (SELECT f.day, f.nth, f.own, lead(f.day) OVER"  # noqa: S608
        " (PARTITION BY f.vip ORDER BY f.placed_at, f.id) AS next_day FROM order_facts f"
        f" WHERE NOT f.cancelled AND f.day >= {{}}{scope.stores('f.store')}) t"
        f" WHERE t.nth >= {LOST_FROM} AND NOT t.own AND t.day <= {{}} GROUP BY t.day, t.next_day",
        since,
        *scope.values,
        until,
    )
    found: dict[str, int] = {}
    for row in rows:
        day = lost_day(row["day"])
        if row["next_day"] is None or row["next_day"] > day:
            found[day] = found.get(day, 0) + int(row["n"])
    return found


# ---- periods ----


@dataclass(frozen=True, slots=True)
class Looked:
    """A period, the one before it, and how it went along."""

    period: Period
    now: Sums
    before: Sums
    line: list[tuple[str, Sums]]


async def look(scope: Scope, period: Period) -> Looked:
    """Everything that is counted by day."""
    since, until = period.before.since.isoformat(), period.until.isoformat()
    ordered, counted = await orders(scope, since, until), await days(scope, period)
    line = [
        (name, _between(ordered, counted, first.isoformat(), after.isoformat()))
        for name, first, after in slices(period)
    ]
    after = period.until.isoformat() + "~"  # after every day of this name
    return Looked(
        period,
        _between(ordered, counted, period.since.isoformat(), after),
        _between(ordered, counted, since, period.since.isoformat()),
        line,
    )


def _between(ordered: Mapping[str, OrderSums], counted: Days, since: str, before: str) -> Sums:
    sums = OrderSums()
    for day, one in ordered.items():
        if since <= day < before:
            sums = moved(sums, one)
    return Sums(sums, total(one for day, one in counted.items() if since <= day < before))
