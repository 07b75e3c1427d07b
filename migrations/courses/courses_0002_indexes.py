"""Indexes that Piccolo cannot spell: composite, partial, unique over several columns."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-22T08:00:03:000000"
VERSION = "1.38.0"
DESCRIPTION = "The first indexes of courses"

INDEXES = (
    'CREATE UNIQUE INDEX question_banks_code ON question_banks (code)',
    'CREATE UNIQUE INDEX questions_code ON questions (bank, code)',
    'CREATE UNIQUE INDEX question_versions_number ON question_versions (question, number)',
    'CREATE UNIQUE INDEX question_versions_current ON question_versions (question) WHERE superseded_at IS NULL',
    'CREATE UNIQUE INDEX question_editions_language ON question_editions (version, language)',
    'CREATE UNIQUE INDEX question_tags_one ON question_tags (version, tag)',
    'CREATE INDEX question_tags_tag ON question_tags (tag, version)',
    'CREATE UNIQUE INDEX courses_code ON courses (code)',
    'CREATE UNIQUE INDEX course_versions_number ON course_versions (course, number)',
    'CREATE UNIQUE INDEX course_editions_language ON course_editions (version, language)',
    'CREATE UNIQUE INDEX lessons_position ON lessons (version, position)',
    'CREATE UNIQUE INDEX lessons_code ON lessons (version, code)',
    'CREATE UNIQUE INDEX lesson_editions_language ON lesson_editions (lesson, language)',
    'CREATE UNIQUE INDEX lesson_media_name ON lesson_media (version, name)',
    'CREATE UNIQUE INDEX lesson_questions_position ON lesson_questions (lesson, position)',
    'CREATE UNIQUE INDEX curricula_code ON curricula (code)',
    'CREATE UNIQUE INDEX curriculum_versions_number ON curriculum_versions (curriculum, number)',
    'CREATE UNIQUE INDEX curriculum_editions_language ON curriculum_editions (version, language)',
    'CREATE UNIQUE INDEX curriculum_parts_position ON curriculum_parts (version, position)',
    'CREATE UNIQUE INDEX assignments_open_curriculum ON assignments (person, curriculum) WHERE completed_at IS NULL AND cancelled_at IS NULL AND curriculum IS NOT NULL',
    'CREATE UNIQUE INDEX assignments_open_course ON assignments (person, course) WHERE completed_at IS NULL AND cancelled_at IS NULL AND course IS NOT NULL',
    'CREATE INDEX assignments_due ON assignments (due_at) WHERE completed_at IS NULL AND cancelled_at IS NULL',
    'CREATE UNIQUE INDEX reminders_by_rule ON reminders (assignment, kind, due_at) WHERE by IS NULL',
    'CREATE UNIQUE INDEX overdue_digests_week ON overdue_digests (manager, week)',
    'CREATE UNIQUE INDEX enrolments_one ON enrolments (assignment, course)',
    'CREATE UNIQUE INDEX lesson_progress_one ON lesson_progress (enrolment, lesson)',
    'CREATE UNIQUE INDEX checkpoint_answers_one ON checkpoint_answers (enrolment, lesson, question_version)',
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="courses", description=DESCRIPTION)

    async def create() -> None:
        from portal.core.base.database import DB

        for statement in INDEXES:
            await DB.fetch(statement, [])

    manager.add_raw(create)
    return manager
