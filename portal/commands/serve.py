"""portal serve: the pages and the API; on SQLite the worker too, in the same process."""

import asyncio
import socket
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
import uvicorn
from uvicorn.supervisors import Multiprocess

from portal import wiring
from portal.app import create_app
from portal.commands.running import Stopped, on_end_signal, on_sqlite, portal_open, run
from portal.commands.worker import end
from portal.core.base.clock import now
from portal.core.base.settings import settings
from portal.core.base.worker import run_forever
from portal.core.web.frame import Frame
from portal.core.web.logs import start_logging

GRACE_SECONDS = 20


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="More need PostgreSQL.")
def command(host: str, port: int, workers: int) -> None:
    """Serve the portal until it is told to stop; what is under way then is finished first."""
    if workers > 1 and settings().sqlite_path is not None:
        raise Stopped("More than one process needs PostgreSQL: serve SQLite with one worker.")
    start_logging()
    with listen(host, port) as listener:
        if workers == 1:
            run(serve_here(listener))
        else:
            run(_begin())
            _serve_many(listener, workers)


def listen(host: str, port: int) -> socket.socket:
    """The listening socket. Raises Stopped where the port is taken or not ours to take."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise Stopped(f"Port {port} on {host} cannot be had: {error.strerror}.") from error


def web_app() -> Frame:
    """What each of several web processes serves."""
    start_logging()
    return quiet_app(own_database=True)


def quiet_app(*, own_database: bool) -> Frame:
    """The application, without joserfc's word that EdDSA is being renamed: we name the algorithm on purpose."""
    warnings.filterwarnings("ignore", message="EdDSA is deprecated")
    return create_app(own_database=own_database)


def web_config(app: Any, **more: Any) -> uvicorn.Config:
    """Uvicorn as we run it: the frame reads proxies' headers itself, and nobody is told what serves."""
    return uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=10,
        timeout_graceful_shutdown=GRACE_SECONDS,
        **more,
    )


class WebServer(uvicorn.Server):
    """Uvicorn beside a worker: who runs them both hears the signals, and ends both."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve_here(listener: socket.socket) -> None:
    """Serve in this process until asked to end; on SQLite with the worker beside it."""
    async with portal_open():
        await serve_open(listener, with_worker=on_sqlite())


async def serve_open(listener: socket.socket, *, with_worker: bool) -> None:
    """Serve on an open database until asked to end: requests under way are answered, claimed work is done."""
    await wiring.start(now())
    server = WebServer(web_config(quiet_app(own_database=False)))
    stop = asyncio.Event()

    def ask_to_end() -> None:
        server.force_exit = server.should_exit  # asked a second time, wait for nobody
        server.should_exit = True

    on_end_signal(ask_to_end)
    worker = asyncio.create_task(run_forever(stop)) if with_worker else None
    await server.serve(sockets=[listener])
    end(stop)
    if worker is not None:
        await worker


async def _begin() -> None:
    async with portal_open():
        await wiring.start(now())


def _serve_many(listener: socket.socket, workers: int) -> None:
    config = web_config("portal.commands.serve:web_app", factory=True, workers=workers)
    Multiprocess(config, sockets=[listener]).run()
