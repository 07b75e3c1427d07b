"""Several web processes and a worker over one PostgreSQL: together they are ready, and each ends at a word."""

import signal
import subprocess
import sys
import time

import httpx

from portal.core.base.settings import Settings
from tests.faults.serving import START_SECONDS, environ, serving


def test_they_are_ready_together_and_end_at_a_word(site: Settings) -> None:
    if site.sqlite_path is not None:
        return  # one process, the worker inside: test_kill.py
    command = [sys.executable, "-m", "portal", "worker"]
    with serving(site, "--workers", "2") as server:
        quiet = subprocess.DEVNULL
        worker = subprocess.Popen(command, env=environ(site), stdout=quiet, stderr=quiet)
        try:
            until = time.monotonic() + START_SECONDS
            while time.monotonic() < until and httpx.get(f"{server.base}/readyz").status_code != 200:
                time.sleep(0.1)
            assert httpx.get(f"{server.base}/readyz").json()["status"] == "ready"
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(timeout=30) == 0
        finally:
            worker.kill()
            worker.wait()
        assert server.end(signal.SIGTERM) in (0, -signal.SIGTERM)
