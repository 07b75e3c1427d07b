"""Plans, cycles, frozen candidates, signals, rulings, objections, nominations, results, corrections, prizes."""

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


class AwardPlan(Row, Table, tablename="award_plans"):
    """A region or group that has cycles of its own, beside the whole platform's. `scope_key`: its name, or its id."""

    subject = words(10)
    period = words(10)
    scope = words(10)
    scope_key = words(80)
    name = words(120)
    made_by = fk(Person)
    made_at = instant()
    ended_at = maybe_instant()


class AwardCycle(Row, Table, tablename="award_cycles"):
    """A period's awards of a subject; `after_id`: up to which store or candidate the present state's work is done.

    `body` and `priors`: the criteria and priors that it is reckoned by, kept when its inputs are frozen.
    """

    ref = words(80)
    plan = maybe_fk(AwardPlan)
    subject = words(10)
    period = words(10)
    label = words(10)
    scope = words(10)
    scope_key = words(80)
    name = words(120)
    since = instant()
    until = instant()
    state = words(12)
    body = payload()
    priors = payload()
    after_id = big(0)
    done = whole(0)
    total = whole(0)
    planned_at = instant()
    frozen_at = maybe_instant()
    review_at = maybe_instant()
    opened_by = maybe_fk(Person)
    appeal_until = maybe_instant()
    proposed_by = maybe_fk(Person)
    proposed_at = maybe_instant()
    confirmed_by = maybe_fk(Person)
    confirmed_at = maybe_instant()
    published_at = maybe_instant()


class AwardCandidate(Row, Table, tablename="award_candidates"):
    """Somebody's period, frozen: counts in hundredths of a case, points, what keeps her out, her rank. Never changed
    after it is ranked."""

    cycle = fk(AwardCycle)
    person = fk(Person)
    store = maybe_fk(Store)
    region = maybe_words(80)
    eligible = flag()
    reasons = payload()
    counts = payload()
    scored = payload()
    facts = payload()
    points = whole()
    cases = whole()
    won = whole(0)
    lot = words(16)
    star = maybe_whole()
    fives = flag()
    place = maybe_whole()
    at = instant()


class AwardSignal(Row, Table, tablename="award_signals"):
    """What looks like gaming, with the orders that it rests on. `look` 0: when frozen; 1: when the window was over."""

    candidate = fk(AwardCandidate)
    kind = words(16)
    strength = whole()
    hits = whole()
    of = whole()
    evidence = payload()
    look = whole(0)
    at = instant()


class AwardRuling(Row, Table, tablename="award_rulings"):
    """A reviewer's word on a candidate: kept or left out, and why. `gaming`: left out for it. `admitted`: kept upon her
    objection, whatever the frozen gates say."""

    candidate = fk(AwardCandidate)
    kept = flag()
    admitted = flag()
    gaming = flag()
    reason = prose()
    by_person = fk(Person)
    at = instant()
    superseded_at = maybe_instant()


class AwardObjection(Row, Table, tablename="award_objections"):
    """A candidate's objection within the window, and what another has decided."""

    candidate = fk(AwardCandidate)
    person = fk(Person)
    text = prose()
    filed_at = instant()
    judge = maybe_fk(Person)
    upheld = flag()
    reason = maybe_prose()
    decided_at = maybe_instant()


class AwardNomination(Row, Table, tablename="award_nominations"):
    """A manager's write-up of an owner's service for the best-service award; it names nobody."""

    cycle = fk(AwardCycle)
    store = fk(Store)
    person = fk(Person)
    by_person = fk(Person)
    title = words(120)
    happened = prose()
    done = prose()
    effect = prose()
    at = instant()
    withdrawn_at = maybe_instant()


class AwardJudgement(Row, Table, tablename="award_judgements"):
    """A reviewer's marks (1 to 5) on a write-up whose people she does not see."""

    nomination = fk(AwardNomination)
    by_person = fk(Person)
    effort = whole()
    effect = whole()
    example = whole()
    note = maybe_prose()
    at = instant()


