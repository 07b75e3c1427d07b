"""Who must or may learn what, by when, and why. Each assignment is a new registration; old evidence does not count."""

from piccolo.table import Table

from courses.catalogue.tables import Course, Curriculum, CurriculumVersion
from portal.core.base.rows import (
    Row,
    fk,
    flag,
    instant,
    maybe_big,
    maybe_fk,
    maybe_instant,
    maybe_words,
    whole,
    words,
)
from portal.core.people.tables import Person


class Assignment(Row, Table, tablename="assignments"):
    """A curriculum version, or a single course, given to a person."""

    person = fk(Person)
    curriculum = maybe_fk(Curriculum)
    curriculum_version = maybe_fk(CurriculumVersion)
    course = maybe_fk(Course)
    cause = words(32)  # new_owner, violation, renewal, manual
    required = flag(default=True)
    assigned_by = maybe_big()
    assigned_at = instant()
    due_at = maybe_instant()
    completed_at = maybe_instant()
    cancelled_at = maybe_instant()
    reminded_at = maybe_instant()  # by a person; at most once a day
    note = maybe_words(300)


class Reminder(Row, Table, tablename="reminders"):
    """That somebody was reminded of an assignment, by whom (nobody: by rule). An extension starts the rule anew."""

    assignment = fk(Assignment)
    kind = words(16)  # soon, due, overdue, manual
    due_at = maybe_instant()
    at = instant()
    by = maybe_big()


class OverdueDigest(Row, Table, tablename="overdue_digests"):
    """That a manager was told who of her people is overdue; `week` is its Monday, so that no week brings two."""

    manager = fk(Person)
    week = words(10)
    people = whole()
    at = instant()


class Extension(Row, Table, tablename="extensions"):
    """A due date moved, and why."""

    assignment = fk(Assignment)
    due_before = maybe_instant()
    due_after = instant()
    reason = words(300)
    by = maybe_big()
    at = instant()


INDEXES = (
    (
        "CREATE UNIQUE INDEX assignments_open_curriculum ON assignments (person, curriculum)"
        " WHERE completed_at IS NULL AND cancelled_at IS NULL AND curriculum IS NOT NULL"
    ),
    (
        "CREATE UNIQUE INDEX assignments_open_course ON assignments (person, course)"
        " WHERE completed_at IS NULL AND cancelled_at IS NULL AND course IS NOT NULL"
    ),
    "CREATE INDEX assignments_due ON assignments (due_at) WHERE completed_at IS NULL AND cancelled_at IS NULL",
    "CREATE UNIQUE INDEX reminders_by_rule ON reminders (assignment, kind, due_at) WHERE by IS NULL",
    "CREATE UNIQUE INDEX overdue_digests_week ON overdue_digests (manager, week)",
)
