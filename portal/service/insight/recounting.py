"""Every store's mark reckoned again, and every day summed up again from what the rooms below hold."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from portal.core.base import site_settings
from portal.core.base.database import in_turn, reading, writing
from portal.service.insight import keeping, marking, serving
from portal.service.insight.rules import COLUMNS, DaySums, Mark
from portal.service.insight.tables import InsightDay, StoreMark

Progress = Callable[[str, int, int], Awaitable[None]]


async def recount(at: datetime, tell: Progress) -> int:
    """Reckon every store and every day again; returns how many stores' marks were not as they are now.

    Each batch of stores is a transaction of its own. The days are summed up again in one, from the marks, the visits,
    the replies and the orders, and what was still to be counted is counted with them.
    """
    differed, last, done = 0, 0, 0
    async with reading(long=True):
        total = int((await StoreMark.raw("SELECT count(*) AS n FROM stores"))[0]["n"])
    while True:
        async with writing():
            await in_turn(keeping.TURN)
            rows = await StoreMark.raw("SELECT id FROM stores WHERE id > {} ORDER BY id LIMIT {}", last, keeping.BATCH)
            if not rows:
                break
            differed += await keeping.reckon([row["id"] for row in rows])
        last, done = rows[-1]["id"], done + len(rows)
        await tell("stores", done, total)
    async with writing():
        await in_turn(keeping.TURN)
        await InsightDay.raw("DELETE FROM insight_days")
        await InsightDay.raw("DELETE FROM visit_dues")
        await _sum_marks()
        await _sum_visits()
        await _sum_replies(at)
    await _take_lost(at, tell)
    return differed


async def _sum_marks() -> None:
    last = 0
    while rows := await StoreMark.raw(
        f"SELECT id, {', '.join(marking.MARK)} FROM store_marks WHERE id > {{}} ORDER BY id LIMIT {{}}",  # noqa: S608
        last,
        1000,
    ):
        last = rows[-1]["id"]
        marks = [Mark(**{name: row[name] for name in marking.MARK}) for row in rows]
        await marking.move(marking.shifts((), marks))


async def _sum_visits() -> None:
    rows = await InsightDay.raw(
        "SELECT m.region, v.day, sum(v.visits) AS n FROM link_visits v JOIN share_links l ON l.id = v.link"
        " JOIN store_marks m ON m.store = l.store GROUP BY m.region, v.day"
    )
    by: dict[marking.Key, DaySums] = {}
    for row in rows:
        keeping.add_to(by, row["region"], row["day"], DaySums(visits=int(row["n"])))
    await marking.move(by)


async def _sum_replies(at: datetime) -> None:
    """Replies from the first on, to where they were counted to."""
    upto, last = int(await site_settings.value(keeping.REPLIES, "0") or 0), 0
    while rows := await InsightDay.raw(
        "SELECT r.id, r.at, r.reply_seconds, m.region FROM thread_messages r JOIN threads t ON t.id = r.thread"
        " JOIN store_marks m ON m.store = t.store WHERE r.id > {} AND r.id <= {} AND r.reply_seconds IS NOT NULL"
        " ORDER BY r.id LIMIT {}",
        last,
        upto,
        1000,
    ):
        last = rows[-1]["id"]
        by: dict[marking.Key, DaySums] = {}
        for row in rows:
            keeping.add_to(by, row["region"], serving.day_of(row["at"]), serving.replied(row["reply_seconds"]))
        await marking.move(by)


async def _take_lost(at: datetime, tell: Progress) -> None:
    async with reading():
        upto = await site_settings.value(keeping.LOST, "")
        rows = await InsightDay.raw("SELECT DISTINCT day FROM order_facts WHERE nth >= {} ORDER BY day", 2)
    days = [day for row in rows if (day := serving.lost_day(row["day"])) <= upto]
    for done, day in enumerate(days, 1):
        await keeping.take_lost(day, at)
        await tell("days", done, len(days))


@dataclass(frozen=True, slots=True)
class Checked:
    """How many stores' ways are kept, what disagrees with the days, and how many changes wait to be reckoned."""

    stores: int
    apart: tuple[str, ...]
    waiting: int


_COUNTED = ("opened", "closed", "certified", "shared", "earned")


async def check() -> Checked:
    """Compare the sums of all days with the marks of the stores, and with the visits that were counted."""
    ends = ", ".join(f"count({name}_at) AS {name}" for name in _COUNTED if name != "opened")
    kept = ", ".join(f"coalesce(sum({name}), 0) AS {name}" for name in (*_COUNTED, "visits"))
    async with reading(long=True):
        marks = (await StoreMark.raw(f"SELECT count(*) AS opened, {ends} FROM store_marks"))[0]  # noqa: S608
        days = (await InsightDay.raw(f"SELECT {kept} FROM insight_days WHERE scope = 'platform'"))[0]  # noqa: S608
        more = (
            await InsightDay.raw(
                "SELECT (SELECT coalesce(sum(visits), 0) FROM link_visits) AS visits,"
                " (SELECT count(*) FROM visit_dues) AS to_count, (SELECT count(*) FROM store_mark_dues) AS to_reckon"
            )
        )[0]
    there = marks | {"visits": more["visits"] - more["to_count"]}
    apart = tuple(name for name, n in days.items() if int(n) != int(there[name]))
    return Checked(marks["opened"], apart, more["to_count"] + more["to_reckon"])


async def kept_days() -> dict[marking.Key, DaySums]:
    """Every day that says anything, as it is kept. Call inside a door."""
    rows = await InsightDay.raw(f"SELECT scope, key, day, {', '.join(COLUMNS)} FROM insight_days")  # noqa: S608
    found = {(row["scope"], row["key"], row["day"]): serving.as_columns(row) for row in rows}
    return {key: sums for key, sums in found.items() if sums != DaySums()}
