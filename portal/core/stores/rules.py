"""What a store is, what of a record told anew differs from the one we hold, and how typed money and days are read."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

SKEW = timedelta(days=1)  # so far may the shop's clock be ahead of ours
ERASED = "\u2014"  # stands where a buyer's name, phone or address was before it was erased


class State(StrEnum):
    """What a store is now; a returned kit or a closed store ends what the kit gave."""

    OPEN = "open"
    CLOSED = "closed"
    KIT_RETURNED = "kit_returned"


def state_of(closed_at: datetime | None, kit_returned_at: datetime | None) -> State:
    """A returned kit counts before a closing: it says why."""
    if kit_returned_at is not None:
        return State.KIT_RETURNED
    return State.OPEN if closed_at is None else State.CLOSED


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """What the shop tells of a store itself; money in fen."""

    name: str
    region: str | None
    opened_at: datetime
    closed_at: datetime | None
    kit_sku: str
    kit_paid_fen: int
    kit_returned_at: datetime | None
    referred_by: str | None

    @property
    def state(self) -> State:
        return state_of(self.closed_at, self.kit_returned_at)


class Change(StrEnum):
    """What differs between two records of a store."""

    RENAMED = "renamed"
    REGION = "region"
    OPENED_AT = "opened_at"
    CLOSED = "closed"
    CLOSED_AT = "closed_at"
    REOPENED = "reopened"
    KIT = "kit"
    KIT_RETURNED = "kit_returned"
    KIT_RETURNED_AT = "kit_returned_at"
    KIT_KEPT = "kit_kept"
    REFERRED_BY = "referred_by"


# What the gate looks at; rooms above hear of it.
TELLING = frozenset({Change.OPENED_AT, Change.CLOSED, Change.REOPENED, Change.KIT_RETURNED, Change.KIT_KEPT})


def changes(stored: StoreFacts, wanted: StoreFacts) -> tuple[Change, ...]:
    """What taking over the wanted record changes; none where it is the same."""
    return tuple(_changes(stored, wanted))


def _changes(stored: StoreFacts, wanted: StoreFacts) -> Iterator[Change]:
    if stored.name != wanted.name:
        yield Change.RENAMED
    if stored.region != wanted.region:
        yield Change.REGION
    if stored.opened_at != wanted.opened_at:
        yield Change.OPENED_AT
    yield from _moved(stored.closed_at, wanted.closed_at, Change.CLOSED, Change.CLOSED_AT, Change.REOPENED)
    if (stored.kit_sku, stored.kit_paid_fen) != (wanted.kit_sku, wanted.kit_paid_fen):
        yield Change.KIT
    yield from _moved(
        stored.kit_returned_at, wanted.kit_returned_at, Change.KIT_RETURNED, Change.KIT_RETURNED_AT, Change.KIT_KEPT
    )
    if stored.referred_by != wanted.referred_by:
        yield Change.REFERRED_BY


def _moved(
    stored: datetime | None, wanted: datetime | None, begun: Change, moved: Change, undone: Change
) -> Iterator[Change]:
    if stored != wanted:
        yield begun if stored is None else undone if wanted is None else moved


def time_faults(facts: StoreFacts, at: datetime) -> tuple[tuple[str, str], ...]:
    """Fields whose time cannot be, each with its refusal: an end before the beginning, or an end still to come."""
    ends = (("closed_at", facts.closed_at), ("kit_returned_at", facts.kit_returned_at))
    before = [(name, "store_before_opening") for name, end in ends if end is not None and end < facts.opened_at]
    ahead = [(name, "store_still_to_come") for name, end in ends if end is not None and end > at + SKEW]
    return tuple(before + ahead)


_YUAN = re.compile(r"(\d{1,8}|\d{1,2}(?:,\d{3}){1,2}|\d{3},\d{3})(?:\.(\d{1,2}))?")


def fen_of(typed: str) -> int | None:
    """An amount in fen as people type it in yuan: `298`, `298.5`, `1,298.00`, with or without the sign; else None."""
    plain = unicodedata.normalize("NFKC", typed).replace(" ", "").removeprefix("\u00a5").removesuffix("\u5143")
    found = _YUAN.fullmatch(plain)
    if found is None:
        return None
    whole, part = found[1].replace(",", ""), (found[2] or "").ljust(2, "0")
    return int(whole) * 100 + int(part)


def day_begins(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a day of the site's calendar."""
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def within_day(day: date, at: datetime, zone: ZoneInfo) -> datetime:
    """When something happened of which only the day is told: now if that is today, else as that day ended."""
    if day == at.astimezone(zone).date():
        return at
    return day_begins(day + timedelta(days=1), zone) - timedelta(seconds=1)


def tail_of(typed: str) -> str | None:
    """The last four digits, by which a phone is looked up: masked numbers show no more, so searching tells no more."""
    plain = "".join(c for c in typed if c not in " -")
    return plain[-4:] if len(plain) >= 4 and plain.isascii() and plain.isdigit() else None
