"""Agents' profiles, dated shifts and leave with deputies, and who was at the desk when."""

from piccolo.table import Table

from portal.core.base.rows import Row, fk, instant, maybe_big, maybe_fk, maybe_instant, maybe_words, prose, whole, words
from portal.core.people.tables import Person


class Agent(Row, Table, tablename="desk_agents"):
    """What an agent is good at and how much she carries; who has no row has the defaults of the rules."""

    person = fk(Person)
    level = words(8)  # junior, senior; the lead's comes with her role
    products = prose()  # categories, one a line; none: every one
    functions = words(200)  # space-separated; none: every one
    languages = words(40)  # space-separated
    capacity = whole()
    changed_at = instant()


class Shift(Row, Table, tablename="desk_shifts"):
    """When somebody works, and who answers for it when she does not."""

    person = fk(Person)
    starts_at = instant()
    ends_at = instant()
    deputy = maybe_fk(Person)
    made_at = instant()
    made_by = maybe_big()
    cancelled_at = maybe_instant()


class Absence(Row, Table, tablename="desk_absences"):
    """Leave, and who stands in."""

    person = fk(Person)
    starts_at = instant()
    ends_at = instant()
    reason = words(12)
    deputy = fk(Person)
    made_at = instant()
    made_by = maybe_big()
    cancelled_at = maybe_instant()


class Presence(Row, Table, tablename="desk_presences"):
    """What an agent said of herself, from when to when, within one shift."""

    person = fk(Person)
    shift = fk(Shift)
    state = words(8)
    reason = maybe_words(12)  # of a pause
    since = instant()
    ended_at = maybe_instant()
    ending = maybe_words(12)


INDEXES = (
    "CREATE UNIQUE INDEX desk_agents_one ON desk_agents (person)",
    "CREATE INDEX desk_shifts_of_person ON desk_shifts (person, starts_at) WHERE cancelled_at IS NULL",
    "CREATE INDEX desk_shifts_by_start ON desk_shifts (starts_at) WHERE cancelled_at IS NULL",
    "CREATE INDEX desk_shifts_by_end ON desk_shifts (ends_at) WHERE cancelled_at IS NULL",
    "CREATE INDEX desk_absences_by_end ON desk_absences (ends_at) WHERE cancelled_at IS NULL",
    "CREATE UNIQUE INDEX desk_presences_now ON desk_presences (person) WHERE ended_at IS NULL",
    "CREATE INDEX desk_presences_of_person ON desk_presences (person, id)",
)