class AwardResult(Row, Table, tablename="award_results"):
    """Who won what. A correction supersedes a row and is a newer one that says what it corrects; `taken_back`: nobody
    has it now."""

    cycle = fk(AwardCycle)
    award = words(16)
    candidate = maybe_fk(AwardCandidate)
    nomination = maybe_fk(AwardNomination)
    person = fk(Person)
    store = maybe_fk(Store)
    taken_back = flag()
    corrects = maybe_big()
    reason = maybe_prose()
    at = instant()
    superseded_at = maybe_instant()


class AwardCorrection(Row, Table, tablename="award_corrections"):
    """What one admin wants corrected, until another confirms it. `move_up`: the places below move up by one."""

    result = fk(AwardResult)
    move_up = flag()
    reason = prose()
    proposed_by = fk(Person)
    proposed_at = instant()
    confirmed_by = maybe_fk(Person)
    confirmed_at = maybe_instant()
    ended_at = maybe_instant()  # confirmed or dropped


class AwardPrize(Row, Table, tablename="award_prizes"):
    """What goes with an award, and its handing out: once, by whom, when, with what proof."""

    result = fk(AwardResult)
    what = words(120)
    worth_fen = big(0)
    made_by = fk(Person)
    made_at = instant()
    handed_by = maybe_fk(Person)
    handed_at = maybe_instant()
    proof = maybe_words(200)
    ended_at = maybe_instant()


class AwardConsent(Row, Table, tablename="award_consents"):
    """How a person wants to be named in the hall of fame, and whether her story may be told."""

    person = fk(Person)
    shown = words(8)
    story = flag()
    at = instant()


class AwardStory(Row, Table, tablename="award_stories"):
    """A winner's story as a case of the case library."""

    result = fk(AwardResult)
    case_ref = words(40)
    made_by = fk(Person)
    at = instant()


INDEXES: tuple[str, ...] = (
    "CREATE UNIQUE INDEX award_plans_once ON award_plans (subject, period, scope, scope_key) WHERE ended_at IS NULL",
    "CREATE UNIQUE INDEX award_cycles_ref ON award_cycles (ref)",
    "CREATE INDEX award_cycles_open ON award_cycles (state, until) WHERE published_at IS NULL",
    "CREATE INDEX award_cycles_published ON award_cycles (published_at) WHERE published_at IS NOT NULL",
    "CREATE UNIQUE INDEX award_candidates_once ON award_candidates (cycle, person) WHERE store IS NULL",
    "CREATE INDEX award_candidates_of ON award_candidates (person, cycle)",
    "CREATE INDEX award_candidates_ranked ON award_candidates (cycle, place) WHERE place IS NOT NULL",
    "CREATE UNIQUE INDEX award_candidates_of_store ON award_candidates (cycle, store) WHERE store IS NOT NULL",
    "CREATE UNIQUE INDEX award_signals_once ON award_signals (candidate, kind, look)",
    "CREATE UNIQUE INDEX award_rulings_current ON award_rulings (candidate) WHERE superseded_at IS NULL",
    "CREATE UNIQUE INDEX award_objections_once ON award_objections (candidate)",
    "CREATE INDEX award_objections_open ON award_objections (id) WHERE decided_at IS NULL",
    "CREATE UNIQUE INDEX award_nominations_once ON award_nominations (cycle, store) WHERE withdrawn_at IS NULL",
    "CREATE UNIQUE INDEX award_judgements_once ON award_judgements (nomination, by_person)",
    "CREATE UNIQUE INDEX award_results_once ON award_results (cycle, award, person) WHERE superseded_at IS NULL",
    "CREATE INDEX award_results_listed ON award_results (cycle, award, id)",
    "CREATE UNIQUE INDEX award_corrections_open ON award_corrections (result) WHERE ended_at IS NULL",
    "CREATE UNIQUE INDEX award_prizes_once ON award_prizes (result, what) WHERE ended_at IS NULL",
    "CREATE UNIQUE INDEX award_consents_one ON award_consents (person)",
    "CREATE UNIQUE INDEX award_stories_once ON award_stories (result)",
)
