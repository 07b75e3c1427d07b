"""The full-text index, in each database's own words."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-22T22:00:09:000000"
VERSION = "1.38.0"
DESCRIPTION = "The complaint desk: full-text search"

POSTGRES = (
    "CREATE INDEX search_texts_tokens ON search_texts USING gin (array_to_tsvector(string_to_array(tokens, ' ')))",
)
SQLITE = (
    "CREATE VIRTUAL TABLE search_words USING fts5(tokens, content='search_texts', content_rowid='id',"
    " tokenize='unicode61 remove_diacritics 0', detail=none)",
    "CREATE TRIGGER search_texts_put AFTER INSERT ON search_texts BEGIN"
    " INSERT INTO search_words (rowid, tokens) VALUES (new.id, new.tokens); END",
    "CREATE TRIGGER search_texts_dropped AFTER DELETE ON search_texts BEGIN"
    " INSERT INTO search_words (search_words, rowid, tokens) VALUES ('delete', old.id, old.tokens); END",
    "CREATE TRIGGER search_texts_changed AFTER UPDATE ON search_texts BEGIN"
    " INSERT INTO search_words (search_words, rowid, tokens) VALUES ('delete', old.id, old.tokens);"
    " INSERT INTO search_words (rowid, tokens) VALUES (new.id, new.tokens); END",
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="core", description=DESCRIPTION)

    async def create() -> None:
        from portal.core.base.database import DB

        for statement in POSTGRES if DB.engine_type == "postgres" else SQLITE:
            await DB.fetch(statement, [])

    manager.add_raw(create)
    return manager
