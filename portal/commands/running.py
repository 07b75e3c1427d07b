"""How a command runs: its settings, its database, and one sentence for whatever stops it."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import asyncpg
import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from portal import wiring
from portal.core.base.database import DB, connect, disconnect
from portal.core.base.database.sqlite import library
from portal.core.base.refusals import Refused, Unavailable
from portal.core.base.schema import pending_steps
from portal.core.base.settings import Settings, SettingsError, settings
from portal.core.web.errors import sentence
from portal.core.web.i18n import speaking

Result = TypeVar("Result")
LANGUAGE = "en"  # what commands print; people's own language is for what reaches people


class Stopped(click.ClickException):
    """The command cannot go on; the message is for the operator, a sentence a line."""

    def show(self, file: Any = None) -> None:
        click.echo(self.message, err=True)


def console() -> Console:
    """Where a command prints."""
    return Console(highlight=False, soft_wrap=True)


def progress() -> Progress:
    """A progress bar on stderr; nothing where that is no terminal."""
    screen = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=screen, disable=not screen.is_terminal, transient=True)


def run(main: Coroutine[Any, Any, Result]) -> Result:
    return asyncio.run(main)


def sentence_of(error: BaseException) -> str:
    """What an operator reads instead of a trace."""
    if isinstance(error, SettingsError):
        return "\n".join(error.faults)
    if isinstance(error, Unavailable):
        return "The database is away or busy with another process; try again."
    if isinstance(error, Refused):
        with speaking(LANGUAGE):
            return sentence(error.code, error.params)
    if isinstance(error, (asyncpg.PostgresError, asyncpg.InterfaceError)):
        return f"PostgreSQL says: {first_line(error)}"
    if isinstance(error, library().Error):
        return f"SQLite says: {first_line(error)}"
    if isinstance(error, OSError):
        return first_line(error)
    return f"This is a fault of ours: {type(error).__name__}: {first_line(error)} (portal --trace … shows all)"


def first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def require_database(current: Settings) -> None:
    """Stop where SQLite's file is not there: opening it would make an empty one."""
    path = current.sqlite_path
    if path is not None and not path.is_file():
        raise Stopped(f"There is no database at {path}: run portal migrate first.")


@asynccontextmanager
async def portal_open(*, must_exist: bool = True, must_be_current: bool = True) -> AsyncIterator[None]:
    """The rooms joined and the database open. Raises Stopped where it is missing or lacks a migration."""
    current = settings()
    if must_exist:
        require_database(current)
    wiring.join()
    await connect(current.database_url)
    try:
        if must_be_current and (pending := await pending_steps()):
            raise Stopped(f"The database lacks {len(pending)} migrations: run portal migrate first.")
        yield
    finally:
        await disconnect()


def on_end_signal(call: Callable[[], None]) -> None:
    """Have `call` made when this process is asked to end (SIGTERM, Ctrl-C)."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, call)


def counted(number: int, one: str) -> str:
    """`1 row`, `2 rows`."""
    return f"{number:,} {one}" if number == 1 else f"{number:,} {one}s"


def on_sqlite() -> bool:
    return DB.engine_type == "sqlite"
