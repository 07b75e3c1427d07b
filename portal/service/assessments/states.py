"""The states of rectifications, proposals and appeals, who may take the next step, and what time brings to each."""

from datetime import datetime, timedelta
from enum import StrEnum

from portal.core.supply.rules import Standing


class Mending(StrEnum):
    """A rectification's state."""

    ORDERED = "ordered"
    ANSWERED = "answered"  # evidence is in, staff must look
    FRESH = "fresh"  # accepted; the fresh window runs
    PASSED = "passed"
    FAILED = "failed"
    ENDED = "ended"  # overtaken: an appeal, or a decision of two people


OPEN_MENDING = (Mending.ORDERED, Mending.ANSWERED, Mending.FRESH)


class Verdicts(StrEnum):
    """Where a verdict comes from."""

    DAY = "day"
    FRESH = "fresh"
    OVERDUE = "overdue"
    DECISION = "decision"
    APPEAL = "appeal"


class Wish(StrEnum):
    """What a proposal wants."""

    BLACKLIST = "blacklist"
    RESTORE = "restore"
    WHITE = "white"
    UNWHITE = "unwhite"


BECOMES = {
    Wish.BLACKLIST: Standing.BLACKLISTED,
    Wish.RESTORE: Standing.GOOD,
    Wish.WHITE: Standing.WHITE,
    Wish.UNWHITE: Standing.GOOD,
}
FROM = {
    Wish.BLACKLIST: frozenset({Standing.RECTIFYING}),
    Wish.RESTORE: frozenset({Standing.BLACKLISTED}),
    Wish.WHITE: frozenset({Standing.GOOD}),
    Wish.UNWHITE: frozenset({Standing.WHITE}),
}


class Proposed(StrEnum):
    """A proposal's state; `raised`: the figures ask for it, and nobody has put his name to it yet."""

    RAISED = "raised"
    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    ENDED = "ended"


OPEN_PROPOSAL = (Proposed.RAISED, Proposed.PROPOSED)


class Appealed(StrEnum):
    """An appeal's published state."""

    RECEIVED = "received"
    IN_REVIEW = "in_review"
    UPHELD = "upheld"  # the verdict stands
    REVERSED = "reversed"


OPEN_APPEAL = (Appealed.RECEIVED, Appealed.IN_REVIEW)
APPEAL_ANSWER = timedelta(days=15)
REMIND_BEFORE = timedelta(days=3)
LONGEST_WORDS, SHORTEST_WORDS = 2_000, 2
MOST_FILES, LARGEST_FILE = 6, 8_000_000


class Step(StrEnum):
    """What time brings before and at a date."""

    SOON = "soon"
    OVER = "over"


def steps_due(due_at: datetime, at: datetime) -> list[Step]:
    """Every step that its date has reached; who was asleep for long hears the last alone."""
    if at >= due_at:
        return [Step.SOON, Step.OVER]
    return [Step.SOON] if at >= due_at - REMIND_BEFORE else []


def next_step(due_at: datetime, at: datetime) -> datetime | None:
    """When to look again."""
    return next((each for each in (due_at - REMIND_BEFORE, due_at) if each > at), None)


def seconds(proposer: int | None, person_id: int) -> bool:
    """Whether a person may be the second of two: nobody decides alone."""
    return proposer is not None and proposer != person_id


_RANK = (Standing.BLACKLISTED, Standing.RECTIFYING, Standing.WATCH, Standing.GOOD, Standing.WHITE)


def adverse(before: Standing, after: Standing) -> bool:
    """Whether a verdict is against a party; an order to mend that failed leaves it where it was."""
    return _RANK.index(after) < _RANK.index(before) or before is after is Standing.RECTIFYING


def undone(before: Standing, after: Standing, current: Standing) -> Standing | None:
    """Where a party stands once a verdict against it is reversed; None: it stands as well or better already."""
    if not adverse(before, after):
        return None
    back = Standing.GOOD if before in (Standing.RECTIFYING, Standing.BLACKLISTED) else before
    return back if _RANK.index(current) < _RANK.index(back) else None
