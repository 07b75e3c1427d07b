"""Killed outright, the portal loses nothing that it has acknowledged, half-writes nothing, and is back at once."""

import asyncio
import signal
import time

import httpx

from portal.core.base.settings import Settings
from tests.faults.serving import START_SECONDS, Load, Server, serving
from tests.faults.truth import missing, titles

KILLS = 2


def _ended_while_writing(server: Server, load: Load, number: signal.Signals, name: str = "p") -> int:
    """Writes go on, and in the middle of them the server gets the signal; its exit code."""
    with load.going_on(name):
        load.wait_for(20)
        return server.end(number)


def test_acknowledged_writes_survive_kills(site: Settings) -> None:
    with serving(site) as server:
        load = Load(server.base)
        for turn in range(KILLS):
            _ended_while_writing(server, load, signal.SIGKILL, f"t{turn}p")
            server.start()
        assert load.refused == []
        assert missing(load.acknowledged, asyncio.run(titles(site.database_url))) == []


def test_asked_to_end_it_answers_what_is_under_way(site: Settings) -> None:
    with serving(site) as server:
        load = Load(server.base)
        assert _ended_while_writing(server, load, signal.SIGTERM) == 0
        assert load.refused == []
    assert missing(load.acknowledged, asyncio.run(titles(site.database_url))) == []


def test_it_is_ready_again_after_its_worker_died_with_it(site: Settings) -> None:
    if site.sqlite_path is None:
        return  # on PostgreSQL the worker is a process apart: test_worker.py
    with serving(site) as server:
        server.end(signal.SIGKILL)
        server.start()
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and httpx.get(f"{server.base}/readyz").status_code != 200:
            time.sleep(0.1)
        assert httpx.get(f"{server.base}/readyz").json()["status"] == "ready"
