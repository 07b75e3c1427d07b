"""The register: selection, papers, evaluations, contracts, contacts, visits and their parts, dates that come due."""

from piccolo.table import Table

from portal.core.base.rows import (
    Row,
    big,
    fk,
    flag,
    instant,
    maybe_fk,
    maybe_instant,
    maybe_prose,
    maybe_whole,
    maybe_words,
    payload,
    prose,
    whole,
    words,
)
from portal.core.base.tables import StoredFile
from portal.core.people.tables import Person
from portal.core.supply.tables import Supplier
from portal.service.orders.tables import Order


class Selection(Row, Table, tablename="supplier_selections"):
    """A step of a supplier's selection; the newest is where it stands."""

    supplier = fk(Supplier)
    stage = words(12)
    reason = prose()
    made_by = fk(Person)
    at = instant()


class Paper(Row, Table, tablename="supplier_papers"):
    """A document or picture of a supplier's dossier; `about`: what it belongs to (`contract:3`)."""

    supplier = fk(Supplier)
    about = words(40)
    title = words(120)
    file = fk(StoredFile)
    made_by = fk(Person)
    at = instant()


class EvaluationCriteria(Row, Table, tablename="supplier_criteria"):
    """The weights of the yearly evaluation, by version; an evaluation keeps the version it began with."""

    number = whole()
    weights = payload()
    reason = prose()
    made_by = fk(Person)
    made_at = instant()


class Evaluation(Row, Table, tablename="supplier_evaluations"):
    """A supplier's evaluation of a year, scored by two people who do not see each other's marks before."""

    supplier = fk(Supplier)
    year = whole()
    criteria = whole()  # the version's number; 0: the shipped one
    score = maybe_whole()  # 0 to 100, once both have scored
    opened_at = instant()
    closed_at = maybe_instant()


class EvaluationScore(Row, Table, tablename="supplier_evaluation_scores"):
    """What one of the two gave."""

    evaluation = fk(Evaluation)
    person = fk(Person)
    marks = payload()
    words = prose()
    at = instant()


class Contract(Row, Table, tablename="supplier_contracts"):
    """A contract's dates; its file is a paper."""

    supplier = fk(Supplier)
    title = words(120)
    since_day = words(10)
    until_day = words(10)
    made_by = fk(Person)
    made_at = instant()
    ended_at = maybe_instant()


class Contact(Row, Table, tablename="supplier_contacts"):
    """Somebody to reach at a supplier. Erased, the row keeps only that there was one."""

    supplier = fk(Supplier)
    duty = words(80)
    name = maybe_words(80)
    phone = maybe_words(32)
    email = maybe_words(254)
    made_by = fk(Person)
    made_at = instant()
    erased_at = maybe_instant()


class SiteChecklist(Row, Table, tablename="site_checklists"):
    """What is looked at on a site, by kind of visit and version."""

    kind = words(10)
    number = whole()
    points = payload()
    reason = prose()
    made_by = fk(Person)
    made_at = instant()


class SiteVisit(Row, Table, tablename="site_visits"):
    """A visit from its plan to its result. What is recorded at the site stands here part by part.

    Place in millionths of a degree, `accuracy` in metres; `signed_name` and `signature` are of the supplier's person.
    """

    ref = words(32)
    supplier = fk(Supplier)
    kind = words(10)
    state = words(12)
    checklist = whole()
    planned_at = instant()
    first = fk(Person)
    second = maybe_fk(Person)
    planned_by = fk(Person)
    made_at = instant()
    begun_at = maybe_instant()
    latitude = maybe_whole()
    longitude = maybe_whole()
    accuracy = maybe_whole()
    place = maybe_words(200)
    placed_at = maybe_instant()
    signed_name = maybe_words(80)
    signature = maybe_fk(StoredFile)
    signed_at = maybe_instant()
    result = maybe_words(10)
    words = maybe_prose()
    recorded_by = maybe_fk(Person)
    recorded_at = maybe_instant()
    confirmed_by = maybe_fk(Person)
    closed_at = maybe_instant()
    reason = maybe_prose()  # why it was called off


