"""Cases with their tellings, and who has read them."""

from piccolo.table import Table

from portal.core.base.rows import (
    Row,
    fk,
    instant,
    maybe_fk,
    maybe_instant,
    maybe_prose,
    maybe_whole,
    maybe_words,
    prose,
    whole,
    words,
)
from portal.core.people.tables import Person
from portal.core.stores.tables import Group


class Case(Row, Table, tablename="cases"):
    """A case; `source` names the complaint behind it, for the desk alone. Without an author it came with the software.

    `shipped` is the digest of the text that came and that nobody has changed; `mark` counts its changes.
    """

    ref = words(60)
    kind = words(16)
    topic = words(20)
    goods = maybe_words(80)  # product category
    source = maybe_words(32)
    state = words(10)
    mark = whole(1)
    author = maybe_fk(Person)
    changed_by = maybe_fk(Person)
    made_at = instant()
    changed_at = instant()
    decided_by = maybe_fk(Person)
    decided_at = maybe_instant()
    note = maybe_prose()  # why it was sent back
    published_at = maybe_instant()
    shipped = maybe_words(64)


class CaseTelling(Row, Table, tablename="case_tellings"):
    """A case in one language; blank lines part paragraphs, each line of `questions` is one."""

    of_case = fk(Case)
    language = words(10)
    title = words(120)
    happened = prose()
    done = prose()
    take_along = prose()
    questions = prose()


class CaseReader(Row, Table, tablename="case_readers"):
    """That somebody has opened a case, and whether it helped her (1, 0; none: she has not said)."""

    of_case = fk(Case)
    person = fk(Person)
    at = instant()
    helped = maybe_whole()


class CaseSharing(Row, Table, tablename="case_sharings"):
    """A case laid before a group, or before all owners of who did it; `people`: how many these were then."""

    of_case = fk(Case)
    by_person = fk(Person)
    group_of = maybe_fk(Group)
    words = maybe_words(200)
    at = instant()
    people = whole()
    ended_at = maybe_instant()


class CaseSharingPerson(Row, Table, tablename="case_sharing_people"):
    """Somebody who was told of it."""

    sharing = fk(CaseSharing)
    person = fk(Person)
    at = instant()


INDEXES: tuple[str, ...] = (
    "CREATE UNIQUE INDEX cases_ref ON cases (ref)",
    "CREATE INDEX cases_by_state ON cases (state, id)",
    "CREATE INDEX cases_by_topic ON cases (topic, state, id)",
    "CREATE INDEX cases_of_source ON cases (source) WHERE source IS NOT NULL",
    "CREATE UNIQUE INDEX case_tellings_language ON case_tellings (of_case, language)",
    "CREATE UNIQUE INDEX case_readers_once ON case_readers (of_case, person)",
    "CREATE INDEX case_sharings_by_whom ON case_sharings (of_case, by_person, id)",
    "CREATE UNIQUE INDEX case_sharing_people_once ON case_sharing_people (sharing, person)",
    "CREATE INDEX case_sharing_people_of ON case_sharing_people (person, sharing)",
)
