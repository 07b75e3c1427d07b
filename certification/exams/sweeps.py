"""What time brings: attempts whose time is over are handed in with what was saved."""

import logging

from certification.exams import actions, queries, rules
from portal.core.base.clock import now
from portal.core.base.database import reading

log = logging.getLogger("portal.exams")
_BATCH = 100


async def seal_overdue() -> int:
    """Seal every attempt that is over; returns how many. One that fails is tried again at the next pass."""
    at = now()
    sealed, last = 0, 0
    while True:
        async with reading():
            batch = await queries.overdue_attempts(at - rules.LATE_TOLERANCE, last, _BATCH)
        for attempt in batch:
            last = attempt.id
            try:
                sealed += await actions.seal_by_time(attempt, at)
            except Exception:
                log.exception("an attempt could not be sealed", extra={"attempt": attempt.id})
        if len(batch) < _BATCH:
            return sealed
