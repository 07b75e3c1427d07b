"""The database: one engine under Piccolo for SQLite and PostgreSQL, entered by two doors only.

`reading()` is one snapshot on one connection for a whole page; `writing()` is one transaction (SQLite's
BEGIN IMMEDIATE), and inside another it is a savepoint. A query outside a door is refused.
"""

from portal.core.base.database.doors import after_commit, reading, writing
from portal.core.base.database.engine import DB, connect, counting_queries, disconnect, in_door

__all__ = ["DB", "after_commit", "connect", "counting_queries", "disconnect", "in_door", "reading", "writing"]
