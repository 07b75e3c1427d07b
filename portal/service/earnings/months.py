"""Months as statements and pictures count them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from portal.core.base.clock import local
from portal.service.earnings.rules import Kind

CLOSING = timedelta(hours=1)  # longer than any transaction that was begun before midnight


def month_of(day: date) -> str:
    """`2026-11`."""
    return f"{day.year:04d}-{day.month:02d}"


def read_month(text: str) -> date | None:
    """The first day of the month that an address names, if it names one."""
    year, _, month = text.partition("-")
    if not (len(year) == 4 and len(month) == 2 and (year + month).isascii() and (year + month).isdigit()):
        return None
    return date(int(year), int(month), 1) if 2000 <= int(year) <= 2999 and 1 <= int(month) <= 12 else None


def next_month(first: date) -> date:
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


def month_before(day: date) -> date:
    return date(day.year - (day.month == 1), (day.month - 2) % 12 + 1, 1)


@dataclass(frozen=True, slots=True)
class Told:
    """How far the word of ready statements has come: every month before `month`, and of that the stores to `store`."""

    month: date
    store: int

    @property
    def mark(self) -> str:
        return f"{month_of(self.month)}:{self.store}"


def told_to(mark: str, complete: date) -> Told:
    """What a kept mark says; without one the telling begins with the last complete month, not with years of them."""
    month, _, store = mark.partition(":")
    first = read_month(month)
    return Told(first, int(store)) if first is not None else Told(complete, 0)


def closed_before(at: datetime) -> str:
    """The first month in which something may still be booked; an hour after midnight the one before is closed."""
    return month_of(local(at - CLOSING).date())


def year_to(first: date) -> list[str]:
    """The twelve months that end with this one, the oldest first."""
    ordinals = range(first.year * 12 + first.month - 12, first.year * 12 + first.month)
    return [f"{ordinal // 12:04d}-{ordinal % 12 + 1:02d}" for ordinal in ordinals]


@dataclass(frozen=True, slots=True)
class MonthSums:
    """A month's transactions by what they did, and how much of it came to or left what is payable; in fen."""

    month: str
    accrued_fen: int = 0  # first earnings and later additions
    released_fen: int = 0
    reversed_fen: int = 0
    payable_fen: int = 0  # net change of what is payable: what the platform settles for the month

    @property
    def change_fen(self) -> int:
        return self.accrued_fen - self.reversed_fen


def sums_of(month: str, by_kind: Sequence[tuple[Kind, int]], payable_fen: int) -> MonthSums:
    """A month's sums from its totals by kind."""
    totals = dict.fromkeys(Kind, 0)
    for kind, fen in by_kind:
        totals[kind] += fen
    return MonthSums(
        month, totals[Kind.ACCRUE] + totals[Kind.ADJUST], totals[Kind.RELEASE], totals[Kind.REVERSE], payable_fen
    )
