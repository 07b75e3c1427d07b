"""Stores and who serves whom: kits, managers over time, groups, and the buyers bound to a store."""

from piccolo.table import Table

from portal.core.base.rows import (
    Row,
    fk,
    instant,
    maybe_fk,
    maybe_instant,
    maybe_words,
    whole,
    words,
)
from portal.core.people.tables import Person


class Store(Row, Table, tablename="stores"):
    """A store opened by a starter kit. A returned kit or a closed store ends what it gave."""

    external_id = words(80)
    owner = fk(Person)
    name = words(120)
    region = maybe_words(80)
    opened_at = instant()
    closed_at = maybe_instant()
    kit_sku = words(80)
    kit_paid_fen = whole()
    kit_returned_at = maybe_instant()
    referred_by = maybe_words(80)
    changed_at = instant()


class Stewardship(Row, Table, tablename="stewardships"):
    """Which service manager looks after a store, from when to when. A team is the stores whose current one she is."""

    store = fk(Store)
    manager = fk(Person)
    since = instant()
    until = maybe_instant()


class Group(Row, Table, tablename="groups"):
    """A named set of people within a manager's team, or an admin's (`manager` empty)."""

    name = words(80)
    manager = maybe_fk(Person)
    made_at = instant()
    ended_at = maybe_instant()


class GroupMember(Row, Table, tablename="group_members"):
    """A person in a group."""

    group_of = fk(Group)
    person = fk(Person)
    since = instant()


class Vip(Row, Table, tablename="vips"):
    """A buyer bound to one store: the first binding wins and stays."""

    external_id = words(80)
    name = words(80)
    phone = words(32)
    store = fk(Store)
    registered_at = instant()
    bound_at = instant()
    bound_via = words(16)  # share_code, owner


INDEXES = (
    "CREATE UNIQUE INDEX stores_external_id ON stores (external_id)",
    "CREATE UNIQUE INDEX stores_one_open ON stores (owner) WHERE closed_at IS NULL AND kit_returned_at IS NULL",
    "CREATE UNIQUE INDEX stewardships_current ON stewardships (store) WHERE until IS NULL",
    "CREATE INDEX stewardships_team ON stewardships (manager, store) WHERE until IS NULL",
    "CREATE UNIQUE INDEX group_members_one ON group_members (group_of, person)",
    "CREATE UNIQUE INDEX vips_external_id ON vips (external_id)",
    "CREATE INDEX vips_of_store ON vips (store, id)",
    "CREATE INDEX vips_phone ON vips (phone)",
)
