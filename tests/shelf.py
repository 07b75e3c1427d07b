"""PostgreSQL databases for tests: wiped and used again, because copying one costs fifty times as much as emptying it."""

import itertools
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import asyncpg

from portal.commands.tables import all_tables

USES = 60  # then a database is made anew: deleted rows leave their traces
_numbers = itertools.count(1)
_used: dict[str, int] = {}
# What a test may have done to the schema; a database that differs from its template is not used again.
_SHAPE = """
    SELECT (SELECT string_agg(relname, ',' ORDER BY relname) FROM pg_class
             WHERE relnamespace = 'public'::regnamespace) AS relations,
           (SELECT string_agg(attrelid::regclass || '.' || attname, ',' ORDER BY attrelid, attnum) FROM pg_attribute
             WHERE attnum > 0 AND attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
           ) AS columns,
           (SELECT string_agg(relacl::text, ',' ORDER BY relname) FROM pg_class) AS grants,
           (SELECT count(*) FROM pg_db_role_setting) AS settings,
           (SELECT count(*) FROM pg_rewrite) AS rules,
           (SELECT count(*) FROM pg_constraint) AS constraints,
           (SELECT count(*) FROM pg_trigger) AS triggers,
           (SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace) AS functions,
           (SELECT string_agg(app_name || name, ',' ORDER BY app_name, name) FROM migration) AS migrations
"""
_shapes: dict[str, tuple[Any, ...]] = {}


@dataclass(frozen=True)
class Shelf:
    """Copies of one template in one cluster; `wiped` holds those that are empty again."""

    server: str
    template: str
    wiped: list[str]

    def url(self, name: str) -> str:
        return f"{self.server.rpartition('/')[0]}/{name}"

    async def take(self) -> str:
        """The name of a database as the template has it."""
        if self.template not in _shapes:
            _shapes[self.template] = await self._in(self.template, _shape)
        return self.wiped.pop() if self.wiped else await self._make()

    async def put_back(self, name: str) -> None:
        """Empty it for the next test; what cannot be used again is dropped."""
        _used[name] = _used.get(name, 0) + 1
        if _used[name] < USES and await self._in(name, _wipe) == _shapes[self.template]:
            self.wiped.append(name)
        else:
            await self.drop(name)

    async def drop(self, name: str) -> None:
        await self._in("", lambda on: on.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))

    async def _make(self) -> str:
        name = f"portal_test_{os.getpid()}_{next(_numbers)}"
        copy = f'CREATE DATABASE "{name}" TEMPLATE "{self.template}" STRATEGY FILE_COPY'
        await self._in("", lambda on: on.execute(copy))
        return name

    async def _in(self, name: str, act: Callable[[Any], Awaitable[Any]]) -> Any:
        connection = await asyncpg.connect(self.url(name) if name else self.server)
        try:
            return await act(connection)
        finally:
            await connection.close()


async def _shape(connection: Any) -> tuple[Any, ...]:
    return tuple(await connection.fetchrow(_SHAPE))


async def _wipe(connection: Any) -> tuple[Any, ...] | None:
    """Empty every table and begin every sequence anew; the shape that it has then, None where that did not go."""
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    await connection.execute(f"{others} AND pid <> pg_backend_pid()")
    names = [table._meta.tablename for table in reversed(all_tables())]
    try:
        await connection.execute(";".join(f'DELETE FROM "{name}"' for name in names))
        await connection.execute(";".join(f'ALTER SEQUENCE "{name}_id_seq" RESTART' for name in names))
        return await _shape(connection)
    except (TimeoutError, asyncpg.PostgresError):
        return None
