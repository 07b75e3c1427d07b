"""A backup made while programs write holds everything acknowledged before it began, and restores whole."""

import asyncio
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from portal.core.base.settings import Settings
from tests.faults.serving import Load, run, serving
from tests.faults.truth import missing, titles


@pytest.fixture
def elsewhere(site: Settings, tmp_path: Path) -> Settings:
    """An empty database of the same kind."""
    files_url = f"file://{tmp_path}/elsewhere/files"
    if site.sqlite_path is not None:
        return replace(site, database_url=f"sqlite:///{tmp_path}/elsewhere/portal.sqlite", files_url=files_url)
    base, _, name = site.database_url.rpartition("/")
    asyncio.run(_create(site.database_url, f"{name}_elsewhere"))
    return replace(site, database_url=f"{base}/{name}_elsewhere", files_url=files_url)


async def _create(url: str, name: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(f'CREATE DATABASE "{name}"')
    await connection.close()


def test_backups_under_load_restore_whole(site: Settings, elsewhere: Settings, tmp_path: Path) -> None:
    with serving(site) as server:
        load = Load(server.base)
        with load.going_on():
            load.wait_for(20)
            before = dict(load.acknowledged)
            archive = tmp_path / "backup.tar"
            made = run(site, "backup", archive)
            assert (made.returncode, made.stderr) == (0, "")
            restored = run(elsewhere, "restore", archive)
            assert (restored.returncode, restored.stderr) == (0, "")
        assert len(load.acknowledged) > len(before)
        assert missing(before, asyncio.run(titles(elsewhere.database_url))) == []
        assert load.refused == []
    assert missing(load.acknowledged, asyncio.run(titles(site.database_url))) == []
