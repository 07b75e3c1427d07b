"""Migrations: an empty database of each kind comes to exactly the tables and indexes that the code declares."""

import re
from importlib import import_module
from pathlib import Path

import pytest
from piccolo.apps.migrations.commands.new import AutoMigrationManager

from portal.core.base.database import DB, reading
from portal.core.base.schema import MIGRATIONS, all_steps, behind, declared_indexes
from portal.piccolo_conf import APP_REGISTRY

STREAMS = tuple(APP_REGISTRY.app_configs)
MODULES = tuple(
    module
    for config in APP_REGISTRY.apps
    for module in import_module(config).TABLE_MODULES  # each storey's own list
)
_INDEX = re.compile(r"CREATE (UNIQUE )?INDEX (\w+) ON (\w+)")


async def present_indexes() -> set[tuple[str, str]]:
    sql = {
        "sqlite": "SELECT name, tbl_name AS place FROM sqlite_master WHERE type = 'index'",
        "postgres": "SELECT indexname AS name, tablename AS place FROM pg_indexes WHERE schemaname = 'public'",
    }
    async with reading():
        rows = await DB.fetch(sql[DB.engine_type], [])
    return {(row["name"], row["place"]) for row in rows}


async def test_a_migrated_database_is_up_to_date(database: str) -> None:
    assert not await behind()


@pytest.mark.parametrize("stream", STREAMS)
async def test_tables_have_not_drifted_from_migrations(database: str, stream: str) -> None:
    config = APP_REGISTRY.get_app_config(stream)
    async with reading():
        statements = await AutoMigrationManager().get_alter_statements(app_config=config)
    assert sum(len(group.statements) for group in statements) == 0, [group.statements for group in statements]


async def test_every_declared_index_is_there(database: str) -> None:
    declared = {(found[2], found[3]) for sql in declared_indexes(MODULES) if (found := _INDEX.match(sql))}
    assert len(declared) == len(declared_indexes(MODULES))
    assert declared - await present_indexes() == set()


def test_migration_names_tell_their_stream() -> None:
    """Piccolo imports them by bare file name, so two of one name would be one."""
    for stream in STREAMS:
        names = [path.name for path in Path(MIGRATIONS / stream).glob("*.py")]
        assert names
        assert [name for name in names if not name.startswith(f"{stream}_")] == []


def test_migration_ids_are_unique_over_all_streams() -> None:
    ids = [step.id for step in all_steps()]
    assert len(ids) == len(set(ids))
