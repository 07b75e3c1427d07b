"""Mandates: what buyers were asked to consent to, and what they said."""

from piccolo.table import Table

from portal.core.base.rows import (
    Row,
    fk,
    instant,
    maybe_big,
    maybe_instant,
    maybe_prose,
    maybe_words,
    payload,
    whole,
    words,
)
from portal.core.people.tables import Person
from portal.core.stores.tables import Store, Vip
from portal.service.orders.tables import Order


class Mandate(Row, Table, tablename="mandates"):
    """A consent asked of a buyer. `subject` is what it is for (`return:<ref>`); `ended_at`: it no longer stands.

    The code itself is nowhere: it is made from `code_nonce` and the site's secret key when it is sent and checked.
    """

    ref = words(26)
    order_of = fk(Order)
    vip = fk(Vip)
    store = fk(Store)
    asked_by = fk(Person)
    matter = words(12)
    scope = payload()
    limit_fen = maybe_big()
    subject = words(60)
    made_at = instant()
    expires_at = instant()
    code_nonce = maybe_words(26)
    code_sent_at = maybe_instant()
    codes_sent = whole(0)
    tries = whole(0)
    locked_until = maybe_instant()
    reminded_at = maybe_instant()
    confirmed_at = maybe_instant()
    declined_at = maybe_instant()
    decline_reason = maybe_prose()
    revoked_at = maybe_instant()
    withdrawn_at = maybe_instant()
    used_at = maybe_instant()
    ended_at = maybe_instant()


INDEXES = (
    "CREATE UNIQUE INDEX mandates_ref ON mandates (ref)",
    "CREATE UNIQUE INDEX mandates_live ON mandates (subject) WHERE ended_at IS NULL",
    "CREATE INDEX mandates_due ON mandates (expires_at, id) WHERE ended_at IS NULL",
    "CREATE INDEX mandates_of_store ON mandates (store, id)",
    "CREATE INDEX mandates_of_order ON mandates (order_of, id)",
)
