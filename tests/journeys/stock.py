"""The demo's people and everything that they did, made once a run on each kind of database, and copied to every site.

As a program (`python -m tests.journeys.stock FOLDER [DATABASE_URL]`) it makes them, as `portal demo` does before it
serves.
"""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg

from portal import wiring
from portal.commands.demo import FOLDER, demo_settings
from portal.commands.demo_people import make_demo
from portal.commands.tables import all_tables
from portal.core.base.clock import now
from portal.core.base.database import connect, disconnect
from portal.core.base.database.sqlite import library
from portal.core.base.schema import migrate
from portal.core.base.settings import settings, use_settings
from tests.kept import kept

ROOT = Path(__file__).parents[2]
DATABASE = "portal.sqlite"
TABLES = "tables"
_COLUMNS = """
    SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute
     WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
"""
_SEQUENCES = "SELECT seqrelid::regclass::text AS name, pg_sequence_last_value(seqrelid) AS value FROM pg_sequence"


def stock(home: Path, environ: dict[str, str], database_url: str | None) -> None:
    """Fill the demo's folder in `home` and its database. The database may be open, and must be migrated if it is."""
    folder = home / FOLDER
    if database_url is None or database_url.startswith("sqlite:"):
        made = kept("demo-sqlite", lambda place: _make(place, environ, None))
        _copy_files(made, folder)
        wanted = Path((database_url or f"sqlite:///{folder / DATABASE}").removeprefix("sqlite:///"))
        with closing(library().connect(made / DATABASE)) as source, closing(library().connect(wanted)) as target:
            source.backup(target)
        return
    made = kept("demo-postgres", lambda place: _make_on(place, environ, database_url))
    _copy_files(made, folder)
    _beside_a_loop(_load(database_url, made / TABLES))


_UNTOLD = "SELECT count(*) FROM outbox WHERE topic = 'buyer.message' AND done_at IS NULL AND dead_at IS NULL"


def untold(home: Path, database_url: str | None) -> int:
    """How many messages of the demo's past its buyers have not been sent yet."""
    if database_url is None or database_url.startswith("sqlite:"):
        path = (database_url or f"sqlite:///{home / FOLDER / DATABASE}").removeprefix("sqlite:///")
        with closing(library().connect(path)) as connection:
            return int(connection.execute(_UNTOLD).fetchone()[0])
    return int(_beside_a_loop(_ask(database_url, _UNTOLD)))


async def _ask(url: str, sql: str) -> Any:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


def _beside_a_loop(doing: Coroutine[Any, Any, Any]) -> Any:
    """Whoever asks may be inside a loop; this has one of its own."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, doing).result()


def _copy_files(made: Path, folder: Path) -> None:
    for part in ("files", "mail", "messages"):
        if (made / part).exists():
            shutil.copytree(made / part, folder / part, dirs_exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)


def _make(place: Path, environ: dict[str, str], database_url: str | None) -> None:
    command = [sys.executable, "-m", "tests.journeys.stock", str(place), *([database_url] if database_url else [])]
    ran = subprocess.run(command, env=environ, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def _make_on(place: Path, environ: dict[str, str], database_url: str) -> None:
    _make(place, environ, database_url)
    (place / TABLES).mkdir()
    _beside_a_loop(_keep(database_url, place / TABLES))


async def _keep(url: str, place: Path) -> None:
    connection = await asyncpg.connect(url)
    try:
        for name in _names():
            columns = await connection.fetchval(_COLUMNS, f'"{name}"')
            listed = ", ".join(f'"{column}"' for column in columns)
            await connection.copy_from_query(f'SELECT {listed} FROM "{name}"', output=place / name, format="binary")
        sequences = await connection.fetch(_SEQUENCES)
        moved = [f"SELECT setval('{one['name']}', {one['value']});" for one in sequences if one["value"] is not None]
        (place / "sequences.sql").write_text("\n".join(moved))
    finally:
        await connection.close()


async def _load(url: str, place: Path) -> None:
    connection: Any = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.execute("TRUNCATE " + ", ".join(f'"{name}"' for name in _names()))
            for name in _names():
                columns = await connection.fetchval(_COLUMNS, f'"{name}"')
                await connection.copy_to_table(name, source=place / name, columns=columns, format="binary")
            await connection.execute((place / "sequences.sql").read_text())
    finally:
        await connection.close()


def _names() -> list[str]:
    return [table._meta.tablename for table in all_tables()]


async def _people() -> None:
    wiring.join()
    await connect(settings().database_url)
    try:
        await migrate()
        await make_demo(now())
    finally:
        await disconnect()


if __name__ == "__main__":
    use_settings(demo_settings(Path(sys.argv[1]), 8000, sys.argv[2] if len(sys.argv) > 2 else None, os.environ))
    asyncio.run(_people())
