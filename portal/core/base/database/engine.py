"""Piccolo's engine of this project: it sends every query to the connection of the door that is open."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count
from pathlib import Path
from string import Formatter
from typing import Any, NoReturn

from piccolo.engine.base import BaseAtomic, BaseBatch, Engine
from piccolo.querystring import QueryString, Unquoted

from portal.core.base.database.driver import Connection, Driver, Row
from portal.core.base.database.postgres import PostgresDriver
from portal.core.base.database.sqlite import SQLiteDriver


class NoDoorOpen(RuntimeError):
    """A query was issued outside `reading()` and `writing()`, or in a task that opened neither."""


@dataclass(slots=True)
class Door:
    """An open transaction: whose task it is, and what to call once it is committed."""

    connection: Connection
    writable: bool
    task: asyncio.Task[Any] | None
    depth: int = 0
    committed_calls: list[Any] = field(default_factory=list)
    answers: dict[tuple[str, tuple[Any, ...]], list[Row]] | None = None  # of a snapshot, by question


@dataclass(slots=True)
class QueryCount:
    """How many queries were issued while counting, and which."""

    queries: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.queries)


_door: ContextVar[Door | None] = ContextVar("door", default=None)
_count: ContextVar[QueryCount | None] = ContextVar("query_count", default=None)


def in_door() -> Door | None:
    """The door open in this task, if any. A task started inside a door does not inherit it."""
    door = _door.get()
    return door if door is not None and door.task is asyncio.current_task() else None


@contextmanager
def counting_queries() -> Iterator[QueryCount]:
    """Count every query of this context; for tests, benches and the server's own measuring."""
    counted = QueryCount()
    token = _count.set(counted)
    try:
        yield counted
    finally:
        _count.reset(token)


@lru_cache(maxsize=2000)
def _compiled(template: str, engine_type: str) -> str:
    """A template without nested parts as the database takes it: each `{}` is the next placeholder.

    Piccolo compiles anew at each run, which costs more than an indexed query on SQLite; templates are our own
    constants, so their number is bounded.
    """
    numbers = count(1)
    parts = []
    for text, name, _, _ in Formatter().parse(template):
        parts.append(text)
        if name is not None:
            parts.append("?" if engine_type == "sqlite" else f"${next(numbers)}")
    return "".join(parts)


class PortalEngine(Engine[Any]):
    """One engine for both databases; `connect` gives it its driver."""

    __slots__ = ("driver",)

    def __init__(self) -> None:
        self.driver: Driver | None = None
        self.current_transaction = _door
        super().__init__(engine_type="sqlite", min_version_number=0)

    async def get_version(self) -> float:
        return self.get_version_sync()

    def get_version_sync(self) -> float:
        # Piccolo asks in order to know whether RETURNING is there; it is in every version that we start on.
        return 3.51

    async def prep_database(self) -> None:
        """Nothing: extensions are the operator's matter and none is needed."""

    def transaction_exists(self) -> bool:
        return in_door() is not None

    def transform_response_to_dicts(self, results: list[Any]) -> list[Row]:
        return results

    async def run_querystring(self, querystring: QueryString, in_pool: bool = True) -> list[Row]:
        args = querystring.args
        if any(isinstance(arg, (QueryString, Unquoted)) for arg in args):
            sql, args = querystring.compile_string(engine_type=self.engine_type)
        else:
            sql = _compiled(querystring.template, self.engine_type)
        return await self.fetch(sql, list(args))

    async def run_ddl(self, ddl: str, in_pool: bool = True) -> list[Row]:
        return await self.fetch(ddl, [])

    async def fetch(self, sql: str, args: list[Any]) -> list[Row]:
        """Run one statement on the open door's connection. Raises NoDoorOpen."""
        door = in_door()
        if door is None:
            raise NoDoorOpen(sql[:200])
        if door.answers is None:
            return await self._ask(door, sql, args)
        question = (sql, tuple(args))
        if question not in door.answers:
            door.answers[question] = await self._ask(door, sql, args)
        return [dict(row) for row in door.answers[question]]  # callers may take rows apart

    async def _ask(self, door: Door, sql: str, args: list[Any]) -> list[Row]:
        counted = _count.get()
        if counted is not None:
            counted.queries.append(sql)
        return await door.connection.fetch(sql, args)

    @asynccontextmanager
    async def _migration_transaction(self) -> AsyncIterator[None]:
        # Piccolo's migration manager is the one caller of `transaction()`; it must pass a door as everyone else.
        from portal.core.base.database.doors import writing  # noqa: PLC0415 - doors stand on the engine

        async with writing():
            yield

    def transaction(self, *args: Any, **kwargs: Any) -> Any:
        return self._migration_transaction()

    def atomic(self) -> BaseAtomic:
        self._closed("atomic")

    async def batch(self, query: Any, batch_size: int = 100, node: str | None = None) -> BaseBatch:
        self._closed("batch")

    def _closed(self, name: str) -> NoReturn:
        raise NoDoorOpen(f"{name}() is closed: use reading() and writing()")


DB = PortalEngine()


def _driver_for(url: str) -> Driver:
    if url.startswith("sqlite:///"):
        return SQLiteDriver(Path(url.removeprefix("sqlite:///")).absolute())
    return PostgresDriver(url)


async def connect(url: str) -> None:
    """Open the database of `url`. Closing the one before it is the caller's matter (`disconnect`)."""
    if DB.driver is not None:
        raise RuntimeError("a database is connected already")
    driver = _driver_for(url)
    await driver.start()
    DB.driver = driver
    DB.engine_type = driver.engine_type


async def disconnect() -> None:
    driver, DB.driver = DB.driver, None
    if driver is not None:
        await driver.stop()
