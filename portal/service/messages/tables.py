"""What buyers were told."""

from piccolo.table import Table

from portal.core.base.rows import Row, big, fk, instant, maybe_big, maybe_instant, maybe_words, payload, words
from portal.core.stores.tables import Vip


class BuyerMessage(Row, Table, tablename="buyer_messages"):
    """One sentence to a buyer: its kind and parameters; its words are made when it is sent.

    `way` is an address, or `link:<door>:<id>` for a link of ours: a link's secret is never kept here. `digest` and
    `slot` name what is told and in which ten minutes, so that it is told once.
    """

    vip = fk(Vip)
    order_id = maybe_big()  # orders stand above this room
    kind = words(60)
    params = payload()
    way = maybe_words(400)
    digest = words(64)
    slot = big()
    at = instant()
    due_at = instant()
    channel = maybe_words(8)
    language = maybe_words(8)
    sent_at = maybe_instant()
    failed = maybe_words(16)
    failed_at = maybe_instant()


INDEXES = (
    "CREATE UNIQUE INDEX buyer_messages_once ON buyer_messages (vip, digest, slot)",
    "CREATE INDEX buyer_messages_of_vip ON buyer_messages (vip, at)",
    "CREATE INDEX buyer_messages_failed ON buyer_messages (id) WHERE failed IS NOT NULL AND sent_at IS NULL",
    "CREATE INDEX buyer_messages_of_order ON buyer_messages (order_id, id)",
)
