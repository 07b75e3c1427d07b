"""Indexes that Piccolo cannot spell: composite, partial, unique over several columns."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-24T01:00:03:000000"
VERSION = "1.38.0"
DESCRIPTION = "Suppliers, stars and figures: indexes of courses"

INDEXES = (
    'CREATE INDEX case_sharings_by_whom ON case_sharings (of_case, by_person, id)',
    'CREATE UNIQUE INDEX case_sharing_people_once ON case_sharing_people (sharing, person)',
    'CREATE INDEX case_sharing_people_of ON case_sharing_people (person, sharing)',
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="courses", description=DESCRIPTION)

    async def create() -> None:
        from portal.core.base.database import DB

        for statement in INDEXES:
            await DB.fetch(statement, [])

    manager.add_raw(create)
    return manager
