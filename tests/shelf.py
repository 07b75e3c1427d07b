"""PostgreSQL databases for tests, made as their template is and used again: that costs a fiftieth of a fresh copy.

Each database keeps a connection here between tests, because one that has met all tables empties them ten times faster.
The connections live in a loop of the shelf's own: tests have theirs.
"""

import asyncio
import itertools
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from portal.commands.tables import all_tables

USES = 200  # then a database is made anew: deleted rows leave their traces
_numbers = itertools.count(1)
# What a test may have done to the schema; a database that differs from its template is not used again.
# Which rows of the catalogs there are and who wrote them: a copy has its template's; whatever changes a schema writes new.
_CATALOGS = ("class", "attribute", "attrdef", "constraint", "index", "trigger", "rewrite", "proc", "db_role_setting")
_SHAPE = (
    "SELECT "
    + ", ".join(
        f"(SELECT concat_ws(' ', count(*), sum(xmin::text::int8)) FROM pg_{name}) AS {name}s" for name in _CATALOGS
    )
    + ", (SELECT string_agg(app_name || name, ',' ORDER BY app_name, name) FROM migration) AS migrations"
)
# A template's rows once more, and where its sequences stood: copies take them from there when they begin anew.
_KEEP = """
    DROP SCHEMA IF EXISTS kept CASCADE; -- a template may itself be the copy of one
    CREATE SCHEMA kept;
    CREATE TABLE kept.sequences AS
        SELECT seqrelid, coalesce(pg_sequence_last_value(seqrelid), seqstart) AS value,
               pg_sequence_last_value(seqrelid) IS NOT NULL AS called FROM pg_sequence
"""
_BEGIN_ANEW = """
    SELECT setval(seqrelid::regclass, value, called) FROM kept.sequences
     WHERE pg_sequence_last_value(seqrelid) IS DISTINCT FROM CASE WHEN called THEN value END
"""
_COLUMNS = """
    SELECT string_agg(format('%I', attname), ', ' ORDER BY attnum) FROM pg_attribute
     WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
"""


@dataclass
class Shelf:
    """Copies of one template in one cluster, which `server` names."""

    server: str
    template: str
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _ready: list[str] = field(default_factory=list)
    _used: dict[str, int] = field(default_factory=dict)
    _warm: dict[str, Any] = field(default_factory=dict)
    _shape: tuple[Any, ...] | None = None
    _renew: str = ""

    def take(self) -> str:
        """The name of a database as the template has it."""
        return self._ready.pop() if self._ready else self._run(self._make())

    def put_back(self, name: str) -> None:
        """Make it as the template is, for the next test; what cannot be used again is dropped."""
        self._used[name] = self._used.get(name, 0) + 1
        if self._used[name] < USES and self._run(self._renewed(name)):
            self._ready.append(name)
        else:
            self._run(self._drop(name))

    def close(self) -> None:
        for name in list(self._warm):
            self.leave(name)
        self._loop.close()

    def leave(self, name: str) -> None:
        """Let go of a database: whoever looks finds no connection from here."""
        self._run(self._cool(name))

    def url(self, name: str) -> str:
        return f"{self.server.rpartition('/')[0]}/{name}"

    def _run(self, doing: Awaitable[Any]) -> Any:
        return self._loop.run_until_complete(doing)

    async def _make(self) -> str:
        if self._shape is None:
            self._renew, self._shape = await self._once(self.url(self.template), _keep)
        name = f"portal_test_{os.getpid()}_{next(_numbers)}"
        copy = f'CREATE DATABASE "{name}" TEMPLATE "{self.template}" STRATEGY FILE_COPY'
        await self._once(self.server, lambda on: on.execute(copy))
        return name

    async def _drop(self, name: str) -> None:
        await self._cool(name)
        drop = f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'
        await self._once(self.server, lambda on: on.execute(drop))

    async def _cool(self, name: str) -> None:
        if connection := self._warm.pop(name, None):
            with suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await connection.close(timeout=5)

    async def _once(self, url: str, act: Callable[[Any], Awaitable[Any]]) -> Any:
        connection = await asyncpg.connect(url)
        try:
            return await act(connection)
        finally:
            await connection.close()

    async def _renewed(self, name: str) -> bool:
        """Whether rows, sequences and shape are the template's again."""
        try:
            if name not in self._warm or self._warm[name].is_closed():
                self._warm[name] = await asyncpg.connect(self.url(name))
            connection = self._warm[name]
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            await connection.execute(f"{others} AND pid <> pg_backend_pid()")
            await connection.execute(self._renew)
            return tuple(await connection.fetchrow(_SHAPE)) == self._shape
        except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False


async def _keep(connection: Any) -> tuple[str, tuple[Any, ...]]:
    """Keep the template's rows within it: the statements that bring a copy back to them, and the template's shape."""
    await connection.execute(_KEEP)
    there = {row["relname"] for row in await connection.fetch("SELECT relname FROM pg_class WHERE relkind = 'r'")}
    names = [name for table in all_tables() if (name := table._meta.tablename) in there]
    renew = [f'DELETE FROM "{name}"' for name in reversed(names)]
    for name in names:
        if await connection.fetchval(f'SELECT EXISTS (SELECT FROM "{name}")'):
            columns = await connection.fetchval(_COLUMNS, f'"{name}"')
            await connection.execute(f'CREATE TABLE kept."{name}" AS SELECT {columns} FROM "{name}"')
            renew.append(f'INSERT INTO "{name}" ({columns}) SELECT {columns} FROM kept."{name}"')
    return ";".join([*renew, _BEGIN_ANEW]), tuple(await connection.fetchrow(_SHAPE))
