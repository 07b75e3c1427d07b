"""Inquiries with their steps and answers, and what buyers of late orders wished for."""

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
    maybe_words,
    payload,
    whole,
    words,
)
from portal.core.people.tables import Person
from portal.core.supply.tables import Supplier
from portal.service.orders.tables import Order, Parcel


class Inquiry(Row, Table, tablename="inquiries"):
    """A question to a supplier or carrier; without a `party` it goes to the shop.

    `next_at` is when the ladder climbs on or an answer is looked at again. The `new_` columns hold an address to be
    sent to; they are personal and can be erased.
    """

    ref = words(32)
    order_of = fk(Order)
    kind = words(12)
    party = maybe_fk(Supplier)
    parcel = maybe_fk(Parcel)
    lines = payload()
    asked_by = maybe_fk(Person)
    note = maybe_prose()
    new_name = maybe_words(80)
    new_phone = maybe_words(32)
    new_region = maybe_words(120)
    new_street = maybe_words(300)
    asked_at = instant()
    pressed_at = instant()  # asked anew: a hurry may be, once per cooldown
    presses = whole(1)
    due_at = instant()
    level = whole(0)
    rank = big(0)
    next_at = maybe_instant()
    ended_at = maybe_instant()
    ended_why = maybe_words(12)


class InquiryStep(Row, Table, tablename="inquiry_steps"):
    """A rung that an inquiry has climbed."""

    inquiry = fk(Inquiry)
    step = words(12)
    at = instant()


class InquiryAnswer(Row, Table, tablename="inquiry_answers"):
    """What a party answered; one counts. `replaced_at`: it was put right within half an hour."""

    inquiry = fk(Inquiry)
    answer = words(20)
    ships_by = maybe_instant()
    tracking = maybe_words(80)
    text = maybe_prose()
    at = instant()
    via = words(8)
    by_person = maybe_fk(Person)
    source = maybe_prose()  # how staff came to know of it
    late = flag()
    replaced_at = maybe_instant()


class BuyerWish(Row, Table, tablename="buyer_wishes"):
    """What the buyer of a late order wanted when her owner asked; she is asked again at `until` if it still waits."""

    order_of = fk(Order)
    wish = words(8)
    until = instant()
    by_person = fk(Person)
    at = instant()
    ended_at = maybe_instant()


INDEXES = (
    "CREATE UNIQUE INDEX inquiries_ref ON inquiries (ref)",
    "CREATE INDEX inquiries_of_order ON inquiries (order_of, id)",
    (
        "CREATE UNIQUE INDEX inquiries_one_open ON inquiries (order_of, kind, coalesce(party, 0), coalesce(parcel, 0))"
        " WHERE ended_at IS NULL"
    ),
    "CREATE INDEX inquiries_next ON inquiries (next_at) WHERE next_at IS NOT NULL",
    "CREATE INDEX inquiries_waiting ON inquiries (rank) WHERE ended_at IS NULL",
    "CREATE INDEX inquiries_waiting_kind ON inquiries (kind, rank) WHERE ended_at IS NULL",
    "CREATE INDEX inquiries_by_kind ON inquiries (kind, id)",
    "CREATE UNIQUE INDEX inquiry_steps_once ON inquiry_steps (inquiry, step)",
    "CREATE UNIQUE INDEX inquiry_answers_one ON inquiry_answers (inquiry) WHERE replaced_at IS NULL",
    "CREATE UNIQUE INDEX buyer_wishes_current ON buyer_wishes (order_of) WHERE ended_at IS NULL",
    "CREATE INDEX buyer_wishes_until ON buyer_wishes (until) WHERE ended_at IS NULL",
)
