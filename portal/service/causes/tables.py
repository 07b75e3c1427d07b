"""Findings, what they set in motion, corrective actions with their verification, and inspections."""

from piccolo.table import Table

from certification.rights.tables import Violation
from courses.assignment.tables import Assignment
from portal.core.base.rows import (
    Row,
    fk,
    flag,
    instant,
    maybe_big,
    maybe_fk,
    maybe_instant,
    maybe_prose,
    maybe_words,
    payload,
    prose,
    words,
)
from portal.core.base.tables import StoredFile
from portal.core.people.tables import Person
from portal.core.supply.tables import Product, Supplier
from portal.service.complaints.tables import Complaint


class Finding(Row, Table, tablename="cause_findings"):
    """Who was at fault and why, as somebody found it. Never changed: another one takes its place."""

    complaint = fk(Complaint)
    party = words(10)
    code = words(40)
    supplier = maybe_fk(Supplier)  # the supplier or carrier at fault
    person = maybe_fk(Person)  # the owner or agent at fault
    product = maybe_fk(Product)
    evidence = prose()
    made_by = fk(Person)
    made_at = instant()
    month = words(7)
    superseded_at = maybe_instant()
    violation = maybe_fk(Violation)
    training = maybe_fk(Assignment)


class PartyRecord(Row, Table, tablename="party_records"):
    """What was found against a supplier or carrier; it is judged by these. Withdrawn with its finding."""

    party = fk(Supplier)
    complaint = fk(Complaint)
    finding = fk(Finding)
    code = words(40)
    at = instant()
    month = words(7)
    withdrawn_at = maybe_instant()


class Inspection(Row, Table, tablename="inspections"):
    """One look at a problem that came at least three times in a month; `key` is what its complaints share."""

    ref = words(32)
    key = words(200)
    scope = words(10)
    family = words(20)
    product = maybe_fk(Product)
    party = maybe_fk(Supplier)  # the supplier or carrier
    region = maybe_words(120)
    state = words(12)
    opened_at = instant()
    announced = flag()
    first = maybe_fk(Person)
    second = maybe_fk(Person)
    planned_at = maybe_instant()
    planned_by = maybe_fk(Person)
    marks = payload()
    result = maybe_prose()
    found_by = maybe_fk(Person)
    found_at = maybe_instant()
    signed_by = maybe_fk(Person)
    published_at = maybe_instant()
    closed_at = maybe_instant()


class InspectionComplaint(Row, Table, tablename="inspection_complaints"):
    """A complaint that an inspection holds."""

    inspection = fk(Inspection)
    complaint = fk(Complaint)
    at = instant()


class ComplaintShare(Row, Table, tablename="complaint_shares"):
    """What a complaint may have in common with others, at its moment of receipt."""

    complaint = fk(Complaint)
    key = words(200)
    at = instant()


class CorrectiveAction(Row, Table, tablename="corrective_actions"):
    """What is mended, by whom, until when; or the wish to leave it, with the reason in `what`.

    `party`: the supplier or carrier that must mend it; `responsible` then sees to it. `next_at`: what time brings next.
    """

    ref = words(32)
    complaint = maybe_fk(Complaint)
    inspection = maybe_fk(Inspection)
    what = prose()
    party = maybe_fk(Supplier)
    responsible = fk(Person)
    due_at = maybe_instant()
    state = words(12)
    made_by = fk(Person)
    made_at = instant()
    done_by = maybe_fk(Person)
    done_at = maybe_instant()
    ended_by = maybe_fk(Person)  # verified it, or decided on the waiver
    ended_at = maybe_instant()
    recheck_at = maybe_instant()
    recheck = maybe_words(16)
    rechecked_at = maybe_instant()
    follows = maybe_big()  # the action that had no effect
    next_at = maybe_instant()


class ActionWords(Row, Table, tablename="corrective_action_words"):
    """A moment of an action's life, with what was said to it."""

    action = fk(CorrectiveAction)
    kind = words(16)
    at = instant()
    person = maybe_fk(Person)
    text = maybe_prose()


class ActionStep(Row, Table, tablename="corrective_action_steps"):
    """That somebody was reminded of a date."""

    action = fk(CorrectiveAction)
    step = words(10)
    date_at = instant()
    at = instant()


class PartyAnswer(Row, Table, tablename="party_answers"):
    """What a supplier or carrier says by its link to an inspection, or to an action that is laid on it."""

    inspection = maybe_fk(Inspection)
    action = maybe_fk(CorrectiveAction)
    text = prose()
    at = instant()


class CausePhoto(Row, Table, tablename="cause_photos"):
    """A photo of an inspection or an action; `answer`: it came with the party's answer, else `person` took it."""

    inspection = maybe_fk(Inspection)
    action = maybe_fk(CorrectiveAction)
    answer = maybe_fk(PartyAnswer)
    file = fk(StoredFile)
    person = maybe_fk(Person)
    at = instant()


INDEXES: tuple[str, ...] = (
    "CREATE UNIQUE INDEX cause_findings_one ON cause_findings (complaint) WHERE superseded_at IS NULL",
    "CREATE INDEX cause_findings_month ON cause_findings (month, party) WHERE superseded_at IS NULL",
    "CREATE INDEX cause_findings_of_code ON cause_findings (code, made_at) WHERE superseded_at IS NULL",
    "CREATE UNIQUE INDEX party_records_once ON party_records (finding)",
    "CREATE INDEX party_records_of_party ON party_records (party, id)",
    "CREATE UNIQUE INDEX inspections_ref ON inspections (ref)",
    "CREATE UNIQUE INDEX inspections_one_open ON inspections (key) WHERE closed_at IS NULL",
    "CREATE INDEX inspections_by_state ON inspections (state, id)",
    "CREATE UNIQUE INDEX inspection_complaints_once ON inspection_complaints (complaint, inspection)",
    "CREATE UNIQUE INDEX complaint_shares_once ON complaint_shares (complaint, key)",
    "CREATE INDEX complaint_shares_key ON complaint_shares (key, at)",
    "CREATE UNIQUE INDEX corrective_actions_ref ON corrective_actions (ref)",
    "CREATE INDEX corrective_actions_by_state ON corrective_actions (state, id)",
    "CREATE INDEX corrective_actions_hers ON corrective_actions (responsible, state, id)",
    "CREATE INDEX corrective_actions_next ON corrective_actions (next_at) WHERE next_at IS NOT NULL",
    "CREATE INDEX corrective_actions_recheck ON corrective_actions (recheck_at) WHERE recheck IS NULL",
    "CREATE INDEX party_answers_of_inspection ON party_answers (inspection, id) WHERE inspection IS NOT NULL",
    "CREATE INDEX party_answers_of_action ON party_answers (action, id) WHERE action IS NOT NULL",
    "CREATE INDEX cause_photos_of_inspection ON cause_photos (inspection, id) WHERE inspection IS NOT NULL",
    "CREATE INDEX cause_photos_of_action ON cause_photos (action, id) WHERE action IS NOT NULL",
    "CREATE UNIQUE INDEX corrective_action_steps_once ON corrective_action_steps (action, step, date_at)",
)
