"""What time brings: when the return window is over and nothing is held, a pending earning becomes payable."""

from datetime import datetime

from portal.core.base.clock import now
from portal.core.base.database import reading
from portal.service.earnings.actions import settle_as_system
from portal.service.earnings.tables import EarningLine

BATCH = 200  # lines in one transaction
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
