"""Indexes that Piccolo cannot spell: composite, partial, unique over several columns."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-22T08:00:05:000000"
VERSION = "1.38.0"
DESCRIPTION = "The first indexes of certification"

INDEXES = (
    'CREATE UNIQUE INDEX exams_code ON exams (code)',
    'CREATE UNIQUE INDEX exam_versions_number ON exam_versions (exam, number)',
    'CREATE UNIQUE INDEX exam_versions_one_per_part ON exam_versions (part)',
    'CREATE UNIQUE INDEX exam_editions_language ON exam_editions (version, language)',
    'CREATE UNIQUE INDEX exam_draws_position ON exam_draws (version, position)',
    'CREATE UNIQUE INDEX attempts_ref ON attempts (ref)',
    "CREATE UNIQUE INDEX attempts_running ON attempts (person) WHERE state = 'running'",
    'CREATE UNIQUE INDEX attempts_number ON attempts (assignment, exam_version, number)',
    "CREATE INDEX attempts_deadline ON attempts (deadline_at) WHERE state = 'running'",
    'CREATE UNIQUE INDEX attempt_items_position ON attempt_items (attempt, position)',
    'CREATE UNIQUE INDEX attempt_answers_seq ON attempt_answers (item, seq)',
    'CREATE UNIQUE INDEX certificates_number ON certificates (number)',
    'CREATE UNIQUE INDEX certificates_one_per_assignment ON certificates (assignment)',
    'CREATE INDEX certificates_running_out ON certificates (valid_until) WHERE revoked_at IS NULL',
    'CREATE INDEX gate_decisions_newest ON gate_decisions (store, id)',
    'CREATE UNIQUE INDEX share_rights_one ON share_rights (store)',
    'CREATE INDEX share_rights_recheck ON share_rights (recheck_at) WHERE recheck_at IS NOT NULL',
    'CREATE INDEX share_rights_by_status ON share_rights (status, id)',
    'CREATE INDEX violations_of_store ON violations (store, id)',
    "CREATE INDEX violations_open ON violations (proposed_at) WHERE state = 'proposed'",
    'CREATE INDEX measures_open ON measures (store) WHERE lifted_at IS NULL',
    "CREATE UNIQUE INDEX measures_one_by_points ON measures (store) WHERE cause = 'points' AND lifted_at IS NULL",
    'CREATE INDEX overrides_open ON overrides (proposed_at) WHERE confirmed_at IS NULL AND declined_at IS NULL',
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="certification", description=DESCRIPTION)

    async def create() -> None:
        from portal.core.base.database import DB

        for statement in INDEXES:
            await DB.fetch(statement, [])

    manager.add_raw(create)
    return manager
