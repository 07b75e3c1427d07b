"""The portal in processes of its own, so that they can be killed; and a program that writes to it all the while."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from portal.core.base.settings import Settings

ROOT = Path(__file__).parents[2]
KEY = "a key for the tests of faults"
START_SECONDS = 90.0  # an interpreter on a busy machine; on a quiet one it is under three


def environ(current: Settings) -> dict[str, str]:
    """What a process of this site is started with."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    return {
        **bare,
        "PYTHONPATH": str(ROOT),
        "PORTAL_SECRET_KEY": current.secret_key,
        "PORTAL_DATABASE_URL": current.database_url,
        "PORTAL_FILES_URL": current.files_url,
        "PORTAL_SMTP_URL": current.smtp_url or "",
        "PORTAL_CLOCK_FILE": str(current.clock_file or ""),
        "PORTAL_WEBHOOK_URL": current.webhook_url or "",
        "PORTAL_WEBHOOK_SECRET": current.webhook_secret or "",
    }


def run(current: Settings, *arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """A command of the site, to its end."""
    command = [sys.executable, "-m", "portal", *map(str, arguments)]
    return subprocess.run(command, env=environ(current), capture_output=True, text=True, check=False, cwd=cwd)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """`portal serve` of a site, which may be killed and started again on the same port."""

    def __init__(self, current: Settings, *options: str) -> None:
        self.settings = current
        self.options = options
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Start it; returns the seconds until it answered."""
        began = time.monotonic()
        command = [sys.executable, "-m", "portal", "serve", "--port", str(self.port), *self.options]
        self.process = subprocess.Popen(
            command, env=environ(self.settings), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while time.monotonic() - began < START_SECONDS:
            assert self.process.poll() is None, f"the server ended with {self.process.returncode}"
            try:
                if httpx.get(f"{self.base}/healthz").status_code == 200:
                    return time.monotonic() - began
            except httpx.TransportError:
                time.sleep(0.05)
        raise TimeoutError(f"the server did not answer within {START_SECONDS} s")

    def end(self, number: signal.Signals) -> int:
        """Send it a signal and wait for its end; returns its exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(timeout=30)


@contextmanager
def serving(current: Settings, *options: str) -> Iterator[Server]:
    server = Server(current, *options)
    server.start()
    try:
        yield server
    finally:
        if server.process is not None and server.process.poll() is None:
            server.end(signal.SIGKILL)


def product(title: str) -> dict[str, object]:
    return {
        "title": title,
        "price_fen": 9900,
        "commission_bp": 1000,
        "supplier": "orchard",
        "category": "fruit",
        "url": "https://shop.test/p",
    }


@dataclass
class Load:
    """Programs that put products one after another; `acknowledged` is what the portal has said yes to, in order."""

    base: str
    acknowledged: dict[str, str] = field(default_factory=dict)
    refused: list[int] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def going_on(self, name: str = "p") -> Iterator[None]:
        """Write in a thread of its own until the block ends."""
        self.stop.clear()
        thread = threading.Thread(target=lambda: asyncio.run(self._run(4, name)))
        thread.start()
        try:
            yield
        finally:
            self.stop.set()
            thread.join()

    def wait_for(self, more: int) -> None:
        """Wait until that many more products were acknowledged."""
        wanted, until = len(self.acknowledged) + more, time.monotonic() + START_SECONDS
        while len(self.acknowledged) < wanted:
            assert time.monotonic() < until, "the portal acknowledges nothing"
            time.sleep(0.02)

    async def _run(self, programs: int, name: str) -> None:
        headers = {"Authorization": f"Bearer {KEY}"}
        async with httpx.AsyncClient(base_url=self.base, headers=headers, timeout=30) as client:
            await asyncio.gather(*(self._one(client, f"{name}{number}") for number in range(programs)))

    async def _one(self, client: httpx.AsyncClient, name: str) -> None:
        count = 0
        while not self.stop.is_set():
            # Every other time an earlier product changes, so that updates are under test as well as new rows.
            count += 1
            code, title = f"{name}-{count // 2}", f"title {count}"
            try:
                answer = await client.put(f"/api/v1/products/{code}", json=product(title))
            except httpx.TransportError:
                return
            if answer.status_code == 200:
                self.acknowledged[code] = title
            else:
                self.refused.append(answer.status_code)
