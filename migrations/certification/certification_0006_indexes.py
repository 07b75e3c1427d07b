"""Indexes that Piccolo cannot spell: composite, partial, unique over several columns."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-22T22:00:05:000000"
VERSION = "1.38.0"
DESCRIPTION = "The complaint desk: indexes of certification"

INDEXES = (
    'CREATE UNIQUE INDEX violation_appeals_one ON violation_appeals (violation)',
    "CREATE INDEX violation_appeals_open ON violation_appeals (id) WHERE state = 'open'",
    'CREATE INDEX violation_appeal_photos_of ON violation_appeal_photos (appeal)',
    'CREATE UNIQUE INDEX violation_corrections_one ON violation_corrections (violation)',
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="certification", description=DESCRIPTION)

    async def create() -> None:
        from portal.core.base.database import DB

        for statement in INDEXES:
            await DB.fetch(statement, [])

    manager.add_raw(create)
    return manager
