"""Versions of the criteria, monthly runs, frozen inputs, results with their corrections, and appeals."""

from piccolo.table import Table

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
    maybe_whole,
    maybe_words,
    payload,
    prose,
    whole,
    words,
)
from portal.core.people.tables import Person
from portal.core.stores.tables import Store


class StarCriteria(Row, Table, tablename="star_criteria"):
    """A version of the criteria, from a month on; the first stands in the code and has number 1."""

    number = whole()
    since = words(7)
    body = payload()
    reason = words(500)
    made_by = fk(Person)
    made_at = instant()


class StarRun(Row, Table, tablename="star_runs"):
    """A month's stars: how far they are reckoned, by which criteria and priors, and who published them.

    `after_store`: the store up to which the present state's work is done.
    """

    month = words(7)
    until = instant()
    state = words(12)
    criteria = whole()
    body = payload()
    priors = payload()
    after_store = big(0)
    done = whole(0)
    total = whole(0)
    began_at = instant()
    reckoned_at = maybe_instant()
    proposed_by = maybe_fk(Person)
    proposed_at = maybe_instant()
    confirmed_by = maybe_fk(Person)
    confirmed_at = maybe_instant()
    published_at = maybe_instant()


class StarInput(Row, Table, tablename="star_inputs"):
    """What a store's star is reckoned from; counts in hundredths of a case. `round` 0: the month's; more: corrected."""

    run = fk(StarRun)
    store = fk(Store)
    owner = fk(Person)
    round = whole(0)
    is_open = flag()
    certified = flag()
    active_days = whole()
    misdescribed = whole()
    span_days = whole()
    since = instant()
    orders = whole()
    vips = whole()
    ratings = whole()
    fault_vips = whole()
    satisfaction_hits = whole()
    satisfaction_of = whole()
    faults_hits = whole()
    faults_of = whole()
    hurry_hits = whole()
    hurry_of = whole()
    reply_hits = whole()
    reply_of = whole()
    returns_hits = whole()
    returns_of = whole()
    calls_hits = whole()
    calls_of = whole()
    training_hits = whole()
    training_of = whole()
    before_star = maybe_whole()
    raw_one = maybe_whole()
    raw_two = maybe_whole()


class StarResult(Row, Table, tablename="star_results"):
    """What came of it. Never changed: a correction is a newer row that says what it corrects and why."""

    run = fk(StarRun)
    store = fk(Store)
    owner = fk(Person)
    input_of = fk(StarInput)
    round = whole(0)
    outcome = words(8)
    star = maybe_whole()
    earned = maybe_whole()
    points = whole()
    scored = payload()
    corrects = maybe_big()
    cause = words(40)
    at = instant()
    superseded_at = maybe_instant()


class StarAppeal(Row, Table, tablename="star_appeals"):
    """An owner's objection to a result, and what another has decided; `struck`: bad cases that are left out."""

    result = fk(StarResult)
    store = fk(Store)
    person = fk(Person)
    text = prose()
    state = words(12)
    filed_at = instant()
    judge = maybe_fk(Person)
    taken_at = maybe_instant()
    metric = maybe_words(16)
    struck = whole(0)
    reason = maybe_prose()
    decided_at = maybe_instant()


INDEXES: tuple[str, ...] = (
    "CREATE UNIQUE INDEX star_criteria_number ON star_criteria (number)",
    "CREATE UNIQUE INDEX star_runs_month ON star_runs (month)",
    "CREATE UNIQUE INDEX star_inputs_once ON star_inputs (run, store, round)",
    "CREATE UNIQUE INDEX star_results_once ON star_results (run, store, round)",
    "CREATE INDEX star_results_listed ON star_results (run, star, id) WHERE superseded_at IS NULL",
    "CREATE INDEX star_results_of_store ON star_results (store, run)",
    "CREATE UNIQUE INDEX star_appeals_once ON star_appeals (result)",
    "CREATE INDEX star_appeals_open ON star_appeals (id) WHERE decided_at IS NULL",
)
