"""Appeals against violations, and what takes a confirmed violation's points away again."""

from piccolo.table import Table

from certification.rights.tables import Violation
from portal.core.base.rows import Row, big, fk, instant, maybe_big, maybe_instant, maybe_prose, prose, words
from portal.core.base.tables import StoredFile


class ViolationAppeal(Row, Table, tablename="violation_appeals"):
    """An owner's objection to a confirmed violation, once, and what somebody without a part in it has decided."""

    violation = fk(Violation)
    text = prose()
    state = words(10)  # open, upheld, rejected
    at = instant()
    decided_by = maybe_big()
    decided_at = maybe_instant()
    reason = maybe_prose()


class AppealPhoto(Row, Table, tablename="violation_appeal_photos"):
    """A photo that an owner put beside her appeal."""

    appeal = fk(ViolationAppeal)
    file = fk(StoredFile)
    at = instant()


class Correction(Row, Table, tablename="violation_corrections"):
    """That a confirmed violation counts no more, and why; the violation itself stays as it was written."""

    violation = fk(Violation)
    cause = words(12)  # appeal, finding
    reason = prose()
    made_by = big()
    at = instant()


INDEXES = (
    "CREATE UNIQUE INDEX violation_appeals_one ON violation_appeals (violation)",
    "CREATE INDEX violation_appeals_open ON violation_appeals (id) WHERE state = 'open'",
    "CREATE INDEX violation_appeal_photos_of ON violation_appeal_photos (appeal)",
    "CREATE UNIQUE INDEX violation_corrections_one ON violation_corrections (violation)",
)
