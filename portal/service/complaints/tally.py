"""The promise's record added up as it comes, so that reading it costs the same however many complaints there were.

Each clock that stops, or runs on, adds a row: hands at work on different complaints never wait for one another. A sweep
makes one row of many; who reads adds up what is there.
"""

from portal.core.base.database import reading, writing
from portal.service.complaints.clocks import Clock
from portal.service.complaints.tables import PromiseCount

BATCH = 1000


async def count(month: str, before: Clock | None, after: Clock) -> None:
    """A clock was derived anew, in the caller's transaction, which holds its complaint; `before`: as it was kept."""
    n = int(not after.running) - int(before is not None and not before.running)
    kept = int(_kept(after)) - int(before is not None and _kept(before))
    if n or kept:
        await PromiseCount.insert(PromiseCount(month=month, name=str(after.name), n=n, kept=kept))


def _kept(clock: Clock) -> bool:
    return clock.stopped_at is not None and clock.stopped_at <= clock.due_at


async def fold() -> int:
    """Make one row of a month's and clock's many; returns how many went into others."""
    async with reading():
        rows = await PromiseCount.raw("SELECT month, name FROM promise_counts GROUP BY month, name HAVING count(*) > 1")
    return sum([await _fold(row["month"], row["name"]) for row in rows])


async def _fold(month: str, name: str) -> int:
    gone = 0
    while True:
        async with writing():
            rows = await PromiseCount.raw(
                "DELETE FROM promise_counts WHERE id IN (SELECT id FROM promise_counts WHERE month = {} AND name = {}"
                " ORDER BY id LIMIT {}) RETURNING n, kept",
                month,
                name,
                BATCH,
            )
            n, kept = sum(row["n"] for row in rows), sum(row["kept"] for row in rows)
            if n or kept:
                await PromiseCount.insert(PromiseCount(month=month, name=name, n=n, kept=kept))
        gone += max(0, len(rows) - 1)
        if len(rows) < BATCH:
            return gone


async def apart() -> list[str]:
    """The months whose sum is not what their clocks say; empty where all agree."""
    async with reading(long=True):
        rows = await PromiseCount.raw(
            "SELECT month FROM (SELECT month, name, n, kept FROM promise_counts UNION ALL SELECT month, name,"
            " -count(*), -sum(CASE WHEN stopped_at <= due_at THEN 1 ELSE 0 END) FROM complaint_clocks"
            " WHERE stopped_at IS NOT NULL GROUP BY month, name) AS both_of_them"
            " GROUP BY month, name HAVING sum(n) <> 0 OR sum(kept) <> 0"
        )
    return sorted({row["month"] for row in rows})
