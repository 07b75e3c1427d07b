"""The two doors. Nobody else opens a transaction; no network, hashing or waiting goes on inside one."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from portal.core.base.database.engine import DB, Door, _door, in_door
from portal.core.base.refusals import Unavailable


@asynccontextmanager
async def reading(*, long: bool = False) -> AsyncIterator[None]:
    """One consistent snapshot for all queries inside. Inside another door it is that door.

    A snapshot's answers do not change, so the same question is asked of the database once; panels of several rooms on
    one page ask alike. `long` says that a query may take more than a few milliseconds (search, reports): on SQLite it
    then runs beside the event loop instead of on it, and nothing is kept.
    """
    if in_door() is not None:
        yield
        return
    if DB.driver is None:
        raise Unavailable
    connection = await DB.driver.take_reader(long=long)
    answers: dict[Any, Any] | None = None if long else {}
    token = _door.set(Door(connection, writable=False, task=asyncio.current_task(), answers=answers))
    commit = False
    try:
        yield
        commit = True
    finally:
        _door.reset(token)
        await DB.driver.give_back(connection, commit=commit)


@asynccontextmanager
async def writing() -> AsyncIterator[None]:
    """One transaction: all of it is kept, or nothing. Inside another `writing()` it is a savepoint.

    Raises RuntimeError inside `reading()`: a page that writes says so at its start.
    """
    door = in_door()
    if door is not None:
        async with _savepoint(door):
            yield
        return
    if DB.driver is None:
        raise Unavailable
    connection = await DB.driver.take_writer()
    door = Door(connection, writable=True, task=asyncio.current_task())
    token = _door.set(door)
    commit = False
    try:
        yield
        commit = True
    finally:
        _door.reset(token)
        await DB.driver.give_back(connection, commit=commit)
    for call in door.committed_calls:
        call()


@asynccontextmanager
async def _savepoint(door: Door) -> AsyncIterator[None]:
    if not door.writable:
        raise RuntimeError("writing() inside reading()")
    door.depth += 1
    name = f"inner_{door.depth}"
    await door.connection.fetch(f"SAVEPOINT {name}", [])
    calls = len(door.committed_calls)
    try:
        yield
    except BaseException:
        del door.committed_calls[calls:]
        await door.connection.fetch(f"ROLLBACK TO SAVEPOINT {name}", [])
        await door.connection.fetch(f"RELEASE SAVEPOINT {name}", [])
        raise
    else:
        await door.connection.fetch(f"RELEASE SAVEPOINT {name}", [])
    finally:
        door.depth -= 1


def after_commit(call: Callable[[], None]) -> None:
    """Have `call` made once the open `writing()` is committed; never if it rolls back. For nudges, not for effects."""
    door = in_door()
    if door is None or not door.writable:
        raise RuntimeError("after_commit() outside writing()")
    door.committed_calls.append(call)
