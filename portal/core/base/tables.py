"""The ground's own tables: the audit trail and its chain, the outbox, jobs, kept replies, files, keys."""

from piccolo.table import Table

from portal.core.base.rows import (
    Row,
    big,
    fk,
    flag,
    instant,
    maybe_big,
    maybe_instant,
    maybe_prose,
    maybe_whole,
    maybe_words,
    payload,
    prose,
    whole,
    words,
)


class AuditEntry(Row, Table, tablename="audit_entries"):
    """One act that matters. Append-only; holds references and field names, never personal values."""

    at = instant()
    actor_kind = words(16)  # person, api_key, system, buyer
    actor_id = maybe_big()
    address = maybe_words(64)
    action = words(64)
    subject_kind = words(32)
    subject_id = big()
    facts = payload()
    request_ref = maybe_words(32)


class AuditLink(Row, Table, tablename="audit_chain"):
    """The place of an entry in the chain, given after its commit by the one sequencer. Append-only."""

    position = big()
    entry = fk(AuditEntry)
    previous_hash = words(64)
    hash = words(64)


class Work(Row):
    """What a worker can claim: a due time, a lease that it may lose, and a fence that proves it still holds it."""

    created_at = instant()
    due_at = instant()
    lane = maybe_words(120)  # rows of one lane are done in order, one at a time
    payload = payload()
    attempts = whole(0)
    leased_until = maybe_instant()
    fence = big(0)
    done_at = maybe_instant()
    dead_at = maybe_instant()
    last_error = maybe_words(500)


class Outbox(Work, Table, tablename="outbox"):
    """A message to the outside, written in the transaction of its cause and sent after it."""

    topic = words(40)
    ref = words(32)  # what the receiver knows it by; the same over all retries
    subject = words(120)


class Job(Work, Table, tablename="jobs"):
    """Work for later: bulk acts, sweeps, imports. `key` is unique among open jobs of a kind."""

    kind = words(40)
    key = words(80)
    every_seconds = whole(0)  # 0: once; otherwise due again this long after it ran
    total = whole(0)
    progress = whole(0)
    report = payload()
    owner_id = maybe_big()


class KeptReply(Row, Table, tablename="kept_replies"):
    """What a repeated request is answered: the claim on its key, and where its effect is to be seen.

    A person is led to `location`; a program gets `status` and its answer again, which is sealed: it may open things.
    """

    actor = words(80)
    key = words(120)
    body_hash = words(64)
    location = maybe_words(300)
    status = maybe_whole()
    sealed_answer = maybe_prose()
    created_at = instant()


class StoredFile(Row, Table, tablename="files"):
    """A file in the object store, by content; who may read it is the using room's matter."""

    ref = words(32)
    sha256 = words(64)
    size = big()
    media_type = words(80)
    name = words(200)
    created_at = instant()


class SigningKey(Row, Table, tablename="signing_keys"):
    """A key pair by purpose; the private half is sealed with the site's secret."""

    kid = words(40)
    purpose = words(20)
    public_jwk = prose()
    sealed_private_jwk = prose()
    created_at = instant()
    retired_at = maybe_instant()


class SiteSetting(Row, Table, tablename="site_settings"):
    """A rule's number or name that admins change in the portal, with who and when in the audit trail."""

    name = words(60)
    value = words(500)
    changed_at = instant()


class Event(Row, Table, tablename="events"):
    """Something that other programs hear of. `position` is its place in the feed, given after the commit."""

    ref = words(32)
    type = words(60)
    subject = words(120)
    at = instant()
    payload = payload()
    position = maybe_big()


class PublicLink(Row, Table, tablename="public_links"):
    """A link that opens one record to whoever holds it; `door` begins with the first segment of its address."""

    door = words(4)
    subject_id = big()
    ref = words(32)
    token_hash = words(64)
    made_at = instant()
    expires_at = maybe_instant()
    ended_at = maybe_instant()


class Throttle(Row, Table, tablename="throttles"):
    """How often a bounded act was tried within a window; old rows are swept."""

    bucket = words(160)
    window_start = instant()
    count = whole(0)
    blocked = flag()


class SearchText(Row, Table, tablename="search_texts"):
    """What a room's record is found by: tokens, one space between; indexed by migration core_0007."""

    kind = words(20)
    subject = big()
    tokens = prose()


INDEXES = (
    "CREATE INDEX audit_entries_subject ON audit_entries (subject_kind, subject_id, id)",
    "CREATE INDEX audit_entries_actor ON audit_entries (actor_kind, actor_id, id)",
    "CREATE UNIQUE INDEX audit_chain_position ON audit_chain (position)",
    "CREATE UNIQUE INDEX audit_chain_one ON audit_chain (entry)",
    "CREATE INDEX outbox_due ON outbox (due_at, id) WHERE done_at IS NULL AND dead_at IS NULL",
    "CREATE INDEX outbox_lane ON outbox (lane, id) WHERE done_at IS NULL AND dead_at IS NULL",
    "CREATE INDEX outbox_topic ON outbox (topic, id)",
    "CREATE UNIQUE INDEX outbox_ref ON outbox (ref)",
    "CREATE INDEX jobs_due ON jobs (due_at, id) WHERE done_at IS NULL AND dead_at IS NULL",
    "CREATE UNIQUE INDEX jobs_open_key ON jobs (kind, key) WHERE done_at IS NULL AND dead_at IS NULL",
    "CREATE UNIQUE INDEX kept_replies_key ON kept_replies (actor, key)",
    "CREATE INDEX kept_replies_age ON kept_replies (created_at)",
    "CREATE UNIQUE INDEX files_ref ON files (ref)",
    "CREATE INDEX files_sha256 ON files (sha256)",
    "CREATE UNIQUE INDEX signing_keys_kid ON signing_keys (kid)",
    "CREATE UNIQUE INDEX signing_keys_current ON signing_keys (purpose) WHERE retired_at IS NULL",
    "CREATE UNIQUE INDEX site_settings_name ON site_settings (name)",
    "CREATE UNIQUE INDEX events_ref ON events (ref)",
    "CREATE UNIQUE INDEX events_position ON events (position)",
    "CREATE INDEX events_unplaced ON events (id) WHERE position IS NULL",
    "CREATE UNIQUE INDEX public_links_token ON public_links (token_hash)",
    "CREATE UNIQUE INDEX public_links_current ON public_links (door, subject_id) WHERE ended_at IS NULL",
    "CREATE UNIQUE INDEX throttles_bucket ON throttles (bucket, window_start)",
    "CREATE UNIQUE INDEX search_texts_subject ON search_texts (kind, subject)",
)
