"""The site's workers as processes that are killed and started again, a clock that is moved, and a shop that listens."""

import asyncio
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar

from portal.core.base.database import DB, connect, disconnect, reading, writing
from portal.core.base.settings import Settings
from tests.faults.serving import START_SECONDS, environ, free_port

Result = TypeVar("Result")
WORKERS = 2  # at once, where the database lets there be more than one


def inside(site: Settings, act: Callable[[], Awaitable[Result]]) -> Result:
    """Do something in this process, with the site's database."""

    async def do() -> Result:
        await connect(site.database_url)
        try:
            return await act()
        finally:
            await disconnect()

    return asyncio.run(do())


def count(site: Settings, sql: str) -> int:
    """The number that a query finds."""

    async def ask() -> int:
        async with reading():
            return int((await DB.fetch(sql, []))[0]["n"])

    return inside(site, ask)


def to_the_hour(site: Settings, hours: float) -> None:
    """From now on every process of the site reads a clock this many hours ahead."""
    assert site.clock_file is not None
    fresh = site.clock_file.with_suffix(".new")
    fresh.write_text(f"+{int(hours * 3600)}s")
    fresh.replace(site.clock_file)


@dataclass
class Crew:
    """The workers: inside the one server on SQLite, two processes on PostgreSQL."""

    site: Settings
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> None:
        alone = self.site.sqlite_path is not None
        command = ["serve", "--port", str(free_port())] if alone else ["worker"]
        for _ in range(1 if alone else WORKERS):
            self.processes.append(
                subprocess.Popen(
                    [sys.executable, "-m", "portal", *command],
                    env=environ(self.site),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
            )

    def kill(self) -> None:
        """All of them outright, in the middle of whatever they do."""
        for process in self.processes:
            process.send_signal(signal.SIGKILL)
        for process in self.processes:
            process.wait(timeout=30)
        self.processes.clear()

    def start_again(self) -> None:
        """The minute for which the dead still held their work is over, and others come."""

        async def let_go() -> None:
            async with writing():
                for table in ("jobs", "outbox"):
                    await DB.fetch(f"UPDATE {table} SET leased_until = NULL WHERE done_at IS NULL", [])

        inside(self.site, let_go)
        self.start()

    def wait_for(self, what: str, sql: str, at_least: int) -> None:
        """Until the query finds that many."""
        until = time.monotonic() + START_SECONDS
        while (found := count(self.site, sql)) < at_least:
            assert time.monotonic() < until, f"{what}: {found} of {at_least}"
            assert all(process.poll() is None for process in self.processes), "a worker ended by itself"
            time.sleep(0.02)


@contextmanager
def working(site: Settings) -> Iterator[Crew]:
    crew = Crew(site)
    crew.start()
    try:
        yield crew
    finally:
        crew.kill()


class Shop(ThreadingHTTPServer):
    """Hears the portal's webhooks, the same id once; while `deaf` it takes what it hears and never answers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Ear)
        self.heard: list[tuple[str, dict[str, Any]]] = []  # webhook-id and body, every copy
        self.deaf_to: set[str] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hooks"

    def of(self, kind: str) -> list[tuple[str, dict[str, Any]]]:
        return [each for each in self.heard if each[1]["type"] == kind]

    def wait_for(self, kind: str, copies: int) -> None:
        until = time.monotonic() + START_SECONDS
        while len(self.of(kind)) < copies:
            assert time.monotonic() < until, f"the shop heard {kind} {len(self.of(kind))} times"
            time.sleep(0.02)


class _Ear(BaseHTTPRequestHandler):
    server: Shop

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        deaf = body["type"] in self.server.deaf_to
        self.server.heard.append((str(self.headers["webhook-id"]), body))
        if deaf:
            time.sleep(START_SECONDS)
            return
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Keep the test's output clean."""


@contextmanager
def listening() -> Iterator[Shop]:
    with Shop() as shop:
        thread = threading.Thread(target=shop.serve_forever, daemon=True)
        thread.start()
        try:
            yield shop
        finally:
            shop.shutdown()
            thread.join()
