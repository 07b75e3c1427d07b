"""Returns with their lines, evidence and steps; the registers of lost, damaged and wrong parcels; return classes."""

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
    maybe_words,
    whole,
    words,
)
from portal.core.base.tables import StoredFile
from portal.core.people.tables import Person
from portal.core.stores.tables import Store
from portal.core.supply.tables import Supplier
from portal.service.orders.tables import Order, OrderLine


class Return(Row, Table, tablename="returns"):
    """One after-sales matter of an order; `due_at` is the deadline of the state it is in, `late_at`: it was broken."""

    ref = words(32)
    order_of = fk(Order)
    store = fk(Store)
    kind = words(20)
    reason = words(32)
    at_fault = words(12)
    postage_by = words(12)
    amount_fen = big(0)
    advance = flag()
    state = words(20)
    text = words(1000)
    filed_by = fk(Person)
    filed_at = instant()
    mandate_ref = maybe_words(32)
    requested_at = maybe_instant()
    due_at = maybe_instant()
    late_at = maybe_instant()
    ended_at = maybe_instant()
    changed_at = instant()
    refunded_fen = big(0)
    refused_text = maybe_words(500)
    back_carrier = maybe_words(80)
    back_number = maybe_words(80)
    new_carrier = maybe_words(80)
    new_number = maybe_words(80)


class ReturnLine(Row, Table, tablename="return_lines"):
    """What of an order's line it is about; `outside_fen` had been refunded of the line beside all returns."""

    return_of = fk(Return)
    order_line = fk(OrderLine)
    quantity = whole()
    amount_fen = big()
    outside_fen = big(0)


class ReturnPhoto(Row, Table, tablename="return_photos"):
    """A photo that proves the reason, in the order in which they were added."""

    return_of = fk(Return)
    file = fk(StoredFile)
    at = instant()


class ReturnStep(Row, Table, tablename="return_steps"):
    """A state that a return came into: when, by whom (a person, or nobody: the shop, the buyer, the clock)."""

    return_of = fk(Return)
    state = words(20)
    at = instant()
    by_person = maybe_fk(Person)
    note = maybe_words(500)


class ReturnClass(Row, Table, tablename="return_classes"):
    """Which rules of return the goods of a category have; a category that is not here is ordinary goods."""

    category = words(80)
    kind = words(20)
    changed_at = instant()


class RegisterEntry(Row, Table, tablename="register_entries"):
    """A parcel lost or damaged (a claim on its carrier), or goods sent wrong: what it costs, and what came of it."""

    ref = words(32)
    order_of = fk(Order)
    store = fk(Store)
    return_of = maybe_fk(Return)
    what = words(12)
    month = words(7)  # of `at` in the site's zone: `2026-11`
    at = instant()
    carrier = maybe_fk(Supplier)
    tracking_number = maybe_words(80)
    sent = maybe_words(300)
    wanted = maybe_words(300)
    text = words(500)
    amount_fen = big()
    made_by = maybe_fk(Person)
    settled_fen = maybe_big()
    settled_at = maybe_instant()
    settled_by = maybe_fk(Person)


INDEXES = (
    "CREATE UNIQUE INDEX returns_ref ON returns (ref)",
    "CREATE INDEX returns_listed ON returns (store, id)",
    "CREATE INDEX returns_open ON returns (store, id) WHERE ended_at IS NULL",
    "CREATE INDEX returns_all_open ON returns (id) WHERE ended_at IS NULL",
    "CREATE INDEX returns_due ON returns (due_at) WHERE due_at IS NOT NULL AND ended_at IS NULL",
    "CREATE UNIQUE INDEX return_lines_once ON return_lines (return_of, order_line)",
    "CREATE UNIQUE INDEX return_photos_once ON return_photos (return_of, file)",
    "CREATE INDEX return_steps_life ON return_steps (return_of, id)",
    "CREATE UNIQUE INDEX return_classes_category ON return_classes (category)",
    "CREATE UNIQUE INDEX register_entries_ref ON register_entries (ref)",
    "CREATE INDEX register_entries_listed ON register_entries (store, id)",
    "CREATE INDEX register_entries_months ON register_entries (store, month)",
    "CREATE INDEX register_entries_all_months ON register_entries (month)",
    "CREATE UNIQUE INDEX register_entries_return ON register_entries (return_of, what) WHERE return_of IS NOT NULL",
)
