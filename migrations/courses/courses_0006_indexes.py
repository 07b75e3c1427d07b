"""Indexes that Piccolo cannot spell: composite, partial, unique over several columns."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-22T22:00:03:000000"
VERSION = "1.38.0"
DESCRIPTION = "The complaint desk: indexes of courses"

INDEXES = (
    'CREATE UNIQUE INDEX cases_ref ON cases (ref)',
    'CREATE INDEX cases_by_state ON cases (state, id)',
    'CREATE INDEX cases_by_topic ON cases (topic, state, id)',
    'CREATE INDEX cases_of_source ON cases (source) WHERE source IS NOT NULL',
    'CREATE UNIQUE INDEX case_tellings_language ON case_tellings (of_case, language)',
    'CREATE UNIQUE INDEX case_readers_once ON case_readers (of_case, person)',
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="courses", description=DESCRIPTION)

    async def create() -> None:
        from portal.core.base.database import DB

        for statement in INDEXES:
            await DB.fetch(statement, [])

    manager.add_raw(create)
    return manager
