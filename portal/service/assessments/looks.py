"""Looks at a share for an order to mend: a party's first, and when the next is due. Pure."""

from dataclasses import dataclass
from datetime import date

from portal.service.assessments.criteria import Criteria


@dataclass(frozen=True, slots=True)
class Look:
    """When a party was last looked at for an order to mend, and how many of its orders counted then."""

    day: date
    counted: int


def look_due(counted: int, day: date, last: Look | None, criteria: Criteria) -> bool:
    """Whether a look is due: the first with enough orders, then when they have doubled, or the days are over."""
    if counted < criteria.proof_from:
        return False
    return last is None or counted >= 2 * last.counted or (day - last.day).days >= criteria.look_days
