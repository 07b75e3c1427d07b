"""How long a certificate is good for, and what it is at an instant."""

from datetime import datetime, timedelta
from enum import StrEnum

EARLY = timedelta(days=30)


class Force(StrEnum):
    """What a certificate is worth at an instant."""

    IN_FORCE = "in_force"
    EXPIRED = "expired"
    REVOKED = "revoked"


def end_of_validity(issued_at: datetime, valid_days: int, previous_end: datetime | None) -> datetime:
    """When a new certificate runs out.

    Renewing within the last 30 days of the earlier one loses none of them: the new time runs from its end. Renewed
    later, it runs from the day of issue (the two expiry bases that learning platforms call expiry date and completion
    date).
    """
    early = previous_end is not None and issued_at < previous_end <= issued_at + EARLY
    base = previous_end if early and previous_end is not None else issued_at
    return base + timedelta(days=valid_days)


def carries_until(valid_until: datetime, issued_at: datetime, newer_at: datetime | None, grace_days: int) -> datetime:
    """Until when a certificate counts: its own end, or its grace once a newer version of its curriculum is out.

    Whoever finished the old version after the new one came out has the same grace, from her own day.
    """
    if newer_at is None:
        return valid_until
    return min(valid_until, max(newer_at, issued_at) + timedelta(days=grace_days))


def force(valid_until: datetime, revoked: bool, now: datetime) -> Force:
    if revoked:
        return Force.REVOKED
    return Force.IN_FORCE if now < valid_until else Force.EXPIRED
