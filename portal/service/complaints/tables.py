"""Complaints with their events, clocks, turns and evidence; who was in charge when; what was promised when."""

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
    maybe_words,
    payload,
    prose,
    whole,
    words,
)
from portal.core.base.tables import StoredFile
from portal.core.people.tables import Person
from portal.core.stores.tables import Store, Vip
from portal.core.supply.tables import Product, Supplier
from portal.service.orders.tables import Order, OrderLine


class PromisePolicy(Row, Table, tablename="promise_policies"):
    """What the platform promises from `made_at` on; a complaint keeps the one of its receipt."""

    proposal_hours = whole()
    compensation_hours = whole()
    legal_days = whole()
    reason = words(500)
    made_by = maybe_fk(Person)
    made_at = instant()


class Complaint(Row, Table, tablename="complaints"):
    """A buyer's problem at the desk.

    `rank` is its place in an agent's day and `next_at` when its ladder moves: both follow from its events and are
    written anew with each. `duplicate_of`: the complaint that it repeats. `last_event`: what a hand at work has seen.
    """

    ref = words(32)
    vip = fk(Vip)
    store = fk(Store)
    order_of = maybe_fk(Order)
    product = maybe_fk(Product)
    supplier = maybe_fk(Supplier)
    carrier = maybe_fk(Supplier)
    region = maybe_words(120)
    product_category = words(80)
    function_category = words(20)
    family = words(20)
    wanted = words(20)
    urgency = words(10)
    channel = words(10)
    filed_by = words(8)
    filed_by_person = maybe_fk(Person)
    text = prose()
    mandate_ref = maybe_words(32)
    policy = fk(PromisePolicy)
    received_at = instant()
    state = words(12)
    round = whole(1)
    agent = maybe_fk(Person)
    duplicate_of = maybe_big()
    outcome = maybe_words(20)  # compensated, settled (without compensation), withdrawn
    key_vip = flag()
    first_reply_at = maybe_instant()
    first_reply_by = maybe_fk(Person)
    first_reply_seconds = maybe_big()  # since it came to her, on her shift
    waiting_since = maybe_instant()
    ended_at = maybe_instant()
    closed_at = maybe_instant()
    last_event = big(0)
    rank = big(0)
    next_at = maybe_instant()
    changed_at = instant()


class ComplaintLine(Row, Table, tablename="complaint_lines"):
    """A line of the order that it is about."""

    complaint = fk(Complaint)
    order_line = fk(OrderLine)


class ComplaintFile(Row, Table, tablename="complaint_files"):
    """Evidence: a photo, drawn anew without metadata, or a short film."""

    complaint = fk(Complaint)
    file = fk(StoredFile)
    kind = words(8)  # photo, film
    speaker = words(8)
    at = instant()


class ComplaintEvent(Row, Table, tablename="complaint_events"):
    """What happened: the truth that clocks and states follow from. `facts` hold no personal values. Append-only."""

    complaint = fk(Complaint)
    round = whole()
    kind = words(40)
    at = instant()
    by_person = maybe_fk(Person)
    facts = payload()


class ComplaintClock(Row, Table, tablename="complaint_clocks"):
    """A clock as derived from the events, kept beside them so that records can be summed; `month`: of its deadline."""

    complaint = fk(Complaint)
    round = whole()
    name = words(16)
    started_at = instant()
    due_at = instant()
    stopped_at = maybe_instant()
    month = words(7)


class PromiseCount(Row, Table, tablename="promise_counts"):
    """How many clocks of a month's deadlines were stopped, and kept: changes to be added up.

    Whatever stops a clock (or lets it run on) adds a row, so that nobody waits for another; a sweep makes one of many.
    """

    month = words(7)
    name = words(16)
    n = big(0)
    kept = big(0)


class ComplaintRung(Row, Table, tablename="complaint_rungs"):
    """A rung of a clock's ladder that was climbed."""

    complaint = fk(Complaint)
    round = whole()
    clock = words(16)
    percent = whole()
    at = instant()


class InCharge(Row, Table, tablename="complaint_agents"):
    """Who is in charge from when to when, why, and the story as it was handed over."""

    complaint = fk(Complaint)
    agent = fk(Person)
    since = instant()
    until = maybe_instant()
    why = words(20)
    story_from = maybe_fk(Person)
    summary = maybe_prose()
    reason = maybe_words(500)
    by_person = maybe_fk(Person)
    cleared_at = maybe_instant()  # she has taken note of what was handed over
    overdue_told_at = maybe_instant()  # the lead has heard that she has not


class Turn(Row, Table, tablename="complaint_turns"):
    """One turn of the conversation; `told_before_at`: the reader says that she had told this already."""

    complaint = fk(Complaint)
    at = instant()
    speaker = words(8)
    person = maybe_fk(Person)
    audience = words(8)
    text = prose()
    told_before_at = maybe_instant()


class Survey(Row, Table, tablename="complaint_surveys"):
    """How the buyer felt about it: marks 1 to 5, once for each round."""

    complaint = fk(Complaint)
    round = whole()
    agent = maybe_fk(Person)
    satisfaction = whole()
    effort = whole()  # 1: had to do it all herself, 5: it was easy
    text = maybe_prose()
    at = instant()


class FollowUpCall(Row, Table, tablename="complaint_calls"):
    """The call after a resolution: due, and what came of it."""

    complaint = fk(Complaint)
    round = whole()
    due_at = instant()
    agent = maybe_fk(Person)
    outcome = maybe_words(20)
    note = maybe_prose()
    done_at = maybe_instant()


