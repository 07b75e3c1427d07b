"""The portal in processes of its own, on a free port, with its clock, its mail folder and whoever hears its webhooks."""

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import TypeVar

import httpx

from portal.core.base.settings import Settings
from tests.faults.serving import free_port
from tests.journeys.stock import stock, untold

ROOT = Path(__file__).parents[2]
BUILDING = 300.0  # seconds, where it makes its people first
PATIENCE = 90.0  # seconds that a step may take on a busy machine; on a quiet one all are done within two
WEBHOOK_SECRET = "whsec_c2hhcmUtYWZ0ZXItbGVhcm5pbmctdGVzdHMta2V5"

Found = TypeVar("Found")


async def until(look: Callable[[], Found | None], what: str) -> Found:
    """What `look` finds, as soon as it finds something. Fails where that takes longer than anybody would wait."""
    limit = time.monotonic() + PATIENCE
    while time.monotonic() < limit:
        if found := look():
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(f"waited {PATIENCE:.0f} s in vain for {what}")


@dataclass
class Site:
    """A served portal. `skip` moves its clock on; `letters` is what it has mailed."""

    base: str
    home: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    skipped: timedelta = timedelta()
    starts: dict[str, list[str]] = field(default_factory=dict)  # addresses that only this site has, by who goes there

    def to_the_morning(self) -> None:
        """Ten o'clock where the site is: at night buyers are told nothing."""
        self.skip(hours=(26 - datetime.now(UTC).hour) % 24)

    def told(self, pattern: str) -> list[str]:
        """What fits in the demo's messages to buyers (the pattern's group, if it has one), the oldest first."""
        folder = self.home / "data/demo/messages"
        files = sorted(folder.glob("*.json"), key=lambda one: one.stat().st_mtime_ns)
        return [
            match[match.lastindex or 0] for one in files for match in [re.search(pattern, one.read_text())] if match
        ]

    def skip(self, **much: float) -> None:
        """From now on every process of the site reads a later clock."""
        self.skipped += timedelta(**much)
        fresh = self.home / "clock.new"
        fresh.write_text(f"+{int(self.skipped.total_seconds())}s")
        fresh.replace(self.home / "clock")

    def letters(self, to: str) -> list[EmailMessage]:
        found = []
        for path in sorted((self.home / "mail").glob("*.eml"), key=lambda one: one.stat().st_mtime_ns):
            letter = BytesParser(policy=policy.default).parsebytes(path.read_bytes())
            assert isinstance(letter, EmailMessage)
            if to in str(letter["To"]):
                found.append(letter)
        return found

    def log(self) -> str:
        return (self.home / "server.log").read_text(errors="replace")

    def run(self, *arguments: str, environ: dict[str, str], cwd: Path | None = None) -> None:
        """Start a command of the portal; it ends with the site."""
        with (self.home / "server.log").open("ab") as log:
            command = [sys.executable, "-m", "portal", *arguments]
            self.processes.append(subprocess.Popen(command, env=environ, stdout=log, stderr=log, cwd=cwd or ROOT))

    def wait(self, patience: float = PATIENCE) -> None:
        """Until it says that it is ready: database, migrations, worker."""
        limit = time.monotonic() + patience
        while time.monotonic() < limit:
            ended = [one.returncode for one in self.processes if one.poll() is not None]
            assert not ended, f"the server ended with {ended}:\n{self.log()}"
            try:
                if httpx.get(f"{self.base}/readyz", timeout=10).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"the server was not ready within {patience:.0f} s:\n{self.log()}")

    def end(self) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _bare(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    return {**kept, "PYTHONPATH": str(ROOT), **more}


def _environ(told: Settings) -> dict[str, str]:
    return _bare(
        PORTAL_SECRET_KEY=told.secret_key,
        PORTAL_BASE_URL=told.base_url,
        PORTAL_DATABASE_URL=told.database_url,
        PORTAL_FILES_URL=told.files_url,
        PORTAL_SMTP_URL=told.smtp_url or "",
        PORTAL_CLOCK_FILE=str(told.clock_file or ""),
        PORTAL_WEBHOOK_URL=told.webhook_url or "",
        PORTAL_WEBHOOK_SECRET=told.webhook_secret or "",
    )


def settled(told: Settings, home: Path, database_url: str, webhook_url: str) -> Settings:
    """`told`, for a site of its own: a free port, its clock and mail in `home`, a shop that wants to hear."""
    return replace(
        told,
        base_url=f"http://127.0.0.1:{free_port()}",
        database_url=database_url,
        smtp_url=f"file://{home}/mail",
        clock_file=home / "clock",
        webhook_url=webhook_url,
        webhook_secret=WEBHOOK_SECRET,
    )


@contextmanager
def serving(told: Settings, home: Path) -> Iterator[Site]:
    """The portal as an operator runs it: on SQLite one process, on PostgreSQL a worker beside the pages."""
    site = Site(told.base_url, home)
    try:
        site.run("serve", "--port", told.base_url.rpartition(":")[2], environ=_environ(told))
        if told.sqlite_path is None:
            site.run("worker", environ=_environ(told))
        site.wait()
        yield site
    finally:
        site.end()


def demo_begun(home: Path, database_url: str | None = None, webhook_url: str = "") -> Site:
    """`portal demo` just started on people at every stage and everything that they did, made once a run."""
    port = free_port()
    site = Site(f"http://127.0.0.1:{port}", home)
    told = {"PORTAL_WEBHOOK_URL": webhook_url} if webhook_url else {}
    environ = _bare(PORTAL_CLOCK_FILE=str(home / "clock"), PORTAL_SMTP_URL=f"file://{home}/mail", **told)
    where = ("--database-url", database_url) if database_url else ()
    if not (home / "clock").exists():  # whoever begins on another day has its past made for that day
        stock(home, _bare(), database_url)
    site.run("demo", "--port", str(port), *where, environ=environ, cwd=home)
    return site


@contextmanager
def demo(home: Path, database_url: str | None = None, webhook_url: str = "") -> Iterator[Site]:
    """`portal demo`, its data in `home`, its past told to its buyers, until the block ends."""
    site = demo_begun(home, database_url, webhook_url)
    try:
        site.wait(BUILDING)
        limit = time.monotonic() + PATIENCE
        while untold(home, database_url) and time.monotonic() < limit:
            time.sleep(0.2)
        yield site
    finally:
        site.end()
