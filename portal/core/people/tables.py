"""People and how they come in: accounts, dated roles, sign-ins, one-time links, second factors, API keys."""

from piccolo.table import Table

from portal.core.base.rows import Row, big, fk, flag, instant, maybe_instant, maybe_words, words


class Person(Row, Table, tablename="persons"):
    """Somebody with an account. `external_id` is the shop's name for an owner."""

    external_id = maybe_words(80)
    name = words(80)
    phone = maybe_words(32)
    email = maybe_words(254)
    password_hash = maybe_words(300)
    language = words(10)
    theme = words(10)  # system, light, dark
    care = flag()  # large type
    created_at = instant()
    disabled_at = maybe_instant()
    erased_at = maybe_instant()


class RoleGrant(Row, Table, tablename="roles"):
    """A role that a person holds from a day to a day; `certified_until` is written by certification."""

    person = fk(Person)
    role = words(16)
    granted_at = instant()
    ended_at = maybe_instant()
    certified_until = maybe_instant()


class SignIn(Row, Table, tablename="sign_ins"):
    """One device signed in. The cookie's token is stored as a hash only; a new one is made at each sign-in."""

    token_hash = words(64)
    person = fk(Person)
    device = words(120)
    address = maybe_words(64)
    created_at = instant()
    last_seen_at = instant()
    expires_at = instant()
    confirmed_until = maybe_instant()  # sensitive acts ask for the password again after this
    revoked_at = maybe_instant()


class PendingSignIn(Row, Table, tablename="pending_sign_ins"):
    """The password was right, the second factor is still asked. It opens nothing but that question."""

    token_hash = words(64)
    person = fk(Person)
    created_at = instant()
    expires_at = instant()
    used_at = maybe_instant()


class OneTimeLink(Row, Table, tablename="one_time_links"):
    """An invitation or a recovery: opens once, dies when a newer one is made."""

    person = fk(Person)
    purpose = words(16)  # invitation, recovery
    # The token is derived from `ref` and the site's secret, so that mail can be rendered later.
    ref = words(32)
    token_hash = words(64)
    made_at = instant()
    expires_at = instant()
    ended_at = maybe_instant()


class KnownDevice(Row, Table, tablename="known_devices"):
    """A browser that this person has signed in from before: throttling must not shut her out of it."""

    person = fk(Person)
    token_hash = words(64)
    first_seen_at = instant()


class SecondFactor(Row, Table, tablename="second_factors"):
    """A TOTP seed, sealed; `last_step` makes each code good once."""

    person = fk(Person)
    sealed_seed = words(300)
    made_at = instant()
    confirmed_at = maybe_instant()
    last_step = big(0)


class RecoveryCode(Row, Table, tablename="recovery_codes"):
    """A code for the day the phone is lost; good once."""

    person = fk(Person)
    code_hash = words(64)
    made_at = instant()
    used_at = maybe_instant()


class ApiKey(Row, Table, tablename="api_keys"):
    """A program's key: shown once, stored as a hash, limited to its scopes; the one before holds until `old_until`."""

    name = words(80)
    key_hash = words(64)
    old_key_hash = maybe_words(64)
    old_until = maybe_instant()
    scopes = words(400)  # space-separated
    made_by = big(0)
    made_at = instant()
    last_used_at = maybe_instant()
    revoked_at = maybe_instant()


INDEXES = (
    "CREATE UNIQUE INDEX persons_external_id ON persons (external_id)",
    "CREATE UNIQUE INDEX persons_phone ON persons (phone)",
    "CREATE UNIQUE INDEX persons_email ON persons (email)",
    "CREATE UNIQUE INDEX roles_held ON roles (person, role) WHERE ended_at IS NULL",
    "CREATE INDEX roles_by_role ON roles (role, person) WHERE ended_at IS NULL",
    "CREATE UNIQUE INDEX sign_ins_token ON sign_ins (token_hash)",
    "CREATE UNIQUE INDEX pending_sign_ins_token ON pending_sign_ins (token_hash)",
    "CREATE UNIQUE INDEX one_time_links_token ON one_time_links (token_hash)",
    "CREATE UNIQUE INDEX one_time_links_open ON one_time_links (person, purpose) WHERE ended_at IS NULL",
    "CREATE UNIQUE INDEX known_devices_one ON known_devices (person, token_hash)",
    "CREATE UNIQUE INDEX second_factors_one ON second_factors (person)",
    "CREATE UNIQUE INDEX recovery_codes_one ON recovery_codes (person, code_hash)",
    "CREATE UNIQUE INDEX api_keys_hash ON api_keys (key_hash)",
    "CREATE INDEX api_keys_old_hash ON api_keys (old_key_hash) WHERE old_key_hash IS NOT NULL",
)
