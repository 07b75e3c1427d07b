"""portal worker: messages, jobs and sweeps, in a process of their own."""

import asyncio

import click

from portal import wiring
from portal.commands.running import Stopped, on_end_signal, portal_open, run
from portal.core.base import nudge
from portal.core.base.clock import now
from portal.core.base.settings import settings
from portal.core.base.worker import run_forever
from portal.core.web.logs import start_logging


@click.command()
def command() -> None:
    """Send messages, do jobs and sweeps. Needs PostgreSQL; on SQLite `portal serve` does it by itself."""
    if settings().sqlite_path is not None:
        raise Stopped("A separate worker needs PostgreSQL; on SQLite portal serve does its work inside.")
    start_logging()
    run(_work())


async def _work() -> None:
    async with portal_open():
        await wiring.start(now())
        stop = asyncio.Event()
        on_end_signal(lambda: end(stop))
        await run_forever(stop)


def end(stop: asyncio.Event) -> None:
    """Let the worker finish what it holds, then stop."""
    stop.set()
    nudge.worker()
