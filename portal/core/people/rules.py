"""Decisions about people: which roles there are, how long a sign-in lasts, what a password must be."""

from enum import StrEnum


class Role(StrEnum):
    """What a person is here; she may be several."""

    OWNER = "owner"
    MANAGER = "manager"
    AGENT = "agent"
    DESK_LEAD = "desk_lead"
    ADMIN = "admin"


STAFF = frozenset({Role.MANAGER, Role.AGENT, Role.DESK_LEAD, Role.ADMIN})
