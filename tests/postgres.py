"""A PostgreSQL of the tests' own: a cluster in a temporary folder, run by an unprivileged user, on a free port."""

import getpass
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Tests lose nothing worth keeping, so the cluster need not wait for the disk.
_OPTIONS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")


def binaries() -> Path | None:
    """Where initdb and pg_ctl are, if this machine has them."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return versions[-1].parent if versions else None


def _unprivileged() -> str | None:
    """Whom to run as: ourselves, unless we are root, whom PostgreSQL refuses."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _run(user: str | None, *command: str) -> None:
    if user is not None:
        command = ("setpriv", f"--reuid={user}", "--regid", str(pwd.getpwnam(user).pw_gid), "--clear-groups", *command)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")


@contextmanager
def cluster() -> Iterator[str]:
    """A running cluster; yields the URL of its `postgres` database."""
    folder = binaries()
    if folder is None:
        raise RuntimeError("PostgreSQL is not installed")
    user = _unprivileged()
    home = Path(tempfile.mkdtemp(prefix="portal-pg-"))
    if user is not None:
        shutil.chown(home, user)
    port = _free_port()
    data = str(home / "data")
    options = " ".join(f"-c {option}" for option in _OPTIONS)
    arguments = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= {options}"
    try:
        _run(user, str(folder / "initdb"), "-D", data, "-A", "trust", "-U", "portal", "-E", "UTF8", "--locale=C.UTF-8")
        _run(user, str(folder / "pg_ctl"), "-D", data, "-o", arguments, "-l", str(home / "log"), "-w", "start")
        try:
            yield f"postgresql://portal@127.0.0.1:{port}/postgres"
        finally:
            _run(user, str(folder / "pg_ctl"), "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def user_name() -> str:
    return _unprivileged() or getpass.getuser()
