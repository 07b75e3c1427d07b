"""The share right: where it stands, every decision with its facts, and what takes it away for a time."""

from piccolo.table import Table

from certification.certificates.tables import Certificate
from courses.assignment.tables import Assignment
from portal.core.base.rows import (
    Row,
    big,
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
    whole,
    words,
)
from portal.core.stores.tables import Store


class Decision(Row, Table, tablename="gate_decisions"):
    """One answer of the gate with the facts it was made from; replaying them gives the same answer. Append-only."""

    store = fk(Store)
    decided_at = instant()
    cause = words(40)
    rules_version = words(16)
    facts = payload()
    status = words(16)
    may_share = flag()
    reasons = payload()
    valid_until = maybe_instant()


class ShareRight(Row, Table, tablename="share_rights"):
    """Where a store's right stood at its last change. Doors decide afresh; lists and sweeps read this."""

    store = fk(Store)
    decision = fk(Decision)
    status = words(16)
    may_share = flag()
    valid_until = maybe_instant()
    recheck_at = maybe_instant()  # when the answer may change though nobody does anything
    changed_at = instant()


class Violation(Row, Table, tablename="violations"):
    """A reported breach of the rules: proposed, then confirmed with its points or dismissed by another person."""

    store = fk(Store)
    category = words(32)
    points = whole()
    occurred_at = instant()
    evidence = prose()
    state = words(12)  # proposed, confirmed, dismissed
    proposed_by = maybe_big()
    proposed_at = instant()
    decided_by = maybe_big()
    decided_at = maybe_instant()
    decision_note = maybe_prose()


class Measure(Row, Table, tablename="measures"):
    """A suspension or revocation, from when to when, by points or by an admin's word, and how it ended."""

    store = fk(Store)
    kind = words(12)  # suspension, revocation
    cause = words(12)  # points, admin
    reason = prose()
    made_by = maybe_big()
    started_at = instant()
    ends_at = maybe_instant()
    remedial = maybe_fk(Assignment)
    lifted_at = maybe_instant()
    lifted_by = maybe_big()
    lift_cause = maybe_words(12)  # remedial, override, corrected


class Override(Row, Table, tablename="overrides"):
    """What one admin proposes and a second confirms: bridge an expired certificate, or lift a suspension."""

    store = fk(Store)
    kind = words(12)  # bridge, lift
    reason = prose()
    until = maybe_instant()  # a bridge has an end; a lift ends what it lifts
    certificate = maybe_fk(Certificate)
    measure = maybe_fk(Measure)
    proposed_by = big()
    proposed_at = instant()
    confirmed_by = maybe_big()
    confirmed_at = maybe_instant()
    declined_by = maybe_big()
    declined_at = maybe_instant()


INDEXES = (
    "CREATE INDEX gate_decisions_newest ON gate_decisions (store, id)",
    "CREATE UNIQUE INDEX share_rights_one ON share_rights (store)",
    "CREATE INDEX share_rights_recheck ON share_rights (recheck_at) WHERE recheck_at IS NOT NULL",
    "CREATE INDEX share_rights_by_status ON share_rights (status, id)",
    "CREATE INDEX violations_of_store ON violations (store, id)",
    "CREATE INDEX violations_open ON violations (proposed_at) WHERE state = 'proposed'",
    "CREATE INDEX measures_open ON measures (store) WHERE lifted_at IS NULL",
    "CREATE UNIQUE INDEX measures_one_by_points ON measures (store) WHERE cause = 'points' AND lifted_at IS NULL",
    "CREATE INDEX overrides_open ON overrides (proposed_at) WHERE confirmed_at IS NULL AND declined_at IS NULL",
)
