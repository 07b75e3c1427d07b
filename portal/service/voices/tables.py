"""Ratings with their answers, threads with their messages, and what buyers were told by themselves."""

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
    prose,
    whole,
    words,
)
from portal.core.people.tables import Person
from portal.core.stores.tables import Store, Vip
from portal.core.supply.tables import Product
from portal.service.orders.tables import Order, OrderLine


class Rating(Row, Table, tablename="ratings"):
    """A buyer's marks (1 to 5) on a line, once. `escalate_at`: when an unanswered low one reaches the manager."""

    order_line = fk(OrderLine)
    order_of = fk(Order)
    product = fk(Product)
    store = fk(Store)
    vip = fk(Vip)
    goods = whole()
    delivery = whole()
    owner = whole()
    low = flag()
    text = maybe_prose()
    at = instant()
    added_text = maybe_prose()
    added_at = maybe_instant()
    answer = maybe_prose()
    answered_by = maybe_fk(Person)
    answered_at = maybe_instant()
    answer_due_at = maybe_instant()
    escalate_at = maybe_instant()
    escalated_at = maybe_instant()


class Thread(Row, Table, tablename="threads"):
    """The talk of a buyer and her owner on an order. `waiting_since`: the first question that has no reply yet.

    `priority` stands above the age of a waiting thread in the owner's list; `place` is its rank there.
    """

    ref = words(40)
    order_of = fk(Order)
    store = fk(Store)
    vip = fk(Vip)
    opened_at = instant()
    last_at = instant()
    waiting_since = maybe_instant()
    remind_at = maybe_instant()
    priority = whole(0)
    place = big(0)


class ThreadMessage(Row, Table, tablename="thread_messages"):
    """One message; `by_person` empty: the buyer's. `reply_seconds`: how long the question waited for this reply."""

    thread = fk(Thread)
    at = instant()
    by_person = maybe_fk(Person)
    text = prose()
    reply_seconds = maybe_whole()


class BuyerTelling(Row, Table, tablename="buyer_tellings"):
    """That a buyer was told a piece of news of her order, once."""

    order_of = fk(Order)
    kind = words(40)
    at = instant()


INDEXES = (
    "CREATE UNIQUE INDEX ratings_once ON ratings (order_line)",
    "CREATE INDEX ratings_of_store ON ratings (store, at)",
    "CREATE INDEX ratings_escalating ON ratings (escalate_at) WHERE escalate_at IS NOT NULL",
    "CREATE UNIQUE INDEX threads_ref ON threads (ref)",
    "CREATE UNIQUE INDEX threads_one ON threads (order_of)",
    "CREATE INDEX threads_listed ON threads (store, place)",
    "CREATE INDEX threads_reminding ON threads (remind_at) WHERE remind_at IS NOT NULL",
    "CREATE INDEX thread_messages_talk ON thread_messages (thread, at)",
    "CREATE UNIQUE INDEX buyer_tellings_once ON buyer_tellings (order_of, kind)",
)
