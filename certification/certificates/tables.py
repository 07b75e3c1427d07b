"""Certificates: proof of a passed curriculum, valid for a time, checkable by anyone who has the number."""

from piccolo.table import Table

from courses.assignment.tables import Assignment
from courses.catalogue.tables import CurriculumVersion
from portal.core.base.rows import Row, fk, instant, maybe_instant, maybe_whole, maybe_words, words
from portal.core.people.tables import Person


class Certificate(Row, Table, tablename="certificates"):
    """What was proved, by whom, from when to when. Each assignment gives one at most."""

    number = words(24)
    person = fk(Person)
    assignment = fk(Assignment)
    curriculum_version = fk(CurriculumVersion)
    holder_name = words(80)
    store_name = words(120)
    score_bp = maybe_whole()
    issued_at = instant()
    valid_until = instant()
    revoked_at = maybe_instant()
    revoked_code = maybe_words(32)


INDEXES = (
    "CREATE UNIQUE INDEX certificates_number ON certificates (number)",
    "CREATE UNIQUE INDEX certificates_one_per_assignment ON certificates (assignment)",
    "CREATE INDEX certificates_running_out ON certificates (valid_until) WHERE revoked_at IS NULL",
)
