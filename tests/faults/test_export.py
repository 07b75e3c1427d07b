"""A worker is killed while it writes an export: another goes on behind its last part, and the file is whole."""

import asyncio
import csv
import signal
import subprocess
import sys
import time
from io import StringIO

from portal.core.base.audit import SYSTEM
from portal.core.base.clock import now
from portal.core.base.database import connect, disconnect, reading, writing
from portal.core.base.leases import Claim, claim
from portal.core.base.settings import Settings
from portal.core.base.tables import Job, SiteSetting
from portal.core.people.actions import create_person
from portal.exports import KINDS
from portal.service.insight import running
from portal.service.insight.exporting import SOURCES
from tests import make
from tests.faults.serving import ROOT, environ

LEASE_SECONDS, LINES = 0.3, 3_500


async def _ordered(url: str) -> str:
    await connect(url)
    try:
        ada = await create_person(SYSTEM, name="Ada", role="admin", at=now(), email="ada@example.test")
        async with writing():
            for start in range(0, LINES, 250):
                many = (SiteSetting(name=f"n{start + n:05d}", value="x", changed_at=now()) for n in range(250))
                await SiteSetting.insert(*many)
        return await running.order(await make.viewer(ada), "site-settings", "csv", LINES, now())
    finally:
        await disconnect()


async def _finished(url: str, ref: str) -> tuple[int, str]:
    """How many lines were there when another worker took over, and the file in the end."""
    SOURCES["site-settings"] = KINDS["site-settings"]
    await connect(url)
    try:
        async with reading():
            found = (await running.run_of(ref)).lines
        until = time.monotonic() + 10
        claims: list[Claim] = []
        while not claims and time.monotonic() < until:
            claims = await claim(Job, now())
        (held,) = claims
        await running.write(held, part_bytes=1)
        async with reading():
            run = await running.run_of(ref)
            parts = await running.parts_of(run.id)
        assert run.there
        return found, b"".join([piece async for piece in running.content(parts)]).decode("utf-8-sig")
    finally:
        await disconnect()


def test_a_killed_workers_export_goes_on_behind_its_last_part(site: Settings) -> None:
    ref = asyncio.run(_ordered(site.database_url))
    command = [sys.executable, "-m", "tests.faults.slow_export", str(LEASE_SECONDS)]
    with subprocess.Popen(command, env=environ(site), cwd=ROOT, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "half\n"
        worker.send_signal(signal.SIGKILL)
    found, text = asyncio.run(_finished(site.database_url, ref))
    assert 0 < found < LINES
    names = [row["name"] for row in csv.DictReader(StringIO(text))]
    assert len(names) == len(set(names))
    assert {f"n{n:05d}" for n in range(LINES)} <= set(names)
