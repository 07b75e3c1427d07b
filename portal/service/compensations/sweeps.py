"""What time brings: approvals that wait too long, payments nobody confirms, the month's sample."""

from functools import partial

from portal.core.base.clock import local, now
from portal.core.base.database import reading
from portal.core.base.sweeping import each_due
from portal.service.compensations import approving, paying, reviews
from portal.service.compensations.tables import Grant, Proposal


async def climb() -> int:
    """Take waiting approvals up their ladder; returns how many were looked at."""
    at = now()

    async def due(limit: int) -> list[int]:
        rows = await Proposal.raw(
            "SELECT id FROM compensation_proposals WHERE next_at IS NOT NULL AND next_at <= {}"
            " ORDER BY next_at LIMIT {}",
            at,
            limit,
        )
        return [row["id"] for row in rows]

    return await each_due(due, partial(approving.climb, at=at))


async def tell_unpaid() -> int:
    """Tell of payments that nobody has confirmed for a day; returns how many."""
    at = now()

    async def due(limit: int) -> list[int]:
        rows = await Grant.raw(
            "SELECT id FROM compensation_grants WHERE late_at IS NOT NULL AND late_at <= {} ORDER BY late_at LIMIT {}",
            at,
            limit,
        )
        return [row["id"] for row in rows]

    return await each_due(due, partial(paying.tell_late, at=at))


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
