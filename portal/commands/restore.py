"""portal restore: bring a backup back, and see that nothing done since then is done twice."""

import asyncio
import tempfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import click
import obstore
from cryptography.fernet import InvalidToken

from portal.commands import postgres_tools
from portal.commands.aftercare import Aftercare, look_after
from portal.commands.archive import Manifest, NotABackup, Reader, reading_archive
from portal.commands.backup import check_sqlite
from portal.commands.meanwhile import NOTHING, Meanwhile, since
from portal.commands.running import Stopped, console, portal_open, progress, run
from portal.commands.tables import count_rows, has_rows
from portal.core.base.clock import now
from portal.core.base.database import DB, reading
from portal.core.base.database.sqlite import library
from portal.core.base.files import store
from portal.core.base.keys import unseal
from portal.core.base.schema import all_steps, migrate, pending_steps
from portal.core.base.settings import settings
from portal.core.base.tables import SigningKey, StoredFile
from portal.service.privacy import erasing
from portal.service.privacy.erasing import Replayed


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace what the database holds now.")
def command(file: Path, force: bool) -> None:
    """Bring back the backup FILE into the database and file store that the settings name.

    Refuses where the database holds anything, unless --force says to replace it. Afterwards nobody is signed in,
    no worker holds anything, messages that were sent since the backup are not sent again, buyers who were erased
    since are erased again, and the audit chain has been checked.
    """
    try:
        with reading_archive(file) as archive:
            run(_restore(archive, force=force))
    except NotABackup as fault:
        raise Stopped(f"{file} is not a backup to restore: {fault}.") from fault


async def _restore(archive: Reader, *, force: bool) -> None:
    manifest = archive.manifest
    _check_fit(manifest)
    meanwhile = await _meanwhile(manifest, force=force)
    with tempfile.TemporaryDirectory(dir=_work_folder(), prefix=".portal-restore-") as folder:
        copy = Path(folder) / "database"
        await asyncio.to_thread(archive.take_database, copy)
        aside = await (_replace_sqlite(copy, manifest) if manifest.engine == "sqlite" else _replace_postgres(copy))
    count = await asyncio.to_thread(_put_files, archive)
    async with portal_open(must_be_current=False):
        steps = await migrate()
        care = await look_after(meanwhile.done, now())
        again = await erasing.replay([*meanwhile.erased, *await erasing.kept_outside()], now())
        warnings = [*await _lacking(), *_unknown(again)]
    brought = (f"{count:,} files", f"{len(steps)} newer migrations run", f"{again.erased:,} erasures repeated")
    _say(manifest, care, brought, warnings)
    if aside is not None:
        console().print(f"  what was there before lies at {aside}")


def _check_fit(manifest: Manifest) -> None:
    here = "sqlite" if settings().sqlite_path is not None else "postgres"
    if manifest.engine != here:
        raise Stopped(f"The backup is of {manifest.engine}, but PORTAL_DATABASE_URL names {here}.")
    ours = {(step.app, step.id) for step in all_steps()}
    if unknown := set(map(tuple, manifest.migrations)) - ours:
        raise Stopped(
            f"The backup is of a newer version ({manifest.program}): {len(unknown)} migrations are unknown here."
        )


def _work_folder() -> Path | None:
    path = settings().sqlite_path
    if path is None:
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.parent


async def _meanwhile(manifest: Manifest, *, force: bool) -> Meanwhile:
    """What the present database has seen done since the backup; refuses to replace it without `force`."""
    path = settings().sqlite_path
    if path is not None and not path.exists():
        return NOTHING
    async with portal_open(must_be_current=False):
        if DB.engine_type == "postgres":
            await _nobody_else()
        pending = await pending_steps()
        if len(pending) == len(all_steps()):
            return NOTHING
        async with reading(long=True):
            if not await has_rows():
                return NOTHING
            if not force:
                raise Stopped("The database is not empty: portal restore --force replaces what it holds.")
            return await since(manifest.made_at, current=not pending)


