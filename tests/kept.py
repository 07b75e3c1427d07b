"""What a run makes once: whoever needs it first makes it, the others wait for it and take copies."""

import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

_PLACE, _RUNNING = "KEPT_BY_TESTS", "running"
_processes: list[subprocess.Popen[bytes]] = []


def begin() -> None:
    """Open a place that this process and its workers share. A worker finds it open."""
    os.environ.setdefault(_PLACE, tempfile.mkdtemp(prefix="portal-kept-"))


def end() -> None:
    """Stop what was left running and throw away what was kept; for the process that ends last."""
    place = Path(os.environ.pop(_PLACE))
    running = place / _RUNNING
    for pid in running.read_text().split() if running.exists() else ():
        with suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGTERM)
    for process in _processes:
        process.wait()
    shutil.rmtree(place, ignore_errors=True)


def leave_running(process: subprocess.Popen[bytes]) -> None:
    """Let a process go on for all workers, until the run ends."""
    _processes.append(process)  # whoever started it may not forget it
    with (Path(os.environ[_PLACE]) / _RUNNING).open("a") as running:
        running.write(f"{process.pid}\n")


def kept(name: str, make: Callable[[Path], None]) -> Path:
    """The folder of this name, filled by `make` once in a run. Not to be written to."""
    place = Path(os.environ[_PLACE]) / name
    with place.with_name(f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            begun = place.with_name(f"{name}.begun")
            shutil.rmtree(begun, ignore_errors=True)
            begun.mkdir()
            make(begun)
            begun.rename(place)
    return place
