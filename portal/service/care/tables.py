"""VIP levels as counted, call-backs, and that owners were reminded of them."""

from piccolo.table import Table

from portal.core.base.rows import (
    Row,
    big,
    fk,
    flag,
    instant,
    maybe_instant,
    maybe_prose,
    prose,
    whole,
    words,
)
from portal.core.people.tables import Person
from portal.core.stores.tables import Store, Vip


class VipLevel(Row, Table, tablename="vip_levels"):
    """A VIP's level with the counts behind it; `next_call_at`: when a key VIP is due for a call."""

    vip = fk(Vip)
    store = fk(Store)
    level = words(12)
    orders = whole(0)
    arrived = whole(0)
    year_arrived = whole(0)
    year_fen = big(0)
    last_order_at = maybe_instant()
    recount_at = maybe_instant()
    counted_at = instant()
    next_call_at = maybe_instant()
    do_not_call = flag()


class CallBack(Row, Table, tablename="call_backs"):
    """A call to a VIP: how it went, what was said, and when the next is due."""

    vip = fk(Vip)
    store = fk(Store)
    by_person = fk(Person)
    at = instant()
    outcome = words(16)
    note = maybe_prose()
    next_at = maybe_instant()


class VipNote(Row, Table, tablename="vip_notes"):
    """What an owner wrote down of a VIP for herself."""

    vip = fk(Vip)
    by_person = fk(Person)
    at = instant()
    text = prose()


class CallReminder(Row, Table, tablename="call_reminders"):
    """That a store's owner was told of a month's call-backs, once."""

    store = fk(Store)
    month = words(7)
    at = instant()


INDEXES = (
    "CREATE UNIQUE INDEX vip_levels_one ON vip_levels (vip)",
    "CREATE INDEX vip_levels_recounting ON vip_levels (recount_at) WHERE recount_at IS NOT NULL",
    "CREATE INDEX vip_levels_calling ON vip_levels (store, next_call_at) WHERE next_call_at IS NOT NULL",
    "CREATE INDEX call_backs_of_vip ON call_backs (vip, id)",
    "CREATE INDEX call_backs_of_store ON call_backs (store, at)",
    "CREATE INDEX vip_notes_of_vip ON vip_notes (vip, id)",
    "CREATE UNIQUE INDEX call_reminders_once ON call_reminders (store, month)",
)
