"""A worker that stalls or dies: its work is done by another, and done once."""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portal.core.base import jobs
from portal.core.base.clock import now
from portal.core.base.database import connect, disconnect, reading, writing
from portal.core.base.leases import Claim, claim
from portal.core.base.settings import Settings
from portal.core.base.tables import Job, SiteSetting
from tests.faults.serving import ROOT, environ
from tests.faults.slow_worker import act

LEASE_SECONDS = 0.3


async def _one_job(url: str) -> None:
    await connect(url)
    try:
        async with writing():
            await jobs.enqueue("test.pay", "once", now())
    finally:
        await disconnect()


async def _take_over(url: str) -> str:
    """What another worker does: claim when the lease is out, act and settle."""
    await connect(url)
    try:
        until = time.monotonic() + 10
        claims: list[Claim] = []
        while not claims and time.monotonic() < until:
            claims = await claim(Job, now())
        (held,) = claims
        assert held.fence == 2
        return "done" if await act(held, "second") else "lost"
    finally:
        await disconnect()


async def _effects(url: str) -> list[str]:
    await connect(url)
    try:
        async with reading():
            rows = await SiteSetting.select(SiteSetting.name)
            assert await Job.count().where(Job.done_at.is_not_null()) == 1
    finally:
        await disconnect()
    return [row["name"] for row in rows if row["name"].startswith("effect-")]


@contextmanager
def stalling(site: Settings, gate: Path) -> Iterator[subprocess.Popen[str]]:
    """A worker that holds the one job and will act when `gate` appears."""
    command = [sys.executable, "-m", "tests.faults.slow_worker", str(gate), str(LEASE_SECONDS)]
    process = subprocess.Popen(command, env=environ(site), cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "claimed\n"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_worker_stopped_beyond_its_lease_settles_nothing(site: Settings, tmp_path: Path) -> None:
    asyncio.run(_one_job(site.database_url))
    with stalling(site, tmp_path / "gate") as worker:
        worker.send_signal(signal.SIGSTOP)
        assert asyncio.run(_take_over(site.database_url)) == "done"
        (tmp_path / "gate").touch()
        worker.send_signal(signal.SIGCONT)
        assert worker.stdout is not None
        assert worker.stdout.readline() == "lost\n"
    assert asyncio.run(_effects(site.database_url)) == ["effect-second"]


def test_a_killed_workers_job_is_done_by_another_once(site: Settings, tmp_path: Path) -> None:
    asyncio.run(_one_job(site.database_url))
    with stalling(site, tmp_path / "gate") as worker:
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        assert asyncio.run(_take_over(site.database_url)) == "done"
    assert asyncio.run(_effects(site.database_url)) == ["effect-second"]
