"""Indexes that Piccolo cannot spell: composite, partial, unique over several columns."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-22T08:00:07:000000"
VERSION = "1.38.0"
DESCRIPTION = "The first indexes of service"

INDEXES = (
    'CREATE UNIQUE INDEX share_links_code ON share_links (code)',
    'CREATE UNIQUE INDEX share_links_one_invitation ON share_links (store) WHERE product IS NULL',
    'CREATE UNIQUE INDEX share_links_one_per_product ON share_links (store, product) WHERE product IS NOT NULL',
    'CREATE UNIQUE INDEX link_visits_day ON link_visits (link, day)',
    'CREATE UNIQUE INDEX binding_proofs_one_per_vip ON binding_proofs (vip)',
    'CREATE UNIQUE INDEX posters_digest ON posters (link, digest)',
    'CREATE UNIQUE INDEX webhook_endpoints_url ON webhook_endpoints (url) WHERE disabled_at IS NULL',
    'CREATE INDEX webhook_deliveries_newest ON webhook_deliveries (endpoint, id)',
    'CREATE INDEX webhook_deliveries_age ON webhook_deliveries (at)',
    'CREATE UNIQUE INDEX received_webhooks_id ON received_webhooks (webhook_id)',
    'CREATE INDEX received_webhooks_age ON received_webhooks (received_at)',
    "CREATE INDEX outbox_dead_webhooks ON outbox (id) WHERE topic = 'webhook' AND dead_at IS NOT NULL",
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="service", description=DESCRIPTION)

    async def create() -> None:
        from portal.core.base.database import DB

        for statement in INDEXES:
            await DB.fetch(statement, [])

    manager.add_raw(create)
    return manager
