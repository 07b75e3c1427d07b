"""PostgreSQL by asyncpg: a pool; a reader is a read-only snapshot, a writer an ordinary transaction."""

from collections.abc import Sequence
from typing import Any

import asyncpg

from portal.core.base.database.driver import Connection, Row
from portal.core.base.refusals import Unavailable

POOL_SIZE = 10
TAKE_SECONDS = 10
STATEMENT_SECONDS = 30


class PostgresConnection:
    """One connection of the pool in one transaction."""

    __slots__ = ("handle", "transaction")

    def __init__(self, handle: Any, transaction: Any) -> None:
        self.handle = handle
        self.transaction = transaction

    async def fetch(self, sql: str, args: Sequence[Any]) -> list[Row]:
        return [dict(record) for record in await self.handle.fetch(sql, *args)]


class PostgresDriver:
    """A PostgreSQL database, shared by any number of processes."""

    engine_type = "postgres"

    def __init__(self, url: str) -> None:
        self.url = url
        self._pool: Any = None

    async def start(self) -> None:
        self._pool = await asyncpg.create_pool(
            self.url, min_size=1, max_size=POOL_SIZE, command_timeout=STATEMENT_SECONDS
        )

    async def stop(self) -> None:
        if self._pool is not None:
            await self._pool.close()
            self._pool = None

    async def take_reader(self, *, long: bool) -> Connection:
        return await self._take(isolation="repeatable_read", readonly=True)

    async def take_writer(self) -> Connection:
        return await self._take(isolation="read_committed", readonly=False)

    async def _take(self, *, isolation: str, readonly: bool) -> Connection:
        if self._pool is None:
            raise Unavailable
        try:
            handle = await self._pool.acquire(timeout=TAKE_SECONDS)
        except (TimeoutError, OSError, asyncpg.PostgresConnectionError) as error:
            raise Unavailable from error
        transaction = handle.transaction(isolation=isolation, readonly=readonly)
        try:
            await transaction.start()
        except BaseException:
            await self._pool.release(handle)
            raise
        return PostgresConnection(handle, transaction)

    async def give_back(self, connection: Connection, *, commit: bool) -> None:
        assert isinstance(connection, PostgresConnection)
        try:
            if commit:
                await connection.transaction.commit()
            elif not connection.handle.is_closed():
                await connection.transaction.rollback()
        finally:
            await self._pool.release(connection.handle)
