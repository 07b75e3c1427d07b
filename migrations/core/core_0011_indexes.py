"""Indexes that Piccolo cannot spell: composite, partial, unique over several columns."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-24T01:00:01:000000"
VERSION = "1.38.0"
DESCRIPTION = "Suppliers, stars and figures: indexes of core"

INDEXES = (
    'CREATE UNIQUE INDEX supplier_standings_one ON supplier_standings (supplier) WHERE until IS NULL',
    'CREATE INDEX supplier_standings_of ON supplier_standings (supplier, id)',
    'CREATE INDEX supplier_standings_now ON supplier_standings (standing, supplier) WHERE until IS NULL',
    'CREATE INDEX supplier_clearances_of ON supplier_clearances (supplier, until)',
    'CREATE INDEX store_stars_of ON store_stars (store, month, id)',
    'CREATE INDEX store_badges_of ON store_badges (store, id)',
    'CREATE UNIQUE INDEX store_badges_once ON store_badges (cycle, award, store) WHERE ended_at IS NULL',
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="core", description=DESCRIPTION)

    async def create() -> None:
        from portal.core.base.database import DB

        for statement in INDEXES:
            await DB.fetch(statement, [])

    manager.add_raw(create)
    return manager
