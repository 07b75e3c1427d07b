"""SQLite: kept readers, one writer whose every transaction is BEGIN IMMEDIATE, WAL, synchronous FULL.

Reads run on the event loop (an indexed query takes less than a thread hop); BEGIN IMMEDIATE and COMMIT, which may
wait for the disk or another process, run on the writer's thread.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from piccolo.engine.sqlite import ADAPTERS, CONVERTERS

from portal.core.base.database.driver import Connection, Row
from portal.core.base.refusals import Unavailable

SAFE_VERSION = (3, 51, 3)  # below it, two writers can corrupt a WAL (the WAL-reset bug)
READERS = 8
READER_WAIT_SECONDS = 10
BUSY_TIMEOUT_SECONDS = 15


def library() -> ModuleType:
    """The SQLite binding: `pysqlite3` where a wheel exists, else the standard library's."""
    try:
        return import_module("pysqlite3.dbapi2")
    except ImportError:
        return sqlite3


def _instant(value: bytes) -> datetime:
    return datetime.fromisoformat(value.decode()).replace(tzinfo=UTC)


def _register(binding: ModuleType) -> None:
    for kind, adapter in ADAPTERS.items():
        binding.register_adapter(kind, adapter)
    for name, converter in CONVERTERS.items():
        binding.register_converter(name, converter)
    # Piccolo's own INTEGER converter goes through Decimal and costs a fifth of a list query.
    binding.register_converter("INTEGER", int)
    binding.register_converter("TIMESTAMPTZ", _instant)


class SQLiteConnection:
    """One SQLite connection in one transaction."""

    __slots__ = ("handle", "long", "thread", "writable")

    def __init__(self, handle: Any, *, writable: bool) -> None:
        self.handle = handle
        self.writable = writable
        self.long = False
        self.thread: ThreadPoolExecutor | None = None

    def run(self, sql: str, args: Sequence[Any] = ()) -> list[Row]:
        cursor = self.handle.execute(sql, args)
        rows = cursor.fetchall()
        if not rows:
            return []
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in rows]

    async def fetch(self, sql: str, args: Sequence[Any]) -> list[Row]:
        if self.long:
            return await asyncio.to_thread(self.run, sql, args)
        return self.run(sql, args)


class SQLiteDriver:
    """The embedded database. One process writes at a time; a second (a command) waits its turn."""

    engine_type = "sqlite"

    def __init__(self, path: Path) -> None:
        self.path = path
        self._binding = library()
        self._idle: asyncio.LifoQueue[SQLiteConnection] = asyncio.LifoQueue()
        self._readers: list[SQLiteConnection] = []
        self._writer: SQLiteConnection | None = None
        self._turn = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite-writer")

    @property
    def version(self) -> tuple[int, int, int]:
        return self._binding.sqlite_version_info  # type: ignore[no-any-return]

    def _open(self, *, writable: bool) -> SQLiteConnection:
        handle = self._binding.connect(
            self.path,
            timeout=BUSY_TIMEOUT_SECONDS,
            isolation_level=None,
            detect_types=self._binding.PARSE_DECLTYPES | self._binding.PARSE_COLNAMES,
            check_same_thread=False,
            cached_statements=512,
        )
        handle.execute("PRAGMA foreign_keys = 1")
        handle.execute("PRAGMA synchronous = FULL")
        handle.execute("PRAGMA cache_size = -16000")
        if not writable:
            handle.execute("PRAGMA query_only = 1")
        return SQLiteConnection(handle, writable=writable)

    async def start(self) -> None:
        _register(self._binding)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._writer = self._open(writable=True)
        self._writer.run("PRAGMA journal_mode = WAL")

    async def stop(self) -> None:
        async with self._turn:
            if self._writer is not None:
                self._writer.handle.close()
                self._writer = None
            for reader in self._readers:
                reader.handle.close()
            self._readers.clear()
            self._thread.shutdown(wait=True)

    async def take_reader(self, *, long: bool) -> Connection:
        reader = await self._idle_reader()
        reader.long = long
        reader.run("BEGIN")
        return reader

    async def _idle_reader(self) -> SQLiteConnection:
        if not self._idle.empty():
            return self._idle.get_nowait()
        if len(self._readers) < READERS:
            reader = self._open(writable=False)
            self._readers.append(reader)
            return reader
        try:
            return await asyncio.wait_for(self._idle.get(), READER_WAIT_SECONDS)
        except TimeoutError as error:
            raise Unavailable from error

    async def take_writer(self) -> Connection:
        await self._turn.acquire()
        writer = self._writer
        if writer is None:
            self._turn.release()
            raise Unavailable
        try:
            await self._off_loop(lambda: writer.run("BEGIN IMMEDIATE"))
        except BaseException as error:
            if writer.handle.in_transaction:
                writer.run("ROLLBACK")
            self._turn.release()
            if isinstance(error, self._binding.OperationalError):
                raise Unavailable from error
            raise
        return writer

    async def give_back(self, connection: Connection, *, commit: bool) -> None:
        assert isinstance(connection, SQLiteConnection)
        if not connection.writable:
            if connection.handle.in_transaction:
                connection.run("ROLLBACK")
            self._idle.put_nowait(connection)
            return
        try:
            if commit:
                await self._off_loop(lambda: connection.run("COMMIT"))
        finally:
            # A COMMIT that failed (disk full, a deferred foreign key) leaves the transaction open.
            if connection.handle.in_transaction:
                connection.run("ROLLBACK")
            self._turn.release()

    async def _off_loop(self, step: Callable[[], object]) -> None:
        """Run `step` on the writer's thread to its end, even if the caller is cancelled meanwhile."""
        future = asyncio.get_running_loop().run_in_executor(self._thread, step)
        try:
            await asyncio.shield(future)
        except asyncio.CancelledError:
            await asyncio.wait([future])
            raise

    async def backup_to(self, target: Path) -> None:
        """A consistent copy of the live database at `target`, which must not exist."""

        def copy() -> None:
            connection = self._open(writable=True)
            try:
                connection.run("VACUUM INTO ?", (str(target),))
            finally:
                connection.handle.close()

        await asyncio.to_thread(copy)
