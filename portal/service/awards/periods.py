"""Months, quarters and years with their labels: 2026-11, 2026-Q4, 2026. Pure but for the site's zone."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from portal.core.base.clock import day_start, local


class Period(StrEnum):
    """How long a cycle is."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


MONTHS = {Period.MONTH: 1, Period.QUARTER: 3, Period.YEAR: 12}
_SHAPES = {
    Period.MONTH: re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII),
    Period.QUARTER: re.compile(r"(\d{4})-Q([1-4])", re.ASCII),
    Period.YEAR: re.compile(r"(\d{4})()", re.ASCII),
}


@dataclass(frozen=True, slots=True)
class Span:
    """A period: from its first instant to the first one after it where the site is; `months` of it in order."""

    period: Period
    label: str
    since: datetime
    until: datetime
    months: tuple[str, ...]

    @property
    def last_month(self) -> str:
        return self.months[-1]


def label_of(period: Period, at: datetime) -> str:
    """The period that an instant lies in."""
    day = local(at)
    return {
        Period.MONTH: f"{day:%Y-%m}",
        Period.QUARTER: f"{day:%Y}-Q{(day.month + 2) // 3}",
        Period.YEAR: f"{day:%Y}",
    }[period]


def span_of(period: Period, label: str) -> Span:
    """Raises ValueError where the label is none of the period."""
    found = _SHAPES[period].fullmatch(label)
    if found is None:
        raise ValueError(label)
    year, length = int(found[1]), MONTHS[period]
    first = (int(found[2] or 1) - 1) * (length if period is Period.QUARTER else 1)
    ends = year * 12 + first + length
    months = tuple(f"{n // 12}-{n % 12 + 1:02d}" for n in range(year * 12 + first, ends))
    return Span(
        period,
        label,
        day_start(date(year, first + 1, 1)),
        day_start(date(ends // 12, ends % 12 + 1, 1)),
        months,
    )


def label_after(period: Period, label: str) -> str:
    return label_of(period, span_of(period, label).until)


def label_before(period: Period, label: str) -> str:
    year, month = (int(part) for part in span_of(period, label).months[0].split("-"))
    before = year * 12 + month - 2
    return label_of(period, day_start(date(before // 12, before % 12 + 1, 1)))