class VisitMark(Row, Table, tablename="site_visit_marks"):
    """How a point was found."""

    visit = fk(SiteVisit)
    point = words(20)
    mark = words(8)
    remark = maybe_words(500)
    by_person = fk(Person)
    at = instant()


class VisitPhoto(Row, Table, tablename="site_visit_photos"):
    """A photo taken at the site; the same picture sent again is the same row."""

    visit = fk(SiteVisit)
    file = fk(StoredFile)
    sha256 = words(64)
    by_person = fk(Person)
    at = instant()


class VisitAction(Row, Table, tablename="site_visit_actions"):
    """What the supplier mends by a date, as agreed at the site."""

    visit = fk(SiteVisit)
    what = prose()
    due_at = instant()
    made_by = fk(Person)
    made_at = instant()
    done_by = maybe_fk(Person)
    done_at = maybe_instant()
    done_words = maybe_prose()


class RegisterDate(Row, Table, tablename="supplier_dates"):
    """A date that comes due; `next_at`: when somebody is reminded next."""

    supplier = fk(Supplier)
    matter = words(12)
    subject = big()
    way = words(200)
    due_at = instant()
    next_at = maybe_instant()
    ended_at = maybe_instant()


class RegisterReminder(Row, Table, tablename="supplier_reminders"):
    """That a rung of a date was reached; each once."""

    date_of = fk(RegisterDate)
    rung = whole()
    told = flag()
    at = instant()


class HeldOrder(Row, Table, tablename="held_orders"):
    """An order that came for a blacklisted supplier's goods, or went with a blacklisted carrier."""

    supplier = fk(Supplier)
    order_of = fk(Order)
    at = instant()
    told_at = maybe_instant()


class HeldDay(Row, Table, tablename="held_days"):
    """That the admins were told of a supplier's orders on a day."""

    supplier = fk(Supplier)
    day = words(10)
    orders = whole()
    at = instant()


INDEXES: tuple[str, ...] = (
    "CREATE INDEX supplier_selections_newest ON supplier_selections (supplier, id)",
    "CREATE INDEX supplier_papers_newest ON supplier_papers (supplier, id)",
    "CREATE UNIQUE INDEX supplier_criteria_number ON supplier_criteria (number)",
    "CREATE UNIQUE INDEX supplier_evaluations_year ON supplier_evaluations (supplier, year)",
    "CREATE UNIQUE INDEX supplier_evaluation_scores_one ON supplier_evaluation_scores (evaluation, person)",
    "CREATE INDEX supplier_contracts_newest ON supplier_contracts (supplier, id)",
    "CREATE UNIQUE INDEX site_checklists_number ON site_checklists (kind, number)",
    "CREATE UNIQUE INDEX site_visits_ref ON site_visits (ref)",
    "CREATE UNIQUE INDEX site_visits_open ON site_visits (supplier) WHERE state IN ('planned', 'recorded')",
    "CREATE INDEX site_visits_newest ON site_visits (supplier, id)",
    "CREATE INDEX site_visits_by_state ON site_visits (state, id)",
    "CREATE UNIQUE INDEX site_visit_marks_one ON site_visit_marks (visit, point)",
    "CREATE UNIQUE INDEX site_visit_photos_one ON site_visit_photos (visit, sha256)",
    "CREATE UNIQUE INDEX supplier_dates_one ON supplier_dates (matter, subject)",
    "CREATE INDEX supplier_dates_next ON supplier_dates (next_at) WHERE next_at IS NOT NULL",
    "CREATE INDEX supplier_dates_due ON supplier_dates (matter, due_at, id) WHERE ended_at IS NULL",
    "CREATE UNIQUE INDEX supplier_reminders_one ON supplier_reminders (date_of, rung)",
    "CREATE UNIQUE INDEX held_orders_one ON held_orders (supplier, order_of)",
    "CREATE INDEX held_orders_untold ON held_orders (supplier) WHERE told_at IS NULL",
    "CREATE UNIQUE INDEX held_days_one ON held_days (supplier, day)",
)
