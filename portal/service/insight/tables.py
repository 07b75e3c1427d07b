"""How far each store has come, sums of days above them, and tables that were written to files."""

from piccolo.table import Table

from portal.core.base.rows import (
    Row,
    big,
    fk,
    instant,
    maybe_instant,
    whole,
    words,
)
from portal.core.base.tables import StoredFile
from portal.core.people.tables import Person
from portal.core.stores.tables import Store


class StoreMark(Row, Table, tablename="store_marks"):
    """The moments of a store's way from the kit to earning, each the first of its kind."""

    store = fk(Store)
    region = words(120)  # "" where it has none
    day = words(10)  # its kit was bought, in the site's zone
    opened_at = instant()
    closed_at = maybe_instant()
    certified_at = maybe_instant()
    shared_at = maybe_instant()
    earned_at = maybe_instant()


class InsightDay(Row, Table, tablename="insight_days"):
    """Sums of a day, of the platform or a region: cohorts of stores by the day of their kit, and what happened."""

    scope = words(10)  # platform, region
    key = words(120)
    day = words(10)
    opened = whole()
    closed = whole()
    certified = whole()
    shared = whole()
    earned = whole()
    in_3 = whole()
    in_7 = whole()
    in_14 = whole()
    in_30 = whole()
    over_30 = whole()
    visits = whole()
    replies = whole()
    in_hour = whole()
    in_four = whole()
    in_day = whole()
    over_day = whole()
    lost = whole()


class MarkDue(Row, Table, tablename="store_mark_dues"):
    """A store whose mark is to be reckoned again; written in the change's transaction."""

    store = fk(Store)
    at = instant()


class VisitDue(Row, Table, tablename="visit_dues"):
    """A visit through a store's link that the sums of its day do not hold yet; written with the visit itself."""

    store = fk(Store)
    day = words(10)


class ExportRun(Row, Table, tablename="export_runs"):
    """A table that somebody had written to a file: how far it is, and that it was made. `form`: csv, xlsx, jsonl.

    `after`: what was written last. The parts go after their days; the row stays.
    """

    ref = words(32)
    kind = words(40)
    form = words(8)
    asked_by = fk(Person)
    asked_at = instant()
    after = words(60)
    lines = whole(0)
    total = whole(0)
    size = big(0)
    done_at = maybe_instant()
    forget_at = maybe_instant()
    gone_at = maybe_instant()


class ExportPart(Row, Table, tablename="export_parts"):
    """A piece of the file, in its place."""

    run = fk(ExportRun)
    position = whole()
    file = fk(StoredFile)


INDEXES: tuple[str, ...] = (
    "CREATE UNIQUE INDEX store_marks_one ON store_marks (store)",
    "CREATE INDEX store_marks_day ON store_marks (day, id)",
    "CREATE INDEX store_marks_region ON store_marks (region, day, id)",
    "CREATE UNIQUE INDEX insight_days_one ON insight_days (scope, key, day)",
    "CREATE UNIQUE INDEX export_runs_ref ON export_runs (ref)",
    "CREATE INDEX export_runs_forget ON export_runs (forget_at) WHERE gone_at IS NULL",
    "CREATE UNIQUE INDEX export_parts_place ON export_parts (run, position)",
)
