"""Indexes that Piccolo cannot spell: composite, partial, unique over several columns."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-22T20:00:01:000000"
VERSION = "1.38.0"
DESCRIPTION = "Orders and what belongs to them: indexes of core"

INDEXES = (
    'CREATE UNIQUE INDEX events_ref ON events (ref)',
    'CREATE UNIQUE INDEX events_position ON events (position)',
    'CREATE INDEX events_unplaced ON events (id) WHERE position IS NULL',
    'CREATE UNIQUE INDEX public_links_token ON public_links (token_hash)',
    'CREATE UNIQUE INDEX public_links_current ON public_links (door, subject_id) WHERE ended_at IS NULL',
    'CREATE INDEX api_keys_old_hash ON api_keys (old_key_hash) WHERE old_key_hash IS NOT NULL',
    'CREATE INDEX vips_phone ON vips (phone)',
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="core", description=DESCRIPTION)

    async def create() -> None:
        from portal.core.base.database import DB

        for statement in INDEXES:
            await DB.fetch(statement, [])

    manager.add_raw(create)
    return manager
