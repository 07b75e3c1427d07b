"""Notices to people and the channels they chose."""

from piccolo.table import Table

from portal.core.base.rows import Row, fk, flag, instant, maybe_instant, maybe_words, payload, words
from portal.core.people.tables import Person


class Notice(Row, Table, tablename="notices"):
    """One thing to know. Rendered when read, in the reader's language, from its kind and parameters."""

    person = fk(Person)
    kind = words(60)
    params = payload()
    way = maybe_words(200)
    at = instant()
    read_at = maybe_instant()


class NoticePreference(Row, Table, tablename="notice_preferences"):
    """What a person wants beside the inbox."""

    person = fk(Person)
    by_email = flag(default=True)


INDEXES = (
    "CREATE INDEX notices_newest ON notices (person, id)",
    "CREATE INDEX notices_unread ON notices (person) WHERE read_at IS NULL",
    "CREATE UNIQUE INDEX notice_preferences_one ON notice_preferences (person)",
)
