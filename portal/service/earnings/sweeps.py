"""What time brings: a pending earning becomes payable when its window is over; a month is over, its statement ready."""

from datetime import date, datetime

from portal.core.base import site_settings
from portal.core.base.clock import local, now
from portal.core.base.database import reading, writing
from portal.core.notices.actions import notify
from portal.service.earnings import queries
from portal.service.earnings.actions import settle_as_system
from portal.service.earnings.months import Told, month_before, month_of, next_month, told_to
from portal.service.earnings.tables import EarningLine

BATCH = 200  # lines in one transaction
STORES = 100  # told in one transaction
TELL_FROM = 9  # o'clock where the site is; by then whatever was posted before midnight is in
TOLD = "earnings.statements_told"  # the mark's name
_DUE = (
    "SELECT DISTINCT l.order_of FROM (SELECT order_line FROM earning_lines WHERE look_at <= {}"
    " ORDER BY look_at, id LIMIT {}) e JOIN order_lines l ON l.id = e.order_line ORDER BY l.order_of"
)


async def release_due() -> int:
    """Settle every line whose time has come, however many there are; returns how many moves that took."""
    return await release_all(now())


async def release_all(at: datetime) -> int:
    """Settle every line whose time had come by `at`; each leaves the list of those that are due."""
    moves = 0
    while True:
        async with reading():
            rows = await EarningLine.raw(_DUE, at, BATCH)
        if not rows:
            return moves
        moves += await settle_as_system([row["order_of"] for row in rows], at)


async def tell_statements(stores: int = STORES) -> int:
    """Tell each owner once of every complete month in which something was booked; returns how many were told.

    Months of downtime are made up for, one after the other. The mark moves in the transaction of the notices, so that
    nobody is told twice, however many workers there are and whenever one dies.
    """
    at, told = now(), 0
    if local(at).hour < TELL_FROM:
        return 0
    complete = month_before(local(at).date())
    while (more := await _tell_some(complete, at, stores)) is not None:
        told += more
    return told


async def _tell_some(complete: date, at: datetime, stores: int) -> int | None:
    """Tell the next stores; None where everybody knows, or another worker is at it."""
    async with writing():
        known = await site_settings.value(TOLD, "")
        reached = told_to(known, complete)
        if reached.month > complete:
            return None
        month = month_of(reached.month)
        ready = await queries.ready_statements(month, reached.store, stores)
        more = len(ready) == stores
        further = Told(reached.month, ready[-1].store_id) if more else Told(next_month(reached.month), 0)
        if not await site_settings.advance(TOLD, known, further.mark, at):
            return None
        for one in ready:
            params = {"month": month, "amount_fen": one.payable_fen}
            await notify(one.owner_id, "earnings.statement", params, at, way=f"/earnings/{month}")
    return len(ready)
