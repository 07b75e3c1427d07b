"""Facts of orders, their day totals, and what is still to be reckoned."""

from piccolo.table import Table

from portal.core.base.rows import (
    Row,
    big,
    fk,
    flag,
    instant,
    maybe_fk,
    maybe_instant,
    maybe_words,
    whole,
    words,
)
from portal.core.people.tables import Person
from portal.core.stores.tables import Store, Vip
from portal.core.supply.tables import Product, Supplier
from portal.service.orders.tables import Order


class OrderFact(Row, Table, tablename="order_facts"):
    """What an order is to its store. `manager`: who looked after the store when it was placed.

    `own`: the owner bought for herself (the VIP is her, by phone), which is allowed and counts for no star.
    `nth`: which delivered-or-running order of this VIP in this store it is, from 1.
    """

    order_of = fk(Order)
    store = fk(Store)
    vip = fk(Vip)
    manager = maybe_fk(Person)
    region = maybe_words(120)
    day = words(10)  # placed, in the site's zone: 2026-11-23
    month = words(7)
    placed_at = instant()
    paid = flag()
    cancelled = flag()
    delivered_at = maybe_instant()
    paid_fen = big()
    refunded_fen = big()
    products = whole()  # how many different ones
    shared = flag()  # came by a share link
    own = flag()
    nth = whole()
    complaints = whole()  # not withdrawn, not duplicates
    owner_faults = whole()  # findings in force against the owner
    at = instant()


class PartyFact(Row, Table, tablename="party_facts"):
    """What an order is to a supplier of goods in it (`kind` goods) or to the carrier of one of its parcels (carrier).

    Counted once an order is delivered or a finding stands; the latest parcel of a carrier speaks for it.
    """

    order_of = fk(Order)
    party = fk(Supplier)
    kind = words(16)
    product = maybe_fk(Product)  # goods: the dearest line's
    category = words(80)
    region = maybe_words(120)
    day = words(10)
    month = words(7)
    placed_at = instant()
    delivered_at = maybe_instant()
    counted = flag()
    faults = whole()  # findings in force against this party in complaints about this order
    severe = whole()  # of these, with a cause that overrides rates (food safety)
    due_at = maybe_instant()  # goods: ship by; carrier: promised arrival
    done_at = maybe_instant()  # goods: shipped; carrier: delivered
    late = flag()
    lost = flag()
    damaged = flag()
    cold_broken = flag()  # fresh goods that took longer than the cold chain allows
    fresh = flag()
    hurries = whole()
    hurries_answered = whole()  # within their deadline
    ratings = whole()
    rating_sum = whole()
    low_ratings = whole()  # of two or fewer
    paid_fen = big()
    at = instant()


class OrderDay(Row, Table, tablename="order_days"):
    """Sums of order facts by day: of the platform, a region, a manager's team, a store."""

    scope = words(10)  # platform, region, manager, store
    key = words(120)  # the region's name, the person's or store's id, or ""
    day = words(10)
    orders = whole()
    paid = whole()
    cancelled = whole()
    delivered = whole()
    refunded = whole()
    several = whole()  # with more than one product
    repeats = whole()
    shared = whole()
    complained = whole()
    owner_faults = whole()
    paid_fen = big()
    refunded_fen = big()


class PartyDay(Row, Table, tablename="party_days"):
    """Sums of party facts by day of placing: what a rolling window of a supplier or carrier is added up from."""

    party = fk(Supplier)
    day = words(10)
    counted = whole()
    faulted = whole()  # orders with at least one fault
    severe = whole()
    late = whole()
    timed = whole()  # had a date to keep
    lost = whole()
    damaged = whole()
    fresh = whole()
    cold_broken = whole()
    hurries = whole()
    hurries_answered = whole()
    ratings = whole()
    rating_sum = whole()
    low_ratings = whole()  # of two or fewer


class FactDue(Row, Table, tablename="fact_dues"):
    """An order whose facts are to be reckoned again: a row for each change, written in the change's transaction.

    Rows are only ever added and taken away, so that who changes an order never waits for who reckons it.
    """

    order_of = fk(Order)
    at = instant()


class CarrierHours(Row, Table, tablename="carrier_hours"):
    """How long carriers have from their first trace to the door, for parcels traced from `since` on."""

    since = instant()
    usual = whole()
    cold = whole()
    reason = words(500)
    made_by = maybe_fk(Person)


INDEXES: tuple[str, ...] = (
    "CREATE UNIQUE INDEX order_facts_order ON order_facts (order_of)",
    "CREATE INDEX order_facts_of_store ON order_facts (store, placed_at)",
    "CREATE INDEX order_facts_of_store_delivered ON order_facts (store, delivered_at) WHERE delivered_at IS NOT NULL",
    "CREATE INDEX order_facts_of_vip ON order_facts (vip, placed_at)",
    "CREATE INDEX order_facts_day ON order_facts (day, id)",
    "CREATE UNIQUE INDEX party_facts_order ON party_facts (order_of, party)",
    "CREATE INDEX party_facts_of_party ON party_facts (party, placed_at, id)",
    "CREATE INDEX party_facts_day ON party_facts (day, id)",
    "CREATE INDEX party_facts_faults ON party_facts (party, placed_at) WHERE faults > 0",
    "CREATE UNIQUE INDEX order_days_one ON order_days (scope, key, day)",
    "CREATE INDEX order_days_day ON order_days (day)",
    "CREATE UNIQUE INDEX party_days_one ON party_days (party, day)",
    "CREATE INDEX party_days_day ON party_days (day)",
)
