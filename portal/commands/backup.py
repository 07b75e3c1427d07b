"""portal backup: database and files into one checked archive, while the portal goes on serving."""

import asyncio
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import click
import obstore

from portal.commands import postgres_tools
from portal.commands.archive import FORMAT, Manifest, Writer, sha256_of, writing_archive
from portal.commands.running import Stopped, console, portal_open, progress, run
from portal.commands.tables import all_tables, count_rows
from portal.core.base.clock import now
from portal.core.base.database import DB, reading
from portal.core.base.database.sqlite import SQLiteDriver, library
from portal.core.base.files import store
from portal.core.base.schema import done_steps
from portal.core.base.settings import settings

PROGRAM = "store-owner-portal"


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def command(file: Path) -> None:
    """Write a backup of database and files to FILE (a tar). The portal may go on serving meanwhile.

    The copy is checked before it is called a backup: PostgreSQL's by its own snapshot, SQLite's by an integrity
    check and a count of every table's rows.
    """
    if file.exists():
        raise Stopped(f"{file} is there already; name another file.")
    if not file.parent.is_dir():
        raise Stopped(f"There is no folder {file.parent}.")
    run(_backup(file))


async def _backup(file: Path) -> None:
    async with portal_open():
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=".portal-backup-") as folder:
            copy = Path(folder) / "database"
            manifest = await (_copy_sqlite(copy) if DB.engine_type == "sqlite" else _copy_postgres(copy))
            with writing_archive(file, manifest.made_at) as archive:
                await asyncio.to_thread(archive.begin, manifest, copy)
                files, size = await asyncio.to_thread(_add_files, archive)
    rows = sum(manifest.counts.values())
    console().print(f"{file}: {rows:,} rows of {len(manifest.counts)} tables, {files:,} files ({size:,} bytes).")


async def _copy_sqlite(target: Path) -> Manifest:
    made_at, steps = now(), sorted(await done_steps())
    driver = DB.driver
    assert isinstance(driver, SQLiteDriver)
    await driver.backup_to(target)
    counts = await asyncio.to_thread(check_sqlite, target)
    number = ".".join(map(str, driver.version))
    return Manifest(
        FORMAT, made_at, version(PROGRAM), "sqlite", number, steps, counts, sha256_of(target), target.stat().st_size
    )


def check_sqlite(path: Path) -> dict[str, int]:
    """Rows by table of the database file at `path`. Raises Stopped where SQLite finds it damaged."""
    connection = library().connect(f"file:{path}?mode=ro", uri=True)
    try:
        verdict = [row[0] for row in connection.execute("PRAGMA integrity_check")]
        if verdict != ["ok"]:
            raise Stopped(f"The copy of the database is damaged: {verdict[0]}.")
        present = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        names = [table._meta.tablename for table in all_tables() if table._meta.tablename in present]
        count = 'SELECT count(*) FROM "{}"'
        return {name: int(connection.execute(count.format(name)).fetchone()[0]) for name in names}
    finally:
        connection.close()


async def _copy_postgres(target: Path) -> Manifest:
    made_at, steps = now(), sorted(await done_steps())
    async with reading(long=True):
        number = (await DB.fetch("SELECT current_setting('server_version') AS v", []))[0]["v"]
        snapshot = (await DB.fetch("SELECT pg_export_snapshot() AS s", []))[0]["s"]
        counts = await count_rows()
        await asyncio.to_thread(postgres_tools.dump, settings().database_url, target, snapshot)
    return Manifest(
        FORMAT, made_at, version(PROGRAM), "postgres", number, steps, counts, sha256_of(target), target.stat().st_size
    )


def _listed() -> Iterator[str]:
    for batch in obstore.list(store()):
        for entry in batch:
            yield str(entry["path"])


def _add_files(archive: Writer) -> tuple[int, int]:
    """Add every stored file; returns how many and their bytes. Files never change, so the order does not matter."""
    count = size = 0
    with progress() as bar:
        task = bar.add_task("files", total=None)
        for path in _listed():
            body = bytes(obstore.get(store(), path).bytes())
            archive.add_file(path, body)
            count, size = count + 1, size + len(body)
            bar.update(task, completed=count)
    return count, size
