"""The database: one engine under Piccolo for SQLite and PostgreSQL, entered by two doors only.

`reading()` is one snapshot on one connection for a whole page; `writing()` is one transaction (SQLite's
BEGIN IMMEDIATE), and inside another it is a savepoint. A query outside a door is refused.
"""

from portal.core.base.database.doors import after_commit, reading, writing
from portal.core.base.database.engine import DB, connect, counting_queries, in_door
from portal.core.base.database.engine import disconnect as _disconnect
from portal.core.base.database.lasting import LASTING, lasting
from portal.core.base.database.spelling import placeholders
from portal.core.base.database.turns import hold, in_turn

__all__ = [
    "DB",
    "LASTING",
    "after_commit",
    "connect",
    "counting_queries",
    "disconnect",
    "hold",
    "in_door",
    "in_turn",
    "lasting",
    "placeholders",
    "reading",
    "writing",
]


async def disconnect() -> None:
    """Close the database; what was kept of its rows goes with it."""
    LASTING.clear()
    await _disconnect()
