"""Until when, and by whom: appeals against points as pure functions."""

from datetime import datetime, timedelta
from enum import StrEnum


class AppealState(StrEnum):
    """How an appeal stands."""

    OPEN = "open"
    UPHELD = "upheld"
    REJECTED = "rejected"


APPEAL_DAYS = 14
LEAST_APPEAL_DAYS = 3
MOST_APPEAL_DAYS = 90


def appeal_no(confirmed_at: datetime | None, corrected: bool, appealed: bool, days: int, now: datetime) -> str | None:
    """Why a violation may not be appealed: `violation_not_confirmed`, `violation_corrected`, `violation_appealed`,
    `violation_appeal_late`; None: she may."""
    if confirmed_at is None:
        return "violation_not_confirmed"
    if corrected:
        return "violation_corrected"
    if appealed:
        return "violation_appealed"
    return "violation_appeal_late" if now >= confirmed_at + timedelta(days=days) else None


def may_judge(decider: int, owner_id: int, proposed_by: int | None, decided_by: int | None) -> bool:
    """An appeal is decided by somebody who had no part in what it is about."""
    return decider not in (owner_id, proposed_by, decided_by)
