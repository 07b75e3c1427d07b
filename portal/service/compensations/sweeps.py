"""What time brings: approvals that wait too long, payments nobody confirms, the month's sample."""

from portal.core.base.clock import local, now
from portal.core.base.database import reading
from portal.service.compensations import approving, paying, reviews
from portal.service.compensations.tables import Grant, Proposal

BATCH = 100


async def climb() -> int:
    """Take waiting approvals up their ladder; returns how many were looked at."""
    at, seen = now(), 0
    while True:
        async with reading():
            rows = await Proposal.raw(
                "SELECT id FROM compensation_proposals WHERE next_at IS NOT NULL AND next_at <= {}"
                " ORDER BY next_at LIMIT {}",
                at,
                BATCH,
            )
        for row in rows:
            await approving.climb(row["id"], at)
        seen += len(rows)
        if len(rows) < BATCH:
            return seen


async def tell_unpaid() -> int:
    """Tell of payments that nobody has confirmed for a day; returns how many."""
    at, told = now(), 0
    while True:
        async with reading():
            rows = await Grant.raw(
                "SELECT id FROM compensation_grants WHERE late_at IS NOT NULL AND late_at <= {} ORDER BY late_at"
                " LIMIT {}",
                at,
                BATCH,
            )
        for row in rows:
            told += await paying.tell_late(row["id"], at)
        if len(rows) < BATCH:
            return told


async def draw() -> int:
    """Draw the sample of every month that is over and was not drawn from; returns how many grants were drawn."""
    at = now()
    month = f"{local(at):%Y-%m}"
    async with reading():
        rows = await Grant.raw(
            "SELECT DISTINCT g.month FROM compensation_grants g WHERE g.month < {}"
            " AND NOT EXISTS (SELECT 1 FROM compensation_draws d WHERE d.month = g.month) ORDER BY g.month",
            month,
        )
    return sum([await reviews.draw_month(row["month"], at) for row in rows])
