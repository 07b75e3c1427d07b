"""One transaction after the other, where two at once would each miss what the other does.

SQLite has one writer at a time, so there nothing is to wait for. Both hold until the transaction ends; call them in
`writing()`, before anything that the decision rests on is read.
"""

from zlib import crc32

from portal.core.base.database.engine import DB


async def in_turn(what: str) -> None:
    """Wait for every other transaction that takes a turn in the same thing."""
    if DB.engine_type == "postgres":
        await DB.fetch("SELECT pg_advisory_xact_lock($1)", [crc32(what.encode())])


async def hold(table: str, value: int | str, column: str = "id") -> None:
    """Hold the row of `table` whose `column` is `value`; rows that refer to it may still be written."""
    if DB.engine_type == "postgres":
        await DB.fetch(f'SELECT 1 FROM "{table}" WHERE "{column}" = $1 FOR NO KEY UPDATE', [value])  # noqa: S608 -- names of the code
