"""A migration that fails or dies in the middle leaves everything or nothing, and the next run goes on from there."""

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from portal.core.base.database.sqlite import library
from portal.core.base.settings import Settings
from tests.faults.serving import ROOT, environ, free_port

MIGRATION = """
import os

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2999-01-01T00:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "A change in two steps"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="core", description=DESCRIPTION)

    async def change():
        from portal.core.base.database import DB

        await DB.fetch("CREATE TABLE first_step (id BIGINT)", [])
        {between}
        await DB.fetch("CREATE TABLE second_step (id BIGINT)", [])

    manager.add_raw(change)
    return manager
"""
FAULTS = {"an error": 'raise RuntimeError("half way")', "a kill": "os._exit(137)"}


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A copy of the program, to which a migration is added."""
    copy = tmp_path / "program"
    unwanted = shutil.ignore_patterns("__pycache__", "curricula", "built", "locale")
    for name in ("portal", "courses", "certification", "migrations"):
        shutil.copytree(ROOT / name, copy / name, ignore=unwanted)
    for name in ("portal/core/web/locale", "portal/core/web/built"):
        (copy / name).symlink_to(ROOT / name)
    return copy


def _migrate(program: Path, site: Settings, between: str) -> subprocess.CompletedProcess[str]:
    (program / "migrations/core/core_9999_in_two_steps.py").write_text(MIGRATION.format(between=between))
    command = [sys.executable, "-m", "portal", "migrate"]
    settings = {**environ(site), "PYTHONPATH": str(program), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, env=settings, cwd=program, capture_output=True, text=True, check=False)


def _found(site: Settings) -> tuple[set[str], bool]:
    """Which steps' tables are there, and whether the migration is on record."""
    return _found_sqlite(site) if site.sqlite_path is not None else asyncio.run(_found_postgres(site))


def _found_sqlite(site: Settings) -> tuple[set[str], bool]:
    connection = library().connect(site.sqlite_path)
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE name LIKE '%_step'")}
    kept = connection.execute("SELECT count(*) FROM migration WHERE name LIKE '2999%'").fetchone()[0]
    connection.close()
    return tables, bool(kept)


async def _found_postgres(site: Settings) -> tuple[set[str], bool]:
    connection = await asyncpg.connect(site.database_url)
    rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE tablename LIKE '%_step'")
    kept = await connection.fetchval("SELECT count(*) FROM migration WHERE name LIKE '2999%'")
    await connection.close()
    return {row["tablename"] for row in rows}, bool(kept)


@pytest.mark.parametrize("fault", FAULTS)
def test_half_a_migration_is_none(site: Settings, program: Path, fault: str) -> None:
    ended = _migrate(program, site, FAULTS[fault])
    assert ended.returncode == (1 if fault == "an error" else 137)
    assert _found(site) == (set(), False)
    mended = _migrate(program, site, "pass")
    assert (mended.returncode, mended.stderr) == (0, "")
    assert _found(site) == ({"first_step", "second_step"}, True)


def test_a_program_behind_its_database_does_not_serve(site: Settings, program: Path) -> None:
    (program / "migrations/core/core_9999_in_two_steps.py").write_text(MIGRATION.format(between="pass"))
    command = [sys.executable, "-m", "portal", "serve", "--port", str(free_port())]
    settings = {**environ(site), "PYTHONPATH": str(program), "PYTHONDONTWRITEBYTECODE": "1"}
    ended = subprocess.run(command, env=settings, cwd=program, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "run portal migrate" in ended.stderr
