"""Stores and who serves whom: kits, managers over time, groups, and the buyers bound to a store."""

from piccolo.table import Table

from portal.core.base.rows import (
    Row,
    fk,
    instant,
    maybe_fk,
    maybe_instant,
    maybe_whole,
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


class StoreStar(Row, Table, tablename="store_stars"):
    """A store's published star of a month; the room that reckons stars writes it. A correction is a newer row.

    `star`: 1 to 5; empty where there were too few cases.
    """

    store = fk(Store)
    month = words(7)  # 2026-11
    star = maybe_whole()
    cause = words(80)
    at = instant()


class StoreBadge(Row, Table, tablename="store_badges"):
    """What a store won in an award cycle, for its poster and certificate page; ended where it was corrected."""

    store = fk(Store)
    award = words(40)  # champion, runner_up, third, five_star
    cycle = words(80)  # the cycle's reference
    label = words(80)  # the cycle as people call it: 2026-11, 2026-Q4, 2026
    since = instant()
    ended_at = maybe_instant()


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
    "CREATE INDEX store_stars_of ON store_stars (store, month, id)",
    "CREATE INDEX store_badges_of ON store_badges (store, id)",
    "CREATE UNIQUE INDEX store_badges_once ON store_badges (cycle, award, store) WHERE ended_at IS NULL",
)
