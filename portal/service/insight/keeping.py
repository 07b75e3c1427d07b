"""Marks of stores and sums of days kept up with what happens.

A change of a store leaves a due in its own transaction, and so does each visit; what is only ever added below
(stores, certificates, links, earnings, replies) is followed by its key. All sums share a few rows, so whoever moves
them takes a turn; changes never wait.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from time import monotonic
from typing import Any

from portal.core.base import site_settings
from portal.core.base.clock import local, now
from portal.core.base.database import in_turn, reading, writing
from portal.core.base.hooks import StoreFact
from portal.service.insight import marking, serving
from portal.service.insight.marking import Key, both
from portal.service.insight.rules import DaySums, Mark, added
from portal.service.insight.tables import MarkDue, StoreMark, VisitDue

TURN = "insight"
BATCH = 200
LONGEST = 20.0  # seconds; what is left comes with the next run
SETTLED = timedelta(minutes=5)  # writers commit out of order: what is younger is looked at again
REPLIES, LOST = "insight.replies", "insight.lost"
LOOK_BACK = 35  # days of lost buyers that are taken again, for orders that come or change late

# What is only ever added to: the rows after the last one seen, with the stores that they concern.
SOURCES: Mapping[str, str] = {
    "stores": "SELECT s.id, s.id AS store, s.changed_at AS at FROM stores s WHERE s.id > {} ORDER BY s.id LIMIT {}",
    "certificates": (
        "SELECT c.id, s.id AS store, c.issued_at AS at FROM certificates c LEFT JOIN stores s ON s.owner = c.person"
        " WHERE c.id > {} ORDER BY c.id LIMIT {}"
    ),
    "links": "SELECT l.id, l.store, l.made_at AS at FROM share_links l WHERE l.id > {} ORDER BY l.id LIMIT {}",
    "earnings": (
        "SELECT m.id, CASE WHEN k.earned_at IS NULL THEN m.store END AS store, m.at FROM ledger_transactions m"
        " LEFT JOIN store_marks k ON k.store = m.store WHERE m.id > {} ORDER BY m.id LIMIT {}"
    ),
}


# ---- what is due; each in the transaction of the change ----


async def on_store(fact: StoreFact) -> None:
    """Hook: a store closed, opened again, or its kit went back."""
    await MarkDue.insert(MarkDue(store=fact.store_id, at=fact.at))


async def on_region(store_id: int, at: datetime) -> None:
    """A store belongs to another region."""
    await MarkDue.insert(MarkDue(store=store_id, at=at))


async def on_visit(link_id: int, day: str) -> None:
    """Somebody came through a link."""
    sql = "INSERT INTO visit_dues (store, day) SELECT store, {} FROM share_links WHERE id = {}"
    await VisitDue.raw(sql, day, link_id)


# ---- marks ----


async def reckon(store_ids: Sequence[int]) -> int:
    """Bring the marks of these stores, and the days they belong to, to what they are now; returns how many differed.

    Call inside `writing()`, in turn.
    """
    if not store_ids:
        return 0
    before, after = await marking.kept(store_ids), await marking.present(store_ids)
    news = [mark for mark in after if before.get(mark.store) != mark]
    old = [before[mark.store] for mark in news if mark.store in before]
    by = marking.shifts(old, news)
    for key, sums in (await _moved_away(before, news)).items():
        by[key] = added(by.get(key, DaySums()), sums)
    await marking.put(news)
    await marking.move({key: sums for key, sums in by.items() if sums != DaySums()})
    return len(news)


async def _moved_away(before: Mapping[int, Mark], news: Sequence[Mark]) -> dict[Key, DaySums]:
    """What goes over to another region with its store: visits, replies, lost buyers."""
    movers = [mark for mark in news if mark.store in before and before[mark.store].region != mark.region]
    if not movers:
        return {}
    replies_to, lost_to = int(await _seen(REPLIES) or 0), await _seen(LOST)
    days = await serving.of_stores([mark.store for mark in movers], replies_to, lost_to)
    moves: dict[Key, DaySums] = {}
    for mark in movers:
        for day, sums in days[mark.store].items():
            for region, times in ((before[mark.store].region, -1), (mark.region, 1)):
                key = (marking.REGION, region, day)
                moves[key] = added(moves.get(key, DaySums()), sums, times)
    return moves


async def _seen(name: str) -> str:
    return await site_settings.value(name, "")


async def keep() -> int:
    """Sweep: reckon stores that changed, and follow what was added; returns how many rows were seen to."""
    done, until = await _each(_settle_dues, monotonic() + LONGEST), monotonic() + LONGEST
    for name in SOURCES:
        done += await _follow(name, until)
    return done


async def _each(batch: Callable[[datetime], Awaitable[int]], until: float) -> int:
    done = 0
    while monotonic() < until:
        seen = await batch(now())
        done += seen
        if seen < BATCH:
            break
    return done


async def _settle_dues(at: datetime) -> int:
    async with reading():
        waiting = await MarkDue.raw("SELECT id, store FROM store_mark_dues ORDER BY id LIMIT {}", BATCH)
    if not waiting:
        return 0
    async with writing():
        await in_turn(TURN)
        await reckon(sorted({row["store"] for row in waiting}))
        ids = [row["id"] for row in waiting]
        await MarkDue.raw(f"DELETE FROM store_mark_dues WHERE id IN {marking.places(ids)}", *ids)  # noqa: S608
    return len(waiting)


async def _follow(name: str, until: float) -> int:
    """Reckon the stores of what was added since the last run; the young end is looked at once more next time."""
    mark = f"insight.{name}"
    async with reading():
        known = await _seen(mark)
    last, done, settled = int(known or 0), 0, True
    while monotonic() < until:
        async with reading():
            rows = await StoreMark.raw(SOURCES[name], last, BATCH)
        if not rows:
            break
        old = _old_part(rows, now() - SETTLED) if settled else []
        settled = settled and len(old) == len({row["id"] for row in rows})
        known = await _take(mark, known, rows, old[-1] if old else None)
        last, done = rows[-1]["id"], done + len(rows)
        if len(rows) < BATCH:
            break
    return done


def _old_part(rows: Sequence[Mapping[str, Any]], before: datetime) -> list[int]:
    """The keys of the rows before the first young one."""
    found: list[int] = []
    for row in rows:
        if row["at"] > before:
            break
        if not found or found[-1] != row["id"]:
            found.append(row["id"])
    return found


async def _take(mark: str, known: str, rows: Sequence[Mapping[str, Any]], upto: int | None) -> str:
    """Reckon what these rows concern; returns the mark as it stands."""
    async with reading():
        stores = sorted({row["store"] for row in rows if row["store"] is not None})
        kept, present = await marking.kept(stores), await marking.present(stores) if stores else []
        changed = [one.store for one in present if kept.get(one.store) != one]
    if not changed and upto is None:
        return known
    async with writing():
        await in_turn(TURN)
        await reckon(changed)
        if upto is not None and await site_settings.advance(mark, known, str(upto), now()):
            return str(upto)
    return known


# ---- visits and replies ----


async def count() -> int:
    """Sweep: add visits and replies to their days; returns how many."""
    until = monotonic() + LONGEST
    return await _each(_count_visits, until) + await _each(_count_replies, until)


async def _count_visits(at: datetime) -> int:
    async with reading():
        if not await VisitDue.raw("SELECT id FROM visit_dues ORDER BY id LIMIT 1"):
            return 0
    async with writing():
        await in_turn(TURN)
        dues = await VisitDue.raw("SELECT id, store, day FROM visit_dues ORDER BY id LIMIT {}", BATCH)
        if not dues:  # another worker's turn was before
            return 0
        regions = await _regions([row["store"] for row in dues])
        by: dict[Key, DaySums] = {}
        for row in dues:
            add_to(by, regions[row["store"]], row["day"], DaySums(visits=1))
        await marking.move(by)
        ids = [row["id"] for row in dues]
        await VisitDue.raw(f"DELETE FROM visit_dues WHERE id IN {marking.places(ids)}", *ids)  # noqa: S608
    return len(dues)


async def _count_replies(at: datetime) -> int:
    """A reply is added once, when it is old enough that none can come before it any more."""
    async with writing():
        await in_turn(TURN)
        known = await _seen(REPLIES)
        found = await VisitDue.raw(
            "SELECT m.id, m.at, m.reply_seconds, t.store FROM thread_messages m JOIN threads t ON t.id = m.thread"
            " WHERE m.id > {} ORDER BY m.id LIMIT {}",
            int(known or 0),
            BATCH,
        )
        old = set(_old_part(found, at - SETTLED))
        rows = [row for row in found if row["id"] in old]
        if not rows:
            return 0
        said = [row for row in rows if row["reply_seconds"] is not None]
        regions = await _regions([row["store"] for row in said])
        by: dict[Key, DaySums] = {}
        for row in said:
            add_to(by, regions[row["store"]], serving.day_of(row["at"]), serving.replied(row["reply_seconds"]))
        await marking.move(by)
        await site_settings.advance(REPLIES, known, str(rows[-1]["id"]), at)
    return len(rows)


async def _regions(store_ids: Sequence[int]) -> dict[int, str]:
    """The regions under which stores are counted; who is not yet, is now."""
    stores = sorted(set(store_ids))
    kept = await marking.kept(stores)
    if missing := [store for store in stores if store not in kept]:
        await reckon(missing)
        kept |= await marking.kept(missing)
    return {store: mark.region for store, mark in kept.items()}


def add_to(by: dict[Key, DaySums], region: str, day: str, sums: DaySums) -> None:
    """Add to both days that something in a region belongs to."""
    for key in both(region, day):
        by[key] = added(by.get(key, DaySums()), sums)


# ---- lost buyers ----


async def miss() -> int:
    """Sweep: take the buyers who were lost on days that are over; the latest ones' once more."""
    at = now()
    yesterday = local(at).date() - timedelta(days=1)
    async with reading():
        known = await _seen(LOST)
        rows = await StoreMark.raw("SELECT day FROM order_facts ORDER BY day LIMIT 1")
    if not rows:
        return 0
    first = date.fromisoformat(serving.lost_day(rows[0]["day"]))
    start = max(first, date.fromisoformat(known) - timedelta(days=LOOK_BACK)) if known else first
    days = [(start + timedelta(days=n)).isoformat() for n in range((yesterday - start).days + 1)]
    until, moved = monotonic() + LONGEST, 0
    for day in days:
        if monotonic() > until:
            break
        moved += await take_lost(day, at)
    return moved


async def take_lost(day: str, at: datetime) -> int:
    """Bring a day's lost buyers to what they are now; returns by how many regions it differed."""
    async with writing():
        await in_turn(TURN)
        before, after = await serving.kept_lost(day), await serving.lost_on(day)
        by: dict[Key, DaySums] = {}
        for region in before.keys() | after.keys():
            difference = after.get(region, 0) - before.get(region, 0)
            if difference:
                add_to(by, region, day, DaySums(lost=difference))
        await marking.move(by)
        known = await _seen(LOST)
        if day > known:
            await site_settings.advance(LOST, known, day, at)
    return len(by) // 2
