"""Indexes that Piccolo cannot spell: composite, partial, unique over several columns."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-22T08:00:01:000000"
VERSION = "1.38.0"
DESCRIPTION = "The first indexes of core"

INDEXES = (
    'CREATE INDEX audit_entries_subject ON audit_entries (subject_kind, subject_id, id)',
    'CREATE INDEX audit_entries_actor ON audit_entries (actor_kind, actor_id, id)',
    'CREATE UNIQUE INDEX audit_chain_position ON audit_chain (position)',
    'CREATE UNIQUE INDEX audit_chain_one ON audit_chain (entry)',
    'CREATE INDEX outbox_due ON outbox (due_at, id) WHERE done_at IS NULL AND dead_at IS NULL',
    'CREATE INDEX outbox_lane ON outbox (lane, id) WHERE done_at IS NULL AND dead_at IS NULL',
    'CREATE INDEX outbox_topic ON outbox (topic, id)',
    'CREATE UNIQUE INDEX outbox_ref ON outbox (ref)',
    'CREATE INDEX jobs_due ON jobs (due_at, id) WHERE done_at IS NULL AND dead_at IS NULL',
    'CREATE UNIQUE INDEX jobs_open_key ON jobs (kind, key) WHERE done_at IS NULL AND dead_at IS NULL',
    'CREATE UNIQUE INDEX kept_replies_key ON kept_replies (actor, key)',
    'CREATE INDEX kept_replies_age ON kept_replies (created_at)',
    'CREATE UNIQUE INDEX files_ref ON files (ref)',
    'CREATE INDEX files_sha256 ON files (sha256)',
    'CREATE UNIQUE INDEX signing_keys_kid ON signing_keys (kid)',
    'CREATE UNIQUE INDEX signing_keys_current ON signing_keys (purpose) WHERE retired_at IS NULL',
    'CREATE UNIQUE INDEX site_settings_name ON site_settings (name)',
    'CREATE UNIQUE INDEX throttles_bucket ON throttles (bucket, window_start)',
    'CREATE UNIQUE INDEX persons_external_id ON persons (external_id)',
    'CREATE UNIQUE INDEX persons_phone ON persons (phone)',
    'CREATE UNIQUE INDEX persons_email ON persons (email)',
    'CREATE UNIQUE INDEX roles_held ON roles (person, role) WHERE ended_at IS NULL',
    'CREATE INDEX roles_by_role ON roles (role, person) WHERE ended_at IS NULL',
    'CREATE UNIQUE INDEX sign_ins_token ON sign_ins (token_hash)',
    'CREATE UNIQUE INDEX pending_sign_ins_token ON pending_sign_ins (token_hash)',
    'CREATE UNIQUE INDEX one_time_links_token ON one_time_links (token_hash)',
    'CREATE UNIQUE INDEX one_time_links_open ON one_time_links (person, purpose) WHERE ended_at IS NULL',
    'CREATE UNIQUE INDEX known_devices_one ON known_devices (person, token_hash)',
    'CREATE UNIQUE INDEX second_factors_one ON second_factors (person)',
    'CREATE UNIQUE INDEX recovery_codes_one ON recovery_codes (person, code_hash)',
    'CREATE UNIQUE INDEX api_keys_hash ON api_keys (key_hash)',
    'CREATE INDEX notices_newest ON notices (person, id)',
    'CREATE INDEX notices_unread ON notices (person) WHERE read_at IS NULL',
    'CREATE UNIQUE INDEX notice_preferences_one ON notice_preferences (person)',
    'CREATE UNIQUE INDEX suppliers_external_id ON suppliers (external_id)',
    'CREATE UNIQUE INDEX products_external_id ON products (external_id)',
    'CREATE INDEX products_listed ON products (id) WHERE retired_at IS NULL',
    'CREATE UNIQUE INDEX stores_external_id ON stores (external_id)',
    'CREATE UNIQUE INDEX stores_one_open ON stores (owner) WHERE closed_at IS NULL AND kit_returned_at IS NULL',
    'CREATE UNIQUE INDEX stewardships_current ON stewardships (store) WHERE until IS NULL',
    'CREATE INDEX stewardships_team ON stewardships (manager, store) WHERE until IS NULL',
    'CREATE UNIQUE INDEX group_members_one ON group_members (group_of, person)',
    'CREATE UNIQUE INDEX vips_external_id ON vips (external_id)',
    'CREATE INDEX vips_of_store ON vips (store, id)',
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="core", description=DESCRIPTION)

    async def create() -> None:
        from portal.core.base.database import DB

        for statement in INDEXES:
            await DB.fetch(statement, [])

    manager.add_raw(create)
    return manager
