"""Orders as the shop tells them, parcels and traces, and what was noted, flagged, needed and put off along the way."""

from piccolo.table import Table

from portal.core.base.rows import (
    Row,
    big,
    fk,
    instant,
    maybe_fk,
    maybe_instant,
    maybe_words,
    payload,
    whole,
    words,
)
from portal.core.people.tables import Person
from portal.core.stores.tables import Store, Vip
from portal.core.supply.tables import Product, Supplier
from portal.service.sharing.tables import ShareLink


class Order(Row, Table, tablename="orders"):
    """A VIP's order. `rank` is its place in its owner's list, kept at every change and by a sweep at `turns_at`."""

    number = words(80)
    store = fk(Store)
    vip = fk(Vip)
    link = maybe_fk(ShareLink)
    share_code = maybe_words(64)
    status = words(12)
    updated_at = instant()  # the shop's
    placed_at = instant()
    delivered_at = maybe_instant()
    ship_by = maybe_instant()
    paid_fen = big()
    address_name = words(80)
    address_phone = words(32)
    phone_tail = words(4)
    region = words(120)
    street = words(300)
    search = words(1000)
    flag = maybe_words(8)
    attention = whole(0)
    turns_at = maybe_instant()
    rank = big(0)
    taken_at = instant()
    changed_at = instant()


class OrderLine(Row, Table, tablename="order_lines"):
    """One line; `commission_bp` is the product's when the order came; `removed_at`: the shop took it out."""

    order_of = fk(Order)
    line = words(80)
    product = fk(Product)
    title = words(200)
    quantity = whole()
    paid_fen = big()
    refunded_fen = big(0)
    commission_bp = whole()
    removed_at = maybe_instant()


class Parcel(Row, Table, tablename="parcels"):
    """A parcel of an order; `state` and `state_at` are its latest trace's.

    `worried`: what its owner was told to look after, and since when; `quiet_at`: when she is told if nothing moves.
    """

    order_of = fk(Order)
    carrier = fk(Supplier)
    tracking_number = words(80)
    shipped_at = instant()
    lines = payload()
    state = maybe_words(20)
    state_at = maybe_instant()
    first_trace_at = maybe_instant()
    delivered_at = maybe_instant()
    worried = maybe_words(60)
    quiet_at = maybe_instant()
    taken_at = instant()


class Trace(Row, Table, tablename="parcel_traces"):
    """What a carrier noted of a parcel; the same note again is the same row."""

    parcel = fk(Parcel)
    at = instant()
    state = words(20)
    text = words(500)
    place = maybe_words(120)
    digest = words(64)


class OrderEvent(Row, Table, tablename="order_events"):
    """A moment in an order's timeline; `kind` names its sentence, `facts` fill it and hold no personal values."""

    order_of = fk(Order)
    at = instant()
    kind = words(40)
    by_person = maybe_fk(Person)
    facts = payload()


class OrderNeed(Row, Table, tablename="order_needs"):
    """What only the owner can settle, until it is: what raised it (`subject`), where she settles it (`way`)."""

    order_of = fk(Order)
    code = words(40)
    subject = words(60)
    way = words(200)
    since = instant()
    ended_at = maybe_instant()


class OrderFlag(Row, Table, tablename="order_flags"):
    """A remark flag with who, when and why; the current one is also on the order."""

    order_of = fk(Order)
    colour = words(8)
    note = maybe_words(200)
    by_person = fk(Person)
    at = instant()
    ended_at = maybe_instant()


class FollowUp(Row, Table, tablename="follow_ups"):
    """When an owner wants to look after an order again; `raised_at`: the day came and the order says so."""

    order_of = fk(Order)
    person = fk(Person)
    due_at = instant()
    made_at = instant()
    raised_at = maybe_instant()
    ended_at = maybe_instant()


INDEXES = (
    "CREATE UNIQUE INDEX orders_number ON orders (number)",
    "CREATE INDEX orders_listed ON orders (store, rank)",
    "CREATE INDEX orders_by_status ON orders (store, status, rank)",
    "CREATE INDEX orders_by_vip ON orders (vip, rank)",
    "CREATE INDEX orders_flagged ON orders (store, flag, rank) WHERE flag IS NOT NULL",
    "CREATE INDEX orders_by_tail ON orders (store, phone_tail, rank)",
    "CREATE INDEX orders_late ON orders (store, rank) WHERE status = 'paid' AND turns_at IS NULL",
    "CREATE INDEX orders_arrived ON orders (store, id)",
    "CREATE INDEX orders_by_any_tail ON orders (phone_tail, id)",
    "CREATE INDEX orders_turning ON orders (turns_at) WHERE turns_at IS NOT NULL",
    "CREATE UNIQUE INDEX order_lines_line ON order_lines (order_of, line)",
    "CREATE UNIQUE INDEX parcels_number ON parcels (order_of, carrier, tracking_number)",
    "CREATE INDEX parcels_by_number ON parcels (tracking_number)",
    "CREATE INDEX parcels_quiet ON parcels (quiet_at) WHERE quiet_at IS NOT NULL",
    "CREATE UNIQUE INDEX parcel_traces_once ON parcel_traces (parcel, digest)",
    "CREATE INDEX order_events_life ON order_events (order_of, at)",
    "CREATE UNIQUE INDEX order_needs_open ON order_needs (order_of, code, subject) WHERE ended_at IS NULL",
    "CREATE UNIQUE INDEX order_flags_current ON order_flags (order_of) WHERE ended_at IS NULL",
    "CREATE UNIQUE INDEX follow_ups_open ON follow_ups (order_of) WHERE ended_at IS NULL",
    "CREATE INDEX follow_ups_due ON follow_ups (due_at) WHERE raised_at IS NULL AND ended_at IS NULL",
)