def _unknown(again: Replayed) -> list[str]:
    """A buyer who came after the backup is unknown to it; the shop may tell of her again."""
    if not again.unknown:
        return []
    return [f"{again.unknown:,} erased buyers are not in the backup: should the shop tell of them again, erase again."]


async def _nobody_else() -> None:
    async with reading():
        rows = await DB.fetch(
            "SELECT count(*) AS n FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'",
            [],
        )
    if rows[0]["n"]:
        raise Stopped("The database is in use: stop the portal and its workers first.")


async def _replace_sqlite(copy: Path, manifest: Manifest) -> Path | None:
    """Put the checked copy in the database's place; returns where the old one now lies."""
    path = settings().sqlite_path
    assert path is not None
    if await asyncio.to_thread(check_sqlite, copy) != manifest.counts:
        raise NotABackup("its database does not hold the rows that its manifest names")
    aside = await asyncio.to_thread(_set_aside, path, now()) if path.exists() else None
    copy.chmod(0o600)
    copy.replace(path)
    return aside


def _set_aside(path: Path, at: datetime) -> Path:
    connection = library().connect(path, timeout=0.5)
    try:
        # Leaving WAL needs the file for itself alone, so this tells whether anybody has it open.
        connection.execute("PRAGMA journal_mode = DELETE")
    except library().OperationalError as error:
        raise Stopped("The database is in use: stop the portal first.") from error
    finally:
        connection.close()
    aside = path.with_name(f"{path.name}.before-{at:%Y%m%dT%H%M%S}")
    path.replace(aside)
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    return aside


async def _replace_postgres(copy: Path) -> None:
    script = copy.with_name("script.sql")
    await asyncio.to_thread(postgres_tools.bring_back, settings().database_url, copy, script)


def _put_files(archive: Reader) -> int:
    count = 0
    with progress() as bar:
        task = bar.add_task("files", total=None)
        for content in archive.files():
            if not _has(content.path):
                obstore.put(store(), content.path, content.body)
            count += 1
            bar.update(task, completed=count)
    return count


def _has(path: str) -> bool:
    with suppress(FileNotFoundError):
        obstore.head(store(), path)
        return True
    return False


async def _lacking() -> list[str]:
    """What a person should know: content that no file has, secrets that this site's key does not open."""
    warnings = []
    async with reading(long=True):
        rows = await StoredFile.raw("SELECT DISTINCT sha256 FROM files")
        keys = await SigningKey.select(SigningKey.sealed_private_jwk).limit(1)
        counts = await count_rows()
    missing = sum(not _has(f"{row['sha256'][:2]}/{row['sha256']}") for row in rows)
    if missing:
        warnings.append(f"{missing:,} stored files that the database names are in no store.")
    try:
        for row in keys:
            unseal(row["sealed_private_jwk"])
    except InvalidToken:
        warnings.append("PORTAL_SECRET_KEY is not the one of the backup: its sealed keys and second factors stay shut.")
    if not sum(counts.values()):
        warnings.append("The backup was of an empty database.")
    return warnings


def _say(manifest: Manifest, care: Aftercare, brought: tuple[str, ...], warnings: list[str]) -> None:
    screen = console()
    screen.print(f"Restored the backup of {manifest.made_at.isoformat(timespec='seconds')}:")
    rows = f"{sum(manifest.counts.values()):,} rows of {len(manifest.counts)} tables"
    screen.print(f"  {', '.join((rows, *brought))}")
    screen.print(f"  {care.sign_ins:,} sign-ins and {care.links:,} open recovery links ended")
    screen.print(f"  {care.leases:,} leases released, {care.not_resent:,} messages sent meanwhile not sent again")
    screen.print(f"  audit chain whole: {care.chain_links:,} links")
    for warning in warnings:
        screen.print(f"  Mind: {warning}")
