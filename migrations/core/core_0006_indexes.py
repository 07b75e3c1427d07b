"""Indexes that Piccolo cannot spell: composite, partial, unique over several columns."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-22T22:00:01:000000"
VERSION = "1.38.0"
DESCRIPTION = "The complaint desk: indexes of core"

INDEXES = (
    'CREATE UNIQUE INDEX search_texts_subject ON search_texts (kind, subject)',
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="core", description=DESCRIPTION)

    async def create() -> None:
        from portal.core.base.database import DB

        for statement in INDEXES:
            await DB.fetch(statement, [])

    manager.add_raw(create)
    return manager
