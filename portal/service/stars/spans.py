"""Months and windows. Pure but for the site's zone."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from portal.core.base.clock import day_start, local
from portal.service.stars.criteria import Criteria

MONTH_LENGTH = len("2026-11")


def month_of(at: datetime) -> str:
    return f"{local(at):%Y-%m}"


def month_after(month: str) -> str:
    year, number = (int(part) for part in month.split("-"))
    return f"{year + number // 12}-{number % 12 + 1:02d}"


def month_before(month: str) -> str:
    year, number = (int(part) for part in month.split("-"))
    return f"{year - 1}-12" if number == 1 else f"{year}-{number - 1:02d}"


def is_month(text: str) -> bool:
    year, _, number = text.partition("-")
    return len(text) == MONTH_LENGTH and (year + number).isdigit() and text.isascii() and 1 <= int(number) <= 12


def end_of(month: str) -> datetime:
    """The first instant after a month where the site is."""
    year, number = (int(part) for part in month_after(month).split("-"))
    return day_start(date(year, number, 1))


@dataclass(frozen=True, slots=True)
class Spans:
    """A month with its two windows, both ending with it."""

    month: str
    until: datetime
    short: datetime
    long: datetime
    short_days: int
    long_days: int


def spans_of(month: str, criteria: Criteria) -> Spans:
    until = end_of(month)
    short, long = (until - timedelta(days=days) for days in (criteria.days, criteria.long_days))
    return Spans(month, until, short, long, criteria.days, criteria.long_days)
