"""The shop's side: where events go, how each delivery went, and which webhooks have come in."""

from piccolo.table import Table

from portal.core.base.rows import Row, fk, flag, instant, maybe_instant, maybe_whole, maybe_words, payload, whole, words


class Endpoint(Row, Table, tablename="webhook_endpoints"):
    """An address that hears of changes, with its own sealed secret; the one before it signs too until `old_until`."""

    url = words(500)
    sealed_secret = words(400)
    sealed_old_secret = maybe_words(400)
    old_until = maybe_instant()
    configured = flag()  # named by the settings, not added in the portal
    made_at = instant()
    disabled_at = maybe_instant()
    disabled_code = maybe_words(32)


class Delivery(Row, Table, tablename="webhook_deliveries"):
    """One try of one message at one address."""

    endpoint = fk(Endpoint)
    ref = words(32)
    topic = words(60)
    at = instant()
    status = maybe_whole()
    error = maybe_words(200)


class ReceivedWebhook(Row, Table, tablename="received_webhooks"):
    """A webhook taken in, by its id: the same id again changes nothing."""

    webhook_id = words(120)
    type = words(60)
    received_at = instant()


class Reconciliation(Row, Table, tablename="reconciliations"):
    """What the shop said of its orders of some days, held against ours: how many, and the first differences."""

    made_at = instant()
    made_by = words(80)  # the actor, by kind and id
    since = instant()
    until = instant()
    told = whole()
    held = whole()
    counts = payload()
    differences = payload()


INDEXES = (
    "CREATE UNIQUE INDEX webhook_endpoints_url ON webhook_endpoints (url) WHERE disabled_at IS NULL",
    "CREATE INDEX webhook_deliveries_newest ON webhook_deliveries (endpoint, id)",
    "CREATE INDEX webhook_deliveries_age ON webhook_deliveries (at)",
    "CREATE UNIQUE INDEX received_webhooks_id ON received_webhooks (webhook_id)",
    "CREATE INDEX received_webhooks_age ON received_webhooks (received_at)",
    "CREATE INDEX orders_by_day ON orders (placed_at, number)",
    "CREATE INDEX outbox_dead_webhooks ON outbox (id) WHERE topic = 'webhook' AND dead_at IS NOT NULL",
)
