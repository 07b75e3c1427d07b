"""PostgreSQL's own tools: pg_dump for a backup, pg_restore and psql to bring one back."""

import os
import shutil
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from portal.commands.running import Stopped


def tool(name: str) -> str:
    """The tool's path. Raises Stopped where this machine lacks it."""
    found = shutil.which(name)
    if found is None:
        raise Stopped(f"{name} is not installed: install PostgreSQL's client tools (Debian: postgresql-client).")
    return found


def _address(url: str) -> tuple[str, dict[str, str]]:
    """The URL without its password, and the environment that carries it: command lines are for all to read."""
    parts = urlsplit(url)
    if parts.password is None:
        return url, dict(os.environ)
    name, _, host = parts.netloc.rpartition("@")
    bare = urlunsplit(parts._replace(netloc=f"{name.partition(':')[0]}@{host}"))
    return bare, {**os.environ, "PGPASSWORD": unquote(parts.password)}


def _run(command: list[str], environ: dict[str, str]) -> None:
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    if done.returncode != 0:
        said = (done.stderr.strip() or "no reason given").splitlines()
        raise Stopped(f"{Path(command[0]).name} failed: {said[0]}")


def dump(url: str, target: Path, snapshot: str) -> None:
    """Dump the database as `snapshot` (an exported one, still open) sees it."""
    bare, environ = _address(url)
    options = ["--format=custom", "--no-owner", "--no-acl", "--schema=public"]
    _run([tool("pg_dump"), *options, f"--snapshot={snapshot}", f"--file={target}", f"--dbname={bare}"], environ)


def bring_back(url: str, source: Path, script: Path) -> None:
    """Replace everything in the database by the dump, all in one transaction; `script` is a file to work in."""
    bare, environ = _address(url)
    _run([tool("pg_restore"), "--no-owner", "--no-acl", f"--file={script}", str(source)], environ)
    # The emptying stands in the same script, so that a dump that fails leaves what was there.
    emptying = "DROP SCHEMA IF EXISTS public CASCADE;\n"
    made = script.with_name(script.name + ".whole")
    with made.open("w") as out, script.open() as body:
        out.write(emptying)
        written = body.read(1 << 20)
        if "CREATE SCHEMA public;" not in written:
            out.write("CREATE SCHEMA public;\n")
        while written:
            out.write(written)
            written = body.read(1 << 20)
    options = ["--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--output=/dev/null"]
    _run([tool("psql"), *options, f"--file={made}", f"--dbname={bare}"], environ)