class ComplaintTick(Row, Table, tablename="complaint_ticks"):
    """A step of the guided conversation that was done in this round."""

    complaint = fk(Complaint)
    round = whole()
    step = words(16)
    person = fk(Person)
    at = instant()


class ComplaintLook(Row, Table, tablename="complaint_looks"):
    """Up to which turn somebody of the desk has read a conversation."""

    complaint = fk(Complaint)
    person = fk(Person)
    turn = big(0)


class ComplaintDraft(Row, Table, tablename="complaint_drafts"):
    """What somebody has told so far, step by step; it goes when it is sent, or after three days.

    `key`: who tells it about what, so that each has one at a time.
    """

    key = words(120)
    vip = fk(Vip)
    told = payload()
    changed_at = instant()


INDEXES = (
    "CREATE UNIQUE INDEX complaint_drafts_one ON complaint_drafts (key)",
    "CREATE INDEX complaint_drafts_of_vip ON complaint_drafts (vip)",
    "CREATE INDEX complaint_drafts_old ON complaint_drafts (changed_at)",
    "CREATE UNIQUE INDEX complaints_ref ON complaints (ref)",
    "CREATE INDEX complaints_day ON complaints (agent, rank) WHERE ended_at IS NULL",
    "CREATE INDEX complaints_queue ON complaints (rank) WHERE agent IS NULL AND ended_at IS NULL",
    "CREATE INDEX complaints_running ON complaints (rank) WHERE ended_at IS NULL",
    "CREATE INDEX complaints_next ON complaints (next_at) WHERE next_at IS NOT NULL",
    "CREATE INDEX complaints_of_vip ON complaints (vip, id)",
    "CREATE INDEX complaints_of_store ON complaints (store, id)",
    "CREATE INDEX complaints_of_order ON complaints (order_of, id) WHERE order_of IS NOT NULL",
    "CREATE INDEX complaints_of_agent ON complaints (agent, id)",
    "CREATE INDEX complaints_by_state ON complaints (state, id)",
    "CREATE INDEX complaints_by_function ON complaints (function_category, id)",
    "CREATE INDEX complaints_past ON complaints (family, id) WHERE ended_at IS NOT NULL",
    "CREATE INDEX complaints_received ON complaints (received_at)",
    "CREATE INDEX complaints_by_goods ON complaints (product_category, id)",
    "CREATE INDEX complaints_of_supplier ON complaints (supplier, id) WHERE supplier IS NOT NULL",
    "CREATE INDEX complaints_of_carrier ON complaints (carrier, id) WHERE carrier IS NOT NULL",
    "CREATE INDEX complaints_ended ON complaints (ended_at) WHERE ended_at IS NOT NULL",
    "CREATE INDEX complaints_duplicates ON complaints (duplicate_of) WHERE duplicate_of IS NOT NULL",
    "CREATE INDEX complaints_to_close ON complaints (agent, rank) WHERE state = 'resolved'",
    "CREATE INDEX complaints_first_replies ON complaints (first_reply_at) WHERE first_reply_at IS NOT NULL",
    "CREATE UNIQUE INDEX complaint_ticks_once ON complaint_ticks (complaint, round, step)",
    "CREATE UNIQUE INDEX complaint_looks_once ON complaint_looks (complaint, person)",
    "CREATE UNIQUE INDEX complaint_lines_once ON complaint_lines (complaint, order_line)",
    "CREATE UNIQUE INDEX complaint_files_once ON complaint_files (complaint, file)",
    "CREATE INDEX complaint_events_life ON complaint_events (complaint, id)",
    "CREATE UNIQUE INDEX complaint_clocks_one ON complaint_clocks (complaint, round, name)",
    "CREATE INDEX complaint_clocks_late ON complaint_clocks (complaint) WHERE stopped_at > due_at",
    "CREATE INDEX complaint_clocks_running ON complaint_clocks (due_at, complaint) WHERE stopped_at IS NULL",
    "CREATE INDEX promise_counts_record ON promise_counts (month, name)",
    "CREATE UNIQUE INDEX complaint_rungs_once ON complaint_rungs (complaint, round, clock, percent)",
    "CREATE UNIQUE INDEX complaint_agents_one ON complaint_agents (complaint) WHERE until IS NULL",
    "CREATE INDEX complaint_agents_since ON complaint_agents (since)",
    (
        "CREATE INDEX complaint_agents_uncleared ON complaint_agents (agent)"
        " WHERE story_from IS NOT NULL AND cleared_at IS NULL"
    ),
    (
        "CREATE INDEX complaint_agents_untold ON complaint_agents (since)"
        " WHERE story_from IS NOT NULL AND cleared_at IS NULL AND overdue_told_at IS NULL AND until IS NULL"
    ),
    "CREATE INDEX complaint_turns_of_agents ON complaint_turns (at) WHERE speaker = 'agent'",
    "CREATE INDEX complaint_turns_talk ON complaint_turns (complaint, id)",
    "CREATE UNIQUE INDEX complaint_surveys_once ON complaint_surveys (complaint, round)",
    "CREATE INDEX complaint_surveys_by_agent ON complaint_surveys (agent, at)",
    "CREATE UNIQUE INDEX complaint_calls_once ON complaint_calls (complaint, round)",
    "CREATE INDEX complaint_calls_due ON complaint_calls (due_at) WHERE done_at IS NULL",
    "CREATE INDEX complaint_calls_by_day ON complaint_calls (due_at)",
)
