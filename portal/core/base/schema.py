"""The schema: which tables and indexes a storey owns, and the migrations that bring a database to it."""

import os
from collections.abc import Iterable, Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from importlib import import_module
from io import StringIO
from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.apps.migrations.commands.base import BaseMigrationManager
from piccolo.apps.migrations.tables import Migration
from piccolo.conf.apps import AppConfig, AppRegistry, table_finder

from portal.core.base.clock import now
from portal.core.base.database import DB, reading, writing

CONF = "portal.piccolo_conf"
os.environ.setdefault("PICCOLO_CONF", CONF)
MIGRATIONS = Path(__file__).parents[3] / "migrations"


def storey(name: str, table_modules: Iterable[str], below: Iterable[str] = ()) -> AppConfig:
    """A stream of migrations for the rooms of one storey; `below` are the streams its foreign keys point at."""
    return AppConfig(
        app_name=name,
        migrations_folder_path=str(MIGRATIONS / name),
        table_classes=table_finder(modules=list(table_modules), exclude_imported=True),
        migration_dependencies=list(below),
    )


def declared_indexes(table_modules: Iterable[str]) -> tuple[str, ...]:
    """The hand-written indexes of these modules (their `INDEXES`): Piccolo cannot spell partial or composite ones."""
    return tuple(sql for module in table_modules for sql in getattr(import_module(module), "INDEXES", ()))


@dataclass(frozen=True, slots=True)
class Step:
    """One migration: its stream, its id (a timestamp, by which streams are merged), its module."""

    app: str
    id: str
    module: object


def all_steps() -> list[Step]:
    """Every migration of every stream, merged by id: a later change below may be needed by a key above."""
    registry: AppRegistry = import_module(CONF).APP_REGISTRY
    return sorted(_steps(registry), key=lambda step: step.id)


def _steps(registry: AppRegistry) -> Iterator[Step]:
    manager = BaseMigrationManager()
    for config in registry.app_configs.values():
        for migration_id, module in manager.get_migration_modules(config.resolved_migrations_folder_path).items():
            yield Step(config.app_name, migration_id, module)


async def done_steps() -> set[tuple[str, str]]:
    """The migrations that this database has had; none where it is new."""
    async with writing():
        await Migration.create_table(if_not_exists=True)
    async with reading():
        rows = await Migration.select(Migration.app_name, Migration.name)
    return {(row["app_name"], row["name"]) for row in rows}


async def pending_steps() -> list[Step]:
    done = await done_steps()
    return [step for step in all_steps() if (step.app, step.id) not in done]


async def migrate() -> list[Step]:
    """Bring the database up to date; each migration and its record are one transaction. Returns what was run."""
    pending = await pending_steps()
    for step in pending:
        async with writing():
            response = await step.module.forwards()  # type: ignore[attr-defined]
            if isinstance(response, MigrationManager):
                with redirect_stdout(StringIO()):  # Piccolo prints as it goes; our callers say it themselves
                    await response.run()
            await Migration.insert(Migration(name=step.id, app_name=step.app, ran_on=now().replace(tzinfo=None)))
    return pending


async def behind() -> bool:
    """Whether the connected database lacks a migration of this program."""
    async with reading():
        rows = await DB.fetch("SELECT app_name, name FROM migration", [])
    done = {(row["app_name"], row["name"]) for row in rows}
    return any((step.app, step.id) not in done for step in all_steps())
