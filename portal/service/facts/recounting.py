"""Everything reckoned again from the orders, and the days summed up again from the facts: the two must agree."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from portal.core.base import site_settings
from portal.core.base.database import in_turn, reading, writing
from portal.service.facts.keeping import BATCH, TURN, reckon
from portal.service.facts.queries import ORDER_COLUMNS, PARTY_COLUMNS
from portal.service.facts.tables import FactDue, OrderDay, OrderFact

MARK = "facts.recounted"
Progress = Callable[[str, int, int], Awaitable[None]]

_ORDER_SUMS = (
    "count(*) AS orders, sum(CASE WHEN f.paid THEN 1 ELSE 0 END) AS paid,"
    " sum(CASE WHEN f.cancelled THEN 1 ELSE 0 END) AS cancelled,"
    " sum(CASE WHEN f.delivered_at IS NULL THEN 0 ELSE 1 END) AS delivered,"
    " sum(CASE WHEN f.refunded_fen > 0 THEN 1 ELSE 0 END) AS refunded,"
    " sum(CASE WHEN f.products > 1 THEN 1 ELSE 0 END) AS several,"
    " sum(CASE WHEN f.nth > 1 THEN 1 ELSE 0 END) AS repeats,"
    " sum(CASE WHEN f.shared THEN 1 ELSE 0 END) AS shared,"
    " sum(CASE WHEN f.complaints > 0 THEN 1 ELSE 0 END) AS complained, sum(f.owner_faults) AS owner_faults,"
    " sum(CASE WHEN f.paid THEN f.paid_fen ELSE 0 END) AS paid_fen, sum(f.refunded_fen) AS refunded_fen"
)
# Scope, key, and what the key is grouped by.
_KEYS = (
    ("platform", "''", "f.day"),
    ("region", "coalesce(f.region, '')", "f.region"),
    ("manager", "coalesce(CAST(f.manager AS varchar), '')", "f.manager"),
    ("store", "CAST(f.store AS varchar)", "f.store"),
)


def _when(flag: str, value: str = "1") -> str:
    return f"sum(CASE WHEN f.counted AND {flag} THEN {value} ELSE 0 END)"


_PARTY_SUMS = ", ".join(
    f"{sql} AS {name}"
    for name, sql in {
        "counted": _when("1 = 1"),
        "faulted": _when("f.faults > 0"),
        "severe": _when("1 = 1", "f.severe"),
        "late": _when("f.late"),
        "timed": _when("f.due_at IS NOT NULL AND f.done_at IS NOT NULL"),
        "lost": _when("f.lost"),
        "damaged": _when("f.damaged"),
        "fresh": _when("f.fresh"),
        "cold_broken": _when("f.cold_broken"),
        "hurries": "sum(f.hurries)",
        "hurries_answered": "sum(f.hurries_answered)",
        "ratings": _when("1 = 1", "f.ratings"),
        "rating_sum": _when("1 = 1", "f.rating_sum"),
        "low_ratings": _when("1 = 1", "f.low_ratings"),
    }.items()
)
# A day as its facts sum up to, spoken differently than the keeper reckons it, so that each checks the other.
_ORDER_DAY = " UNION ALL ".join(
    f"SELECT '{scope}' AS scope, {key} AS key, f.day, {_ORDER_SUMS} FROM order_facts f WHERE f.day = {{}}"  # noqa: S608
    f" GROUP BY f.day, {grouped}"
    for scope, key, grouped in _KEYS
)
_PARTY_DAY = (
    f"SELECT f.party, f.day, {_PARTY_SUMS} FROM party_facts f WHERE f.day = {{}} GROUP BY f.party, f.day"  # noqa: S608
    f" HAVING {_when('1 = 1')} > 0 OR sum(f.hurries) > 0"
)
_ORDER_DAY_COLUMNS = f"scope, key, day, {', '.join(ORDER_COLUMNS)}"
_PARTY_DAY_COLUMNS = f"party, day, {', '.join(PARTY_COLUMNS)}"


# ---- from zero ----


async def recount(at: datetime, tell: Progress) -> int:
    """Reckon every order and every day again; returns how many orders' facts were not as they are now.

    Each batch is a transaction of its own, so the portal goes on meanwhile; broken off, it goes on where it stood.
    `tell` hears what is gone through (orders, then days), how many are done and how many there are.
    """
    differed, (known, last) = 0, await _mark()
    total = await _count("SELECT count(*) AS n FROM orders", [])
    done = await _count("SELECT count(*) AS n FROM orders WHERE id <= {}", [last])
    while True:
        async with writing():
            await in_turn(TURN)
            rows = await OrderFact.raw("SELECT id FROM orders WHERE id > {} ORDER BY id LIMIT {}", last, BATCH)
            if not rows:
                break
            differed += await reckon([row["id"] for row in rows], at)
            last = rows[-1]["id"]
            if not await site_settings.advance(MARK, known, str(last), at):
                return differed  # another one recounts and has gone on
            known = str(last)
        done += len(rows)
        await tell("orders", done, total)
    await _rebuild_all(tell)
    async with writing():
        await site_settings.advance(MARK, known, "0", at)
    return differed


async def _mark() -> tuple[str, int]:
    async with reading():
        known = await site_settings.value(MARK, "")
    return known, int(known or 0)


async def _count(sql: str, values: list[int]) -> int:
    async with reading(long=True):
        return int((await OrderFact.raw(sql, *values))[0]["n"])


async def _rebuild_all(tell: Progress) -> None:
    days = await all_days()
    for done, day in enumerate(days, 1):
        await rebuild(day)
        await tell("days", done, len(days))


async def all_days() -> list[str]:
    """Every day that has facts or sums, in order."""
    async with reading(long=True):
        rows = await OrderDay.raw(
            "SELECT day FROM order_facts UNION SELECT day FROM party_facts UNION SELECT day FROM order_days"
            " UNION SELECT day FROM party_days"
        )
    return sorted(row["day"] for row in rows)


async def rebuild(day: str) -> None:
    """Sum a day up again from its facts."""
    async with writing():
        await in_turn(TURN)
        await OrderDay.raw("DELETE FROM order_days WHERE day = {}", day)
        await OrderDay.raw("DELETE FROM party_days WHERE day = {}", day)
        four = [day] * len(_KEYS)
        await OrderDay.raw(f"INSERT INTO order_days ({_ORDER_DAY_COLUMNS}) {_ORDER_DAY}", *four)
        await OrderDay.raw(f"INSERT INTO party_days ({_PARTY_DAY_COLUMNS}) {_PARTY_DAY}", day)


# ---- checking ----


@dataclass(frozen=True, slots=True)
class Checked:
    """How many days were looked at, which of them disagree with their facts, and how many orders still wait."""

    days: int
    apart: tuple[str, ...]
    waiting: int


LATEST, SPREAD = 7, 13  # so many days at the end, and so many spread over all


async def check() -> Checked:
    """Compare a sample of days with their facts."""
    async with reading():
        rows = await OrderDay.raw("SELECT day FROM order_days WHERE scope = 'platform' AND key = '' ORDER BY day")
    days = [row["day"] for row in rows]
    step = max(len(days) // SPREAD, 1)
    chosen = sorted({*days[-LATEST:], *days[::step]})
    async with reading(long=True):
        waiting = await FactDue.raw("SELECT count(*) AS n FROM fact_dues")
        apart = [day for day in chosen if await _apart(day)]
    return Checked(len(chosen), tuple(apart), waiting[0]["n"])


async def _apart(day: str) -> bool:
    """Whether a day's sums are others than those of its facts."""
    four = [day] * len(_KEYS)
    orders = f"SELECT {_ORDER_DAY_COLUMNS} FROM order_days WHERE day = {{}}"  # noqa: S608
    parties = f"SELECT {_PARTY_DAY_COLUMNS} FROM party_days WHERE day = {{}}"  # noqa: S608
    for facts, kept, values in ((_ORDER_DAY, orders, four), (_PARTY_DAY, parties, [day])):
        for first, second, given in (
            (f"SELECT * FROM ({facts}) a", kept, [*values, day]),  # noqa: S608
            (kept, f"SELECT * FROM ({facts}) a", [day, *values]),  # noqa: S608
        ):
            if await OrderDay.raw(f"{first} EXCEPT {second} LIMIT 1", *given):
                return True
    return False
