"""Visits, replies and lost buyers as the rooms below hold them, by store and by day. Call inside a door."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from portal.core.base.clock import day_start, local
from portal.service.insight.marking import places
from portal.service.insight.rules import COLUMNS, LOST_AFTER, LOST_FROM, DaySums, added, reply
from portal.service.insight.tables import InsightDay

# A buyer is lost on the day that ends ninety days without an order, where she had ordered twice before.
LOST = (
    f"f.nth >= {LOST_FROM} AND NOT f.cancelled AND NOT f.own AND NOT EXISTS (SELECT 1 FROM order_facts g"  # noqa: S608
    " WHERE g.vip = f.vip AND (g.placed_at, g.id) > (f.placed_at, f.id) AND g.day <= {} AND NOT g.cancelled)"
)


def day_of(at: datetime) -> str:
    return local(at).date().isoformat()


def last_order_day(day: str) -> str:
    """When somebody who is lost on this day had ordered last."""
    return (date.fromisoformat(day) - timedelta(days=LOST_AFTER)).isoformat()


def lost_day(order_day: str) -> str:
    return (date.fromisoformat(order_day) + timedelta(days=LOST_AFTER)).isoformat()


def replied(seconds: int) -> DaySums:
    return DaySums(replies=1, **{str(reply(seconds)): 1})


async def lost_on(day: str) -> dict[str, int]:
    """How many were lost on a day, by the region of their store."""
    rows = await InsightDay.raw(
        "SELECT m.region, count(*) AS n FROM order_facts f JOIN store_marks m ON m.store = f.store"  # noqa: S608
        f" WHERE f.day = {{}} AND {LOST} GROUP BY m.region",
        last_order_day(day),
        day,
    )
    return {row["region"]: int(row["n"]) for row in rows}


async def kept_lost(day: str) -> dict[str, int]:
    """The same as it is kept."""
    rows = await InsightDay.raw("SELECT key, lost FROM insight_days WHERE scope = 'region' AND day = {}", day)
    return {row["key"]: row["lost"] for row in rows if row["lost"]}


async def of_stores(store_ids: Sequence[int], replies_to: int, lost_to: str) -> dict[int, dict[str, DaySums]]:
    """What these stores' days hold by now of visits (counted ones), replies (up to that message) and lost buyers."""
    found: dict[int, dict[str, DaySums]] = {store: {} for store in store_ids}

    def put(store: int, day: str, sums: DaySums, times: int = 1) -> None:
        found[store][day] = added(found[store].get(day, DaySums()), sums, times)

    for row in await _rows(
        "SELECT l.store, v.day, sum(v.visits) AS n FROM link_visits v JOIN share_links l ON l.id = v.link"
        " WHERE l.store IN {stores} GROUP BY l.store, v.day",
        store_ids,
    ):
        put(row["store"], row["day"], DaySums(visits=int(row["n"])))
    for row in await _rows(
        "SELECT store, day, count(*) AS n FROM visit_dues WHERE store IN {stores} GROUP BY store, day", store_ids
    ):
        put(row["store"], row["day"], DaySums(visits=int(row["n"])), -1)
    for row in await _rows(
        "SELECT t.store, m.at, m.reply_seconds FROM thread_messages m JOIN threads t ON t.id = m.thread"
        " WHERE t.store IN {stores} AND m.reply_seconds IS NOT NULL AND m.id <= {}",
        store_ids,
        replies_to,
    ):
        put(row["store"], day_of(row["at"]), replied(row["reply_seconds"]))
    for row in await _rows(_LINE, store_ids):
        if row["nth"] >= LOST_FROM and not row["own"] and _is_lost(row["day"], row["next_day"], lost_to):
            put(row["store"], lost_day(row["day"]), DaySums(lost=1))
    return found


_LINE = (
    "SELECT f.store, f.day, f.nth, f.own, lead(f.day) OVER (PARTITION BY f.vip ORDER BY f.placed_at, f.id) AS next_day"
    " FROM order_facts f WHERE NOT f.cancelled AND f.store IN {stores}"
)


def _is_lost(order_day: str, next_day: str | None, lost_to: str) -> bool:
    day = lost_day(order_day)
    return day <= lost_to and (next_day is None or next_day > day)


async def _rows(sql: str, store_ids: Sequence[int], *more: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await InsightDay.raw(sql.replace("{stores}", places(store_ids)), *store_ids, *more)
    return found


def as_columns(row: Mapping[str, Any]) -> DaySums:
    return DaySums(*(int(row[name]) for name in COLUMNS))


def days_between(since: date, until: date) -> tuple[datetime, datetime]:
    """The first instant of a day, and the first after another."""
    return day_start(since), day_start(until + timedelta(days=1))
